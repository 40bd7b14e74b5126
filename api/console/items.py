"""The page of an item: what it is, what it went into and was made from, and everything that was ever recorded of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from api.access.masks import current, mask_of
from api.commands.common import moment
from api.console.pages import NEAR, link
from genealogy.answer import AT_WORK
from genealogy.recorded import changes, recorded

if TYPE_CHECKING:
    from fastapi import Request
    from fastapi.responses import HTMLResponse

    from api.console.pages import Console
    from genealogy.engine import Engine
    from genealogy.lanes import Lanes
    from genealogy.snapshot import Direction

FACTS = 100
"""Facts of an item on one page."""
_DIRECTIONS: tuple[Direction, ...] = ("forward", "backward")


class ItemPages:
    """The pages of items.

    Args:
        console: that makes pages.
        engine: that is asked.
        asking: held while it is asked.
    """

    def __init__(self, console: Console, engine: Engine, asking: Lanes) -> None:
        self._console, self._engine, self._asking = console, engine, asking

    def page(self, request: Request, item: str, as_of: str, page: int, older: int, *, compared: bool) -> HTMLResponse:
        """The page.

        Args:
            request: whose answer it is.
            item: its id.
            as_of: an entry, or a time; empty: now.
            page: of its facts.
            older: entries that changed it, to be passed by from the last one.
            compared: wait for both roads, however many items they reach.
        """
        engine = self._engine
        with self._asking:
            at = engine.moment(moment(as_of or None))
            (described,) = engine.snapshot.describe([item], at)
            page = max(page, 1)
            facts = recorded(engine.snapshot, engine.evidence, item, at, skip=(page - 1) * FACTS, most=FACTS)
            if not facts["facts"] and page > 1:  # the last page as of another entry
                page, facts = 1, recorded(engine.snapshot, engine.evidence, item, at, most=FACTS)
            changed = list(changes(engine.snapshot, item, engine.head).items())[::-1]
            older = min(max(older, 0), len(changed))
            shown = [(engine.ledger.entry(entry), tables) for entry, tables in changed[older : older + NEAR]]
        both = {name: self._half(item, name, at, compared=compared) for name in _DIRECTIONS}
        at_work = any(half["second_road"] == AT_WORK for half in both.values())
        material = described.material_id
        return self._console.page(
            request,
            "item.html",
            item=item,
            described=described,
            material=self._console.names(at, material=[material])["material"].get(material or ""),
            both=both,
            # What the roads differ in stands in the half that it is about.
            roads_of={"second_road": AT_WORK if at_work else "", "complete": True},
            agreed=compared and all(half["complete"] for half in both.values()),
            awaited=link(f"/items/{quote(item, safe='')}", as_of=at, page=page, older=older or None, compared="yes"),
            facts=mask_of(request).value(facts),
            as_of=at,
            near=NEAR,
            facts_page=page,
            history=[{"sequence": entry.sequence, "time": entry.time, "tables": tables} for entry, tables in shown],
            older=older,
            changes=len(changed),
        )

    def _half(self, item: str, direction: Direction, at: int, *, compared: bool) -> dict[str, Any]:
        """One direction: how many items, the nearest of them, and whether both roads agree."""
        scopes = self._console.scopes
        look = None if compared else scopes.trace_look(item, direction, at)
        if look is not None:
            told, count = current().value({**look.said, "items": look.rows(0, NEAR)}), look.count()
        else:
            told = current().answer(scopes.trace(item, direction, at, together=compared)).answer
            count = len(told["items"])
        return {
            "rows": told["items"][:NEAR],
            "count": count,
            **{name: told[name] for name in ("complete", "second_road", "differences")},
        }
