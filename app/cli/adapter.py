"""The commands of connections: arguments only."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Annotated, Any

import typer

from app.cli.said import City, Json, settings, show

adapter = typer.Typer(no_args_is_help=True, help="Sambungan ke aplikasi kota. / The connections to the city's applications.")
System = Annotated[str, typer.Argument(metavar="ID")]


def _graded(reports: list[Any], *, whole: bool, machine: bool) -> None:
    lines = []
    for report in reports:
        lacking = "; ".join(f"{check.contract}: {check.name} ({check.note.id} / {check.note.en})" for check in report.lacking)
        lines.append(f"{report.system:24} {report.grade:10}" + (f"  kurang / lacks: {lacking}" if lacking else ""))
        marks = {True: "v", False: "x", None: "?"}
        lines += [f"  {marks[one.passed]} {one.contract}.{one.name}: {one.note.id} / {one.note.en}" for one in report.checks if whole]
    rows = [{"system": one.system, "grade": one.grade, "checks": [check._asdict() for check in one.checks]} for one in reports]
    show(rows, "\n".join(lines), machine=machine)


@adapter.command("list")
def adapter_list(city: City = None, machine: Json = False) -> None:
    """Setiap aplikasi dengan tingkat sambungannya, dihitung dengan menanyainya. / Every application with its grade, found by asking it."""
    from app.errand import grades

    _graded(asyncio.run(grades(settings(city))), whole=False, machine=machine)


@adapter.command("conform")
def adapter_conform(system: System, city: City = None, machine: Json = False) -> None:
    """Setiap pemeriksaan atas satu aplikasi; 1 bila ada yang gagal. / Every check of one application; exit status 1 where one fails."""
    from app.errand import grades

    reports = asyncio.run(grades(settings(city), (system,)))
    _graded(reports, whole=True, machine=machine)
    if any(check.passed is False for report in reports for check in report.checks):
        raise typer.Exit(1)


@adapter.command("try")
def adapter_try(system: System, city: City = None, machine: Json = False) -> None:
    """Menanyai sekali: lima catatan baku, yang pribadi disamarkan. / Asks once: five canonical records, what is personal masked."""
    from app.errand import tried
    from app.errors import SourceError

    try:
        found = asyncio.run(tried(settings(city), system))
    except SourceError as error:
        print(f"{system}: {error.word} ({error.reason}). {error.title.id}. / {error.title.en}.", file=sys.stderr)
        raise typer.Exit(1) from None
    text = "\n".join(f"{contract}: {json.dumps(record, ensure_ascii=False)}" for contract, records in found for record in records)
    show(dict(found), text or "Tidak ada catatan. / No records.", machine=machine)
