"""How the numbers on labels and papers of the sample plant look: GS1 check digits, opaque codes, decimal text, draws.

Everything here is whole-number arithmetic on the seed, so the same seed gives the same bytes on every machine.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

_T = TypeVar("_T")

GS1_PREFIX = "9521234"
"""A company prefix of the range 952, which GS1 keeps for demonstrations and examples."""

_STEP = 387_420_489
"""3^18: shares no factor with a power of ten, so multiplying by it permutes all numbers of a given length."""


def check_digit(digits: str) -> str:
    """The GS1 check digit (modulo 10, weights 3 and 1 from the right) of the digits before it."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def sscc(number: int) -> str:
    """Serial shipping container code of a carton or pallet: 18 digits, the last one the check digit."""
    body = f"3{GS1_PREFIX}{number:09d}"
    return body + check_digit(body)


def gtin(number: int) -> str:
    """GTIN-14 of a product: 14 digits, the last one the check digit."""
    body = f"0{GS1_PREFIX}{number:05d}"
    return body + check_digit(body)


def gln(number: int) -> str:
    """Global location number of a party or place: 13 digits, the last one the check digit."""
    body = f"{GS1_PREFIX}{number:05d}"
    return body + check_digit(body)


def scattered(number: int, digits: int) -> str:
    """A code of so many digits that shows nothing of the order in which codes were given; leading zeros stay."""
    modulus: int = 10**digits
    return f"{(number * _STEP + 271_828) % modulus:0{digits}d}"


def scattered_run(first: int, count: int, prefix: str) -> list[str]:
    """The nine-digit codes of ``count`` numbers from ``first`` on, with a prefix: as `scattered`, made fast."""
    start = first * _STEP + 271_828
    return [f"{prefix}{value % 1_000_000_000:09d}" for value in range(start, start + count * _STEP, _STEP)]


class Draws:
    """Draws of whole numbers from a seed; only ``getrandbits`` is used, which is fixed across builds of Python."""

    def __init__(self, seed: int) -> None:
        self._bits = random.Random(seed).getrandbits  # noqa: S311 - must repeat, guards nothing

    def below(self, limit: int) -> int:
        """A number from 0 up to, not including, the limit."""
        return self._bits(48) % limit

    def between(self, low: int, high: int) -> int:
        """A number from low to high, both included."""
        return low + self._bits(48) % (high - low + 1)

    def one_of(self, choices: Sequence[_T]) -> _T:
        """One of the choices."""
        return choices[self._bits(48) % len(choices)]
