"""`dinsos.siks`: DTSEN as a ministry circulates it, one workbook a year. A title, headers in two rows, one family a row, a total below."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import xlsxwriter

from demo.people import Person, Town

SEED = 1274
Cell = str | int | date | None

# Deliberate faults, counted as those of demo/people.py; no family has two of them. demo/README.md explains each.
SIKS_CUT_NIK = 6
SIKS_CUT_KK = 5
SIKS_SHORT_NIK = 6
SIKS_OTHER_SCHEME = 6
SIKS_QUINTILE = 4
SIKS_WIDE_FLOOR = 3
SIKS_NOT_VERIFIED = 9
SIKS_FUTURE = 3
SIKS_TWICE = 4

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("NO", ()),
    ("ID KELUARGA", ()),
    ("IDENTITAS", ("NOMOR KK", "NO_NIK", "NAMA KEPALA KELUARGA", "L/P", "JML ANGGOTA")),
    ("ALAMAT", ("JALAN", "RT", "RW", "KELURAHAN", "KODE KEL")),
    ("PERUMAHAN", ("LANTAI TERLUAS", "DINDING TERLUAS", "ATAP TERLUAS", "LUAS (M2)", "SUMBER AIR MINUM", "DAYA TERPASANG")),
    ("DESIL DTSEN", ("NASIONAL", "PROVINSI", "KAB/KOTA")),
    ("BANTUAN", ("PKH", "SEMBAKO", "PBI", "NILAI PKH", "TGL SALUR PKH")),
    ("VERVAL", ("HASIL", "TANGGAL")),
    ("PERIODE", ()),
    ("TGL PADAN", ()),
)
FLOORS = ("KERAMIK", "UBIN/TEGEL/TERASO", "SEMEN/BATA MERAH", "SEMEN/BATA MERAH", "KAYU/PAPAN", "TANAH")
WALLS = ("TEMBOK", "TEMBOK", "KAYU/PAPAN", "ANYAMAN BAMBU")
ROOFS = ("SENG", "SENG", "SENG", "GENTENG", "ASBES", "RUMBIA")
WATERS = ("LEDING", "SUMUR BOR/POMPA", "AIR ISI ULANG", "SUMUR TERLINDUNG", "SUMUR TAK TERLINDUNG")
POWERS = ("450 VA", "450 VA", "900 VA", "900 VA", "1300 VA", "TANPA METERAN")
FOUND = ("LAYAK", "LAYAK", "LAYAK", "TIDAK LAYAK", "PINDAH", "MENINGGAL")
AMOUNTS: tuple[Cell, ...] = (900_000, "Rp 1.500.000", 2_000_000, "Rp 2.400.000,00")


@dataclass(frozen=True, slots=True)
class House:
    floor: str
    wall: str
    roof: str
    area: int
    water: str
    power: str


@dataclass(frozen=True, slots=True)
class Family:
    """One row, as it is told: a number in `nik` or `no_kk` is a number in its cell too, cut to fifteen digits."""

    id: str
    head: Person
    members: int
    nik: str | int
    no_kk: str | int
    sex: str | int
    region: str
    house: House
    national: int
    decile: str
    pkh: bool
    amount: Cell
    given: date
    found: str | None
    verified: date | None
    updated: date


def families(made: Town, *, today: date) -> list[Family]:
    """About half of the town's families: the same for the same day, always."""
    homes: dict[str, list[Person]] = {}
    for person in made.people:
        homes.setdefault(person.no_kk, []).append(person)
    chance = random.Random(SEED)
    chosen = chance.sample(list(homes.values()), len(homes) // 2)
    told = [_family(number, home, chance, today) for number, home in enumerate(chosen, start=1)]
    return _spoilt(told, chance, today)


def _family(number: int, home: list[Person], chance: random.Random, today: date) -> Family:
    # In one of four DTSEN names the wife, where there is one.
    head, decile = home[min(chance.choice((0, 0, 0, 1)), len(home) - 1)], chance.choice((1, 1, 2, 2, 3, 4, 5))
    given = today - timedelta(days=chance.randrange(5, 250))
    return Family(
        id=f"K-{number:06}",
        head=head,
        members=len(home),
        nik=head.nik,
        no_kk=head.no_kk,
        sex=chance.choice((head.sex, head.sex, 1 if head.sex == "L" else 2)),
        region=head.place.kemendagri.replace(".", ""),
        house=_house(chance),
        national=min(10, decile + chance.choice((0, 0, 1))),
        decile=f"Desil {decile}",
        pkh=decile <= 2,
        amount=chance.choice(AMOUNTS),
        given=given,
        found=chance.choice(FOUND),
        verified=today - timedelta(days=chance.randrange(5, 300)),
        updated=given,
    )


def _house(chance: random.Random) -> House:
    floor, wall, roof, water, power = (chance.choice(kinds) for kinds in (FLOORS, WALLS, ROOFS, WATERS, POWERS))
    return House(floor, wall, roof, chance.randrange(18, 90), water, power)


def _spoilt(told: list[Family], chance: random.Random, today: date) -> list[Family]:
    places = iter(chance.sample(range(len(told)), len(told)))

    def spoil(times: int, **changes: Any) -> None:
        for place in (next(places) for _ in range(times)):
            family = told[place]
            told[place] = replace(family, **{name: change(family) if callable(change) else change for name, change in changes.items()})

    spoil(SIKS_CUT_NIK, nik=lambda family: cut(family.nik))
    spoil(SIKS_CUT_KK, no_kk=lambda family: cut(family.no_kk))
    spoil(SIKS_SHORT_NIK, nik=lambda family: family.nik[:15])
    spoil(SIKS_OTHER_SCHEME, region=lambda family: family.head.place.bps)
    spoil(SIKS_QUINTILE, decile="Kuintil 1")
    spoil(SIKS_WIDE_FLOOR, house=lambda family: replace(family.house, area=family.house.area * 100))
    spoil(SIKS_NOT_VERIFIED, found=None, verified=None)
    spoil(SIKS_FUTURE, verified=today + timedelta(days=400))
    return told + [told[next(places)] for _ in range(SIKS_TWICE)]


def cut(number: str) -> int:
    """What a spreadsheet keeps of a number of sixteen digits: fifteen."""
    return int(number[:15] + "0")


def cells(number: int, family: Family, year: int) -> tuple[Cell, ...]:
    """One row below the header, in the order of GROUPS."""
    head, house, pkh = family.head, family.house, family.pkh
    district = number % 2 == 0
    return (
        *(number, family.id),
        *(family.no_kk, family.nik, head.name.upper(), family.sex, family.members),
        *(head.street.upper(), head.rt, f"{head.rw:03}" if district else head.rw, head.place.name.upper(), family.region),
        *(house.floor, house.wall, house.roof, house.area, house.water, house.power),
        *(family.national, family.national, family.decile),
        *(_yes(pkh), _yes(family.national <= 3), _yes(family.national <= 4), family.amount if pkh else None, family.given if pkh else None),
        *(family.found, f"{family.verified:%d/%m/%Y}" if district and family.verified else family.verified),
        *(str(year), family.updated),
    )


def _yes(said: bool) -> str:
    return "YA" if said else "TIDAK"


def write(folder: Path, told: list[Family], *, today: date) -> Path:
    """`siks-dtsen-YEAR.xlsx` in the folder; the same families make the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"siks-dtsen-{today.year}.xlsx"
    as_typed = {"strings_to_numbers": False, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(path, as_typed) as book:
        book.set_properties({"created": datetime.combine(today, time(), UTC)})
        sheet = book.add_worksheet(f"DTSEN {today.year}")
        _head(sheet, today.year)
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        for number, family in enumerate(told, start=1):
            for column, cell in enumerate(cells(number, family, today.year)):
                _put(sheet, number + 2, column, cell, day)
        for column, total in ((0, "JUMLAH"), (6, sum(family.members for family in told))):
            sheet.write(len(told) + 3, column, total)
        sheet.write(len(told) + 5, 1, "Sumber: Pusdatin Kesos (contoh)")
    return path


def _head(sheet: Any, year: int) -> None:
    """The title over everything, the groups over their columns, a column of its own over both rows."""
    width = sum(len(names) or 1 for _, names in GROUPS)
    sheet.merge_range(0, 0, 0, width - 1, f"DATA TUNGGAL SOSIAL DAN EKONOMI NASIONAL - KOTA TEBING TINGGI - TAHUN {year}")
    for column, (title, names) in _placed():
        sheet.merge_range(1, column, 1 if names else 2, column + max(len(names), 1) - 1, title)
        for offset, name in enumerate(names):
            sheet.write(2, column + offset, name)


def _placed() -> Iterator[tuple[int, tuple[str, tuple[str, ...]]]]:
    column = 0
    for group in GROUPS:
        yield column, group
        column += len(group[1]) or 1


def _put(sheet: Any, row: int, column: int, cell: Cell, day: Any) -> None:
    if isinstance(cell, date):
        sheet.write_datetime(row, column, cell, day)
    elif cell is not None:
        sheet.write(row, column, cell)
