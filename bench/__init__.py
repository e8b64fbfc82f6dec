"""The published measurements: one small, repeatable run; `make bench` writes its result into bench/README.md."""
