"""Whether a cell states what its column is for: one rule a type, judged for a whole column at once.

A verdict keeps the canonical value and, for each row, the rule that its cell breaks. Codes and texts are kept as
written but for Unicode's canonical composition (NFC); nothing is trimmed, no case changed, no number reformatted.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from genealogy.plant import Column, ColumnType
from genealogy.quantities import PLAIN, OverflowingQuantityError, exact, nano
from genealogy.times import parse_times
from genealogy.units import normal_unit
from genealogy.wording import Option, said

if TYPE_CHECKING:
    from collections.abc import Callable, Set

    import numpy.typing as npt

    Faults = npt.NDArray[np.uint8]
    Read = Callable[[str], tuple[str | None, str | None]]
    """Reads a text: (canonical text, rule broken)."""

ADVICE: dict[str, str] = {
    "empty_required": "fill this cell in; the row means nothing without it",
    "cell_too_long": "shorten it: a cell holds at most {most} bytes; what is longer belongs into a document of its own",
    "control_character": "remove the line break, tab or other control character from the code",
    "nul_character": "remove the NUL character from the text",
    "unknown_choice": "write one of {choices}",
    "not_a_number": "write a number such as 1234.5, without group separators and with a point before decimals",
    "negative_quantity": "a reversal is a void of the row or a smaller quantity, never a negative one",
    "not_positive": "write a number greater than zero",
    "overflow": "no quantity of this size can be held; check it, or record it in a larger unit",
    "unknown_unit": (
        "write a UN/ECE Rec 20 or UCUM code (KGM, kg, H87, each), or load an alias of kind unit_of_measure for it"
    ),
    "unit_missing": "write the unit of the quantity, or leave both empty",
    "contradicts_units": "these two units have a fixed ratio; remove the row or correct the factor",
    "bad_time": "write ISO 8601, such as 2026-05-01T10:00:00+02:00 or 2026-05-01",
    "time_without_zone": said(
        "write the offset (+02:00 or Z), or load with ", Option("zone"), " and the plant's zone (Europe/Berlin)"
    ),
    "ambiguous_time": "the clock shows this time twice on the day it is set back; write the offset",
    "nonexistent_time": "the clock skips this time on the day it is set forward; correct it or write the offset",
    "void_not_yes": "write yes to withdraw the fact, or leave the cell empty",
    "reason_without_void": "write yes in void to withdraw the fact, or empty void_reason",
    "conflict": "other rows of the load or another system's alias state something else for this key; keep the right one",
    "ragged_row": "give the row as many cells as the header; quote a cell that holds a comma",
    "invalid_utf8": "save the file as UTF-8, or correct the character",
}
"""What to do about each broken rule."""
RULES = (None, *ADVICE)
_NUMBER_OF = {rule: number for number, rule in enumerate(RULES) if rule}

LONGEST_CELL = 65_536
"""Bytes of one cell, in UTF-8: no code, number, time or note of a plant is longer, and what is was not meant as one."""
_SHOWN = 60
"""Characters of a cell that is too long which are told."""

_CONTROL = r"[\x{0}-\x{1f}\x{7f}-\x{9f}]"
_POSITIVE = frozenset({("conversions", "factor")})
_NOT_NEGATIVE = frozenset({("materials", "tolerance_percent")})


@dataclass(frozen=True, slots=True)
class Verdict:
    """A column judged.

    Attributes:
        value: canonical text; null where nothing is stated. Not to be used where there is a fault.
        faults: for each row the number (in RULES) of the rule its cell breaks, 0 where it breaks none.
        start: for times, the first microsecond since 1970 UTC.
        end: for times, the end of the day, or start again for an instant.
    """

    value: pa.Array
    faults: Faults
    start: pa.Array | None = None
    end: pa.Array | None = None


def number_of(rule: str) -> int:
    """Return the number under which a rule stands in the faults of a verdict."""
    return _NUMBER_OF[rule]


def told_value(rule: str, cell: str) -> str:
    """A cell at fault as it is told; one that is too long by its beginning, for its row keeps it whole.

    >>> told_value("not_a_number", "many")
    'many'
    """
    if rule != "cell_too_long":
        return cell
    return f"{cell[:_SHOWN]}… ({len(cell.encode('utf-8', 'surrogatepass')):,} bytes)"


def too_long(cells: pa.Array) -> npt.NDArray[np.bool_] | None:
    """Which cells hold more than a cell may; None where none does."""
    if not len(cells) or len(_bytes(cells)) <= LONGEST_CELL:
        return None
    found = np.asarray(pc.greater(pc.binary_length(cells), LONGEST_CELL))
    return found if found.any() else None


def judge(table: str, column: Column, cells: pa.Array, zone: str | None, unit_aliases: Set[str]) -> Verdict:
    """Judge the cells of one column.

    Args:
        table: name of the plant table.
        column: what the column states.
        cells: as written; "" is empty.
        zone: the zone of times without an offset.
        unit_aliases: codes that aliases make units of measure.
    """
    long = too_long(cells)
    if long is not None:  # it is not looked at any further
        cells = pc.if_else(pa.array(long), "", cells)
    value = _stated(cells)
    faults = np.zeros(len(cells), np.uint8)
    start = end = None
    kind = column.type
    if kind is ColumnType.TIME:
        times = parse_times(cells, zone)
        value, start, end = times.text, times.start, times.end
        if times.error.null_count < len(cells):
            _mark_each(faults, times.error)
    elif kind is ColumnType.CODE:
        value = _composed(value)
        _mark(faults, _holding_control(value), "control_character")
    elif kind in (ColumnType.TEXT, ColumnType.VALUE):
        value = _composed(value)
        _mark(faults, _holding_nul(value), "nul_character")
    else:
        plain = kind in (ColumnType.QUANTITY, ColumnType.NUMBER) and (table, column.name) not in _POSITIVE
        value = _by_word(value, faults, _WORDS[kind](table, column, unit_aliases), PLAIN if plain else None)
    if column.required:
        _mark(faults, np.asarray(pc.equal(cells, "")), "empty_required")
    if long is not None:
        faults[long] = number_of("cell_too_long")
    return Verdict(value, faults, start, end)


def judge_unknown(cells: pa.Array) -> Verdict:
    """Judge a column that the format does not know: any text goes, but for NUL."""
    long = too_long(cells)
    if long is not None:
        cells = pc.if_else(pa.array(long), "", cells)
    value = _composed(_stated(cells))
    faults = np.zeros(len(cells), np.uint8)
    _mark(faults, _holding_nul(value), "nul_character")
    if long is not None:
        faults[long] = number_of("cell_too_long")
    return Verdict(value, faults)


def _stated(cells: pa.Array) -> pa.Array:
    empty = pc.equal(cells, "")
    return pc.if_else(empty, None, cells) if pc.any(empty).as_py() else cells


def _composed(value: pa.Array) -> pa.Array:
    if pc.all(pc.string_is_ascii(value)).as_py() is not False:
        return value
    return pc.utf8_normalize(value, form="NFC")


def _bytes(value: pa.Array) -> npt.NDArray[np.uint8]:
    if not len(value) or value.buffers()[2] is None:
        return np.zeros(0, np.uint8)
    offsets = np.frombuffer(value.buffers()[1], np.int32)[value.offset : value.offset + len(value) + 1]
    return np.frombuffer(value.buffers()[2], np.uint8)[offsets[0] : offsets[-1]]


def _holding_control(value: pa.Array) -> npt.NDArray[np.bool_] | None:
    text = _bytes(value)
    # 0xC2 begins the two bytes of U+0080 to U+00BF, so also those of the C1 controls: then look closer.
    if not ((text < 0x20) | (text == 0x7F) | (text == 0xC2)).any():
        return None
    return np.asarray(pc.fill_null(pc.match_substring_regex(value, _CONTROL), False))


def _holding_nul(value: pa.Array) -> npt.NDArray[np.bool_] | None:
    if (_bytes(value) != 0).all():
        return None
    return np.asarray(pc.fill_null(pc.match_substring(value, "\0"), False))


def _mark(faults: Faults, broken: npt.NDArray[np.bool_] | None, rule: str) -> None:
    if broken is not None:
        faults[broken & (faults == 0)] = number_of(rule)


def _mark_each(faults: Faults, rules: pa.Array) -> None:
    for rule in pc.unique(rules.drop_null()).to_pylist():
        _mark(faults, np.asarray(pc.fill_null(pc.equal(rules, rule), False)), rule)


def _by_word(value: pa.Array, faults: Faults, read: Read, obvious: str | None) -> pa.Array:
    """Judge each distinct text once; those that match ``obvious`` (a regular expression) are right as they are."""
    words = value.dictionary_encode()
    distinct = words.dictionary
    if obvious is not None:
        odd = pc.indices_nonzero(pc.invert(pc.match_substring_regex(distinct, obvious))).to_pylist()
    else:
        odd = range(len(distinct))
    verdicts = {at: read(distinct[at].as_py()) for at in odd}
    broken = {at: number_of(rule) for at, (_, rule) in verdicts.items() if rule}
    if broken:
        numbers = np.zeros(len(distinct), np.uint8)
        numbers[list(broken)] = list(broken.values())
        faults[:] = np.where(np.asarray(pc.is_valid(value)), numbers[np.asarray(pc.fill_null(words.indices, 0))], 0)
    read_as = {at: canonical for at, (canonical, rule) in verdicts.items() if not rule}
    other = {at: canonical for at, canonical in read_as.items() if canonical != distinct[at].as_py()}
    if not other:
        return value
    texts = distinct.to_pylist()
    for at, canonical in other.items():
        texts[at] = canonical
    return pa.array(texts, pa.string()).take(words.indices)


def _choice(table: str, column: Column, unit_aliases: Set[str]) -> Read:
    return lambda text: (text, None) if text in column.values else (None, "unknown_choice")


def _choices(table: str, column: Column, unit_aliases: Set[str]) -> Read:
    def read(text: str) -> tuple[str | None, str | None]:
        words = text.split("|")
        if not set(words) <= set(column.values):
            return None, "unknown_choice"
        return "|".join(word for word in column.values if word in words), None

    return read


def _flag(table: str, column: Column, unit_aliases: Set[str]) -> Read:
    return lambda text: (text, None) if text == "yes" else (None, "void_not_yes")


def _unit(table: str, column: Column, unit_aliases: Set[str]) -> Read:
    def read(text: str) -> tuple[str | None, str | None]:
        code = unicodedata.normalize("NFC", text)
        return (code, None) if code in unit_aliases or normal_unit(code) else (None, "unknown_unit")

    return read


def _number(table: str, column: Column, unit_aliases: Set[str]) -> Read:
    quantity = column.type is ColumnType.QUANTITY
    positive, not_negative = (table, column.name) in _POSITIVE, (table, column.name) in _NOT_NEGATIVE

    def read(text: str) -> tuple[str | None, str | None]:
        try:
            number = exact(text)
            if quantity:
                nano(number)
        except OverflowingQuantityError:
            return None, "overflow"
        except ValueError:
            return None, "not_a_number"
        if number < 0 and quantity:
            return None, "negative_quantity"
        if (number <= 0 and positive) or (number < 0 and not_negative):
            return None, "not_positive"
        return text, None

    return read


_WORDS: dict[ColumnType, Callable[[str, Column, Set[str]], Read]] = {
    ColumnType.CHOICE: _choice,
    ColumnType.CHOICES: _choices,
    ColumnType.FLAG: _flag,
    ColumnType.UNIT: _unit,
    ColumnType.QUANTITY: _number,
    ColumnType.NUMBER: _number,
}
