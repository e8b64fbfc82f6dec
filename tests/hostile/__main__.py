"""`python -m tests.hostile` prints the table of docs/security.md."""

from tests.fixtures.case import HOSTILE

if __name__ == "__main__":
    print(HOSTILE.text(), end="")
