"""What was read from a file before anything is judged: every cell as text, every row with its number.

The readers (CSV, Parquet, workbook, mapping) all produce this one type; the checks consume it. Nothing is interpreted
here: no number, no date, no missing value. ``read`` counts every record of the file, whether it could be split into
cells or not.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyarrow as pa

from genealogy.errors import FileRefusedError, InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from genealogy.documents import Documents


@dataclass(frozen=True, slots=True)
class Source:
    """The original file that rows came from.

    Attributes:
        file: its path as it was found (as the report and the ledger name it).
        path: where it lies.
        sha256: of exactly the bytes that were read.
        size: of these, in bytes.
    """

    file: str
    path: Path
    sha256: str
    size: int

    def keep(self, documents: Documents) -> str:
        """Keep the original bytes in the ledger; returns their SHA-256.

        Raises:
            FileRefusedError: the file is no longer what was read.
        """
        if documents.put_file(self.path) != self.sha256:
            raise FileRefusedError(
                f"{self.file} changed while it was being loaded; nothing of it was loaded. "
                "Load it again once it is at rest."
            )
        return self.sha256


def read_source(path: Path, file: str | None = None) -> tuple[Source, bytes]:
    """Read a file whole and note what was read.

    Args:
        path: the file.
        file: its name in reports; the path as given when absent.

    Raises:
        InputError: there is no such file.
        FileRefusedError: it cannot be read.
    """
    name = str(path) if file is None else file
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise InputError(f"{name} does not exist. Check the path.") from error
    except OSError as error:
        raise FileRefusedError(
            f"{name} cannot be read: {error.strerror or error}. Check that it is a file you may read, and load again."
        ) from error
    return Source(name, path, hashlib.sha256(data).hexdigest(), len(data)), data


@dataclass(frozen=True, slots=True)
class BadRow:
    """A record that could not be turned into cells; it counts as read and goes to the quarantine.

    Attributes:
        row: its number as a spreadsheet counts (the header is row 1).
        column: the header of the cell at fault, where one cell is.
        rule: which rule it breaks, such as ``ragged_row`` or ``invalid_utf8``.
        value: what broke it: the cell at fault, else the whole record as it stood in the file.
        cells: the cells as far as they could be told apart, in the order of the header; may be fewer or more than it
            has.
        message: the same in words, for the person who corrects it.
        source_column: behind a mapping, the column of the source that the cell at fault came from, else "".

    Bytes that are not UTF-8 stand in the text as lone surrogates (``surrogateescape``), so that they can be written
    back as they were.
    """

    row: int
    column: str | None
    rule: str
    value: str
    cells: tuple[str, ...] = ()
    message: str = ""
    source_column: str = ""

    def named(self, header: Sequence[str]) -> dict[str, str]:
        """Pair the cells with the header as far as both go: what is probably in which column."""
        return dict(zip(header, self.cells, strict=False))


@dataclass(frozen=True)
class RawTable:
    """The records of one plant table in one file, as text.

    Attributes:
        source: the original file.
        table: name of the plant table.
        cells: one string column per header, named as written; an empty cell is ``""``, never null.
        rows: int32, for each row of ``cells`` its number in the file as a spreadsheet counts: the header is row 1, the
            first record row 2; a blank line is no record but has a number; a record that spans lines has one number.
        bad: the records that could not be turned into cells.
        notes: what the person who loads should be told.
        source_rows: behind a mapping, the records of the source file (or sheet) before unpivoting; the same number
            stands in every table that came from it; else None.
        not_facts: behind a mapping, the cells that it declares to be no facts; else None.
        source_columns: behind a mapping that unpivots, for each row of ``cells`` the header of the source cell that it
            came from (several rows may share a row number); else None.
        quarantine_ids: in a corrected quarantine file, for each row of ``cells`` the quarantined row that it settles
            ("" for none); else None.
        made_from: behind a mapping, for a column the source column that it was made from; None stands for the one in
            ``source_columns``.
    """

    source: Source
    table: str
    cells: pa.Table
    rows: npt.NDArray[np.int32]
    bad: list[BadRow] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    source_rows: int | None = None
    not_facts: int | None = None
    source_columns: list[str] | None = None
    quarantine_ids: list[str] | None = None
    made_from: dict[str, str | None] = field(default_factory=dict)

    def source_column(self, row: int, column: str | None) -> str:
        """Behind a mapping, the column of the source that a cell (its row counted from 0) came from, else ""."""
        if column not in self.made_from:
            return ""
        told = self.made_from[column]
        if told is None:
            return self.source_columns[row] if self.source_columns else ""
        return told

    @property
    def file(self) -> str:
        """The file's path as found."""
        return self.source.file

    @property
    def header(self) -> list[str]:
        """The column names as written."""
        return list(self.cells.column_names)

    @property
    def read(self) -> int:
        """How many records the file holds of this table: read = accepted + unchanged + quarantined."""
        return len(self.rows) + len(self.bad)


def text_table(header: Sequence[str], columns: Sequence[Sequence[str] | pa.Array | pa.ChunkedArray]) -> pa.Table:
    """Build the table of cells from columns of text."""
    arrays = [
        column if isinstance(column, pa.Array | pa.ChunkedArray) else pa.array(column, pa.string())
        for column in columns
    ]
    return pa.Table.from_arrays(arrays, names=list(header))


def empty_table(header: Sequence[str]) -> pa.Table:
    """Build a table of cells without rows."""
    return text_table(header, [[] for _ in header])
