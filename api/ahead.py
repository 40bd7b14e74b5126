"""What a service does before anybody asks, so that the first who does waits no longer than the next.

Libraries are loaded, the arrays are brought up to the last entry and into memory, and pages are made ready. Whatever is wrong
with it is told to whoever asks, for asking does the same again.
"""

from __future__ import annotations

import importlib
import logging
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from api.console.pages import Console
    from genealogy.engine import Engine

_LATER = (
    "genealogy.snapshot.gaps", "genealogy.graph", "genealogy.graph.path", "genealogy.questions.scopes", "genealogy.first_look",
    "genealogy.flow", "genealogy.timeline", "genealogy.where", "genealogy.balance.trace", "genealogy.batches.table",
    "genealogy.responsible", "genealogy.bounds", "viz.graph_view", "viz.flow_svg", "viz.timeline_svg", "pyvis.network",
)  # fmt: skip
"""Modules that answers need and that the program does not load at its start."""


class Ahead:
    """The work, in a thread of its own.

    Args:
        engine: that will be asked.
        pages: the console, whose pages are made ready.
    """

    def __init__(self, engine: Engine, pages: Console) -> None:
        self._engine, self._pages, self._over = engine, pages, False
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Nobody will ask any more."""
        self._over = True

    def wait(self) -> None:
        """Until it is done."""
        self._thread.join()

    def _work(self) -> None:
        try:
            for name in _LATER:
                if not self._over:
                    importlib.import_module(name)
            if not self._over:
                with self._engine.asking:
                    _ = self._engine.snapshot.moment(self._engine.head)
            if not self._over:
                self._pages.prepare()
        except Exception:  # it was no question, so there is nobody to tell; the next question meets the same
            if not self._over:
                logging.getLogger("uvicorn.error").warning(
                    "What the first question needs could not be made ready; it will be when somebody asks.",
                    exc_info=True,
                )
