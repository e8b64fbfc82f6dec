"""What every command takes and how it speaks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from app.settings import Settings

City = Annotated[Path | None, typer.Option("--city", help="Folder kota. / The city folder.")]
Json = Annotated[bool, typer.Option("--json", help="Untuk mesin. / For machines.")]


def settings(city: Path | None = None) -> Settings:
    return Settings() if city is None else Settings(city=city)


def show(value: Any, text: str, *, machine: bool) -> None:
    print(json.dumps(value, default=str) if machine else text)
