"""Read a CSV file into text cells, exactly as written.

Two ways to the same result. The quick one hands the whole buffer to Arrow, and is taken only where every row's number
and every cell are beyond doubt: strict quoting, no blank line, valid UTF-8, as many records as line ends. Where a few
records are not, they are sifted out first (:mod:`loaders.csv_sift`). Those, and files whose quotes are in doubt, go the
exact way (:mod:`loaders.csv_records`), record by record.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from genealogy.errors import FileRefusedError
from loaders.csv_records import read_records, split_record
from loaders.csv_sift import outside, sift, strict_quotes
from loaders.raw import BadRow, RawTable, Source, read_source, text_table

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

_BLOCK = 1 << 26
_MAGIC = (
    (b"PK\x03\x04", "a zip archive or a workbook", "give it its own ending (.xlsx)"),
    (b"PAR1", "a Parquet file", "give it its own ending (.parquet)"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls)", "save it as .xlsx or as CSV UTF-8"),
    (b"\x1f\x8b", "a gzip archive", "unpack it"),
    (b"%PDF", "a PDF", "export the table as CSV UTF-8"),
    (b"\xff\xfe", "UTF-16 text", "save it as CSV UTF-8, or name its encoding in a mapping file"),
    (b"\xfe\xff", "UTF-16 text", "save it as CSV UTF-8, or name its encoding in a mapping file"),
)


@dataclass(frozen=True, slots=True)
class CsvLayout:
    """How a CSV file is written.

    Attributes:
        delimiter: between cells; a comma in the plant format, anything else only behind a mapping.
        encoding: of its text.
        skip_rows: lines above the header.
    """

    delimiter: str = ","
    encoding: str = "utf-8"
    skip_rows: int = 0


PLANT_CSV = CsvLayout()
"""The plant format's own CSV: UTF-8, commas, the header in the first line."""


def read_csv(path: Path, table: str, *, file: str | None = None, layout: CsvLayout = PLANT_CSV) -> RawTable:
    """Read one CSV file.

    Args:
        path: the file.
        table: the plant table that it holds.
        file: its name in reports; the path when absent.
        layout: how it is written.

    Raises:
        InputError: there is no such file.
        FileRefusedError: it is not readable text with a header.
    """
    source, data = read_source(path, file)
    return parse_csv(source, data, table, layout)


def parse_csv(source: Source, data: bytes, table: str, layout: CsvLayout = PLANT_CSV) -> RawTable:
    """Read the bytes of one CSV file; the same as :func:`read_csv` after its bytes are in memory."""
    data = _as_utf8(source.file, data, layout.encoding)
    start, row = _skip(data, layout.skip_rows)
    header, body_start, header_row = _header(source.file, data, start, row, layout)
    cells = _quick(data, body_start, header, layout.delimiter)
    if cells is not None:
        rows = np.arange(header_row + 1, header_row + 1 + cells.num_rows, dtype=np.int32)
        return without_nameless(RawTable(source, table, cells, rows))
    sifted = _sifted(data, body_start, header, header_row, layout.delimiter)
    if sifted is not None:
        return without_nameless(RawTable(source, table, *sifted))
    text = data[body_start:].decode("utf-8", "surrogateescape")
    found = read_records(text, header, header_row + 1, layout.delimiter)
    rows = np.array(found.rows, dtype=np.int32)
    return without_nameless(RawTable(source, table, text_table(header, found.columns), rows, found.bad, found.notes))


def _as_utf8(file: str, data: bytes, encoding: str) -> bytes:
    """Bring the bytes to UTF-8 without its mark, or refuse what is not text."""
    if not data:
        raise FileRefusedError(f"{file} is empty: it has not even a header row. Export it again, or leave it out.")
    if codecs.lookup(encoding).name == "utf-8":
        _refuse_other_formats(file, data)
        return data.removeprefix(codecs.BOM_UTF8)
    try:
        # In a one-byte encoding an undefined byte spoils its row only; elsewhere what follows it is in doubt too.
        errors = "surrogateescape" if len(bytes(range(256)).decode(encoding, "surrogateescape")) == 256 else "strict"
    except UnicodeError:
        errors = "strict"
    try:
        text = data.decode(encoding, errors)
    except UnicodeError as error:
        raise FileRefusedError(
            f"{file} is not {encoding} text ({error}). "
            "Correct `encoding` in the mapping file, or export the file again."
        ) from error
    return text.removeprefix("\ufeff").encode("utf-8", "surrogateescape")


