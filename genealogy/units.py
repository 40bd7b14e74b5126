"""Units of measure: which codes are known, which of them mean the same unit, and their exact ratios.

Codes are UN/ECE Recommendation 20 (``KGM``, ``LTR``, ``H87``) and its package codes of Recommendation 21 (``XBX``),
UCUM (``kg``, ``mL``) and ``each``. The codes that plants use stand in the table below with exact factors; any other
UCUM expression is parsed by ucumvert on a pint registry that computes with fractions, which is imported only when such
a code is met.

A unit whose size nobody can know (a box, a drum) is known but has a dimension of its own: only a loaded conversion of
the material joins it to another unit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

Dimension = tuple[tuple[str, str], ...]
"""What a unit measures: base dimensions with their exponents, so that own table and UCUM parser agree."""

EACH = "each"
"""The normal code of pieces: H87, EA, PCE, C62, each, {each} and 1 all mean it."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit of measure.

    Attributes:
        normal: the code under which equal units of the table meet (``kg`` for ``KGM``).
        dimension: what it measures; only units of one dimension have a ratio.
        factor: how many SI base units (kg, m, m3, s ...) it holds; for counts, how many pieces.
    """

    normal: str
    dimension: Dimension
    factor: Fraction


_LB = Fraction("0.45359237")
_FOOT = Fraction("0.3048")
_PSI = _LB * Fraction("9.80665") / Fraction("0.0254") ** 2
_GALLON = Fraction("0.003785411784")
_IMPERIAL_GALLON = Fraction("0.00454609")
_Rows = dict[str, tuple[str | int | Fraction, str]]

# Normal code: (factor to the SI base unit, every code of it separated by blanks).
_MASS: _Rows = {
    "kg": (1, "KGM"), "g": ("1e-3", "GRM"), "mg": ("1e-6", "MGM"), "ug": ("1e-9", "MC"), "ng": ("1e-12", ""),
    "t": (1000, "TNE"), "hg": ("0.1", "HGM"), "dag": ("1e-2", "DJ"), "cg": ("1e-5", "CGM"), "dg": ("1e-4", "DG"),
    "DTN": (100, ""), "kt": (10**6, "KTN"), "[lb_av]": (_LB, "LBR"), "[oz_av]": (_LB / 16, "ONZ"),
    "[oz_tr]": ("0.0311034768", "APZ"), "[gr]": ("0.00006479891", "GRN"), "[car_m]": ("2e-4", "CTM"),
    "[ston_av]": (_LB * 2000, "STN"), "[lton_av]": (_LB * 2240, "LTN"), "[stone_av]": (_LB * 14, "STI"),
    "[scwt_av]": (_LB * 100, "CWA"), "[lcwt_av]": (_LB * 112, "CWI"),
}  # fmt: skip
_VOLUME: _Rows = {
    "L": ("1e-3", "LTR l dm3 DMQ"), "mL": ("1e-6", "MLT ml cm3 CMQ"), "uL": ("1e-9", "4G ul mm3 MMQ"),
    "cL": ("1e-5", "CLT cl"), "dL": ("1e-4", "DLT dl"), "hL": ("0.1", "HLT hl"), "daL": ("1e-2", "A44 dal"),
    "m3": (1, "MTQ K6 kL kl"), "MAL": (1000, ""), "[gal_us]": (_GALLON, "GLL"), "[gal_br]": (_IMPERIAL_GALLON, "GLI"),
    "[qt_us]": (_GALLON / 4, "QT QTL"), "[pt_us]": (_GALLON / 8, "PT PTL"), "[foz_us]": (_GALLON / 128, "OZA"),
    "[qt_br]": (_IMPERIAL_GALLON / 4, "QTI"), "[pt_br]": (_IMPERIAL_GALLON / 8, "PTI"),
    "[foz_br]": (_IMPERIAL_GALLON / 160, "OZI"), "[bbl_us]": (_GALLON * 42, "BLL"),
    "[cin_i]": (_FOOT**3 / 1728, "INQ"), "[cft_i]": (_FOOT**3, "FTQ"), "[cyd_i]": (_FOOT**3 * 27, "YDQ"),
}  # fmt: skip
_LENGTH: _Rows = {
    "m": (1, "MTR"), "cm": ("1e-2", "CMT"), "mm": ("1e-3", "MMT"), "dm": ("0.1", "DMT"), "km": (1000, "KMT KTM"),
    "um": ("1e-6", "4H"), "nm": ("1e-9", "C45"), "hm": (100, "HMT"), "[in_i]": (_FOOT / 12, "INH"),
    "[ft_i]": (_FOOT, "FOT"), "[yd_i]": (_FOOT * 3, "YRD"), "[mi_i]": (_FOOT * 5280, "SMI"),
    "[nmi_i]": (1852, "NMI"), "[mil_i]": (_FOOT / 12000, "77"),
}  # fmt: skip
_AREA: _Rows = {
    "m2": (1, "MTK"), "cm2": ("1e-4", "CMK"), "mm2": ("1e-6", "MMK"), "dm2": ("1e-2", "DMK"), "km2": (10**6, "KMK"),
    "har": (10**4, "HAR"), "ar": (100, "ARE"), "[sin_i]": (_FOOT**2 / 144, "INK"), "[sft_i]": (_FOOT**2, "FTK"),
    "[syd_i]": (_FOOT**2 * 9, "YDK"), "ACR": (_FOOT**2 * 43560, ""),
}  # fmt: skip
_TIME: _Rows = {
    "s": (1, "SEC"), "ms": ("1e-3", "C26"), "us": ("1e-6", "B98"), "min": (60, "MIN"), "h": (3600, "HUR"),
    "d": (86400, "DAY"), "wk": (604800, "WEE"),
}  # fmt: skip
_PRESSURE: _Rows = {
    "Pa": (1, "PAL"), "hPa": (100, "A97"), "kPa": (1000, "KPA"), "MPa": (10**6, "MPA"), "bar": (10**5, "BAR"),
    "mbar": (100, "MBR"), "[psi]": (_PSI, "PS"), "atm": (101325, "ATM"),
}  # fmt: skip
_CONCENTRATION: _Rows = {
    "g/L": (1, "GL KMQ kg/m3"), "mg/L": ("1e-3", "M1"), "g/cm3": (1000, "23 g/mL"), "mg/m3": ("1e-6", "GP"),
    "ug/m3": ("1e-9", "GQ"),
}  # fmt: skip
_COUNT: _Rows = {
    EACH: (1, "H87 EA PCE C62 1 {each} {ea} {piece} NAR NMB"), "PR": (2, "NPR"), "DZN": (12, ""), "CEN": (100, ""),
    "GRO": (144, ""), "MIL": (1000, ""),
}  # fmt: skip

_M, _KG, _S = "[length]", "[mass]", "[time]"
_DIMENSIONS: tuple[tuple[Dimension, _Rows], ...] = (
    (((_KG, "1"),), _MASS),
    (((_M, "3"),), _VOLUME),
    (((_M, "1"),), _LENGTH),
    (((_M, "2"),), _AREA),
    (((_S, "1"),), _TIME),
    (((_M, "-1"), (_KG, "1"), (_S, "-2")), _PRESSURE),
    (((_M, "-3"), (_KG, "1")), _CONCENTRATION),
    (((_M, "2"), (_KG, "1"), (_S, "-2")), {"J": (1, "JOU"), "kJ": (1000, "KJO"), "W.h": (3600, "WHR"),
                                           "kW.h": (3600000, "KWH"), "MW.h": (3600000000, "MWH")}),
    (((_M, "2"), (_KG, "1"), (_S, "-3")), {"W": (1, "WTT"), "kW": (1000, "KWT"), "MW": (10**6, "MAW")}),
    (((_S, "-1"),), {"Hz": (1, "HTZ"), "kHz": (1000, "KHZ"), "MHz": (10**6, "MHZ")}),
    (((_M, "1"), (_KG, "1"), (_S, "-2")), {"N": (1, "NEW"), "kN": (1000, "B47"), "mN": ("1e-3", "C22")}),
    ((("[substance]", "1"),), {"mol": (1, "C34"), "mmol": ("1e-3", "C18"), "kmol": (1000, "B45")}),
    ((("[current]", "1"),), {"A": (1, "AMP"), "mA": ("1e-3", "4K")}),
    ((("fraction", "1"),), {"%": ("1e-2", "P1"), "[ppm]": ("1e-6", "59"), "[ppb]": ("1e-9", "61")}),
    ((("count", "1"),), _COUNT),
)  # fmt: skip

# Known, but nothing is known of their size: each has a dimension of its own. Temperatures stand here too, for between
# them there is no ratio (an offset is no factor).
_ALONE = (
    "XBX BX {box}", "XCT CT {carton}", "XCS CS {case}", "XDR DR {drum}", "XBG BG {bag}", "XPK PK {pack} {package}",
    "XPA {packet}", "XPX PF {pallet}", "XBO BO {bottle}", "XCA CA {can}", "XCQ {cartridge}", "XTU TU {tube}",
    "XVI VI {vial}", "XAM {ampoule}", "XRO RO {roll}", "XRL RL {reel}", "XCR {crate}", "XTY {tray}", "XSA {sack}",
    "XJR {jar}", "XPO {pouch}", "XKG {keg}", "XTK {tank}", "XBJ {bucket}", "XWA {ibc}", "SET {set}", "KT {kit}",
    "ST {sheet}", "LM", "NIU [IU] [iU]", "Cel CEL", "[degF] FAH", "K KEL", "[pH] Q30", "MON mo", "ANN a", "ZZ",
)  # fmt: skip

# Rec 20 codes of readings, by their UCUM expression.
_READINGS = {
    "MTS": "m/s", "KMH": "km/h", "VLT": "V", "OHM": "Ohm", "SIE": "S", "LUX": "lx", "2N": "dB",
    "L2": "L/min", "MQH": "m3/h", "KGS": "kg/s", "E93": "kg/h", "RPM": "{rev}/min",
}  # fmt: skip

# Valid UCUM (megalitre, gauss, tesla), but in a plant whoever writes them means something else: refused rather than
# guessed.
_MISLEADING = frozenset({"ML", "Ml", "MG", "G", "T"})
# Words of two and three capitals and digits are firms' own abbreviations (PC, KG, C45) that UCUM reads as petacoulomb.
_ABBREVIATION = re.compile(r"(?![MG][WVNJ]$)[A-Z0-9]{2,3}|[0-9]+")
_UCUM = re.compile(r"[!-~]{1,40}")


def _table() -> Iterator[tuple[str, Unit]]:
    for dimension, rows in _DIMENSIONS:
        for normal, (factor, codes) in rows.items():
            unit = Unit(normal, dimension, Fraction(factor))
            yield from ((code, unit) for code in (normal, *codes.split()))
    for codes in _ALONE:
        normal = codes.split()[0]
        unit = Unit(normal, ((f"only {normal}", "1"),), Fraction(1))
        yield from ((code, unit) for code in codes.split())


_UNITS: dict[str, Unit] = dict(_table())


@lru_cache(maxsize=1)
def _ucum() -> tuple[Any, Any, Any]:
    """The UCUM grammar, its transformer and a pint registry with fractions (ucumvert's own one has floats)."""
    from pathlib import Path

    import pint
    import ucumvert

    registry: Any = pint.UnitRegistry(non_int_type=Fraction)
    registry.load_definitions(Path(ucumvert.__file__).parent / "pint_ucum_defs.txt")
    return ucumvert.get_ucum_parser(), ucumvert.UcumToPintTransformer(registry), registry


@lru_cache(maxsize=10_000)
def unit_of(code: str) -> Unit | None:
    """Return the unit that a code names, or None where nobody knows the code."""
    if code in _UNITS:
        return _UNITS[code]
    if code in _READINGS:
        return unit_of(_READINGS[code])
    if code in _MISLEADING or _ABBREVIATION.fullmatch(code) or not _UCUM.fullmatch(code):
        return None
    if code.startswith("{") and code.endswith("}") and len(code) > 2 and not set("{}") & set(code[1:-1]):
        return _alone(code)  # a UCUM annotation: formally 1, but a {blister} is not one piece
    return _quotient(code) or _parsed(code)


def _quotient(code: str) -> Unit | None:
    """A plain quotient of two units of the table (mg/kg, L/min): most others need no parser then."""
    above, _, below = code.partition("/")
    one, other = _UNITS.get(above), _UNITS.get(below)
    if one is None or other is None or (one.normal, other.normal) != (above, below):
        return None
    parts: dict[str, int] = {}
    for name, power in one.dimension:
        parts[name] = parts.get(name, 0) + int(power)
    for name, power in other.dimension:
        parts[name] = parts.get(name, 0) - int(power)
    if not all(name.startswith("[") for name in parts):
        return None
    dimension = tuple(sorted((name, str(power)) for name, power in parts.items() if power))
    return Unit(code, dimension, one.factor / other.factor) if dimension else _alone(code)


def _alone(code: str) -> Unit:
    return Unit(code, ((f"only {code}", "1"),), Fraction(1))


def _parsed(code: str) -> Unit | None:
    """Read a UCUM expression; one whose size is no exact ratio (an offset, a logarithm) stands alone."""
    from lark.exceptions import LarkError
    from pint.errors import PintError

    parser, transformer, registry = _ucum()
    try:
        quantity = transformer.transform(parser.parse(code))
    except (LarkError, PintError):
        return None
    if not hasattr(quantity, "units"):
        return _alone(code)
    try:
        units = quantity.units
        base = registry.Quantity(Fraction(1), units).to_base_units()
        twice = registry.Quantity(Fraction(2), units).to_base_units()
        factor = Fraction(base.magnitude) * Fraction(quantity.magnitude)
        straight = isinstance(base.magnitude, int | Fraction) and twice.magnitude == 2 * base.magnitude
    except (PintError, TypeError, ValueError, ArithmeticError):
        return _alone(code)
    # Units that pint holds for plain numbers ([IU], rad) are kept apart from counts and from each other.
    apart = [(str(name), str(power)) for name, power in units._units.items() if _is_number(registry, name)]
    dimension = tuple(sorted([*((str(k), str(v)) for k, v in base.dimensionality.items()), *apart]))
    return Unit(code, dimension, factor) if straight and dimension else _alone(code)


def _is_number(registry: Any, name: str) -> bool:
    return name != "_10" and not registry.get_dimensionality(name)


def normal_unit(code: str) -> str | None:
    """Return the one code under which equal units meet, or None for a code that is no unit.

    Aliases are not looked up here: resolve them first.

    >>> normal_unit("KGM"), normal_unit("H87"), normal_unit("Kilo")
    ('kg', 'each', None)
    """
    unit = unit_of(code)
    return unit.normal if unit else None


def ratio(from_unit: str, to_unit: str) -> Fraction | None:
    """Return how many ``to_unit`` one ``from_unit`` is, exactly; None where they do not measure the same.

    >>> ratio("KGM", "g"), ratio("LTR", "kg")
    (Fraction(1000, 1), None)
    """
    one, other = unit_of(from_unit), unit_of(to_unit)
    if one is None or other is None or one.dimension != other.dimension:
        return None
    return one.factor / other.factor
