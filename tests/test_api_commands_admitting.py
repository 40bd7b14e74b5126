"""People and keys on the command line: every change an entry, no secret anywhere but where it belongs, beside a server too."""

from __future__ import annotations

import json
import socket
import stat
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from cli import Ran, run, run_here
from console_server import served

from api.access.people import People

PASSWORD = "correct horse battery staple"


@pytest.fixture
def password(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text(f"{PASSWORD}\n")
    return path


def entries(home: Path) -> list[dict[str, object]]:
    found: list[dict[str, object]] = run_here(home, "log", "--json").json["entries"]
    return found


def test_every_change_is_an_entry_and_none_holds_a_secret(tmp_path: Path, password: Path) -> None:
    home = tmp_path / "home"

    def done(*words: str | Path) -> Ran:
        ran = run_here(home, *words)
        assert ran.code == 0, ran.err
        return ran

    done("people", "add", "jane", "--role", "administrator", "--password-file", password)
    done("people", "grant", "Jane", "auditor")
    refused = run_here(home, "people", "revoke", "jane", "administrator")
    assert refused.code == 2
    assert "last administrator" in refused.err
    done("people", "add", "ada", "--role", "administrator", "--password-file", password)
    done("people", "revoke", "jane", "administrator")
    listed = done("people", "list", "--json").json["people"]
    assert [(each["name"], each["roles"]) for each in listed] == [("ada", ["administrator"]), ("jane", ["auditor"])]
    kept = People(home).person("jane")
    done("people", "password", "jane", "--password-file", password)
    assert People(home).person("jane") != kept, "salted anew"
    key = done("keys", "add", "mes", "--role", "viewer", "--expires", "2999-01-01", "--json").json["key"]
    (told,) = done("keys", "list", "--json").json["keys"]
    assert (told["name"], told["roles"], told["expires"]) == ("mes", ["viewer"], "2999-01-01T00:00:00+00:00")
    done("keys", "revoke", told["id"])
    done("people", "disable", "jane")
    assert "disabled" in done("people", "list").out
    done("people", "enable", "jane")
    done("people", "remove", "jane")
    assert [entry["action"] for entry in entries(home)] == [
        "created", "person added", "role granted", "person added", "role revoked", "password changed", "key added",
        "key revoked", "person disabled", "person enabled", "person removed",
    ]  # fmt: skip
    text = json.dumps(entries(home))
    for secret in (PASSWORD, key, key.rpartition("_")[2], "argon2"):
        assert secret not in text
    assert run_here(home, "verify").code == 0
    file = home / "access.sqlite"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert key.rpartition("_")[2].encode() not in file.read_bytes()
    assert kept is not None
    assert kept[1].startswith("$argon2id$")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("people", "add", "jane", "--role", "boss"), "boss"),
        (("people", "add", "ja ne", "--role", "viewer"), "ja ne"),
        (("people", "add", "<script>", "--role", "viewer"), "letters"),
        (("people", "add", "a'; DROP TABLE people;--", "--role", "viewer"), "letters"),
        (("people", "add", "x" * 65, "--role", "viewer"), "64"),
        (("people", "add", "jane", "--role", "viewer"), "--password-file"),
        (("people", "add", "jane"), "--role"),
        (("people", "grant", "nobody", "viewer"), "nobody"),
        (("people", "revoke", "nobody", "viewer"), "nobody"),
        (("people", "remove", "nobody"), "nobody"),
        (("people", "password", "nobody"), "nobody"),
        (("keys", "add", "mes", "--role", "viewer", "--expires", "2001-01-01"), "past"),
        (("keys", "add", "mes", "--role", "viewer", "--expires", "soon"), "soon"),
        (("keys", "revoke", "00000000"), "00000000"),
    ],
)
def test_what_is_wrong_changes_nothing(tmp_path: Path, words: tuple[str, ...], says: str) -> None:
    home = tmp_path / "home"
    ran = run_here(home, *words)
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err
    assert not (home / "ledger.sqlite").exists()
    assert run_here(home, "people", "list", "--json").json == {"people": []}


def test_a_weak_password_is_refused_and_never_repeated(tmp_path: Path, password: Path) -> None:
    for weak in ("short", "janejanejane", "x" * 2000):
        password.write_text(weak)
        ran = run_here(tmp_path / "home", "people", "add", "jane", "--role", "viewer", "--password-file", password)
        assert ran.code == 2
        assert weak not in ran.err


def test_beside_a_server_the_server_writes_the_entry_before_it_counts(tmp_path: Path, password: Path) -> None:
    home = tmp_path / "home"
    assert run_here(home, "keys", "add", "first", "--role", "auditor").code == 0

    def status(address: str, key: str) -> int:
        asked = urllib.request.Request(f"{address}/api/v1/entries", headers={"authorization": f"Bearer {key}"})
        try:
            with urllib.request.urlopen(asked) as got:
                return int(got.status)
        except urllib.error.HTTPError as error:
            return error.code

    with served(home, key=False) as address:
        added = run(home, "keys", "add", "second", "--role", "auditor")
        assert added.code == 0
        assert "in use by process" in added.err
        assert [each["action"] for each in entries(home)][-1] == "key added"
        before = len(entries(home))
        key = added.out.strip()
        assert status(address, key) == 200
        assert len(entries(home)) == before + 1
        ident = key.split("_")[1]
        assert run(home, "keys", "revoke", ident).code == 0
        assert status(address, key) == 401
        assert entries(home)[-1]["action"] == "key revoked"
        assert entries(home)[-1]["details"]["key"] == ident  # type: ignore[index]
    assert run_here(home, "verify").code == 0


def test_an_address_for_others_needs_people(tmp_path: Path, password: Path) -> None:
    home = tmp_path / "home"
    assert run_here(home, "serve", "--host", "0.0.0.0").code == 2
    assert run_here(home, "keys", "add", "gone", "--role", "viewer").code == 0
    ident = run_here(home, "keys", "list", "--json").json["keys"][0]["id"]
    run_here(home, "keys", "revoke", ident)
    refused = run_here(home, "serve", "--host", "0.0.0.0")
    assert refused.code == 2
    assert "people add" in refused.err
    assert run_here(home, "serve", "--url", "nonsense").code == 2


def test_whoever_serves_others_without_tls_is_told_so(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert run_here(home, "keys", "add", "mes", "--role", "viewer").code == 0
    with socket.create_server(("0.0.0.0", 0)) as taken:  # so that it ends at once
        words = ("serve", "--host", "0.0.0.0", "--port", str(taken.getsockname()[1]))
        assert "without TLS" in run(home, *words).err
        assert "without TLS" not in run(home, *words, "--url", "https://trace.example.com").err


def test_looking_makes_nothing(tmp_path: Path) -> None:
    assert run_here(tmp_path / "home", "people", "list", "--json").json == {"people": []}
    assert run_here(tmp_path / "home", "keys", "list", "--json").json == {"keys": []}
    assert not (tmp_path / "home").exists()


def test_help_stays_quick() -> None:
    import subprocess
    import sys

    said = "import sys, api.cli; print([m for m in sys.modules if m.split('.')[0] in {'fastapi', 'pwdlib', 'argon2', 'jwt'}])"
    assert subprocess.check_output([sys.executable, "-c", said], text=True).strip() == "[]"
