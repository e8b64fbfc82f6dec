"""What a run needs: a source (static JSON behind nginx), city folders that read it, a client with an agreement, a token."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import urllib.request
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from app.main import catalog_of, database_of
from app.settings import Settings
from app.trust import agreement, client

ROOT = Path(__file__).resolve().parent.parent
KEYS = 1000
LISTS = 220
"""Twenty that are asked in turn, and two hundred more: too many to be remembered."""
ROWS = 100
PORTS = int(os.environ.get("BENCH_PORTS", "9201"))
"""The first of a hundred neighbouring ports."""
SOURCE, PROXY, TEXTBOOK, TITIAN, FORGETFUL, SLOW, SLOW_PROXY, POSTGRESQL = range(PORTS, PORTS + 8)
PEERS, GATEWAYS = PORTS + 10, PORTS + 20
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
    if size:
        made["catatan"] = PAD * max(0, size - len(json.dumps(made)))
    return made


def source(folder: Path) -> None:
    """One record of about 2 kB for each key, and lists of 100 records (about 50 kB): by period, and by their keys."""
    for name in ("satu", "daftar", "kunci"):
        (folder / name).mkdir(parents=True)
    for number in range(KEYS):
        body = {"status": True, "data": {"rows": [row(number, "2026", 1900)], "total": 1}}
        (folder / "satu" / f"S-{number:06}.json").write_text(json.dumps(body))
    for number in range(LISTS):
        rows = [row(number * ROWS + index, f"P{number}", 480) for index in range(ROWS)]
        path = folder / "daftar" / f"P{number}.json"
        path.write_text(json.dumps({"status": True, "data": {"rows": rows, "total": ROWS}}))
        (folder / "kunci" / f"{number:04}.json").hardlink_to(path)


def nginx(folder: Path) -> Path:
    """One worker as the source; `/ukur` says how often it was asked."""
    text = f"""
worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.error crit;
events {{ worker_connections 1024; }}
http {{
  access_log off; default_type application/json; keepalive_requests 1000000; open_file_cache max=4000 inactive=600s; open_file_cache_valid 600s;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3; uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  map $arg_id $list {{ default none; "~^S-(\\d\\d\\d\\d)" $1; }}
  server {{
    listen 127.0.0.1:{SOURCE} reuseport; root {folder}/www;
    location = /ukur {{ stub_status; }}
    location = /kunci {{ try_files /kunci/$list.json =404; }}
    location = /daftar {{ try_files /daftar/$arg_p.json =404; }}
  }}
}}
"""
    path = folder / "nginx.conf"
    path.write_text(text)
    return path


def proxy(folder: Path, port: int = PROXY, source: int = SOURCE) -> Path:
    """nginx as a plain proxy, with keep-alive to the source."""
    text = f"""
