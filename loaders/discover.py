"""Which of the files and folders that were named hold plant tables, and which are left aside (and said so).

In a folder a table is a file or a sheet of exactly its name; a file that was named itself may also say more behind the
table's name (``consumption_2026-05.csv``). A quarantine file is known by its columns, whatever it is called.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Literal

from genealogy.errors import FileRefusedError, InputError
from genealogy.plant import TABLES
from genealogy.wording import Command, Option, said
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
class Given:
    """A file or folder that is loaded under another name than the one under which it lies.

    Attributes:
        path: where it lies.
        name: as whoever gave it calls it: it says which table the file holds, and is what reports and ledger name.
    """

    path: Path
    name: str


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
    paths: tuple[Given, ...] = ()

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
        return apply(self.mapping, [(given.path, given.name) for given in self.paths])


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


def discover(paths: Sequence[str | Path | Given], *, mapping: Mapping | None = None) -> Discovered:
    """Find the plant tables in files and folders; a folder's own folders are not entered.

    Raises:
        InputError: a path does not exist.
        FileRefusedError: nothing at all was found, or a workbook cannot be opened.
    """
    found = Discovered()
    mapped: list[Given] = []
    seen: set[Path] = set()
    for each in paths:
        given = each if isinstance(each, Given) else Given(Path(each), str(each))
        if not given.path.exists():
            raise InputError(f"{given.name} does not exist. Check the path.")
        named = not given.path.is_dir()
        for entry in [given] if named else _within(given):
            identity = entry.path.resolve()
            if identity in seen:
                continue
            seen.add(identity)
            if entry.path.is_dir():
                found.ignored.append(f"{entry.name}/")
            elif mapping is None:
                _claim(found, entry, named=named)
            elif mapping.speaks_of(PurePath(entry.name).name):
                mapped.append(entry)
            else:
                found.ignored.append(entry.name)
    if mapped:
        found.tables.append(Claim(mapped[0].name, mapped[0].path, "mapping", mapping=mapping, paths=tuple(mapped)))
    if not found.tables:
        names = [each.name if isinstance(each, Given) else str(each) for each in paths]
        raise FileRefusedError(_nothing(names, found, mapping))
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


def _within(folder: Given) -> list[Given]:
    """What lies in a folder, by name."""
    entries = sorted(folder.path.iterdir(), key=lambda entry: entry.name)
    return [Given(entry, str(PurePath(folder.name) / entry.name)) for entry in entries]


def _claim(found: Discovered, given: Given, *, named: bool) -> None:
    """Claim one file, or leave it aside."""
    name = PurePath(given.name)
    ending = name.suffix.lower()
    if ending in WORKBOOKS and not name.name.startswith("~$"):
        _claim_sheets(found, given)
        return
    if ending == ".csv" and _has_quarantine_columns(given):
        found.tables.append(Claim(given.name, given.path, "quarantine"))
        return
    table = table_of(name.stem, exact=not named) if ending in (".csv", ".parquet") else None
    if table is None:
        found.ignored.append(given.name)
        close = table_of(name.stem, exact=False) if ending in (".csv", ".parquet") else None
        if close:
            found.notes.append(f"{given.name} may be a part of the table {close}; to load it, name the file itself")
        return
    found.tables.append(Claim(given.name, given.path, "csv" if ending == ".csv" else "parquet", table))


def _claim_sheets(found: Discovered, given: Given) -> None:
    """Claim the sheets of a workbook that are named as tables."""
    from loaders.read_workbook import workbook_sheets

    for sheet in workbook_sheets(given.path, given.name):
        table = table_of(sheet.strip(), exact=True)
        if table is None:
            found.ignored.append(f"{given.name}: {sheet}")
        else:
            found.tables.append(Claim(given.name, given.path, "sheet", table, sheet))


def _has_quarantine_columns(given: Given) -> bool:
    """Look at the first line for the columns of a quarantine file."""
    try:
        with given.path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        raise FileRefusedError(
            f"{given.name} cannot be read: {error.strerror or error}. Check that it is a file you may read."
        ) from error
    first = head.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].decode("utf-8", "replace").replace('"', "")
    return is_quarantine(first.strip().split(","))


def _nothing(names: Sequence[str], found: Discovered, mapping: Mapping | None) -> str:
    """Say what was expected where nothing was found."""
    where = ", ".join(names)
    seen = ", ".join(Path(name).name for name in found.ignored[:8])
    saw = f" It holds {seen}{' ...' if len(found.ignored) > 8 else ''}." if seen else ""
    if mapping is not None:
        return (
            f"nothing in {where} is named as the mapping {mapping.name} expects ({', '.join(mapping.patterns)}).{saw}"
            " Check the path, or the `files` of the mapping."
        )
    return said(
        f"nothing in {where} is a plant table; nothing was loaded.{saw} Expected are files such as lots.csv, "
        "consumption.csv or production.parquet, or a workbook with sheets of these names (",
        Command("template"), " writes them all); other files need a mapping file (", Option("mapping"), ").",
    )  # fmt: skip
