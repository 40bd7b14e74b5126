"""Pages for the coordinator and the auditor. Everything on them is an answer of the engine, as of an entry that is named."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import quote, urlencode

from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from api.access.masks import current, mask_of
from api.access.noting import details_of
from api.access.rules import PAGES
from api.commands.common import moment
from api.console.attention import Attention
from api.console.other_starts import Other, called_at, doubts_of, words_of
from api.console.reference import operations
from api.console.scope_answers import ScopeAnswers
from api.console.scope_rows import TABS, each_row, look_rows, look_sizes, scope_rows, scope_sizes
from api.console.tables import kept
from api.console.words import LANGUAGES, translator
from api.console.words_errors import advice_words, error_words
from api.protocol.doors import on_page
from api.questions.asked import found as find
from genealogy.errors import AmbiguousItemError, InputError, ItemNotFoundError, StoreError
from genealogy.first_look import Look
from genealogy.names import names as names_of
from genealogy.wording import worded
from viz.summary import plain, summary
from viz.words import LANGUAGES as LANGUAGES_OF_WORDS
from viz.words import Words, units
from viz.words.phrases import phrase
from viz.words.values import value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from fastapi import Request

    from genealogy.answer import Answer
    from genealogy.chain import Entry
    from genealogy.engine import Engine
    from genealogy.first_look import Part
    from genealogy.lanes import Lanes
    from genealogy.names import Named

HERE = Path(__file__).parent
ROWS = 200
"""Rows of a table on a page; the rest is on the next pages and in the download."""
NEAR = 25
"""Rows of each direction on the page of an item."""
Said = TypeVar("Said")
NONE = Other()
"""No start but items."""
_ERRORS = frozenset({"said", "wrong"})
"""Values of pages that tell of an error: they are said in words of a page, and in the language of the reader."""


class Console:
    """The pages of one engine.

    Args:
        engine: that is asked.
        asking: held while it is asked.
    """

    def __init__(self, engine: Engine, asking: Lanes) -> None:
        self._engine, self._asking = engine, asking
        self.scopes = ScopeAnswers(engine, asking)
        self._attention = Attention(engine, asking)
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=select_autoescape(default=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals |= {
            "link": link,
            "called_at": called_at,
            "languages": LANGUAGES,
            "number": "{:,}".format,
        }
        self._templates.filters |= {"time": time_of}

    def page(self, request: Request, name: str, status: int = 200, **values: Any) -> HTMLResponse:
        """Make a page from its template."""
        translate = translator(self.language(request))
        for told in [name for name in _ERRORS & values.keys() if isinstance(values[name], str)]:
            values[told] = error_words(worded(values[told], on_page), translate.language)
        identity = request.state.identity
        path, pairs = values.pop("elsewhere", (request.url.path, request.query_params.multi_items()))
        here = [(key, value) for key, value in pairs if key != "lang"]
        html = self._templates.get_template(name).render(
            t=translate,
            language=translate.language,
            path=path,
            here=here,
            head=self._head(),
            behind=identity is not None and self._engine.behind,
            who=identity,
            may=lambda page: identity is not None and bool(PAGES[page].roles & identity.roles),
            unit=lambda code, quantity=None: units.unit(code, translate.language, quantity),
            amount=lambda quantity, code: units.amount(quantity, code, translate.language),
            plain=lambda answer: plain(answer, translate.language),
            advise=lambda rule, text: advice_words(rule, text, translate.language),
            say=lambda text: phrase(text) if translate.language == "zh" else text,
            word=lambda text: value(text, LANGUAGES_OF_WORDS.index(translate.language)),
            query=values.pop("query", ""),
            as_of=values.pop("as_of", None),
            **values,
        )
        response = HTMLResponse(html, status)
        if "lang" in request.query_params:
            response.set_cookie("language", translate.language, samesite="strict", httponly=True, max_age=31_536_000)
        return response

    def prepare(self) -> None:
        """Read the templates, so that no reader waits for that."""
        for name in self._templates.list_templates():
            self._templates.get_template(name)

    def _head(self) -> int:
        """The entry as of which questions are answered; where the graph cannot be asked at all, the last of the ledger."""
        try:
            return self._engine.head
        except StoreError:
            return self._engine.ledger.head.sequence

    @staticmethod
    def language(request: Request) -> str:
        """The language that the reader chose, now or before."""
        asked = request.query_params.get("lang") or request.cookies.get("language") or "en"
        return asked if asked in LANGUAGES else "en"

    def ask(self, question: Callable[[Engine], Answer]) -> Answer:
        """Put one question, while nobody else does; the answer as this reader gets it."""
        return current().answer(self.asked(question))

    def asked(self, question: Callable[[Engine], Said]) -> Said:
        """What the engine says, while nobody else asks it; not masked yet."""
        with self._asking:
            return question(self._engine)

    def names(self, as_of: int, **codes: Iterable[str | None]) -> dict[str, dict[str, str]]:
        """What the records call materials, places, parties and equipment, as this reader may see it: by sort and code."""
        found = {}
        with self._asking:
            at = self._engine.snapshot.moment(as_of)
            for what, some in codes.items():
                found[what] = names_of(at, cast("Named", what), [code for code in some if code])
        return {
            what: {code: current().value({f"{what}_id": code, "name": name})["name"] for code, name in told.items()}
            for what, told in found.items()
        }

    def home(self, request: Request) -> HTMLResponse:
        """Search, what needs attention, and the last entries."""
        with self._asking:
            entries = list(self._engine.ledger.entries(after=max(self._engine.head - 8, -1)))[::-1]
            loaded = any(entry.action == "load" for entry in self._engine.ledger.entries())
        return self.page(
            request,
            "home.html",
            entries=entry_rows(request, entries),
            attention=self._attention.told(self.language(request)),
            loaded=loaded,
        )

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
            return self.page(request, "error.html", 404, query=text, sought=text, said=mask_of(request).error(error))
        if len(found.items) == 1:
            return RedirectResponse(link(f"/items/{quote(found.items[0], safe='')}", as_of=as_of, lang=lang), 303)
        return RedirectResponse(link("/scope", item=found.items, as_of=as_of, lang=lang), 303)

    def scope(
        self,
        request: Request,
        item: list[str],
        as_of: str = "",
        tab: str = "units",
        page: int = 1,
        *,
        compared: bool = False,
        other: Other = NONE,
    ) -> Response:
        """The scope of a recall: three plain lines, then one table at a time; ``other``: starts that are no items.

        Of a very large one that nobody asked for lately, what one road counts, until the other is done (``compared``).
        """
        key = self.scopes.named(item, as_of, asked=other.asked)
        look = None if compared else self.scopes.look(key)
        answer = None if look is not None else self.scopes.answer(key, together=compared)
        whole = look.said if look is not None else cast("Answer", answer).answer
        said = None if answer is None else current().answer(answer)
        told = current().value(whole) if said is None else said.answer
        sizes = scope_sizes(whole) if look is None else look_sizes(look)
        total = sizes.get(tab, sizes["all"])
        # Of the whole answer, so that nothing is counted as one because it is masked; then masked like any sentence.
        lines = [mask_of(request).text(line) for line in summary(whole, Words(self.language(request)))]
        pages = max(1, -(-total // ROWS))
        page = min(max(page, 1), pages)
        first, last = (page - 1) * ROWS, page * ROWS
        if look is not None and tab in ("units", "lots", "all"):
            rows = current().value({"items": look_rows(look, cast("Part", tab), first, last)})["items"]
        else:
            rows = list(islice(each_row(told, tab), first, last))
        weighed = None
        if tab == "unsure" and look is None and not other:
            with self._asking:
                weighed = current().answer(self._engine.bounds(told["starts"], told["as_of"])).answer
        tiers = {name: each["finished_units"] for name, each in whole["by_tier"].items()}
        tiers = Counter({name: count for name, count in tiers.items() if count})
        said_starts = words_of(list(key[2]), self.language(request))
        begun = [
            {"words": words, "steps": len(row["steps"]), "items": len(row["items"])}
            for words, row in zip(said_starts, whole.get("started_from", ()), strict=True)
        ]
        doubts = doubts_of(told.get("started_from", []), said_starts)
        return self.page(
            request,
            "scope.html",
            answer=told,
            flat=None if said is None else said.flat(),
            lines=lines,
            starts=item,
            tab=tab,
            tabs=sizes | {"unsure": sizes["unsure"] + len(doubts)},
            rows=rows,
            total=total,
            number_of_page=page,
            pages=pages,
            tiers=tiers,
            weighed=weighed,
            near=NEAR,
            as_of=told["as_of"],
            compared=compared,
            awaited=link("/scope", item=item, as_of=told["as_of"], tab=tab, page=page, compared="yes", **other.more),
            begun=begun,
            doubts=doubts,
            other=list(other.pairs),
            more=other.more,
            why_from={"from": item, **other.at("/why")},
        )

    def scope_file(
        self, item: list[str], form: str, as_of: str = "", tab: str = "all", other: Other = NONE
    ) -> Response:
        """The same answer to keep: one table as CSV, or all of it as JSON."""
        if tab == "bounds" and other:
            raise InputError("What is at best and at worst is weighed for items only, and these starts are none.")
        key = self.scopes.named(item, as_of, asked=other.asked)
        answer = current().answer(self.scopes.answer(key))
        if form == "json":
            if tab == "bounds":
                with self._asking:
                    answer = current().answer(self._engine.bounds(answer.answer["starts"], answer.answer["as_of"]))
            return kept(answer, "scope", "json", [], (), part=tab)
        columns = TABS[tab if tab in TABS else "all"][0]
        return kept(answer, "scope", "csv", scope_rows(answer.answer, tab), columns, part=tab)

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
            problem=mask_of(request).value(verified.problem and worded(verified.problem, on_page), "problem"),
        )  # fmt: skip

    def either(self, question: Callable[[Engine], Answer | Look]) -> tuple[dict[str, Any], Answer | None]:
        """What is told, as this reader may see it; and the answer, unless one road alone has spoken so far."""
        with self._asking:
            found = question(self._engine)
        if isinstance(found, Look):
            return cast("dict[str, Any]", current().value(found.said)), None
        answer = current().answer(found)
        return answer.answer, answer


def entry_rows(request: Request, entries: list[Entry]) -> list[dict[str, Any]]:
    """Entries of the ledger as rows of a page: what each says, as far as this reader may see it."""
    rows = []
    for entry in entries:
        files = {each.get("file") for each in entry.details.get("files", [])}
        row = {"sequence": entry.sequence, "time": entry.time, "actor": entry.actor, "action": entry.action}
        row |= {"hash": entry.hash, "details": details_of(entry)}
        rows.append({**mask_of(request).value(row), "files": len(files)})
    return rows


def time_of(text: str) -> str:
    """A recording time for reading, to the second; it is in UTC, as the ledger has it.

    >>> time_of("2026-11-23T15:16:25.099127Z"), time_of("2026-05-01")
    ('2026-11-23 15:16:25', '2026-05-01')
    """
    return f"{text[:10]} {text[11:19]}".rstrip()


def link(path: str, address: Any = None, /, **query: Any) -> str:
    """An address with its query; what is empty is left out. ``address``: a mapping of what comes first in it."""
    pairs = [
        (name, value)
        for name, values in {**(address or {}), **query}.items()
        for value in (values if isinstance(values, list) else [values])
        if value not in (None, "")
    ]
    return f"{path}?{urlencode(pairs)}" if pairs else path
