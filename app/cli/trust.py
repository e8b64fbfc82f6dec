"""The commands of clients, agreements and keys: arguments only."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.cli.said import City, Json, settings, show

client = typer.Typer(no_args_is_help=True, help="Aplikasi yang boleh bertanya. / Applications that may ask.")
agreement = typer.Typer(no_args_is_help=True, help="Perjanjian berbagi pakai data. / Agreements: who may read what.")
keys = typer.Typer(no_args_is_help=True, help="Kunci yang menandatangani token. / The keys that sign tokens.")


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
    from app.errand import explained_to
    from app.exchange.access import told

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
