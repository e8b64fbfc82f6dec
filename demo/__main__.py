"""The demo city: starts seven old applications and one gateway, and says what to try."""

from __future__ import annotations

import argparse
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from types import FrameType
from zoneinfo import ZoneInfo

from app.main import catalog_of, database_of
from app.settings import Settings
from app.trust import agreement, client
from demo.offices import ON_A_PORT
from demo.people import PEOPLE, people_wanted

ROOT = Path(__file__).resolve().parent.parent
CITY = ROOT / "cities" / "tebing-tinggi"
FIRST = 9101
SECRETS = ("SIAK_USER", "SIAK_PASSWORD", "BANSOS_USER", "BANSOS_PASSWORD", "DROPSERVER_KEY")
CLIENTS = (
    ("bappeda-satudata", "bappeda"),
    ("dinsos-siks", "dinsos"),
    ("diskominfo-pantau", "diskominfo"),
    ("disdukcapil-siak", "disdukcapil"),
    ("bkpsdm-simpeg", "bkpsdm"),
    ("dagkop-dropserver", "dagkop"),
    ("banksumut-kur", "banksumut"),
)
LIVE = 4000
"""With more people than this, what is too large to be read whole for every question is copied by the gateway instead."""
COPIED = ("disdukcapil.siak", "dinsos.bansos", "dinsos.siks", "dagkop.dropserver", "banksumut.kur")
PATIENCE = 120.0


class Demo:
    """Child processes, their environment, and the way they end."""

    def __init__(self, port: int, first: int, home: Path) -> None:
        self.port, self.first = port, first
        self.base = f"http://127.0.0.1:{port}"
        self.var, self.own = home / "var", home / "var" / "demo"
        self.ports = {name: first + index for index, name in enumerate((*ON_A_PORT, "control"))}
        self.control = f"http://127.0.0.1:{self.ports['control']}"
        self.people = PEOPLE
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.ending = False
        self.passwords: dict[str, str] = {}
        self.today = datetime.now(ZoneInfo("Asia/Jakarta")).date()
        self.environment = dict(os.environ)

    def prepare(self) -> None:
        """A fresh database and fresh keys: what the demo showed yesterday is gone."""
        self.people = people_wanted()
        for port in (*self.ports.values(), self.port):
            if not _free(port):
                raise SystemExit(f"Port {port} sedang dipakai; hentikan pemakainya. / Port {port} is in use; stop what uses it.")
        shutil.rmtree(self.own, ignore_errors=True)
        self.own.mkdir(parents=True)
        self.passwords = {name: secrets.token_hex(12) for name in SECRETS}
        _private(self.own / "secrets", "".join(f"{name}={value}\n" for name, value in self.passwords.items()))
        own = {
            "TITIAN_DATABASE_URL": f"sqlite+aiosqlite:///{self.own}/titian.db",
            "TITIAN_KEYS": str(self.own / "keys"),
            "TITIAN_SECRETS": str(self.own / "secrets"),
            "TITIAN_CITY": str(self._city()),
            "TITIAN_PUBLIC_URL": self.base,
        }
        self.environment.update(own)

    def start(self) -> None:
        today = self.today.isoformat()
        told = ("--folder", self.environment["TITIAN_CITY"], "--first", str(self.first), "--today", today)
        self._child("applications", "-m", "demo.offices", *told, **self.passwords)
        clients = self._registered()
        # What is copied is asked for as soon as the gateway runs.
        self._wait(f"{self.control}/control")
        self._child("gateway", "-m", "app", "serve", "--port", str(self.port))
        self._wait(f"{self.base}/readyz")
        written = {"base": self.base, "control": self.control, "clients": clients}
        _private(self.var / "demo.json", json.dumps(written, indent=2) + "\n")
        print(journey(self.base, clients[0], self.control, copied=self.people > LIVE), flush=True)

    def _city(self) -> Path:
        """The city folder, always found at `var/demo/city`; where the applications live on other ports, or are copied, a copy that says so."""
        if self.first != FIRST or self.people > LIVE:
            return self._copied()
        (self.own / "city").symlink_to(CITY)
        return CITY

    def _copied(self) -> Path:
        made = self.own / "city"
        shutil.copytree(CITY, made, ignore=shutil.ignore_patterns("kiriman"))
        for path in (made / "systems").glob("*.toml"):
            text = path.read_text()
            for index in range(len(ON_A_PORT)):
                text = text.replace(f"127.0.0.1:{FIRST + index}/", f"127.0.0.1:{self.first + index}/")
            path.write_text(harvested(text) if self.people > LIVE and path.stem in COPIED else text)
        return made

    def _child(self, name: str, *arguments: str, **own: str) -> None:
        self.children[name] = subprocess.Popen([sys.executable, *arguments], cwd=ROOT, env={**self.environment, **own})

    def _registered(self) -> list[dict[str, str]]:
        """What an operator does with `titian client add` and `titian agreement apply`, in one process."""
        os.environ.update(self.environment)
        settings = Settings()
        catalog, database = catalog_of(settings), database_of(settings)
        made = []
        with database.session() as session:
            for one, organisation in CLIENTS:
                secret = client.add(session, one, organisation, organisations=catalog.organisations)
                made.append({"client_id": one, "client_secret": secret, "organisation": organisation})
            for path in sorted((ROOT / "demo" / "agreements").glob("*.toml")):
                dated = _dated(path, self.today, self.own)
                found = agreement.read(dated, contracts=catalog.contracts, organisations=catalog.organisations, systems=catalog.systems)
                agreement.apply(session, dated.read_text(), found)
        database.close()
        return made

    def _wait(self, url: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            self.alive()
            try:
                with urllib.request.urlopen(url, timeout=2) as reply:
                    if reply.status == 200:
                        return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        raise SystemExit(f"{url} tidak menjawab. / does not answer.")

    def alive(self) -> None:
        """Ctrl-C reaches the children too: what ends then ends because it was told to."""
        if self.ending:
            raise SystemExit(0)
        for name, child in self.children.items():
            if child.poll() is not None:
                raise SystemExit(f"{name} berhenti sendiri ({child.returncode}). / {name} ended by itself.")

    def stay(self, seconds: float | None) -> None:
        end = None if seconds is None else time.monotonic() + seconds
        while end is None or time.monotonic() < end:
            self.alive()
            time.sleep(0.2)

    def stop(self, *_signal: int | FrameType | None) -> None:
        self.ending = True

    def end(self) -> None:
        """The gateway first, so that it finishes what it was asked."""
        for child in reversed(self.children.values()):
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)
                try:
                    child.wait(timeout=35)
                except subprocess.TimeoutExpired:
                    child.kill()


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(text)


