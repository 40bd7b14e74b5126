"""What an administrator does with people and keys, and everybody with their own password: for HTTP and for the page alike.

The command line makes the same changes with the same ``People``. Each is in the ledger, under the name of who did it, before
it is answered. The first administrator is made on the command line only.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from api.access.identity import checked_name, checked_roles
from api.access.passwords import ROOM, checked_password, hashed, matches
from api.access.rules import Role
from api.protocol.refused import RefusedError
from genealogy.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from api.access.door import Door
    from api.access.identity import Identity

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Of a password that is made up: no two of them look alike."""
_GROUPS, _OF = 4, 5


class Admission:
    """People and keys of a home, as they are changed by a service.

    Args:
        door: that knows who may come in.
    """

    def __init__(self, door: Door) -> None:
        self._door, self._people = door, door.people

    def people(self) -> list[dict[str, Any]]:
        """Everybody, by name."""
        return self._people.list_people()

    def keys(self) -> list[dict[str, Any]]:
        """Every key that was made, without its secret."""
        return self._people.list_keys()

    def add(self, by: Identity, name: str, roles: Iterable[str], password: str | None) -> str | None:
        """Add a person.

        Args:
            by: who does it.
            name: of the person.
            roles: any number.
            password: the first one; None: one is made up.

        Returns:
            The password that was made up; it is told now and never again.
        """
        given = checked_roles(roles)
        self._allowed(by, given)
        name = checked_name(name)
        if self._people.person(name):
            raise RefusedError(
                409, f"There is a person {name} already. Names are the same in small and capital letters."
            )
        kept, made_up = _password(name, password)
        self._people.add(name, kept, given, by.name)
        self._door.settle()
        return made_up

    def grant(self, by: Identity, name: str, role: str) -> None:
        """Give a person a role more; one that they have is not given again."""
        (given,) = checked_roles([role])
        self._allowed(by, frozenset({given}))
        if given not in self._roles(self._known(name)):
            self._people.grant(name, given, by.name)
            self._door.settle()

    def revoke(self, by: Identity, name: str, role: str) -> None:
        """Take a role from a person, and end the sessions."""
        (taken,) = checked_roles([role])
        self._allowed(by)
        self._people.revoke(self._known(name), taken, by.name)
        self._door.settle()

    def set_roles(self, by: Identity, name: str, roles: Iterable[str]) -> None:
        """Give and take roles until a person has exactly these; given first, so that nobody is without in between."""
        wanted = checked_roles(roles)
        name = self._known(name)
        has = self._roles(name)
        for role in sorted(wanted - has):
            self.grant(by, name, role)
        for role in sorted(has - wanted):
            self.revoke(by, name, role)

    def disable(self, by: Identity, name: str) -> None:
        """Let a person sign in no more, and end the sessions at once."""
        self._allowed(by)
        name = self._known(name)
        if not self._people.disabled(name):
            self._people.disable(name, by.name)
            self._door.settle()

    def enable(self, by: Identity, name: str) -> None:
        """Let a person sign in again."""
        self._allowed(by)
        name = self._known(name)
        if self._people.disabled(name):
            self._people.enable(name, by.name)
            self._door.settle()

    def remove(self, by: Identity, name: str) -> None:
        """Remove a person, and end the sessions; the ledger keeps what the person did."""
        self._allowed(by)
        self._people.remove(self._known(name), by.name)
        self._door.settle()

    def reset(self, by: Identity, name: str, password: str | None) -> str | None:
        """Another password for a person, and the end of the sessions; the password that was made up, if none is given."""
        self._allowed(by)
        name = self._known(name)
        kept, made_up = _password(name, password)
        self._people.change_password(name, kept, by.name)
        self._door.settle()
        return made_up

    def change_own(self, by: Identity, old: str, new: str, address: str, mark: str) -> None:
        """One's own password; every session of the person ends, this one too.

        Args:
            by: who is signed in.
            old: the password until now; attempts are counted as those to sign in are.
            new: from now on.
            address: from which it is asked.
            mark: of the browser.

        Raises:
            RefusedError: who asks has no password here, the old one is wrong, or too many were.
        """
        person = self._people.person(by.name) if by.kind == "person" else None
        if person is None:
            raise RefusedError(422, "Only a person who signed in with a password has one to change here.")
        checked_password(new, person[0])
        throttle = self._door.throttle
        if wait := throttle.attempt(by.name, address, mark):
            self._door.failed.count(person[0], address, waited=True)
            raise RefusedError(429, f"Too many attempts. Try again in {-(-wait // 60)} minutes.")
        if not ROOM.acquire(blocking=False):
            throttle.forgive(by.name, address, mark)
            raise RefusedError(503, "Many are signing in just now. Try again in a moment.")
        try:
            right = matches(old, person[1])
        finally:
            ROOM.release()
        if not right:
            self._door.failed.count(person[0], address)
            raise RefusedError(
                422, "The password until now is not right. Type it again, or ask an administrator for another."
            )
        throttle.forgive(by.name, address, mark)
        self._people.change_password(person[0], hashed(new), by.name)
        self._door.settle()

    def add_key(self, by: Identity, name: str, roles: Iterable[str], expires: str | None) -> dict[str, Any]:
        """Make a key for a system; ``key`` in what comes back is told now and never again."""
        given = checked_roles(roles)
        if not given:
            raise RefusedError(422, "A key without a role may do nothing. Choose at least one role for it.")
        self._allowed(by, given)
        until = expiry(expires)
        key = self._people.add_key(name, given, until, by.name)
        self._door.settle()
        return {"key": key, "name": checked_name(name), "roles": sorted(given), "expires": until and until.isoformat()}

    def revoke_key(self, by: Identity, ident: str) -> None:
        """End a key, from the next request on."""
        self._allowed(by)
        if not any(each["id"] == ident and not each["revoked"] for each in self.keys()):
            raise RefusedError(404, f"There is no key {ident!r} that is in force.")
        self._people.revoke_key(ident, by.name)
        self._door.settle()

    def _allowed(self, by: Identity, roles: frozenset[Role] = frozenset()) -> None:
        if by.kind == "demo" or (Role.ADMINISTRATOR in roles and not self._people.administered):
            raise RefusedError(
                403,
                "The first administrator is added on the command line, where the home is: `genealogy people add NAME --role "
                "administrator`. From then on it is done here.",
            )

    def _known(self, name: str) -> str:
        person = self._people.person(name)
        if person is None:
            raise RefusedError(404, f"There is no person {name!r} (any more).")
        return person[0]

    def _roles(self, name: str) -> frozenset[Role]:
        return frozenset(Role(role) for each in self.people() if each["name"] == name for role in each["roles"])


def expiry(text: str | None) -> datetime | None:
    """Until when a key is good; None: until it is revoked.

    Raises:
        InputError: it is no time, or is past.
    """
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(f"expires: {text!r} is no time. Give a date or a time such as 2027-01-31T00:00:00Z.") from None
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    if found <= datetime.now(UTC):
        raise InputError(f"expires: {text} is past. Give a time to come.")
    return found


def made_up_password() -> str:
    """A password that nobody can guess, and that can be read out on the telephone."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(_OF)) for _ in range(_GROUPS))


def _password(name: str, given: str | None) -> tuple[str, str | None]:
    """What is kept of a password, and the password itself where it was made up."""
    if given:
        return hashed(checked_password(given, name)), None
    made_up = made_up_password()
    return hashed(made_up), made_up
