"""Mapping files: how somebody else's table becomes plant tables, said in a TOML file instead of in code.

A mapping names source files by pattern, and for each the plant tables that come out of it, column by column. This
module reads and checks the mapping; :mod:`loaders.mapping_apply` runs it. The reference is ``docs/mapping-files.md``.
"""

from __future__ import annotations

import codecs
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genealogy.errors import InputError
from genealogy.plant import TABLES
from loaders.mapping_cells import Cell, read_cell
from loaders.mapping_keys import Keys
from loaders.read_csv import CsvLayout

PACKAGED = Path(__file__).parent / "mappings"
DROPS = ("zero", "empty")
SOURCE_KEYS = (
    "files", "sheet", "delimiter", "encoding", "skip_rows", "decimal", "thousands", "zone", "strip", "missing", "fields",
    "table",
)  # fmt: skip
TABLE_KEYS = ("name", "columns", "properties", "where", "where_not", "distinct", "unpivot")


@dataclass(frozen=True, slots=True)
class Unpivot:
    """Many columns of one row become many rows.

    Attributes:
        columns: patterns of the headers that are turned.
        excluded: patterns or fields that are not.
        name: the field that holds the header.
        value: the field that holds the cell.
        drop: which cells are declared to be no facts: ``zero``, ``empty``.
    """

    columns: tuple[str, ...]
    excluded: tuple[str, ...]
    name: str
    value: str
    drop: frozenset[str]


@dataclass(frozen=True, slots=True)
class Output:
    """One plant table that comes out of a source.

    Attributes:
        table: its name.
        columns: for each plant column where its text comes from.
        where: only rows whose field holds one of these texts.
        where_not: only rows whose field holds none of these texts.
        distinct: rows that are the same in all columns are taken once in the whole load.
        unpivot: how columns become rows, if they do.
    """

    table: str
    columns: dict[str, Cell]
    where: dict[str, frozenset[str]]
    where_not: dict[str, frozenset[str]]
    distinct: bool
    unpivot: Unpivot | None


@dataclass(frozen=True, slots=True)
class SourceRule:
    """How files of one kind are read, and which tables come out of them.

    Attributes:
        patterns: of the file's name, as written.
        names: the same as expressions; their groups are fields.
        sheet: pattern of the sheet, for workbooks.
        layout: of CSV files.
        fields: own names for source columns, each with the headers that it may have.
        outputs: the plant tables.
        missing: words that stand in a cell for "not recorded"; such a cell counts as empty.
    """

    patterns: tuple[str, ...]
    names: tuple[re.Pattern[str], ...]
    sheet: str
    layout: CsvLayout
    fields: dict[str, tuple[str, ...]]
    outputs: tuple[Output, ...]
    missing: tuple[str, ...] = ()

    def fields_of(self, name: str) -> dict[str, str] | None:
        """Return the fields that a file's name states, or None when it is not such a file."""
        for pattern in self.names:
            found = pattern.fullmatch(name)
            if found:
                return found.groupdict()
        return None


@dataclass(frozen=True, slots=True)
class Mapping:
    """One mapping file.

    Attributes:
        name: its path, or the name under which it comes with the program.
        sources: what it says of each kind of file.
        description: what it is for.
        content: the bytes of the file, so that it can be kept with what it made.
    """

    name: str
    sources: tuple[SourceRule, ...]
    description: str = ""
    content: bytes = b""

    @property
    def patterns(self) -> list[str]:
        """The file names that it speaks of."""
        return list(dict.fromkeys(pattern for source in self.sources for pattern in source.patterns))

    def speaks_of(self, name: str) -> bool:
        """Tell whether it says how a file of this name is read."""
        return any(source.fields_of(name) is not None for source in self.sources)


def find_mapping(name: str | Path) -> Mapping:
    """Read a mapping by its path, or by the name of one that comes with the program.

    Raises:
        InputError: there is none, or it says something that it may not.
    """
    path = Path(name)
    if path.is_file():
        return read_mapping(path)
    packaged = PACKAGED / f"{name}.toml"
    if path.name == str(name) and packaged.is_file():
        return read_mapping(packaged, str(name))
    known = ", ".join(sorted(entry.stem for entry in PACKAGED.glob("*.toml")))
    raise InputError(
        f"there is no mapping file {name}, nor a mapping of that name (there are: {known}). Check the path."
    )


