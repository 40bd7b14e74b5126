"""Who and what stands behind an item, against plain loops over the rows, and on the sample plant, whose truth is known."""

from __future__ import annotations

import json
import random
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from citing import known
from conftest import Home, MakeHome
from near_plants import near_plant
from oracle import Fact, Known, Moment, Oracle
from plants import merged

from genealogy.engine import Engine
from genealogy.responsible import responsible
from genealogy.responsible.conditions import outside
from loaders import load as load_files
from loaders.sample import write_sample

PLANTS = 510
TOGETHER = 15


class Plain:
    """The same page, by plain loops over the rows in force."""

    def __init__(self, oracle: Oracle) -> None:
        self.oracle, self.state = oracle, oracle.known()
        self.steps = {str(row["step_id"]): row for row in self.state.facts["steps"]}
        self.machines = {str(row["equipment_id"]): row for row in self.state.facts["equipment"]}

    def behind(self, item: str) -> dict[str, int]:
        """The steps behind an item, with the distance of the nearest thing that they made."""
        depth = {item: 0} | {other: far for other, (far, _) in self.oracle.reach([item], "backward").items.items()}
        found: dict[str, int] = {}
        for row in self.state.facts["production"]:
            made = self.state.item(str(row["item_id"]))
            if made in depth:
                step = str(row["step_id"])
                found[step] = min(found.get(step, 10**6), depth[made] + 1)
        return found

    def span(self, step: str) -> tuple[datetime | None, datetime | None]:
        row = self.steps.get(step, {})
        times = [Moment.of(text) for text in (row.get("started_at"), row.get("ended_at")) if text]
        return (times[0].start, times[-1].end) if times else (None, None)

    def uses(self, step: str) -> list[tuple[str, datetime | None, datetime | None]]:
        found = []
        for row in self.state.facts["equipment_use"]:
            if row["step_id"] == step:
                begin, end = self.span(step)
                begin = Moment.of(row["from"]).start if row["from"] else begin
                end = Moment.of(row["to"]).end if row["to"] else end
                found.append((str(row["equipment_id"]), begin, end))
        return found

    def calibration(self, machine: str, begin: datetime | None, end: datetime | None) -> str:
        until = self.machines.get(machine, {}).get("calibrated_until")
        if not until:
            return "not recorded"
        last = end or begin
        if last is None:
            return "time of use not recorded"
        return "valid" if last <= Moment.of(until).end else "lapsed"

    def readings(self, step: str) -> Counter[tuple[str, str]]:
        found: Counter[tuple[str, str]] = Counter()
        for row in self.state.facts["readings"]:
            at = Moment.of(str(row["at"]))
            here = row["step_id"] == step or any(
                row["step_id"] is None
                and row["equipment_id"] == machine
                and begin
                and at.start <= max(begin, end or begin)
                and (at.start >= begin or at.end > begin)
                for machine, begin, end in self.uses(step)
            )
            found[str(row["parameter"]), str(row["value"])] += here
        return +found

    def in_force(self, step: str) -> set[str]:
        begin, _ = self.span(step)
        document = self.steps.get(step, {}).get("document_id")
        if begin is None or document is None:
            return set()
        return {
            str(row["version"])
            for row in self.state.facts["documents"]
            if row["document_id"] == document
            and row["effective_from"]
            and Moment.of(row["effective_from"]).start <= begin
            and (not row["effective_to"] or begin < Moment.of(row["effective_to"]).end)
        }

    def certainly_out(self, step: str) -> bool:
        """Whether the version that a step followed ended before it, or began only after it."""
        begin, end = self.span(step)
        row = self.steps.get(step, {})
        return begin is not None and any(
            (each["effective_from"] and Moment.of(each["effective_from"]).start > max(begin, end or begin))
            or (each["effective_to"] and Moment.of(each["effective_to"]).end <= begin)
            for each in self.state.facts["documents"]
            if each["document_id"] == row.get("document_id") and each["version"] == row.get("document_version")
        )

    def lot_of(self, item: str) -> str | None:
        for row in self.state.facts["units"]:
            if self.state.item(str(row["item_id"])) == item and row["lot_id"]:
                return self.state.item(str(row["lot_id"]))
        return None

    def status(self, item: str, at: datetime | None) -> str | None:
        lot = self.lot_of(item)
        last: dict[str | None, tuple[datetime, str]] = {}
        for row in self.state.facts["decisions"]:
            when, of = Moment.of(str(row["at"])).start, self.state.item(str(row["item_id"]))
            if at is not None and when <= at:
                last[of] = max(last.get(of, (when, "")), (when, str(row["status"])))
        own, of_lot = last.get(item), last.get(lot) if lot else None
        if own and of_lot:
            return own[1] if own[1] != "released" or own[0] > of_lot[0] else of_lot[1]
        if own or of_lot:
            return (own or of_lot or ("", ""))[1]
        for table, each in (("units", item), ("lots", item), ("lots", lot)):
            for row in self.state.facts[table]:
                if self.state.item(str(row["item_id"])) == each and row.get("status"):
                    return row["status"]
        return None


