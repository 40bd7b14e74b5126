"""Units of measure and exact quantities."""

from __future__ import annotations

from fractions import Fraction

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genealogy.quantities import LARGEST, NANO, OverflowingQuantityError, exact, factor_between, to_base, to_base_column
from genealogy.units import normal_unit, ratio, unit_of


def test_pieces_are_one_unit():
    pieces = ("H87", "EA", "PCE", "C62", "each", "{each}", "1")
    assert {normal_unit(code) for code in pieces} == {"each"}
    assert all(ratio(one, other) == 1 for one in pieces for other in pieces)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("KGM", "GRM", "1000"), ("TNE", "kg", "1000"), ("LBR", "KGM", "0.45359237"), ("ONZ", "g", "28.349523125"),
        ("LTR", "mL", "1000"), ("MTQ", "L", "1000"), ("GLL", "LTR", "3.785411784"), ("GLI", "LTR", "4.54609"),
        ("MTR", "CMT", "100"), ("INH", "MMT", "25.4"), ("MTK", "cm2", "10000"), ("HUR", "MIN", "60"),
        ("DZN", "EA", "12"), ("GRO", "each", "144"), ("BAR", "kPa", "100"), ("mg/mL", "GL", "1"),
        ("pg", "KGM", "1e-15"),
        ("[lb_tr]", "[oz_tr]", "12"),
    ],
)  # fmt: skip
def test_ratios_are_exact(one, other, expected):
    assert ratio(one, other) == Fraction(expected)
    assert ratio(other, one) == 1 / Fraction(expected)


def test_own_table_agrees_with_ucum():
    from genealogy.units import _parsed

    ucum = ["kg", "g", "ug", "t", "L", "dL", "m", "cm2", "[lb_av]", "[oz_tr]", "[scwt_av]", "[gal_us]", "[foz_br]",
            "[in_i]", "[psi]", "atm", "h", "wk", "kW.h", "mmol", "har"]  # fmt: skip
    for code in ucum:
        own, parsed = unit_of(code), _parsed(code)
        assert (own.dimension, own.factor) == (parsed.dimension, parsed.factor), code


def test_what_is_no_unit():
    for code in ("", " ", "KG", "Kilo", "PC", "STK", "kg ", "XYZ", "12", "C99", "KGM\n", "ü", "ML", "G", "k" * 41):
        assert normal_unit(code) is None, code


def test_units_of_unknown_size_stand_alone():
    assert normal_unit("BX") == normal_unit("XBX") == normal_unit("{box}")
    assert ratio("XBX", "each") is None
    assert ratio("{blister}", "each") is None
    assert ratio("Cel", "K") is None
    assert ratio("[degF]", "Cel") is None
    assert ratio("[IU]", "each") is None
    assert ratio("%", "each") is None
    assert ratio("[IU]/mL", "[IU]/L") == 1000
    assert ratio("kg", "L") is None


def test_chains_of_conversions():
    conversions = {
        ("XPX", "XBX"): Fraction(40),
        ("XBX", "EA"): Fraction(12),
        ("LTR", "KGM"): Fraction("0.92"),
    }
    assert to_base("2", "XPX", "each", conversions) == 960 * NANO
    assert to_base("480", "H87", "XPX", conversions) == NANO
    assert to_base("500", "mL", "g", conversions) == 460 * NANO
    assert to_base("1", "TNE", "MLT", conversions) == round(Fraction(10**6) / Fraction("0.92") * NANO)
    assert to_base("1", "XBX", "KGM", conversions) is None
    assert factor_between("unheard", "unheard", {}) == 1


def test_half_even_at_the_ninth_place():
    assert to_base("0.0000000005", "KGM", "kg", {}) == 0
    assert to_base("0.0000000015", "KGM", "kg", {}) == 2
    assert to_base("0.0000000025", "KGM", "kg", {}) == 2
    assert to_base("0." + "3" * 500, "KGM", "kg", {}) == 333333333


def test_overflow_and_hostile_numbers():
    with pytest.raises(OverflowingQuantityError):
        to_base("9223372037", "KGM", "kg", {})
    assert to_base("9223372036.854775807", "KGM", "kg", {}) == LARGEST
    for text in ("1e999999999", "1e-999999999", "1e99999999999999999999"):
        with pytest.raises(OverflowingQuantityError):
            exact(text)
    for text in ("", "1,5", " 1", "1 ", "nan", "inf", "0x1", "1_0", "٣", "1e", ".", "--1"):
        with pytest.raises(ValueError, match="not a number"):
            exact(text)
    assert exact("1e5") == 100_000
    assert exact("5.") == 5
    assert exact("9" * 5000 + "e-5000") < 1


numbers = st.one_of(
    st.decimals(min_value=0, max_value=10**10, allow_nan=False, allow_infinity=False).map(str),
    st.integers(0, 10**10).map(str),
    st.tuples(st.integers(0, 10**9 - 1), st.integers(0, 10**9 - 1)).map(lambda pair: f"{pair[0]}.{pair[1]:09}"),
)


@given(
    st.lists(
        st.tuples(
            st.none() | numbers,
            st.sampled_from([None, "KGM", "LBR", "mL", "XBX", "each", "Cel", "GRM"]),
            st.sampled_from([None, "oil", "screws", "unknown"]),
        ),
        min_size=1,
        max_size=20,
    )
)
@settings(deadline=None)
def test_the_column_agrees_with_fractions(rows):
    base = {"oil": "KGM", "screws": "H87"}
    conversions = {
        "oil": {("LTR", "KGM"): Fraction(11, 12)},
        "screws": {("XBX", "EA"): Fraction(500), ("EA", "GRM"): Fraction("1.23456789")},
    }
    factors = {
        ("oil", "KGM"): Fraction(1), ("oil", "GRM"): Fraction(1, 1000), ("oil", "LBR"): Fraction("0.45359237"),
        ("oil", "mL"): Fraction(11, 12000), ("screws", "XBX"): Fraction(500), ("screws", "each"): Fraction(1),
        ("screws", "GRM"): 1 / Fraction("1.23456789"), ("screws", "KGM"): 1000 / Fraction("1.23456789"),
        ("screws", "LBR"): Fraction("453.59237") / Fraction("1.23456789"),
    }  # fmt: skip
    columns = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
    amounts, reasons = to_base_column(*columns, base, conversions)
    for (text, unit, material), amount, reason in zip(rows, amounts, reasons, strict=True):
        factor = factors.get((material, unit))
        if text is None:
            expected = (None, None)
        elif factor is None:
            expected = (None, "not_convertible")
        else:
            whole = round(Fraction(text) * factor * NANO)
            expected = (whole, None) if whole <= LARGEST else (None, "overflow")
        assert (amount.as_py(), reason.as_py()) == expected
