"""Units of measure in plain words: "1 piece" and "2.5 kg" where the records hold codes of UN/ECE Recommendations 20 and 21.

For whoever reads. JSON and the columns of CSV files keep the code, and so does everything that is computed. A code that has no
words here is shown as it is recorded; so are codes of two letters, for firms mean different things by them.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

_Words = tuple[str, str, str]
_PIECE: _Words = ("piece", "pieces", "件")

UNITS: dict[str, _Words] = {
    **dict.fromkeys(("H87", "C62", "PCE", "EA", "NAR", "each", "{each}", "{piece}"), _PIECE),
    **{code: (symbol, symbol, chinese) for codes, symbol, chinese in (
        ("KGM kg", "kg", "千克"), ("GRM g", "g", "克"), ("MGM mg", "mg", "毫克"), ("TNE t", "t", "吨"),
        ("LTR L l", "L", "升"), ("MLT mL ml", "mL", "毫升"), ("HLT hL", "hL", "百升"), ("MTQ m3", "m³", "立方米"),
        ("MTR m", "m", "米"), ("CMT cm", "cm", "厘米"), ("MMT mm", "mm", "毫米"), ("KMT km", "km", "千米"),
        ("MTK m2", "m²", "平方米"), ("CMK cm2", "cm²", "平方厘米"), ("LBR [lb_av]", "lb", "磅"), ("ONZ [oz_av]", "oz", "盎司"),
        ("CEL Cel", "°C", "°C"), ("SEC s", "s", "秒"), ("MIN min", "min", "分钟"), ("HUR h", "h", "小时"),
        ("KWH kW.h", "kWh", "千瓦时"), ("BAR bar", "bar", "巴"), ("KPA kPa", "kPa", "千帕"),
    ) for code in codes.split()},
    "DZN": ("dozen", "dozen", "打"), "NPR": ("pair", "pairs", "双"), "DAY": ("day", "days", "天"), "SET": ("set", "sets", "套"),
    "XBX": ("box", "boxes", "盒"), "XCT": ("carton", "cartons", "纸箱"), "XCS": ("case", "cases", "箱"),
    "XDR": ("drum", "drums", "桶"), "XBG": ("bag", "bags", "袋"), "XPK": ("pack", "packs", "包"),
    "XPX": ("pallet", "pallets", "托盘"), "XBO": ("bottle", "bottles", "瓶"), "XRO": ("roll", "rolls", "卷"),
    "XRL": ("reel", "reels", "盘"), "XVI": ("vial", "vials", "西林瓶"), "XAM": ("ampoule", "ampoules", "安瓿"),
}  # fmt: skip
"""Code as recorded: of one, of several, in Chinese."""
COLUMNS = frozenset({"unit", "recorded_unit"})
"""Columns that hold the code of a unit."""
AMOUNTS = frozenset({"finished_quantity"})
"""Columns that hold amounts in sum, such as "2 H87 + 2.5 KGM"."""
_AMOUNT = re.compile(r"-?[\d,]+(?:\.\d+)?")
_ONE = frozenset({"1", "-1"})


def unit(code: str | None, language: str = "en", quantity: object = None) -> str:
    """A unit in words; as it is where it has none. Without a quantity, as the heading of several.

    >>> unit("H87"), unit("H87", quantity="1"), unit("H87", "zh"), unit("KGM"), unit("ZZ")
    ('pieces', 'piece', '件', 'kg', 'ZZ')
    """
    if not code:
        return ""
    words = UNITS.get(code)
    if words is None:
        return code
    return words[2] if language == "zh" else words[0] if str(quantity) in _ONE else words[1]


def amount(quantity: object, code: str | None, language: str = "en") -> str:
    """A quantity with its unit in words.

    >>> amount("1", "H87"), amount("12", "H87"), amount("2.5", "KGM", "zh"), amount("3", None)
    ('1 piece', '12 pieces', '2.5 千克', '3')
    """
    return f"{quantity} {unit(code, language, quantity)}".rstrip()


def amounts(text: str, language: str = "en") -> str:
    """Amounts in sum, in words; a text that is something else as it is.

    >>> amounts("≥ 1 H87 + 2.5 KGM"), amounts("line 4 H87")
    ('≥ 1 piece + 2.5 kg', 'line 4 H87')
    """
    sign, rest = ("≥ ", text[2:]) if text.startswith("≥ ") else ("", text)
    told = []
    for part in rest.split(" + "):
        quantity, _, code = part.partition(" ")
        if not _AMOUNT.fullmatch(quantity) or (code and code not in UNITS):
            return text
        told.append(amount(quantity, code, language))
    return sign + " + ".join(told)


def sentence(line: str, codes: Iterable[str], language: str = "en") -> str:
    """A sentence of an answer, with the amounts in it in words.

    Args:
        line: as the answer has it.
        codes: units that the answer is told in; no other is looked for, so that names of records stay as they are.
        language: of the reader.

    >>> sentence("Of 24 H87 of 7 KGM: 1 H87 lost.", ["H87"])
    'Of 24 pieces of 7 KGM: 1 piece lost.'
    """
    wanted = tuple(sorted({code for code in codes if code in UNITS}))
    if not wanted:
        return line

    def told(found: re.Match[str]) -> str:
        words = amount(found[1], found[2], language)
        several = words.removeprefix(found[1]).strip() != unit(found[2], language, "1")
        return words + ((found[3] or "").replace(" is ", " are ") if several else found[3] or "")

    return _in(wanted).sub(told, line)


def told_in(answer: dict[str, Any]) -> set[str]:
    """The units that the sentences of an answer are told in."""
    found = {answer.get("unit")}
    for each in (answer, *answer.get("boundaries", ())):
        found |= {row["unit"] for row in each.get("finished_quantity", ())}
    return {code for code in found if isinstance(code, str)}


def lines(answer: dict[str, Any], language: str = "en") -> list[str]:
    """The plain sentences of an answer, with units in words."""
    codes = told_in(answer)
    return [sentence(line, codes, language) for line in answer["summary"]]


@lru_cache(maxsize=64)
def _in(codes: tuple[str, ...]) -> re.Pattern[str]:
    named = "|".join(re.escape(code) for code in codes)
    return re.compile(rf"(?<![\w./-])(-?\d[\d,]*(?:\.\d+)?) ({named})(?![\w/-])( is in no record)?")
