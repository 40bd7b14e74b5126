"""No search for cycles while an answer of very many rows is made.

A scope can have a million rows and a workbook a million cells, and none of them refers to another: what is no longer
needed is freed at once by its count of references. Python's search for cycles would go through all of them again and
again while they grow, which takes a third of the time.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MANY = 5_000_000
"""Objects that may come up unsearched where one question follows on the other without a pause, as under load."""

_lock = Lock()
_inside = 0
_was_on = False


@contextmanager
def uncollected() -> Iterator[None]:
    """Pause the search, in the whole process, until the last one that asked for it is done; also for a function."""
    global _inside, _was_on  # noqa: PLW0603 - the collector is the process's own
    with _lock:
        if not _inside:
            _was_on = gc.isenabled()
            gc.disable()
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if not _inside and _was_on:
                gc.enable()
        if gc.get_count()[0] > MANY:
            gc.collect(0)
