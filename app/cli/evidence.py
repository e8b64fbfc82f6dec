"""The commands of the ledger and the quarantine: arguments only."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.said import Json, settings, show

ledger = typer.Typer(no_args_is_help=True, help="Jejak setiap pertukaran. / The evidence of every exchange.")
quarantine = typer.Typer(no_args_is_help=True, help="Baris dan nilai yang salah atau meragukan. / Rows and values that are wrong or doubtful.")


@ledger.command("verify")
def ledger_verify(
    begin: Annotated[int, typer.Option("--from", min=1, help="Nomor pertama. / First sequence number.")] = 1,
    end: Annotated[int | None, typer.Option("--to", min=1, help="Nomor terakhir. / Last sequence number.")] = None,
    kept: Annotated[Path | None, typer.Option("--head", help="Kepala jejak yang disimpan di tempat lain. / A head kept elsewhere.")] = None,
    machine: Json = False,
) -> None:
    """Memeriksa rantai jejak; menyebut entri pertama yang salah. / Verifies the chain; names the first bad entry, exit status 1."""
    from app.ledger.head import Head
    from app.ledger.verify import verify
    from app.main import database_of
    from app.trust.keys import Keys

    chosen = settings()
    head = Head.kept(kept) if kept is not None else None
    verdict = verify(database_of(chosen), Keys.open(chosen.keys).ledger_public, begin=begin, end=end, kept=head)
    if verdict.bad is None:
        show(verdict._asdict(), f"Utuh: {verdict.entries} entri. / Whole: {verdict.entries} entries.", machine=machine)
        return
    show(verdict._asdict(), f"RUSAK pada entri {verdict.bad}: {verdict.why}. / BROKEN at entry {verdict.bad}: {verdict.why}.", machine=machine)
    raise typer.Exit(1)


@ledger.command("head")
def ledger_head() -> None:
    """Kepala jejak bertanda tangan; simpan di tempat lain. / The signed head; keep it elsewhere."""
    from app.ledger.ledger import head
    from app.main import database_of

    found = head(database_of(settings()))
    print(json.dumps(found.shown() if found else None))


def _found_findings(found: list[Any], machine: bool) -> None:
    from app.quality.reason import OUTCOMES, reason

    rows = [{**row._asdict(), "digest": row.digest.hex(), "reason": reason(row.rule)._asdict()} for row in found]
    lines = [
        f"{row.digest.hex()[:12]}  {row.system} {row.contract}.{row.field}: {OUTCOMES[row.outcome].id}, {row.times}x, {row.last_seen}\n"
        f"              {row.rule}: {reason(row.rule).id}. / {reason(row.rule).en}."
        for row in found
    ]
    show(rows, "\n".join(lines) or "Tidak ada. / None.", machine=machine)


@quarantine.command("list")
def quarantine_list(machine: Json = False) -> None:
    """Baris yang ditolak, nilai yang dikosongkan atau meragukan, dengan alasannya. / Rows and values that are wrong or doubtful, with reasons."""
    from app.main import database_of
    from app.quality.finding import listed

    _found_findings(listed(database_of(settings())), machine)


@quarantine.command("show")
def quarantine_show(identifier: Annotated[str, typer.Argument(metavar="ID")], machine: Json = False) -> None:
    """Semua temuan pada satu baris sumber; ID seperti pada list. / Every finding of one row of a source."""
    from app.main import database_of
    from app.quality.finding import listed

    found = [row for row in listed(database_of(settings())) if row.digest.hex().startswith(identifier.lower())]
    _found_findings(found, machine)
    if not found:
        raise typer.Exit(1)


@quarantine.command("clear")
def quarantine_clear(system: Annotated[str | None, typer.Option(help="Hanya sumber ini. / Only this source.")] = None, machine: Json = False) -> None:
    """Menghapus temuan; yang masih salah ditemukan lagi. / Deletes findings; what is still wrong is found again."""
    from app.main import database_of
    from app.quality.finding import clear

    number = clear(database_of(settings()), system)
    show({"cleared": number}, f"{number} temuan dihapus. / findings deleted.", machine=machine)
