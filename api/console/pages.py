"""Pages for the coordinator and the auditor. Everything on them is an answer of the engine, as of an entry that is named."""

from __future__ import annotations

from collections import Counter, OrderedDict
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from api.access.masks import current, mask_of
from api.access.noting import details_of
from api.access.rules import PAGES
from api.commands.common import moment
from api.console.reference import operations
from api.console.words import LANGUAGES, translator
from api.questions.asked import found as find
from genealogy.errors import AmbiguousItemError, ItemNotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import Request

    from genealogy.answer import Answer
    from genealogy.chain import Entry
    from genealogy.engine import Engine
    from genealogy.lanes import Lanes

HERE = Path(__file__).parent
ROWS = 200
"""Rows of a table on a page; the rest is on the next pages and in the download."""
NEAR = 25
"""Rows of each direction on the page of an item."""
_KEPT = 16
"""Answers that are kept: an answer as of an entry never changes, and a reader goes from tab to tab."""


class Console:
    """The pages of one engine.

    Args:
        engine: that is asked.
        asking: held while it is asked.
    """

    def __init__(self, engine: Engine, asking: Lanes) -> None:
        self._engine, self._asking = engine, asking
        self._scopes: OrderedDict[tuple[tuple[str, ...], int], Answer] = OrderedDict()
        self._keeping = Lock()
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=select_autoescape(default=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals |= {"link": link, "languages": LANGUAGES, "number": "{:,}".format}

    def page(self, request: Request, name: str, status: int = 200, **values: Any) -> HTMLResponse:
        """Make a page from its template."""
        translate = translator(self.language(request))
        identity = request.state.identity
        here = [(key, value) for key, value in request.query_params.multi_items() if key != "lang"]
        html = self._templates.get_template(name).render(
            t=translate,
            language=translate.language,
            path=request.url.path,
            here=here,
            head=self._engine.head,
            who=identity,
            may=lambda page: identity is not None and bool(PAGES[page].roles & identity.roles),
            query=values.pop("query", ""),
            as_of=values.pop("as_of", None),
            **values,
        )
        response = HTMLResponse(html, status)
        if "lang" in request.query_params:
            response.set_cookie("language", translate.language, samesite="strict", httponly=True, max_age=31_536_000)
        return response

    @staticmethod
    def language(request: Request) -> str:
        """The language that the reader chose, now or before."""
        asked = request.query_params.get("lang") or request.cookies.get("language") or "en"
        return asked if asked in LANGUAGES else "en"

    def ask(self, question: Callable[[Engine], Answer]) -> Answer:
        """Put one question, while nobody else does; the answer as this reader gets it."""
        with self._asking:
            answer = question(self._engine)
        return current().answer(answer)

    def home(self, request: Request) -> HTMLResponse:
        """Search, what needs attention, and the last entries."""
        with self._asking:
            entries = list(self._engine.ledger.entries(after=max(self._engine.head - 8, -1)))[::-1]
            attention = self._engine.attention()
        return self.page(request, "home.html", entries=entry_rows(request, entries), attention=attention)

    def search(self, request: Request, q: str, as_of: str = "") -> Response:
        """Go to the item that a text names, or to the choice between several."""
        text, lang = q.strip(), request.query_params.get("lang")
        if not text:
            return RedirectResponse("/", 303)
        try:
            with self._asking:
                found = find(self._engine, text, moment(as_of or None))
        except AmbiguousItemError as error:
            return self.page(
                request,
                "candidates.html",
                300,
                query=text,
                text=text,
                candidates=mask_of(request).value(error.candidates),
                at=as_of,
            )
        except ItemNotFoundError as error:
            return self.page(request, "error.html", 404, query=text, said=mask_of(request).error(error))
        if len(found.items) == 1:
            return RedirectResponse(link(f"/items/{quote(found.items[0], safe='')}", as_of=as_of, lang=lang), 303)
        return RedirectResponse(link("/scope", item=found.items, as_of=as_of, lang=lang), 303)

    def item(self, request: Request, item: str, as_of: str = "") -> HTMLResponse:
        """What an item is, both directions, and everything that was ever recorded of it."""
        from genealogy.recorded import recorded

        engine = self._engine
        with self._asking:
            at = engine.moment(moment(as_of or None))
            (described,) = engine.snapshot.describe([item], at)
            both = {name: engine.trace([item], name, at).answer for name in ("forward", "backward")}
            facts = recorded(engine.snapshot, engine.evidence, item, at)
            whole = facts if at == engine.head else recorded(engine.snapshot, engine.evidence, item, engine.head)
            changes = [(engine.ledger.entry(entry), tables) for entry, tables in changed(whole).items()]
        mask = mask_of(request)
        facts = mask.value(facts)
        history = [{"sequence": entry.sequence, "time": entry.time, "tables": tables} for entry, tables in changes]
        return self.page(
            request,
            "item.html",
            item=item,
            described=described,
            both=both,
            facts=facts,
            as_of=at,
            near=NEAR,
            history=history,
        )

    def scope(self, request: Request, item: list[str], as_of: str = "", tab: str = "units", page: int = 1) -> Response:
        """The scope of a recall: three plain lines, then one table at a time."""
        answer = self._scope(item, as_of)
        told = answer.answer
        rows = scope_rows(told, tab)
        pages = max(1, -(-len(rows) // ROWS))
        page = min(max(page, 1), pages)
        weighed = None
        if tab == "unsure":
            with self._asking:
                weighed = current().answer(self._engine.bounds(told["starts"], told["as_of"])).answer
        tiers = Counter(row["tier"] for row in told["items"] if row["kind"] == "unit" and row["stage"] == "finished")
        return self.page(
            request,
            "scope.html",
            answer=told,
            flat=answer.flat(),
            starts=item,
            tab=tab,
            tabs={name: len(scope_rows(told, name)) for name in TABS},
            rows=rows[(page - 1) * ROWS : page * ROWS],
            total=len(rows),
            number_of_page=page,
            pages=pages,
            tiers=tiers,
            weighed=weighed,
            near=NEAR,
            as_of=told["as_of"],
        )

    def scope_file(self, item: list[str], form: str, as_of: str = "", tab: str = "all") -> Response:
        """The same answer to keep: one table as CSV, or all of it as JSON."""
        answer = self._scope(item, as_of)
        name = f"scope-entry-{answer.answer['as_of']}-{answer.digest[:12]}-{tab}.{form}"
        kept = {"content-disposition": f'attachment; filename="{name}"'}
        if form == "json":
            if tab == "bounds":
                with self._asking:
                    answer = current().answer(self._engine.bounds(answer.answer["starts"], answer.answer["as_of"]))
            return JSONResponse(answer.flat(), headers=kept)
        from viz.table import csv_text

        columns = TABS[tab if tab in TABS else "all"][0]
        return Response(csv_text(scope_rows(answer.answer, tab), columns), media_type="text/csv", headers=kept)

    def ledger(self, request: Request, action: str = "", page: int = 1) -> HTMLResponse:
        """The audit trail, newest first."""
        with self._asking:
            entries = list(self._engine.ledger.entries())[::-1]
        actions = sorted({entry.action for entry in entries})
        chosen = [entry for entry in entries if not action or entry.action == action]
        pages = max(1, -(-len(chosen) // ROWS))
        page = min(max(page, 1), pages)
        return self.page(
            request,
            "ledger.html",
            entries=entry_rows(request, chosen[(page - 1) * ROWS : page * ROWS]),
            actions=actions,
            action=action,
            number_of_page=page,
            pages=pages,
            verified=None,
            problem=None,
        )

    def docs(self, request: Request, schema: dict[str, Any]) -> HTMLResponse:
        """The reference of the HTTP interface."""
        return self.page(request, "docs.html", operations=operations(schema))

    def verify(self, request: Request) -> HTMLResponse:
        """Check ledger and graph now."""
        with self._asking:
            verified = self._engine.verify()
            entries = list(self._engine.ledger.entries())[::-1][:ROWS]
        return self.page(
            request, "ledger.html", entries=entry_rows(request, entries), actions=sorted({e.action for e in entries}),
            action="", number_of_page=1, pages=1, verified=verified,
            problem=mask_of(request).value(verified.problem, "problem"),
        )  # fmt: skip

    def _scope(self, items: list[str], as_of: str) -> Answer:
        with self._asking:
            at = self._engine.moment(moment(as_of or None))
            found = (each for text in items for each in find(self._engine, text, at).items)
            key = (tuple(sorted(set(found))), at)
            answer = self._scopes.get(key)
            if answer is None:
                answer = self._scopes[key] = self._engine.scope(list(key[0]), at)
                with self._keeping:  # others ask at the same time
                    while len(self._scopes) > _KEPT:
                        self._scopes.popitem(last=False)
        return current().answer(answer)


TABS: dict[str, tuple[tuple[str, ...], str]] = {
    "units": (("id", "depth", "tier"), "Finished units"),
    "lots": (("id", "stage", "depth", "tier"), "Lots"),
    "customers": (("party_id", "name", "role", "country", "quantity", "unit", "certainty"), "Customers"),
    "unsure": (("gap", "count", "more_units"), "Unsure"),
    "all": (("id", "kind", "stage", "depth", "tier"), "Everything"),
}
"""Tab to columns and title."""


def scope_rows(answer: dict[str, Any], tab: str) -> list[dict[str, Any]]:
    """The rows of one tab of a scope."""
    items: list[dict[str, Any]] = answer["items"]
    match tab:
        case "units":
            return [row for row in items if row["kind"] == "unit" and row["stage"] == "finished"]
        case "lots":
            return [row for row in items if row["kind"] != "unit"]
        case "customers":
            consignees: list[dict[str, Any]] = answer["consignees"]
            return consignees
        case "unsure":
            return [{"gap": kind, **gap} for kind, gap in answer["gaps"].items() if gap["count"]]
        case _:
            return items


def changed(facts: dict[str, Any]) -> dict[int, dict[str, int]]:
    """The entries that said something of an item, or ended what was said: by table, how many facts; oldest first."""
    found: dict[int, dict[str, int]] = {}
    for fact in facts["facts"]:
        for entry in (fact["entry"], fact["until"]):
            if entry is not None:
                tables = found.setdefault(entry, {})
                tables[fact["table"]] = tables.get(fact["table"], 0) + 1
    return dict(sorted(found.items()))


def entry_rows(request: Request, entries: list[Entry]) -> list[dict[str, Any]]:
    """Entries of the ledger as rows of a page: what each says, as far as this reader may see it."""
    rows = []
    for entry in entries:
        files = {each.get("file") for each in entry.details.get("files", [])}
        row = {"sequence": entry.sequence, "time": entry.time, "actor": entry.actor, "action": entry.action}
        row |= {"hash": entry.hash, "details": details_of(entry)}
        rows.append({**mask_of(request).value(row), "files": len(files)})
    return rows


def link(path: str, **query: Any) -> str:
    """An address with its query; what is empty is left out."""
    pairs = [
        (name, value)
        for name, values in query.items()
        for value in (values if isinstance(values, list) else [values])
        if value not in (None, "")
    ]
    return f"{path}?{urlencode(pairs)}" if pairs else path
