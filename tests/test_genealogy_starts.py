"""Starts of every kind: both roads, against a plain reading of the rows, on random plants; and the sample plant's truth."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cli import run_here, write
from facts import Facts, entry, facts
from test_genealogy_verify import tamper
from workings import FOREVER, HOURS, Maker, Rows, corrected, filled, instant
from workings_read import Asked, Reading, scope

from genealogy.errors import InputError, ItemNotFoundError
from genealogy.quantities import exact
from genealogy.snapshot import Snapshot
from genealogy.starts import Interval, Limits, Start
from genealogy.starts.arrays import ArrayStarts
from genealogy.starts.asked import Asked as Options
from genealogy.starts.graph import GraphStarts
from genealogy.starts.judge import judge
from genealogy.starts.naming import Names
from genealogy.starts.resolve import reached
from loaders import load as load_files
from loaders.sample import write_sample

if TYPE_CHECKING:
    from genealogy.engine import Engine

PLANTS = 500
EPOCH = 1_777_593_600_000_000
"""2026-05-01T00:00:00Z in microseconds since 1970."""
HOUR = 3_600_000_000


def questions(rng: random.Random, maker: Maker) -> list[Asked]:
    """One start of each kind, restricted at random."""
    p, pick = maker.p, rng.choice

    def of(kind: str, **with_: Any) -> Asked:
        first, last = sorted(rng.randrange(0, HOURS, 4) for _ in range(2))
        ends = pick(((first, last), (first, FOREVER), (-FOREVER, last), (-FOREVER, FOREVER), (first, first)))
        return Asked(kind, *ends, {name: value for name, value in with_.items() if value is not None})

    limits = pick((None, None, ("2", "8"), (None, "4"), ("6", None)))
    return [
        Asked("step", with_={"step": pick(maker.steps)}),
        of("equipment", equipment=pick(maker.equipment)),
        of("calibration", equipment=pick((None, pick(maker.equipment)))),
        of("document", document=f"{p}D", version=pick((None, "1", "2"))),
        of("operator", operator=f"{p}A"),
        of("place", place=pick(maker.places)),
        of("place", place=pick(maker.places)),
        of("supplier", supplier=f"{p}S0", material=pick((None, f"{p}M1"))),
        of("reading", parameter=f"{p}x"),
        of(
            "reading", parameter=f"{p}y", limits=limits, unit=pick((None, "g")) if limits else None,
            equipment=pick((None, pick(maker.equipment))), place=pick((None, None, pick(maker.places))),
            step=pick((None, None, pick(maker.steps))),
        ),
    ]  # fmt: skip


def start(asked: Asked) -> Start:
    """The same question as the product takes it."""
    with_ = dict(asked.with_)
    given, unit = with_.pop("limits", None), with_.pop("unit", None)
    limits = Limits(*(None if text is None else exact(text) for text in given), unit) if given else None
    first, last = (None if abs(end) == FOREVER else EPOCH + int(end) * HOUR for end in (asked.first, asked.last))
    interval = Interval(**{k: v for k, v in (("first", first), ("last", last)) if v is not None})  # type: ignore[arg-type]
    return Start(asked.kind, limits=limits, interval=interval, **with_)  # type: ignore[arg-type]


def selected(chosen: Any) -> dict[tuple[str, str], bool]:
    """Sort and id of what was chosen, and whether it is sure."""
    found: dict[tuple[str, str], bool] = {}
    for each in chosen:
        found[each.sort, each.id] = found.get((each.sort, each.id), False) or each.sure
    return found


@pytest.mark.parametrize("batch", range(10))
def test_arrays_select_what_the_rows_say(batch: int) -> None:
    some = 0
    for seed in range(batch * PLANTS // 10, (batch + 1) * PLANTS // 10):
        rng = random.Random(seed)
        maker = Maker(rng)
        rows = maker.make()
        second, after = corrected(rng, rows)
        snapshot = Snapshot.of(Facts.of(entry(**filled(rows)), entry(**second)))
        for as_of, in_force in ((1, rows), (2, after)):
            if as_of > snapshot.sequence:
                continue
            reading, arrays = Reading(in_force), ArrayStarts(snapshot.moment(as_of))
            asking = questions(rng, maker)
            for asked in rng.sample(asking, 7 if as_of == 2 else 3):
                expected, chosen = reading.select(asked), arrays.select(start(asked))
                assert selected(chosen) == expected, f"seed {seed} as of {as_of}: {asked}"
                some += len(expected) > 0
            check_reach(snapshot, reading, rng.sample(asking, 3), as_of)
    assert some > 80  # most questions find something, or nothing would be tested


def check_reach(snapshot: Snapshot, reading: Reading, asked: list[Asked], as_of: int) -> None:
    """The scope of several starts is the union of theirs, with the least depth and the best tier."""
    arrays = ArrayStarts(snapshot.moment(as_of))
    parts = [reading.select(each) for each in asked]
    keys = {key for part in parts for key in part}
    items, steps = ({name for sort, name in keys if sort == wanted} for wanted in ("item", "step"))
    outputs = sorted({item for of in arrays.outputs(sorted(steps)).values() for item in of})
    found = reached(snapshot, sorted(items), outputs, "forward", as_of)
    got = dict(zip(found.ids, zip(found.depth, found.tier, strict=True), strict=True))
    assert got == scope(reading.known, items, steps), asked
    single = [scope(reading.known, {n for s, n in p if s == "item"}, {n for s, n in p if s == "step"}) for p in parts]
    assert got.keys() | items == {item for each in single for item in each} | items


@pytest.mark.parametrize("seed", range(40))
def test_a_restriction_less_only_adds(seed: int) -> None:
    rng = random.Random(seed)
    maker = Maker(rng, size=10)
    arrays = ArrayStarts(Snapshot.of(Facts.of(entry(**filled(maker.make())))).moment(1))
    for asked in questions(rng, maker):
        full = {key for key in selected(arrays.select(start(asked))) if key[0] != "nothing"}
        for name in ("equipment", "place", "step", "version", "material"):
            if asked.kind not in (name, "equipment", "place", "step") and name in asked.with_:
                wider = Asked(asked.kind, asked.first, asked.last, {k: v for k, v in asked.with_.items() if k != name})
                assert full <= selected(arrays.select(start(wider))).keys()
        open_ = Asked(asked.kind, with_=asked.with_)
        assert full <= selected(arrays.select(start(open_))).keys()


def load(engine: Engine, rows: Rows) -> None:
    """Record rows as one entry."""
    documents = {t: engine.ledger.documents.put_table(facts(t, of)) for t, of in rows.items() if of}
    engine.record("load", {"files": [{"file": "plant.csv"}], "facts": documents})


def merged(plants: list[Rows]) -> Rows:
    """Several plants as one."""
    return {table: [row for plant in plants for row in plant.get(table, [])] for table in plants[0]}


def test_both_roads_select_the_same(engine: Engine) -> None:
    rng = random.Random(engine.store.dialect)
    makers = [Maker(rng, f"p{number}.") for number in range(60)]
    plants = [maker.make() for maker in makers]
    changes = [corrected(rng, rows) for rows in plants]
    load(engine, merged(plants))
    load(engine, merged([{table: second.get(table, []) for table in plants[0]} for second, _ in changes]))
    for as_of in (1, 2):
        graph, arrays = GraphStarts(engine.store, engine.road, as_of), ArrayStarts(engine.snapshot.moment(as_of))
        for maker in makers[: 60 if engine.store.dialect == "ladybug" else 15]:
            for asked in questions(rng, maker):
                first, second = graph.select(start(asked)), arrays.select(start(asked))
                assert first == second, asked
                steps = sorted({chosen.id for chosen in first if chosen.sort == "step"})
                made = [{step: sorted(set(of)) for step, of in road.outputs(steps).items()} for road in (graph, arrays)]
                assert made[0] == made[1]
    for maker in makers[:5]:
        answer = engine.scope([], also=[start(asked) for asked in questions(rng, maker)]).answer
        assert answer["complete"]
        cited = [fact for row in answer["started_from"] for fact in row["facts"]]
        assert all(fact["file"] == "plant.csv" for fact in cited)
        for row in answer["started_from"]:
            assert {f.get("step") for f in row["facts"]} - {None} == set(row["steps"])
            assert {f.get("item") for f in row["facts"]} - {None} == set(row["items"])


def test_a_use_that_the_graph_lacks_is_counted_and_makes_the_answer_incomplete(engine: Engine) -> None:
    load(
        engine,
        {
            "equipment": [{"equipment_id": "E", "name": "Mixer"}],
            "steps": [{"step_id": "S", "operation": "mix"}],
            "equipment_use": [{"step_id": "S", "equipment_id": "E", "from": instant(8), "to": instant(9)}],
            "production": [{"step_id": "S", "item_id": "F"}],
        },
    )
    asked = [Start("equipment", equipment="E")]
    assert engine.scope([], also=asked).complete
    tamper(engine, "MATCH (u:EquipmentUseRecord {equipment_id: 'E'}) DELETE u")
    answer = engine.scope([], also=asked)
    assert not answer.complete
    assert [row["id"] for row in answer.answer["items"]] == ["F"]


def test_what_is_unknown_is_taken_as_meant_and_said(engine: Engine) -> None:
    load(
        engine,
        {
            "steps": [{"step_id": "S", "operation": "mix"}, {"step_id": "T", "operation": "mix"}],
            "equipment_use": [
                {"step_id": "S", "equipment_id": "E"},
                {"step_id": "T", "equipment_id": "E", "from": instant(2), "to": instant(3)},
            ],
            "production": [{"step_id": "S", "item_id": "F"}, {"step_id": "T", "item_id": "G"}],
        },
    )
    answer = engine.scope(
        [], also=[Start("equipment", equipment="E", interval=Interval.of(instant(8), instant(9)))]
    ).answer
    (row,) = answer["started_from"]
    assert (row["steps"], row["unsure"]) == (["S"], ["S"])
    assert "1 start of unrecorded time" in answer["summary"][2]
    assert answer["items"] == [{"id": "F", "kind": "unknown", "stage": None, "depth": 1, "tier": "unit"}]


def test_names_are_found_and_what_is_not_there_has_candidates() -> None:
    rows: Rows = {
        "equipment": [
            {"equipment_id": "EXT-01", "name": "Extruder 1"},
            {"equipment_id": "EXT-02", "name": "Extruder 2"},
        ],
        "aliases": [{"system": "mes", "kind": "equipment", "code": "LINE", "means": "EXT-02"}],
        "documents": [{"document_id": "D", "version": "1", "title": "Mixing"}],
    }
    names = Names(Snapshot.of(Facts.of(entry(**rows))).moment(1))
    assert names.named("equipment", "EXT-01") == names.named("equipment", "Extruder 1") == "EXT-01"
    assert names.named("equipment", "LINE") == "EXT-02"
    with pytest.raises(ItemNotFoundError) as refused:
        names.named("equipment", "ext")
    assert [each["id"] for each in refused.value.candidates] == ["EXT-01", "EXT-02"]
    with pytest.raises(ItemNotFoundError) as refused:
        names.version("D", "2")
    assert refused.value.candidates == [{"id": "D", "kind": "document", "version": "1"}]


@pytest.mark.parametrize(
    "options",
    [
        Options(parameters=("x",)), Options(outside=True), Options(version="1"), Options(materials=("M",)), Options(unit="g"),
        Options(since="2026-05-02", until="2026-05-01"), Options(since="soon"), Options(steps=("S",), since="2026-05-01"),
        Options(parameters=("x",), low="8", high="2"), Options(parameters=("x",), low="2", unit="no unit"),
        Options(parameters=("x",), low="1e999999999"), Options(parameters=("x", "x"), low="2", unit="g", version="1"),
        Options(equipment=("E0",), calibration_lapse=True), Options(parameters=("y",), low="2"),
        Options(documents=("D", "D2"), version="1"), Options(steps=tuple(f"S{n}" for n in range(1_001))),
        Options(parameters=("x", "y"), outside=True, steps=tuple(f"S{n}" for n in range(30)), places=tuple(map(str, range(30)))),
        Options(suppliers=tuple(map(str, range(40))), materials=tuple(map(str, range(40)))),
    ],
)  # fmt: skip
def test_a_restriction_that_has_nothing_to_restrict_is_refused(options: Options) -> None:
    rows: Rows = {
        "steps": [{"step_id": "S", "operation": "mix"}],
        "readings": [
            {"parameter": "x", "value": "1", "at": instant(0)},
            {"parameter": "y", "value": "1", "unit": "Cel", "at": instant(0)},
            {"parameter": "y", "value": "300", "unit": "K", "at": instant(0), "equipment_id": "E0"},
        ],
        "equipment": [{"equipment_id": "E0", "name": "Mixer"}],
    }
    names = Names(Snapshot.of(Facts.of(entry(**rows))).moment(1))
    with pytest.raises(InputError):
        options.starts(names)


def test_restrictions_of_one_start_and_several_starts() -> None:
    rows: Rows = {
        "steps": [{"step_id": "S", "operation": "mix", "operator": "A"}],
        "equipment": [{"equipment_id": "E0", "name": "Mixer"}],
        "readings": [{"parameter": "x", "value": "1", "at": instant(0)}],
    }
    names = Names(Snapshot.of(Facts.of(entry(**rows))).moment(1))
    found = Options(
        parameters=("x",), outside=True, equipment=("E0", "Mixer"), operators=("A",), since="2026-05-01"
    ).starts(names)
    assert [each.kind for each in found] == ["reading", "operator"]
    assert found[0].equipment == "E0"
    assert all(each.interval.first == EPOCH for each in found)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the sample plant, and the truth beside it."""
    folder = tmp_path_factory.mktemp("sample")
    write_sample(folder / "plant", seed=1, units=400)
    from genealogy.engine import Engine

    with Engine.open(folder / "home") as engine:
        load_files(engine, [folder / "plant"])
    return folder


