"""`python -m app` is `titian`."""

from app.cli import main

main()
