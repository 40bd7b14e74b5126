"""The picture as one SVG: drawn from the same places, without script, and the same bytes for the same moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

from viz.graph_view import COLOURS, INK, drawn, edge_colour, legal, said
from viz.summary import start_words

if TYPE_CHECKING:
    from viz.words import Words

WIDE, HIGH = 224, 52
"""Size of a node."""
_MARGIN, _HEAD = 30, 26
_FONT = "system-ui, 'Noto Sans', 'Noto Sans CJK SC', 'Noto Sans SC', 'Microsoft YaHei', 'PingFang SC', sans-serif"


def frame(answer: dict[str, Any], words: Words) -> tuple[list[str], int, int, int, int]:
    """The lines above the picture, and left, top, width and height of the whole."""
    nodes = drawn(answer, words)
    lines = [words.page("graph_title"), *heading(answer, words)]
    left = min((each.x for each in nodes), default=0) - WIDE // 2 - _MARGIN
    right = max((each.x for each in nodes), default=0) + WIDE // 2 + _MARGIN
    above = _HEAD * (len(lines) + 1)
    top = min((each.y for each in nodes), default=0) - HIGH // 2 - _MARGIN - above
    bottom = max((each.y for each in nodes), default=0) + HIGH // 2 + _MARGIN
    return lines, left, top, max(right - left, 900), bottom - top


def heading(answer: dict[str, Any], words: Words) -> list[str]:
    """What is asked, as of when, and what has to be said of the picture."""
    starts = ", ".join(answer["starts"][:5]) + (" …" if len(answer["starts"]) > 5 else "")
    starts = "; ".join(
        [*([starts] if starts else []), *(start_words(each, words) for each in answer.get("started_from", ()))]
    )
    complete = words.page("complete_yes" if answer["complete"] else "complete_no")
    first = f"{words.page('question')}: {starts} · {words.page('as_of')} {answer['as_of']} · {complete}"
    return [first, *said(answer, words), words.page("graph_key")]


def svg(answer: dict[str, Any], words: Words) -> bytes:
    """The picture; every text is escaped, so nothing of the records can be more than a text."""
    lines, left, top, width, height = frame(answer, words)
    nodes = drawn(answer, words)
    through = set(answer["route"]["nodes"]) if answer["route"] else set()
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{left} {top} {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label={_quoted(lines[0])} font-family="{_FONT}" font-size="14" fill="{INK}">',
        f"<title>{_text(lines[0])}</title><desc>{_text(' '.join(lines[1:]))}</desc>",
        f'<rect x="{left}" y="{top}" width="{width}" height="{height}" fill="#ffffff"/>',
    ]
    for number, line in enumerate(lines):
        size = 20 if number == 0 else 14
        parts.append(
            f'<text x="{left + _MARGIN}" y="{top + _HEAD * (number + 1)}" font-size="{size}">{_text(line)}</text>'
        )
    for link in answer["links"]:
        one, other = nodes[link["from"]], nodes[link["to"]]
        back = other.x <= one.x
        x1, x2 = one.x + WIDE // 2, other.x - WIDE // 2
        bend = max(60, abs(x2 - x1) // 2) if back else (x2 - x1) // 2
        on_path = link["from"] in through and link["to"] in through
        dash = ' stroke-dasharray="5 4"' if link["possible"] else ""
        colour, wide = ("#a3160a", 3) if on_path else (edge_colour(answer, link), 1.2)
        parts.append(
            f'<path d="M{x1} {one.y}C{x1 + bend} {one.y} {x2 - bend} {other.y} {x2} {other.y}" fill="none" '
            f'stroke="{colour}" stroke-width="{wide}" opacity="0.75"{dash}/>'
        )
    for number, each in enumerate(nodes):
        kind = each.node["kind"]
        round_ = 0 if kind in ("step", "selected") else 16 if kind in ("units", "customer") else 5
        border, wide = ("#a3160a", 4) if number in through else ("#7c8c97", 1)
        parts.append(f"<g><title>{_text(' · '.join((each.name, *each.told)))}</title>")
        parts.append(
            f'<rect x="{each.x - WIDE // 2}" y="{each.y - HIGH // 2}" width="{WIDE}" height="{HIGH}" rx="{round_}" '
            f'fill="{COLOURS[kind]}" stroke="{border}" stroke-width="{wide}"/>'
        )
        for at, line in enumerate(each.lines):
            y = each.y + 5 + (at * 19 - 9 if len(each.lines) > 1 else 0)
            parts.append(f'<text x="{each.x}" y="{y}" text-anchor="middle"{_fit(line)}>{_text(line)}</text>')
        parts.append("</g>")
    parts.append("</svg>\n")
    return "\n".join(parts).encode()


def _fit(line: str) -> str:
    """A line that would stand over the edge is pressed together: CJK characters are twice as wide."""
    wide = sum(14 if ord(c) > 0x2E80 else 8 for c in line)
    return f' textLength="{WIDE - 12}" lengthAdjust="spacingAndGlyphs"' if wide > WIDE - 12 else ""


def _text(text: str) -> str:
    return escape(legal(text))


def _quoted(text: str) -> str:
    return quoteattr(legal(text))
