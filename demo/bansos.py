"""`dinsos.bansos`: a CodeIgniter application. A login for a token, YA and TIDAK, `status: false` with HTTP 200."""

from __future__ import annotations

import argparse
import os
import secrets
import time
from datetime import date, datetime
from typing import Any

from demo.old_server import Asked, Bad, Said, serve, whole
from demo.people import Aid, Town, people_wanted, town

ROOT = "/index.php/api"
NO_DAY = "00/00/0000"
BAD = Bad(
    error={"status": False, "code": "DB", "message": "A Database Error Occurred"},
    expired={"status": False, "code": "TOKEN_EXPIRED", "message": "Silakan login kembali"},
    column=("no_ktp", "nik"),
    login=f"{ROOT}/login",
)
TOKEN_LIFE = 60.0
"""Seconds after which a token is no longer taken: shorter than the gateway believes, so renewals really happen."""


def row(aid: Aid) -> dict[str, Any]:
    person = aid.person
    return {
        "id_salur": aid.id,
        "no_ktp": person.nik,
        "nama": aid.name.upper(),
        "jk": aid.sex,
        "alamat": aid.street.upper(),
        "rt": str(person.rt),
        "rw": str(person.rw),
        "kode_kel": aid.region,
        "prog": aid.program,
        "thn": aid.year,
        "tahap": str(aid.stage),
        "nilai_rp": aid.amount,
        "bentuk": aid.form,
        "sumber": aid.fund,
        "status": aid.status,
        "layak": "YA" if aid.eligible else "TIDAK",
        "tgl": aid.given,
        "penyalur": "Bank Sumut",
        "updated_at": f"{aid.updated:%Y-%m-%d} 10:11:12",
    }


def persons(made: Town) -> list[dict[str, Any]]:
    """Each recipient once, as the application knows them."""
    first = {aid.person.nik: aid for aid in reversed(made.aids)}
    return [
        {
            "no_ktp": nik,
            "no_kk": aid.person.no_kk,
            "nama": aid.name.upper(),
            "jk": aid.sex,
            "alamat": aid.street.upper(),
            "rt": str(aid.person.rt),
            "rw": str(aid.person.rw),
            "kode_kel": aid.person.place.bps,
            "updated_at": f"{aid.updated:%Y-%m-%d}",
        }
        for nik, aid in sorted(first.items())
    ]


class Bansos:
    """The application: its rows, its one account, its tokens."""

    def __init__(self, made: Town, user: str, password: str, life: float = TOKEN_LIFE) -> None:
        self.rows = [row(aid) for aid in made.aids]
        self.by_id = {one["id_salur"]: one for one in self.rows}
        self.persons = persons(made)
        self.account = (user, password)
        self.life = life
        self.tokens: dict[str, float] = {}
        self.logins = 0

    def answer(self, asked: Asked) -> Said:
        if asked.path == f"{ROOT}/login":
            return self._login(asked)
        if self.tokens.get(asked.headers.get("x-token", ""), 0) < time.monotonic():
            return Said({"status": False, "code": "TOKEN_EXPIRED", "message": "Silakan login kembali"})
        if asked.path == f"{ROOT}/penerima":
            return Said(_listed(_filtered(self.rows, asked.params), asked.params))
        if asked.path == f"{ROOT}/orang":
            return Said(_listed(_filtered(self.persons, asked.params), asked.params))
        return _one(self.by_id.get(asked.path.removeprefix(f"{ROOT}/penerima/")))

    def _login(self, asked: Asked) -> Said:
        self.logins += 1
        if (asked.form.get("u"), asked.form.get("p")) != self.account:
            return Said({"status": False, "code": "LOGIN", "message": "User atau password salah"})
        token = secrets.token_hex(16)
        self.tokens[token] = time.monotonic() + self.life
        return Said({"status": True, "data": {"token": token, "expires": int(self.life)}})


def _filtered(rows: list[dict[str, Any]], params: dict[str, str]) -> list[dict[str, Any]]:
    chosen = rows
    for param, column in (("no_ktp", "no_ktp"), ("prog", "prog")):
        if param in params:
            chosen = [one for one in chosen if one.get(column) == params[param]]
    if "sejak" in params:
        since = _day(params["sejak"].replace("-", "/"))
        chosen = [one for one in chosen if one.get("tgl", NO_DAY) != NO_DAY and _day(one["tgl"]) >= since]
    return chosen


def _day(text: str) -> datetime:
    return datetime.strptime(text, "%d/%m/%Y")  # noqa: DTZ007 - the application knows no zones


def _listed(rows: list[dict[str, Any]], params: dict[str, str]) -> dict[str, Any]:
    number, size = whole(params.get("halaman"), 1), min(whole(params.get("per"), 20), 500)
    return {"status": True, "message": "", "data": {"rows": rows[(number - 1) * size : number * size], "total": len(rows)}}


def _one(found: dict[str, Any] | None) -> Said:
    if found is None:
        return Said({"status": False, "code": "NOTFOUND", "message": "Data tidak ditemukan"})
    return Said({"status": True, "message": "", "data": {"rows": [found], "total": 1}})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=9102)
    parser.add_argument("--today", type=date.fromisoformat, required=True)
    chosen = parser.parse_args()
    made = town(people_wanted(), today=chosen.today)
    serve(Bansos(made, os.environ["BANSOS_USER"], os.environ["BANSOS_PASSWORD"]).answer, chosen.port)


if __name__ == "__main__":
    main()
