"""Every file that was loaded and every table of facts made from it, kept under the SHA-256 of its content.

A document is never changed: the same content has the same name for ever, and other content has another name. Every
reading recomputes the digest, so that no answer ever rests on a damaged document.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import re
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from genealogy.durable import BLOCK, keep_file, private_folder, remove_abandoned, storage_error
from genealogy.errors import InputError, LedgerDamagedError, LedgerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa
    import pyarrow.parquet as pq

_NAME = re.compile(r"[0-9a-f]{64}")
_ORIGINAL, _TABLE = ".zst", ".parquet"
_LEVEL = 3
_ROW_GROUP = 1 << 17
"""Rows that are compressed together: one row of a large document is read without unpacking all the others."""

RESTORE = (
    "Keep this home as it is and restore the latest backup into another one "
    "(set GENEALOGY_HOME to an empty folder, then `genealogy restore BACKUP`)."
)


class Documents:
    """The folder of documents of one ledger.

    Originals stand there compressed (``SHA256.zst``), tables of facts as Parquet (``SHA256.parquet``). The name is
    always the digest of what ``read_bytes`` returns.

    Args:
        folder: made at the first writing, for its owner only.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ready = False
        self._sound: dict[str, tuple[int, int]] = {}
        self._provisional: list[Path] | None = None

    @contextlib.contextmanager
    def provisional(self) -> Iterator[None]:
        """Documents put while this lasts are removed again where it ends with an error; those that were there stay."""
        made: list[Path] = []
        self._provisional = made
        try:
            yield
        except BaseException:
            for path in made:
                path.unlink(missing_ok=True)
            raise
        finally:
            self._provisional = None

    def put_bytes(self, data: bytes) -> str:
        """Keep these bytes and return their SHA-256."""
        return self._put_blocks(data[start : start + BLOCK] for start in range(0, len(data), BLOCK))

    def put_file(self, path: Path) -> str:
        """Keep the content of a file of any size and return its SHA-256.

        What is kept is exactly what was hashed, even if the file changes meanwhile: it is read once.

        Raises:
            InputError: the file cannot be opened.
            LedgerError: the document could not be written.
        """
        with contextlib.ExitStack() as stack:
            try:
                source = stack.enter_context(Path(path).open("rb"))
            except OSError as error:
                reason = error.strerror or str(error)
                raise InputError(f"{path} cannot be read: {reason}. Check the path and its permissions.") from error
            return self._put_blocks(iter(lambda: source.read(BLOCK), b""))

    def put_table(self, table: pa.Table) -> str:
        """Keep a table as Parquet and return the SHA-256 of the Parquet file.

        The same rows in the same order under the same schema give the same name, however the table is chunked and
        whatever library notes it carries, as long as the version of pyarrow is the same.
        """
        import pyarrow.parquet as pq

        plain = table.replace_schema_metadata(None).combine_chunks()

        def fill(file: BinaryIO, temporary: Path) -> str:
            pq.write_table(plain, file, compression="zstd", compression_level=_LEVEL, row_group_size=_ROW_GROUP)
            file.flush()
            digest = hashlib.sha256()
            with temporary.open("rb") as written:
                while block := written.read(BLOCK):
                    digest.update(block)
            return digest.hexdigest()

        return self._keep(_TABLE, fill)

    def read_bytes(self, sha: str) -> bytes:
        """Return the original content of a document.

        Raises:
            LedgerDamagedError: it is missing or is not what it was.
        """
        return b"".join(self._blocks(sha))

    def open(self, sha: str) -> BinaryIO:
        """Open the original content of a document as a stream, forward only, in constant memory.

        The last reading, the one that meets the end, raises LedgerDamagedError when the content is not what it was.
        """
        self.stored(sha)
        return io.BufferedReader(_Stream(self._blocks(sha)), BLOCK)

    def read_table(self, sha: str, columns: list[str] | None = None) -> pa.Table:
        """Return a document as a table, or only some of its columns, in the order asked for.

        Raises:
            LedgerDamagedError: it is missing or is not what it was.
            LedgerError: it is no table, or has no such column.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        data = self.read_bytes(sha)
        try:
            with pq.ParquetFile(pa.BufferReader(data)) as file:
                absent = [name for name in columns or [] if name not in file.schema_arrow.names]
                if absent:
                    raise LedgerError(
                        f"Document {sha} has no column {absent[0]!r}. It was probably written by another version of "
                        "this program; use that version, or load the original files into a new home."
                    )
                table = file.read(columns)
        except pa.ArrowInvalid as error:
            raise LedgerError(f"Document {sha} is no table ({error}). Read it as bytes instead.") from error
        return table if columns is None else table.select(columns)

    def row_count(self, sha: str) -> int:
        """Return how many rows a table has, as its last bytes say; its digest is not recomputed for that.

        Raises:
            LedgerDamagedError: it is missing, or is no table any more.
        """
        with self._parquet(sha) as file:
            return int(file.metadata.num_rows)

    def read_rows(self, sha: str, positions: npt.NDArray[np.int64], columns: Sequence[str] | None = None) -> pa.Table:
        """Return some rows of a table in their order; only the parts of the document that hold them are unpacked.

        The digest is recomputed at the first such reading, and again when the file is not the one of that reading.

        Args:
            sha: the document.
            positions: of the rows, from 0, ascending.
            columns: what is wanted of them; None: all.

        Raises:
            LedgerDamagedError: it is missing or is not what it was.
        """
        import numpy as np
        import pyarrow as pa

        begins = self.groups(sha)
        wanted = np.unique(np.searchsorted(begins, positions, side="right") - 1)
        if not len(wanted):
            with self._parquet(sha) as file:
                empty = file.schema_arrow.empty_table()
                return empty if columns is None else empty.select(list(columns))
        parts = []
        for number in wanted.tolist():
            inside = positions[(positions >= begins[number]) & (positions < begins[number + 1])] - begins[number]
            parts.append(self.read_group(sha, number, columns).take(pa.array(inside)))
        return pa.concat_tables(parts)

    def groups(self, sha: str) -> npt.NDArray[np.int64]:
        """The row at which each part of a table begins that can be unpacked by itself, and how many rows there are.

        Raises:
            LedgerDamagedError: it is missing or is not what it was; looked at as by ``read_rows``.
        """
        import numpy as np

        self._see_sound(sha)
        with self._parquet(sha) as file:
            sizes = [file.metadata.row_group(number).num_rows for number in range(file.metadata.num_row_groups)]
        return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)

    def read_group(self, sha: str, number: int, columns: Sequence[str] | None = None) -> pa.Table:
        """Return one of these parts, counted from 0.

        Raises:
            LedgerDamagedError: it is missing or is not what it was; looked at as by ``read_rows``.
        """
        self._see_sound(sha)
        with self._parquet(sha) as file:
            return file.read_row_group(number, columns=None if columns is None else list(columns))

    def _see_sound(self, sha: str) -> None:
        state = self.stored(sha).stat()
        if self._sound.get(sha) != (state.st_size, state.st_mtime_ns):
            self.check(sha)
            self._sound[sha] = (state.st_size, state.st_mtime_ns)

    def check(self, sha: str) -> int:
        """Recompute the digest of a document and return the size of its original content in bytes.

        Raises:
            LedgerDamagedError: it is missing or is not what it was.
        """
        return sum(len(block) for block in self._blocks(sha))

    def names(self) -> list[str]:
        """Return the names of all documents in the folder, sorted, whether an entry names them or not."""
        if not self.folder.is_dir():
            return []
        return sorted(
            {path.stem for path in self.folder.iterdir() if path.suffix in (_ORIGINAL, _TABLE) and _is_name(path.stem)}
        )

    def __contains__(self, sha: str) -> bool:
        return self._find(sha) is not None

    def stored(self, sha: str) -> Path:
        """Return the file in which a document is kept, compressed or not.

        Raises:
            LedgerDamagedError: it is missing.
        """
        path = self._find(sha)
        if path is None:
            raise LedgerDamagedError(f"Document {sha} is missing from {self.folder}. {RESTORE}")
        return path

    @contextlib.contextmanager
    def _parquet(self, sha: str) -> Iterator[pq.ParquetFile]:
        import pyarrow as pa
        import pyarrow.parquet as pq

        path = self.stored(sha)
        try:
            with pq.ParquetFile(path, memory_map=True) as file:
                yield file
        except (pa.ArrowInvalid, OSError) as error:
            raise LedgerDamagedError(f"Document {sha} ({path}) is damaged: {error}. {RESTORE}") from error

    def _find(self, sha: str) -> Path | None:
        # The name is checked before it becomes part of a path: it may come from outside.
        if not _is_name(sha):
            raise InputError(
                f"{sha!r} is no document name. A document is named by 64 hexadecimal digits, in lower case."
            )
        candidates = (self.folder / (sha + suffix) for suffix in (_TABLE, _ORIGINAL))
        return next((path for path in candidates if path.is_file()), None)

    def _is_sound(self, sha: str) -> bool:
        """Whether a document is there and unharmed; a damaged one is written anew, for the right content is at hand."""
        if sha not in self:
            return False
        try:
            self.check(sha)
        except LedgerDamagedError:
            self.stored(sha).unlink()
            return False
        return True

    def _put_blocks(self, blocks: Iterable[bytes]) -> str:
        import zstandard

        def fill(file: BinaryIO, _: Path) -> str:
            digest = hashlib.sha256()
            compressor = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True).compressobj()
            for block in blocks:
                digest.update(block)
                file.write(compressor.compress(block))
            file.write(compressor.flush())
            return digest.hexdigest()

        return self._keep(_ORIGINAL, fill)

    def _keep(self, suffix: str, fill: Callable[[BinaryIO, Path], str]) -> str:
        """Write what ``fill`` writes, unless a sound document of that digest is there already; return the digest."""
        if not self._ready:
            private_folder(self.folder)
            remove_abandoned(self.folder)
            self._ready = True
        sha, new = "", False

        def named(file: BinaryIO, temporary: Path) -> str | None:
            nonlocal sha, new
            sha = fill(file, temporary)
            new = not self._is_sound(sha)
            return sha + suffix if new else None

        keep_file(self.folder, named)
        if new and self._provisional is not None:
            self._provisional.append(self.folder / (sha + suffix))
        return sha

    def _blocks(self, sha: str) -> Iterator[bytes]:
        """Yield the original content; at its end, refuse what does not have the digest."""
        import zstandard

        path = self.stored(sha)
        digest = hashlib.sha256()
        try:
            with path.open("rb") as file:
                source = file if path.suffix == _TABLE else zstandard.ZstdDecompressor().stream_reader(file)
                while block := source.read(BLOCK):
                    digest.update(block)
                    yield block
        except zstandard.ZstdError as error:
            raise LedgerDamagedError(f"Document {sha} ({path}) is damaged: {error}. {RESTORE}") from error
        except OSError as error:
            raise storage_error(error, f"Document {sha} ({path})") from error
        if digest.hexdigest() != sha:
            raise LedgerDamagedError(
                f"Document {sha} ({path}) is damaged: its content now has the digest {digest.hexdigest()}. {RESTORE}"
            )


def _is_name(text: object) -> bool:
    return isinstance(text, str) and _NAME.fullmatch(text) is not None


class _Stream(io.RawIOBase):
    """Blocks of a document as a readable file."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if not self._rest:
            self._rest = memoryview(next(self._blocks, b""))
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count
