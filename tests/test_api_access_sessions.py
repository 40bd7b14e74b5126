"""Sessions end, guesses are slowed down without locking anybody out, and no right counts that the ledger does not know."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from api.access.noting import recent_changes, settle
from api.access.passwords import hashed, matches
from api.access.people import People
from api.access.rules import Role
from api.access.sessions import ABSOLUTE, AT_ONCE, IDLE, Sessions, form_token
from api.access.throttle import FOR_ADDRESS, FOR_KNOWN, FOR_NAME, WINDOW, Throttle
from genealogy.errors import InputError, LedgerError
from genealogy.ledger import Ledger


class Clock:
    def __init__(self) -> None:
        self.now = 1e9

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def people(tmp_path: Path) -> People:
    found = People(tmp_path)
    found.add("jane", "kept", frozenset({Role.VIEWER}))
    return found


def test_a_session_ends_when_nothing_is_asked_and_in_any_case(people: People) -> None:
    clock = Clock()
    sessions = Sessions(people, clock)
    idle, used = sessions.begin("jane"), sessions.begin("jane")
    assert idle != used
    for _ in range(3):
        clock.now += IDLE / 2
        assert sessions.identity(used) is not None
    assert sessions.identity(idle) is None
    while clock.now < 1e9 + ABSOLUTE:
        assert sessions.identity(used) is not None
        clock.now += IDLE / 2
    clock.now += 1
    assert sessions.identity(used) is None
    assert sessions.identity("never begun") is None


def test_on_a_full_disk_who_is_signed_in_may_go_on_asking(people: People) -> None:
    clock = Clock()
    sessions = Sessions(people, clock)
    used, idle = sessions.begin("jane"), sessions.begin("jane")
    people._file.execute("PRAGMA query_only = ON")  # nothing can be written, as on a full disk
    for _ in range(4):
        clock.now += IDLE / 2
        assert sessions.identity(used) is not None
    assert sessions.identity(idle) is None
    with pytest.raises(LedgerError):
        sessions.begin("jane")
    people._file.execute("PRAGMA query_only = OFF")
    clock.now += IDLE / 2
    assert sessions.identity(used) is not None
    assert Sessions(people, clock).identity(used) is not None, "it is noted in the file again"


def test_a_session_is_a_person_with_the_roles_of_now(people: People) -> None:
    sessions = Sessions(people)
    ident = sessions.begin("JANE")
    found = sessions.identity(ident)
    assert found is not None
    assert (found.name, found.roles, found.session) == ("jane", {Role.VIEWER}, form_token(ident))
    people.grant("jane", Role.AUDITOR)
    found = sessions.identity(ident)
    assert found is not None
    assert found.roles == {Role.VIEWER, Role.AUDITOR}
    people.revoke("jane", Role.VIEWER)
    assert sessions.identity(ident) is None, "with less to do, one signs in anew"
    ident = sessions.begin("jane")
    people.disable("jane")
    assert sessions.identity(ident) is None
    people.enable("jane")
    ident = sessions.begin("jane")
    people.remove("jane")
    assert sessions.identity(ident) is None
    people.add("jane", "kept", frozenset({Role.MANAGER}))
    assert sessions.identity(ident) is None, "another jane is not signed in by the session of the first"


def test_one_person_has_so_many_sessions_at_once(people: People) -> None:
    clock = Clock()
    sessions = Sessions(people, clock)
    begun = []
    for _ in range(AT_ONCE + 2):
        clock.now += 1
        begun.append(sessions.begin("jane"))
    assert [sessions.identity(each) is not None for each in begun] == [False] * 2 + [True] * AT_ONCE


def test_the_file_holds_no_id_of_a_session(people: People, tmp_path: Path) -> None:
    ident = Sessions(people).begin("jane")
    assert ident.encode() not in (tmp_path / "access.sqlite").read_bytes()


def test_a_password_that_was_changed_while_it_was_looked_at_opens_nothing(people: People) -> None:
    """The look takes a while; who had it changed meanwhile must not find the old one signed in."""
    sessions = Sessions(people)
    assert sessions.identity(sessions.begin("jane", "kept")) is not None
    people.change_password("jane", "another")
    assert sessions.begin("jane", "kept") == ""
    people.disable("jane")
    assert sessions.begin("jane", "another") == ""
    people.remove("jane")
    assert sessions.begin("jane", "another") == ""
    assert people.rows("SELECT * FROM sessions") == []


def test_to_listen_keeps_no_session_alive(people: People) -> None:
    clock = Clock()
    sessions = Sessions(people, clock)
    ident = sessions.begin("jane")
    clock.now += IDLE - 1
    assert sessions.identity(ident, asks=False) is not None
    clock.now += 2
    assert sessions.identity(ident, asks=False) is None


def test_a_role_that_is_given_while_a_person_is_removed_is_left_to_nobody(
    people: People, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    people.add("ada", "kept", frozenset({Role.ADMINISTRATOR}))
    elsewhere, look = People(tmp_path), people._known
    looked: list[str] = []

    def known(name: str) -> str:
        found = look(name)
        if not looked:
            looked.append(name)
            elsewhere.remove(name)  # by another process, just then
        return found

    monkeypatch.setattr(people, "_known", known)
    with pytest.raises(InputError, match="no person"):
        people.grant("jane", Role.ADMINISTRATOR)
    people.add("jane", "kept", frozenset({Role.VIEWER}))
    found = people.identity("jane")
    assert found is not None
    assert found.roles == {Role.VIEWER}
    elsewhere.close()


def test_of_an_earlier_person_nothing_is_left(people: People) -> None:
    people.execute("INSERT INTO grants VALUES ('mary', 'administrator')")
    people.execute("INSERT INTO sessions VALUES ('x', 'mary', 1e12, 1e12)")
    people.add("mary", "kept", frozenset({Role.VIEWER}))
    found = people.identity("mary")
    assert found is not None
    assert found.roles == {Role.VIEWER}
    assert people.rows("SELECT * FROM sessions") == []


@pytest.mark.parametrize("how", ["removed", "replaced", "damaged"])
def test_a_file_that_went_away_lets_nobody_in(people: People, tmp_path: Path, how: str) -> None:
    """The process would go on with the people of a file that no command can change any more."""
    sessions = Sessions(people)
    ident = sessions.begin("jane")
    path = tmp_path / "access.sqlite"
    if how == "damaged":
        people.execute("DROP TABLE grants")
    else:
        path.unlink()
    if how == "replaced":
        People(tmp_path).close()
    with pytest.raises(LedgerError):
        sessions.identity(ident)
    if how != "damaged":
        with pytest.raises(LedgerError, match="Start the service again"):
            people.grant("jane", Role.MANAGER)


def test_passwords(people: People) -> None:
    kept = hashed("correct horse battery staple")
    assert kept.startswith("$argon2id$")
    assert matches("correct horse battery staple", kept)
    assert not matches("correct horse battery stapl", kept)
    assert not matches("correct horse battery staple" + "x" * 2000, kept)
    assert not matches("", kept)
    assert not matches("the password of nobody, which is compared all the same", None), "nobody has no password"


def test_guessing_is_slowed_down_and_whoever_is_known_gets_in() -> None:
    clock = Clock()
    throttle = Throttle("secret", clock)
    mark = throttle.mark("jane")
    for attempt in range(FOR_NAME):
        assert throttle.wait("jane", "192.0.2.9", "") == 0, attempt
        throttle.failed("Jane", f"198.51.100.{attempt}", "")
    assert throttle.wait("jane", "192.0.2.9", "") > 0, "from any address"
    assert throttle.wait("jane", "192.0.2.9", mark) == 0, "but not for a browser in which she signed in"
    assert throttle.wait("paul", "192.0.2.9", "") == 0, "nor for anybody else"
    assert throttle.wait("paul", "192.0.2.9", mark) == 0
    assert throttle.wait("jane", "192.0.2.9", throttle.mark("paul")) > 0, "the mark of another name is none"
    assert throttle.wait("jane", "192.0.2.9", mark[:-1] + "0") > 0 or mark.endswith("0")
    for _ in range(FOR_KNOWN):
        throttle.failed("jane", "192.0.2.9", mark)
    assert throttle.wait("jane", "192.0.2.9", mark) > 0, "a stolen mark is no way round"
    clock.now += WINDOW + 1
    assert throttle.wait("jane", "192.0.2.9", "") == 0
    for attempt in range(FOR_ADDRESS):
        throttle.failed(f"name {attempt}", "203.0.113.1", "")
    assert throttle.wait("somebody", "203.0.113.1", "") > 0, "many names from one address"
    assert throttle.wait("somebody", "203.0.113.2", "") == 0
    throttle.forgive("somebody", "203.0.113.1", "")
    assert throttle.wait("somebody", "203.0.113.1", "") == 0


def test_many_attempts_at_once_gain_nothing() -> None:
    throttle = Throttle("secret", Clock())
    with ThreadPoolExecutor(40) as pool:
        waits = list(pool.map(lambda _: throttle.attempt("jane", "192.0.2.9"), range(200)))
    assert waits.count(0) == FOR_NAME


def test_one_host_has_many_addresses_and_one_count() -> None:
    throttle = Throttle("secret", Clock())
    for attempt in range(FOR_ADDRESS):
        assert throttle.attempt(f"name {attempt}", f"2001:db8:1:2::{attempt:x}") == 0
    assert throttle.attempt("somebody", "2001:db8:1:2:ffff::1") > 0
    assert throttle.attempt("somebody", "2001:db8:1:3::1") == 0
    for attempt in range(FOR_ADDRESS):
        assert throttle.attempt(f"other {attempt}", "::ffff:192.0.2.9") == 0
    assert throttle.attempt("anybody", "192.0.2.9") > 0
    assert throttle.attempt("anybody", "no address at all") == 0


def test_a_change_is_in_the_ledger_once_whatever_happens(tmp_path: Path) -> None:
    people = People(tmp_path)
    with Ledger.create(tmp_path) as ledger:
        people.add("jane", "kept", frozenset({Role.VIEWER}))
        people.grant("jane", Role.AUDITOR)

        def fails(action: str, details: Mapping[str, Any], actor: str) -> None:
            ledger.append(action, details, actor)
            raise LedgerError("the process dies after the entry and before it is noted as written")

        assert people.waits
        for _ in range(2):
            with pytest.raises(LedgerError):
                people.settle(fails, lambda: recent_changes(ledger))
        settle(people, ledger, ledger.append)
        assert [entry.action for entry in ledger.entries()] == ["created", "person added", "role granted"]
        assert not people.waits
        assert ledger.entry(1).details["person"] == "jane"
        assert "by" not in ledger.entry(1).details


def test_a_change_that_fails_waits_for_nothing(people: People, tmp_path: Path) -> None:
    before = people.rows("SELECT * FROM waiting")
    with pytest.raises(InputError):
        people.add("JANE", "kept", frozenset())
    with pytest.raises(InputError):
        people.revoke("jane", Role.MANAGER)
    assert people.rows("SELECT * FROM waiting") == before


def test_a_file_that_is_none_says_so(tmp_path: Path) -> None:
    (tmp_path / "access.sqlite").write_bytes(b"no database at all, but long enough to be looked at as one" * 20)
    with pytest.raises(LedgerError, match="Move it away"):
        People(tmp_path)
