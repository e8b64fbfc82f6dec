"""`banksumut.kur`: the nightly file of a bank. Text cut by |, no header, packed with gzip, dates without any mark."""

from __future__ import annotations

import gzip
import random
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from demo.dropserver import Business
from demo.people import Person

SEED = 1278
FEWEST = 100
"""So many loans, or one for every second business where the city is larger."""

# Deliberate faults, counted as those of demo/people.py; no loan has two of them. demo/README.md explains each.
KUR_SHORT_NIK = 4
KUR_OVERDRAWN = 5
KUR_NO_DUE_DATE = 6
KUR_UNKNOWN_GRADE = 3
KUR_TWICE = 2

SCHEMES = (("1", 10), ("1", 10), ("2", 100), ("2", 100), ("3", 500))
"""Super mikro, mikro, kecil, and the most that each lends, in millions of rupiah."""
NO_DAY = "00000000"


@dataclass(slots=True)
class Loan:
    """One agreement with the bank; `person` is the owner of one of the town's businesses."""

    number: str
    person: Person
    nik: str
    sector: str
    scheme: str
    ceiling: int
    outstanding: int
    signed: date
    due: str
    grade: str
    updated: date


def loans(told: list[Business], *, today: date) -> list[Loan]:
    """Of the owners of businesses: the same for the same day, always."""
    chance = random.Random(SEED)
    owners = list({one.owner.nik: one for one in told}.values())
    chosen = chance.sample(owners, min(max(FEWEST, len(owners) // 2), len(owners)))
    made = [_loan(number, one, chance, today) for number, one in enumerate(chosen, start=1)]
    take = iter(chance.sample(made, KUR_SHORT_NIK + KUR_OVERDRAWN + KUR_NO_DUE_DATE + KUR_UNKNOWN_GRADE + KUR_TWICE))
    for _ in range(KUR_SHORT_NIK):
        loan = next(take)
        loan.nik = loan.nik[:15]
    for _ in range(KUR_OVERDRAWN):
        loan = next(take)
        loan.outstanding = loan.ceiling + 1_000_000
    for _ in range(KUR_NO_DUE_DATE):
        next(take).due = NO_DAY
    for _ in range(KUR_UNKNOWN_GRADE):
        next(take).grade = "9"
    return made + [next(take) for _ in range(KUR_TWICE)]


def _loan(number: int, one: Business, chance: random.Random, today: date) -> Loan:
    scheme, most = chance.choice(SCHEMES)
    ceiling = chance.randrange(2, most + 1) * 1_000_000
    signed = today - timedelta(days=chance.randrange(20, 1400))
    return Loan(
        number=f"KUR-{signed.year}-{number:05}",
        person=one.owner,
        nik=one.owner.nik,
        sector=one.sector.upper(),
        scheme=scheme,
        ceiling=ceiling,
        outstanding=ceiling * chance.randrange(0, 100) // 100,
        signed=signed,
        due=f"{signed + timedelta(days=365 * chance.choice((1, 2, 3))):%Y%m%d}",
        grade=chance.choice("111112345"),
        updated=today - timedelta(days=1),
    )


def line(loan: Loan) -> str:
    """Twelve columns, in the bank's order; amounts end in .00."""
    return "|".join(
        (
            loan.number,
            loan.nik,
            loan.person.name.upper(),
            loan.scheme,
            f"{loan.ceiling}.00",
            f"{loan.outstanding}.00",
            f"{loan.signed:%Y%m%d}",
            loan.due,
            loan.grade,
            loan.sector,
            loan.person.place.kemendagri.replace(".", ""),
            f"{loan.updated:%Y%m%d}",
        )
    )


def write(folder: Path, told: list[Loan], *, today: date) -> Path:
    """`kur-YYYYMMDD.txt.gz` in the folder; the same loans make the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"kur-{today:%Y%m%d}.txt.gz"
    path.write_bytes(gzip.compress("".join(f"{line(loan)}\r\n" for loan in told).encode(), mtime=0))
    return path


def moved(path: Path) -> None:
    """A new version of the file has the second column in the third place."""
    lines = [one.split("|") for one in gzip.decompress(path.read_bytes()).decode().splitlines()]
    text = "".join("|".join([first, third, second, *rest]) + "\r\n" for first, second, third, *rest in lines)
    path.write_bytes(gzip.compress(text.encode(), mtime=0))
