"""Commands that keep the record: log, verify, rebuild, backup, restore."""

from __future__ import annotations

from pathlib import Path

import typer

from api.commands.common import JSON, open_engine
from api.output import print_json, say
from genealogy.errors import InputError


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (log, verify, rebuild, backup, restore):
        app.command()(command)


def log(as_json: bool = JSON, limit: int = typer.Option(0, help="Only the last so many entries; 0: all.")) -> None:
    """What was done, when and by whom. The entries of the ledger, and its head."""
    from genealogy.ledger import Ledger
    from genealogy.settings import Settings

    # Reading the ledger disturbs nobody, so it needs no ownership of the home.
    with Ledger.open(Settings.from_environment().home) as ledger:
        entries = list(ledger.entries())[-limit:]
        head = ledger.head
        identity = ledger.id
    if as_json:
        print_json(
            {
                "ledger": identity,
                "head": {"sequence": head.sequence, "hash": head.hash},
                "entries": [
                    {
                        "sequence": e.sequence, "time": e.time, "actor": e.actor, "action": e.action,
                        "details": dict(e.details), "hash": e.hash,
                    }
                    for e in entries
                ],
            }
        )  # fmt: skip
        return
    for entry in entries:
        tables = entry.details.get("files") or []
        files = len({table.get("file") for table in tables})  # a workbook is one file with several tables
        accepted = sum(table.get("accepted", 0) for table in tables)
        told = f"{files:,} file{'' if files == 1 else 's'}, {accepted:,} rows accepted" if files else ""
        typer.echo(f"{entry.sequence:>6}  {entry.time}  {entry.actor:<12}  {entry.action:<10}  {told}")
    typer.echo(f"head {head.sequence}:{head.hash}")


def verify(
    expect: str | None = typer.Option(None, metavar="SEQ:HASH", help="A head that was noted elsewhere."),
    as_json: bool = JSON,
) -> None:
    """Check the ledger, its documents, and the graph against them. Names the first thing that is wrong."""
    with open_engine() as engine:
        found = engine.verify(_head(expect))
        contents = engine.content_digest() if found.ok else None
        history = engine.history_digest() if found.ok else None
    head = {"sequence": found.head.sequence, "hash": found.head.hash} if found.head else None
    if as_json:
        print_json(
            {
                "ok": found.ok, "problem": found.problem, "ledger": found.ledger, "entries": found.entries,
                "documents": found.documents, "head": head, "content_digest": contents, "history_digest": history,
            }
        )  # fmt: skip
    elif found.ok and head:
        typer.echo(
            f"Nothing is wrong: {found.entries} entries and {found.documents} documents are as they were written, and the "
            f"graph is what they make of it.\nhead {head['sequence']}:{head['hash']}\ncontent {contents}\nhistory {history}"
        )
    else:
        typer.echo(f"Wrong: {found.problem}")
    if not found.ok:
        raise typer.Exit(1)


def rebuild(
    bulk: bool = typer.Option(
        False, "--bulk", help="Neo4j: by its offline import (run for a local server, printed else)."
    ),
) -> None:
    """Empty the graph and make it again from the ledger."""
    if bulk:
        # What the import replaces need not be brought up to the ledger first.
        with open_engine(follow=False) as engine:
            if engine.store.dialect == "neo4j":
                from api.commands.bulk import rebuild_offline

                say(rebuild_offline(engine, say))
                return
            say("The embedded store is always made again by its bulk road; --bulk is for Neo4j.")
    with open_engine(anew=True) as engine:
        say(f"The graph was made again from {engine.head} entries. content {engine.content_digest()}")


def backup(target: Path = typer.Argument(..., help="A new folder.", show_default=False)) -> None:
    """Copy ledger and documents, also while they are in use. The graph is not copied: it is made again."""
    from genealogy.backup import backup as make
    from genealogy.settings import Settings

    made = make(Settings.from_environment().home, target)
    say(
        f"{made.documents} documents and the ledger up to entry {made.sequence} are in {target}. head {made.sequence}:{made.hash}"
    )


def restore(source: Path = typer.Argument(..., help="Folder of a backup.", show_default=False)) -> None:
    """Put a backup into GENEALOGY_HOME. It must hold no ledger; the graph is made again from the backup."""
    from genealogy.backup import restore as put
    from genealogy.owner import Owner
    from genealogy.settings import Settings

    home = Settings.from_environment().home
    with Owner(home):
        head = put(source, home)
    with open_engine() as engine:
        say(f"Restored to entry {head.sequence}, and the graph made again. content {engine.content_digest()}")


def _head(text: str | None) -> tuple[int, str] | None:
    if text is None:
        return None
    sequence, colon, digest = text.partition(":")
    if not colon or not sequence.isdigit() or len(digest) != 64:
        raise InputError(f"--expect {text!r} is no head. Write SEQUENCE:HASH as `genealogy log` prints it.")
    return int(sequence), digest
