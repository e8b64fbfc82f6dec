"""The demo city: starts two old applications and one gateway, and says what to try."""

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

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var"
OWN = VAR / "demo"
CITY = ROOT / "cities" / "tebing-tinggi"
APPLICATIONS = {"siak": 9101, "bansos": 9102}
CLIENTS = (("bappeda-satudata", "bappeda"), ("dinsos-siks", "dinsos"), ("diskominfo-pantau", "diskominfo"))
PATIENCE = 60.0


class Demo:
    """Child processes, their environment, and the way they end."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.base = f"http://127.0.0.1:{port}"
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.ending = False
        self.today = datetime.now(ZoneInfo("Asia/Jakarta")).date()
        self.environment = dict(os.environ)

    def prepare(self) -> None:
        """A fresh database and fresh keys: what the demo showed yesterday is gone."""
        for port in (*APPLICATIONS.values(), self.port):
            if not _free(port):
                raise SystemExit(f"Port {port} sedang dipakai; hentikan pemakainya. / Port {port} is in use; stop what uses it.")
        shutil.rmtree(OWN, ignore_errors=True)
        OWN.mkdir(parents=True)
        passwords = {f"{name.upper()}_{word}": secrets.token_hex(12) for name in APPLICATIONS for word in ("USER", "PASSWORD")}
        _private(OWN / "secrets", "".join(f"{name}={value}\n" for name, value in passwords.items()))
        own = {
            "TITIAN_DATABASE_URL": f"sqlite+aiosqlite:///{OWN}/titian.db",
            "TITIAN_KEYS": str(OWN / "keys"),
            "TITIAN_SECRETS": str(OWN / "secrets"),
            "TITIAN_CITY": str(CITY),
            "TITIAN_PUBLIC_URL": self.base,
        }
        self.environment.update({**passwords, **own})

    def start(self) -> None:
        for name, port in APPLICATIONS.items():
            self._child(name, "-m", f"demo.{name}", "--port", str(port), "--today", self.today.isoformat())
        clients = self._registered()
        self._child("gateway", "-m", "app", "serve", "--port", str(self.port))
        self._wait(f"{self.base}/readyz")
        for port in APPLICATIONS.values():
            self._wait(f"http://127.0.0.1:{port}/")
        _private(VAR / "demo.json", json.dumps({"base": self.base, "clients": clients}, indent=2) + "\n")
        print(journey(self.base, clients[0]), flush=True)

    def _child(self, name: str, *arguments: str) -> None:
        self.children[name] = subprocess.Popen([sys.executable, *arguments], cwd=ROOT, env=self.environment)

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
                dated = _dated(path, self.today)
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
        for name, child in self.children.items():
            if child.poll() is not None:
                raise SystemExit(f"{name} berhenti sendiri ({child.returncode}). / {name} ended by itself.")

    def stay(self, seconds: float | None) -> None:
        end = None if seconds is None else time.monotonic() + seconds
        while not self.ending and (end is None or time.monotonic() < end):
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


def _dated(path: Path, today: date) -> Path:
    """The agreement as it begins today and ends in a year."""
    text = path.read_text()
    text = re.sub(r"(?m)^valid_from = .*$", f"valid_from = {today}", text)
    text = re.sub(r"(?m)^valid_to = .*$", f"valid_to = {today + timedelta(days=365)}", text)
    made = OWN / path.name
    made.write_text(text)
    return made


def journey(base: str, asking: Mapping[str, str]) -> str:
    """Three lines that work when pasted."""
    pair = f"{asking['client_id']}:{asking['client_secret']}"
    return f"""
Kota contoh siap / the demo city is ready: {base}/docs

Coba tiga baris ini / try these three lines:

TOKEN=$(curl -s -u '{pair}' -d grant_type=client_credentials {base}/oauth/token | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')
curl -s -H "Authorization: Bearer $TOKEN" '{base}/v1/bantuan?program=PKH&kode_wilayah__within=12.76.01&limit=2'
curl -s -H "Authorization: Bearer $TOKEN" '{base}/v1/penduduk?limit=2'

Rahasia lain / other secrets: var/demo.json    Berhenti / stop: Ctrl-C
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    demo = Demo(parser.parse_args().port)
    signal.signal(signal.SIGTERM, demo.stop)
    signal.signal(signal.SIGINT, demo.stop)
    print("Menyalakan kota contoh / starting the demo city ...", flush=True)
    seconds = os.environ.get("DEMO_SECONDS")
    try:
        demo.prepare()
        demo.start()
        demo.stay(float(seconds) if seconds else None)
    finally:
        demo.end()
    print("Selesai. / Done.", flush=True)


if __name__ == "__main__":
    main()
