"""What waits for somebody, on the home page: quarantine, undescribed items, lots out of balance, incomplete answers."""

from __future__ import annotations

import logging
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any

from api.console.other_starts import address_of, allowed, words_of
from genealogy.batches import BALANCE, Chosen

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from genealogy.engine import Engine

_AT_ONCE = 5_000
"""Lots up to which the balances are worked out while the page is made; of more, beside it."""


class Attention:
    """The home page's list.

    Args:
        engine: that is asked.
        asking: held while it is asked.
    """

    def __init__(self, engine: Engine, asking: AbstractContextManager[Any]) -> None:
        self._engine, self._asking = engine, asking
        self._lock = Lock()
        self._known: tuple[int, int | None] = (-1, None)

    def told(self, language: str) -> dict[str, Any]:
        """How many rows, items, lots and answers wait; ``out_of_balance`` is None while it is being worked out."""
        engine = self._engine
        with self._asking:
            head, waiting = engine.head, engine.attention()
            lots = len(engine.snapshot.moment(head).column("lots", "since"))
        incomplete = []
        for starts, at, also in reversed(list(engine.incomplete)):
            # A start that the reader may not ask from is counted, and not told.
            there = all(allowed(start) for start in also)
            address = {"item": [f"id:{item}" for item in starts], "as_of": at, **address_of(also)}
            named = [*starts, *words_of(list(also), language)]
            incomplete.append({"named": named, "address": address} if there else {"named": [], "address": {}})
        return {**waiting, "out_of_balance": self._out_of_balance(head, lots), "incomplete": incomplete}

    def _out_of_balance(self, head: int, lots: int) -> int | None:
        with self._lock:
            if self._known[0] == head:
                return self._known[1]
            self._known = (head, None)
        if lots <= _AT_ONCE:
            self._count(head)
        else:
            Thread(target=self._count, args=(head,), name="balances", daemon=True).start()
        return self._known[1] if self._known[0] == head else None

    def _count(self, head: int) -> None:
        try:
            with self._asking:
                found = self._engine.batches(Chosen(alert=BALANCE, rows=1), head).answer["count"]
        except Exception:
            # The page is there without it, and the next one tries again.
            logging.getLogger("uvicorn.error").exception("the balances of the lots could not be worked out")
            with self._lock:
                self._known = (-1, None)
            return
        with self._lock:
            if self._known[0] == head:
                self._known = (head, found)
