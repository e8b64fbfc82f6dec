"""The command line: arguments only. Help is Indonesian first, then English."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from app.errors import CityError
from app.settings import Settings

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Titian: aplikasi kota menjawab sebagai satu. / A city's applications answer as one."
)
client = typer.Typer(no_args_is_help=True, help="Aplikasi yang boleh bertanya. / Applications that may ask.")
agreement = typer.Typer(no_args_is_help=True, help="Perjanjian berbagi pakai data. / Agreements: who may read what.")
ledger = typer.Typer(no_args_is_help=True, help="Jejak setiap pertukaran. / The evidence of every exchange.")
quarantine = typer.Typer(no_args_is_help=True, help="Baris yang tidak dapat dipakai. / Rows that could not be used.")
app.add_typer(client, name="client")
app.add_typer(agreement, name="agreement")
app.add_typer(ledger, name="ledger")
app.add_typer(quarantine, name="quarantine")

CityOption = Annotated[Path | None, typer.Option("--city", help="Folder kota. / The city folder.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Untuk mesin. / For machines.")]


def main() -> None:
    """Entry point: what cannot be used is said plainly, with exit status 1."""
    try:
        app()
    except CityError as error:
        for problem in error.problems:
            print(problem, file=sys.stderr)
        raise SystemExit(1) from None
