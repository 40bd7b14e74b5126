"""The picture as PNG, drawn from the same places with the fonts that the PDF uses, so that Chinese is legible everywhere."""

from __future__ import annotations

import io
from functools import cache
from typing import TYPE_CHECKING, Any

from viz.graph_svg import HIGH, WIDE, frame
from viz.graph_view import COLOURS, INK, drawn, edge_colour
from viz.report.fonts import font_path

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

    from viz.words import Words

LARGEST = 60_000_000
"""Pixels of the largest image; a larger picture is drawn smaller."""
_FAMILIES = ("-SC", "", "-JP", "-KR")
_MARGIN, _HEAD = 30, 26


def png(answer: dict[str, Any], words: Words) -> bytes:
    """The picture as an image."""
    from PIL import Image, ImageDraw

    lines, left, top, width, height = frame(answer, words)
    # A line of words may be longer than the picture is wide.
    width = max([width, *(int(_wide(line, 20 if n == 0 else 14)) + 2 * _MARGIN for n, line in enumerate(lines))])
    scale = min(1.5, (LARGEST / (width * height)) ** 0.5)
    image = Image.new("RGB", (round(width * scale), round(height * scale)), "#ffffff")
    pen = ImageDraw.Draw(image)

    def at(x: float, y: float) -> tuple[float, float]:
        return (x - left) * scale, (y - top) * scale

    for number, line in enumerate(lines):
        _write(pen, at(left + _MARGIN, top + _HEAD * (number + 0.4)), line, (20 if number == 0 else 14) * scale)
    nodes = drawn(answer, words)
    through = set(answer["route"]["nodes"]) if answer["route"] else set()
    for link in answer["links"]:
        one, other = nodes[link["from"]], nodes[link["to"]]
        x1, x2 = one.x + WIDE // 2, other.x - WIDE // 2
        bend = max(60, abs(x2 - x1) // 2) if other.x <= one.x else (x2 - x1) // 2
        on_path = link["from"] in through and link["to"] in through
        points = [at(*_curve(x1, one.y, x1 + bend, x2 - bend, x2, other.y, step / 24)) for step in range(25)]
        colour = "#a3160a" if on_path else edge_colour(answer, link)
        for first in range(0, 24, 2 if link["possible"] else 1):
            pen.line(points[first : first + 2], fill=colour, width=max(1, round((3 if on_path else 1.2) * scale)))
    for number, each in enumerate(nodes):
        kind = each.node["kind"]
        round_ = 0 if kind in ("step", "selected") else 16 if kind in ("units", "customer") else 5
        border, wide = ("#a3160a", 4) if number in through else ("#7c8c97", 1)
        corners = [at(each.x - WIDE // 2, each.y - HIGH // 2), at(each.x + WIDE // 2, each.y + HIGH // 2)]
        pen.rounded_rectangle(
            corners, round_ * scale, fill=COLOURS[kind], outline=border, width=max(1, round(wide * scale))
        )
        for place, line in enumerate(each.lines):
            size = 14 * min(1.0, (WIDE - 12) / max(1.0, _wide(line, 14)))
            y = each.y - 8 + (place * 19 - 9 if len(each.lines) > 1 else 0)
            _write(pen, at(each.x - _wide(line, size) / 2, y), line, size * scale)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def _curve(x1: float, y1: float, a: float, b: float, x2: float, y2: float, t: float) -> tuple[float, float]:
    """A point of the same bend that the SVG draws."""
    s = 1 - t
    return (
        s**3 * x1 + 3 * s * s * t * a + 3 * s * t * t * b + t**3 * x2,
        s**3 * y1 + 3 * s * s * t * y1 + 3 * s * t * t * y2 + t**3 * y2,
    )


def _write(pen: ImageDraw, place: tuple[float, float], text: str, size: float) -> None:
    x, y = place
    for family, shown in _runs(text):
        font = _font(family, max(4, round(size)))
        pen.text((x, y + size * 0.9), shown, fill=INK, font=font, anchor="ls")
        x += font.getlength(shown)


def _wide(text: str, size: float) -> float:
    return sum(_font(family, 40).getlength(shown) for family, shown in _runs(text)) * size / 40


def _runs(text: str) -> list[tuple[str, str]]:
    """A text as runs of one font; what no font has is written as its number."""
    runs: list[tuple[str, str]] = []
    for character in text:
        family = next((each for each in _FAMILIES if ord(character) in _glyphs(each)), None)
        shown = character if family is not None else f"[U+{ord(character):04X}]"
        family = family or ""
        if runs and runs[-1][0] == family:
            runs[-1] = (family, runs[-1][1] + shown)
        else:
            runs.append((family, shown))
    return runs


@cache
def _glyphs(family: str) -> frozenset[int]:
    from reportlab.pdfbase.ttfonts import TTFontFile

    return frozenset(TTFontFile(str(font_path(family))).charToGlyph)


@cache
def _font(family: str, size: int) -> FreeTypeFont:
    from PIL import ImageFont

    return ImageFont.truetype(str(font_path(family)), size)
