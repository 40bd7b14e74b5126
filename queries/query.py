"""What a question to the graph is: a named text with declared parameters and result columns."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

OPEN = 2**62
"""``known_until`` of what is still in force. A number, not null, so that one comparison serves both stores."""

DIALECTS = ("ladybug", "neo4j")


@dataclass(frozen=True)
class Query:
    """One question to the graph.

    Attributes:
        name: how it is called, and how an answer refers to it.
        question: what it asks, in a sentence.
        params: its parameters and what each means.
        columns: names of the result columns, in order.
        cypher: the text both stores understand.
        overrides: the text of a dialect that needs its own, by dialect.
        why: why it is written as it is; for an override, why the dialects differ.
        collected: the dialects whose text returns one row of collected columns instead of rows.
        listed: the dialects whose text returns one row that holds a list of rows.
    """

    name: str
    question: str
    params: Mapping[str, str]
    columns: tuple[str, ...]
    cypher: str
    overrides: Mapping[str, str] = field(default_factory=dict)
    why: str = ""
    collected: tuple[str, ...] = ()
    listed: tuple[str, ...] = ()

    def text(self, dialect: str) -> str:
        """The Cypher text for a dialect, one of DIALECTS."""
        return self.overrides.get(dialect, self.cypher).strip()

    def digest(self, dialect: str) -> str:
        """SHA-256 of the text, so that an answer can be tied to the very question that was put."""
        return hashlib.sha256(self.text(dialect).encode()).hexdigest()
