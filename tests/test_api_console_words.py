"""Every sentence of the console has its Chinese, and no Chinese is left over."""

from __future__ import annotations

import re
from pathlib import Path

from api.access.noting import TOLD
from api.access.rules import DUTIES, Role
from api.console import pages, scope_from, scope_rows
from api.console.words import ZH, translator
from api.jobs.job import State
from genealogy.balance.trace import FLOW_PARTS
from genealogy.batches import ALERTS, BALANCE, SORTS
from genealogy.bounds import DOUBTS
from genealogy.graph.columns import KINDS
from genealogy.graph.folds import FOLDINGS
from genealogy.undescribed import DESCRIBED
from genealogy.where import NAMES

TEMPLATES = Path(pages.__file__).parent / "templates"
SAID = re.compile(r"""\bt\((?:"([^"]*)"|'([^']*)')\)""")
TITLES = re.compile(r'\("[a-z_/]+", (?:"[a-z_]+", )?"([A-Z][^"]*)"')
VALUES = {
    "lot", "unit", "unknown", "finished", "intermediate", "supplied", "proven", "possible", "order",
    *("operator", "site", "line", "order_id", "started_at", "ended_at", "step_id", "operation"),
    *("materials", "equipment", "parameters", "supplier", "supplier_lot"),
    *("item", "material", "document", "time_window", "step", "in"),
    *(f"job_{name}" for name in ("load", "check", "rebuild", "verify", *(state.value for state in State))),
    *NAMES,
    *FLOW_PARTS, "unaccounted",
    *DOUBTS,
    *(f"fold_{name}" for name in FOLDINGS),
    *(f"alert_{name}" for name in (*ALERTS, BALANCE)),
    *(f"sort_{name}" for name in SORTS),
    *("released", "held", "quarantine", "rejected", "recalled"),
    *(f"node_{kind}" for kind in KINDS),
    *(role.value for role in Role),
    *DUTIES.values(),
    *DESCRIBED, *TOLD, "failed", "not_looked_at", "unknown_names", "came_from", "since", "until",
    "created", "load", "person", "key", "role", "roles", "name", "expires",
    *(text for sort in scope_from.SORTS for text in (sort.title, sort.includes, *(blank.label for blank in sort.blanks))),
    *scope_from.LABELS.values(),
    "entry", "file", "row", "table", "column", "rule", "value", "why",
    "compared", "superseded", "replaced", "says what was inside", "no_quantity", "not_convertible", "shared_container",
}  # fmt: skip
"""Values of records that pages translate as they come."""


def sentences() -> set[str]:
    found = {name for name, _ in ((title, 0) for _, title in scope_rows.TABS.values())} | VALUES
    for page in TEMPLATES.glob("*.html"):
        text = page.read_text(encoding="utf-8")
        found |= {one or other for one, other in SAID.findall(text)}
        found |= set(TITLES.findall(text))
    return found | {f"this {tier}" for tier in ("unit", "lot", "order")}


def test_every_sentence_is_translated() -> None:
    assert sentences() - ZH.keys() == set()


def test_no_translation_is_left_over() -> None:
    assert ZH.keys() - sentences() == set()


def test_another_language_is_english() -> None:
    assert translator("fr")("Search") == "Search"
    assert translator("zh")("Search") != "Search"
    assert translator("zh")("a sentence nobody wrote") == "a sentence nobody wrote"
