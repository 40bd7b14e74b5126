"""The picture as one page for the record: it opens offline, asks nothing of anybody, and holds its table beside it.

pyvis makes the nodes and edges and brings vis-network along; the page around them is ours, since pyvis's own would load
style sheets from elsewhere and lets texts become markup.
"""

from __future__ import annotations

import html
import json
from typing import TYPE_CHECKING, Any

from viz.graph_svg import heading
from viz.graph_view import drawn, vis_network
from viz.report.html import library, script_digest

if TYPE_CHECKING:
    from viz.words import Words

_STYLE = """
body{font:15px/1.45 system-ui,"Noto Sans","Noto Sans SC","Microsoft YaHei","PingFang SC",sans-serif;margin:0 auto;padding:1rem 2rem;max-width:1600px;color:#17242d;background:#fff}
h1{font-size:1.4rem;overflow-wrap:anywhere}.lead{background:#f2f6fb;border-left:5px solid #5b7fa6;padding:.5rem 1rem;overflow-wrap:anywhere}.incomplete{background:#fdecea;border-color:#c62828}
#graph{height:70vh;border:1px solid #ccd}.scroll{overflow:auto;border:1px solid #ccd;max-height:70vh}
table{border-collapse:collapse;width:100%;font-size:.86rem}th,td{border:1px solid #dde;padding:.2rem .45rem;text-align:left;vertical-align:top;unicode-bidi:isolate}
thead th{position:sticky;top:0;background:#dce6f1}td.n{text-align:right;font-variant-numeric:tabular-nums}
@media print{#graph{display:none}.scroll{max-height:none}}
"""
_SCRIPT = """
var drawn=JSON.parse(document.getElementById('graph-data').textContent);
var network=new vis.Network(document.getElementById('graph'),{nodes:new vis.DataSet(drawn.nodes),edges:new vis.DataSet(drawn.edges)},drawn.options);
network.once('afterDrawing',function(){network.fit();document.getElementById('graph').dataset.ready='yes';});
"""


def page(answer: dict[str, Any], digest: str, words: Words) -> bytes:
    """The page in UTF-8.

    Args:
        answer: of ``engine.graph``.
        digest: of that answer.
        words: of its language.
    """
    vis = library()
    policy = (
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; script-src "
        + " ".join(f"'sha256-{script_digest(script)}'" for script in (vis, _SCRIPT))
    )
    title = words.page("graph_title")
    lines = "".join(f"<p>{_text(line)}</p>" for line in heading(answer, words))
    shown = json.dumps(vis_network(answer, words), ensure_ascii=False, sort_keys=True).replace("<", "\\u003c")
    parts = [
        f'<!DOCTYPE html><html lang="{"zh-Hans" if words.language == "zh" else "en"}"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_text(policy)}">',
        '<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="referrer" content="no-referrer">',
        f"<title>{_text(title)}</title><style>{_STYLE}</style></head><body><h1>{_text(title)}</h1>",
        f'<div class="{"lead" if answer["complete"] else "lead incomplete"}">{lines}',
        f"<p>{_text(words.page('digest'))}: {_text(digest)}</p></div>",
        f'<div id="graph" role="img" aria-label="{_text(title)}"></div>',
        f"<h2>{_text(words.page('graph_table'))}</h2>{_table(answer, words)}",
        f'<script type="application/json" id="graph-data">{shown}</script>',
        f"<script>{vis}</script><script>{_SCRIPT}</script></body></html>\n",
    ]
    return "".join(parts).encode()


def rows(answer: dict[str, Any], words: Words) -> list[dict[str, Any]]:
    """The picture as rows of a table."""
    nodes = drawn(answer, words)
    leads: dict[int, list[str]] = {}
    for link in answer["links"]:
        leads.setdefault(link["from"], []).append(nodes[link["to"]].name)
    return [
        {
            "kind": words.page(f"node_{each.node['kind']}"),
            "group": each.name,
            "stage": each.node["stage"],
            "items": each.node["items"],
            "finished_units": each.node["finished_units"],
            "finished_lots": each.node["finished_lots"],
            "records": each.node["members"],
            "tier": ", ".join(each.node["tiers"]),
            "from": each.node["from"],
            "to": each.node["to"],
            "leads_to": "; ".join(leads.get(number, [])),
        }
        for number, each in enumerate(nodes)
    ]


def _table(answer: dict[str, Any], words: Words) -> str:
    names = ("graph_kind", "graph_group", "graph_items", "graph_units", "graph_lots", "graph_leads")
    headings = "".join(f'<th scope="col">{_text(words.page(name))}</th>' for name in names)
    body = []
    for row in rows(answer, words):
        numbers = "".join(
            f'<td class="n">{words.count(row[name])}</td>' for name in ("items", "finished_units", "finished_lots")
        )
        body.append(
            f"<tr><td>{_text(row['kind'])}</td><td>{_text(row['group'])}</td>{numbers}<td>{_text(row['leads_to'])}</td></tr>"
        )
    return f'<div class="scroll"><table><thead><tr>{headings}</tr></thead><tbody>{"".join(body)}</tbody></table></div>'


def _text(raw: str) -> str:
    return html.escape(raw, quote=True)
