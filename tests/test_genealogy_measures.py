"""Quantities in base units, summed exactly, and written as decimals."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal, getcontext
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from genealogy.measures import Measures, decimal_text, total

MEASURES = Measures(
    {"M": "KGM", "B": "each", "odd": "drops"},
    {"B": {("XBX", "each"): Fraction(12)}},
    {"kilo": "KGM", "carton": "XBX"},
)


def test_a_quantity_is_told_in_the_base_unit_of_its_material() -> None:
    assert MEASURES.amount("250", "g", "M") == ("KGM", Fraction(1, 4))
    assert MEASURES.amount("2", "kilo", "M") == ("KGM", Fraction(2))
    assert MEASURES.amount("3", "carton", "B") == ("each", Fraction(36))


def test_what_does_not_convert_stays_as_it_was_recorded() -> None:
    assert MEASURES.amount("3", "LTR", "M") == ("LTR", Fraction(3))
    assert MEASURES.amount("3", None, "M") == (None, Fraction(3))
    assert MEASURES.amount("3", "KGM", "nobody knows") == ("KGM", Fraction(3))


def test_an_overflow_by_a_later_conversion_stays_in_its_own_unit() -> None:
    assert MEASURES.amount("999999999", "XBX", "B") == ("XBX", Fraction(999999999))


def test_sums_are_by_unit() -> None:
    assert total([("KGM", Fraction(1, 3)), ("LTR", Fraction(1)), ("KGM", Fraction(2, 3))]) == {
        "KGM": Fraction(1),
        "LTR": Fraction(1),
    }


@given(st.fractions(min_value=-(10**9), max_value=10**9))
def test_decimals_are_rounded_half_to_even_at_the_ninth_place(value: Fraction) -> None:
    getcontext().prec = 60
    expected = (Decimal(value.numerator) / Decimal(value.denominator)).quantize(Decimal("1e-9"), ROUND_HALF_EVEN)
    assert Decimal(decimal_text(value)) == expected
    assert not decimal_text(value).endswith((".", "0")) or "." not in decimal_text(value)
