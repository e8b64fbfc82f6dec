"""How the page speaks: words, moments and numbers in one of the two languages, in the city's zone and seen from one minute."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from app.portal.word import DAYS, KINDS, MONTHS, WORDS

SOON = 30
"""Days before its end from which an agreement is said to end soon."""


@dataclass(frozen=True, slots=True)
class Voice:
    language: str
    zone: ZoneInfo
    now: datetime

    def say(self, name: str, **values: object) -> str:
        """`{s}` is the English plural of `n`."""
        text = WORDS[name].speak(self.language)
        return text.format(s="" if values.get("n") == 1 else "s", **values)

    def kind(self, name: str) -> str:
        found = KINDS.get(name)
        return found.speak(self.language) if found else name

    def day(self, day: date) -> str:
        """24 November 2026."""
        return f"{day.day} {MONTHS[self.language][day.month - 1]} {day.year}"

    def brief(self, day: date) -> str:
        """24 Nov 2026."""
        return f"{day.day} {MONTHS[self.language][day.month - 1][:3]} {day.year}"

    def clock(self, moment: datetime) -> str:
        """10.15 WIB; in English 10:15 WIB."""
        there = moment.astimezone(self.zone)
        return there.strftime("%H.%M %Z" if self.language == "id" else "%H:%M %Z")

    def full(self, moment: datetime) -> str:
        """Selasa, 24 November 2026, 10.15 WIB."""
        there = moment.astimezone(self.zone)
        return f"{DAYS[self.language][there.weekday()]}, {self.day(there)}, {self.clock(there)}"

    def short(self, moment: datetime) -> str:
        """The clock, and the day before it where that is not today."""
        there, today = moment.astimezone(self.zone), self.now.astimezone(self.zone).date()
        if there.date() == today:
            return self.clock(moment)
        return f"{self.brief(there)}, {self.clock(moment)}"

    def ago(self, moment: datetime) -> str:
        """In the largest whole unit; what lies ahead by the clock of another machine is just now."""
        passed = (self.now - moment) // timedelta(minutes=1)
        for name, minutes in (("days_ago", 1440), ("hours_ago", 60), ("minutes_ago", 1)):
            if passed >= minutes:
                return self.say(name, n=passed // minutes)
        return self.say("just_now")

    def percent(self, score: float) -> str:
        """Rounded down: what lacks anything is never called 100%."""
        return f"{int(score * 100 + 1e-9)}%"

    def ending(self, last: date) -> str | None:
        """How soon an agreement ends, where that is soon."""
        left = (last - self.now.astimezone(self.zone).date()).days
        if left > SOON:
            return None
        return self.say("ends_in", n=left) if left else self.say("ends_today")
