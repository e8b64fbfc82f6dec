"""The lists that ship with the product (regions of the country, national code lists), and how a city's own are laid over them."""

from __future__ import annotations

from datetime import tzinfo
from pathlib import Path

from app.contract.codes import CodeList, read_list, read_rows, repeated
from app.contract.convert import Lists
from app.contract.region import Region, Regions, dotted
from app.errors import CityError, Problem

SHIPPED = Path(__file__).parent
REGIONS = "wilayah.csv"


def city_lists(folder: Path, zone: tzinfo, shown: str = "codes") -> Lists:
    """`codes/*.csv` of a city over the shipped ones of the same name; raises CityError with every line that is wrong."""
    problems: list[Problem] = []
    regions = _regions(SHIPPED / REGIONS, REGIONS, problems)
    codes: dict[str, CodeList] = {}
    for path in [*sorted(SHIPPED.glob("*.csv")), *sorted(folder.glob("*.csv"))]:
        named = f"{shown}/{path.name}"
        if path.name == REGIONS:
            regions |= _regions(path, named, problems) if path.parent == folder else {}
            continue
        try:
            codes[path.stem] = read_list(path, named)
        except CityError as error:
            problems += error.problems
    if problems:
        raise CityError(problems)
    return Lists(Regions.read(regions.values()), codes, zone)


def _regions(path: Path, shown: str, problems: list[Problem]) -> dict[str, Region]:
    rows, wrong = read_rows(path, shown, required=("kemendagri", "nama"))
    for column in ("kemendagri", "bps"):
        wrong += repeated([(line, {column: row.get(column, "")}) for line, row in rows], shown, column)
    for line, row in rows:
        if row["kemendagri"] and dotted(row["kemendagri"]) != row["kemendagri"]:
            wrong.append(Problem(shown, line, "bad_region", "the code is not in Kemendagri's dotted form", "Write it like 12.76.01.1001."))
    problems += wrong
    return {row["kemendagri"]: Region(row["kemendagri"], row.get("bps") or None, row["nama"], row.get("kode_pos") or None) for _, row in rows}
