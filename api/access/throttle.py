"""Slows down guessing of passwords, without letting who guesses keep the others out.

Failures are counted for each name and for each address. A browser in which somebody signed in before has a mark for that
name, and its attempts are counted apart: so however often strangers fail, whoever is known to a browser gets in. Counts are
kept in memory: they are forgotten when the service is started again.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
import time
from collections import OrderedDict
from threading import RLock
from typing import TYPE_CHECKING

from api.access.identity import folded

if TYPE_CHECKING:
    from collections.abc import Callable

WINDOW = 15 * 60
"""Seconds for which a failure counts."""
FOR_NAME, FOR_ADDRESS, FOR_KNOWN = 10, 50, 10
"""Failures within the window before the next attempt has to wait: for a name, from an address, from a known browser."""
_MOST = 100_000
"""So many counts are kept; past that the oldest are forgotten."""


class Throttle:
    """Counts failed attempts.

    Args:
        secret: with which marks are signed.
        clock: seconds that only grow.
    """

    def __init__(self, secret: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._secret, self._clock, self._lock = secret.encode(), clock, RLock()
        self._failures: OrderedDict[str, list[float]] = OrderedDict()

    def wait(self, name: str, address: str, mark: str = "") -> int:
        """Seconds until an attempt is taken; 0: now. It is the same for names that exist and names that do not."""
        with self._lock:
            return max(self._left(key, most) for key, most in self._counts(name, address, mark))

    def attempt(self, name: str, address: str, mark: str = "") -> int:
        """Seconds until an attempt is taken; 0: it is taken, and counted as failed before it is looked at.

        Both at once, so that many attempts at the same time gain nothing.
        """
        with self._lock:
            if wait := self.wait(name, address, mark):
                return wait
            self.failed(name, address, mark)
        return 0

    def failed(self, name: str, address: str, mark: str = "") -> None:
        """Count an attempt as failed."""
        now = self._clock()
        with self._lock:
            for key, most in self._counts(name, address, mark):
                self._failures[key] = [*self._failures.pop(key, [])[-most:], now]
            while len(self._failures) > _MOST:
                self._failures.popitem(last=False)

    def forgive(self, name: str, address: str, mark: str = "") -> None:
        """The attempt that was counted last succeeded."""
        with self._lock:
            for key, _ in self._counts(name, address, mark):
                if counted := self._failures.get(key):
                    counted.pop()

    def mark(self, name: str) -> str:
        """A mark for the browser in which somebody has signed in."""
        nonce = secrets.token_urlsafe(12)
        return f"{nonce}.{self._signed(name, nonce)}"

    def _counts(self, name: str, address: str, mark: str) -> list[tuple[str, int]]:
        nonce, _, signed = mark.partition(".")
        if nonce and hmac.compare_digest(signed.encode(), self._signed(name, nonce).encode()):
            return [(f"known {nonce}", FOR_KNOWN)]
        hidden = hashlib.sha256(folded(name).encode("utf-8", "replace")).hexdigest()
        return [(f"name {hidden}", FOR_NAME), (f"address {network(address)}", FOR_ADDRESS)]

    def _left(self, key: str, most: int) -> int:
        counted = [at for at in self._failures.get(key, []) if self._clock() - at < WINDOW]
        return int(counted[-most] + WINDOW - self._clock()) + 1 if len(counted) >= most else 0

    def _signed(self, name: str, nonce: str) -> str:
        text = f"{folded(name)}\n{nonce}".encode("utf-8", "replace")
        return hmac.new(self._secret, text, hashlib.sha256).hexdigest()


def network(address: str) -> str:
    """What one host has of addresses: of IPv6 a whole /64, which it can choose from as it likes."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ipaddress.IPv6Network((found, 64), strict=False))
