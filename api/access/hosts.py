"""Under which names the service answers. A page elsewhere whose name was pointed here (DNS rebinding) is refused by its name."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from genealogy.errors import InputError

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class Hosts:
    """The names.

    Attributes:
        names: that a request may be for, without port.
        secure: names that are reached by TLS, which something before this service ends.
    """

    names: frozenset[str] = LOOPBACK
    secure: frozenset[str] = frozenset()

    @classmethod
    def of(cls, host: str, urls: list[str]) -> Hosts:
        """The names of an address to listen on, and of the addresses under which people know the service.

        Raises:
            InputError: one of them is no address of a service.
        """
        names, secure = set(LOOPBACK), set()
        if host not in ("0.0.0.0", "::", ""):  # noqa: S104 - compared, not listened on
            names.add(host.strip("[]").lower())
        for url in urls:
            parts = urlsplit(url)
            if (
                parts.scheme not in ("http", "https")
                or not parts.hostname
                or parts.path not in ("", "/")
                or parts.query
            ):
                raise InputError(
                    f"--url {url!r} is no address of a service. Give it such as https://trace.example.com."
                )
            names.add(parts.hostname.lower())
            if parts.scheme == "https":
                secure.add(parts.hostname.lower())
        return cls(frozenset(names), frozenset(secure))

    def name(self, header: str) -> str | None:
        """The name that a Host header says; None where this service has no such name."""
        try:
            parts = urlsplit(f"//{header}")
            name, _ = (parts.hostname or "").lower().rstrip("."), parts.port
        except ValueError:
            return None
        return name if name in self.names and not set("@/?#") & set(header) else None

    def same(self, origin: str, header: str, scheme: str) -> bool:
        """Whether an Origin header is that of this service, under the name of this request."""
        name = self.name(header)
        schemes = {"https"} if name in self.secure else {scheme}
        return any(origin.lower() == f"{each}://{header.lower()}" for each in schemes)


def is_loopback(host: str) -> bool:
    """Whether an address can be reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
