"""`disdukcapil.siak`: as the Dukcapil web service answers. A Spring page, errors inside HTTP 200, numbers where text should be."""

from __future__ import annotations

import argparse
import base64
import os
from collections import defaultdict
from datetime import date
from typing import Any

from demo.old_server import Asked, Bad, Said, serve, whole
from demo.people import Person, people_wanted, town

PATH = "/dukcapil/penduduk"
QUOTA = 1_000_000
"""Calls of one account a day."""
BAD = Bad(
    error={"content": [{"RESPON": "Terjadi Kesalahan Sistem"}]},
    expired={"content": [{"RESPON": "Login Gagal"}]},
    column=("NIK", "NO_NIK"),
)
SEXES = {"L": "Laki-Laki", "P": "PEREMPUAN"}


def row(person: Person) -> dict[str, Any]:
    """One person as SIAK writes it: integers without zeros in front, dd.mm.yyyy, blanks and all."""
    province, regency, district, village = person.place.kemendagri.split(".")
    return {
        "NIK": int(person.nik_in_siak),
        "NO_KK": int(person.no_kk),
        "NAMA_LGKP": person.name_in_siak and person.name_in_siak.upper() + " ",
        "JENIS_KLMIN": SEXES[person.sex],
        "TMPT_LHR": "TEBING TINGGI",
        "TGL_LHR": f"{person.born_in_siak:%d.%m.%Y}",
        "AGAMA": person.faith,
        "STATUS_KAWIN": person.married,
        "STAT_HBKEL": person.role,
        "PDDK_AKH": person.school,
        "JENIS_PKRJN": person.job.upper(),
        "GOL_DARAH": "TIDAK TAHU",
        "ALAMAT": person.street.upper(),
        "NO_RT": person.rt,
        "NO_RW": person.rw,
        "DUSUN": "-",
        "KODE_POS": None,
        "NO_PROP": int(province),
        "NO_KAB": int(regency),
        "NO_KEC": int(district),
        "NO_KEL": int(village),
        "KEL_NAME": person.place.name.upper(),
        "EKTP_STATUS": "TUNGGAL",
        "TGL_UPDATE": f"{person.updated_in_siak:%d.%m.%Y}" if person.updated_in_siak else "01.01.0001",
    }


class Siak:
    """The application: its people, its one account, what is left of today's quota. A row is written when it is asked for."""

    def __init__(self, people: list[Person], user: str, password: str, quota: int = QUOTA) -> None:
        self.people = people
        self.found: dict[tuple[str, str], list[Person]] = defaultdict(list)
        for one in people:
            self.found["nik", str(int(one.nik_in_siak))].append(one)
            self.found["no_kk", str(int(one.no_kk))].append(one)
        self.account = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        self.quota = quota

    def answer(self, asked: Asked) -> Said:
        if asked.headers.get("authorization") != self.account:
            return _word("Login Gagal")
        self.quota -= 1
        if self.quota < 0:
            return _word("Kuota Akses Hari ini telah Habis")
        if asked.path == PATH:
            return Said(page(self._chosen(asked.params), whole(asked.params.get("page"), 0), min(whole(asked.params.get("size"), 50), 200)))
        found = self.found.get(("nik", asked.path.removeprefix(PATH + "/")))
        return Said(page(found[:1], 0, 1)) if found else _word("Data Tidak Ditemukan")

    def _chosen(self, params: dict[str, str]) -> list[Person]:
        for name in ("nik", "no_kk"):
            if name in params:
                return self.found.get((name, params[name]), [])
        return self.people


def _word(text: str) -> Said:
    """What this application says in the place of records, always with status 200."""
    return Said({"content": [{"RESPON": text}]})


def page(people: list[Person], number: int, size: int) -> dict[str, Any]:
    """A Spring page: numbers from 0."""
    chosen = [row(person) for person in people[number * size : (number + 1) * size]]
    return {
        "content": chosen,
        "lastPage": (number + 1) * size >= len(people),
        "numberOfElements": len(chosen),
        "sort": None,
        "totalElements": len(people),
        "firstPage": number == 0,
        "number": number,
        "size": size,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=9101)
    parser.add_argument("--today", type=date.fromisoformat, required=True)
    chosen = parser.parse_args()
    people = town(people_wanted(), today=chosen.today).siak
    serve(Siak(people, os.environ["SIAK_USER"], os.environ["SIAK_PASSWORD"]).answer, chosen.port)


if __name__ == "__main__":
    main()
