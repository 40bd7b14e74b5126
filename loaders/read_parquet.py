"""Read a Parquet file into the same text cells that its CSV would hold.

A typed column is written out exactly: integers and decimals digit for digit, floats as the shortest text that means the
same number, instants in UTC with ``Z``, times without a zone without one (so the load must name it), true as ``yes``.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet

from genealogy.errors import FileRefusedError
from loaders.raw import BadRow, RawTable, read_source, text_table
from loaders.read_csv import check_header, without_nameless

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_MOST_CELLS = 1_000_000_000
_PANDAS_INDEX = "__index_level_"


def read_parquet(path: Path, table: str, *, file: str | None = None) -> RawTable:
    """Read one Parquet file.

    Args:
        path: the file.
        table: the plant table that it holds.
        file: its name in reports; the path when absent.

    Raises:
        InputError: there is no such file.
        FileRefusedError: it is damaged, or holds a column that is not a plain value.
    """
    source, data = read_source(path, file)
    try:
        parquet = pyarrow.parquet.ParquetFile(pa.BufferReader(data))
        header = parquet.schema_arrow.names
        check_header(source.file, header)
        if parquet.metadata.num_rows * max(1, len(header)) > _MOST_CELLS:
            raise FileRefusedError(f"{source.file} says that it holds {parquet.metadata.num_rows} rows. Split it.")
        typed = parquet.read()
    except (pa.ArrowException, OSError) as error:
        raise FileRefusedError(
            f"{source.file} cannot be read as Parquet ({str(error).splitlines()[0]}); nothing of it was loaded. "
            "Export it again, or as CSV UTF-8."
        ) from error
    notes = [
        f"column {name} is the row index of the program that wrote the file, and was left out"
        for name in header
        if name.startswith(_PANDAS_INDEX)
    ]
    names = [name for name in header if not name.startswith(_PANDAS_INDEX)]
    texts = [_as_text(source.file, name, typed.column(name)) for name in names]
    raw = _valid_rows(names, texts)
    return without_nameless(RawTable(source, table, raw[0], raw[1], raw[2], notes))


def number_text(value: float | np.floating) -> str:
    """Write a binary number as the shortest decimal text that means the same, without exponent; whole numbers bare."""
    return "" if np.isnan(value) else str(np.format_float_positional(value, unique=True, trim="-"))


def _over_distinct(column: pa.Array, text: Callable[[object], str]) -> pa.Array:
    """Apply a Python function to each distinct value of a column."""
    coded = pc.dictionary_encode(column)
    words = pa.array([None if value is None else text(value) for value in coded.dictionary.to_pylist()], pa.string())
    return pc.take(words, coded.indices)


def _as_text(file: str, name: str, column: pa.ChunkedArray) -> pa.Array:
    """Write out one typed column; text may still hold invalid UTF-8."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    kind = column.type
    array = column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
    plain = (
        pa.types.is_string,
        pa.types.is_large_string,
        pa.types.is_string_view,
        pa.types.is_integer,
        pa.types.is_date32,
    )
    if any(is_kind(kind) for is_kind in plain):
        text = array.cast(pa.string())
    elif pa.types.is_date64(kind):
        text = array.cast(pa.date32()).cast(pa.string())
    elif pa.types.is_boolean(kind):
        text = pc.if_else(array, "yes", "")
    elif pa.types.is_floating(kind):
        scalar = {16: np.float16, 32: np.float32, 64: np.float64}[kind.bit_width]
        text = _over_distinct(array, lambda value: number_text(scalar(value)))  # type: ignore[arg-type]
    elif pa.types.is_decimal(kind):
        text = _over_distinct(array, lambda value: format(Decimal(str(value)), "f"))
    elif pa.types.is_timestamp(kind):
        text = _instants(array)
    elif pa.types.is_null(kind):
        text = pa.nulls(len(array), pa.string())
    else:
        raise FileRefusedError(
            f"column {name!r} of {file} holds {kind}, which is not a plain value; nothing of it was loaded. "
            "Write the column as text."
        )
    return pc.fill_null(text, "")


def _instants(array: pa.Array) -> pa.Array:
    """Write timestamps as ISO 8601, with a fraction only where there is one."""
    zoned = array.type.tz is not None
    plain = array.cast(pa.timestamp(array.type.unit, "UTC")) if zoned else array
    text = pc.strftime(plain, format="%Y-%m-%dT%H:%M:%S")
    text = pc.replace_substring_regex(text, r"(\.\d*?)0+$", r"\1")
    text = pc.replace_substring_regex(text, r"\.$", "")
    return pc.binary_join_element_wise(text, "Z" if zoned else "", "")


def _valid_rows(names: list[str], texts: list[pa.Array]) -> tuple[pa.Table, np.ndarray, list[BadRow]]:
    """Set aside the rows whose text is not UTF-8, which a Parquet file can hold although it should not."""
    faulty: dict[int, str] = {}
    for name, text in zip(names, texts, strict=True):
        try:
            text.validate(full=True)
        except pa.ArrowInvalid:
            for index, value in enumerate(text.cast(pa.binary()).to_pylist()):
                if value.decode("utf-8", "surrogateescape").encode("utf-8", "replace") != value:
                    faulty.setdefault(index, name)
    rows = np.arange(2, 2 + (len(texts[0]) if texts else 0), dtype=np.int32)
    if not faulty:
        return text_table(names, texts), rows, []
    raw = [text.cast(pa.binary()) for text in texts]
    bad = []
    for index, name in sorted(faulty.items()):
        cells = tuple(column[index].as_py().decode("utf-8", "surrogateescape") for column in raw)
        value = cells[names.index(name)]
        bad.append(BadRow(index + 2, name, "invalid_utf8", value, cells, "bytes that are not UTF-8"))
    good = np.ones(len(rows), dtype=bool)
    good[list(faulty)] = False
    mask = pa.array(good)
    return text_table(names, [column.filter(mask).cast(pa.string()) for column in raw]), rows[good], bad
