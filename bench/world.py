"""What the run needs: a source (static JSON behind nginx), a city folder that reads it, a client with an agreement, a token."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import urllib.request
from datetime import date, timedelta
from pathlib import Path

from app.main import catalog_of, database_of
from app.settings import Settings
from app.trust import agreement, client

ROOT = Path(__file__).resolve().parent.parent
KEYS = 1000
LISTS = 220
"""Twenty that are asked in turn, and two hundred more: too many to be remembered."""
ROWS = 100
PORTS = int(os.environ.get("BENCH_PORTS", "9201"))
"""The first of five neighbouring ports."""
SOURCE, PROXY, TEXTBOOK, TITIAN, FORGETFUL = range(PORTS, PORTS + 5)
PAD = "x"


def row(number: int, stage: str, size: int) -> dict[str, str]:
    day = date(2026, 1, 1) + timedelta(days=number % 300)
    made = {
        "id_salur": f"S-{number:06}",
        "no_ktp": f"127601{1 + number % 28:02}0190{9000 + number % 1000}",
        "nama": f"Orang  Contoh {number}",
        "prog": "PKH",
        "thn": stage,
        "tahap": "1",
        "nilai_rp": "Rp 900.000,00",
        "bentuk": "UANG",
        "sumber": "APBN",
        "status": "SALUR",
        "layak": "YA",
        "tgl": f"{day:%d/%m/%Y}",
        "penyalur": "Bank Sumut",
        "kode_kel": "1274010001",
        "updated_at": f"{day:%Y-%m-%d} 10:11:12",
        "catatan": "",
    }
    made["catatan"] = PAD * max(0, size - len(json.dumps(made)))
    return made


def source(folder: Path) -> None:
    """One record of about 2 kB for each key, and lists of 100 records (about 50 kB)."""
    for name in ("satu", "daftar"):
        (folder / name).mkdir(parents=True)
    for number in range(KEYS):
        body = {"status": True, "data": {"rows": [row(number, "2026", 1900)], "total": 1}}
        (folder / "satu" / f"S-{number:06}.json").write_text(json.dumps(body))
    for number in range(LISTS):
        rows = [row(number * ROWS + index, f"P{number}", 480) for index in range(ROWS)]
        (folder / "daftar" / f"P{number}.json").write_text(json.dumps({"status": True, "data": {"rows": rows, "total": ROWS}}))


def nginx(folder: Path) -> Path:
    """One worker as the source; the same nginx also stands as the plain proxy, with keep-alive to the source."""
    text = f"""
worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.error crit;
events {{ worker_connections 1024; }}
http {{
  access_log off; default_type application/json; keepalive_requests 1000000; open_file_cache max=4000 inactive=600s; open_file_cache_valid 600s;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3; uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  server {{
    listen 127.0.0.1:{SOURCE} reuseport; root {folder}/www;
    location = /daftar {{ try_files /daftar/$arg_p.json =404; }}
  }}
}}
"""
    path = folder / "nginx.conf"
    path.write_text(text)
    return path


def proxy(folder: Path) -> Path:
    text = f"""
worker_processes 1; daemon off; pid {folder}/proxy.pid; error_log {folder}/proxy.error crit;
events {{ worker_connections 1024; }}
http {{
  access_log off; keepalive_requests 1000000;
  client_body_temp_path {folder}/p1; proxy_temp_path {folder}/p2; fastcgi_temp_path {folder}/p3; uwsgi_temp_path {folder}/p4; scgi_temp_path {folder}/p5;
  upstream source {{ server 127.0.0.1:{SOURCE}; keepalive 64; keepalive_requests 1000000; }}
  server {{
    listen 127.0.0.1:{PROXY};
    location / {{ proxy_pass http://source; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffers 32 8k; }}
  }}
}}
"""
    path = folder / "proxy.conf"
    path.write_text(text)
    return path


SYSTEM = f"""
id = "dinsos.bansos"
title = "Sumber ukur"
kind = "rest"
legal_basis = "pengukuran"

[connection]
base = "http://127.0.0.1:{SOURCE}"
concurrency = 64
networks = ["127.0.0.0/8"]

[[responses]]
when = {{ "$.status" = false }}
then = "bad_answer"

[[resource]]
contract = "bantuan"
[resource.read]
list = "/daftar"
rows = "$.data.rows"
get = "/satu/{{id}}.json"
[resource.push]
periode = {{ param = "p" }}
[resource.map]
id = "id_salur"
nik = "no_ktp"
nama = "nama"
program = {{ from = "prog", code = "program" }}
periode = "thn"
tahap = "tahap"
nilai = {{ from = "nilai_rp", as = "rupiah" }}
bentuk = "bentuk"
sumber_dana = "sumber"
status = "status"
layak = {{ from = "layak", codes = {{ YA = true, TIDAK = false }} }}
tanggal_salur = {{ from = "tgl", format = "%d/%m/%Y" }}
penyalur = "penyalur"
kode_wilayah = {{ from = "kode_kel", scheme = "bps" }}
diperbarui_pada = {{ from = "updated_at", format = "%Y-%m-%d %H:%M:%S" }}
"""


def city(folder: Path, today: date) -> tuple[Settings, str]:
    """The settings of the gateway under measurement, and its client's secret."""
    made = folder / "city"
    shutil.copytree(ROOT / "cities" / "tebing-tinggi", made)
    for path in (made / "systems").glob("*.toml"):
        path.unlink()
    (made / "contracts" / "penduduk.odcs.yaml").unlink()
    (made / "systems" / "dinsos.bansos.toml").write_text(SYSTEM)
    settings = Settings(
        city=made, database_url=f"sqlite+aiosqlite:///{folder}/titian.db", keys=folder / "keys", public_url=f"http://127.0.0.1:{TITIAN}"
    )
    text = (ROOT / "demo" / "agreements" / "PKS-001.toml").read_text().split("[[grant]]")
    grant = re.sub(
        r"(?m)^fields = .*$",
        'fields = ["nik", "nama", "id", "program", "periode", "tahap", "nilai", "bentuk", "sumber_dana", "status", "layak", "tanggal_salur", "penyalur", "kode_wilayah", "diperbarui_pada"]',
        text[1],
    )
    whole = re.sub(r"(?m)^quota = .*$", 'quota = "100000000/day"', text[0] + "[[grant]]" + grant)
    whole = re.sub(r"(?m)^valid_from = .*$", f"valid_from = {today}", whole)
    whole = re.sub(r"(?m)^valid_to = .*$", f"valid_to = {today + timedelta(days=30)}", whole)
    catalog, database = catalog_of(settings), database_of(settings)
    path = folder / "perjanjian.toml"
    path.write_text(whole)
    found = agreement.read(path, contracts=catalog.contracts, organisations=catalog.organisations, systems=catalog.systems)
    with database.session() as session:
        secret = client.add(session, "ukur", "bappeda", organisations=catalog.organisations)
        agreement.apply(session, whole, found)
    database.close()
    return settings, secret


def token(secret: str) -> str:
    pair = base64.b64encode(f"ukur:{secret}".encode()).decode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{TITIAN}/oauth/token", data=b"grant_type=client_credentials", headers={"authorization": f"Basic {pair}"}
    )
    with urllib.request.urlopen(request) as reply:
        return str(json.load(reply)["access_token"])
