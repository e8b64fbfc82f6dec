"""The commands of the store: arguments only."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from app.cli.said import City, Json, settings, show


def add(app: typer.Typer) -> None:
    app.command()(harvest)
    app.command("import")(import_)


WORDS = {
    "harvested": "disalin / copied",
    "busy": "sedang disalin proses lain / another process is copying",
}


def harvest(
    identifier: Annotated[str, typer.Argument(metavar="ID")],
    contract: Annotated[str | None, typer.Option(help="Hanya kontrak ini. / Only this contract.")] = None,
    accept_shrink: Annotated[bool, typer.Option("--accept-shrink", help="Juga bila jauh berkurang. / Even where much is gone.")] = False,
    city: City = None,
    machine: Json = False,
) -> None:
    """Menyalin sumber sekarang; salinan lama tetap bila gagal. / Copies a source now; the old copy stays where it fails, exit status 1."""
    from app.errand import harvested

    ended = asyncio.run(harvested(settings(city), identifier, contract, accept_shrink=accept_shrink, tell=_told))
    lines = [
        f"{one.system} {one.contract}: {_ending(one.word, one.reason)}; {one.rows} baris / rows, {one.rejected} ditolak / rejected" for one in ended
    ]
    show([one._asdict() for one in ended], "\n".join(lines), machine=machine)
    if any(one.word != "harvested" for one in ended):
        raise typer.Exit(1)


def import_(
    contract: str,
    file: Path,
    system: Annotated[str | None, typer.Option(help="Sistem berjenis table. / The system of kind table.")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Ganti semua catatan. / In the place of all records.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Hanya memeriksa. / Only look.")] = False,
    errors: Annotated[Path | None, typer.Option(help="Baris yang salah ditulis ke sini (CSV). / Rows that are wrong are written here.")] = None,
    city: City = None,
    machine: Json = False,
) -> None:
    """Memasukkan catatan dari csv, xlsx, json, ndjson ke tabel kota. / Brings records into a table of the city; exit status 1 if any was rejected."""
    from app.errand import imported, reasons
    from app.store.file import errors_written

    taken = asyncio.run(imported(settings(city), contract, file, system=system, replace=replace, dry=dry_run))
    if errors is not None and taken.wrong:
        errors_written(errors, [(one.number, one.raw, reasons(one.field, one.rule)) for one in taken.wrong])
    shown = {name: value for name, value in taken._asdict().items() if name != "wrong"}
    faults = [{"row": one.number, "field": one.field, "rule": one.rule} for one in taken.wrong]
    lines = [f"{LABELS[name]}: {value}" for name, value in shown.items() if name != "nulled"]
    lines += [f"dikosongkan / emptied: {name} {times}x" for name, times in taken.nulled.items()]
    lines += [f"baris / row {one.number}: {reasons(one.field, one.rule)}" for one in taken.wrong[:MOST_SHOWN]]
    show({**shown, "dry_run": dry_run, "wrong": faults}, "\n".join(lines), machine=machine)
    if taken.rejected:
        raise typer.Exit(1)


MOST_SHOWN = 20
LABELS = {
    "accepted": "diterima / accepted",
    "rejected": "ditolak / rejected",
    "added": "baru / new",
    "changed": "berubah / changed",
    "unchanged": "sama / unchanged",
    "removed": "dihapus / removed",
}


def _ending(word: str, reason: str | None) -> str:
    return WORDS.get(word) or (f"{word} ({reason})" if reason else word)


def _told(rows: int) -> None:
    print(f"\r{rows} baris / rows", end="", file=sys.stderr, flush=True)
