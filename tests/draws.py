"""Where the choices of a random plant come from: a seeded generator, or hypothesis."""

from __future__ import annotations

import random
from typing import Any, Protocol

from hypothesis import strategies as st


class Draws(Protocol):
    """Where the choices come from."""

    def number(self, low: int, high: int) -> int: ...


class SeededDraws:
    """Choices from a seeded generator."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def number(self, low: int, high: int) -> int:
        return low + int(self.rng.random() * (high - low + 1))


class HypothesisDraws:
    """Choices that hypothesis makes and shrinks."""

    def __init__(self, draw: Any) -> None:
        self.draw = draw

    def number(self, low: int, high: int) -> int:
        return int(self.draw(st.integers(low, high)))
