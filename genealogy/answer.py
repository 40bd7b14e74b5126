"""An answer: what is said (the same bytes whenever it is asked again as of that moment) and how it was asked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from genealogy.canonical import digest

TIERS = ("unit", "lot", "order")
"""Names of the tiers by their number: what the weakest record on the strongest path proves."""

THOROUGH = 5_000
"""Items up to which the two roads are also compared in what they say of each item and its shipments."""

AT_WORK = "at work"
"""What ``second_road`` says where one road alone has spoken so far; no answer ever says it (see ``genealogy.first_look``)."""


@dataclass(frozen=True)
class Answer:
    """An answer of the engine.

    Attributes:
        answer: what is said.
        asked: of which store, by which queries, how long it took; no part of the digest.
    """

    answer: dict[str, Any]
    asked: dict[str, Any]

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical bytes of ``answer``."""
        return digest(self.answer)

    @property
    def complete(self) -> bool:
        """Whether both roads finished over every accepted fact, and agree."""
        return bool(self.answer.get("complete", True))

    def flat(self) -> dict[str, Any]:
        """The answer's fields with ``digest`` and ``asked`` beside them, as every door hands it out."""
        return {**self.answer, "digest": self.digest, "asked": self.asked}
