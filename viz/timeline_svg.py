"""The time line of a scope as a picture: a row for each piece of equipment, a mark for each step, excursions marked apart."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from viz.flow_svg import FONT
from viz.graph_view import INK, legal, shortened

if TYPE_CHECKING:
    from viz.words import Words

WIDE = 1040
_LEFT, _ROW, _TOP, _MARGIN = 230, 34, 40, 16
_TICKS = 6


def timeline_svg(answer: dict[str, Any], words: Words, *, alone: bool = False) -> str:
    """The picture; every text is escaped. As ``viz.flow_svg.flow_svg``."""
    marks = [mark for each in answer["equipment"] for mark in each["marks"]]
    first = min((date.fromisoformat(mark["from"]).toordinal() for mark in marks), default=0)
    last = max((date.fromisoformat(mark["to"]).toordinal() for mark in marks), default=1) + 1
    high = _TOP + _ROW * max(1, len(answer["equipment"])) + _MARGIN
    title = words.page("timeline_title")

    def across(day: int) -> float:
        return _LEFT + (day - first) / max(1, last - first) * (WIDE - _LEFT - _MARGIN)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {high}" width="{WIDE}" height="{high}" role="img" '
        f'aria-label="{_text(title)}" font-family="{FONT}" font-size="13" fill="{INK}"><title>{_text(title)}</title>',
        f'<rect width="{WIDE}" height="{high}" fill="#ffffff"/>',
    ]
    if alone and not answer["complete"]:  # a page says it itself
        parts.append(f'<text x="8" y="16" font-weight="700" fill="#8a1f11">{_text(words.page("incomplete"))}</text>')
    if marks:
        for tick in range(_TICKS + 1):
            day = first + (last - 1 - first) * tick // _TICKS
            x = across(day)
            anchor = "start" if tick == 0 else "end" if tick == _TICKS else "middle"
            parts.append(f'<path d="M{x:.1f} {_TOP - 8}V{high - _MARGIN}" stroke="#d5dde2"/>')
            parts.append(
                f'<text x="{x:.1f}" y="{_TOP - 14}" text-anchor="{anchor}">{date.fromordinal(day).isoformat()}</text>'
            )
    for row, each in enumerate(answer["equipment"]):
        y = _TOP + row * _ROW
        code = each["equipment_id"] or words.page("timeline_none")
        name = each["name"] or code
        told = f"{name} ({code})" if each["name"] else code
        parts.append(f'<text x="8" y="{y + 20}">{_text(shortened(name))}<title>{_text(told)}</title></text>')
        parts.append(f'<path d="M{_LEFT} {y + 16}H{WIDE - _MARGIN}" stroke="#d5dde2"/>')
        for mark in each["marks"]:
            x1 = across(date.fromisoformat(mark["from"]).toordinal())
            x2 = max(x1 + 5, across(date.fromisoformat(mark["to"]).toordinal() + 1) - 1)
            what = (
                f"{mark['operation'] or ''} {mark['step_id']}"
                if mark["step_id"]
                else words.page("node_steps_count", count=words.count(mark["steps"]))
            )
            told = f"{what.strip()}, {mark['from']} – {mark['to']}"
            bad = mark["excursions"]
            if bad:
                told += f", {words.page('timeline_outside', count=words.count(bad))}"
            parts.append(
                f'<g><title>{_text(told)}</title><rect x="{x1:.1f}" y="{y + 7}" width="{x2 - x1:.1f}" height="18" rx="3" '
                f'fill="{"#f4b6b6" if bad else "#a9c9e8"}" stroke="{"#8a1f11" if bad else "#3f72a4"}" '
                f'stroke-width="{2 if bad else 1}"/>'
            )
            if bad:  # a sign beside the colour
                middle = (x1 + x2) / 2
                parts.append(f'<path d="M{middle - 6:.1f} {y + 7}h12l-6 -10z" fill="#8a1f11"/>')
            parts.append("</g>")
    parts.append("</svg>")
    made = "".join(parts)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{made}\n' if alone else made


ROWS = ("equipment_id", "name", "from", "to", "steps", "step_id", "operation", "excursions")


def timeline_rows(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """Every mark as a row of a table."""
    return [
        {"equipment_id": each["equipment_id"], "name": each["name"], **mark}
        for each in answer["equipment"]
        for mark in each["marks"]
    ]


def _text(text: str) -> str:
    return escape(legal(text), {'"': "&quot;"})