def test_the_excursions_and_the_lapse_of_the_sample_plant_are_found(sample: Path) -> None:
    truth = json.loads((sample / "plant" / "truth" / "truth.json").read_text(encoding="utf-8"))["phenomena"]
    home = sample / "home"
    assert len(truth["excursions"]) == 4
    for excursion in truth["excursions"]:
        done = run_here(home, "scope", "--parameter", excursion["parameter"], "--outside", "--json")
        assert done.code == 0, done.err
        (row,) = done.json["started_from"]
        if "step_id" in excursion:
            assert row["steps"] == [excursion["step_id"]]
            assert done.json["items"]
            (fact,) = [fact for fact in row["facts"] if fact["table"] == "readings"]
        else:  # a place where nothing is recorded to have been: said aloud, with the steps that ran meanwhile
            assert not row["steps"]
            (fact,) = row["names_nothing"]
            assert fact["steps_at_that_time"]
            assert "leads to no step and no item" in done.json["summary"][2]
        assert fact["cells"]["value"] == excursion["value"]
    lapse = truth["calibration_expired"]
    done = run_here(home, "scope", "--calibration-lapse", "--json")
    (row,) = done.json["started_from"]
    uses = [fact["cells"] for fact in row["facts"] if fact["table"] == "equipment_use"]
    assert {use["equipment_id"] for use in uses} == {lapse["equipment_id"]}
    assert uses
    assert done.json["finished_units"] > 0