worker_processes 1; daemon off; pid {folder}/{port}.pid; error_log {folder}/{port}.error crit;
events {{ worker_connections 1024; }}
http {{
  access_log off; keepalive_requests 1000000;
  client_body_temp_path {folder}/{port}-1; proxy_temp_path {folder}/{port}-2; fastcgi_temp_path {folder}/{port}-3; uwsgi_temp_path {folder}/{port}-4; scgi_temp_path {folder}/{port}-5;
  upstream source {{ server 127.0.0.1:{source}; keepalive 64; keepalive_requests 1000000; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{ proxy_pass http://source; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffers 32 8k; }}
  }}
}}
"""
    path = folder / f"{port}.conf"
    path.write_text(text)
    return path


RESOURCE = """
[[resource]]
contract = "{contract}"
{words}
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
REST = """
[resource.read]
list = "/daftar"
rows = "$.data.rows"
get = "/satu/{id}.json"
[resource.push]
periode = { param = "p" }
"""
BY_KEY = (
    REST.replace("/daftar", "/kunci").replace('periode = { param = "p" }', 'id = { param = "id", most = 100, separator = "," }')
    + """
[resource.sort]
by_key = true
"""
)
FIELDS = [
    "nik",
    "nama",
    "id",
    "program",
    "periode",
    "tahap",
    "nilai",
    "bentuk",
    "sumber_dana",
    "status",
    "layak",
    "tanggal_salur",
    "penyalur",
    "kode_wilayah",
    "diperbarui_pada",
]


class Plan(NamedTuple):
    """One city: `contracts` names the systems of each, `systems` holds their files. `database` is a SQLite file where nothing is said."""

    contracts: Mapping[str, tuple[str, ...]]
    systems: Mapping[str, str]
    database: str = ""


def system(identifier: str, contract: str, *, kind: str = "rest", connection: str = "", words: str = REST) -> str:
    """The file of one system that feeds one contract. The nginx of the run answers, where no other `connection` is said."""
    wrong = '[[responses]]\nwhen = { "$.status" = false }\nthen = "bad_answer"\n' if kind == "rest" else ""
    place = connection or f'base = "http://127.0.0.1:{SOURCE}"\nconcurrency = 64'
    head = f'id = "{identifier}"\ntitle = "Sumber ukur"\nkind = "{kind}"\nlegal_basis = "pengukuran"\n'
    return f'{head}\n[connection]\n{place}\nnetworks = ["127.0.0.0/8"]\n\n{wrong}' + RESOURCE.format(contract=contract, words=words)


def plain(sources: int = 1, *, connection: str = "", words: str = REST) -> Plan:
    """One contract, fed by one source or merged from several."""
    names = tuple(f"dinsos.sumber{number}" for number in range(sources))
    return Plan({"bantuan": names}, {name: system(name, "bantuan", connection=connection, words=words) for name in names})


def city(folder: Path, today: date, plan: Plan | None = None, port: int = TITIAN) -> tuple[Settings, str]:
    """The settings of a gateway, and the secret of its one client, which may read every contract."""
    plan = plan or plain()
    made = folder / f"city-{port}"
    shutil.copytree(ROOT / "cities" / "tebing-tinggi", made)
    written = (made / "contracts" / "bantuan.odcs.yaml").read_text()
    for place in ("systems", "contracts"):
        shutil.rmtree(made / place)
        (made / place).mkdir()
    for name, systems in plan.contracts.items():
        (made / "contracts" / f"{name}.odcs.yaml").write_text(contract_text(written, name, systems))
    for name, text in plan.systems.items():
        (made / "systems" / f"{name}.toml").write_text(text)
    database = plan.database or f"sqlite+aiosqlite:///{folder}/titian-{port}.db"
    settings = Settings(city=made, database_url=database, keys=folder / f"keys-{port}", public_url=f"http://127.0.0.1:{port}")
    return settings, _agreed(settings, folder / f"perjanjian-{port}.toml", today, tuple(plan.contracts))


def contract_text(written: str, name: str, systems: tuple[str, ...]) -> str:
    """The contract of social aid under another name and with other sources."""
    text = re.sub(r"(?m)^(id: .*:|name: |  - name: )bantuan$", rf"\g<1>{name}", written).replace('"bantuan.', f'"{name}.')
    text = text.replace("element: bantuan.", f"element: {name}.").replace(", bantuan.", f", {name}.")
    text = re.sub(r"titian.sources, value: \[.*\]", f"titian.sources, value: [{', '.join(systems)}]", text)
    return re.sub(r"titian.required, value: \[.*\]", f"titian.required, value: [{', '.join(systems)}]", text)


def _agreed(settings: Settings, path: Path, today: date, contracts: tuple[str, ...]) -> str:
    head = (ROOT / "demo" / "agreements" / "PKS-001.toml").read_text().split("[[grant]]")[0]
    head = re.sub(r"(?m)^valid_from = .*$", f"valid_from = {today}", head)
    head = re.sub(r"(?m)^valid_to = .*$", f"valid_to = {today + timedelta(days=30)}", head)
    grants = (f'[[grant]]\ncontract = "{name}"\nfields = {json.dumps(FIELDS)}\nquota = "100000000/day"\n' for name in contracts)
    whole = head + "\n".join(grants)
    path.write_text(whole)
    catalog, database = catalog_of(settings), database_of(settings)
    found = agreement.read(path, contracts=catalog.contracts, organisations=catalog.organisations, systems=catalog.systems)
    with database.session() as session:
        secret = client.add(session, "ukur", "bappeda", organisations=catalog.organisations)
        agreement.apply(session, whole, found)
    database.close()
    return secret


def environment(settings: Settings) -> dict[str, str]:
    """What a process of this city is told."""
    named = {"CITY": settings.city, "DATABASE_URL": settings.database_url, "KEYS": settings.keys, "PUBLIC_URL": settings.public_url}
    return {**os.environ, **{f"TITIAN_{name}": str(value) for name, value in named.items()}}


def token(secret: str, port: int = TITIAN) -> str:
    pair = base64.b64encode(f"ukur:{secret}".encode()).decode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/oauth/token", data=b"grant_type=client_credentials", headers={"authorization": f"Basic {pair}"}
    )
    with urllib.request.urlopen(request) as reply:
        return str(json.load(reply)["access_token"])
