"""`python -m tests.faults` prints the table of docs/reliability.md."""

from tests.fixtures.case import FAULTS

if __name__ == "__main__":
    print(FAULTS.text(), end="")
