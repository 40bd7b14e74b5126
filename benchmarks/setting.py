"""What one run of the benchmarks has in common, and what each of them hands back."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Setting:
    """What was asked for.

    Attributes:
        work: folder for plants and homes; what is there already is used again.
        units: sizes of plants that were asked for, or None for those that each benchmark chooses.
        quick: small plants and few runs, to see that everything works.
    """

    work: Path
    units: tuple[int, ...] | None = None
    quick: bool = False

    def sizes(self, *usual: int, most: int | None = None) -> list[int]:
        """The sizes to measure: those asked for, up to the most that makes sense here, else the usual ones."""
        chosen = self.units or ((10_000,) if self.quick else usual)
        return [size for size in chosen if most is None or size <= most]

    def runs(self, usual: int, quick: int = 3) -> int:
        """How often to measure: ``quick`` times at most when it has to be quick."""
        return min(usual, quick) if self.quick else usual


@dataclass(slots=True)
class Table:
    """A table of a report: headings, and rows of cells."""

    title: str
    columns: list[str]
    rows: list[list[str]] = field(default_factory=list)


@dataclass(slots=True)
class Result:
    """What a benchmark found.

    Attributes:
        name: of the benchmark, and of its file.
        question: what it asks.
        tables: for people.
        notes: what one has to know to read them.
        raw: every single figure, for programs.
    """

    name: str
    question: str
    tables: list[Table] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    raw: list[dict[str, Any]] = field(default_factory=list)


def say(text: str) -> None:
    """Tell what goes on, on stderr."""
    print(text, file=sys.stderr, flush=True)
