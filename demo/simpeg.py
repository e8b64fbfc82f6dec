"""`bkpsdm.simpeg`: the civil servants in a database of 2009, here a SQLite file with its MySQL habits: names in latin-1, NIP as printed, dates
that mean nothing, rows that are deleted by a flag."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from demo.old_file import Delivery
from demo.old_server import Mode
from demo.people import Person, Town

SEED = 1280
FEWEST = 120
"""So many, or two for a hundred people where the city is larger."""

# Deliberate faults, counted as those of demo/people.py; no servant has two of them. demo/README.md explains each.
ASN_OLD_NIP = 4
ASN_NO_APPOINTMENT = 6
ASN_NO_UPDATE = 5
ASN_ACCENTED = 3
ASN_INACTIVE = 7

NO_DAY = "01-01-0001"
NO_MOMENT = "0000-00-00 00:00:00"
# fmt: off
UNITS = (
    "Dinas Sosial", "DINAS KESEHATAN", "Dinas Pendidikan dan Kebudayaan", "Disdukcapil", "Diskominfo", "Bappeda", "BKPSDM", "Dinas PUPR", "BPKD",
    "Dinas Lingkungan Hidup", "Dinas Perhubungan",
)
RANKS = ("II/a", "II/c", "III/a", "III/b", "III/c", "III/d", "IV/a")
POSTS = ("Pengelola Data", "Pranata Komputer", "Guru Kelas", "Perawat", "Penelaah Teknis Kebijakan", "Analis Anggaran", "Arsiparis")
TITLES = ("S.Kom", "S.Pd", "S.E.", "A.Md", "S.Sos", "", "")
# fmt: on
TABLE = """\
CREATE TABLE pegawai (
    id_peg INTEGER PRIMARY KEY, nip TEXT, nik TEXT, nama TEXT, gelar_blk TEXT, jk TEXT, sts_peg INTEGER, kd_gol TEXT, nm_jabatan TEXT,
    unit_kerja TEXT, tmt TEXT, aktif TEXT, tgl_ubah TEXT
)"""
VIEW = "CREATE VIEW v_asn AS SELECT * FROM pegawai WHERE aktif = 'Y'"


@dataclass(slots=True)
class Servant:
    """One row; `person` is one of the town's people."""

    person: Person
    nip: str
    name: str
    title: str
    contract: bool
    rank: str
    post: str
    unit: str
    since: date
    told_since: str
    updated: str
    active: bool = True


def servants(made: Town, *, today: date) -> list[Servant]:
    """Grown-ups of the town who work for it: the same for the same day, always."""
    chance = random.Random(SEED)
    adults = [one for one in made.people if one.role != "ANAK" and 1966 <= one.born.year <= 1996]
    chosen = chance.sample(adults, min(max(FEWEST, len(made.people) * 2 // 100), len(adults)))
    told = [_servant(number, one, chance, today) for number, one in enumerate(chosen, start=1)]
    take = iter(chance.sample(told, ASN_OLD_NIP + ASN_NO_APPOINTMENT + ASN_NO_UPDATE + ASN_ACCENTED + ASN_INACTIVE))
    for number in range(ASN_OLD_NIP):
        next(take).nip = f"13188{7000 + number}"
    for _ in range(ASN_NO_APPOINTMENT):
        next(take).told_since = NO_DAY
    for _ in range(ASN_NO_UPDATE):
        next(take).updated = NO_MOMENT
    for _ in range(ASN_ACCENTED):
        servant = next(take)
        servant.name = servant.name.replace("a", "é", 1)
    for _ in range(ASN_INACTIVE):
        next(take).active = False
    return told


def _servant(number: int, one: Person, chance: random.Random, today: date) -> Servant:
    contract = chance.random() < 0.25
    since = date(max(one.born.year + chance.randrange(20, 30), 2019 if contract else 0), chance.choice((1, 3, 4, 12)), 1)
    month = "21" if contract else f"{since:%m}"
    updated = today - timedelta(days=chance.randrange(1, 300))
    return Servant(
        person=one,
        nip=f"{one.born:%Y%m%d} {since.year}{month} {1 if one.sex == 'L' else 2} {900 + number % 100}",
        name=one.name,
        title=chance.choice(TITLES),
        contract=contract,
        rank="IX" if contract else chance.choice(RANKS),
        post=chance.choice(POSTS),
        unit=chance.choice(UNITS),
        since=since,
        told_since=f"{since:%d-%m-%Y}",
        updated=f"{updated} 09:10:11",
    )


def write(folder: Path, told: list[Servant]) -> Path:
    """`simpeg.db` in the folder, made anew."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "simpeg.db"
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(TABLE)
        connection.execute(VIEW)
        connection.executemany(
            # A cast of bytes keeps them as they are: text that is not UTF-8.
            "INSERT INTO pegawai VALUES (?, ?, ?, CAST(? AS TEXT), ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [_row(number, one) for number, one in enumerate(told, start=1)],
        )
    return path


def _row(number: int, one: Servant) -> tuple[object, ...]:
    person, kind = one.person, 2 if one.contract else 1
    name = one.name.encode("latin-1")
    told = (one.rank, one.post, one.unit, one.told_since, "Y" if one.active else "N", one.updated)
    return (number, one.nip, person.nik, name, one.title, person.sex, kind, *told)


class Archive(Delivery):
    """The database as a file. slow: somebody holds it for themselves."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, renamed)
        self._holding: sqlite3.Connection | None = None

    def switch(self, mode: Mode) -> None:
        self._let_go()
        super().switch("ok" if mode == "slow" else mode)
        self.mode = mode
        if mode == "slow":
            self._holding = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
            self._holding.execute("BEGIN EXCLUSIVE")

    def _let_go(self) -> None:
        if self._holding is not None:
            self._holding.close()
            self._holding = None

    def close(self) -> None:
        self._let_go()
        super().close()


def renamed(path: Path) -> None:
    """A new version of the application calls the NIP otherwise."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP VIEW v_asn")
        connection.execute("ALTER TABLE pegawai RENAME COLUMN nip TO nip_baru")
        connection.execute(VIEW)
