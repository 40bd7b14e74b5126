"""The rows that are not accepted: what identifies each, what can be read of it, and what the ledger keeps of it."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from genealogy.plant import TABLES
from loaders.check import Checked, check
from loaders.check_cells import told_value
from loaders.quarantine import QuarantinedRow
from loaders.raw import RawTable, text_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence, Set

    import numpy.typing as npt

_SCHEMA = pa.schema(
    [
        (name, pa.int32() if name in ("file", "row") else pa.string())
        for name in (
            "quarantine_id", "table", "file", "row", "column", "rule", "value", "step_id", "item_id", "role", "key",
            "raw",
        )
    ]
)  # fmt: skip


_CORRECTED = pa.schema(
    [
        ("quarantine_id", pa.string()),
        ("table", pa.string()),
        ("key", pa.string()),
        ("file", pa.int32()),
        ("row", pa.int32()),
    ]
)


class Identities:
    """The ids of quarantined rows: the same bad row has the same id whenever it is loaded.

    The id is a digest of the table and the cells as written; of rows that are the same, the second and third in one
    load have ids of their own, for each may be a drum of its own.
    """

    def __init__(self, recorded: Set[str], corrected: Set[str]) -> None:
        self.recorded = set(recorded)
        self.corrected = corrected
        self._seen: Counter[str] = Counter()

    def of(self, table: str, cells: dict[str, str], beyond: Sequence[str], given: str) -> str:
        """Return the id of a row; ``given`` is the one that it carries in a quarantine file, or ""."""
        content = json.dumps([table, sorted((name, text) for name, text in cells.items() if text), list(beyond)])
        self._seen[content] += 1
        if given and any(_digest(content, nth) == given for nth in range(1, self._seen[content] + 64)):
            return given  # loaded again as it was
        return _digest(content, self._seen[content])


def _digest(content: str, nth: int) -> str:
    text = content if nth == 1 else f"{content}#{nth}"
    return hashlib.sha256(text.encode()).hexdigest()[:24]


@dataclass(frozen=True, slots=True)
class _Bad:
    """A quarantined row with what can be read of it."""

    shown: QuarantinedRow
    key: str | None
    link: tuple[str, str] | None
    new: bool


@dataclass
class Damage:
    """The rows of one file that are not accepted.

    Attributes:
        replaced: ids of quarantined rows that came back corrected, but still bad: the new row stands in their place.
    """

    replaced: set[str] = field(default_factory=set)
    _bad: list[_Bad] = field(default_factory=list)
    _settled: list[_Bad] = field(default_factory=list)

    @classmethod
    def of(cls, checked: Checked, ids: Identities, zone: str | None, unit_aliases: Set[str]) -> Damage:
        """Collect the rows that break a rule, and those that could not even be split into cells."""
        damage = cls()
        rows = np.flatnonzero(checked.faults)
        damage._add(checked, rows, ids, [checked.broken[number - 1] for number in checked.faults[rows]])
        if checked.raw.bad:
            damage._unread(checked.raw, ids, zone, unit_aliases)
        return damage

    def dispute(
        self, checked: Checked, rows: npt.NDArray[np.int64], ids: Identities, disputes: Mapping[int, str]
    ) -> None:
        """Add rows that are in conflict with others; ``disputes`` says of some rows what these state."""
        told = [disputes.get(int(row), "") for row in rows]
        self._add(checked, rows, ids, [(None, "conflict")] * len(rows), told)

    def rows(self) -> list[QuarantinedRow]:
        """Every row of the file that goes to the quarantine."""
        return [bad.shown for bad in self._bad]

    @classmethod
    def again(cls, checked: Checked, broken: Sequence[tuple[str | None, str]]) -> Damage:
        """Rows that were quarantined before, all of them refused for another reason now: they are recorded once more."""
        damage = cls()
        told = _told_rows(checked, np.arange(len(broken)), broken)
        for number, (shown, key, link) in zip(checked.raw.quarantine_ids or (), told, strict=True):
            damage._bad.append(_Bad(replace(shown, quarantine_id=number), key, link, new=True))
        return damage

    @property
    def settled_before(self) -> int:
        """How many rows stand here as they were before an earlier load corrected them."""
        return len(self._settled)

    def settled_ids(self) -> set[str]:
        """The ids of the rows that an earlier load corrected."""
        return {bad.shown.quarantine_id for bad in self._settled}

    def settled_links(self) -> list[tuple[str, str] | None]:
        """Step and item (None where not legible) of the rows that an earlier load corrected."""
        return [bad.link for bad in self._settled]

    def reopen(self, ids: Set[str]) -> None:
        """Take rows for bad again that an earlier load corrected, for what it said of them was withdrawn."""
        self._bad += [replace(bad, new=True) for bad in self._settled if bad.shown.quarantine_id in ids]
        self._settled = [bad for bad in self._settled if bad.shown.quarantine_id not in ids]

    def _add(
        self,
        checked: Checked,
        rows: npt.NDArray[np.int64],
        ids: Identities,
        broken: Sequence[tuple[str | None, str]],
        disputes: Sequence[str] = (),
    ) -> None:
        raw = checked.raw
        for nth, (row, (shown, key, link)) in enumerate(zip(rows, _told_rows(checked, rows, broken), strict=True)):
            given = raw.quarantine_ids[row] if raw.quarantine_ids else ""
            number = ids.of(raw.table, shown.cells, (), given)
            if given and given != number:
                self.replaced.add(given)
            said = disputes[nth] if disputes else ""
            self._keep(replace(shown, quarantine_id=number, disputes=said), key, link, ids)

    def _unread(self, raw: RawTable, ids: Identities, zone: str | None, unit_aliases: Set[str]) -> None:
        named = [bad.named(raw.header) for bad in raw.bad]
        legible = check(_legible(raw, named), zone=zone, unit_aliases=unit_aliases)
        needed = {column.name for column in TABLES[raw.table].key} & set(raw.header)
        keys, links = legible.key.to_pylist(), _links(legible, np.arange(len(named)))
        for bad, cells, key, link in zip(raw.bad, named, keys, links, strict=True):
            beyond = (*bad.cells[len(raw.header) :], *([] if bad.cells else [bad.value]))
            number = ids.of(raw.table, cells, beyond, "")
            shown = QuarantinedRow(
                number, raw.table, raw.file, bad.row, bad.column, bad.rule, bad.value, cells, bad.source_column
            )
            self._keep(shown, key if needed <= set(cells) else None, link, ids)

    def _keep(self, shown: QuarantinedRow, key: str | None, link: tuple[str, str] | None, ids: Identities) -> None:
        if shown.quarantine_id in ids.corrected:
            self._settled.append(_Bad(shown, key, link, new=False))
            return
        self._bad.append(_Bad(shown, key, link, shown.quarantine_id not in ids.recorded))
        ids.recorded.add(shown.quarantine_id)

    def facts(self, file: int) -> list[dict[str, object]]:
        """What the ledger keeps of the rows that it has not recorded yet."""
        return [
            {
                "quarantine_id": bad.shown.quarantine_id,
                "table": bad.shown.table,
                "file": file,
                "row": bad.shown.row,
                "column": bad.shown.column,
                "rule": bad.shown.rule,
                "value": _writable(bad.shown.value),
                "step_id": bad.link[0] if bad.link else None,
                "item_id": bad.link[1] if bad.link else None,
                "role": bad.shown.table if bad.link else None,
                "key": bad.key,
                "raw": json.dumps(bad.shown.cells),
            }
            for bad in self._bad
            if bad.new
        ]


def quarantine_facts(damage: Sequence[tuple[int, Damage]]) -> pa.Table:
    """What the ledger keeps of the quarantine of a load: the rows that no earlier entry recorded, by id."""
    rows = [row for file, part in damage for row in part.facts(file)]
    return pa.Table.from_pylist(sorted(rows, key=lambda row: str(row["quarantine_id"])), schema=_SCHEMA)


def corrected_facts(settled: Mapping[str, tuple[str, str | None, int | None, int | None]]) -> pa.Table:
    """What the ledger keeps of the rows that a load settles: by id the table, key, file and row of what settled it."""
    rows = [(number, *told) for number, told in sorted(settled.items())]
    columns = zip(*rows, strict=True)
    return pa.table(
        [pa.array(column, field.type) for column, field in zip(columns, _CORRECTED, strict=True)], _CORRECTED
    )


def _told_rows(
    checked: Checked, rows: npt.NDArray[np.int64], broken: Sequence[tuple[str | None, str]]
) -> Iterator[tuple[QuarantinedRow, str | None, tuple[str, str] | None]]:
    """Rows that are not accepted, still without an id, with their key and link as far as these are legible."""
    raw, at = checked.raw, pa.array(rows)
    keys, links = checked.key.take(at).to_pylist(), _links(checked, rows)
    for row, cells, key, link, (column, rule) in zip(
        rows, raw.cells.take(at).to_pylist(), keys, links, broken, strict=True
    ):
        value = told_value(rule, cells.get(column, "")) if column else (key or "").replace("\x1f", " / ")
        source = raw.source_column(int(row), column)
        shown = QuarantinedRow("", raw.table, raw.file, int(raw.rows[row]), column, rule, value, cells, source)
        yield shown, key, link


def _links(checked: Checked, rows: npt.NDArray[np.int64]) -> list[tuple[str, str] | None]:
    """Step and item of rows of consumption and production, where both are legible."""
    if not checked.linked[rows].any():
        return [None] * len(rows)
    at = pa.array(rows)
    steps, items = (checked.values[name].take(at).to_pylist() for name in ("step_id", "item_id"))
    told = checked.linked[rows]
    return [(step, item) if fine else None for step, item, fine in zip(steps, items, told, strict=True)]


def _legible(raw: RawTable, named: Sequence[dict[str, str]]) -> RawTable:
    """Rows that could not be read, as far as they can; a cell with bytes that are not UTF-8 becomes one with NUL."""
    columns = [[_told(cells.get(name, "")) for cells in named] for name in raw.header]
    rows = np.array([bad.row for bad in raw.bad], np.int32)
    cells = text_table(raw.header, columns)
    return RawTable(raw.source, raw.table, cells, rows, quarantine_ids=[""] * len(rows))


def _told(cell: str) -> str:
    return cell if _writable(cell) == cell else "\0"


def _writable(text: str) -> str:
    """The text with bytes that are not UTF-8 shown as escapes."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
