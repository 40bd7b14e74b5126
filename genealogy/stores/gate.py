"""Many at once, or one alone."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from genealogy import deadline

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOOK_S = 0.1
"""How often one who waits looks whether somebody still waits for it."""


class Gate:
    """Lets in many who share, or one who is alone; who wants to be alone goes before those who come later to share.

    Who is alone may enter again, either way.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._sharing: dict[int, int] = {}
        self._alone: int | None = None
        self._depth = self._waiting = 0

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Beside others who share. Waits no longer than the deadline of the work at hand."""
        me = threading.get_ident()
        with self._changed:
            while self._alone != me and me not in self._sharing and (self._alone is not None or self._waiting):
                deadline.check()
                self._changed.wait(_LOOK_S)
            self._sharing[me] = self._sharing.get(me, 0) + 1
        try:
            yield
        finally:
            with self._changed:
                self._sharing[me] -= 1
                if not self._sharing[me]:
                    del self._sharing[me]
                self._changed.notify_all()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """With nobody else; who shares and then wants to be alone waits for the others only."""
        me = threading.get_ident()
        with self._changed:
            self._waiting += 1
            try:
                while self._alone not in (None, me) or self._sharing.keys() - {me}:
                    self._changed.wait()
            finally:
                self._waiting -= 1
                self._changed.notify_all()
            self._alone, self._depth = me, self._depth + 1
        try:
            yield
        finally:
            with self._changed:
                self._depth -= 1
                if not self._depth:
                    self._alone = None
                self._changed.notify_all()