def _refuse_other_formats(file: str, data: bytes) -> None:
    """Refuse what is plainly not UTF-8 text."""
    for magic, what, remedy in _MAGIC:
        if data.startswith(magic):
            raise FileRefusedError(f"{file} is not a CSV file but {what}; nothing of it was loaded. Next: {remedy}.")
    head = data[:4096]
    if head.count(0) * 3 > len(head):
        raise FileRefusedError(
            f"{file} is not UTF-8 text: it looks like UTF-16 or a binary file; nothing of it was loaded. "
            "Save it as CSV UTF-8, or name its encoding in a mapping file."
        )


def _line_stop(data: bytes, start: int) -> tuple[int, int]:
    """Find where the line that begins at ``start`` stops and where the next begins."""
    feed = data.find(b"\n", start)
    back = data.find(b"\r", start, feed if feed >= 0 else len(data))
    if back >= 0:
        return back, back + (2 if data.startswith(b"\r\n", back) else 1)
    return (len(data), len(data)) if feed < 0 else (feed, feed + 1)


def _skip(data: bytes, lines: int) -> tuple[int, int]:
    """Pass over the lines above the header; return where it begins and its row number."""
    start = 0
    for _ in range(lines):
        _, start = _line_stop(data, start)
    return start, lines + 1


def _header(file: str, data: bytes, start: int, row: int, layout: CsvLayout) -> tuple[list[str], int, int]:
    """Read the header; return the names as written, where the records begin, and the header's row number."""
    stop, after = _line_stop(data, start)
    while stop == start and after < len(data):
        start, row = after, row + 1
        stop, after = _line_stop(data, start)
    while data.count(b'"', start, stop) % 2 and after < len(data):  # a name that spans lines
        stop, after = _line_stop(data, after)
    if stop == start:
        raise FileRefusedError(f"{file} is empty: it has not even a header row. Export it again, or leave it out.")
    try:
        text = data[start:stop].decode("utf-8")
    except UnicodeDecodeError as error:
        raise FileRefusedError(
            f"the header of {file} is not UTF-8; nothing of it was loaded. "
            "Save it as CSV UTF-8, or name its encoding in a mapping file."
        ) from error
    split = split_record(text, 0, layout.delimiter)
    if not isinstance(split, tuple) or "\x00" in text:
        raise FileRefusedError(f"the header of {file} has a misplaced quote or NUL character. Correct its first line.")
    header = split[0]
    if layout.delimiter == ",":
        if text.lower().startswith("sep="):
            raise FileRefusedError(f"{file} begins with a `{text}` line of Excel. Delete that line and load again.")
        other = {";": "semicolons", "\t": "tabs"}
        for mark, word in other.items():
            if len(header) == 1 and mark in text:
                raise FileRefusedError(
                    f"the cells of {file} are separated by {word}, not commas; nothing of it was loaded. "
                    f"Save it with commas, or load it with a mapping file that sets `delimiter = {mark!r}`."
                )
    check_header(file, header)
    return header, after, row


def check_header(file: str, header: list[str]) -> None:
    """Refuse a header that names a column twice: which of the two would be meant?"""
    double = sorted({name for name in header if name and header.count(name) > 1})
    if double:
        raise FileRefusedError(
            f"{file} has more than one column named {', '.join(map(repr, double))}; nothing of it was loaded. "
            "Rename or delete all but one."
        )


