"""Synthetic people over the real kelurahan of Kota Tebing Tinggi: deterministic, invented, NIK serial 9xxx."""

from __future__ import annotations

import csv
import os
import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

SEED = 1276
PEOPLE = 3000
FEWEST = 400
"""Below this there is no room for the faults."""
RECIPIENTS = 900
"""So many, or three of ten people where the city is larger."""
CITY = Path(__file__).resolve().parent.parent / "cities" / "tebing-tinggi"

# Deliberate faults, counted: a test computes the quality of answers from them by hand. demo/README.md explains each.
SIAK_DUPLICATES = 12
SIAK_SHORT_NIK = 9
SIAK_BAD_DATE_NIK = 7
SIAK_OTHER_BIRTH_DATE = 25
SIAK_STALE = 240
SIAK_NAMELESS = 5
SIAK_NO_UPDATE = 10
BANSOS_UNKNOWN_PROGRAM = 8
BANSOS_BAD_AMOUNT = 11
BANSOS_NO_DATE = 30
BANSOS_KEMENDAGRI_CODE = 14
BANSOS_STALE = 60
BANSOS_OTHER_NAME = 40
BANSOS_OTHER_SEX = 6
BANSOS_OTHER_STREET = 20

# fmt: off
MALE = (
    "Ahmad", "Budi", "Dedi", "Eko", "Fajar", "Hasan", "Iwan", "Jaya", "Lamhot", "Mangapul", "Parlin", "Rahmat", "Sahat", "Togar", "Usman",
    "Wahyu", "Yusuf", "Zulkifli", "Bonar", "Poltak",
)
FEMALE = (
    "Aisyah", "Butet", "Dewi", "Endang", "Fitri", "Halimah", "Intan", "Juliana", "Kartini", "Lamria", "Mariana", "Nurhayati", "Purnama",
    "Rosmawati", "Siti", "Tiurma", "Wati", "Yanti", "Zubaidah", "Rina",
)
FAMILY = (
    "Contoh", "Damanik", "Ginting", "Harahap", "Hasibuan", "Lubis", "Manurung", "Nasution", "Pane", "Purba", "Saragih", "Siregar", "Sinaga",
    "Simanjuntak", "Sitorus", "Pratama", "Wijaya",
)
STREETS = ("Jl. Contoh Raya", "Jl. Percobaan", "Jl. Melati", "Jl. Kenanga", "Jl. Rambutan", "Gg. Mawar", "Jl. Pala", "Jl. Cengkeh")
JOBS = (
    "Wiraswasta", "Petani/Pekebun", "Buruh Harian Lepas", "Karyawan Swasta", "Mengurus Rumah Tangga", "Pelajar/Mahasiswa", "Pedagang",
    "Belum/Tidak Bekerja",
)
# fmt: on
SCHOOLS = ("SLTA/SEDERAJAT", "SLTP/SEDERAJAT", "TAMAT SD/SEDERAJAT", "DIPLOMA IV/STRATA I", "TIDAK/BELUM SEKOLAH")
FAITHS = ("ISLAM", "ISLAM", "ISLAM", "KRISTEN", "KATHOLIK", "BUDHA")
PROGRAMS = (
    ("PKH", 900_000, "UANG", "APBN"),
    ("BPNT", 200_000, "SEMBAKO", "APBN"),
    ("PBI", 42_000, "IURAN", "APBN"),
    ("RTLH", 20_000_000, "BANGUNAN", "APBD KOTA"),
    ("BPJSTK", 16_800, "IURAN", "APBD KOTA"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """One kelurahan, in both schemes."""

    kemendagri: str
    bps: str
    name: str


@dataclass(slots=True)
class Person:
    nik: str
    no_kk: str
    name: str
    sex: str
    born: date
    street: str
    rt: int
    rw: int
    place: Place
    role: str
    married: str
    faith: str
    school: str
    job: str
    updated: date
    nik_in_siak: str = ""
    name_in_siak: str | None = None
    born_in_siak: date = date.min
    updated_in_siak: date | None = None


@dataclass(slots=True)
class Aid:
    id: str
    person: Person
    name: str
    sex: str
    street: str
    program: str
    year: str
    stage: int
    amount: str
    form: str
    fund: str
    status: str
    eligible: bool
    given: str
    region: str
    updated: date


@dataclass(slots=True)
class Town:
    """Everybody, every aid, as both applications will tell it."""

    people: list[Person]
    siak: list[Person] = field(default_factory=list)
    aids: list[Aid] = field(default_factory=list)


def places() -> list[Place]:
    with (CITY / "codes" / "wilayah.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [Place(row["kemendagri"], row["bps"], row["nama"]) for row in rows if len(row["kemendagri"]) == 13]


def people_wanted() -> int:
    """DEMO_PEOPLE, or as many as there are by default; anything else ends the process with a sentence."""
    text = os.environ.get("DEMO_PEOPLE", str(PEOPLE))
    if not (text.isascii() and text.isdigit()) or int(text) < FEWEST:
        raise SystemExit(f"DEMO_PEOPLE harus bilangan, paling sedikit {FEWEST}. / DEMO_PEOPLE must be a number, {FEWEST} or more.")
    return int(text)


def town(count: int = PEOPLE, *, today: date) -> Town:
    """The same people for the same day, always. Only what is stale or fresh depends on `today`."""
    if count < FEWEST:
        raise ValueError(f"the city has at least {FEWEST} people")
    chance = random.Random(SEED)
    made = Town(_people(count, chance, today))
    _apart(made.people)
    _siak(made, chance, today)
    _aids(made, chance, today)
    return made


def _people(count: int, chance: random.Random, today: date) -> list[Person]:
    known = places()
    people: list[Person] = []
    cards: set[str] = set()
    family = 0
    while len(people) < count:
        family += 1
        place, size = chance.choice(known), chance.choice((1, 2, 3, 3, 4, 4, 5))
        issued = date(2010, 1, 1) + timedelta(days=chance.randrange(4000))
        no_kk = _unused(_number(place, issued, family), cards)
        house = (chance.choice(STREETS) + f" No. {chance.randrange(1, 200)}", chance.randrange(1, 13), chance.randrange(1, 7))
        surname = chance.choice(FAMILY)
        for member in range(min(size, count - len(people))):
            people.append(_person(len(people), member, no_kk, place, house, surname, chance, today))
    return people


def _person(
    index: int, member: int, no_kk: str, place: Place, house: tuple[str, int, int], surname: str, chance: random.Random, today: date
) -> Person:
    sex = ("L", "P")[member] if member < 2 else chance.choice("LP")
    born = date(1955, 1, 1) + timedelta(days=chance.randrange(15_000)) if member < 2 else date(2000, 1, 1) + timedelta(days=chance.randrange(8_500))
    first = chance.choice(MALE if sex == "L" else FEMALE)
    street, rt, rw = house
    return Person(
        nik=_number(place, born, index, woman=sex == "P"),
        no_kk=no_kk,
        name=f"{first} {surname}",
        sex=sex,
        born=born,
        street=street,
        rt=rt,
        rw=rw,
        place=place,
        role=("KEPALA KELUARGA", "ISTRI")[member] if member < 2 else "ANAK",
        married="KAWIN" if member < 2 else "BELUM KAWIN",
        faith=chance.choice(FAITHS),
        school=chance.choice(SCHOOLS),
        job=chance.choice(JOBS),
        updated=today - timedelta(days=chance.randrange(1, 300)),
    )


def _number(place: Place, day: date, index: int, *, woman: bool = False) -> str:
    """PPKKCC of the place, the date (women's day + 40), a serial 9xxx; unique, since the day before it moves with every thousand."""
    district = place.kemendagri.replace(".", "")[:6]
    return f"{district}{day.day + 40 * woman:02}{day:%m%y}{9000 + index % 1000:04}"


def _apart(people: list[Person]) -> None:
    """No two of one number; SIAK knows everybody as they are, until it is spoilt."""
    seen: set[str] = set()
    for person in people:
        person.nik = _unused(person.nik, seen)
        person.nik_in_siak, person.name_in_siak = person.nik, person.name
        person.born_in_siak, person.updated_in_siak = person.born, person.updated


def _unused(number: str, seen: set[str]) -> str:
    """The number, or the next of its serials that nobody has."""
    while number in seen:
        number = number[:12] + str(9000 + (int(number[12:]) - 9000 + 1) % 1000)
    seen.add(number)
    return number


def _siak(made: Town, chance: random.Random, today: date) -> None:
    spoilt = chance.sample(
        made.people, SIAK_SHORT_NIK + SIAK_BAD_DATE_NIK + SIAK_OTHER_BIRTH_DATE + SIAK_STALE + SIAK_NAMELESS + SIAK_DUPLICATES + SIAK_NO_UPDATE
    )
    take = iter(spoilt)
    for _ in range(SIAK_SHORT_NIK):
        person = next(take)
        person.nik_in_siak = person.nik[:15]
    for _ in range(SIAK_BAD_DATE_NIK):
        person = next(take)
        person.nik_in_siak = person.nik[:8] + "13" + person.nik[10:]
    for _ in range(SIAK_OTHER_BIRTH_DATE):
        person = next(take)
        person.born_in_siak = person.born + timedelta(days=1)
    for _ in range(SIAK_STALE):
        next(take).updated_in_siak = today - timedelta(days=chance.randrange(400, 2000))
    for _ in range(SIAK_NAMELESS):
        next(take).name_in_siak = None
    made.siak = made.people + [next(take) for _ in range(SIAK_DUPLICATES)]
    for _ in range(SIAK_NO_UPDATE):
        next(take).updated_in_siak = None


def _aids(made: Town, chance: random.Random, today: date) -> None:
    whole = [person for person in made.people if person.nik_in_siak == person.nik]
    recipients = chance.sample(whole, min(max(RECIPIENTS, len(made.people) * 3 // 10), len(whole)))
    number = 0
    for person in recipients:
        for program, amount, form, fund in chance.sample(PROGRAMS, chance.choice((1, 1, 2))):
            number += 1
            made.aids.append(_aid(number, person, (program, amount, form, fund), chance, today))
    _spoil(made, chance, today)
    _differ(made, recipients, chance)


def _aid(number: int, person: Person, kind: tuple[str, int, str, str], chance: random.Random, today: date) -> Aid:
    program, amount, form, fund = kind
    given = today - timedelta(days=chance.randrange(5, 250))
    return Aid(
        id=f"S-{number:06}",
        person=person,
        name=person.name,
        sex=person.sex,
        street=person.street,
        program=program,
        year=str(given.year),
        stage=chance.randrange(1, 5),
        amount=f"Rp {amount:,},00".replace(",", ".", (len(str(amount)) - 1) // 3),
        form=form,
        fund=fund,
        status="SALUR",
        eligible=chance.random() > 0.1,
        given=f"{given:%d/%m/%Y}",
        region=person.place.bps,
        updated=given,
    )


def _spoil(made: Town, chance: random.Random, today: date) -> None:
    kinds = BANSOS_UNKNOWN_PROGRAM + BANSOS_BAD_AMOUNT + BANSOS_NO_DATE + BANSOS_KEMENDAGRI_CODE + BANSOS_STALE
    take = iter(chance.sample(made.aids, kinds))
    for _ in range(BANSOS_UNKNOWN_PROGRAM):
        next(take).program = "BLT-KOTA-LAMA"
    for _ in range(BANSOS_BAD_AMOUNT):
        next(take).amount = "1.5OO.000"
    for _ in range(BANSOS_NO_DATE):
        next(take).given = "00/00/0000"
    for _ in range(BANSOS_KEMENDAGRI_CODE):
        aid = next(take)
        aid.region = aid.person.place.kemendagri.replace(".", "")
    for _ in range(BANSOS_STALE):
        next(take).updated = today - timedelta(days=chance.randrange(400, 900))


def _differ(made: Town, recipients: list[Person], chance: random.Random) -> None:
    """What Dinsos writes otherwise of a person, in every aid of theirs."""
    theirs: dict[str, list[Aid]] = {}
    for aid in made.aids:
        theirs.setdefault(aid.person.nik, []).append(aid)
    others = iter(chance.sample(recipients, BANSOS_OTHER_NAME + BANSOS_OTHER_SEX + BANSOS_OTHER_STREET))
    for _ in range(BANSOS_OTHER_NAME):
        for aid in theirs[next(others).nik]:
            aid.name = aid.person.name.replace(" ", "  ") + ", S.Pd"
    for _ in range(BANSOS_OTHER_SEX):
        for aid in theirs[next(others).nik]:
            aid.sex = "P" if aid.person.sex == "L" else "L"
    for _ in range(BANSOS_OTHER_STREET):
        for aid in theirs[next(others).nik]:
            aid.street = "Dusun Lama " + aid.person.street
