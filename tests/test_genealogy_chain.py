"""Chain: an entry says what was recorded and nothing else; whatever was changed since is found and named."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import rfc8785
from entered import asked, plant, raw
from hypothesis import given, settings
from hypothesis import strategies as st

import genealogy
from genealogy.errors import LedgerDamagedError, LedgerError
from genealogy.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(genealogy.__file__).parent.parent


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def ledger(home: Path) -> Iterator[Ledger]:
    with Ledger.create(home, actor="anna") as made:
        yield made


UNPROTECTED = ("DROP TRIGGER entries_stay", "DROP TRIGGER entries_same", "DROP TRIGGER entries_next")


def test_the_hash_is_that_of_the_canonical_text(ledger: Ledger) -> None:
    entry = ledger.append("hold", {"item": "Lot-ß", "quantity": 12.50, "b": [None, True]})
    fields: dict[str, Any] = {
        "sequence": 1,
        "time": entry.time,
        "actor": "anna",
        "action": "hold",
        "details": {"b": [None, True], "item": "Lot-ß", "quantity": 12.5},
        "previous": ledger.entry(0).hash,
    }
    assert entry.hash == hashlib.sha256(rfc8785.dumps(fields)).hexdigest()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", entry.time)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(-1e9, 1e9) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=40, deadline=None)
@given(details=st.dictionaries(st.text(max_size=8).filter(lambda key: key not in {"files", "facts"}), JSON, max_size=5))
def test_details_come_back_as_they_were(details: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> None:
    details.pop("quarantine_document", None)
    home = tmp_path_factory.mktemp("plant") / "home"
    with Ledger.create(home) as ledger:
        entry = ledger.append("note", details)
        assert entry.details == details
    with Ledger.open(home) as ledger:
        assert ledger.entry(1) == entry
        assert ledger.verify().ok


@pytest.mark.parametrize("value", [2**53, -(2**53), float("nan"), float("inf"), {1, 2}, b"x", "\ud800", {1: 2}])
def test_what_json_cannot_say_exactly_is_refused(ledger: Ledger, value: Any) -> None:
    with pytest.raises(LedgerError, match="was not recorded"):
        ledger.append("note", {"value": value})
    assert ledger.head.sequence == 0
    assert ledger.append("note", {"value": 2**53 - 1}).sequence == 1


def test_a_sound_ledger_verifies(home: Path) -> None:
    written = plant(home)
    with Ledger.open(home) as ledger:
        found = ledger.verify((5, written[5].hash))
        assert found.ok
        assert found.require() is found
        assert (found.ledger, found.entries, found.documents, found.head) == (ledger.id, 12, 5, written[-1])


def problem(home: Path, expect: tuple[int, str] | None = None) -> str:
    with Ledger.open(home) as ledger:
        found = ledger.verify(expect)
    assert not found.ok
    assert found.problem
    with pytest.raises(LedgerDamagedError, match=re.escape(found.problem)):
        found.require()
    return found.problem


def edited(home: Path, sequence: int, *, rehash: bool) -> None:
    text = asked(home, f"SELECT entry FROM entries WHERE sequence = {sequence}")[0]
    text = text.replace("L-", "M-")
    change = f"UPDATE entries SET entry = '{text}'"
    if rehash:
        change += f", hash = '{hashlib.sha256(text.encode()).hexdigest()}'"
    raw(home, *UNPROTECTED, f"{change} WHERE sequence = {sequence}")


def test_an_edited_entry_is_found_and_named(home: Path) -> None:
    plant(home)
    edited(home, 4, rehash=False)
    assert problem(home).startswith("Entry 4 was changed")
    with Ledger.open(home) as ledger, pytest.raises(LedgerDamagedError, match="Entry 4 was changed"):
        list(ledger.entries())


def test_the_first_of_two_edited_entries_is_named(home: Path) -> None:
    plant(home)
    edited(home, 8, rehash=False)
    raw(home, "UPDATE entries SET hash = 'x' WHERE sequence = 6")
    assert problem(home).startswith("Entry 6 was changed")


def test_an_entry_edited_together_with_its_hash_breaks_the_chain(home: Path) -> None:
    plant(home)
    edited(home, 4, rehash=True)
    assert "entry 5 does not follow from entry 4" in problem(home)


def test_content_that_is_no_entry_is_named(home: Path) -> None:
    plant(home)
    for text in ("[]", "{}", "no json"):
        digest = hashlib.sha256(text.encode()).hexdigest()
        raw(home, *(f"DROP TRIGGER IF EXISTS {name.split()[-1]}" for name in UNPROTECTED))
        raw(home, f"UPDATE entries SET entry = '{text}', hash = '{digest}' WHERE sequence = 4")
        assert problem(home).startswith("Entry 4 was changed: its content is no entry")


def test_a_removed_entry_is_named(home: Path) -> None:
    plant(home)
    raw(home, *UNPROTECTED, "DELETE FROM entries WHERE sequence = 4")
    assert "entry 4 is missing" in problem(home)


def test_two_entries_that_changed_places_are_named(home: Path) -> None:
    plant(home)
    raw(home, *UNPROTECTED, "UPDATE entries SET sequence = 99 WHERE sequence = 4")
    raw(home, "UPDATE entries SET sequence = 4 WHERE sequence = 5")
    raw(home, "UPDATE entries SET sequence = 5 WHERE sequence = 99")
    assert "Entry 4 was replaced: in its place stands entry 5" in problem(home)


def test_entries_cut_off_the_end_are_noticed_at_once(home: Path) -> None:
    plant(home)
    raw(home, *UNPROTECTED, "DELETE FROM entries WHERE sequence > 8")
    with pytest.raises(LedgerDamagedError, match="it ends at entry 8"):
        Ledger.open(home)


def test_a_well_made_cut_is_found_by_who_noted_the_head(home: Path) -> None:
    written = plant(home)
    protection = asked(home, "SELECT sql FROM sqlite_schema WHERE type = 'trigger'")
    raw(
        home,
        *UNPROTECTED,
        "DELETE FROM entries WHERE sequence > 8",
        f"UPDATE head SET sequence = 8, hash = '{written[8].hash}'",
        *protection,
    )
    with Ledger.open(home) as ledger:
        assert ledger.verify().ok  # nothing inside the file can tell
        assert ledger.verify((8, written[8].hash)).ok
    assert "ends at entry 8, but entry 11 was expected: its end is missing" in problem(home, (11, written[11].hash))


def test_a_chain_written_anew_is_found_by_who_noted_the_head(home: Path, tmp_path: Path) -> None:
    written = plant(home)
    plant(tmp_path / "other")
    assert "Entry 7 (hold, " in problem(tmp_path / "other", (7, written[7].hash))


def test_removed_protection_is_named(home: Path) -> None:
    plant(home)
    raw(home, "DROP TRIGGER entries_same")
    assert "'entries_same', a part of its protection, was removed" in problem(home)


def test_a_missing_or_damaged_document_is_named_with_its_entry(home: Path) -> None:
    written = plant(home)
    table = written[2].details["facts"]["steps"]
    original = written[1].details["files"][0]["sha256"]
    (home / "documents" / f"{table}.parquet").rename(home / "aside")
    assert problem(home).startswith("Entry 2 (load, ")
    assert f"the facts of steps: Document {table} is missing" in problem(home)
    (home / "documents" / f"{original}.zst").write_bytes(b"something else")
    assert problem(home).startswith("Entry 1 (load, ")
    assert f"the file lots.csv: Document {original}" in problem(home)
