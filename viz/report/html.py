"""The report as one page that needs nothing else: no network, no further file, and no script but its own two.

Whatever comes from the records is escaped. Beyond that the page forbids itself everything that it does not need: its
content security policy allows no request at all and only the scripts whose digests it names, so that a text that looks
like a script stays a text even if an escape were forgotten.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from viz.graph import vis_network
from viz.report.head import FORM, form_notes, form_row, graph_notice, head, lines, notice, part_names

if TYPE_CHECKING:
    from collections.abc import Iterable

    from genealogy.report.content import FilledForm, Report, Section, Table
    from viz.words import Words

ROWS = 2_000
"""Rows of one table on the page; a page with more is slow to open. What is left out is said, with the file that has it."""

_STYLE = """
body{font:15px/1.45 system-ui,"Noto Sans","Noto Sans SC","Microsoft YaHei","PingFang SC",sans-serif;margin:0 auto;padding:1rem 2rem;max-width:1500px;color:#1b1b1b}
h1{font-size:1.6rem}h2{border-bottom:2px solid #5b7fa6;margin-top:2.2rem}h3{margin-bottom:.3rem}
.lead{font-size:1.15rem;background:#f2f6fb;border-left:5px solid #5b7fa6;padding:.6rem 1rem}
.incomplete{background:#fdecea;border-color:#c62828;font-weight:bold}
.masked{background:#fff4ce;border:2px solid #8a6d00;padding:.5rem 1rem;font-weight:bold}
.scroll{overflow:auto;max-height:70vh;border:1px solid #ccd}
table{border-collapse:collapse;width:100%;font-size:.86rem}
th,td{border:1px solid #dde;padding:.2rem .45rem;text-align:left;vertical-align:top;unicode-bidi:isolate}
thead th{position:sticky;top:0;background:#dce6f1;cursor:pointer;white-space:nowrap}
td.n{text-align:right;font-variant-numeric:tabular-nums}
td.missing{background:#ffc7ce;font-weight:bold}td.partly{background:#ffeb9c}
input.f{margin:.3rem 0;padding:.2rem .4rem;width:18rem}
#graph{height:75vh;border:1px solid #ccd}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1rem}dt{font-weight:bold}dd{margin:0;overflow-wrap:anywhere;unicode-bidi:isolate}
nav a{margin-right:1rem}.note{color:#555}
@media print{.scroll{max-height:none;overflow:visible}input.f,#graph,nav{display:none}}
"""
_SCRIPT = """
document.querySelectorAll('table.t').forEach(function(table){
  var body=table.tBodies[0];
  table.querySelectorAll('thead th').forEach(function(th,i){
    var up=false;
    th.addEventListener('click',function(){
      up=!up;
      var n=th.className==='n',rows=Array.from(body.rows).map(function(r){return [r.cells[i].textContent,r];});
      rows.sort(function(a,b){var c=n?(parseFloat(a[0].replace(/,/g,''))||0)-(parseFloat(b[0].replace(/,/g,''))||0):(a[0]<b[0]?-1:a[0]>b[0]?1:0);return up?c:-c;});
      rows.forEach(function(r){body.appendChild(r[1]);});
    });
  });
  var field=table.parentNode.previousElementSibling;
  if(field&&field.className==='f')field.addEventListener('input',function(){
    var q=field.value.toLowerCase();
    Array.from(body.rows).forEach(function(r){r.hidden=q!==''&&r.textContent.toLowerCase().indexOf(q)<0;});
  });
});
var drawn=JSON.parse(document.getElementById('graph-data').textContent);
var network=new vis.Network(document.getElementById('graph'),{nodes:new vis.DataSet(drawn.nodes),edges:new vis.DataSet(drawn.edges)},drawn.options);
network.once('afterDrawing',function(){network.fit();});
"""


def report_html(report: Report, words: Words, files: dict[str, str]) -> bytes:
    """The page as bytes.

    Args:
        report: its content.
        words: of its language.
        files: by table, the name of the CSV file that holds all of its rows.
    """
    vis = library()
    policy = (
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; script-src "
        + " ".join(f"'sha256-{script_digest(script)}'" for script in (vis, _SCRIPT))
    )
    sections = part_names(report)
    lead = "lead" if report.complete else "lead incomplete"
    said = "".join(f"<p>{text(line)}</p>" for line in lines(report, words))
    masked = f'<p class="masked" role="note">{text(notice(report, words))}</p>' if report.masked else ""
    said_of_graph = graph_notice(report, words)
    graph = json.dumps(vis_network(report.graph, words), ensure_ascii=False, sort_keys=True).replace("<", "\\u003c")
    parts = [
        f'<!DOCTYPE html><html lang="{"zh-Hans" if words.language == "zh" else "en"}"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{text(policy)}">',
        '<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="referrer" content="no-referrer">',
        f"<title>{text(words.page('title'))}</title><style>{_STYLE}</style></head><body>",
        f'<h1>{text(words.page("title"))}</h1>{masked}<div class="{lead}">{said}</div>',
        _statements(head(report, words)),
        _contents(report, words),
        f'<h2 id="graph-section">{text(words.section("graph"))}</h2>',
        f'<p class="note">{text(words.page(f"folded_{report.graph.folding}"))} {text(words.page("graph_hint"))}</p>',
        f'<p class="note">{text(said_of_graph)}</p>' if said_of_graph else "",
        '<div id="graph"></div>',
        *(_section(section, words, files) for section in report.sections),
        f'<h2 id="forms">{text(words.section("forms"))}</h2><p class="note">{text(words.page("check_forms"))}</p>',
        *(_form(form, words, sections, files) for form in report.forms),
        f"<h2>{text(words.page('assumptions'))}</h2><ul>",
        *(f"<li>{text(words.sentence(each))}</li>" for each in report.assumptions),
        f'</ul><script type="application/json" id="graph-data">{graph}</script>',
        f"<script>{vis}</script><script>{_SCRIPT}</script></body></html>\n",
    ]
    return "".join(parts).encode()


def text(raw: str) -> str:
    """A text of the records as it may stand anywhere in the page."""
    return html.escape(raw, quote=True)


def _statements(statements: Iterable[tuple[str, str]]) -> str:
    return "<dl>" + "".join(f"<dt>{text(label)}</dt><dd>{text(value)}</dd>" for label, value in statements) + "</dl>"


def _contents(report: Report, words: Words) -> str:
    names = [(section.name, words.section(section.name)) for section in report.sections]
    names = [("graph-section", words.section("graph")), *names, ("forms", words.section("forms"))]
    return "<nav>" + " ".join(f'<a href="#{text(name)}">{text(title)}</a>' for name, title in names) + "</nav>"


def _section(section: Section, words: Words, files: dict[str, str]) -> str:
    parts = [f'<h2 id="{text(section.name)}">{text(words.section(section.name))}</h2>']
    parts += [f"<p>{text(words.sentence(each))}</p>" for each in section.sentences]
    statements = [(words.column(fact), words.cell(fact.value, fact.sort)) for fact in section.facts]
    if section.digest:
        statements.append((words.page("digest"), section.digest))
    parts += [_statements(statements)] if statements else []
    return "".join([*parts, *(_table(table, words, files) for table in section.tables)])


def _table(table: Table, words: Words, files: dict[str, str]) -> str:
    shown, count = table.rows[:ROWS], len(table.rows)
    parts = [f"<h3>{text(words.table(table.name))} ({words.count(count)} {text(words.page('rows'))})</h3>"]
    parts += [f'<p class="note">{text(words.sentence(note))}</p>' for note in table.notes]
    if len(shown) < count:
        said = words.page("first_rows", shown=words.count(ROWS), count=words.count(count), file=files[table.name])
        parts.append(f'<p class="note">{text(said)}</p>')
    if not count:
        return "".join([*parts, f"<p>{text(words.page('none'))}</p>"])
    parts.append(
        f'<input class="f" placeholder="{text(words.page("filter"))}" aria-label="{text(words.page("filter"))}">'
    )
    classes = ["n" if column.sort in ("count", "quantity") else "" for column in table.columns]
    headings = "".join(
        f'<th class="{c}">{text(words.column(column))}</th>' for c, column in zip(classes, table.columns, strict=True)
    )
    parts.append(f'<div class="scroll"><table class="t"><thead><tr>{headings}</tr></thead><tbody>')
    opened = ["<td>" if not c else f'<td class="{c}">' for c in classes]
    for row in shown:
        cells = zip(opened, words.row(row, table.columns), strict=True)
        parts.append("<tr>" + "".join(f"{o}{text(cell)}</td>" for o, cell in cells) + "</tr>")
    parts.append("</tbody></table></div>")
    return "".join(parts)


def _form(form: FilledForm, words: Words, sections: frozenset[str], files: dict[str, str]) -> str:
    parts = [f"<h3>{text(words.form(form.name))}</h3>"]
    parts += [f'<p class="note">{text(note)}</p>' for note in form_notes(form, words)]
    headings = "".join(f"<th>{text(words.page(key))}</th>" for key in FORM)
    parts.append(f'<div class="scroll"><table><thead><tr>{headings}</tr></thead><tbody>')
    for field in form.fields:
        classes = ("", "", "" if field.read else "partly", field.status, "", "")
        cells = zip(classes, form_row(field, words, sections), strict=True)
        parts.append("<tr>" + "".join(f'<td class="{name}">{text(cell)}</td>' for name, cell in cells) + "</tr>")
    parts.append("</tbody></table></div>")
    return "".join([*parts, *(_table(table, words, files) for table in form.tables)])


@cache
def library() -> str:
    """vis-network as pyvis ships it; a page must not hold the end of a script inside a script."""
    import pyvis

    folder = Path(pyvis.__file__).parent / "templates" / "lib"
    script = sorted(folder.glob("vis-9.1*/vis-network.min.js"))[-1].read_text(encoding="utf-8")
    assert "</script" not in script.lower()
    return script


def script_digest(script: str) -> str:
    """The digest of a script, as a content security policy names it."""
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
