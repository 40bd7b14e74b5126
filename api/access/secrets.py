"""The confidential values of a plant: read from the ledger's facts, so that sentences that quote them can be cleared."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets as random
from threading import Lock
from typing import TYPE_CHECKING

from api.access.rules import Field

if TYPE_CHECKING:
    from collections.abc import Iterable

    from genealogy.ledger import Ledger

_READ: dict[str, tuple[str, ...]] = {
    "parties": ("party_id", "name", "role", "gln", "address", "email", "phone"),
    "places": ("place_id", "name", "party_id", "gln"),
    "lots": ("supplier_id", "supplier_lot", "item_id", "lot_number"),
    "steps": ("operator",),
    "decisions": ("by",),
    "aliases": ("kind", "code", "means"),
}
_WORD = re.compile(r"[^\W_]+")
_NAMED_BEFORE = re.compile(r"(?:suppliers?|from|lot|operator|by|party|place|for|at)\W{1,3}$", re.IGNORECASE)
_NOTHING: frozenset[Field] = frozenset()
_MOST_WORDS = 24
"""Longer values (a whole address with everything) are looked for in structured fields only."""
_SHORT = 3
"""A number of so few digits is taken for a count unless the word before it says otherwise."""


class Secrets:
    """The values by their sort, brought up to the ledger's last entry whenever they are asked for.

    Every value that was ever recorded counts, superseded or not: what was confidential stays so.

    Args:
        ledger: whose facts are read; each entry once.
        key: with which handles are made; nobody outside knows it.
    """

    def __init__(self, ledger: Ledger, key: str | None = None) -> None:
        self._ledger, self._read = ledger, -1
        self._key = (key or random.token_hex(32)).encode()
        self._reading = Lock()
        self._of: dict[Field, set[str]] = {sort: set() for sort in Field}
        self._parties: list[tuple[str | None, ...]] = []
        self._places: list[tuple[str | None, ...]] = []
        self._codes: set[tuple[str, str]] = set()
        self._supplying: set[str] = set()
        self._suppliers: set[str] = set()
        self._numbers: set[str] = set()
        self._ours: set[str] = set()
        self._told: dict[str, frozenset[Field]] = {}
        self._most_words = 1

    def handle(self, digest: str) -> str:
        """A name for what is else named by the digest of something confidential, against which guesses could be tried."""
        return hmac.new(self._key, digest.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[: len(digest)]

    def is_supplier(self, value: str) -> bool:
        """Whether a code, name or GLN is one of a supplier or of a supplier's place."""
        self._refresh()
        return value in self._suppliers

    def hide(self, text: str, hidden: Iterable[Field], instead: str) -> str:
        """A text with every confidential value of these sorts replaced; whole words only, the longest first."""
        self._refresh()
        sorts, made, done = frozenset(hidden), list[str](), 0
        words = list(_WORD.finditer(text))
        at = 0
        while at < len(words):
            begin, found = words[at].start(), 0
            for last in range(min(at + self._most_words, len(words)), at, -1):
                end = words[last - 1].end()
                if sorts & self._told.get(text[begin:end], _NOTHING) and not _is_count(text, begin, end):
                    made += (text[done:begin], instead)
                    done, found = end, last
                    break
            at = found or at + 1
        return "".join((*made, text[done:])) if made else text

    def _refresh(self) -> None:
        head = self._ledger.head.sequence
        if head == self._read:
            return
        with self._reading:
            if head <= self._read:
                return
            for entry in self._ledger.entries(after=self._read, upto=head):
                facts = entry.details.get("facts")
                if isinstance(facts, dict):
                    for table, sha in facts.items():
                        self._take(table, sha)
                self._of[Field.ACTOR].add(entry.actor)
            self._settle()
            self._read = head

    def _take(self, table: str, sha: str) -> None:
        columns = _READ.get(table)
        if columns is None:
            return
        read = self._ledger.documents.read_table(sha, list(columns))
        rows = set(zip(*(column.to_pylist() for column in read.columns), strict=True))
        match table:
            case "parties":
                self._parties += sorted(rows, key=str)
                for row in rows:
                    self._of[Field.CONTACT] |= {each for each in row[4:] if each}
            case "places":
                self._places += sorted(rows, key=str)
            case "lots":
                self._supplying |= {party for party, *_ in rows if party}
                self._numbers |= {number for _, number, *_ in rows if number}
                self._ours |= {each for *_, item, lot in rows for each in (item, lot) if each}
            case "aliases":
                self._codes |= {(code, means) for kind, code, means in rows if kind in ("party", "place") and code}
            case _:
                self._of[Field.PERSONAL] |= {name for (name,) in rows if name}

    def _settle(self) -> None:
        """Who supplies, under every code and name, and the places of those; then the words that texts are searched for."""
        ids = set(self._supplying) | {row[0] for row in self._parties if row[0] and "supplier" in (row[2] or "")}
        ids |= {means for code, means in self._codes if code in ids} | {c for c, means in self._codes if means in ids}
        ids |= {code for code, means in self._codes if means in ids}
        found = set(ids)
        for party, name, _, gln, *_ in self._parties:
            if party in ids:
                found |= {each for each in (name, gln) if each}
        places = set()
        for place, name, party, gln in self._places:
            if party in found:
                places |= {each for each in (place, name, gln) if each}
        places |= {code for code, means in self._codes if means in places}
        self._suppliers = found | places
        # A number that we took over from the supplier as our own is ours: to hide it would hide the lot.
        self._of[Field.SUPPLIER] = self._suppliers | (self._numbers - self._ours)
        told: dict[str, set[Field]] = {}
        for sort, values in self._of.items():
            for value in values:
                if words := list(_WORD.finditer(value)):
                    told.setdefault(value[words[0].start() : words[-1].end()], set()).add(sort)
                    self._most_words = max(self._most_words, min(len(words), _MOST_WORDS))
        self._told = {value: frozenset(sorts) for value, sorts in told.items()}


def _is_count(text: str, begin: int, end: int) -> bool:
    """Whether a short number is more likely a count than the name of something."""
    value = text[begin:end]
    return value.isdigit() and len(value) <= _SHORT and not _NAMED_BEFORE.search(text[:begin])
