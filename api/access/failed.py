"""Failed sign-ins, for whoever follows the audit trail: one entry of the ledger for all of an hour.

An entry for each would let strangers make the ledger as long as they like, for nothing is ever taken out of it. So failures
are counted, and an hour after the first of them one entry tells how many there were, for which people and from where. Names
that nobody has are counted and not told: what is typed there is a password often enough.
"""

from __future__ import annotations

import logging
from collections import Counter
from datetime import UTC, datetime
from threading import Lock, Timer
from typing import TYPE_CHECKING, Any

from api.access.throttle import network

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ACTION = "sign-ins failed"
BY = "sign-in"
"""Under this name the ledger has such entries: nobody did it who is known."""
HOUR_S = 3600.0
MOST = 20
"""So many people and networks are named in an entry, those with most failures first; the others are counted."""
_KEPT = 10_000
"""So many networks are told apart while an hour goes on."""


class Failed:
    """Counts what failed until the ledger is told.

    Args:
        record: appends an entry: action, details, actor.
        window_s: seconds from the first failure to the entry.
    """

    def __init__(self, record: Callable[[str, Mapping[str, Any], str], object], window_s: float = HOUR_S) -> None:
        self._record, self._window_s = record, window_s
        self._lock, self._recording = Lock(), Lock()
        self._timer: Timer | None = None
        self._closed = False
        self._begin()

    def _begin(self) -> None:
        self._since: datetime | None = None
        self._people: Counter[str] = Counter()
        self._networks: Counter[str] = Counter()
        self._count = self._unknown = self._waited = 0
        self._more = False

    def count(self, person: str | None, address: str, *, waited: bool = False) -> None:
        """Count one failure.

        Args:
            person: whose name was given, as they are called; None: nobody's.
            address: from which it came.
            waited: it was not looked at, as there were too many before.
        """
        with self._lock:
            self._since = self._since or datetime.now(UTC)
            self._count += 1
            self._waited += waited
            if person is None:
                self._unknown += 1
            else:
                self._people[person] += 1
            place = network(address)
            self._from(place, 1)
            self._tell_later()

    def tell(self) -> None:
        """Have the ledger told of what was counted; what cannot be recorded is counted on and told an hour later."""
        with self._recording:
            with self._lock:
                if self._timer is not None:
                    self._timer.cancel()
                    self._timer = None
                if self._since is None:
                    return
                held = (
                    self._since, self._people, self._networks, self._count, self._unknown, self._waited, self._more,
                )  # fmt: skip
                details = self._details()
                self._begin()
            try:
                self._record(ACTION, details, BY)
            except Exception:
                # The service goes on: people are let in all the same, and the log has each attempt.
                logging.getLogger("uvicorn.error").exception("failed sign-ins could not be recorded")
                with self._lock:
                    self._since = held[0]
                    meanwhile, self._networks = self._networks, held[2]
                    for place, number in meanwhile.items():
                        self._from(place, number)
                    self._more = self._more or held[6]
                    self._people = held[1] + self._people
                    self._count, self._unknown = self._count + held[3], self._unknown + held[4]
                    self._waited += held[5]
                    self._tell_later()

    def close(self) -> None:
        """The service ends: what was counted is told now."""
        with self._lock:
            self._closed = True
            timer = self._timer
        if timer is not None:
            timer.cancel()
        self.tell()

    def _from(self, place: str, number: int) -> None:
        """Failures from a network; of very many networks only the first are told apart."""
        if place in self._networks or len(self._networks) < _KEPT:
            self._networks[place] += number
        else:
            self._more = True

    def _tell_later(self) -> None:
        if self._timer is None and not self._closed:
            self._timer = Timer(self._window_s, self.tell)
            self._timer.daemon = True
            self._timer.start()

    def _details(self) -> dict[str, Any]:
        assert self._since is not None
        return {
            "failed": self._count,
            "not_looked_at": self._waited,
            "person": _most(self._people),
            "unknown_names": self._unknown,
            "came_from": _most(self._networks, more=self._more),
            "since": _text(self._since),
            "until": _text(datetime.now(UTC)),
        }


def _most(counted: Counter[str], *, more: bool = False) -> list[str]:
    """Those with most failures first, each with its number; ``more``: there were others that were not told apart.

    >>> _most(Counter(ada=2, vic=3))
    ['vic: 3', 'ada: 2']
    """
    told = [f"{name}: {number}" for name, number in sorted(counted.items(), key=lambda each: (-each[1], each[0]))]
    return [*told[:MOST], f"+{len(told) - MOST}{' or more' if more else ''}"] if len(told) > MOST else told


def _text(time: datetime) -> str:
    return time.isoformat(timespec="seconds").replace("+00:00", "Z")