def test_a_range_of_serials(sample: Path) -> None:
    home = sample / "home"
    one = run_here(home, "scope", "serial:A0000000*", "--all", "--json").json
    two = run_here(home, "scope", "serial:A00000000..A00000009", "--all", "--json").json
    assert one["starts"] == two["starts"]
    assert one["starts"]
    assert run_here(home, "scope", "serial:no such*", "--json").code == 5
    assert run_here(home, "scope", "serial:A9..A1", "--json").code == 2


def test_the_command_line_says_what_it_needs(sample: Path) -> None:
    home = sample / "home"
    assert run_here(home, "scope").code == 2
    refused = run_here(home, "scope", "--equipment", "EXT", "--json")
    assert refused.code == 5
    assert "EXT-01" in [each["id"] for each in refused.json["candidates"]]
    nothing = run_here(home, "scope", "--equipment", "EXT-01", "--from", "2001-01-01", "--to", "2001-01-02", "--json")
    assert nothing.code == 0
    assert nothing.json["items"] == []
    assert "no step or item of it is recorded" in nothing.json["summary"][0]


def test_temperatures_are_compared_across_their_scales() -> None:
    limits = Limits.of("121", "125", "Cel")
    for value, unit, verdict in (
        ("394.15", "K", "inside"), ("250", "[degF]", "inside"), ("249.7", "FAH", "outside"), ("300", "K", "outside"),
        ("121", "Cel", "inside"), ("122", None, "unsure"), ("122", "bar", "unsure"),
    ):  # fmt: skip
        assert judge(value, unit, None, None, limits) == verdict, (value, unit)