def without_nameless(raw: RawTable) -> RawTable:
    """Drop columns that have neither name nor content, as spreadsheets leave them; refuse content without a name."""
    nameless = [index for index, name in enumerate(raw.header) if not name.strip()]
    if not nameless:
        return raw
    for index in nameless:
        if pc.any(pc.not_equal(raw.cells.column(index), "")).as_py():
            raise FileRefusedError(
                f"column {index + 1} of {raw.file} has cells but no name in the header; nothing of it was loaded. "
                "Name the column or delete it."
            )
    keep = [index for index in range(len(raw.header)) if index not in nameless]
    bad = [
        BadRow(
            row.row, row.column, row.rule, row.value,
            tuple(cell for index, cell in enumerate(row.cells) if index not in nameless), row.message,
        )
        for row in raw.bad
    ]  # fmt: skip
    notes = [*raw.notes, f"{len(nameless)} columns without a name and without content were left out"]
    return RawTable(raw.source, raw.table, raw.cells.select(keep), raw.rows, bad, notes)


def _content_stop(data: bytes, start: int) -> int:
    """Find where the last record ends, without the line ends after it."""
    stop = len(data)
    while stop > start and data[stop - 1] in b"\r\n":
        stop -= 1
    return stop


def _sifted(
    data: bytes, start: int, header: list[str], header_row: int, delimiter: str
) -> tuple[pa.Table, npt.NDArray[np.int32], list[BadRow]] | None:
    """Read the good records by Arrow and the bad ones exactly, or return None where they cannot be parted."""
    stop = _content_stop(data, start)
    parts = sift(data, start, stop, len(header), delimiter) if stop > start else None
    cells = None if parts is None else _quick(parts.good, 0, header, delimiter)
    if parts is None or cells is None or cells.num_rows != len(parts.rows):
        return None
    first = header_row + 1
    bad: list[BadRow] = []
    for place, record in parts.bad:
        found = read_records(record.decode("utf-8", "surrogateescape"), header, first + place, delimiter)
        bad += found.bad
    if len(bad) != len(parts.bad):
        return None
    return cells, (parts.rows + first).astype(np.int32), bad


def _quick(data: bytes, start: int, header: list[str], delimiter: str) -> pa.Table | None:
    """Read the records by Arrow, or return None where a row or its number could be in doubt."""
    stop = _content_stop(data, start)
    if stop == start:
        return text_table(header, [[] for _ in header])
    if data.find(b"\n\n", start, stop) >= 0 or data.find(b"\n\r\n", start, stop) >= 0 or data[start] in b"\r\n":
        return None
    doubtful = (
        data.startswith(codecs.BOM_UTF8, start)  # Arrow would take it for the file's mark; here it is of the first cell
        or data[start] in b"\r\n"
        or data.find(b"\n\n", start, stop) >= 0
        or data.find(b"\n\r\n", start, stop) >= 0
        or data.find(b"\x00", start, stop) >= 0
        or data.count(b"\r", start, stop) != data.count(b"\r\n", start, stop)
    )
    if doubtful:
        return None
    body = memoryview(data)[start:stop]
    quoted = data.find(b'"', start, stop) >= 0
    expected = data.count(b"\n", start, stop) + 1
    if quoted:
        content = np.frombuffer(body, np.uint8)
        quotes = strict_quotes(content, ord(delimiter))
        if quotes is None:
            return None
        expected = len(outside(quotes, np.flatnonzero(content == 0x0A))) + 1
    names = [str(index) for index in range(len(header))]
    try:
        cells = pyarrow.csv.read_csv(
            pa.BufferReader(pa.py_buffer(body)),
            pyarrow.csv.ReadOptions(column_names=names, block_size=max(1 << 16, min(len(body) + 1, _BLOCK))),
            pyarrow.csv.ParseOptions(delimiter=delimiter, newlines_in_values=quoted),
            pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), null_values=[], strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid:  # a ragged row or bytes that are not UTF-8: the exact way says which
        return None
    return cells.rename_columns(header) if cells.num_rows == expected else None
