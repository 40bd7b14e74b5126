"""Rows that were loaded and not accepted: what is wrong with each, and the corrected row that settles it."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from api.access.masks import MASKED
from api.protocol.doors import over_http
from api.protocol.problem import pointer
from api.protocol.refused import RefusedError
from genealogy.current import CurrentFacts
from genealogy.plant import TABLES
from genealogy.wording import worded
from loaders.check_cells import ADVICE, LONGEST_CELL
from loaders.quarantine import QuarantinedRow, quarantine_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from api.access.masks import Mask
    from genealogy.engine import Engine

MOST_CORRECTED = 1000
"""Rows that can be corrected at once; more are corrected in the quarantine file."""
_LONGEST_CELL = 100_000


@dataclass(frozen=True, slots=True)
class OpenRow:
    """A row that waits for its correction.

    Attributes:
        entry: that recorded it last.
        row: what is wrong with it, and its cells by the names of their columns.
    """

    entry: int
    row: QuarantinedRow

    @property
    def advice(self) -> str:
        """What to do."""
        return advice(self.row.table, self.row.column, self.row.rule)

    def shown(self, mask: Mask) -> dict[str, str]:
        """Its cells as whoever asks may see them; bytes that are no text are written as such, as a backslash and its number."""
        return mask.row(self.row.table, {writable(name): writable(cell) for name, cell in self.row.cells.items()})

    def place(self, mask: Mask) -> tuple[int, str, int, str, str]:
        """Where it stands among the others: by entry, table, row and column, so that the order tells nothing of its cells."""
        row = self.row
        return self.entry, row.table, row.row or 0, writable(row.column or "")[:40], mask.handle(row.quarantine_id)

    def told(self, mask: Mask) -> dict[str, Any]:
        """The row as whoever asks may see it."""
        row = self.row
        cells = self.shown(mask)
        plain = writable(row.value)
        value = mask.row(row.table, {row.column: plain})[row.column] if row.column else mask.text(plain)
        whole = MASKED not in cells.values()
        return {
            "quarantine_id": mask.handle(row.quarantine_id),
            "entry": self.entry,
            "table": row.table,
            "file": mask.value(writable(row.file), "file"),
            "row": row.row,
            "column": None if row.column is None else writable(row.column),
            "rule": row.rule,
            "value": value if row.column or whole else MASKED,
            "do": self.advice,
            "cells": cells,
        }


def advice(table: str, column: str | None, rule: str) -> str:
    """What to do with a row that breaks a rule."""
    known = TABLES[table].by_name.get(column or "") if table in TABLES else None
    choices = ", ".join(known.values) if known else ""
    return worded(ADVICE.get(rule, "correct the row and load it again"), over_http).format(
        choices=choices, most=f"{LONGEST_CELL:,}"
    )


def masked_report(report: dict[str, Any], mask: Mask) -> dict[str, Any]:
    """The report of a load as whoever asks may see it."""
    if mask.whole:
        return report
    plain = {name: report[name] for name in ("rules", "quarantine") if name in report}
    told = mask.value({name: value for name, value in report.items() if name not in (*plain, "rejected")})
    rejected = []
    for row in report.get("rejected", []):
        column = row["column"]
        value = mask.row(row["table"], {column: row["value"]})[column] if column else MASKED
        said = f"{row['rule']}: {advice(row['table'], column, row['rule'])}"
        file, handle = mask.value(row["file"], "file"), mask.handle(row["quarantine_id"])
        rejected.append({**row, "quarantine_id": handle, "file": file, "value": value, "why": said})
    return {**told, **plain, "rejected": rejected}


def masked_word(text: str, mask: Mask) -> str:
    """A word about a load as whoever asks may see it: a row that was not accepted is told with its value."""
    if not mask.whole and text.startswith("not accepted: "):
        return "not accepted: a row; the report tells of it"
    return mask.text(text)


def open_rows(engine: Engine) -> list[OpenRow]:
    """Every row that waits, in the order in which they were recorded."""
    current = CurrentFacts(engine.history)
    waiting = current.open_quarantine()
    found: dict[str, OpenRow] = {}
    for entry in engine.history.entries_of("_quarantine"):
        if entry > engine.head or not waiting:
            continue
        names = engine.evidence.files(entry)
        for row in engine.history.document("_quarantine", entry).to_pylist():
            if row["quarantine_id"] in waiting:
                number = row["file"]
                file = names[number] if number is not None and 0 <= number < len(names) else ""
                cells = {str(name): str(cell) for name, cell in json.loads(row["raw"]).items()}
                shown = QuarantinedRow(
                    row["quarantine_id"],
                    row["table"],
                    file,
                    row["row"],
                    row["column"],
                    row["rule"],
                    row["value"],
                    cells,
                )
                found[row["quarantine_id"]] = OpenRow(entry, shown)
    return sorted(found.values(), key=lambda each: (each.entry, each.row.quarantine_id))


def check_open(rows: Sequence[OpenRow], names: Iterable[str], handle: Callable[[str], str] = str) -> None:
    """Only rows that still wait may be corrected: somebody else may have been quicker.

    Args:
        rows: those that wait.
        names: ids of rows.
        handle: how whoever gave the names writes an id.

    Raises:
        RefusedError: one does not.
    """
    waiting = {handle(each.row.quarantine_id) for each in rows}
    for name in names:
        if name not in waiting:
            said = "This row does not wait for a correction (any more). Look at the quarantine again."
            raise RefusedError(409, said, pointer("corrections", name))


def writable(text: str) -> str:
    """A text as it can be shown: bytes that are not UTF-8 stand in it as a backslash and its number."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def corrected_file(
    rows: Sequence[OpenRow], corrections: Mapping[str, Mapping[str, str]], mask: Mask
) -> tuple[str, io.BytesIO]:
    """A quarantine file with the corrected rows, and its name; loaded, it settles them.

    Args:
        rows: those that wait.
        corrections: by id of a row, the cells that are corrected, by the names of their columns.
        mask: of whoever corrects: a cell that they were not shown stays as it was.

    Raises:
        RefusedError: a row does not wait (any more), or a column is none.
    """
    by_id = {mask.handle(each.row.quarantine_id): each for each in rows}
    if not corrections:
        raise RefusedError(422, "No row is corrected. Give at least one.", pointer("corrections"))
    if len(corrections) > MOST_CORRECTED:
        said = f"At most {MOST_CORRECTED} rows can be corrected at once; for more, correct the quarantine file and load it."
        raise RefusedError(413, said, pointer("corrections"))
    check_open(rows, corrections, mask.handle)
    made = []
    for name, cells in corrections.items():
        row, shown = by_id[name].row, by_id[name].shown(mask)
        known = TABLES[row.table].by_name if row.table in TABLES else {}
        written = {writable(column): column for column in row.cells}
        new = dict(row.cells)
        for column, cell in cells.items():
            if column not in written and column not in known:
                said = f"The table {row.table} has no column {column[:60]!r}."
                raise RefusedError(422, said, pointer("corrections", name, column))
            if len(cell) > _LONGEST_CELL or "\0" in cell:
                raise RefusedError(422, "The cell is too long, or holds a character that no text has.",
                                   pointer("corrections", name, column))  # fmt: skip
            # What comes back as it was shown stays as it was: a masked cell, and bytes that are no text.
            if shown.get(column) != cell:
                new[written.get(column, column)] = cell
        made.append(
            QuarantinedRow(row.quarantine_id, row.table, row.file, row.row, row.column, row.rule, row.value, new)
        )
    return f"corrected-{len(made)}-rows.csv", io.BytesIO(quarantine_bytes(made))
