"""Which of the files and folders that were named hold plant tables, and which are left aside (and said so).

In a folder a table is a file or a sheet of exactly its name; a file that was named itself may also say more behind the
table's name (``consumption_2026-05.csv``). A quarantine file is known by its columns, whatever it is called.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from genealogy.errors import FileRefusedError, InputError
from genealogy.plant import TABLES
from loaders.quarantine import is_quarantine, split_quarantine
from loaders.read_csv import read_csv

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loaders.mapping import Mapping
    from loaders.raw import RawTable

WORKBOOKS = (".xlsx", ".xlsm")
_FORMATS = (".csv", ".parquet", *WORKBOOKS)
_HEAD = 4096


@dataclass(frozen=True, slots=True)
class Claim:
    """A file, or a sheet of one, that holds rows of plant tables; nothing of it is read yet.

    Attributes:
        file: its path as found; of a mapping, which reads all its files together, the first.
        path: where it lies.
        kind: how it is read.
        table: the plant table; "" for a quarantine file and behind a mapping, whose rows say it themselves.
        sheet: the sheet of a workbook, else None.
        mapping: by which the files are read, if any.
        paths: behind a mapping, all its files.
    """

    file: str
    path: Path
    kind: Literal["csv", "parquet", "sheet", "quarantine", "mapping"]
    table: str = ""
    sheet: str | None = None
    mapping: Mapping | None = None
    paths: tuple[Path, ...] = ()

    def read(self) -> list[RawTable]:
        """Read the rows: one table, or for a quarantine file and a mapping as many as it holds.

        Raises:
            FileRefusedError: the file cannot be read as what it claims to be.
        """
        if self.kind == "csv":
            return [read_csv(self.path, self.table, file=self.file)]
        if self.kind == "quarantine":
            return split_quarantine(read_csv(self.path, "", file=self.file))
        if self.kind == "parquet":
            from loaders.read_parquet import read_parquet

            return [read_parquet(self.path, self.table, file=self.file)]
        if self.kind == "sheet" and self.sheet is not None:
            from loaders.read_workbook import read_sheet

            return [read_sheet(self.path, self.sheet, self.table, file=self.file)]
        from loaders.mapping_apply import apply

        assert self.mapping is not None
        return apply(self.mapping, self.paths)


@dataclass(frozen=True, slots=True)
class Discovered:
    """What was found under the paths that were named.

    Attributes:
        tables: what will be read, in a fixed order.
        ignored: files, folders and sheets (``plant.xlsx: sheet name``) that nothing claims.
        notes: what the person who loads should be told.
    """

    tables: list[Claim] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def discover(paths: Sequence[str | Path], *, mapping: Mapping | None = None) -> Discovered:
    """Find the plant tables in files and folders; a folder's own folders are not entered.

    Raises:
        InputError: a path does not exist.
        FileRefusedError: nothing at all was found, or a workbook cannot be opened.
    """
    found = Discovered()
    mapped: list[Path] = []
    seen: set[Path] = set()
    for given in paths:
        path = Path(given)
        if not path.exists():
            raise InputError(f"{given} does not exist. Check the path.")
        named = not path.is_dir()
        for entry in [path] if named else sorted(path.iterdir(), key=lambda entry: entry.name):
            identity = entry.resolve()
            if identity in seen:
                continue
            seen.add(identity)
            if entry.is_dir():
                found.ignored.append(f"{entry}/")
            elif mapping is None:
                _claim(found, entry, named=named)
            elif mapping.speaks_of(entry.name):
                mapped.append(entry)
            else:
                found.ignored.append(str(entry))
    if mapped:
        found.tables.append(Claim(str(mapped[0]), mapped[0], "mapping", mapping=mapping, paths=tuple(mapped)))
    if not found.tables:
        raise FileRefusedError(_nothing(paths, found, mapping))
    return found


def table_of(name: str, *, exact: bool) -> str | None:
    """Tell which table a file or sheet of this name (without its ending) holds.

    Args:
        name: such as ``equipment_use`` or ``Consumption 2026``.
        exact: only the table's own name counts, not what begins with it.
    """
    lower = name.lower()
    if lower in TABLES:
        return lower
    if exact:
        return None
    starts = [table for table in TABLES if lower.startswith(table) and lower[len(table)] in "-_. "]
    return max(starts, key=len, default=None)


def _claim(found: Discovered, path: Path, *, named: bool) -> None:
    """Claim one file, or leave it aside."""
    ending = path.suffix.lower()
    if ending in WORKBOOKS and not path.name.startswith("~$"):
        _claim_sheets(found, path)
        return
    if ending == ".csv" and _has_quarantine_columns(path):
        found.tables.append(Claim(str(path), path, "quarantine"))
        return
    table = table_of(path.stem, exact=not named) if ending in (".csv", ".parquet") else None
    if table is None:
        found.ignored.append(str(path))
        close = table_of(path.stem, exact=False) if ending in (".csv", ".parquet") else None
        if close:
            found.notes.append(f"{path} may be a part of the table {close}; to load it, name the file itself")
        return
    found.tables.append(Claim(str(path), path, "csv" if ending == ".csv" else "parquet", table))


def _claim_sheets(found: Discovered, path: Path) -> None:
    """Claim the sheets of a workbook that are named as tables."""
    from loaders.read_workbook import workbook_sheets

    for sheet in workbook_sheets(path):
        table = table_of(sheet.strip(), exact=True)
        if table is None:
            found.ignored.append(f"{path}: {sheet}")
        else:
            found.tables.append(Claim(str(path), path, "sheet", table, sheet))


def _has_quarantine_columns(path: Path) -> bool:
    """Look at the first line for the columns of a quarantine file."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        raise FileRefusedError(
            f"{path} cannot be read: {error.strerror or error}. Check that it is a file you may read."
        ) from error
    first = head.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].decode("utf-8", "replace").replace('"', "")
    return is_quarantine(first.strip().split(","))


def _nothing(paths: Sequence[str | Path], found: Discovered, mapping: Mapping | None) -> str:
    """Say what was expected where nothing was found."""
    where = ", ".join(str(path) for path in paths)
    seen = ", ".join(Path(name).name for name in found.ignored[:8])
    saw = f" It holds {seen}{' ...' if len(found.ignored) > 8 else ''}." if seen else ""
    if mapping is not None:
        return (
            f"nothing in {where} is named as the mapping {mapping.name} expects ({', '.join(mapping.patterns)}).{saw}"
            " Check the path, or the `files` of the mapping."
        )
    return (
        f"nothing in {where} is a plant table; nothing was loaded.{saw} Expected are files such as lots.csv, "
        "consumption.csv or production.parquet, or a workbook with sheets of these names (`genealogy template` writes"
        " them all); other files need a mapping file (--mapping)."
    )
