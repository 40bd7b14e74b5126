"""The answer of ``engine.graph`` ready to be drawn: places, names, colours and shapes, the same for every form of it."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from viz.graph_layout import placed

if TYPE_CHECKING:
    from viz.words import Words

COLOURS = {
    "supplier": "#d9c7f2", "start": "#f4b6b6", "lot": "#cfe3f7", "units": "#bfe5c8", "unknown": "#e0e0e0",
    "step": "#fbe5b5", "selected": "#f4b6b6", "customer": "#f7d3e6",
}  # fmt: skip
"""Fill of each kind; dark text stands on each of them with a contrast above 7."""
SIGNS = {
    "supplier": "◆", "start": "★", "lot": "■", "units": "●", "unknown": "?", "step": "▶", "selected": "★", "customer": "▲",
}  # fmt: skip
"""A sign for each kind, so that none is told by its colour alone."""
EDGES = {"unit": "#2e7d32", "lot": "#5b7fa6", "order": "#b26a00", "inferred": "#7a4b8a"}
INK = "#17242d"
_TALLEST = 28
LONGEST = 30


@dataclass(frozen=True, slots=True)
class Drawn:
    """A node at its place.

    Attributes:
        node: of the answer.
        x: of its middle.
        y: of its middle.
        name: what it is called, whole.
        lines: what is written on it.
        told: what is said of it when it is chosen.
    """

    node: dict[str, Any]
    x: int
    y: int
    name: str
    lines: tuple[str, ...]
    told: tuple[str, ...]


def drawn(answer: dict[str, Any], words: Words) -> list[Drawn]:
    """Every node of a picture with its place and its words."""
    nodes = answer["nodes"]
    links = [(link["from"], link["to"]) for link in answer["links"]]
    places = placed([node["layer"] for node in nodes], links, _TALLEST)
    return [
        Drawn(node, x, y, named(node, words), _lines(node, words), _told(node, words))
        for node, (x, y) in zip(nodes, places, strict=True)
    ]


def named(node: dict[str, Any], words: Words) -> str:
    """What a node is called: what the records say, or that they say nothing."""
    label, one = node["label"] or words.page("node_no_name"), node["item"] or node["party"]
    if node["name"] and not node["last_label"]:
        label = f"{node['name']} ({node['party'] or node['label']})"
        return f"{label}: {node['item']}" if node["item"] else label
    if node["last_label"]:
        return f"{label} … {node['last_label']}"
    # A fold of one thing is that thing.
    return f"{label}: {one}" if one and one != label else str(label)


def counted(node: dict[str, Any], words: Words) -> str:
    """What a node stands for, in a few words."""
    if node["finished_units"]:
        return words.page("node_units_count", count=words.count(node["finished_units"]))
    if node["kind"] in ("step", "selected"):
        return words.page("node_steps_count", count=words.count(node["members"]))
    if node["kind"] in ("customer", "supplier"):
        return words.page("node_parties_count", count=words.count(node["members"])) if node["members"] > 1 else ""
    return words.page("node_items_count", count=words.count(node["items"])) if node["items"] > 1 else ""


def said(answer: dict[str, Any], words: Words) -> list[str]:
    """What has to be said beside a picture: what it holds, what is folded, what is left out."""
    total, gone, folded = answer["shown"], answer["left_out"], answer["folded"]

    def of(counts: dict[str, int]) -> dict[str, str]:
        return {
            "items": words.count(counts["items"]),
            "units": words.count(counts["finished_units"]),
            "lots": words.count(counts["finished_lots"]),
        }

    lines = [words.page("graph_totals", **of(total), nodes=words.count(len(answer["nodes"])))]
    if folded["nodes"]:
        lines.append(
            words.page("graph_folded", groups=words.count(folded["nodes"]), items=words.count(folded["items"]))
        )
    if gone["items"]:
        lines.append(words.page("graph_left_out", **of(gone)))
    if answer.get("parties_as_one"):
        lines.append(words.page("parties_as_one"))
    if answer["time"]["undated_items"]:
        lines.append(words.page("graph_undated", count=words.count(answer["time"]["undated_items"])))
    if answer["folded_again"]:
        lines.append(
            words.page("graph_folded_again", most=words.count(answer["most"]), count=len(answer["folded_again"]))
        )
    return lines


def vis_network(answer: dict[str, Any], words: Words) -> dict[str, Any]:
    """Nodes, edges and options as vis-network takes them; ids are numbers, and texts of the records only labels and titles."""
    from pyvis.network import Network

    net = Network(directed=True, cdn_resources="in_line")
    through = set(answer["route"]["nodes"]) if answer["route"] else set()
    for number, each in enumerate(drawn(answer, words)):
        kind = each.node["kind"]
        net.add_node(
            number, label="\n".join(each.lines), title="\n".join((each.name, *each.told)), shape="box",
            color={"background": COLOURS[kind], "border": "#a3160a" if number in through else "#7c8c97"},
            borderWidth=4 if number in through else 1, x=each.x, y=each.y, physics=False,
            shapeProperties={"borderRadius": corners(kind)},
        )  # fmt: skip
    for link in answer["links"]:
        text = words.page("edge_possible" if link["possible"] else "edge_records", count=words.count(link["records"]))
        on_path = link["from"] in through and link["to"] in through
        net.add_edge(
            link["from"], link["to"], title=text, dashes=link["possible"], physics=False,
            color="#a3160a" if on_path else edge_colour(answer, link), width=3 if on_path else 1,
        )  # fmt: skip
    options = {
        "physics": {"enabled": False},
        "interaction": {"hover": True, "navigationButtons": False, "keyboard": False, "dragNodes": True},
        "edges": {"smooth": {"enabled": True, "type": "cubicBezier", "forceDirection": "horizontal", "roundness": 0.4}},
        "nodes": {"font": {"size": 15, "multi": False, "color": INK}, "widthConstraint": {"maximum": 230}},
        "layout": {"improvedLayout": False, "randomSeed": 1},
    }
    return {"nodes": net.nodes, "edges": net.edges, "options": options}


def corners(kind: str) -> int:
    """How round the corners of a node are: steps are square, what can be held is round."""
    return 0 if kind in ("step", "selected") else 14 if kind in ("units", "customer") else 5


def edge_colour(answer: dict[str, Any], link: dict[str, Any]) -> str:
    """By what the records of the node that it leads to prove at best."""
    tiers = answer["nodes"][link["to"]]["tiers"]
    return EDGES[next((tier for tier in EDGES if tiers.get(tier)), "lot")]


def graphml(answer: dict[str, Any], words: Words) -> bytes:
    """The same picture for other programs."""
    import networkx as nx

    made: nx.DiGraph[int] = nx.DiGraph()
    if not answer["complete"]:
        made.graph["incomplete"] = words.page("incomplete")
    for number, each in enumerate(drawn(answer, words)):
        node = each.node
        made.add_node(
            number, kind=node["kind"], level=node["level"], label=legal(each.name), layer=node["layer"],
            finished_units=node["finished_units"], finished_lots=node["finished_lots"], items=node["items"],
            members=node["members"], tier=next(iter(node["tiers"]), ""), first=node["from"] or "", last=node["to"] or "",
            fold=node["way"], x=each.x, y=each.y,
        )  # fmt: skip
    for link in answer["links"]:
        made.add_edge(link["from"], link["to"], records=link["records"], possible=link["possible"])
    out = io.BytesIO()
    nx.write_graphml_xml(made, out, named_key_ids=True)
    return out.getvalue()


def shortened(text: str, most: int = LONGEST) -> str:
    """A text that fits onto a node; the whole of it stands in the table and in what is said of the node."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _lines(node: dict[str, Any], words: Words) -> tuple[str, ...]:
    label = node["item"] or node["name"] or node["party"] or node["label"] or words.page("node_no_name")
    if node["last_label"]:
        label = f"{shortened(node['label'])} … {shortened(node['last_label'])}"
        return (f"{SIGNS[node['kind']]} {label}", f"{counted(node, words)} [+]")
    below = " ".join(part for part in (counted(node, words), "[+]" if node["unfolds"] else "") if part)
    return (f"{SIGNS[node['kind']]} {shortened(label)}", *((below,) if below else ()))


def _told(node: dict[str, Any], words: Words) -> tuple[str, ...]:
    lines = [words.page(f"node_{node['kind']}"), counted(node, words)]
    if node["finished_lots"]:
        lines.append(words.page("node_lots_count", count=words.count(node["finished_lots"])))
    lines += [
        f"{words.page('node_tier', tier=words.cell(tier, 'word'))} {words.count(count)}"
        for tier, count in node["tiers"].items()
    ]
    if node["from"]:
        lines.append(words.page("node_when", since=node["from"], until=node["to"]))
    if node["undated"]:
        lines.append(words.page("node_undated", count=words.count(node["undated"])))
    return tuple(line for line in lines if line)


def legal(text: str) -> str:
    """Without the characters that XML cannot hold at all."""
    return "".join(
        c if c in "\t\n\r" or " " <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c > "\uffff" else "�" for c in text
    )
