"""Run a mapping: from the files it names to plant tables whose rows still say which source row they come from."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from genealogy.errors import FileRefusedError
from loaders.mapping_cells import make, zero_pattern
from loaders.mapping_fields import Fields
from loaders.raw import BadRow, RawTable, text_table
from loaders.read_csv import read_csv

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from loaders.mapping import Mapping, Output, SourceRule, Unpivot
    from loaders.mapping_cells import Cell

    Rows = npt.NDArray[np.int64]

_WORKBOOKS = (".xlsx", ".xlsm")


def apply(mapping: Mapping, paths: Sequence[str | Path | tuple[Path, str]]) -> list[RawTable]:
    """Read files by a mapping.

    Args:
        mapping: what it says.
        paths: the files, each with its name in reports where that is not its path; one that it does not speak of is
            passed over.

    Returns:
        For each file (or sheet) and plant table one table, in the order of files and of the mapping. ``read`` counts
        the records that came out; ``source_rows`` those of the source, ``not_facts`` the cells declared to be none.

    Raises:
        InputError: a file does not exist.
        FileRefusedError: a file cannot be read, or lacks a column that the mapping names.
    """
    run = _Run(mapping, {})
    files = [path if isinstance(path, tuple) else (Path(path), str(path)) for path in paths]
    return [table for path, name in files for table in run.file(path, name)]


@dataclass(slots=True)
class _Run:
    """One application of a mapping; it knows which distinct rows were already taken."""

    mapping: Mapping
    taken: dict[str, set[tuple[str, ...]]]

    def file(self, path: Path, file: str) -> Iterator[RawTable]:
        name = PurePath(file).name
        for rule in self.mapping.sources:
            fixed = rule.fields_of(name)
            if fixed is not None:
                for sheet, grid in _grids(path, file, rule):
                    yield from self.grid(grid, rule, fixed | {"file": name, "sheet": sheet})

    def grid(self, grid: RawTable, rule: SourceRule, fixed: dict[str, str]) -> list[RawTable]:
        """Make the plant tables of one source table."""
        where = grid.file + (f", sheet {fixed['sheet']!r}" if fixed["sheet"] else "")
        grid = _without_words(grid, rule.missing, where)
        tables: list[RawTable] = []
        used: set[str] = set()
        chosen = np.zeros(len(grid.rows), dtype=bool)
        whole, broken = _bad_grid(grid)
        for index, output in enumerate(rule.outputs):
            part = _Part(self.mapping.name, where, rule, output, fixed)
            made, picked = part.rows(grid, used)
            chosen[picked] = True
            if len(whole.rows):
                made = replace(made, bad=[*made.bad, *part.unreadable(whole, grid.bad)])
            if index == 0:
                made = replace(made, bad=[*made.bad, *broken], notes=[*grid.notes, *made.notes])
            tables.append(self._distinct(made) if output.distinct else made)
        tables = _joined(tables)
        unused = [name for name in grid.header if name not in used]
        if unused:
            tables[0].notes.append(f"{where}: columns that the mapping does not use: {', '.join(unused)}")
        passed = len(chosen) - int(chosen.sum())
        if passed:
            tables[0].notes.append(
                f"{where}: {passed} of {len(chosen)} records fit no `where` of the mapping and were passed over"
            )
        # A table that gave nothing says nothing, as long as the file stands in the report by another.
        return [table for table in tables if table.read or table.not_facts or table.notes] or tables[:1]

    def _distinct(self, made: RawTable) -> RawTable:
        """Keep the rows that were not made before in this run."""
        taken = self.taken.setdefault(made.table, set())
        header = tuple(made.header)
        keep = []
        for index, cells in enumerate(zip(*(column.to_pylist() for column in made.cells.columns), strict=True)):
            row = (*header, *cells)
            if row not in taken:
                taken.add(row)
                keep.append(index)
        if len(keep) == len(made.rows):
            return made
        columns = None if made.source_columns is None else [made.source_columns[index] for index in keep]
        return replace(
            made,
            cells=made.cells.take(pa.array(keep, pa.int64())),
            rows=made.rows[np.array(keep, dtype=np.int64)],
            source_columns=columns,
        )


def _grids(path: Path, file: str, rule: SourceRule) -> Iterator[tuple[str, RawTable]]:
    """Read the source tables of one file: the file itself, or the sheets that the rule names."""
    ending = PurePath(file).suffix.lower()
    if ending in _WORKBOOKS:
        from loaders.read_workbook import read_sheet, workbook_sheets

        pattern = re.compile(
            "".join({"*": ".*", "?": "."}.get(part, re.escape(part)) for part in rule.sheet), re.IGNORECASE
        )
        sheets = workbook_sheets(path, file)
        named = [sheet for sheet in sheets if pattern.fullmatch(sheet)]
        if not named:
            raise FileRefusedError(
                f"{file} has no sheet named {rule.sheet}, as the mapping says; it has {', '.join(sheets)}. "
                "Correct `sheet` in the mapping file."
            )
        for sheet in named:
            yield sheet, read_sheet(path, sheet, "", file=file, skip_rows=rule.layout.skip_rows)
    elif ending == ".parquet":
        from loaders.read_parquet import read_parquet

        yield "", read_parquet(path, "", file=file)
    else:
        yield "", read_csv(path, "", file=file, layout=rule.layout)


def _bad_grid(grid: RawTable) -> tuple[RawTable, list[BadRow]]:
    """Part the unreadable records: those whose cells can still be told, as a source table; and the others.

    What is legible of a record (its step, its item) must not be lost with the cell that is not.
    """
    width = len(grid.header)
    whole = [row for row in grid.bad if len(row.cells) == width]
    columns = [[_legible(row.cells[index]) for row in whole] for index in range(width)]
    rows = np.array([row.row for row in whole], dtype=np.int32)
    broken = [replace(row, column=None, cells=(), value=_record(row)) for row in grid.bad if len(row.cells) != width]
    return replace(grid, cells=text_table(grid.header, columns), rows=rows, bad=[], notes=[]), broken


def _legible(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _record(row: BadRow) -> str:
    """Return the whole record of a bad row."""
    if row.rule in ("ragged_row", "unterminated_quote", "stray_quote"):
        return row.value
    return ",".join('"' + cell.replace('"', '""') + '"' if set(cell) & set('",\r\n') else cell for cell in row.cells)


@dataclass(frozen=True, slots=True)
class _Part:
    """One plant table coming out of one source table."""

    mapping: str
    where: str
    rule: SourceRule
    output: Output
    fixed: dict[str, str]

    def rows(self, grid: RawTable, used: set[str]) -> tuple[RawTable, Rows]:
        """Make the rows; return them and which source rows they come from."""
        fields = Fields(self.where, self.mapping, grid.cells, self.rule.fields, self.fixed)
        origin: Rows = np.arange(len(grid.rows), dtype=np.int64)
        headers: list[str] | None = None
        not_facts = 0
        notes: list[str] = []
        if self.output.unpivot is not None:
            origin, headers, fields, not_facts = self._unpivoted(self.output.unpivot, fields, used)
            notes = self._blanks(self.output.unpivot, fields)
        fields.numbers = pa.array(grid.rows[origin]).cast(pa.string())
        keep = self._chosen(fields)
        picked = origin[keep]
        fields.cells = fields.cells.filter(pa.array(keep))
        fields.numbers = fields.numbers.filter(pa.array(keep))
        if headers is not None:
            headers = [header for header, kept in zip(headers, keep, strict=True) if kept]
        made = {name: text for name, cell in self.output.columns.items() if (text := make(cell, fields)) is not None}
        used |= fields.used
        cells = text_table(list(made), [column.text for column in made.values()])
        rows = grid.rows[picked]
        faulty = sorted({row for column in made.values() for row in column.faults})
        bad = []
        made_from = {name: self._made_from(self.output.columns[name], fields) for name in made}
        for row in faulty:
            name, (rule, value) = next((name, col.faults[row]) for name, col in made.items() if row in col.faults)
            texts = tuple(cells.column(index)[row].as_py() for index in range(cells.num_columns))
            said = made_from[name]
            source = said if said is not None else headers[row] if headers is not None else ""
            why = f"the mapping {self.mapping} cannot read it"
            bad.append(BadRow(int(rows[row]), name, rule, value, texts, why, source))
        table = RawTable(
            grid.source, self.output.table, cells, rows, bad, notes, len(grid.rows) + len(grid.bad), not_facts, headers,
            made_from=made_from,
        )  # fmt: skip
        if faulty:
            good = np.ones(len(rows), dtype=bool)
            good[faulty] = False
            kept_headers = (
                None if headers is None else [header for header, kept in zip(headers, good, strict=True) if kept]
            )
            table = replace(table, cells=cells.filter(pa.array(good)), rows=rows[good], source_columns=kept_headers)
        return table, picked

    def _made_from(self, cell: Cell, fields: Fields) -> str | None:
        """Name the source column behind a plant column: "" for a constant, None where it is the header that was turned."""
        names = list(cell.columns) or list(cell.template[1::2])
        unpivot = self.output.unpivot
        if unpivot is not None and {unpivot.name, unpivot.value} & set(names):
            return None
        found = [fields.header_of(name) for name in names]
        told = [header for header in found if header is not None]
        return ", ".join(told[:1] if cell.columns else told)

    def _blanks(self, unpivot: Unpivot, fields: Fields) -> list[str]:
        """Say of a matrix how many of its empty cells become facts, for most people mean none."""
        if "empty" in unpivot.drop or self.output.table not in ("consumption", "production"):
            return []
        if not any(unpivot.value in cell.columns for cell in self.output.columns.values()):
            return []
        blank = pc.sum(pc.equal(pc.utf8_trim_whitespace(fields.cells.column(unpivot.value)), "")).as_py() or 0
        if not blank:
            return []
        return [
            f"{self.where}: {blank} empty cells are taken as {self.output.table} in an unknown quantity. If an empty cell "
            'means none, write drop = ["zero", "empty"] in the mapping file'
        ]

    def unreadable(self, whole: RawTable, bad: Sequence[BadRow]) -> list[BadRow]:
        """Make the rows of records with an unreadable cell, all of them bad, so that what is legible can be seen."""
        reasons = {row.row: row for row in bad}
        made, _ = self.rows(whole, set())
        texts = list(zip(*(column.to_pylist() for column in made.cells.columns), strict=True))
        found = [*zip(made.rows.tolist(), texts, strict=True), *((row.row, row.cells) for row in made.bad)]
        return [
            BadRow(
                number, None, reasons[number].rule, _record(reasons[number]), tuple(cells),
                f"source column {reasons[number].column}: {reasons[number].message}",
            )
            for number, cells in sorted(found, key=lambda pair: pair[0])
        ]  # fmt: skip

    def _chosen(self, fields: Fields) -> npt.NDArray[np.bool_]:
        """Tell which rows `where` and `where_not` leave."""
        keep = np.ones(fields.cells.num_rows, dtype=bool)
        for wanted, tests in ((True, self.output.where), (False, self.output.where_not)):
            for name, words in tests.items():
                hits = pc.is_in(fields.text(name), pa.array(sorted(words), pa.string()))
                keep &= hits.to_numpy(zero_copy_only=False) == wanted
        return keep

    def _unpivoted(self, unpivot: Unpivot, fields: Fields, used: set[str]) -> tuple[Rows, list[str], Fields, int]:
        """Turn columns into rows, in the order of source rows and then of columns."""
        for name in unpivot.excluded:
            if name in fields.aliases:
                fields.text(name)  # a field that the file lacks would be turned as one more of these columns
        excluded = {header for name in unpivot.excluded for header in _matching(fields, name)}
        turned = [
            header
            for header in fields.cells.column_names
            if header not in excluded and any(header in _matching(fields, pattern) for pattern in unpivot.columns)
        ]
        if not turned:
            raise FileRefusedError(
                f"{self.where} has no column {' or '.join(unpivot.columns)}, which the mapping {self.mapping} "
                f"turns into rows; it has {', '.join(fields.cells.column_names[:40])}. Correct the mapping file."
            )
        used.update(turned)
        count = fields.cells.num_rows
        values = pa.concat_arrays([fields.cells.column(name).combine_chunks() for name in turned])
        dropped = np.zeros(len(values), dtype=bool)
        if "zero" in unpivot.drop:
            decimal = next(
                (cell.decimal for cell in self.output.columns.values() if unpivot.value in cell.columns), None
            )
            dropped |= pc.match_substring_regex(values, zero_pattern(decimal)).to_numpy(zero_copy_only=False)
        if "empty" in unpivot.drop:
            dropped |= pc.equal(pc.utf8_trim_whitespace(values), "").to_numpy(zero_copy_only=False)
        place = np.flatnonzero(~dropped)
        place = place[np.argsort(place % max(count, 1), kind="stable")]
        origin, column = place % max(count, 1), place // max(count, 1)
        names = pa.array(turned, pa.string()).take(pa.array(column))
        kept = [header for header in fields.cells.column_names if header not in turned]
        long = fields.cells.select(kept).take(pa.array(origin)) if kept else pa.table({unpivot.name: names})
        for name, text in ((unpivot.name, names), (unpivot.value, values.take(pa.array(place)))):
            if name in long.column_names:
                long = long.drop_columns([name])
            long = long.append_column(name, text)
        cut = Fields(self.where, self.mapping, long, fields.aliases, fields.fixed)
        return origin, names.to_pylist(), cut, int(dropped.sum())


def _without_words(grid: RawTable, missing: Sequence[str], where: str) -> RawTable:
    """Empty the cells that hold a word for "not recorded", and say how many."""
    if not missing or not grid.cells.num_columns:
        return grid
    words, columns, found = pa.array(missing, pa.string()), [], 0
    for column in grid.cells.columns:
        hits = pc.is_in(pc.utf8_trim_whitespace(column), value_set=words)
        count = pc.sum(hits).as_py() or 0
        found += count
        columns.append(pc.if_else(hits, "", column) if count else column)
    if not found:
        return grid
    said = ", ".join(repr(word) for word in missing)
    note = f"{where}: {found} cells hold one of the words {said}, which the mapping takes for: not recorded"
    return replace(grid, cells=text_table(grid.header, columns), notes=[*grid.notes, note])


def _matching(fields: Fields, name: str) -> set[str]:
    """Return the headers that a pattern or a field means."""
    own = fields.header_of(name)
    if own is not None:
        return {own}
    pattern = re.compile("".join({"*": ".*", "?": "."}.get(part, re.escape(part)) for part in name), re.DOTALL)
    return {header for header in fields.cells.column_names if pattern.fullmatch(header)}


def _joined(tables: list[RawTable]) -> list[RawTable]:
    """Put the outputs of one plant table with the same columns together."""
    joined: dict[tuple[str, ...], RawTable] = {}
    for table in tables:
        key = (table.table, *table.header)
        if key not in joined:
            joined[key] = table
            continue
        first = joined[key]
        columns = None
        if first.source_columns is not None or table.source_columns is not None:
            columns = (first.source_columns or [""] * len(first.rows)) + (
                table.source_columns or [""] * len(table.rows)
            )
        joined[key] = replace(
            first,
            cells=pa.concat_tables([first.cells, table.cells]),
            rows=np.concatenate([first.rows, table.rows]),
            bad=first.bad + table.bad,
            notes=first.notes + table.notes,
            not_facts=(first.not_facts or 0) + (table.not_facts or 0),
            source_columns=columns,
            made_from={name: told for name, told in first.made_from.items() if table.made_from.get(name, "") == told},
        )
    return list(joined.values())