def _dated(path: Path, today: date, folder: Path) -> Path:
    """The agreement as it begins today and ends in a year."""
    text = path.read_text()
    text = re.sub(r"(?m)^valid_from = .*$", f"valid_from = {today}", text)
    text = re.sub(r"(?m)^valid_to = .*$", f"valid_to = {today + timedelta(days=365)}", text)
    made = folder / path.name
    made.write_text(text)
    return made


def harvested(text: str) -> str:
    """A system's file whose resources are copies, made anew every six hours."""
    text = re.sub(r"(?m)^mode = .*\n", "", text)
    return re.sub(r'(?m)^contract = ".*"$', r'\g<0>\nmode = "replica"\nrefresh = "6h"', text)


def journey(base: str, asking: Mapping[str, str], control: str, *, copied: bool) -> str:
    """Lines that work when pasted."""
    pair = f"{asking['client_id']}:{asking['client_secret']}"
    harvest = f"""
Kota ini besar: {", ".join(COPIED)} dijawab dari salinan yang sedang dipanen.
This city is large: those are answered out of copies, which are being harvested now.
"""
    return f"""
Kota contoh siap / the demo city is ready: {base}/docs
{harvest if copied else ""}
Coba baris-baris ini / try these lines:

TOKEN=$(curl -s -u '{pair}' -d grant_type=client_credentials {base}/oauth/token | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')
curl -s -H "Authorization: Bearer $TOKEN" '{base}/v1/bantuan?program=PKH&kode_wilayah__within=12.76.01&limit=2'
curl -s -H "Authorization: Bearer $TOKEN" '{base}/v1/penduduk?limit=2'
curl -s '{base}/v1/aplikasi'
curl -s -X PUT {control}/control/siak -d '{{"mode":"down"}}'    # hari buruk / a bad day; "ok" lagi / again

Rahasia lain / other secrets: var/demo.json    Berhenti / stop: Ctrl-C
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--first", type=int, default=FIRST, help="the first of the four ports of the old applications")
    parser.add_argument("--home", type=Path, default=ROOT, help="where var/ is written")
    chosen = parser.parse_args()
    demo = Demo(chosen.port, chosen.first, chosen.home)
    signal.signal(signal.SIGTERM, demo.stop)
    signal.signal(signal.SIGINT, demo.stop)
    print("Menyalakan kota contoh / starting the demo city ...", flush=True)
    seconds = os.environ.get("DEMO_SECONDS")
    try:
        demo.prepare()
        demo.start()
        demo.stay(float(seconds) if seconds else None)
    except SystemExit as ended:
        if ended.code:
            raise
    finally:
        demo.end()
    print("Selesai. / Done.", flush=True)


if __name__ == "__main__":
    main()
