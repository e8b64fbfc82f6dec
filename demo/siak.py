"""`disdukcapil.siak`: as the Dukcapil web service answers. A Spring page, errors inside HTTP 200, numbers where text should be."""

from __future__ import annotations

import argparse
import base64
import os
from datetime import date
from typing import Any

from demo.old_server import Answer, Asked, Said, server
from demo.people import PEOPLE, Person, nameless, town

PATH = "/dukcapil/penduduk"
SEXES = {"L": "Laki-Laki", "P": "PEREMPUAN"}


def row(person: Person) -> dict[str, Any]:
    """One person as SIAK writes it: integers without zeros in front, dd.mm.yyyy, blanks and all."""
    province, regency, district, village = person.place.kemendagri.split(".")
    return {
        "NIK": int(person.nik_in_siak),
        "NO_KK": int(person.no_kk),
        "NAMA_LGKP": None if nameless(person) else person.name.upper() + " ",
        "JENIS_KLMIN": SEXES[person.sex],
        "TMPT_LHR": "TEBING TINGGI",
        "TGL_LHR": f"{person.born_in_siak or person.born:%d.%m.%Y}",
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
        "TGL_UPDATE": f"{person.updated:%d.%m.%Y}",
    }


def answers(people: list[Person], user: str, password: str) -> Answer:
    rows = [row(person) for person in people]
    by_nik: dict[str, list[dict[str, Any]]] = {}
    for one in rows:
        by_nik.setdefault(str(one["NIK"]), []).append(one)
    expected = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()

    def answer(asked: Asked) -> Said:
        if asked.headers.get("authorization") != expected:
            return Said({"content": [{"RESPON": "Login Gagal"}]})
        if asked.path == PATH:
            chosen = rows
            if "nik" in asked.params:
                chosen = by_nik.get(asked.params["nik"], [])
            return Said(page(chosen, int(asked.params.get("page", 0)), min(int(asked.params.get("size", 50)), 200)))
        found = by_nik.get(asked.path.removeprefix(PATH + "/"))
        return Said(page(found[:1], 0, 1) if found else {"content": [{"RESPON": "Data Tidak Ditemukan"}]})

    return answer


def page(rows: list[dict[str, Any]], number: int, size: int) -> dict[str, Any]:
    """A Spring page: numbers from 0."""
    chosen = rows[number * size : (number + 1) * size]
    return {
        "content": chosen,
        "lastPage": (number + 1) * size >= len(rows),
        "numberOfElements": len(chosen),
        "sort": None,
        "totalElements": len(rows),
        "firstPage": number == 0,
        "number": number,
        "size": size,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=9101)
    parser.add_argument("--today", type=date.fromisoformat, required=True)
    chosen = parser.parse_args()
    people = town(int(os.environ.get("DEMO_PEOPLE", PEOPLE)), today=chosen.today).siak
    server(answers(people, os.environ["SIAK_USER"], os.environ["SIAK_PASSWORD"]), chosen.port).serve_forever()


if __name__ == "__main__":
    main()
