"""Regions: the scheme is part of the type. Canonical is Kemendagri's dotted code ("12.76.01.1001"); BPS codes convert by table only,
since the same digits name different places in the two schemes (1276 is Tebing Tinggi in one and Binjai in the other)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from app.contract.flaw import Flaw
from app.contract.text import normal

DOTTED = re.compile(r"\d{2}(?:\.\d{2}|\.\d{1,2}\.\d{1,2}(?:\.\d{4})?)?", re.ASCII)
"""Zeros may be missing where four integers were joined; of two parts they may not: "12.1" could be 12.01, or 12.10 as a number."""
PLAIN = re.compile(r"\d{2}(?:\d{2}(?:\d{2}(?:\d{4})?)?)?", re.ASCII)
LEVELS = {2: "provinsi", 5: "kabupaten", 8: "kecamatan", 13: "kelurahan"}


class Region(NamedTuple):
    kemendagri: str
    bps: str | None
    name: str
    postal: str | None = None


@dataclass(frozen=True, slots=True)
class Regions:
    """The table of regions that are known, by either scheme."""

    by_code: Mapping[str, Region]
    by_bps: Mapping[str, str]

    @classmethod
    def read(cls, rows: Iterable[Region]) -> Regions:
        table = {row.kemendagri: row for row in rows}
        return cls(table, {row.bps: code for code, row in table.items() if row.bps})

    def parse(self, raw: Any, scheme: str = "kemendagri") -> Any:
        if raw is None or isinstance(raw, bool) or not isinstance(raw, str | int):
            return None if raw is None else Flaw("not_a_region")
        text = normal(raw)
        if text is None:
            return None
        if scheme == "bps":
            return self.by_bps.get(text) or Flaw("unknown_bps_code")
        code = dotted(text)
        if code is None:
            return Flaw("not_a_region")
        return code if code in self.by_code else Flaw("unknown_region", code)

    def to_bps(self, code: str) -> str | None:
        found = self.by_code.get(code)
        return found.bps if found else None

    def name(self, code: str) -> str | None:
        found = self.by_code.get(code)
        return found.name if found else None

    def within(self, code: str, area: str) -> bool:
        """By whole levels: 12.76 holds 12.76 and 12.76.01, never 12.7 and nothing of 12.7."""
        return code == area or code.startswith(area + ".")


def level(code: str) -> str | None:
    return LEVELS.get(len(code))


def dotted(text: str) -> str | None:
    """The canonical dots of a Kemendagri code, written with or without dots, its parts perhaps without leading zeros."""
    if PLAIN.fullmatch(text):
        pieces = [text[:2], text[2:4], text[4:6], text[6:10]]
    elif DOTTED.fullmatch(text):
        pieces = text.split(".")
    else:
        return None
    return ".".join(piece.zfill(2) for piece in pieces if piece)
