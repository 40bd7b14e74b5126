"""One plant column behind a mapping: reading what the mapping says of it, and making its text.

The text is made column by column; what needs Python (dates, expressions, words) is done once for each distinct text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from genealogy.errors import InputError
from genealogy.plant import ColumnType
from genealogy.times import parse_time
from genealogy.zones import zone_of
from loaders.mapping_times import COUNTED, ELAPSED, counted_time, starts_from

if TYPE_CHECKING:
    from collections.abc import Callable

    from loaders.mapping_fields import Fields
    from loaders.mapping_keys import Keys

_NUMBERS = (ColumnType.QUANTITY, ColumnType.NUMBER, ColumnType.VALUE)
_FIGURES = re.compile(r"(?=.*\d)[\d\s.,'+-]+")
CELL_KEYS = (
    "column", "template", "constant", "optional", "strip", "split", "match", "part", "decimal", "thousands", "date",
    "since", "zone", "replace", "lookup", "otherwise", "default",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cell:
    """Where the text of one plant column comes from, and what is done to it, in the order of these attributes.

    Attributes:
        columns: the source column; of several the first that the file has.
        template: literal text and field names in turn, beginning with text; empty when any of its fields is empty.
        constant: the same text in every row.
        optional: the plant column is absent where the file lacks the source column.
        strip: white space at both ends is cut.
        split: the separator at which the cell is taken apart.
        match: the expression that the whole cell must match.
        part: which part of a split (from 1), or which group of a match.
        decimal: the mark between whole and fraction.
        thousands: the mark between groups of digits.
        date: the format of a time, as for ``strptime``; or how it is counted (:mod:`loaders.mapping_times`).
        since: the moment from which a time is counted.
        zone: the zone in which ``date`` stands.
        replace: words that are replaced by others; any other word stays.
        lookup: the words that are allowed, each with its replacement.
        otherwise: what ``lookup`` gives for any other word; without it such a row is bad.
        default: what an empty cell becomes.
    """

    columns: tuple[str, ...] = ()
    template: tuple[str, ...] = ()
    constant: str | None = None
    optional: bool = False
    strip: bool = False
    split: str | None = None
    match: re.Pattern[str] | None = None
    part: int | str = 1
    decimal: str | None = None
    thousands: str | None = None
    date: str | None = None
    since: str | None = None
    zone: str | None = None
    replace: dict[str, str] | None = None
    lookup: dict[str, str] | None = None
    otherwise: str | None = None
    default: str | None = None


class CellFaultError(ValueError):
    """A text that cannot become what the mapping says; its message is the rule."""


@dataclass(slots=True)
class Made:
    """The text of one plant column.

    Attributes:
        text: one text a row.
        faults: for rows whose text could not be made, the rule and the source text.
    """

    text: pa.Array
    faults: dict[int, tuple[str, str]] = field(default_factory=dict)


def read_cell(keys: Keys, name: str, kind: ColumnType | None, common: dict[str, Any]) -> Cell:
    """Read what the mapping says of one plant column.

    Args:
        keys: the table ``columns`` or ``properties``.
        name: the plant column.
        kind: how the plant reads it; None for a property.
        common: what the source says for all its columns.

    Raises:
        InputError: it says something that it may not.
    """
    value = keys.content[name]
    if isinstance(value, str):
        value = {"template": value} if "{" in value else {"column": value}
    elif not isinstance(value, dict):
        keys.wrong(name, 'a source column, a template such as "{Lot}/mix", or a table such as { constant = "kg" }')
    cell = type(keys)(keys.file, keys.at(name), value)
    cell.only(*CELL_KEYS)
    if sum(key in value for key in ("column", "template", "constant")) != 1:
        raise InputError(
            f"mapping {keys.file}: {cell.place} must have exactly one of column, template, constant. "
            "Correct the mapping file."
        )
    expression = cell.text("match")
    part = value.get("part", 1)
    if isinstance(part, bool) or not isinstance(part, int | str) or (isinstance(part, int) and part < 1):
        cell.wrong("part", "a number from 1, or the name of a group of `match`")
    if "split" in value and (expression is not None or not isinstance(part, int) or not value["split"]):
        cell.wrong("split", "a separator, with a number as `part`, and without `match`")
    if "constant" not in value and kind in _NUMBERS:
        decimal, thousands = cell.text("decimal") or common["decimal"], cell.text("thousands") or common["thousands"]
    else:
        decimal, thousands = cell.text("decimal"), cell.text("thousands")
    if (decimal is not None and len(decimal) != 1) or (decimal or ".") == thousands:
        cell.wrong("decimal", "one character, and another than `thousands`")
    zone = cell.text("zone") or common["zone"]
    if zone is not None:
        zone_of(zone)
    _check_since(cell, zone)
    return Cell(
        columns=cell.texts("column"),
        template=_template(cell, cell.text("template")),
        constant=cell.text("constant"),
        optional=cell.flag("optional"),
        strip=cell.flag("strip") if "strip" in value else bool(common["strip"]),
        split=cell.text("split"),
        match=_expression(cell, expression, part),
        part=part,
        decimal=decimal,
        thousands=thousands,
        date=cell.text("date"),
        since=cell.text("since"),
        zone=zone,
        replace=cell.words("replace"),
        lookup=cell.words("lookup"),
        otherwise=cell.text("otherwise"),
        default=cell.text("default"),
    )


def _check_since(cell: Keys, zone: str | None) -> None:
    counted = cell.text("date") in ELAPSED
    since = cell.text("since")
    if counted != (since is not None):
        cell.wrong(
            "since", f"the moment from which {', '.join(ELAPSED)} are counted, and stand with one of these `date`"
        )
    if since is not None and not starts_from(since, zone):
        cell.wrong("since", 'a time in ISO 8601 with a zone, such as "2026-05-01T00:00:00Z"')


def _expression(cell: Keys, text: str | None, part: int | str) -> re.Pattern[str] | None:
    if text is None:
        return None
    try:
        pattern = re.compile(text)
    except re.error as error:
        raise InputError(
            f"mapping {cell.file}: {cell.at('match')} is no regular expression: {error}. Correct it."
        ) from error
    if (isinstance(part, str) and part not in pattern.groupindex) or (isinstance(part, int) and part > pattern.groups):
        cell.wrong("match", f"an expression with the group {part} (in parentheses)")
    return pattern


def _template(cell: Keys, text: str | None) -> tuple[str, ...]:
    """Split a template into text, field, text, field, ... text; ``{{`` and ``}}`` stand for braces."""
    if text is None:
        return ()
    parts = [""]
    position = 0
    for mark in re.finditer(r"\{\{|\}\}|\{([^{}]+)\}|[{}]", text):
        parts[-1] += text[position : mark.start()]
        position = mark.end()
        if mark.group() in ("{{", "}}"):
            parts[-1] += mark.group()[0]
        elif mark.group(1):
            parts += [mark.group(1), ""]
        else:
            cell.wrong("template", "text with fields in braces; double a brace that is meant as such")
    parts[-1] += text[position:]
    return tuple(parts)


def make(cell: Cell, fields: Fields) -> Made | None:
    """Make the text of one plant column; None where it is optional and the file lacks its source.

    Raises:
        FileRefusedError: the file lacks a column that the mapping names.
    """
    if cell.optional and any(not fields.has(name) for name in cell.template[1::2]):
        return None
    if cell.optional and cell.columns and not any(fields.has(name) for name in cell.columns):
        return None
    if cell.constant is not None:
        text = pa.repeat(cell.constant, fields.cells.num_rows)
    elif cell.columns:
        text = fields.text(*cell.columns)
    else:
        text = _fill_template(cell.template, fields)
    text = text.combine_chunks() if isinstance(text, pa.ChunkedArray) else text
    if cell.strip:
        text = pc.utf8_trim_whitespace(text)
    made = Made(text.cast(pa.string()))
    steps = _steps(cell)
    if steps:
        made = _over_distinct(made.text, steps)
    if cell.default is not None:
        made.text = pc.if_else(pc.equal(made.text, ""), cell.default, made.text)
    return made


def _fill_template(template: tuple[str, ...], fields: Fields) -> pa.Array:
    parts: list[Any] = [template[0]]
    filled = pa.repeat(True, fields.cells.num_rows)
    for name, text in zip(template[1::2], template[2::2], strict=True):
        column = fields.text(name)
        column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        filled = pc.and_(filled, pc.not_equal(column, ""))
        parts += [column, text]
    if len(parts) == 1:
        return pa.repeat(template[0], fields.cells.num_rows)
    return pc.if_else(filled, pc.binary_join_element_wise(*parts, ""), "")


def _steps(cell: Cell) -> list[Callable[[str], str]]:
    """List what is done to each text, in order."""
    steps: list[Callable[[str], str]] = []
    if cell.split is not None or cell.match is not None:
        steps.append(lambda text: _part(cell, text))
    if cell.decimal is not None or cell.thousands is not None:
        number = re.compile(_number_pattern(cell.decimal or ".", cell.thousands))
        steps.append(lambda text: _plain_number(cell, number, text))
    if cell.date is not None:
        steps.append(lambda text: _iso(cell, text))
    if cell.replace is not None:
        replaced = cell.replace
        steps.append(lambda text: replaced.get(text, text))
    if cell.lookup is not None:
        steps.append(lambda text: _looked_up(cell, text))
    return steps


def _over_distinct(text: pa.Array, steps: list[Callable[[str], str]]) -> Made:
    """Run the steps once for each distinct text."""
    coded = pc.dictionary_encode(text)
    words: list[str] = []
    rules: dict[int, tuple[str, str]] = {}
    for index, original in enumerate(coded.dictionary.to_pylist()):
        word = original
        try:
            for step in steps:
                word = step(word)
        except CellFaultError as fault:
            rules[index] = (str(fault), original)
            word = original
        words.append(word)
    made = Made(pc.take(pa.array(words, pa.string()), coded.indices))
    if rules:
        for row, code in enumerate(coded.indices.to_pylist()):
            if code in rules:
                made.faults[row] = rules[code]
    return made


def _part(cell: Cell, text: str) -> str:
    if cell.split is not None:
        parts = text.split(cell.split)
        return parts[cell.part - 1] if isinstance(cell.part, int) and cell.part <= len(parts) else ""
    assert cell.match is not None
    if not text:
        return ""
    found = cell.match.fullmatch(text)
    if found is None:
        raise CellFaultError("no_match")
    return found.group(cell.part) or ""


def _number_pattern(decimal: str, thousands: str | None) -> str:
    point = re.escape(decimal)
    whole = rf"\d{{1,3}}(?:{re.escape(thousands)}\d{{3}})+|\d+" if thousands else r"\d+"
    return rf"\s*([+-]?)({whole})?(?:{point}(\d*))?((?:[eE][+-]?\d+)?)\s*"


def zero_pattern(decimal: str | None) -> str:
    """Return the expression of a number that is nothing: 0, 0.0, -0, .0, 0E-5."""
    point = re.escape(decimal or ".")
    return rf"^\s*[+-]?(0+({point}0*)?|{point}0+)([eE][+-]?\d+)?\s*$"


def _plain_number(cell: Cell, number: re.Pattern[str], text: str) -> str:
    """Write a number with the plant's decimal point; a text that is no number stays, for the checks to judge."""
    found = number.fullmatch(text)
    if found is None or (found.group(2) is None and not found.group(3)):
        if _FIGURES.fullmatch(text):
            # 1.234 where the comma is the mark: a point that is not declared must not pass as a decimal point.
            raise CellFaultError("bad_number")
        return text
    sign, whole, fraction, exponent = found.group(1), found.group(2) or "0", found.group(3), found.group(4)
    whole = whole.replace(cell.thousands, "") if cell.thousands else whole
    return sign + whole + ("." + fraction if fraction else "") + exponent


def _iso(cell: Cell, text: str) -> str:
    """Write a time in ISO 8601, in its zone where one is named."""
    if not text.strip():
        return ""
    assert cell.date is not None
    if cell.date in COUNTED:
        written = counted_time(text, cell.date, cell.since, cell.zone)
        if written is None:
            raise CellFaultError("bad_time")
        return written
    try:
        moment = datetime.strptime(text.strip(), cell.date)  # the zone is the mapping's or the load's
    except ValueError:
        raise CellFaultError("bad_time") from None
    if not re.search(r"%[HIMSfcXp]", cell.date):
        return moment.date().isoformat() + (f"[{cell.zone}]" if cell.zone else "")
    if moment.tzinfo is not None or cell.zone is None:
        return moment.isoformat()
    canonical, _, _, rule = parse_time(moment.isoformat(), cell.zone)
    if canonical is None:
        raise CellFaultError(rule or "bad_time")
    return canonical


def _looked_up(cell: Cell, text: str) -> str:
    assert cell.lookup is not None
    if text in cell.lookup:
        return cell.lookup[text]
    if not text:
        return ""
    if cell.otherwise is None:
        raise CellFaultError("not_in_lookup")
    return cell.otherwise
