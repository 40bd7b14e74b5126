"""The graph of a scope: a page that can be unfolded and folded again, what stands behind a node, and files of the same picture."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

from fastapi.responses import Response

from api.console.other_starts import said_of
from api.console.pages import NONE, link
from api.questions.asked import also_from, named, one, when
from genealogy.graph import STAGES
from genealogy.graph.folds import FOLDINGS
from viz.words import Words

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import Request
    from fastapi.responses import HTMLResponse

    from api.console.other_starts import Other
    from api.console.pages import Console
    from genealogy.answer import Answer
    from genealogy.engine import Engine
    from genealogy.first_look import Look
    from genealogy.graph import View

TIERS = ("unit", "lot", "order")


class Graphs:
    """The pages of the graph.

    Args:
        console: that makes pages and asks the engine.
    """

    def __init__(self, console: Console) -> None:
        self._console = console

    def page(
        self,
        request: Request,
        items: list[str],
        as_of: str,
        view: View,
        to: str,
        *,
        compared: bool = False,
        other: Other = NONE,
    ) -> HTMLResponse:
        """The scope as a picture, folded so that it can be looked at, and as the table that says the same.

        Of a very large one, what one road says until the other is done (``compared``).
        """
        from viz.graph_view import SIGNS, drawn, said, vis_network

        if compared:
            self._console.scopes.compare(items, as_of, other.asked)
        told, answer = self._console.either(self._question(items, as_of, view, to, other, first=not compared))
        words = Words(self._console.language(request))
        at = told["as_of"]
        kept = _query(view, to)
        address = {"item": items, "as_of": at, **other.at("/graph")}
        nodes = [_row(each.node, each.name, each.told, address, kept) for each in drawn(told, words)]
        leads: dict[int, list[int]] = {}
        for each in told["links"]:
            leads.setdefault(each["from"], []).append(each["to"])
        shown = vis_network(told, words)
        for made, node in zip(shown["nodes"], nodes, strict=True):
            made |= {name: node[name] for name in ("kind", "name", "told", "open", "shut", "href", "behind", "route")}
        shown["through"] = told["route"]["nodes"] if told["route"] else []
        return self._console.page(
            request,
            "graph.html",
            answer=told,
            flat=None if answer is None else answer.flat(),
            as_of=at,
            starts=items,
            compared=compared,
            begun=said_of(self._console, request, other, as_of),
            more=other.more,
            address=address,
            awaited=link("/graph", **address, **kept, compared="yes"),
            view=view,
            to=to,
            kept=kept,
            nodes=nodes,
            leads=leads,
            signs=SIGNS,
            kinds=list(dict.fromkeys(node["kind"] for node in nodes)),
            said=said(told, words),
            foldings=FOLDINGS,
            stages=STAGES,
            tiers=TIERS,
            days=told["time"]["days"],
            # Inside a script element only the end of it could do harm.
            shown=json.dumps(shown, ensure_ascii=False, sort_keys=True).replace("<", "\\u003c"),
        )

    def node(
        self, request: Request, items: list[str], as_of: str, fold: str, way: str, page: int, other: Other = NONE
    ) -> HTMLResponse:
        """Who is folded into a node, and the facts of a node that is one thing, to file and row."""

        def ask(engine: Engine) -> Answer:
            at = when(as_of)
            also = also_from(engine, other.asked, at, items)
            return engine.graph_node(named(engine, items, at, union=True), way, at, fold=fold, page=page, also=also)

        answer = self._console.ask(ask)
        at = answer.answer["as_of"]
        return self._console.page(
            request, "graph_node.html", answer=answer.answer, flat=answer.flat(), as_of=at,
            address={"item": items, "as_of": at, **other.at("/graph")},
            why_from={"from": items, "as_of": at, **other.at("/why")},
        )  # fmt: skip

    def file(
        self, request: Request, items: list[str], as_of: str, view: View, to: str, form: str, other: Other = NONE
    ) -> Response:
        """The same picture to keep."""
        from viz.graph_files import FORMS, graph_file

        answer = self._asked(items, as_of, view, to, other)
        name = f"graph-entry-{answer.answer['as_of']}-{answer.digest[:12]}.{form}"
        made = graph_file(answer, form, Words(self._console.language(request)))
        headers = {"content-disposition": f'attachment; filename="{name}"'}
        # What is kept is opened elsewhere; opened here it may do nothing at all.
        return Response(made, media_type=FORMS[form], headers=headers | {"content-security-policy": "sandbox"})

    def _asked(self, items: list[str], as_of: str, view: View, to: str, other: Other) -> Answer:
        return cast("Answer", self._console.either(self._question(items, as_of, view, to, other, first=False))[1])

    def _question(
        self, items: list[str], as_of: str, view: View, to: str, other: Other, *, first: bool
    ) -> Callable[[Engine], Answer | Look]:
        """``first``: of a very large scope a look is enough."""

        def ask(engine: Engine) -> Answer | Look:
            at = engine.moment(when(as_of))
            end = one(engine, to, at) if to else None
            also = also_from(engine, other.asked, at, items)
            starts, least = self._console.scopes.starts(items, at, union=True), self._console.scopes.least
            look = engine.graph_look(starts, at, view=view, to=end, also=also, least=least) if first else None
            return look or engine.graph(starts, at, view=view, to=end, also=also)

        return ask


def _query(view: View, to: str) -> dict[str, Any]:
    """The view as parameters of an address."""
    return {
        "fold": view.fold, "open": list(view.opened), "shut": list(view.shut), "tier": list(view.tiers),
        "stage": list(view.stages), "until": view.until, "to": to,
    }  # fmt: skip


def _row(
    node: dict[str, Any], name: str, told: tuple[str, ...], address: dict[str, Any], kept: dict[str, Any]
) -> dict[str, Any]:
    """A node as a row of the table, with the addresses to which it leads; ``address``: of the scope."""
    way, within = node["way"], node["within"]
    opened = [each for each in kept["open"] if each != way]
    shut = [each for each in kept["shut"] if not f"{way}.".startswith(f"{each}.")]
    unfolded = {**kept, "open": [*opened, way], "shut": shut}
    folded = None
    if within:
        below = f"{within}."
        left = [each for each in kept["open"] if each != within and not each.startswith(below)]
        folded = {**kept, "open": left, "shut": [*(each for each in kept["shut"] if each != within), within]}
    item = node["item"] if node["kind"] not in ("step", "selected", "supplier", "customer") else None
    return {
        **node,
        "name": name,
        "told": "\n".join(told),
        "open": link("/graph", **address, **unfolded) if node["unfolds"] else "",
        "shut": link("/graph", **address, **folded) if folded else "",
        "behind": link("/graph/node", **address, fold=kept["fold"], node=way),
        "href": link(f"/items/{quote(item, safe='')}", as_of=address["as_of"]) if item else "",
        "route": link("/graph", **address, **{**kept, "to": f"id:{item}"}) if item else "",
    }
