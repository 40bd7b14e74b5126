"""Pages on which quantities, times, countries and batches are looked at, each with its table and its files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.console.other_starts import said_of
from api.console.pages import NONE, link
from api.console.tables import Form, kept
from api.questions.asked import also_from, named, when
from genealogy.batches import ALERTS, BALANCE, SORTS, Chosen
from viz.words import Words

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import Request
    from fastapi.responses import HTMLResponse, Response

    from api.console.other_starts import Other
    from api.console.pages import Console
    from genealogy.answer import Answer
    from genealogy.engine import Engine
    from genealogy.first_look import Look
    from genealogy.starts.question import Start

LISTED = 200
"""Rows of a table on these pages; the rest is in the download."""
BATCH_COLUMNS = (
    "id", "lot_number", "material_id", "material", "stage", "status", "made", "expires", "unit", "planned", "ordered",
    "produced", "recorded", "consumed", "shipped", "in", "in_stock", "out_of_stock", "unaccounted", "within_tolerance",
    "orders", "units", "results", "results_outside", "decisions", "alerts",
)  # fmt: skip
COUNTRY_COLUMNS = ("country", "consignees", "proven", "possible", "quantities", "without_quantity")
COMPARED_COLUMNS = (
    "boundary", "finished_units", "finished_lots", "items", "customers_proven", "customers_possible", "countries",
    "removed_items", "removed_units", "removed_lots",
)  # fmt: skip


class Views:
    """The pages.

    Args:
        console: that makes pages and asks the engine.
    """

    def __init__(self, console: Console) -> None:
        self._console = console

    def flow(
        self,
        request: Request,
        items: list[str],
        as_of: str,
        unit: str,
        *,
        compared: bool = False,
        other: Other = NONE,
    ) -> HTMLResponse:
        """How much flowed from suppliers to consignees, as a picture and as a table.

        Of a very large scope, what one road says until the other is done (``compared``).
        """
        from viz.flow_svg import flow_rows, flow_svg

        least = self._console.scopes.least

        def ask(engine: Engine, starts: list[str], at: Any, also: list[Start]) -> Answer | Look:
            look = None if compared else engine.flow_look(starts, at, unit=unit or None, also=also, least=least)
            return look or engine.flow(starts, at, unit=unit or None, also=also)

        told, answer = self._either(items, as_of, ask, other, compared=compared)
        words = Words(self._console.language(request))
        address = {"item": items, "as_of": told["as_of"], **other.at("/flow")}
        return self._console.page(
            request, "flow.html", answer=told, flat=answer and answer.flat(), as_of=told["as_of"], starts=items,
            rows=flow_rows(told, words), listed=LISTED, drawn=flow_svg(told, words), compared=compared, more=other.more,
            begun=said_of(self._console, request, other, as_of), address=address,
            awaited=link("/flow", **address, unit=told["unit"], compared="yes"),
        )  # fmt: skip

    def flow_file(
        self, request: Request, items: list[str], as_of: str, unit: str, form: str, other: Other = NONE
    ) -> Response:
        """The same to keep."""
        from viz.flow_svg import ROWS, flow_rows, flow_svg

        answer = self._of(
            items, as_of, lambda engine, starts, at, also: engine.flow(starts, at, unit=unit or None, also=also), other
        )
        words = Words(self._console.language(request))
        if form == "svg":
            return _svg(answer, "flow", flow_svg(answer.answer, words, alone=True))
        return kept(answer, "flow", _form(form), flow_rows(answer.answer, words), ROWS)

    def timeline(
        self, request: Request, items: list[str], as_of: str, *, compared: bool = False, other: Other = NONE
    ) -> HTMLResponse:
        """The steps of a scope by equipment and time, with excursions; ``compared`` as for the flow."""
        from viz.timeline_svg import timeline_rows, timeline_svg

        least = self._console.scopes.least

        def ask(engine: Engine, starts: list[str], at: Any, also: list[Start]) -> Answer | Look:
            look = None if compared else engine.timeline_look(starts, at, also=also, least=least)
            return look or engine.timeline(starts, at, also=also)

        told, answer = self._either(items, as_of, ask, other, compared=compared)
        address = {"item": items, "as_of": told["as_of"], **other.at("/timeline")}
        drawn = timeline_svg(told, Words(self._console.language(request)))
        return self._console.page(
            request, "timeline.html", answer=told, flat=answer and answer.flat(), as_of=told["as_of"], starts=items,
            rows=timeline_rows(told), listed=LISTED, drawn=drawn, compared=compared, more=other.more,
            begun=said_of(self._console, request, other, as_of), address=address,
            awaited=link("/timeline", **address, compared="yes"),
        )  # fmt: skip

    def timeline_file(self, request: Request, items: list[str], as_of: str, form: str, other: Other = NONE) -> Response:
        """The same to keep."""
        from viz.timeline_svg import ROWS, timeline_rows, timeline_svg

        answer = self._of(items, as_of, lambda engine, starts, at, also: engine.timeline(starts, at, also=also), other)
        if form == "svg":
            drawn = timeline_svg(answer.answer, Words(self._console.language(request)), alone=True)
            return _svg(answer, "timeline", drawn)
        return kept(answer, "timeline", _form(form), timeline_rows(answer.answer), ROWS)

    def countries(self, request: Request, items: list[str], as_of: str, other: Other = NONE) -> HTMLResponse:
        """Who received something, by country, as a table with bars."""
        answer = self._countries(items, as_of, other)
        most = max((row["consignees"] for row in answer.answer["countries"]), default=1)
        begun = said_of(self._console, request, other, as_of)
        return self._page(request, "countries.html", answer, items, most=most, more=other.more, begun=begun)

    def countries_file(self, items: list[str], as_of: str, form: str, other: Other = NONE) -> Response:
        """The same to keep."""
        answer = self._countries(items, as_of, other)
        rows = [
            row
            | {
                "quantities": [
                    f"{each['quantity']} {each['unit'] or ''} ({each['certainty']})" for each in row["quantities"]
                ]
            }
            for row in answer.answer["countries"]
        ]
        return kept(answer, "countries", _form(form), rows, COUNTRY_COLUMNS)

    def compare(
        self, request: Request, items: list[str], as_of: str, boundaries: list[str], other: Other = NONE
    ) -> HTMLResponse:
        """The full scope and narrowed ones side by side, with what each removes and by which facts."""
        chosen = [text for text in boundaries if text.strip()]
        answer = self._compare(items, as_of, chosen, other)
        return self._page(
            request, "compare.html", answer, items, boundaries=chosen, listed=LISTED, more=other.more,
            other=list(other.pairs), begun=said_of(self._console, request, other, as_of),
        )  # fmt: skip

    def compare_file(
        self, items: list[str], as_of: str, boundaries: list[str], form: str, other: Other = NONE
    ) -> Response:
        """The same to keep."""
        answer = self._compare(items, as_of, [text for text in boundaries if text.strip()], other)
        rows = []
        for row in answer.answer["boundaries"]:
            gone = row["removed"] or {"items": 0, "finished_units": 0, "finished_lots": 0}
            rows.append(
                row
                | {f"customers_{name}": count for name, count in row["customers"].items()}
                | {"removed_items": gone["items"], "removed_units": gone["finished_units"]}
                | {"removed_lots": gone["finished_lots"]}
            )
        return kept(answer, "compare", _form(form), rows, COMPARED_COLUMNS)

    def batches(self, request: Request, chosen: Chosen, as_of: str) -> HTMLResponse:
        """Every batch of the plant, a page at a time."""
        answer = self._console.ask(lambda engine: engine.batches(chosen, when(as_of)))
        return self._console.page(
            request, "batches.html", answer=answer.answer, flat=answer.flat(), as_of=answer.answer["as_of"], chosen=chosen,
            sorts=SORTS, alerts=(*ALERTS, BALANCE), asked=asked_batches(chosen),
        )  # fmt: skip

    def batches_file(self, chosen: Chosen, as_of: str, form: str) -> Response:
        """The batches that fit, all of them."""
        answer = self._console.ask(lambda engine: engine.batches(chosen, when(as_of)))
        return kept(answer, "batches", _form(form), answer.answer["batches"], BATCH_COLUMNS)

    def _countries(self, items: list[str], as_of: str, other: Other) -> Answer:
        # Of the scope that the reader comes from, which is kept: as of an entry it never changes.
        scopes = self._console.scopes
        scope = scopes.answer(scopes.named(items, as_of, asked=other.asked, union=True))
        return self._console.ask(lambda engine: engine.countries_of(scope))

    def _compare(self, items: list[str], as_of: str, boundaries: list[str], other: Other) -> Answer:
        from genealogy.narrow.boundary import Boundary

        def ask(engine: Engine, starts: list[str], at: Any, also: list[Start]) -> Answer:
            named_ = [(text, engine.narrowing(Boundary.of(text), at)) for text in boundaries]
            return engine.compare(starts, named_, at, also=also)

        return self._of(items, as_of, ask, other)

    def _either(
        self,
        items: list[str],
        as_of: str,
        ask: Callable[[Engine, list[str], Any, list[Start]], Answer | Look],
        other: Other,
        *,
        compared: bool,
    ) -> tuple[dict[str, Any], Answer | None]:
        """What is told, and the answer where both roads are done; ``compared``: they are waited for."""

        def question(engine: Engine) -> Answer | Look:
            at = engine.moment(when(as_of))
            also = also_from(engine, other.asked, at, items)
            return ask(engine, self._console.scopes.starts(items, at, union=True), at, also)

        if compared:
            self._console.scopes.compare(items, as_of, other.asked)
        return self._console.either(question)

    def _of(
        self,
        items: list[str],
        as_of: str,
        question: Callable[[Engine, list[str], Any, list[Start]], Answer],
        other: Other,
    ) -> Answer:
        def ask(engine: Engine) -> Answer:
            at = when(as_of)
            also = also_from(engine, other.asked, at, items)
            return question(engine, named(engine, items, at, union=True), at, also)

        return self._console.ask(ask)

    def _page(self, request: Request, name: str, answer: Answer, starts: list[str], **values: Any) -> HTMLResponse:
        told = answer.answer
        return self._console.page(
            request, name, answer=told, flat=answer.flat(), as_of=told["as_of"], starts=starts, **values
        )


def asked_batches(chosen: Chosen) -> dict[str, str]:
    """The question for batches as parameters of an address, without the page."""
    return {
        "q": chosen.text,
        "stage": chosen.stage,
        "status": chosen.status,
        "alert": chosen.alert,
        "sort": chosen.sort,
    }


def _form(form: str) -> Form:
    return "xlsx" if form == "xlsx" else "json" if form == "json" else "csv"


def _svg(answer: Answer, what: str, drawn: str) -> Response:
    from fastapi.responses import Response

    name = f"{what}-entry-{answer.answer['as_of']}-{answer.digest[:12]}.svg"
    headers = {"content-disposition": f'attachment; filename="{name}"', "content-security-policy": "sandbox"}
    return Response(drawn, media_type="image/svg+xml", headers=headers)
