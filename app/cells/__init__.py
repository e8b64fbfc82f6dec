"""Spreadsheets and delimited text, row by row: run as `python -m app.cells` in a process of its own, so it imports nothing of the gateway."""