def used_at(plain: Plain, row: Fact) -> datetime | None:
    return Moment.of(row["at"]).end if row["at"] else plain.span(str(row["step_id"]))[1]


def check(answer: dict[str, Any], plain: Plain, item: str) -> None:
    state, expected = plain.state, plain.behind(item)
    assert {step["step_id"]: step["distance"] for step in answer["steps"]} == expected
    distances = [step["distance"] for step in answer["steps"]]
    assert distances == sorted(distances), "nearest first"
    for step in answer["steps"]:
        name = step["step_id"]
        row = plain.steps.get(name, {})
        assert step["operator"] == row.get("operator")
        assert ("step" in step["missing"]) == (name not in plain.steps)
        assert ("operator" in step["missing"]) == (row.get("operator") is None)
        used = [each for each in state.facts["consumption"] if each["step_id"] == name]
        said = Counter((each["item_id"], (each["status_when_used"] or {}).get("status")) for each in step["materials"])
        assert said == Counter(
            (state.item(str(each["item_id"])), plain.status(state.item(str(each["item_id"])), used_at(plain, each)))
            for each in used
        )
        assert Counter((each["equipment_id"], each["calibration"]) for each in step["equipment"]) == Counter(
            (machine, plain.calibration(machine, begin, end)) for machine, begin, end in plain.uses(name)
        )
        assert Counter((each["parameter"], each["value"]) for each in step["parameters"]) == plain.readings(name)
        document = step["document"]
        assert (document is None) == (row.get("document_id") is None)
        kinds = Counter(flag["kind"] for flag in step["flags"])
        assert kinds["outside_limits"] == sum(bool(each["outside"]) for each in step["parameters"])
        assert kinds["calibration_lapsed"] == sum(each["calibration"] == "lapsed" for each in step["equipment"])
        if document is not None:
            assert set(document["in_force"]) == plain.in_force(name)
            wrong = bool(document["in_force"]) and row["document_version"] not in (None, *document["in_force"])
            wrong |= plain.certainly_out(name)
            assert kinds["document_not_in_force"] == wrong
        order = row.get("grain") == "order"
        assert kinds["only_the_order_is_recorded"] == order == (step["tier"] == "order")
        for fact in step["facts"] + [fact for used_ in step["materials"] for fact in used_["facts"]]:
            assert in_force(fact, state)


def in_force(fact: dict[str, Any], state: Known) -> bool:
    return dict.fromkeys(state.facts[fact["table"]][0]) | fact["cells"] in state.facts[fact["table"]]