def read_mapping(path: Path, name: str | None = None) -> Mapping:
    """Read and check one mapping file.

    Raises:
        InputError: it is not TOML, or says something that it may not; the message names the key and what is allowed.
    """
    name = str(path) if name is None else name
    try:
        data = path.read_bytes()
        content = tomllib.loads(data.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise InputError(f"the mapping {name} cannot be read: {error}. Correct it.") from error
    top = Keys(name, "", content)
    top.only("mapping", "description", "source")
    if content.get("mapping") != 1:
        top.wrong("mapping", "1 (the version of mapping files), as the first line `mapping = 1`")
    sources = tuple(
        _source(Keys(name, f"source {index}", entry))
        for index, entry in enumerate(top.tables("source", required=True), 1)
    )
    return Mapping(name, sources, top.text("description") or "", data)


def _source(keys: Keys) -> SourceRule:
    keys.only(*SOURCE_KEYS)
    patterns = keys.texts("files", required=True)
    delimiter = keys.text("delimiter") or ","
    if len(delimiter) != 1 or delimiter in '"\r\n':
        keys.wrong("delimiter", 'one character, such as ";" or "\\t"')
    encoding = keys.text("encoding") or "utf-8"
    try:
        codecs.lookup(encoding)
    except LookupError:
        keys.wrong("encoding", 'the name of an encoding, such as "utf-8", "cp1252" or "utf-16"')
    skip_rows = keys.content.get("skip_rows", 0)
    if not isinstance(skip_rows, int) or isinstance(skip_rows, bool) or skip_rows < 0:
        keys.wrong("skip_rows", "a number of lines")
    fields = keys.table("fields")
    named = {name: fields.texts(name, required=True) for name in fields.content} if fields else {}
    common = {key: keys.text(key) for key in ("decimal", "thousands", "zone")} | {"strip": keys.flag("strip")}
    outputs = tuple(
        _output(Keys(keys.file, f"{keys.place}, table {index}", entry), common)
        for index, entry in enumerate(keys.tables("table", required=True), 1)
    )
    return SourceRule(
        patterns,
        tuple(_name_pattern(keys, pattern) for pattern in patterns),
        keys.text("sheet") or "*",
        CsvLayout(delimiter, encoding, skip_rows),
        named,
        outputs,
        keys.texts("missing"),
    )


def _name_pattern(keys: Keys, pattern: str) -> re.Pattern[str]:
    """Read a file name with ``*``, ``?`` and ``{field}`` as an expression."""
    parts = re.split(r"(\{\w+\}|\*|\?)", pattern)
    marks = {"*": ".*", "?": "."}
    text = "".join(
        f"(?P<{part[1:-1]}>.+?)" if part.startswith("{") and part.endswith("}") else marks.get(part, re.escape(part))
        for part in parts
    )
    try:
        return re.compile(text, re.IGNORECASE | re.DOTALL)
    except re.error:
        keys.wrong("files", "file names with * and ?, and {field} for a part that is to be used (each name once)")


def _output(keys: Keys, common: dict[str, Any]) -> Output:
    keys.only(*TABLE_KEYS)
    table = keys.text("name", required=True) or ""
    if table not in TABLES:
        keys.wrong("name", f"a plant table: {', '.join(TABLES)}")
    keys.place += f" ({table})"
    columns = keys.table("columns", required=True)
    properties = keys.table("properties")
    assert columns is not None
    plant = TABLES[table]
    columns.only(*plant.by_name)
    missing = [column.name for column in plant.columns if column.required and column.name not in columns.content]
    if missing:
        raise InputError(
            f"mapping {keys.file}: {columns.place} lacks {', '.join(missing)}, which {table} requires. "
            "Add where it comes from."
        )
    cells = {name: read_cell(columns, name, plant.by_name[name].type, common) for name in columns.content}
    for name in properties.content if properties else ():
        assert properties is not None
        if name in plant.by_name:
            raise InputError(
                f"mapping {keys.file}: {properties.at(name)} is a column of {table}; set it under columns."
            )
        cells[name] = read_cell(properties, name, None, common)
    where, where_not = keys.table("where"), keys.table("where_not")
    return Output(
        table,
        cells,
        {name: frozenset(where.texts(name)) for name in where.content} if where else {},
        {name: frozenset(where_not.texts(name)) for name in where_not.content} if where_not else {},
        keys.flag("distinct"),
        _unpivot(keys.table("unpivot")),
    )


def _unpivot(keys: Keys | None) -> Unpivot | None:
    if keys is None:
        return None
    keys.only("columns", "except", "name", "value", "drop")
    drop = keys.texts("drop")
    if any(word not in DROPS for word in drop):
        keys.wrong("drop", '"zero", "empty" or both in a list')
    return Unpivot(
        keys.texts("columns", required=True),
        keys.texts("except"),
        keys.text("name", required=True) or "",
        keys.text("value", required=True) or "",
        frozenset(drop),
    )
