"""The facts in force as of one entry: which rows count, and what each code means then."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from genealogy.plant import TABLES
from genealogy.snapshot.index import runs, spans
from genealogy.snapshot.layout import INDEXED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from genealogy.snapshot.codes import Codes
    from genealogy.snapshot.files import Array, Arrays

NOTHING = np.zeros(0, np.int32)


class Aliases:
    """What codes mean as of an entry: one level, never chained.

    Args:
        codes: the codes that an alias in force gives another meaning, each once.
        means: what each means.
    """

    def __init__(self, codes: Array, means: Array) -> None:
        order = np.argsort(codes, kind="stable")
        self._codes, self._means = codes[order], means[order]
        back = np.argsort(self._means, kind="stable")
        self._meant, self._spelled = self._means[back], self._codes[back]
        self._last: tuple[Array, tuple[Array, Array]] | None = None

    def __bool__(self) -> bool:
        return len(self._codes) > 0

    def resolve(self, codes: Array) -> Array:
        """The meaning of each code as written; -1 stays -1."""
        if not self or not len(codes):
            return codes
        at = np.minimum(np.searchsorted(self._codes, codes), len(self._codes) - 1)
        return np.where(self._codes[at] == codes, self._means[at], codes)

    def spellings(self, meanings: Array) -> tuple[Array, Array]:
        """Every code that is written for each meaning, and for each code which of the meanings it is for."""
        # The same items are looked up in one table after the other.
        last = self._last
        if last is None or last[0] is not meanings:
            last = self._last = (meanings, self._spellings(meanings))
        return last[1]

    def _spellings(self, meanings: Array) -> tuple[Array, Array]:
        everyone = np.arange(len(meanings))
        if not self or not len(meanings):
            return meanings, everyone
        at = np.minimum(np.searchsorted(self._codes, meanings), len(self._codes) - 1)
        itself = self._codes[at] != meanings  # a code that an alias gives another meaning does not mean itself
        begin = np.searchsorted(self._meant, meanings, side="left")
        place, owner = spans(begin, np.searchsorted(self._meant, meanings, side="right") - begin)
        return np.concatenate([meanings[itself], self._spelled[place]]), np.concatenate([everyone[itself], owner])

    @cached_property
    def meaning(self) -> dict[int, int]:
        """The meaning of each code that has another; for one code at a time."""
        return dict(zip(self._codes.tolist(), self._means.tolist(), strict=True))

    @cached_property
    def spelling(self) -> dict[int, list[int]]:
        """The other codes for each meaning that has some; for one at a time."""
        found: dict[int, list[int]] = {}
        for code, means in self.meaning.items():
            found.setdefault(means, []).append(code)
        return found


class Moment:
    """The facts of a snapshot as of one entry.

    Args:
        arrays: of the snapshot.
        as_of: the entry.
        codes: dictionary of items, steps and containers.
        words: dictionary of everything else.

    Attributes:
        known: what was worked out of these facts alone and holds for every question, by name.
    """

    def __init__(self, arrays: Arrays, as_of: int, codes: Codes, words: Codes) -> None:
        self.arrays, self.as_of, self.codes, self.words = arrays, as_of, codes, words
        self.known: dict[str, Any] = {}
        self._named: dict[tuple[str, str], Array] = {}

    def without(self, gone: Mapping[str, Array]) -> Moment:
        """The same moment as if these rows of these tables had never been recorded: for what-if questions."""
        arrays = dict(self.arrays)
        for table, rows in gone.items():
            if len(rows):
                until = self.column(table, "until").copy()
                until[rows] = self.column(table, "since")[rows]
                arrays[f"{table}.until"] = until
        return Moment(arrays, self.as_of, self.codes, self.words)

    def column(self, table: str, name: str) -> Array:
        """One column of a table, all versions."""
        return self.arrays.get(f"{table}.{name}", NOTHING)

    def in_force(self, table: str, rows: Array) -> Array:
        """Which of these rows of a table count (bool)."""
        since, until = self.column(table, "since"), self.column(table, "until")
        return (since[rows] <= self.as_of) & (self.as_of < until[rows])

    def all_rows(self, table: str) -> Array:
        """All rows of a (small) table that count."""
        since, until = self.column(table, "since"), self.column(table, "until")
        return np.flatnonzero((since <= self.as_of) & (self.as_of < until))

    def named(self, table: str, column: str) -> Array:
        """Which items or steps a row in force of a table names in a column, resolved: a bool for each code."""
        found = self._named.get((table, column))
        if found is None:
            found = np.zeros(len(self.codes), bool)
            codes = self.resolved(table, column, self.all_rows(table))
            found[codes[codes >= 0]] = True
            self._named[table, column] = found
        return found

    def rows_at(self, table: str, column: str, codes: Array) -> tuple[Array, Array]:
        """The rows in force in which a column holds one of the codes as written, and which code each belongs to."""
        start = self.column(table, f"{column}.start")
        if len(start) < 2 or not len(codes):
            return NOTHING, np.zeros(0, np.int64)
        place, owner = runs(start, codes)
        rows = self.column(table, f"{column}.rows")[place]
        counts = self.in_force(table, rows)
        return rows[counts], owner[counts]

    def rows_of(self, table: str, column: str, items: Array) -> tuple[Array, Array]:
        """The rows in force that are about these items, however they are written, and which item each belongs to."""
        codes, item = self.items.spellings(items)
        rows, owner = self.rows_at(table, column, codes)
        return rows, item[owner]

    def item_column(self, table: str, name: str, rows: Array) -> Array:
        """The items that a column names in these rows, resolved; -1 where it names none."""
        return self.items.resolve(self.column(table, name)[rows])

    @cached_property
    def items(self) -> Aliases:
        """What item codes mean."""
        rows = self.all_rows("aliases")
        rows = rows[self.column("aliases", "item")[rows] >= 0] if len(rows) else rows
        return self._aliases(self.codes, rows, "item", "item_means")

    @cached_property
    def materials(self) -> Aliases:
        """What material numbers mean."""
        return self._words("material")

    @cached_property
    def parties(self) -> Aliases:
        """What party numbers mean."""
        return self._words("party")

    @cached_property
    def measures(self) -> Aliases:
        """What units of measure mean."""
        return self._words("unit_of_measure")

    @cached_property
    def equipment(self) -> Aliases:
        """What equipment numbers mean."""
        return self._words("equipment")

    @cached_property
    def places(self) -> Aliases:
        """What place numbers mean."""
        return self._words("place")

    def resolved(self, table: str, name: str, rows: Array) -> Array:
        """The numbers that a column holds in these rows, resolved by the aliases of its kind; -1 where it is empty."""
        written = self.column(table, name)
        if not len(written):
            return np.full(len(rows), -1, np.int32)
        aliases = {
            "item": lambda: self.items,
            "material": lambda: self.materials,
            "party": lambda: self.parties,
            "equipment": lambda: self.equipment,
            "place": lambda: self.places,
            "unit_of_measure": lambda: self.measures,
        }
        kind = TABLES[table].by_name[name].alias
        return aliases[kind]().resolve(written[rows]) if kind else written[rows]

    def texts(self, table: str, name: str, rows: Array) -> list[str | None]:
        """What a column says in these rows, as text, resolved; None where it is empty. Not for times."""
        strings = self.codes if (table, name) in INDEXED else self.words
        return strings.strings(self.resolved(table, name, rows))

    def facts(self, table: str, rows: Array) -> tuple[Array, Array]:
        """Where the ledger holds these rows: entry, and position in its document, counted from 0."""
        since = self.column(table, "since")
        entries = since[rows]
        return entries, rows - np.searchsorted(since, entries, side="left")

    @cached_property
    def material_rows(self) -> dict[int, int]:
        """For each material, resolved, the row that describes it: its own, else its first spelling's."""
        rows = self.all_rows("materials")
        if not len(rows):
            return {}
        written = self.column("materials", "material_id")[rows]
        means = self.materials.resolve(written)
        found: dict[int, int] = {}
        chosen: dict[int, tuple[bool, str]] = {}
        for row, code, material in zip(rows.tolist(), written.tolist(), means.tolist(), strict=True):
            rank = (code != material, self.words.string(code) if self.materials else "")
            if material not in found or rank < chosen[material]:
                found[material], chosen[material] = row, rank
        return found

    def _words(self, kind: str) -> Aliases:
        number = int(self.words.find([kind])[0])
        rows = self.all_rows("aliases")
        rows = rows[self.column("aliases", "kind")[rows] == number] if len(rows) else rows
        return self._aliases(self.words, rows, "code", "means")

    def _aliases(self, strings: Codes, rows: Array, code: str, means: str) -> Aliases:
        if not len(rows):
            return Aliases(NOTHING, NOTHING)
        pairs = np.unique(np.stack([self.column("aliases", code)[rows], self.column("aliases", means)[rows]]), axis=1)
        codes, count = np.unique(pairs[0], return_counts=True)
        if len(codes) == pairs.shape[1]:
            return Aliases(pairs[0], pairs[1])
        # Two meanings for one code are refused on loading; should they stand here all the same, the order of loading
        # must not decide: the first in the order of code points is taken.
        chosen = dict(zip(pairs[0].tolist(), pairs[1].tolist(), strict=True))
        for twice in codes[count > 1].tolist():
            chosen[twice] = min(pairs[1][pairs[0] == twice].tolist(), key=strings.string)
        return Aliases(np.array(list(chosen), np.int32), np.array(list(chosen.values()), np.int32))
