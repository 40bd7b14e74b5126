"""Numbers beyond all measure are refused in words, whatever their size."""

from __future__ import annotations

from fractions import Fraction

import pytest

from genealogy.quantities import OverflowingQuantityError, nano


@pytest.mark.parametrize("exponent", [10, 300, 308, 309, 400])
def test_a_number_beyond_all_measure_is_an_overflow(exponent: int) -> None:
    with pytest.raises(OverflowingQuantityError, match="digits is more than"):
        nano(Fraction(10) ** exponent)
