"""How much a file holds once it is unpacked, found out without unpacking it whole: a small file may hold more than memory."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

from genealogy.errors import FileRefusedError
from genealogy.wording import Command, said

if TYPE_CHECKING:
    from pathlib import Path

MOST_CELLS = 200_000_000
_ROWS = 1 << 14


def check_expanded(path: Path, file: str, most: int) -> None:
    """See to it that a workbook or Parquet file unpacks to no more than it may; other files are what they are.

    Args:
        path: the file.
        file: its name in reports.
        most: bytes.

    Raises:
        FileRefusedError: it unpacks to more, or says that it does.
    """
    with path.open("rb") as opened:
        magic = opened.read(4)
    if magic == b"PK\x03\x04":
        try:
            with zipfile.ZipFile(path) as archive:
                size = sum(entry.file_size for entry in archive.infolist())
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
            return  # no workbook: the reader says what is wrong with it
        _refuse_more(file, size, most)
    elif magic == b"PAR1":
        _check_parquet(path, file, most)


def _check_parquet(path: Path, file: str, most: int) -> None:
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as opened:
            metadata, names = opened.metadata, opened.schema_arrow.names
            _refuse_more(file, metadata.num_rows * max(1, len(names)), MOST_CELLS, "cells")
            _refuse_more(file, sum(metadata.row_group(n).total_byte_size for n in range(metadata.num_row_groups)), most)
            texts = [field.name for field in opened.schema_arrow if pa.types.is_string(field.type)]
        size = 0
        # One long text that many rows repeat takes little room in the file: it is counted without being repeated.
        with pq.ParquetFile(path, read_dictionary=texts) as opened:
            for batch in opened.iter_batches(_ROWS):
                for column in batch.columns:
                    if pa.types.is_dictionary(column.type):
                        lengths = pc.take(pc.binary_length(column.dictionary), column.indices)
                        size += pc.sum(lengths).as_py() or 0
                    else:
                        size += column.nbytes
                _refuse_more(file, size, most)
    except (pa.ArrowException, OSError):
        return  # no Parquet: the reader says what is wrong with it


def _refuse_more(file: str, size: int, most: int, of: str = "bytes") -> None:
    if size > most:
        raise FileRefusedError(
            said(
                f"{file} unpacks to more than {most:,} {of}; nothing of it was loaded. Split it, or load it on the machine "
                "itself with ",
                Command("load"),
                ".",
            )
        )
