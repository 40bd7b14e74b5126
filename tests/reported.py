"""What tests of reports share: a plant with awkward names, its report, and texts that try to become more than texts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from genealogy.engine import Engine
from genealogy.narrow.boundary import Boundary
from genealogy.report import compose
from genealogy.report.content import Report
from genealogy.starts.asked import Asked
from loaders import load as load_files

FORMULAS = (
    "=1+1", "+1+1", "-1+1", "@SUM(1)", "=cmd|' /C calc'!A0", "=HYPERLINK(\"http://x\",\"y\")", "\t=1+1", "＝1+1", "＋1", "－1",
    "＠SUM(1)", " =1+1", "'=1+1", "=WEBSERVICE(\"http://x\")", "{=1+1}", "=DDE(\"cmd\";\"/C calc\";\"x\")",
)  # fmt: skip
_TAGS = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg onload=alert(1)>", "\"><script>alert(1)</script>",
    "'><img src=x onerror=alert(1)>", "</td><script>alert(1)</script>", "</table><iframe src=javascript:alert(1)>",
    "</script><script>alert(1)</script>", "</title><script>alert(1)</script>", "</style><script>alert(1)</script>",
    "<a href=javascript:alert(1)>x</a>", "<body onload=alert(1)>", "<input autofocus onfocus=alert(1)>",
    "<details open ontoggle=alert(1)>", "<math><mtext></mtext><script>alert(1)</script></math>", "<base href=//evil.example>",
    "<link rel=stylesheet href=//evil.example/x.css>", "<meta http-equiv=refresh content=0;url=//evil.example>",
    "<object data=//evil.example>", "<embed src=//evil.example>", "<form action=//evil.example><button>x</form>",
    "<video src=//evil.example onerror=alert(1)>", "<audio src=//evil.example>", "<img src=//evil.example/x.png>",
    "<!--><script>alert(1)</script>", "<!-- ", "-->", "<![CDATA[<script>alert(1)</script>]]>", "<%= 7*7 %>", "{{7*7}}",
    "{{constructor.constructor('alert(1)')()}}", "${alert(1)}", "`;alert(1)//", "\";alert(1)//", "';alert(1)//", "\\\";alert(1)//",
    "javascript:alert(1)", "data:text/html,<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;", "&#60;script&#62;",
    "\\u003cscript\\u003e", "%3Cscript%3E", "<scr<script>ipt>alert(1)</scr</script>ipt>", "<SCRIPT>alert(1)</SCRIPT>",
    "<script\n>alert(1)</script\n>", "<style>*{background:url(//evil.example)}</style>", "expression(alert(1))",
)  # fmt: skip
SCRIPTS = (*_TAGS, *FORMULAS[:13])
"""Sixty texts that would do something on a careless page."""

_AT = "2026-05-01T08:00:00Z"
NAMES = {
    "MAT": "输液器 <b>150 cm</b>", "CUS-1": "上海医疗器械有限公司", "CUS-2": "=HYPERLINK(\"http://x\")", "CUS-3": "مستشفى",
    "SUP": "株式会社カンサイ", "OWN": "@Werk „Süd“",
}  # fmt: skip
PLANT: dict[str, str] = {
    "materials": "material_id,name,stage,base_unit,gtin,udi_di,tolerance_percent\nRM,Resin,supplied,kg,,,2\n"
    f'FU,"{NAMES["MAT"]}",finished,each,09521234301011,,0\n',
    "parties": "party_id,name,role,country,address,phone\n"
    f'SUP,{NAMES["SUP"]},supplier,JP,"1 Street, Osaka",\nCUS-1,{NAMES["CUS-1"]},customer,CN,"上海市 1 号",+86 1\n'
    'CUS-2,"=HYPERLINK(""http://x"")",customer,DE,,-5\n' + f"CUS-3,{NAMES['CUS-3']},customer,EG,Cairo,\n"
    f"OWN,{NAMES['OWN']},own,DE,Hauptstr. 1,+49 1\n",
    "lots": "item_id,material_id,lot_number,supplier_id,supplier_lot,quantity,unit,made_at,received_at,expires_on\n"
    f"RM-1,RM,N1,SUP,-7,100,kg,,{_AT},\n=FU,FU,+N2,,,4,each,2026-05-02,,2028-05-02\nFB,FU,N3,,,2,each,,,\n",
    "units": "item_id,lot_id,serial\nU-1,=FU,@S1\nU-2,=FU,<script>\nU-3,=FU,S3\n",
    "steps": "step_id,operation,operator,document_id,document_version\nMIX,=mix,批 张三,SOP-1,1.0\nFILL,fill,,,\n",
    "consumption": f"step_id,item_id,quantity,unit,at\nMIX,RM-1,60,kg,{_AT}\nFILL,RM-1,10,kg,{_AT}\n",
    "production": f"step_id,item_id,quantity,unit,at\nMIX,=FU,4,each,{_AT}\nFILL,FB,2,each,{_AT}\n",
    "shipments": "shipment_id,item_id,consignee_id,bill_to,quantity,unit,shipped_at,document,price\n"
    f"SH-1,U-1,CUS-1,CUS-2,1,each,{_AT},-DN1,\nSH-2,=FU,CUS-2,,1,each,2026-05-03,,\nSH-3,FB,CUS-3,,2,each,{_AT},DN3,=9\n",
    "decisions": f"item_id,status,at,by,reason\nRM-1,held,{_AT},Q,=1+1 residual\n",
}  # fmt: skip


@cache
def report() -> Report:
    """The report of the awkward plant, made once."""
    folder = Path(mkdtemp(prefix="report-"))
    for name, text in PLANT.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    with Engine.open(folder / "home") as engine:
        load_files(engine, sorted(folder.glob("*.csv")), zone="Europe/Berlin")
        return compose(engine, ["RM-1"])[0]


MORE: dict[str, str] = {
    "equipment": "equipment_id,name\n=EQ-1,@Mixer\nEQ-2,Filler\n",
    "equipment_use": f"step_id,equipment_id,from,to\nMIX,=EQ-1,{_AT},2026-05-01T09:00:00Z\nFILL,EQ-2,{_AT},2026-05-01T09:00:00Z\n",
    "readings": f"step_id,parameter,value,unit,low,high,at\nMIX,+temp,99,CEL,10,20,{_AT}\n,+temp,98,CEL,10,20,{_AT}\n",
    "units": "item_id,lot_id,serial\nU-4,=FU,-S4\n",
    "lots": "item_id,material_id,lot_number,supplier_id\n-RM,RM,N9,SUP\n",
    "steps": "step_id,operation,operator\nTEST,test,=Bo\n",
    "consumption": f"step_id,item_id,quantity,unit,at\nTEST,-RM,1,kg,{_AT}\n",
    "production": f"step_id,item_id,quantity,unit,at\nTEST,U-1,1,each,{_AT}\nTEST,U-2,1,each,{_AT}\n",
}
"""A second load: a machine, a reading outside its limits, one that names nothing, a further unit, a step of two units."""


@contextmanager
def opened() -> Iterator[Engine]:
    """The awkward plant with both loads."""
    folder = Path(mkdtemp(prefix="report-"))
    with Engine.open(folder / "home") as engine:
        for number, tables in enumerate((PLANT, MORE)):
            (folder / str(number)).mkdir()
            for name, text in tables.items():
                (folder / str(number) / f"{name}.csv").write_text(text, encoding="utf-8")
            load_files(engine, [folder / str(number)], zone="Europe/Berlin")
        yield engine


def wide_of(engine: Engine) -> Report:
    """A report with every section that can be asked for: other starts, narrowed scopes, changes, common causes."""
    asked = Asked(equipment=("=EQ-1",), parameters=("+temp",), outside=True, operators=("批 张三",))
    texts = ("lot", "only-after 2026-05-02", "kill-step fill", "only-equipment =EQ-1")
    narrowed = [(text, engine.narrowing(Boundary.of(text))) for text in texts]
    also = engine.starts(asked)
    return compose(engine, ["U-1", "U-2"], also=also, narrowed=narrowed, since=1, where_else=True)[0]


@cache
def wide() -> Report:
    """Such a report, made once."""
    with opened() as engine:
        return wide_of(engine)


def poisoned(value: Any, texts: tuple[str, ...]) -> Any:
    """The same content with every text of the records replaced by one of these, each in turn."""
    used = iter(range(10**9))

    def text(_: str) -> str:
        return texts[next(used) % len(texts)]

    def table(each: Any) -> Any:
        sorts = [column.sort for column in each.columns]
        rows = [
            tuple(text(c) if isinstance(c, str) and s != "word" else c for c, s in zip(row, sorts, strict=True))
            for row in each.rows * 12
        ]
        return replace(each, rows=rows)

    def form(each: Any) -> Any:
        some = [
            replace(f, value=text(f.value) if f.value else None, examples=tuple(map(text, f.examples)))
            for f in each.fields
        ]
        return replace(each, fields=tuple(some), tables=tuple(map(table, each.tables)))

    def graph(each: Any) -> Any:
        return replace(each, nodes=tuple(replace(node, label=text(node.label)) for node in each.nodes))

    assert is_dataclass(value)
    assert {each.name for each in fields(value)} >= {"sections", "forms", "graph", "question"}
    return replace(
        value,
        question=texts[:19],
        complete=False,
        differences=texts,
        scope={
            **value.scope,
            "summary": list(texts),
            "starts": list(texts),
            "complete": False,
            "differences": list(texts),
        },
        sections=tuple(replace(s, tables=tuple(map(table, s.tables))) for s in value.sections),
        forms=tuple(map(form, value.forms)),
        graph=graph(value.graph),
        page_graph=graph(value.page_graph),
        also=tuple(
            tuple(replace(f, value=text(f.value)) if f.sort == "text" else f for f in each) for each in value.also
        ),
    )