def test_an_option_that_is_given_twice_is_a_union_or_refused(sample: Path) -> None:
    home = sample / "home"
    one, two = (run_here(home, "scope", "--equipment", name, "--json").json for name in ("EXT-01", "EXT-02"))
    both = run_here(home, "scope", "--equipment", "EXT-01", "--equipment", "EXT-02", "--json").json
    ids = [{row["id"] for row in answer["items"]} for answer in (one, two, both)]
    assert ids[0] | ids[1] == ids[2]
    assert ids[2] > ids[1]
    for words in (("--from", "2026-01-01", "--since", "2026-02-01"), ("--low", "1", "--low", "2", "--parameter", "x")):
        refused = run_here(home, "scope", "--equipment", "EXT-01", *words)
        assert refused.code == 2
        assert "takes one value and was given 2 times" in refused.err


def test_a_range_of_one_lot_and_numbers_of_other_lengths(tmp_path: Path) -> None:
    units = "".join(f"U{n},F,{n:04}\nV{n},G,SN-{n}\n" for n in range(1, 12))
    plant = write(tmp_path / "plant", {"units": f"item_id,lot_id,serial\n{units}W,F,SN-007\n"})
    home = tmp_path / "home"
    assert run_here(home, "load", plant).code == 0

    def named(text: str) -> list[str]:
        return sorted(run_here(home, "scope", text, "--json").json["starts"])

    assert named("serial:G/SN-2..SN-4") == ["V2", "V3", "V4"]
    assert named("serial:G/SN-9..SN-11") == ["V10", "V11", "V9"]
    assert named("serial:SN-6..SN-10") == ["V10", "V6", "V7", "V8", "V9", "W"]
    short = run_here(home, "scope", "serial:SN-006..SN-009", "--json")
    assert short.json["starts"] == ["W"]
    assert "V6, V7, V8, V9 bear a number between them in another length" in short.err
    assert run_here(home, "scope", "serial:F/0001..0009").code == 0
    none = run_here(home, "scope", "serial:1..3")
    assert none.code == 5
    assert "U1, U2, U3 bear a number between them in another length" in none.err
    assert run_here(home, "scope", "serial:SN-11..SN-2").code == 2
