"""Why something is in the scope of a machine, a reading, a procedure: the path, and the reasons, against the plain rows."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import networkx as nx
import pytest
from cli import run_here, write
from facts import Facts, entry, facts
from test_genealogy_starts import questions, start
from workings import Maker, Rows, filled, instant
from workings_read import Asked, Reading

from genealogy.answer import TIERS
from genealogy.snapshot import Snapshot
from genealogy.starts import Interval, Start
from genealogy.starts.arrays import ArrayStarts
from genealogy.why import why
from genealogy.why.near_misses import near_misses
from genealogy.why.started import Started

if TYPE_CHECKING:
    from genealogy.engine import Engine

PLANTS = 520
TOGETHER = 20
"""So many plants stand in one snapshot, with names of their own."""


class Rowed:
    """Facts as the arrays have them: enough where a test asks for no files."""

    def facts(self, moment: Any, table: str, rows: Any) -> Any:
        return [Cited(moment, table, int(row)) for row in rows]


class Cited:
    """One fact."""

    def __init__(self, moment: Any, table: str, row: int) -> None:
        self.table, self.row, self.moment = table, row, moment

    def as_json(self) -> dict[str, Any]:
        return {"table": self.table, "row": self.row, "file": "", "entry": 1, "cells": {}}


def started(snapshot: Snapshot, asked: list[Asked]) -> Started:
    """What some starts select, by the arrays alone."""
    arrays, also, rows = ArrayStarts(snapshot.moment(1)), [start(each) for each in asked], []
    items: set[str] = set()
    outputs: set[str] = set()
    for each in also:
        chosen = arrays.select(each)
        sure: dict[tuple[str, str], bool] = {}
        for one in chosen:
            sure[one.sort, one.id] = sure.get((one.sort, one.id), False) or one.sure
        steps, mine = (sorted({one.id for one in chosen if one.sort == sort}) for sort in ("step", "item"))
        outputs |= {item for of in arrays.outputs(steps).values() for item in of}
        items |= set(mine)
        rows.append(
            {
                "kind": each.kind, "asked": each.as_json(), "words": each.words(), "steps": steps, "items": mine,
                "unsure": sorted(name for (sort, name), is_sure in sure.items() if not is_sure and sort != "nothing"),
                "facts": [{one.sort: one.id, "table": one.fact.split(":")[0], "fact": one.fact} for one in sorted(chosen)],
            }
        )  # fmt: skip
    return Started(also, rows, sorted(items), (sorted(outputs), sorted(outputs)))


def best_of(reading: Reading, items: set[str], steps: set[str]) -> dict[str, tuple[int, int]]:
    """Tier and moves of the strongest and of these the shortest way to every item, by one search for each tier."""
    graph = reading.known.graph.copy()
    for step in steps:
        if ("step", step) in graph:
            for _, item in list(graph.out_edges(("step", step))):
                # Only for who sets out from the step; who passes through it goes by its own record.
                graph.add_edge(("start", step), item, tier=0, length=0)
    source = ("source", "")
    graph.add_node(source)
    for name in items:
        graph.add_edge(source, ("item", name), tier=0, length=0)
    for name in steps:
        graph.add_edge(source, ("start", name), tier=0, length=2)
    found: dict[str, tuple[int, int]] = {}
    for tier in range(3):
        part = nx.DiGraph()
        part.add_node(source)
        for one, other, of in graph.edges(data=True):
            if of["tier"] <= tier:
                part.add_edge(one, other, length=min(of["length"], part.get_edge_data(one, other, of)["length"]))
        for (sort, name), length in nx.single_source_dijkstra_path_length(part, source, weight="length").items():
            if sort == "item" and name not in items:
                found.setdefault(name, (tier, int(length) // 2))
    return found


def together(rng: random.Random, size: int) -> tuple[list[Maker], list[Rows], Snapshot]:
    """Several plants, their rows, and one snapshot of all."""
    makers = [Maker(rng, f"p{number}.", size=size) for number in range(TOGETHER)]
    plants = [maker.make() for maker in makers]
    merged = {table: [row for plant in plants for row in plant[table]] for table in plants[0]}
    return makers, plants, Snapshot.of(Facts.of(entry(**filled(merged))))


def asking(rng: random.Random, maker: Maker) -> list[Asked]:
    """Starts of every kind that concern this plant alone."""
    return [each for each in questions(rng, maker) if each.kind != "calibration" or "equipment" in each.with_]


@pytest.mark.parametrize("batch", range(PLANTS // TOGETHER))
def test_no_path_from_a_start_is_stronger_or_shorter(batch: int) -> None:
    inside = outside = first_moves = 0
    rng = random.Random(f"why started {batch}")
    makers, plants, snapshot = together(rng, 8)
    for seed, (maker, rows) in enumerate(zip(makers, plants, strict=True)):
        reading = Reading(rows)
        asked = rng.sample(asking(rng, maker), rng.choice((1, 1, 2)))
        named = rng.sample(maker.items, 1) if rng.random() < 0.25 else []
        named = [item for item in named if item not in {row["code"] for row in rows["aliases"]}]
        keys = {key for each in asked for key in reading.select(each)}
        items = {name for sort, name in keys if sort == "item"} | set(named)
        steps = {name for sort, name in keys if sort == "step"}
        expected, from_ = best_of(reading, items, steps), started(snapshot, asked)
        assert set(from_.items) | set(named) == items
        everything = [reading.known.item(name) for name in (*maker.items, *maker.units)]
        for item in rng.sample(everything, min(3, len(everything))):
            answer = why(snapshot, Rowed(), item, named, 1, None, from_)
            assert answer["in_scope"] == (item in items or item in expected), f"seed {seed}: {item}"
            if item in items:
                assert answer["path"] == []
                assert (answer["start"] is None) == (item in named and item not in from_.items)
            elif item in expected:
                inside += 1
                said = (TIERS.index(answer["tier"]), answer["moves"])
                assert said == expected[item], f"seed {seed}: {item} of {asked}"
                first_moves += check_path(answer, reading, items, steps)
            else:
                outside += 1
                check_out(answer, reading, item, asked, steps)
    assert min(inside, outside) > 4
    assert first_moves > 2


def check_path(answer: dict[str, Any], reading: Reading, items: set[str], steps: set[str]) -> bool:
    """Each move follows the one before, and the first leaves a start; whether that is a step."""
    first, *further = answer["path"]
    known, made, used = reading.known, reading.rows["production"], reading.rows["consumption"]
    outputs = {(row["step_id"], known.item(row["item_id"])) for row in made}
    inputs = {(known.item(row["item_id"]), row["step_id"]) for row in used}
    assert [move["depth"] for move in answer["path"]] == list(range(1, len(answer["path"]) + 1))
    assert answer["path"][-1]["to"] == answer["item"]
    assert all(one["to"] == other["from"] for one, other in zip(answer["path"], further, strict=False))
    assert max(TIERS.index(move["tier"]) for move in answer["path"]) == TIERS.index(answer["tier"])
    for move in answer["path"]:
        if move["kind"] in ("step", "portion"):
            assert (move["step"]["step_id"], move["to"]) in outputs
        if move["kind"] == "step":
            assert (move["from"], move["step"]["step_id"]) in inputs
        assert move["facts"]
    if first["kind"] != "start":
        assert first["from"] in items
        return False
    assert first["from"] in steps
    assert (first["from"], first["to"]) in outputs
    assert (answer["start"]["sort"], answer["start"]["id"]) == ("step", first["from"])
    assert answer["start"]["facts"]
    return True


def check_out(answer: dict[str, Any], reading: Reading, item: str, asked: list[Asked], steps: set[str]) -> None:
    """A reason that cuts holds for every step behind the item, by the rows; of a place nothing cuts."""
    graph = reading.known.graph
    ancestors = nx.ancestors(graph, ("item", item)) if ("item", item) in graph else set()
    behind = {name for sort, name in ancestors if sort == "step"}
    assert not behind & steps
    chosen = [reason for reason in answer["reasons"] if reason["kind"] == "not_selected"]
    if any(each.kind == "place" for each in asked):
        assert not any(reason["proves"] for reason in answer["reasons"])
    if len(asked) > 1 or not chosen:
        return
    (reason,), (each,) = chosen, asked
    rows, of_step = reading.rows, reading.of_step
    match each.kind:
        case "equipment":
            on = {step for step, _, _ in reading.uses(each.with_["equipment"])}
            told = {row["step_id"] for row in rows["equipment_use"]}
        case "reading":
            on = {row["step_id"] for row in rows["readings"] if row["parameter"] == each.with_["parameter"]} - {None}
            told = on
        case "operator":
            on, told = set(of_step), {step for step, row in of_step.items() if row["operator"]}
        case "document":
            on = {step for step, row in of_step.items() if row["document_id"] == each.with_["document"]}
            told = {step for step, row in of_step.items() if row["document_id"]}
        case "step":
            assert reason["proves"]
            return
        case _:
            return
    operations = {of_step[step]["operation"] for step in on if step in of_step}
    alike = {step for step in behind if step not in of_step or of_step[step]["operation"] in operations}
    if each.kind == "operator":
        alike = behind
    assert reason["proves"] == (not alike - told), (each, reason)


@pytest.mark.parametrize("seed", range(2))
def test_near_misses_of_a_start_are_outside_of_its_scope_and_have_reasons(seed: int) -> None:
    rng = random.Random(f"near started {seed}")
    makers, plants, snapshot = together(rng, 10)
    for maker, rows in zip(makers, plants, strict=True):
        reading, asked = Reading(rows), rng.choice(asking(rng, maker))
        keys = reading.select(asked)
        items, steps = ({name for sort, name in keys if sort == wanted} for wanted in ("item", "step"))
        scope = {*best_of(reading, items, steps), *items}
        answer = near_misses(snapshot, Rowed(), [], 1, None, started(snapshot, [asked]))
        listed = [item for kind in answer["kinds"] for item in kind["items"]]
        assert answer["in_scope"] == len(scope - items), asked
        assert not {item["id"] for item in listed} & scope
        assert all(item["reasons"] for item in listed)
        for item in rng.sample(listed, min(2, len(listed))):
            again = why(snapshot, Rowed(), item["id"], [], 1, None, started(snapshot, [asked]))
            assert again["near"]
            assert not again["in_scope"]


def load(engine: Engine, rows: Rows) -> None:
    documents = {t: engine.ledger.documents.put_table(facts(t, of)) for t, of in rows.items() if of}
    engine.record("load", {"files": [{"file": "plant.csv"}], "facts": documents})


def test_graph_and_arrays_agree_on_paths_from_starts(engine: Engine) -> None:
    rng = random.Random(7)
    makers = [Maker(rng, f"p{number}.") for number in range(10)]
    plants = [maker.make() for maker in makers]
    load(engine, {table: [row for plant in plants for row in plant[table]] for table in plants[0]})
    seen = 0
    for maker in makers:
        for asked in rng.sample(questions(rng, maker), 3):
            also = [start(asked)]
            scope = engine.scope([], also=also).answer
            inside = {row["id"]: row["tier"] for row in scope["items"]}
            for item in rng.sample(maker.items, 2):
                answer = engine.why(item, [], also=also).answer
                assert answer["complete"], answer["differences"]
                assert answer["in_scope"] == (item in inside or item in scope["starts"])
                if item in inside:
                    seen += 1
                    assert answer["tier"] == inside[item]
                    assert all(fact["file"] == "plant.csv" for fact in answer["start"]["facts"])
            near = engine.near_misses([], also=also)
            assert near.complete
            assert near.digest == engine.near_misses([], also=also).digest
    assert seen > 5


def autoclave() -> Rows:
    """Two runs in one autoclave, one in another; what each made was packed."""
    steps = [("A", 1), ("B", 49), ("C", 1), ("D", 1)]
    return {
        "equipment": [{"equipment_id": name, "name": name, "kind": "autoclave"} for name in ("E", "E2")]
        + [{"equipment_id": "PK", "name": "PK", "kind": "packer"}],
        "steps": [{"step_id": s, "operation": "sterilise", "started_at": instant(h)} for s, h in steps]
        + [{"step_id": f"P{s}", "operation": "pack", "started_at": instant(72)} for s, _ in steps],
        "equipment_use": [
            {"step_id": s, "equipment_id": e, "from": instant(h), "to": instant(h + 2)}
            for s, e, h in (("A", "E", 1), ("B", "E", 49), ("C", "E2", 1), ("PA", "PK", 72), ("PD", "PK", 72))
        ],
        "consumption": [{"step_id": f"P{s}", "item_id": f"m{s}"} for s, _ in steps],
        "production": [{"step_id": s, "item_id": f"m{s}"} for s, _ in steps]
        + [{"step_id": f"P{s}", "item_id": f"f{s}"} for s, _ in steps],
    }


def test_what_the_packing_step_ran_on_says_nothing_of_the_autoclave() -> None:
    snapshot = Snapshot.of(Facts.of(entry(**autoclave())))
    asked = [Asked("equipment", 0, 10, {"equipment": "E"})]
    said = {}
    for item in ("fA", "fB", "fC", "fD"):
        answer = why(snapshot, Rowed(), item, [], 1, None, started(snapshot, asked))
        said[item] = (answer["in_scope"], [(r["kind"], r["proves"]) for r in answer["reasons"]][:1])
    assert said["fA"] == (True, [])
    assert said["fB"] == said["fC"] == (False, [("not_selected", True)])
    # D was sterilised, nobody says where: that it was packed on PK is no comfort, and cuts nothing.
    assert said["fD"][0] is False
    assert said["fD"][1][0][1] is False


def test_the_command_line_and_its_words(tmp_path: Path) -> None:
    rows = autoclave()
    plant = write(tmp_path / "plant", {t: [{k: v or "" for k, v in r.items()} for r in of] for t, of in rows.items()})
    home = tmp_path / "home"
    assert run_here(home, "load", plant).code == 0
    asked = ("--equipment", "E", "--since", "2026-05-01", "--until", "2026-05-01")
    done = run_here(home, "why", "fA", *asked, "--json")
    assert done.code == 0, done.err
    assert [(m["kind"], m["from"], m["to"]) for m in done.json["path"]] == [("start", "A", "mA"), ("step", "mA", "fA")]
    assert done.json["start"]["facts"][0]["table"] == "equipment_use"
    assert done.json["started_from"][0]["steps"] == 1
    text = run_here(home, "why", "fA", *asked).out
    assert text.startswith("fA is in the scope of equipment E from 2026-05-01")
    assert "STARTS FROM step A, by equipment E" in text
    assert "B ran on E (2026-05-03T01:00:00Z" in run_here(home, "why", "fB", *asked).out
    near = run_here(home, "near-misses", "--equipment", "E", "--from", "2026-05-01", "--to", "2026-05-01", "--json")
    assert near.code == 0, near.err
    assert {i["id"] for kind in near.json["kinds"] for i in kind["items"]} >= {"mB"}
    assert run_here(home, "why", "fA").code == 2
    assert run_here(home, "near-misses").code == 2
    assert run_here(home, "why", "fA", "--equipment", "nothing").code == 5


def test_an_interval_and_an_item_together() -> None:
    snapshot = Snapshot.of(Facts.of(entry(**autoclave())))
    also = [Start("equipment", equipment="E2", interval=Interval())]
    arrays = ArrayStarts(snapshot.moment(1))
    row = {
        "kind": "equipment",
        "asked": {},
        "words": "equipment E2",
        "steps": ["C"],
        "items": [],
        "unsure": [],
        "facts": [],
    }
    assert {chosen.id for chosen in arrays.select(also[0])} == {"C"}
    from_ = Started(also, [row], [], (["mC"], ["mC"]))
    assert why(snapshot, Rowed(), "fA", ["mA"], 1, None, from_)["path"][0]["from"] == "mA"
    assert why(snapshot, Rowed(), "fC", ["mA"], 1, None, from_)["path"][0]["from"] == "C"


def test_the_route_answers_as_the_command_does_and_drops_nothing(tmp_path: Path) -> None:
    from fastapi.testclient import TestClient
    from people import LOCAL, bearer

    from api.app import create_app
    from genealogy.engine import Engine

    with Engine.open(tmp_path / "home") as engine:
        load(engine, autoclave())
        also = [Start("equipment", equipment="E", interval=Interval.of("2026-05-01", "2026-05-01"))]
        with TestClient(create_app(engine), base_url=LOCAL, headers=bearer(engine.home)) as client:
            why_ = client.get("/api/v1/why?item=fB&equipment=E&since=2026-05-01&until=2026-05-01")
            near = client.get("/api/v1/near-misses?equipment=E&from=2026-05-01&to=2026-05-01")
            assert (why_.status_code, near.status_code) == (200, 200)
            assert why_.json()["digest"] == engine.why("fB", [], also=also).digest
            assert near.json()["digest"] == engine.near_misses([], also=also, limit=100).digest
            for path in (
                "why?item=fB", "why?item=fB&item=fA&equipment=E", "near-misses", "scope?parameter=t&low=1&low=2",
                "scope?equipment=E&from=2026-05-01&from=2026-05-02", "why?item=fA&equipment=E&since=2026-05-01&since=2026-05-02",
            ):  # fmt: skip
                assert client.get(f"/api/v1/{path}").status_code == 422, path
            both = client.get("/api/v1/scope?equipment=E&equipment=E2").json()
            assert {row["id"] for row in both["items"]} == {f"{a}{b}" for a in "mf" for b in "ABC"}
