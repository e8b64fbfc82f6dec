"""`python -m app` is `titian`."""

if __name__ == "__main__":  # and not where another process begins with the same module
    from app.cli import main

    main()
