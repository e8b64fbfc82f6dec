"""The command line: arguments only. Help is Indonesian first, then English."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import structlog
import typer

from app.cli import store
from app.cli.adapter import adapter
from app.cli.evidence import ledger, quarantine
from app.cli.said import City, Json, settings, show
from app.cli.trust import agreement, client, keys
from app.errors import CityError

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Titian: aplikasi kota menjawab sebagai satu. / A city's applications answer as one."
)
for name, group in (
    ("adapter", adapter),
    ("client", client),
    ("agreement", agreement),
    ("keys", keys),
    ("ledger", ledger),
    ("quarantine", quarantine),
):
    app.add_typer(group, name=name)
store.add(app)

Port = Annotated[int, typer.Option(min=0, max=65535)]
Workers = Annotated[int, typer.Option(min=1, max=64, help="Proses yang menjawab. / Processes that answer.")]


def main() -> None:
    """What cannot be used is said plainly, with exit status 1; what is logged on the way is no part of an answer."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    try:
        app()
    except CityError as error:
        for problem in error.problems:
            print(problem, file=sys.stderr)
        raise SystemExit(1) from None


@app.command()
def check(city: Annotated[Path | None, typer.Argument(help="Folder kota. / The city folder.")] = None, machine: Json = False) -> None:
    """Memeriksa seluruh folder kota. / Checks the whole city folder; every problem at once, exit status 1."""
    from app.main import checked

    try:
        found, missing = checked(settings(city))
    except CityError as error:
        show([problem._asdict() for problem in error.problems], "\n".join(map(str, error.problems)), machine=machine)
        raise typer.Exit(1) from None
    counted = {
        "systems": len(found.systems),
        "contracts": len(found.contracts),
        "organisations": len(found.organisations),
        "missing_secrets": missing,
    }
    text = f"Baik. / Good. {counted['systems']} sistem, {counted['contracts']} kontrak, {counted['organisations']} organisasi."
    if missing:
        text += f"\nBelum ada rahasia / secrets not known yet: {', '.join(missing)}"
    show(counted, text, machine=machine)


@app.command()
def serve(city: City = None, host: str = "127.0.0.1", port: Port = 8000, workers: Workers = 1) -> None:
    """Melayani; Ctrl-C atau SIGTERM menyelesaikan yang berjalan, SIGHUP membaca ulang kota. / Serves; Ctrl-C or SIGTERM lets what
    runs finish, SIGHUP reads the city again."""
    from app.server import run

    run(settings(city), host, port, workers)


@app.command()
def status(
    url: Annotated[str, typer.Option(help="Alamat gerbang. / The gateway's address.")] = "http://127.0.0.1:8000", machine: Json = False
) -> None:
    """Keadaan gerbang dan setiap sumbernya. / The running gateway and each of its sources; exit status 1 where it does not answer."""
    from app.cli.asking import asked
    from app.exchange.state import told

    found = asked(url)
    show(found, told(found), machine=machine)


@app.command()
def demo(port: Port = 8000) -> None:
    """Kota contoh: tujuh aplikasi lama, satu gerbang. / The demo city: seven old applications, one gateway."""
    root = Path(__file__).parent.parent.parent
    if not (root / "demo" / "__main__.py").is_file():
        print("Kota contoh ada di klon repositori, bukan di paket. / The demo lives in a clone, not in the package.", file=sys.stderr)
        raise typer.Exit(1)
    # In our place, not beneath us: a signal meant for the demo must reach it.
    os.chdir(root)
    os.execv(sys.executable, [sys.executable, "-m", "demo", "--port", str(port)])  # noqa: S606 - ourselves


@app.command()
def migrate(machine: Json = False) -> None:
    """Membawa basis data ke bentuk terbaru. / Brings the database to head."""
    from app.errand import migrated

    migrated(settings())
    show({"migrated": True}, "Basis data terbaru. / The database is at head.", machine=machine)
