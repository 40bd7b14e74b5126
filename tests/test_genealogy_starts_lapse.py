"""A lapse of a calibration does not end in the past because the equipment was calibrated again."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest
from cli import run, run_here, write
from facts import Facts, entry, facts

from genealogy.snapshot import Snapshot
from genealogy.starts import Start
from genealogy.starts.arrays import ArrayStarts
from genealogy.starts.graph import GraphStarts

if TYPE_CHECKING:
    from pathlib import Path

    from genealogy.engine import Engine

HOUR = 3_600_000_000
EPOCH = 1_777_593_600_000_000  # 2026-05-01T00:00:00Z
STEPS = 12


def load(engine: Engine, tables: dict[str, list[dict[str, Any]]]) -> None:
    """Record rows as one entry."""
    documents = {name: engine.ledger.documents.put_table(facts(name, rows)) for name, rows in tables.items()}
    engine.record("load", {"files": [{"file": "plant.csv"}], "facts": documents})


def instant(hour: int) -> str:
    return f"2026-05-{1 + hour // 24:02}T{hour % 24:02}:00:00Z"


def machine(ended: int | None, **more: Any) -> dict[str, Any]:
    return {"equipment_id": "E", "name": "Mixer", "calibrated_until": None if ended is None else instant(ended), **more}


def uses() -> dict[str, list[dict[str, Any]]]:
    """Twelve steps of an hour each, every six hours, on the machine."""
    times = {f"S{n:02}": (instant(6 * n), instant(6 * n + 1)) for n in range(STEPS)}
    return {
        "steps": [{"step_id": s, "operation": "mix", "started_at": a, "ended_at": b} for s, (a, b) in times.items()],
        "equipment_use": [{"step_id": step, "equipment_id": "E"} for step in times],
        "production": [{"step_id": step, "item_id": f"L{step}"} for step in times],
    }


def lapsed(history: list[Any], hours: list[int], as_of: int) -> dict[str, bool]:
    """By hand: the steps that ran in a lapse, and which of them surely.

    Args:
        history: of each entry from 1 on "void", the hour at which the calibration ends, None for unknown, or "" for nothing.
        hours: when each entry was recorded.
    """
    stated: list[tuple[int, int | None]] = []
    for number, said in enumerate(history[:as_of]):
        if said == "void":
            stated = []
        elif said != "":
            stated.append((number, said))
    found: dict[str, bool] = {}
    for step in range(STEPS):
        begin, end = 6 * step, 6 * step + 1
        for place, (_, ended) in enumerate(stated):
            if ended is None or end <= ended:
                continue
            later = [(at, until) for at, until in stated[place + 1 :] if until is not None]
            in_force = place == len(stated) - 1
            if not later or begin <= hours[later[0][0]]:
                name = f"S{step:02}"
                found[name] = found.get(name, False) or in_force
    return found


def selected(chosen: Any) -> dict[str, bool]:
    found: dict[str, bool] = {}
    for each in chosen:
        found[each.id] = found.get(each.id, False) or each.sure
    return found


@pytest.mark.parametrize("seed", range(60))
def test_a_lapse_stays_until_the_next_calibration_was_recorded(seed: int) -> None:
    rng = random.Random(seed)
    history = [
        rng.choice((rng.randrange(60), rng.randrange(60), rng.randrange(60), None, "void", "")) for _ in range(4)
    ]
    hours = sorted(rng.randrange(0, 80) for _ in history)
    entries: list[dict[str, Any]] = []
    for said in history:
        row = machine(None, void="yes") if isinstance(said, str) else machine(said)
        entries.append({} if said == "" else {"equipment": [row]})
    entries[0] = entries[0] | uses()
    snapshot = Snapshot.of(Facts.of(*(entry(**each) for each in entries)))
    for as_of in range(1, 5):
        if as_of > snapshot.sequence:
            continue
        arrays = ArrayStarts(snapshot.moment(as_of), lambda number: EPOCH + hours[number - 1] * HOUR)
        expected = lapsed(history, hours, as_of)
        assert selected(arrays.select(Start("calibration"))) == expected, (history, hours, as_of)
        assert selected(arrays.select(Start("calibration", equipment="E"))) == expected


def test_both_roads_keep_the_lapse(engine: Engine) -> None:
    load(engine, {"equipment": [machine(10)], **uses()})
    load(engine, {"equipment": [machine(40)]})
    load(engine, {"equipment": [machine(40, site="HAM")]})
    load(engine, {"equipment": [machine(70)]})
    for hours in ([0, 20, 30, 50], [0, 5, 5, 5], [0, 90, 90, 90]):
        for as_of in (1, 2, 3, 4):
            recorded = lambda number, hours=hours: EPOCH + hours[number - 1] * HOUR  # noqa: E731
            first = GraphStarts(engine.store, engine.road, as_of, recorded).select(Start("calibration"))
            second = ArrayStarts(engine.snapshot.moment(as_of), recorded).select(Start("calibration"))
            assert first == second
            assert selected(first) == lapsed([10, 40, 40, 70], hours, as_of)


def test_a_calibration_that_was_loaded_later_hides_no_step(tmp_path: Path) -> None:
    """All was in the past when it was recorded: nothing says that the machine was calibrated again before its record came."""
    home, folder = tmp_path / "home", tmp_path / "plant"
    tables = {name: [{k: str(v) for k, v in row.items()} for row in rows] for name, rows in uses().items()}
    until = {"equipment_id": "E", "name": "Mixer", "calibrated_until": instant(40)}
    assert run_here(home, "load", write(folder, tables | {"equipment": [until]})).code == 0
    before = run_here(home, "scope", "--calibration-lapse", "--json").json
    (tmp_path / "equipment.csv").write_text("equipment_id,name,calibrated_until\nE,Mixer,2027-05-01T00:00:00Z\n")
    assert run_here(home, "load", tmp_path / "equipment.csv").code == 0
    after = run_here(home, "scope", "--equipment", "E", "--calibration-lapse", "--json").json
    assert [item["id"] for item in before["items"]] == [f"LS{n:02}" for n in range(7, 12)]
    assert [item["id"] for item in after["items"]] == [item["id"] for item in before["items"]]
    assert after["started_from"][0]["unsure"] == [f"S{n:02}" for n in range(7, 12)]
    assert before["started_from"][0]["unsure"] == []
    page = run_here(home, "responsible", "LS08", "--json").json
    (use,) = page["steps"][0]["equipment"]
    assert (use["calibration"], use["calibrated_until"]) == ("lapsed", instant(40))
    assert [flag["kind"] for flag in page["flags"]] == ["calibration_lapsed"]
    (tmp_path / "equipment.csv").write_text("equipment_id,name,calibrated_until,void\nE,Mixer,,yes\n")
    assert (
        run_here(home, "load", tmp_path / "equipment.csv").code == 0
    )  # the date was a mistake: withdrawn, then stated anew
    (tmp_path / "equipment.csv").write_text("equipment_id,name,calibrated_until\nE,Mixer,2027-05-01T00:00:00Z\n")
    assert run_here(home, "load", tmp_path / "equipment.csv").code == 0
    assert run(home, "scope", "--equipment", "E", "--calibration-lapse", "--json").json["items"] == []
