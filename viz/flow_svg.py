"""The flow of a scope as a picture: bars for suppliers, materials and consignees, bands between them as wide as the quantity."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from viz.graph_view import INK, LONGEST, legal, shortened
from viz.words.units import amount, unit

if TYPE_CHECKING:
    from viz.words import Words

HEIGHT = 560
_BAR, _ACROSS, _GAP, _MARGIN = 16, 250, 12, 24
_LABEL = 300
_WRITTEN = 42
"""Characters of a name behind the last bars, where nothing stands beside it."""
MOST = 28
"""Bars of one layer; the smallest beyond it stand together as one."""
_COLOURS = {
    "supplier": "#7b5ea7", "material": "#3f72a4", "consignee": "#b0447f", "country": "#b0447f", "others": "#6b7780",
}  # fmt: skip
FONT = "system-ui, 'Noto Sans', 'Noto Sans CJK SC', 'Noto Sans SC', 'Microsoft YaHei', 'PingFang SC', sans-serif"


def flow_svg(answer: dict[str, Any], words: Words, *, alone: bool = False) -> str:
    """The picture; every text is escaped.

    Args:
        answer: of ``engine.flow``.
        words: of its language.
        alone: as a file of its own.
    """
    nodes, flows = _grouped(answer, words)
    layers = sorted({node["layer"] for node in nodes})
    total = [max(_sum(flows, "to", n), _sum(flows, "from", n)) for n in range(len(nodes))]
    columns: dict[int, list[int]] = {
        layer: [n for n, node in enumerate(nodes) if node["layer"] == layer] for layer in layers
    }
    room = [
        (HEIGHT - 2 * _MARGIN - _GAP * (len(each) - 1)) / float(sum(total[n] for n in each) or 1)
        for each in columns.values()
    ]
    scale = max(0.0, min(room, default=1.0))
    place: dict[int, tuple[float, float]] = {}
    for at, layer in enumerate(layers):
        y = float(_MARGIN)
        for n in columns[layer]:
            place[n] = (_MARGIN + at * _ACROSS, y)
            y += max(2.0, float(total[n]) * scale) + _GAP
    wide = _MARGIN * 2 + max(0, len(layers) - 1) * _ACROSS + _BAR + _LABEL
    high = max([HEIGHT, *(y + float(total[n]) * scale + _MARGIN for n, (_, y) in place.items())])
    title = words.page("flow_title", unit=unit(answer["unit"], words.language) or words.page("node_no_name"))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high:.0f}" width="{wide}" height="{high:.0f}" role="img" '
        f'aria-label="{_text(title)}" font-family="{FONT}" font-size="13" fill="{INK}"><title>{_text(title)}</title>',
        f'<rect width="{wide}" height="{high:.0f}" fill="#ffffff"/>',
    ]
    if alone and not answer["complete"]:  # a page says it itself
        parts.append(f'<text x="8" y="16" font-weight="700" fill="#8a1f11">{_text(words.page("incomplete"))}</text>')
    if answer.get("parties_as_one"):
        parts.append(f"<desc>{_text(words.page('parties_as_one'))}</desc>")
    out: dict[int, float] = defaultdict(float)
    into: dict[int, float] = defaultdict(float)
    for each in flows:
        one, other = each["from"], each["to"]
        thick = max(1.0, float(each["quantity"]) * scale)
        x1, y1 = place[one][0] + _BAR, place[one][1] + out[one] + thick / 2
        x2, y2 = place[other][0], place[other][1] + into[other] + thick / 2
        out[one] += thick
        into[other] += thick
        bend = max(60.0, abs(x2 - x1) / 2)
        much = amount(_amount(each["quantity"]), answer["unit"], words.language)
        told = f"{nodes[one]['told']} → {nodes[other]['told']}: {much}"
        dash = ' stroke-dasharray="6 4"' if each["possible"] else ""
        parts.append(
            f'<path d="M{x1:.1f} {y1:.1f}C{x1 + bend:.1f} {y1:.1f} {x2 - bend:.1f} {y2:.1f} {x2:.1f} {y2:.1f}" fill="none" '
            f'stroke="{_COLOURS[nodes[one]["kind"]]}" stroke-opacity="0.4" stroke-width="{thick:.1f}"{dash}>'
            f"<title>{_text(told)}</title></path>"
        )
    for n, node in enumerate(nodes):
        x, y = place[n]
        tall = max(2.0, float(total[n]) * scale)
        told = f"{node['told']}: {amount(_amount(total[n]), answer['unit'], words.language)}"
        parts.append(
            f'<g><title>{_text(told)}</title><rect x="{x}" y="{y:.1f}" width="{_BAR}" height="{tall:.1f}" '
            f'fill="{_COLOURS[node["kind"]]}"/><text x="{x + _BAR + 5}" y="{y + tall / 2 + 4:.1f}" '
            f'paint-order="stroke" stroke="#ffffff" stroke-width="3" stroke-linejoin="round">'
            f"{_text(shortened(node['name'], _WRITTEN if node['layer'] == layers[-1] else LONGEST))}</text></g>"
        )
    parts.append("</svg>")
    made = "".join(parts)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{made}\n' if alone else made


def flow_rows(answer: dict[str, Any], words: Words) -> list[dict[str, Any]]:
    """Every flow as a row of a table; those that cannot be told in the unit of the picture at the end."""
    labels = [_named(node["label"], words) for node in answer["nodes"]]
    names = [node["name"] for node in answer["nodes"]]
    kinds = [node["kind"] for node in answer["nodes"]]
    rows = [
        {"kind": kinds[each["from"]], "from": labels[each["from"]], "to_kind": kinds[each["to"]], "to": labels[each["to"]],
         "from_name": names[each["from"]], "to_name": names[each["to"]],
         "quantity": each["quantity"], "unit": answer["unit"], "records": each["records"],
         "certainty": "possible" if each["possible"] else "proven", "drawn": "yes"}
        for each in answer["flows"]
    ]  # fmt: skip
    rows += [
        {"kind": each["kind"], "from": _named(each["label"], words), "to_kind": each["to_kind"],
         "to": _named(each["to_label"], words), "from_name": each["name"], "to_name": each["to_name"],
         "quantity": each["quantity"], "unit": each["unit"],
         "records": each["records"], "certainty": "", "drawn": "no"}
        for each in answer["not_convertible"]
    ]  # fmt: skip
    return rows


ROWS = ("kind", "from", "to_kind", "to", "quantity", "unit", "records", "certainty", "drawn", "from_name", "to_name")


def _grouped(answer: dict[str, Any], words: Words) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Nodes and flows with the smallest of a layer put together where there are too many to be told apart."""
    nodes, flows = answer["nodes"], [{**each, "quantity": Fraction(each["quantity"])} for each in answer["flows"]]
    size = [max(_sum(flows, "to", n), _sum(flows, "from", n)) for n in range(len(nodes))]
    kept: dict[int, int] = {}
    made: list[dict[str, Any]] = []
    for layer in sorted({node["layer"] for node in nodes}):
        within = sorted((n for n, node in enumerate(nodes) if node["layer"] == layer), key=lambda n: (-size[n], n))
        for n in within[:MOST]:
            kept[n] = len(made)
            made.append(
                {
                    **nodes[n],
                    "name": nodes[n]["name"] or _named(nodes[n]["label"], words),
                    "told": _told(nodes[n], words),
                }
            )
        if rest := within[MOST:]:
            for n in rest:
                kept[n] = len(made)
            others = words.page("flow_others", count=len(rest))
            made.append({"kind": "others", "layer": layer, "name": others, "told": others})
    sums: dict[tuple[int, int], Fraction] = defaultdict(Fraction)
    sure: set[tuple[int, int]] = set()
    for each in flows:
        pair = (kept[each["from"]], kept[each["to"]])
        sums[pair] += each["quantity"]
        if not each["possible"]:
            sure.add(pair)
    return made, [
        {"from": one, "to": other, "quantity": amount, "possible": (one, other) not in sure}
        for (one, other), amount in sorted(sums.items())
    ]


def _sum(flows: list[dict[str, Any]], side: str, node: int) -> Fraction:
    return sum((Fraction(each["quantity"]) for each in flows if each[side] == node), Fraction(0))


def _named(label: str, words: Words) -> str:
    return label or words.page("node_no_name")


def _told(node: dict[str, Any], words: Words) -> str:
    """Name and code of a node, where it has both."""
    label = _named(node["label"], words)
    return f"{node['name']} ({label})" if node["name"] else label


def _amount(value: Fraction) -> str:
    return f"{float(value):,.6g}"


def _text(text: str) -> str:
    return escape(legal(text), {'"': "&quot;"})
