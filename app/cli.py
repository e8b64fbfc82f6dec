"""The command line: arguments only. Help is Indonesian first, then English."""

from __future__ import annotations

import json
import os
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
for name, group in (("client", client), ("agreement", agreement), ("ledger", ledger), ("quarantine", quarantine)):
    app.add_typer(group, name=name)

City = Annotated[Path | None, typer.Option("--city", help="Folder kota. / The city folder.")]
Json = Annotated[bool, typer.Option("--json", help="Untuk mesin. / For machines.")]
Port = Annotated[int, typer.Option(min=0, max=65535)]


def main() -> None:
    """What cannot be used is said plainly, with exit status 1."""
    try:
        app()
    except CityError as error:
        for problem in error.problems:
            print(problem, file=sys.stderr)
        raise SystemExit(1) from None


def settings(city: Path | None = None) -> Settings:
    return Settings() if city is None else Settings(city=city)


def show(value: Any, text: str, *, machine: bool) -> None:
    print(json.dumps(value, default=str) if machine else text)


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
def serve(city: City = None, host: str = "127.0.0.1", port: Port = 8000) -> None:
    """Melayani; Ctrl-C atau SIGTERM menyelesaikan yang sedang berjalan. / Serves; Ctrl-C or SIGTERM lets what runs finish."""
    from app.server import run

    run(settings(city), host, port)


@app.command()
def demo(port: Port = 8000) -> None:
    """Kota contoh: dua aplikasi lama, satu gerbang. / The demo city: two old applications, one gateway."""
    root = Path(__file__).parent.parent
    if not (root / "demo" / "__main__.py").is_file():
        print("Kota contoh ada di klon repositori, bukan di paket. / The demo lives in a clone, not in the package.", file=sys.stderr)
        raise typer.Exit(1)
    # In our place, not beneath us: a signal meant for the demo must reach it.
    os.chdir(root)
    os.execv(sys.executable, [sys.executable, "-m", "demo", "--port", str(port)])  # noqa: S606 - ourselves


@app.command()
def migrate(machine: Json = False) -> None:
    """Membawa basis data ke bentuk terbaru. / Brings the database to head."""
    from app.main import database_of

    database_of(settings()).close()
    show({"migrated": True}, "Basis data terbaru. / The database is at head.", machine=machine)


@client.command("add")
def client_add(
    identifier: Annotated[str, typer.Argument(metavar="ID")], organisation: Annotated[str, typer.Option()], city: City = None, machine: Json = False
) -> None:
    """Menambah aplikasi; rahasianya ditampilkan sekali. / Adds an application; its secret is shown once."""
    from app.main import catalog_of, database_of
    from app.trust import client as clients

    chosen = settings(city)
    with database_of(chosen).session() as session:
        secret = clients.add(session, identifier, organisation, organisations=catalog_of(chosen).organisations)
    made = {"client_id": identifier, "client_secret": secret, "organisation": organisation}
    text = f"client_id:     {identifier}\nclient_secret: {secret}\nSimpan sekarang; tidak ditampilkan lagi. / Keep it now; it is not shown again."
    show(made, text, machine=machine)


@client.command("list")
def client_list(machine: Json = False) -> None:
    """Semua aplikasi. / Every application."""
    from app.main import database_of
    from app.trust import client as clients

    with database_of(settings()).session() as session:
        rows = [
            {"client_id": row.id, "organisation": row.organisation, "created": row.created, "ended": row.ended} for row in clients.listed(session)
        ]
    lines = [f"{row['client_id']:30} {row['organisation']:20} {'berakhir / ended' if row['ended'] else 'aktif / active'}" for row in rows]
    show(rows, "\n".join(lines), machine=machine)


@client.command("revoke")
def client_revoke(identifier: Annotated[str, typer.Argument(metavar="ID")], machine: Json = False) -> None:
    """Mengakhiri aplikasi, berlaku dalam 5 detik. / Ends an application, within 5 seconds."""
    from app.main import database_of
    from app.trust import client as clients

    with database_of(settings()).session() as session:
        clients.revoke(session, identifier)
    show({"revoked": identifier}, f"{identifier}: berakhir. / ended.", machine=machine)


@agreement.command("apply")
def agreement_apply(file: Path, city: City = None, machine: Json = False) -> None:
    """Memberlakukan perjanjian dari berkas TOML. / Puts an agreement in force."""
    from app.main import catalog_of, database_of
    from app.trust import agreement as agreements

    chosen = settings(city)
    catalog = catalog_of(chosen)
    found = agreements.read(file, contracts=catalog.contracts, organisations=catalog.organisations, systems=catalog.systems)
    with database_of(chosen).session() as session:
        agreements.apply(session, file.read_text(encoding="utf-8"), found)
    text = f"{found.id}: {found.consumer} <- {found.provider}, {found.valid_from} - {found.valid_to}. Berlaku. / In force."
    show({"applied": found.id, "consumer": found.consumer, "provider": found.provider}, text, machine=machine)


@agreement.command("list")
def agreement_list(machine: Json = False) -> None:
    """Semua perjanjian. / Every agreement."""
    from app.main import database_of
    from app.trust import agreement as agreements

    with database_of(settings()).session() as session:
        rows = [
            {
                "id": row.id,
                "consumer": row.consumer,
                "provider": row.provider,
                "valid_from": row.valid_from,
                "valid_to": row.valid_to,
                "ended": row.ended,
            }
            for row in agreements.listed(session)
        ]
    lines = [
        f"{row['id']:24} {row['consumer']} <- {row['provider']}  {row['valid_from']}..{row['valid_to']}  {'berakhir / ended' if row['ended'] else ''}"
        for row in rows
    ]
    show(rows, "\n".join(lines), machine=machine)


@agreement.command("explain")
def agreement_explain(identifier: Annotated[str, typer.Argument(metavar="CLIENT")], contract: str, city: City = None, machine: Json = False) -> None:
    """Apa yang boleh dilihat satu aplikasi, mengapa, dan apa yang tidak. / What one client may see, why, and what not."""
    from app.exchange.access import told
    from app.main import explained_to

    found = explained_to(settings(city), identifier, contract)
    show(found, told(found), machine=machine)


@agreement.command("end")
def agreement_end(identifier: Annotated[str, typer.Argument(metavar="ID")], machine: Json = False) -> None:
    """Mengakhiri perjanjian, berlaku dalam 5 detik. / Ends an agreement, within 5 seconds."""
    from app.main import database_of
    from app.trust import agreement as agreements

    with database_of(settings()).session() as session:
        agreements.end(session, identifier)
    show({"ended": identifier}, f"{identifier}: berakhir. / ended.", machine=machine)


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


@quarantine.command("list")
def quarantine_list(machine: Json = False) -> None:
    """Baris yang ditolak atau nilainya dikosongkan, dengan alasannya. / Rejected rows and emptied values, with reasons."""
    from app.main import database_of
    from app.quality.finding import listed

    found = listed(database_of(settings()))
    rows = [{**row._asdict(), "digest": row.digest.hex()} for row in found]
    lines = [
        f"{row.system:20} {row.contract:12} {row.field:16} {row.rule:20} {row.outcome:9} {row.times:6}x  {row.last_seen}  {row.digest.hex()[:12]}"
        for row in found
    ]
    show(rows, "\n".join(lines), machine=machine)
