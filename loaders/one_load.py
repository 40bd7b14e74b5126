"""One load: read, check, merge, keep the originals, record the entry. All of it, or nothing."""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from genealogy.current import CurrentFacts
from genealogy.durable import private_folder
from genealogy.errors import FileRefusedError, StoreError
from genealogy.home import QUARANTINE
from genealogy.wording import parts_of, said
from loaders.discover import Given, discover
from loaders.mapping import find_mapping, read_mapping
from loaders.plant import explain, prepare
from loaders.quarantine import write_quarantine
from loaders.report import by_file, rules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    import pyarrow as pa

    from genealogy.documents import Documents
    from genealogy.engine import Engine
    from loaders.discover import Claim
    from loaders.known import Unread
    from loaders.mapping import Mapping
    from loaders.quarantine import QuarantinedRow
    from loaders.raw import RawTable, Source

_AT_HAND_BYTES = 1 << 28
"""Memory up to which facts are handed on to the graph instead of being read back."""

_EXPLAINED = 20
"""Rejected rows of which the reason is said while loading; all of them stand in the quarantine file."""


def load(
    engine: Engine,
    paths: Sequence[str | Path | Given],
    *,
    mapping: str | Path | Given | None = None,
    zone: str | None = None,
    dry_run: bool = False,
    progress: Callable[[str], None] | None = None,
    actor: str | None = None,
    rejected: Callable[[Sequence[QuarantinedRow]], object] | None = None,
) -> dict[str, Any]:
    """Load files or folders of plant tables as one entry of the ledger.

    Args:
        engine: of the home that they are loaded into.
        paths: files and folders.
        mapping: a mapping file, or the name of one that comes with the program.
        zone: of times without an offset.
        dry_run: check everything, change nothing.
        progress: told in words what goes on; what it raises ends the load, and nothing was loaded.
        actor: who loads; else whoever opened the home.
        rejected: told every row that was not accepted.

    Returns:
        ``sequence`` (the entry that made the load complete), ``recorded`` (whether it is new), ``files`` with read =
        accepted + unchanged + quarantined each (see ``loaders.report.by_file``), ``ignored``, ``quarantine`` (path of the
        file to correct, or None), ``rules`` (how many rows broke which), ``judged_again`` (for each file of an earlier load
        how many of its quarantined rows waited for a unit of measure that is known now, and what became of them),
        ``notes``, ``dry_run``.

    Raises:
        InputError: a path does not exist, or an option is wrong.
        FileRefusedError: a file cannot be read as the table it claims to be; nothing was loaded.
    """
    with engine.loading:  # what is known must not change between the merge and the entry
        say = progress or (lambda _: None)
        return _load(engine, paths, mapping, zone, actor, say, rejected or (lambda _: None), dry_run=dry_run)


def _load(
    engine: Engine,
    paths: Sequence[str | Path | Given],
    mapping: str | Path | Given | None,
    zone: str | None,
    actor: str | None,
    say: Callable[[str], None],
    rejected: Callable[[Sequence[QuarantinedRow]], object],
    *,
    dry_run: bool,
) -> dict[str, Any]:
    documents = engine.ledger.documents
    if isinstance(mapping, Given):
        rule: Mapping | None = read_mapping(mapping.path, mapping.name)
    else:
        rule = find_mapping(mapping) if mapping is not None else None
    found = discover(paths, mapping=rule)
    with documents.provisional(), _Keeping(None if dry_run else documents) as keeping:
        try:
            raws = _files(found.tables, say, keeping.original)
            prepared = prepare(raws, CurrentFacts(engine.history), zone=zone, keep=keeping.table, progress=say)
        except FileRefusedError as error:
            if len(found.tables) == 1:
                raise
            raise FileRefusedError(
                said(
                    *parts_of(error),
                    f" Nothing of the other {len(found.tables) - 1} was loaded either: a load is recorded whole or not at all.",
                )
            ) from error
        notes = [*found.notes, *prepared.notes]
        _tell(notes, prepared.quarantined, say)
        rejected(prepared.quarantined)
        files = [
            {**told, "sha256": source.sha256} for told, source in zip(prepared.files, prepared.sources, strict=True)
        ]
        report: dict[str, Any] = {
            "sequence": engine.head,
            "recorded": False,
            "files": by_file(files),
            "ignored": found.ignored,
            "quarantine": None,
            "rules": rules(prepared.quarantined),
            "judged_again": prepared.judged_again,
            "notes": notes,
            "dry_run": dry_run,
        }
        if dry_run:
            return report
        sources = {source.sha256: source for source in prepared.sources}
        if not keeping.any and not keeping.any_original:
            # The same bytes again, and nothing in them that was not known: nothing changes, so nothing is recorded.
            report["quarantine"] = _known_quarantine(engine, prepared.quarantined)
            return report
        say("keeping the originals")
        keeping.originals(sources.values())
        facts = keeping.names()
        say("recording and applying")  # the last word at which it can be called off: nothing was kept so far
    details: dict[str, Any] = {"format": "plant", "files": files, "ignored": found.ignored, "facts": facts}
    if prepared.earlier_files:
        details["earlier_files"] = prepared.earlier_files
    if "_corrected" in facts:
        details["corrects"] = prepared.corrects
    if rule is not None:
        details["mapping"] = mapping.name if isinstance(mapping, Given) else str(mapping)
        details["mapping_document"] = documents.put_bytes(rule.content)
    if zone is not None:
        details["zone"] = zone
    if prepared.quarantined:
        path = engine.home / QUARANTINE / f"{engine.head + 1:06d}.csv"
        private_folder(path.parent)
        write_quarantine(path, prepared.quarantined)
        details["quarantine_document"] = documents.put_file(path)
        report["quarantine"] = str(path)
    engine.history.hold(keeping.at_hand)
    report["sequence"] = _record(engine, details, actor)
    report["recorded"] = True
    return report