@pytest.mark.parametrize("batch", range(PLANTS // TOGETHER))
def test_the_page_says_what_the_rows_say(batch: int) -> None:
    rng = random.Random(f"responsible {batch}")
    names = [f"p{number}:" for number in range(TOGETHER)]
    oracle, snapshot, source, last = known(merged([near_plant(rng, rng.randint(2, 7), name) for name in names]))
    plain = Plain(oracle)
    for name in names:
        items = [item for item in plain.state.items if item.startswith(name)]
        item = max(rng.sample(items, min(3, len(items))), key=lambda item: len(oracle.reach([item], "backward").items))
        check(responsible(snapshot, source, item, last), plain, item)


def test_what_is_not_known_is_said() -> None:
    load = {"consumption": [{"step_id": "S", "item_id": "A"}], "production": [{"step_id": "S", "item_id": "B"}]}
    _, snapshot, source, last = known([load])
    answer = responsible(snapshot, source, "B", last)
    (step,) = answer["steps"]
    assert step["missing"] == [
        "step", "started_at", "ended_at", "site", "line", "operator", "equipment", "parameters", "document",
    ]  # fmt: skip
    assert [lot["id"] for lot in answer["supplied"]] == ["A"]
    assert answer["supplied"][0]["missing"] == ["record"]
    assert responsible(snapshot, source, "nobody", last)["steps"] == []


def flagged(item: str, **tables: list[dict[str, str]]) -> list[tuple[str | None, str, str]]:
    """The flags of an item: P was made of R by step s on 3 May, 8 to 16 o'clock; U is a unit of P, which step t made into Q."""
    load: dict[str, list[dict[str, str]]] = {
        "lots": [{"item_id": i, "material_id": "M", "lot_number": i, "status": ""} for i in "RPQ"],
        "units": [{"item_id": "U", "lot_id": "P", "serial": "1"}],
        "steps": [
            {
                "step_id": step, "operation": "op", "document_id": "SOP", "document_version": "1",
                "started_at": f"2026-05-0{day}T08:00:00Z", "ended_at": f"2026-05-0{day}T16:00:00Z",
            }
            for step, day in (("s", 3), ("t", 5))
        ],
        "consumption": [{"step_id": "s", "item_id": "R"}, {"step_id": "t", "item_id": "U"}],
        "production": [{"step_id": "s", "item_id": "P"}, {"step_id": "t", "item_id": "Q"}],
        "equipment_use": [{"step_id": "s", "equipment_id": "E"}],
    }  # fmt: skip
    _, snapshot, source, last = known([load | tables])
    flags = responsible(snapshot, source, item, last)["flags"]
    return [(flag["step_id"], flag["kind"], flag["about"]) for flag in flags]


def test_what_is_known_of_a_lot_holds_for_its_units() -> None:
    failed = [{"item_id": "P", "test": "sterility", "value": "growth", "verdict": "fail"}]
    assert flagged("U", results=failed) == [(None, "result_outside_limits", "P")]
    assert flagged("Q", results=failed) == [("t", "result_outside_limits", "P")]
    held = {"item_id": "P", "status": "held", "at": "2026-05-04T08:00:00Z"}
    own = {"item_id": "U", "status": "released", "at": "2026-05-04T09:00:00Z"}
    assert flagged("Q", decisions=[held]) == [("t", "not_released", "U")]
    assert flagged("Q", decisions=[held, own]) == []
    turned = [held | {"status": "released"}, own | {"status": "held", "at": "2026-05-04T07:00:00Z"}]
    assert flagged("Q", decisions=turned) == [("t", "not_released", "U")]


def test_released_while_the_step_ran_is_not_released_when_it_was_used() -> None:
    received = [{"item_id": "R", "material_id": "M", "lot_number": "R", "status": "quarantine"}]
    for hour, expected in (("07", []), ("12", [("s", "not_released", "R")]), ("17", [("s", "not_released", "R")])):
        released = [{"item_id": "R", "status": "released", "at": f"2026-05-03T{hour}:00:00Z"}]
        assert flagged("P", lots=received, decisions=released) == expected


def test_a_reading_of_a_whole_day_is_one_of_any_time_of_it() -> None:
    reading = {"equipment_id": "E", "parameter": "heat", "value": "9", "high": "5"}
    for day, expected in (("2", []), ("3", [("s", "outside_limits", "heat")]), ("4", [])):
        assert flagged("P", readings=[reading | {"at": f"2026-05-0{day}[Z]"}]) == expected


def test_a_version_that_had_ended_is_not_in_force_though_no_other_is() -> None:
    version = {"document_id": "SOP", "version": "1", "title": "Mixing", "effective_from": "2026-01-01T00:00:00Z"}
    ended = version | {"effective_to": "2026-05-01T00:00:00Z"}
    assert flagged("P", documents=[version]) == []
    assert flagged("P", documents=[ended]) == [("s", "document_not_in_force", "SOP")]
    assert flagged("P", documents=[version | {"effective_from": "2026-06-01T00:00:00Z"}]) == [
        ("s", "document_not_in_force", "SOP")
    ]


@pytest.mark.parametrize(
    ("value", "low", "high", "expected"),
    [
        ("185", "165", "185", False), ("185.000000001", "165", "185", True), ("1e3", None, "999", True), ("ok", "1", "2", None),
        ("NaN", "1", "2", None), ("5", None, None, None), (None, "1", "2", None), ("-1", "0", None, True),
    ],
)  # fmt: skip
def test_limits_are_included(value: str | None, low: str | None, high: str | None, expected: bool | None) -> None:
    assert outside(value, low, high) is expected


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("sample") / "plant"
    write_sample(folder, seed=1, units=400)
    return folder, json.loads((folder / "truth" / "truth.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def sample_engine(sample: tuple[Path, dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Any:
    with Engine.open(tmp_path_factory.mktemp("sample-home")) as engine:
        load_files(engine, [sample[0]])
        yield engine


def made_by(engine: Engine, step: str) -> str:
    """An item that a step made."""
    moment = engine.snapshot.moment(engine.head)
    rows, _ = moment.rows_at("production", "step_id", moment.codes.find([step]))
    return str(moment.codes.string(int(moment.item_column("production", "item_id", rows)[0])))


def test_excursions_of_the_sample_plant_are_named(sample: tuple[Path, dict[str, Any]], sample_engine: Engine) -> None:
    excursions = [each for each in sample[1]["phenomena"]["excursions"] if "step_id" in each]
    assert excursions
    for excursion in excursions:
        item = made_by(sample_engine, excursion["step_id"])
        further = sample_engine.snapshot.reach([item], "forward", sample_engine.head).ids
        for each in (item, *further[:2]):
            answer = sample_engine.responsible(each).answer
            step = next(step for step in answer["steps"] if step["step_id"] == excursion["step_id"])
            wrong = [reading for reading in step["parameters"] if reading["outside"]]
            assert (excursion["parameter"], excursion["value"]) in [
                (each["parameter"], each["value"]) for each in wrong
            ]
            assert any(
                flag["kind"] == "outside_limits" and flag["step_id"] == step["step_id"] for flag in answer["flags"]
            )


def test_expired_calibration_of_the_sample_plant_is_named(
    sample: tuple[Path, dict[str, Any]], sample_engine: Engine
) -> None:
    expired = sample[1]["phenomena"]["calibration_expired"]
    ended = datetime.fromisoformat(expired["calibrated_until"])
    moment = sample_engine.snapshot.moment(sample_engine.head)
    uses = sample_engine.evidence.facts(moment, "equipment_use", moment.all_rows("equipment_use"))
    steps = {
        use.cells["step_id"]: datetime.fromisoformat(use.cells["to"]) > ended
        for use in uses
        if use.cells["equipment_id"] == expired["equipment_id"]
    }
    assert any(steps.values())
    for name, lapsed in list(steps.items())[:6]:
        answer = sample_engine.responsible(made_by(sample_engine, name)).answer
        step = next(step for step in answer["steps"] if step["step_id"] == name)
        states = {use["equipment_id"]: use["calibration"] for use in step["equipment"]}
        assert states[expired["equipment_id"]] == ("lapsed" if lapsed else "valid")


def test_labels_known_by_their_order_are_named(sample: tuple[Path, dict[str, Any]], sample_engine: Engine) -> None:
    by_order = next(each for each in sample[1]["chosen"] if each["name"] == "by-order")
    start = by_order["item_ids"][0]
    reached = sample_engine.snapshot.reach([start], "forward", sample_engine.head)
    far = max(zip(reached.depth, reached.ids, strict=True))[1]
    answer = sample_engine.responsible(far).answer
    steps = [flag["step_id"] for flag in answer["flags"] if flag["kind"] == "only_the_order_is_recorded"]
    assert steps
    behind = [step for step in answer["steps"] if start in [used["item_id"] for used in step["materials"]]]
    assert {step["step_id"] for step in behind} <= set(steps)
    assert sample_engine.why(far, [start]).answer["tier"] == "order"


def test_every_unit_of_the_demo_scope_says_why_and_every_near_miss_why_not(
    sample: tuple[Path, dict[str, Any]], sample_engine: Engine
) -> None:
    starts = sample[1]["demo"]["item_ids"]
    (demo,) = [each for each in sample[1]["chosen"] if each["name"] == "demo"]
    lists = sample[0] / "truth" / "forward"
    expected = (lists / "demo.txt").read_text(encoding="utf-8").split("\n")[:-1]
    assert len(expected) == demo["forward"]["count"]
    for item in expected[::9]:
        answer = sample_engine.why(item, starts).answer
        assert answer["in_scope"]
        assert answer["second_road"] == "agrees"
        assert all(fact["file"].endswith(f"{fact['table']}.csv") for move in answer["path"] for fact in move["facts"])
    near = sample_engine.near_misses(starts).answer
    for kind in near["kinds"]:
        for row in kind["items"]:
            assert row["id"] not in expected
            assert row["reasons"]


def test_the_same_page_on_either_store_and_after_a_rebuild(make_home: MakeHome) -> None:
    rng = random.Random("page")
    loads = near_plant(rng, 8, "")
    home: Home = make_home()
    engine = home.open()
    for load in loads:
        home.load(engine, load)
    oracle = known(loads)[0]
    items = oracle.known().items
    answers = [engine.responsible(item) for item in items]
    assert all(answer.complete for answer in answers)
    for item, answer in zip(items, answers, strict=True):
        check(answer.answer, Plain(oracle), item)
    engine.rebuild()
    assert [engine.responsible(item).digest for item in items] == [answer.digest for answer in answers]
