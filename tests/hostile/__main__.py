"""`python -m tests.hostile` prints the table of docs/security.md."""

from importlib import import_module
from pathlib import Path

from tests.fixtures.case import CASES

HERE = Path(__file__).parent


def table() -> str:
    """Every marked test, by the number of its case, as a table in Markdown."""
    for path in sorted(HERE.glob("test_*.py")):
        import_module(f"tests.hostile.{path.stem}")
    rows = [f"| {one.number} | {one.sent} | {one.must} | `{one.test}` |" for _, one in sorted(CASES.items())]
    return "\n".join(["| case | what is sent | what must happen | test in `tests/hostile` |", "|---|---|---|---|", *rows]) + "\n"


if __name__ == "__main__":
    print(table(), end="")