def _files(
    claims: Sequence[Claim], say: Callable[[str], None], keep: Callable[[Source], None]
) -> list[RawTable | Unread]:
    """The files of a load: those of one table as they are found, to be read in their turn; others are read now."""
    files: list[RawTable | Unread] = []
    for claim in claims:
        if claim.table:
            files.append(_Kept(claim, keep))
        else:
            say(f"reading {claim.file}")
            files += _Kept(claim, keep).read()
    return files


@dataclass(frozen=True, slots=True)
class _Kept:
    """A file whose original is kept as soon as it was read.

    Attributes:
        claim: the file.
        keep: begins to keep an original.
    """

    claim: Claim
    keep: Callable[[Source], None]

    @property
    def table(self) -> str:
        return self.claim.table

    @property
    def file(self) -> str:
        return self.claim.file

    def read(self) -> list[RawTable]:
        raws = self.claim.read()
        for raw in raws:
            self.keep(raw.source)
        return raws


def _tell(notes: Sequence[str], quarantined: Sequence[QuarantinedRow], say: Callable[[str], None]) -> None:
    for note in notes:
        say(f"note: {note}")
    for row in quarantined[:_EXPLAINED]:
        say(f"not accepted: {explain(row)}")
    if len(quarantined) > _EXPLAINED:
        say(f"not accepted: {len(quarantined) - _EXPLAINED:,} more rows, all with their reasons in the quarantine file")


class _Keeping:
    """Documents on their way to the disk, compressed beside what goes on meanwhile.

    Attributes:
        any: whether there are any facts.
        any_original: whether there is any file that the ledger does not hold already.
        at_hand: tables that were kept, by name, as far as memory is spent on them.
    """

    def __init__(self, documents: Documents | None) -> None:
        self._documents = documents
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="keep")
        self._facts: dict[str, Future[str]] = {}
        self._tables: dict[str, pa.Table] = {}
        self._originals: dict[str, Future[str]] = {}
        self._spent = 0
        self.any = self.any_original = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._threads.shutdown(cancel_futures=True)

    def table(self, name: str, facts: pa.Table) -> None:
        """Begin to keep the facts of a table; waits where too many are on their way."""
        self.any = True
        if self._documents is None:
            return
        waiting = [future for future in self._facts.values() if not future.done()]
        if len(waiting) > 1:
            wait(waiting, return_when=FIRST_COMPLETED)
        self._facts[name] = self._threads.submit(self._documents.put_table, facts)
        self._spent += facts.nbytes
        if self._spent <= _AT_HAND_BYTES:
            self._tables[name] = facts

    def original(self, source: Source) -> None:
        """Begin to keep a file that was read, unless the ledger holds it already."""
        if self._documents is None or source.sha256 in self._documents or source.sha256 in self._originals:
            return
        self.any_original = True
        self._originals[source.sha256] = self._threads.submit(source.keep, self._documents)

    def originals(self, sources: Iterable[Source]) -> None:
        """Keep the files as they were read; when this returns, they are on disk."""
        assert self._documents is not None
        for source in sources:
            if source.sha256 not in self._originals:
                self._originals[source.sha256] = self._threads.submit(source.keep, self._documents)
        for future in self._originals.values():
            future.result()

    def names(self) -> dict[str, str]:
        """The documents of the facts by table; when this returns, they are on disk."""
        return {name: future.result() for name, future in self._facts.items()}

    @property
    def at_hand(self) -> dict[str, pa.Table]:
        return {self._facts[name].result(): table for name, table in self._tables.items()}


def _record(engine: Engine, details: dict[str, Any], actor: str | None) -> int:
    """Append the entry and apply it; where only the graph fails, say that nothing needs to be loaded again."""
    before = engine.head
    try:
        return engine.record("load", details, actor).sequence
    except StoreError as error:
        if engine.head == before:
            raise
        raise type(error)(
            said(
                f"The load is recorded as entry {engine.head}, but the graph does not hold it yet: ",
                *parts_of(error),
                " Look to the store (is its disk full, does its server run?); the next command then brings the graph up to the "
                "ledger, and nothing has to be loaded again.",
            )
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
