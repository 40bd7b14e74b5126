"""What the arrays say before both roads are done is what the answer will say, but for whether it is complete."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from oracle import ZONE
from plants import random_plant, write_plant

from genealogy.answer import AT_WORK
from genealogy.first_look import Look, ScopeLook, TraceLook
from genealogy.graph import View
from genealogy.reach import Names
from loaders import load as load_files
from viz.summary import summary
from viz.words import Words

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Home

    from genealogy.engine import Engine

OF_ROADS = {"complete", "second_road", "differences", "summary"}


@pytest.fixture
def plant(home: Home, tmp_path: Path) -> tuple[Engine, list[str]]:
    engine = home.open()
    for seed in range(3):
        rng = random.Random(seed)
        for number, load in enumerate(random_plant(rng, 12, f"{seed}-")):
            load_files(engine, [write_plant(tmp_path / f"{seed}-{number}", load, rng)], zone=ZONE)
    moment = engine.snapshot.moment(engine.head)
    lots = {text for text in moment.texts("lots", "item_id", moment.all_rows("lots")) if text}
    return engine, sorted(lots)


def rest(said: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if name not in OF_ROADS | {"items"}}


def test_a_look_at_a_scope_is_its_answer_before_it_is_compared(plant: tuple[Engine, list[str]]) -> None:
    engine, lots = plant
    seen = 0
    for starts in [[lot] for lot in lots] + [lots[:3], ["nobody named this"]]:
        answer = engine.scope(starts).answer
        look = engine.scope_look(starts, least=-1)
        assert isinstance(look, ScopeLook)
        assert rest(look.said) == rest(answer)
        assert (look.said["complete"], look.said["second_road"], look.said["differences"]) == (False, AT_WORK, [])
        assert "items" not in look.said
        items = answer["items"]
        units = [row for row in items if row["kind"] == "unit" and row["stage"] == "finished"]
        for part, rows in (("units", units), ("lots", [r for r in items if r["kind"] != "unit"]), ("all", items)):
            assert look.scope.count(part) == len(rows)  # type: ignore[arg-type]
            assert look.scope.rows(part, 0, len(rows)) == rows  # type: ignore[arg-type]
            assert look.scope.rows(part, 1, 3) == rows[1:3]  # type: ignore[arg-type]
        seen += len(units)
        told = summary(answer, Words("en"))
        first = summary(look.said, Words("en"))
        assert first[:2] == told[:2]
        assert "NOT YET COMPARED" in first[2]
        assert "both roads agree" not in first[2]
        zh = summary(look.said, Words("zh"))
        assert zh[:2] == summary(answer, Words("zh"))[:2]
        assert "尚未比对" in zh[2]
        assert "一致。" not in zh[2]
    assert seen


def test_a_look_at_a_trace_is_its_answer_before_it_is_compared(plant: tuple[Engine, list[str]]) -> None:
    engine, lots = plant
    for starts in [[lot] for lot in lots] + [lots[:3], ["nobody named this"]]:
        for direction in ("forward", "backward"):
            answer = engine.trace(starts, direction).answer  # type: ignore[arg-type]
            look = engine.trace_look(starts, direction, least=-1)  # type: ignore[arg-type]
            assert isinstance(look, TraceLook)
            assert rest(look.said) == rest(answer)
            assert (look.said["complete"], look.said["second_road"], look.said["differences"]) == (False, AT_WORK, [])
            items = answer["items"]
            assert look.count() == len(items)
            assert look.rows(0, len(items)) == items
            assert look.rows(1, 3) == items[1:3]
            assert engine.trace_look(starts, direction, least=len(items)) is None  # type: ignore[arg-type]


def test_what_is_soon_answered_is_not_looked_at_first(plant: tuple[Engine, list[str]]) -> None:
    engine, lots = plant
    for lot in lots:
        size = len(engine.scope([lot]).answer["items"])
        assert engine.scope_look([lot], least=size) is None
        assert engine.scope_look([lot], least=size - 1) is not None


def test_a_look_at_a_picture_is_its_answer_before_it_is_compared(plant: tuple[Engine, list[str]]) -> None:
    engine, lots = plant
    for lot in lots:
        looks = (
            engine.graph_look([lot], view=View("lot"), to=lots[0], least=-1),
            engine.flow_look([lot], least=-1),
            engine.timeline_look([lot], least=-1),
        )
        size = len(engine.trace([lot], "forward").answer["items"])
        assert engine.flow_look([lot], least=size) is None
        assert engine.flow_look([lot], least=size - 1) is not None
        engine.picture_compared([lot])
        # From here on the answer is at hand, and nobody is given less.
        assert engine.graph_look([lot], least=-1) is None
        assert engine.flow_look([lot], least=-1) is None
        assert engine.timeline_look([lot], least=-1) is None
        answers = (engine.graph([lot], view=View("lot"), to=lots[0]), engine.flow([lot]), engine.timeline([lot]))
        for look, answer in zip(looks, answers, strict=True):
            assert isinstance(look, Look)
            assert rest(look.said) == rest(answer.answer)
            assert (look.said["complete"], look.said["second_road"]) == (False, AT_WORK)
            assert answer.complete


def test_a_look_is_of_the_entry_that_was_asked_for(plant: tuple[Engine, list[str]]) -> None:
    engine, lots = plant
    for entry in range(engine.head + 1):
        answer = engine.scope([lots[0]], entry).answer
        look = engine.scope_look([lots[0]], entry, least=-1)
        assert look is not None
        assert rest(look.said) == rest(answer)


def test_names_become_strings_when_they_are_asked_for() -> None:
    names = Names(pa.array(["A", "b", "漢"], pa.large_string()))
    assert (len(names), names[1], names[-1], names[1:], list(names)) == (3, "b", "漢", ["b", "漢"], ["A", "b", "漢"])
    assert pa.array(names, pa.large_string()).to_pylist() == ["A", "b", "漢"]
    assert pa.array(names, pa.string()).type == pa.string()
    assert "b" in names
    assert names.index("漢") == 2
    with pytest.raises(IndexError):
        names[3]
