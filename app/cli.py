"""The command line: arguments only. Help is Indonesian first, then English."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from app import cli_store
from app.errors import CityError
from app.settings import Settings

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Titian: aplikasi kota menjawab sebagai satu. / A city's applications answer as one."
)
client = typer.Typer(no_args_is_help=True, help="Aplikasi yang boleh bertanya. / Applications that may ask.")
agreement = typer.Typer(no_args_is_help=True, help="Perjanjian berbagi pakai data. / Agreements: who may read what.")
ledger = typer.Typer(no_args_is_help=True, help="Jejak setiap pertukaran. / The evidence of every exchange.")
keys = typer.Typer(no_args_is_help=True, help="Kunci yang menandatangani token. / The keys that sign tokens.")
quarantine = typer.Typer(no_args_is_help=True, help="Baris dan nilai yang salah atau meragukan. / Rows and values that are wrong or doubtful.")
for name, group in (("client", client), ("agreement", agreement), ("keys", keys), ("ledger", ledger), ("quarantine", quarantine)):
    app.add_typer(group, name=name)
cli_store.add(app)

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
    from app.main import migrated

    migrated(settings())
    show({"migrated": True}, "Basis data terbaru. / The database is at head.", machine=machine)


@client.command("add")
def client_add(
    identifier: Annotated[str, typer.Argument(metavar="ID")],
    organisation: Annotated[str, typer.Option()],
    secret: Annotated[bool, typer.Option("--secret", help="Dengan rahasia (bawaan). / By a secret (default).")] = False,
    jwks: Annotated[Path | None, typer.Option("--jwks", help="Dengan kunci publik: berkas JWK Set. / By public keys: a JWK Set file.")] = None,
    city: City = None,
    machine: Json = False,
) -> None:
    """Menambah aplikasi; rahasianya ditampilkan sekali. / Adds an application; its secret is shown once."""
    from app.main import catalog_of, database_of
    from app.trust import client as clients
    from app.trust import key_set

    if secret and jwks is not None:
        raise typer.BadParameter("--secret atau --jwks, tidak keduanya. / --secret or --jwks, not both.")
    chosen = settings(city)
    public = None if jwks is None else key_set.read(jwks)
    organisations = catalog_of(chosen).organisations
    made = {"client_id": identifier, "organisation": organisation}
    with database_of(chosen).session() as session:
        if public is not None:
            clients.add_keys(session, identifier, organisation, organisations=organisations, jwks=public)
        else:
            made["client_secret"] = clients.add(session, identifier, organisation, organisations=organisations)
    text = f"client_id:     {identifier}\n"
    if public is None:
        text += f"client_secret: {made['client_secret']}\nSimpan sekarang; tidak ditampilkan lagi. / Keep it now; it is not shown again."
    else:
        text += f"private_key_jwt, kid: {', '.join(str(key.kid) for key in key_set.key_set(public))}"
    show(made, text, machine=machine)


@client.command("list")
def client_list(machine: Json = False) -> None:
    """Semua aplikasi. / Every application."""
    from app.main import database_of
    from app.trust import client as clients

    with database_of(settings()).session() as session:
        rows = [
            {
                "client_id": row.id,
                "organisation": row.organisation,
                "method": "private_key_jwt" if row.jwks else "client_secret_basic",
                "created": row.created,
                "ended": row.ended,
            }
            for row in clients.listed(session)
        ]
    lines = [
        f"{row['client_id']:30} {row['organisation']:20} {row['method']:20} {'berakhir / ended' if row['ended'] else 'aktif / active'}"
        for row in rows
    ]
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


@keys.command("rotate")
def keys_rotate(machine: Json = False) -> None:
    """Kunci token baru: diumumkan dulu, lalu dipakai. / A new token key: published first, then used."""
    from app.trust.ring import SEEN, ring_of

    ring = ring_of(settings().keys)
    ring.rotate()
    made = ring.states()[-1]
    text = f"{made.kid}: diumumkan, dipakai sesudah {SEEN} detik. / published, used after {SEEN} seconds."
    show({"kid": made.kid, "state": made.state}, text, machine=machine)


@keys.command("list")
def keys_list(machine: Json = False) -> None:
    """Kunci token: berikutnya, yang menandatangani, terdahulu. / The token keys: next, signing, former."""
    from datetime import UTC, datetime

    from app.clock import stamp
    from app.trust.ring import ring_of

    words = {"next": "berikutnya / next", "signing": "menandatangani / signing", "former": "terdahulu / former"}
    rows = [
        {"kid": one.kid, "state": one.state, "since": one.since and stamp(datetime.fromtimestamp(one.since, UTC))}
        for one in ring_of(settings().keys).states()
    ]
    lines = [f"{row['kid']:44} {words[str(row['state'])]:26} {row['since'] or 'sejak awal / from the start'}" for row in rows]
    show(rows, "\n".join(lines), machine=machine)


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
