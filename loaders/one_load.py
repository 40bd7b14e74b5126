"""One load: read, check, merge, keep the originals, record the entry. All of it, or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from genealogy.current import CurrentFacts
from genealogy.durable import private_folder
from genealogy.errors import FileRefusedError, StoreError
from genealogy.home import QUARANTINE
from loaders.discover import discover
from loaders.mapping import find_mapping
from loaders.plant import explain, prepare
from loaders.quarantine import write_quarantine

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from genealogy.engine import Engine
    from loaders.quarantine import QuarantinedRow
    from loaders.raw import RawTable

_EXPLAINED = 20
"""Rejected rows of which the reason is said while loading; all of them stand in the quarantine file."""


def load(
    engine: Engine,
    paths: Sequence[str | Path],
    *,
    mapping: str | Path | None = None,
    zone: str | None = None,
    dry_run: bool = False,
    progress: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Load files or folders of plant tables as one entry of the ledger.

    Args:
        engine: of the home that they are loaded into.
        paths: files and folders.
        mapping: a mapping file, or the name of one that comes with the program.
        zone: of times without an offset.
        dry_run: check everything, change nothing.
        progress: told in words what goes on.

    Returns:
        ``sequence`` (the entry that made the load complete), ``recorded`` (whether it is new), ``files`` with read =
        accepted + unchanged + quarantined each, ``ignored``, ``quarantine`` (path of the file to correct, or None),
        ``notes``, ``dry_run``.

    Raises:
        InputError: a path does not exist, or an option is wrong.
        FileRefusedError: a file cannot be read as the table it claims to be; nothing was loaded.
    """
    say = progress or (lambda _: None)
    found = discover(paths, mapping=find_mapping(mapping) if mapping is not None else None)
    raws: list[RawTable] = []
    try:
        for claim in found.tables:
            say(f"reading {claim.file}")
            raws += claim.read()
        prepared = prepare(raws, CurrentFacts(engine.history), zone=zone, progress=say)
    except FileRefusedError as error:
        if len(found.tables) == 1:
            raise
        others = (
            f"Nothing of the other {len(found.tables) - 1} was loaded either: a load is recorded whole or not at all."
        )
        raise FileRefusedError(f"{error} {others}") from error
    notes = [*found.notes, *prepared.notes]
    for note in notes:
        say(f"note: {note}")
    for row in prepared.quarantined[:_EXPLAINED]:
        say(f"not accepted: {explain(row)}")
    if len(prepared.quarantined) > _EXPLAINED:
        say(
            f"not accepted: {len(prepared.quarantined) - _EXPLAINED:,} more rows, all with their reasons in the quarantine file"
        )
    files = [{**told, "sha256": raw.source.sha256} for told, raw in zip(prepared.files, raws, strict=True)]
    report: dict[str, Any] = {
        "sequence": engine.head,
        "recorded": False,
        "files": files,
        "ignored": found.ignored,
        "quarantine": None,
        "notes": notes,
        "dry_run": dry_run,
    }
    if dry_run:
        return report
    keep, documents = {raw.source.sha256: raw.source for raw in raws}, engine.ledger.documents
    seen = all(sha in documents for sha in keep)
    if seen and not prepared.facts:
        # The same bytes again, and nothing in them that was not known: nothing changes, so nothing is recorded.
        report["quarantine"] = _known_quarantine(engine, prepared.quarantined)
        return report
    say("keeping the originals")
    for source in keep.values():
        documents.put_bytes(source.content())
    facts = {name: documents.put_table(table) for name, table in prepared.facts.items()}
    details: dict[str, Any] = {"format": "plant", "files": files, "ignored": found.ignored, "facts": facts}
    if mapping is not None:
        details["mapping"] = str(mapping)
    if zone is not None:
        details["zone"] = zone
    if prepared.quarantined:
        path = engine.home / QUARANTINE / f"{engine.head + 1:06d}.csv"
        private_folder(path.parent)
        write_quarantine(path, prepared.quarantined)
        details["quarantine_document"] = documents.put_file(path)
        report["quarantine"] = str(path)
    say("recording and applying")
    engine.history.hold({facts[name]: table for name, table in prepared.facts.items()})
    report["sequence"] = _record(engine, details)
    report["recorded"] = True
    return report


def _record(engine: Engine, details: dict[str, Any]) -> int:
    """Append the entry and apply it; where only the graph fails, say that nothing needs to be loaded again."""
    before = engine.head
    try:
        return engine.record("load", details).sequence
    except StoreError as error:
        if engine.head == before:
            raise
        raise type(error)(
            f"The load is recorded as entry {engine.head}, but the graph does not hold it yet: {error} Look to the store "
            "(is its disk full, does its server run?); the next command then brings the graph up to the ledger, and "
            "nothing has to be loaded again."
        ) from error
    finally:
        engine.history.hold({})


def _known_quarantine(engine: Engine, rows: Sequence[QuarantinedRow]) -> str | None:
    """The file that holds rows which earlier loads rejected already: the one of that load, else one made now."""
    if not rows:
        return None
    folder, ids = engine.home / QUARANTINE, {row.quarantine_id for row in rows}
    for path in sorted(folder.glob("*.csv"), reverse=True):
        with path.open("rb") as file:
            held = {line.split(b",", 1)[0].decode("utf-8", "replace") for line in file}
        if ids <= held:
            return str(path)
    # Their files were moved away, or the rows come from several loads: a file again, so that they can be corrected.
    private_folder(folder)
    path = folder / f"{engine.head:06d}-again.csv"
    write_quarantine(path, rows)
    return str(path)
