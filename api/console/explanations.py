"""Pages that explain an answer: why in and why out, where it is, what is behind it, what several complaints share."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from api.asked import named, one, when

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import Request
    from fastapi.responses import HTMLResponse

    from api.console.pages import Console
    from genealogy.answer import Answer
    from genealogy.engine import Engine
    from genealogy.report.content import Graph

LISTED = 100
"""Rows of each list on these pages; the rest is in the download."""
_BETWEEN = re.compile(r"[\n\t;]+")


class Explanations:
    """The pages, beside those of items and scopes.

    Args:
        console: that makes pages and holds the engine.
    """

    def __init__(self, console: Console) -> None:
        self._console = console

    def why(self, request: Request, item: str, starts: list[str], as_of: str) -> HTMLResponse:
        """The chain of recorded facts that puts an item in a scope, or the fact that cuts it off."""

        def ask(engine: Engine) -> Answer:
            at = when(as_of)
            return engine.why(one(engine, item, at), named(engine, starts, at, union=True), at)

        return self._told(request, "why.html", ask, starts=starts)

    def beside(self, request: Request, items: list[str], as_of: str) -> HTMLResponse:
        """What stands beside a scope without being in it."""

        def ask(engine: Engine) -> Answer:
            at = when(as_of)
            return engine.near_misses(named(engine, items, at, union=True), at, limit=LISTED)

        return self._told(request, "beside.html", ask, starts=items)

    def places(self, request: Request, items: list[str], as_of: str) -> HTMLResponse:
        """Where everything in a scope is now."""

        def ask(engine: Engine) -> Answer:
            at = when(as_of)
            return engine.where(engine.scope_items(named(engine, items, at, union=True), at), at)

        return self._told(request, "places.html", ask, starts=items)

    def graph(self, request: Request, items: list[str], as_of: str, fold: str) -> HTMLResponse:
        """The scope as a picture, folded so that it can be looked at, and as the table that says the same."""
        from genealogy.report.graph import FOLDINGS, folded
        from genealogy.report.records import Affected
        from viz.graph import vis_network
        from viz.words import Words

        least = fold if fold in FOLDINGS else FOLDINGS[0]
        drawn: list[Graph] = []

        def ask(engine: Engine) -> Answer:
            at = engine.moment(when(as_of))
            answer = engine.scope(named(engine, items, at, union=True), at)
            affected = Affected(engine.snapshot.moment(at), engine.evidence, answer.answer)
            found = engine.snapshot.shipments(affected.ids, at)
            drawn.append(folded(affected, found if isinstance(found, list) else found.rows(), least=least))
            return answer

        answer = self._console.ask(ask)
        (graph,) = drawn
        language = self._console.language(request)
        shown = vis_network(graph, Words(language))
        for place, (node, made) in enumerate(zip(graph.nodes, shown["nodes"], strict=True)):
            one_item = node.kind in ("start", "lot", "unknown") and node.items == 1
            made |= {
                "kind": node.kind,
                "tier": node.tier or "",
                "name": node.label,
                "layer": node.layer,
                "place": place,
            }
            made["href"] = f"/items/{quote(node.label, safe='')}?as_of={answer.answer['as_of']}" if one_item else ""
        return self._console.page(
            request,
            "graph.html",
            answer=answer.answer,
            flat=answer.flat(),
            as_of=answer.answer["as_of"],
            starts=items,
            graph=graph,
            foldings=FOLDINGS,
            fold=least,
            # Inside a script element only the end of it could do harm.
            shown=json.dumps(shown, ensure_ascii=False, sort_keys=True).replace("<", "\\u003c"),
        )

    def balance(self, request: Request, item: str, as_of: str) -> HTMLResponse:
        """The mass balance of an item, with the rows that explain it."""

        def ask(engine: Engine) -> Answer:
            at = when(as_of)
            return engine.balance(one(engine, item, at), at)

        return self._told(request, "balance.html", ask)

    def responsible(self, request: Request, item: str, as_of: str) -> HTMLResponse:
        """Who and what stands behind an item, step by step."""

        def ask(engine: Engine) -> Answer:
            at = when(as_of)
            return engine.responsible(one(engine, item, at), at)

        return self._told(request, "responsible.html", ask)

    def where_else(self, request: Request, complaints: str, as_of: str) -> HTMLResponse:
        """Complaints in, ranked common causes out."""
        texts = [text.strip() for text in _BETWEEN.split(complaints) if text.strip()]
        if not texts:
            return self._console.page(request, "where_else.html", complaints="", answer=None, flat=None, listed=LISTED)

        def ask(engine: Engine) -> Answer:
            at = when(as_of)
            return engine.where_else(named(engine, texts, at, union=True), (), at)

        return self._told(request, "where_else.html", ask, complaints=complaints)

    def _told(self, request: Request, template: str, ask: Callable[[Engine], Answer], **values: Any) -> HTMLResponse:
        answer = self._console.ask(ask)
        return self._console.page(
            request,
            template,
            answer=answer.answer,
            flat=answer.flat(),
            as_of=answer.answer["as_of"],
            listed=LISTED,
            **values,
        )
