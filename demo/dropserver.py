"""`dagkop.dropserver`: the city's warehouse of small businesses, bought from a vendor. A key in the query, the address of the next page in
every page, camelCase, a column with a blank behind its name, KBLI without zeros, NPWP in both lengths."""

from __future__ import annotations

import argparse
import os
import random
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from demo.old_server import Asked, Bad, Said, serve, whole
from demo.people import Person, Town, people_wanted, town

SEED = 1277
PATH = "/api/v2/umkm"
SIZE = 50
FEWEST = 150
"""So many businesses, or six for a hundred people where the city is larger."""

# Deliberate faults, counted as those of demo/people.py; no business has two of them. demo/README.md explains each.
DROP_SHORT_NIB = 5
DROP_FILLED_NPWP = 7
DROP_WORDY_REVENUE = 6
DROP_TWICE = 4

# fmt: off
TRADES = (
    ("Kuliner", 56102, "Warung"), ("Kuliner", 10710, "Roti"), ("Perdagangan", 47111, "Toko"), ("Fesyen", 14120, "Penjahit"),
    ("Kriya", 16293, "Anyaman"), ("Jasa", 96111, "Pangkas"), ("Jasa", 45407, "Bengkel"), ("Pertanian", 1131, "Tani"),
)
SIZES = (("MIKRO", 300_000_000), ("MIKRO", 300_000_000), ("MIKRO", 300_000_000), ("KECIL", 2_500_000_000), ("MENENGAH", 15_000_000_000))
# fmt: on
BAD = Bad(
    error={"success": False, "error_code": "E500", "message": "SQLSTATE[HY000]: General error"},
    expired={"success": False, "error_code": "INVALID_KEY", "message": "API key expired"},
    column=("nib", "nomor_nib"),
)


@dataclass(slots=True)
class Business:
    """As the vendor keeps it; `owner` is one of the town's people."""

    nib: str
    npwp: str | None
    name: str
    owner: Person
    kbli: int
    sector: str
    scale: str
    revenue: str | int
    active: bool
    updated: date


def businesses(made: Town, *, today: date) -> list[Business]:
    """Grown-ups of the town and what they live on: the same for the same day, always."""
    chance = random.Random(SEED)
    adults = [person for person in made.people if person.role != "ANAK"]
    owners = chance.sample(adults, min(max(FEWEST, len(made.people) * 6 // 100), len(adults)))
    told = [_business(number, owner, chance, today) for number, owner in enumerate(owners, start=1)]
    take = iter(chance.sample(told, DROP_SHORT_NIB + DROP_FILLED_NPWP + DROP_WORDY_REVENUE + DROP_TWICE))
    for _ in range(DROP_SHORT_NIB):
        one = next(take)
        one.nib = one.nib[1:]
    for _ in range(DROP_FILLED_NPWP):
        next(take).npwp = "00.000.000.0-000.000"
    for _ in range(DROP_WORDY_REVENUE):
        next(take).revenue = "belum dihitung"
    return told + [next(take) for _ in range(DROP_TWICE)]


def _business(number: int, owner: Person, chance: random.Random, today: date) -> Business:
    sector, kbli, word = chance.choice(TRADES)
    scale, most = chance.choice(SIZES)
    revenue = chance.randrange(12, most // 1_000_000) * 1_000_000
    return Business(
        nib=f"0{chance.randrange(10**6):06}{900_000 + number % 100_000:06}",
        npwp=chance.choice((owner.nik, None, f"09.{number % 1000:03}.{chance.randrange(1000):03}.9-{114:03}.{0:03}")),
        name=f"{word} {owner.name.split()[0]}",
        owner=owner,
        kbli=kbli,
        sector=sector,
        scale=scale,
        revenue=chance.choice((revenue, f"Rp {revenue:,}".replace(",", "."), f"{revenue // 1_000_000} juta")),
        active=chance.random() > 0.1,
        updated=today - timedelta(days=chance.randrange(1, 500)),
    )


def row(number: int, one: Business) -> dict[str, Any]:
    """One business as the vendor's program writes it."""
    return {
        "id": number,
        "nib": one.nib,
        "npwp": one.npwp,
        "businessName": one.name,
        "owner": {"nik ": one.owner.nik, "fullName": one.owner.name},
        "kbli": one.kbli,
        "sector": one.sector,
        "scale": one.scale,
        "annualRevenue": one.revenue,
        "villageCode": one.owner.place.kemendagri.replace(".", ""),
        "isActive": "1" if one.active else "0",
        "updatedAt": f"{datetime.combine(one.updated, time(3, 4, 5)).isoformat()}Z",
    }


class DropServer:
    """The vendor's program: its rows, its one key."""

    def __init__(self, told: list[Business], key: str) -> None:
        self.rows = [row(number, one) for number, one in enumerate(told, start=1)]
        self.key = key

    def answer(self, asked: Asked) -> Said:
        if asked.params.get("api_key") != self.key:
            return Said({"success": False, "error_code": "INVALID_KEY", "message": "Unknown API key"})
        if asked.path == PATH:
            return Said(self._page(asked), media="application/json")
        nib = asked.path.removeprefix(f"{PATH}/")
        found = next((one for one in self.rows if one["nib"] == nib), None)
        missing = Said({"success": False, "error_code": "NOT_FOUND", "message": "Not found"}, status=404)
        return missing if found is None else Said({"success": True, "data": found}, media="application/json")

    def _page(self, asked: Asked) -> dict[str, Any]:
        chosen = [one for one in self.rows if asked.params.get("village", one["villageCode"]) == one["villageCode"]]
        number, size = max(1, whole(asked.params.get("page"), 1)), min(max(1, whole(asked.params.get("per_page"), SIZE)), 500)
        more = number * size < len(chosen)
        kept = "".join(f"&{name}={asked.params[name]}" for name in ("village", "per_page") if name in asked.params)
        following = f"http://{asked.headers.get('host', '')}{PATH}?page={number + 1}{kept}"
        return {
            "success": True,
            "current_page": number,
            "data": chosen[(number - 1) * size : number * size],
            "next_page_url": following if more else None,
            "total": len(chosen),
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=9103)
    parser.add_argument("--today", type=date.fromisoformat, required=True)
    chosen = parser.parse_args()
    told = businesses(town(people_wanted(), today=chosen.today), today=chosen.today)
    serve(DropServer(told, os.environ["DROPSERVER_KEY"]).answer, chosen.port)


if __name__ == "__main__":
    main()
