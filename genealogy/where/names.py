"""Parties and places as recorded: what they are called, which are our own firm, which place is whose."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from genealogy.where.lines import COUNTED, MOVED, SHIPPED, Lines

if TYPE_CHECKING:
    from genealogy.snapshot.files import Array
    from genealogy.snapshot.moment import Moment

NOT_RECORDED = -1


class Names:
    """Looks up parties and places as of a moment; both are numbers of words."""

    def __init__(self, moment: Moment) -> None:
        self._moment = moment
        self._words: dict[int, str | None] = {}
        self._owners: dict[int, int] = {}

    @cached_property
    def _parties(self) -> dict[int, int]:
        return self._described("parties", "party_id")

    @cached_property
    def _places(self) -> dict[int, int]:
        return self._described("places", "place_id")

    def _described(self, table: str, key: str) -> dict[int, int]:
        """For each party or place, resolved, the row that describes it: its own, else its first spelling's."""
        moment = self._moment
        rows = moment.all_rows(table)
        if not len(rows):
            return {}
        written = moment.column(table, key)[rows]
        means = moment.resolved(table, key, rows)
        texts = moment.words.strings(written)
        ranked = sorted(
            zip((written != means).tolist(), map(str, texts), rows.tolist(), means.tolist(), strict=True), reverse=True
        )
        return {meaning: row for _, _, row, meaning in ranked}

    @cached_property
    def _own(self) -> Array:
        if not self._parties:
            return np.zeros(0, np.int64)
        parties, rows = (np.array(column, np.int64) for column in zip(*self._parties.items(), strict=True))
        roles, place = np.unique(self._moment.column("parties", "role")[rows], return_inverse=True)
        own = ["own" in (role or "").split("|") for role in self._moment.words.strings(roles)]
        found: Array = np.sort(parties[np.array(own, bool)[place.reshape(-1)]])
        return found

    def is_own(self, parties: Array) -> Array:
        """Which parties are part of our own firm (bool)."""
        return np.isin(parties, self._own)

    def party(self, party: int) -> dict[str, Any]:
        """A party with name, role and country; None where they are not recorded."""
        return self._row("parties", "party_id", party, self._parties, ("name", "role", "country"))

    def place(self, place: int) -> dict[str, Any]:
        """A place with its name and whose it is."""
        return self._row("places", "place_id", place, self._places, ("name", "party_id"))

    def owner(self, place: int) -> int:
        """The party whose place it is, -1 where nobody says."""
        if place not in self._owners:
            row = self._places.get(place)
            party = (
                NOT_RECORDED if row is None else int(self._moment.resolved("places", "party_id", np.array([row]))[0])
            )
            self._owners[place] = party
        return self._owners[place]

    def word(self, number: int) -> str | None:
        """What a number stands for; None for -1."""
        if number not in self._words:
            self._words[number] = self._moment.words.string(number) if number >= 0 else None
        return self._words[number]

    @cached_property
    def status_parts(self) -> dict[int, int]:
        """The part that each status of a count means, by the number of its word."""
        from genealogy.where.pieces import STATUS_PARTS

        words = self._moment.words.find(list(STATUS_PARTS)).tolist()
        return {word: part for word, part in zip(words, STATUS_PARTS.values(), strict=True) if word >= 0}

    def same_place(self, lines: Lines, line: int, place: int) -> bool:
        """Whether a line puts its item at this place."""
        kind = int(lines.kind[line])
        if kind == COUNTED:
            return int(lines.place[line]) == place
        if kind == MOVED:
            return int(lines.target[line]) in (place, NOT_RECORDED)
        return kind == SHIPPED and int(lines.party[line]) == self.owner(place)

    def _row(self, table: str, key: str, number: int, rows: dict[int, int], columns: tuple[str, ...]) -> dict[str, Any]:
        named: dict[str, Any] = {key: self._moment.words.string(number) if number >= 0 else None}
        row = rows.get(number)
        for column in columns:
            named[column] = None if row is None else self._moment.texts(table, column, np.array([row]))[0]
        return named
