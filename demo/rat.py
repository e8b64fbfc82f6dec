"""`bappeda.rat`: the yearly action plan against poverty as the offices hand it in. A title, headers in two rows, amounts as people spell them,
a sum below every office, signatures below everything."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import xlsxwriter

SEED = 1279
# Deliberate faults, counted as those of demo/people.py; no activity has two of them. demo/README.md explains each.
RAT_NO_AMOUNT = 4
RAT_UNKNOWN_UNIT = 3
RAT_TWICE = 2

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("KODE", ()),
    ("PERANGKAT DAERAH", ()),
    ("KERANGKA", ("STRATEGI", "KLASTER")),
    ("URAIAN", ("PROGRAM", "KEGIATAN", "INDIKATOR")),
    ("SASARAN", ("TARGET", "SATUAN")),
    ("ANGGARAN", ("PAGU", "SUMBER")),
    ("JADWAL", ("TW I", "TW II", "TW III", "TW IV")),
    ("TAHUN", ()),
)
# fmt: off
OFFICES = (
    ("1.06", "Dinas Sosial", "Program Perlindungan dan Jaminan Sosial", "S1", "K1", "KELUARGA"),
    ("1.02", "DINAS KESEHATAN", "Program Pemenuhan Upaya Kesehatan", "S1", "K1", "JIWA"),
    ("1.01", "Dinas Pendidikan dan Kebudayaan", "Program Pengelolaan Pendidikan", "S1", "K1", "JIWA"),
    ("1.04", "Perkim", "Program Kawasan Permukiman", "S1", "K4", "UNIT"),
    ("2.17", "Dinas Perdagangan, Koperasi dan UKM", "Program Pemberdayaan Usaha Mikro", "S3", "K3", "UNIT USAHA"),
    ("1.03", "Dinas PUPR", "Program Pengelolaan Air Minum", "S1", "K4", "SAMBUNGAN"),
    ("2.18", "DPMPTSP", "Program Promosi Penanaman Modal", "S2", "K2", "KEGIATAN"),
    ("5.01", "Bappeda", "Program Koordinasi Perencanaan Daerah", "S4", "K2", "DOKUMEN"),
)
WORK = ("Pendataan", "Penyaluran", "Pelatihan", "Pendampingan", "Pembangunan", "Pemantauan")
FUNDS = ("APBD KOTA", "APBD KOTA", "APBD PROV", "APBN", "DAK", "CSR")
# fmt: on


@dataclass(slots=True)
class Activity:
    """One row; `amount` is what is planned in rupiah, `spelt` how the office wrote it."""

    code: str
    office: str
    strategy: str
    cluster: str
    program: str
    work: str
    target: int
    unit: str
    amount: int
    spelt: str | int
    fund: str
    quarters: tuple[int, int, int, int]


def activities() -> list[Activity]:
    """The same, always."""
    chance = random.Random(SEED)
    told = [_activity(number, office, work, chance) for office in OFFICES for number, work in enumerate(WORK, start=1)]
    take = iter(chance.sample(told, RAT_NO_AMOUNT + RAT_UNKNOWN_UNIT + RAT_TWICE))
    for _ in range(RAT_NO_AMOUNT):
        next(take).spelt = "menyesuaikan"
    for _ in range(RAT_UNKNOWN_UNIT):
        next(take).unit = "secukupnya"
    twice = [next(take) for _ in range(RAT_TWICE)]
    return [one for activity in told for one in ([activity, activity] if activity in twice else [activity])]


def _activity(number: int, office: tuple[str, ...], work: str, chance: random.Random) -> Activity:
    urusan, name, program, strategy, cluster, unit = office
    millions = chance.randrange(50, 3000, 50)
    target = chance.randrange(4, 400)
    first = tuple(target * part // 100 for part in (20, 30, 30))
    return Activity(
        code=f"{urusan}.02.2.{number:02}.{chance.randrange(1, 40):04}",
        office=name,
        strategy=strategy,
        cluster=cluster,
        program=program,
        work=f"{work} {program.removeprefix('Program ').lower()}",
        target=target,
        unit=unit,
        amount=millions * 1_000_000,
        spelt=_spelt(millions, chance),
        fund=chance.choice(FUNDS),
        quarters=(*first, target - sum(first)),  # type: ignore[arg-type]
    )


def _spelt(millions: int, chance: random.Random) -> str | int:
    """As one clerk or another writes it."""
    dotted = f"{millions * 1_000_000:,}".replace(",", ".")
    ways: list[str | int] = [millions * 1_000_000, dotted, f"Rp {dotted},00", f"Rp. {dotted},-", f"{millions} juta"]
    if millions >= 1000:
        ways += [f"Rp {millions / 1000:g} miliar".replace(".", ","), f"{millions / 1000:g} M".replace(".", ",")]
    return chance.choice(ways)


def rows(told: list[Activity], year: int) -> Iterator[list[str | int]]:
    """Everything below the header: the activities of each office, its sum, the sum of all, who signed."""
    total = 0
    for office in dict.fromkeys(one.office for one in told):
        theirs = [one for one in told if one.office == office]
        for one in theirs:
            frame = (one.strategy, one.cluster, one.program, one.work, f"Jumlah {one.unit.lower()}", one.target, one.unit)
            yield [one.code, one.office, *frame, one.spelt, one.fund, *one.quarters, year]
        total += sum(one.amount for one in theirs)
        yield ["Jumlah", office, "", "", "", "", "", "", "", sum(one.amount for one in theirs)]
    yield ["JUMLAH", "", "", "", "", "", "", "", "", total]
    yield ["Mengetahui,", "Kepala Bappeda"]


def write(folder: Path, told: list[Activity], *, today: date) -> Path:
    """`rat-YEAR.xlsx` in the folder; the same plan makes the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"rat-{today.year}.xlsx"
    as_typed = {"strings_to_numbers": False, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(path, as_typed) as book:
        book.set_properties({"created": datetime.combine(today, time(), UTC)})
        sheet = book.add_worksheet(f"RAT {today.year}")
        sheet.merge_range(0, 0, 0, 14, f"RENCANA AKSI TAHUNAN PENANGGULANGAN KEMISKINAN KOTA TEBING TINGGI TAHUN {today.year}")
        _head(sheet)
        for number, cells in enumerate(rows(told, today.year), start=3):
            for column, cell in enumerate(cells):
                if cell != "":
                    sheet.write(number, column, cell)
    return path


def _head(sheet: Any) -> None:
    column = 0
    for title, names in GROUPS:
        last = column + max(len(names), 1) - 1
        sheet.merge_range(1, column, 1 if names else 2, last, title)
        for offset, name in enumerate(names):
            sheet.write(2, column + offset, name)
        column = last + 1
