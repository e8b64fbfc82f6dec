"""What was checked, and what follows for the grade."""

from __future__ import annotations

from typing import NamedTuple

from app.errors import Text

NONE, BRONZE, SILVER = "belum", "perunggu", "perak"
GRADES = (BRONZE, SILVER)


class Check(NamedTuple):
    """One thing that was looked at. `grade` is the lowest grade that needs it; `note` says what was seen, in two languages.

    `passed` None: it could not be shown here, which is as good as failed for the grade."""

    contract: str
    name: str
    grade: str
    passed: bool | None
    note: Text


class Report(NamedTuple):
    """One system: its grade (it judges our file, not the application), and what the next grade lacks."""

    system: str
    checks: tuple[Check, ...]

    @property
    def grade(self) -> str:
        reached = NONE
        for grade in GRADES:
            if not self.checks or any(check.grade == grade and not check.passed for check in self.checks):
                break
            reached = grade
        return reached

    @property
    def lacking(self) -> tuple[Check, ...]:
        """What stands between the grade and the next."""
        following = GRADES[GRADES.index(self.grade) + 1 :][:1] if self.grade in GRADES else GRADES[:1]
        return tuple(check for check in self.checks if check.grade in following and not check.passed)
