"""Writes the plant's tables row by row in batches, so that memory does not grow with the plant."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, BinaryIO

from genealogy.plant import TABLES

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

_BATCH = 20_000


def quoted(cell: str) -> str:
    """The cell as CSV writes it: in quotes only where it holds a comma, a quote or a line break."""
    if "," in cell or '"' in cell or "\n" in cell:
        return '"' + cell.replace('"', '""') + '"'
    return cell


class TableFiles:
    """One open CSV file for every table of the plant format (UTF-8, header row, line feeds).

    Attributes:
        rows: rows written so far, by table.
    """

    def __init__(self, folder: Path) -> None:
        self.rows: dict[str, int] = {}
        self._open = ExitStack()
        self._files: dict[str, BinaryIO] = {}
        self._waiting: dict[str, list[str]] = {}
        self._blank: dict[str, dict[str, str]] = {}
        for name, table in TABLES.items():
            columns = [column.name for column in table.facts]
            self._files[name] = self._open.enter_context((folder / f"{name}.csv").open("wb"))
            self._files[name].write((",".join(columns) + "\n").encode())
            self._waiting[name] = []
            self._blank[name] = dict.fromkeys(columns, "")
            self.rows[name] = 0

    def __enter__(self) -> TableFiles:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is None:
            for name in self._files:
                self._flush(name)
        self._open.close()

    def row(self, table: str, **cells: str) -> None:
        """One row by column name (``from_`` stands for the column ``from``); columns not named stay empty."""
        blank = self._blank[table]
        line = blank | {name.rstrip("_"): quoted(cell) for name, cell in cells.items()}
        if len(line) != len(blank):
            raise KeyError(f"Table {table} has no column {sorted(set(line) - set(blank))}.")
        self.lines(table, [",".join(line.values())])

    def lines(self, table: str, lines: list[str]) -> None:
        """Many rows at once, each already joined in the order of the table's columns and in need of no quotes."""
        waiting = self._waiting[table]
        waiting += lines
        self.rows[table] += len(lines)
        if len(waiting) >= _BATCH:
            self._flush(table)

    def _flush(self, table: str) -> None:
        waiting = self._waiting[table]
        if waiting:
            waiting.append("")
            self._files[table].write("\n".join(waiting).encode())
            waiting.clear()
