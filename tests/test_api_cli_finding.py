"""From what a person types to an item: exact ids first, prefixes, slashes, what is ambiguous, unknown or only mentioned."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cli import PLANT, run, run_here, write

AT = "2026-05-01T08:00:00Z"
# Besides the small plant: a party whose id holds a slash, and numbers that hold what the prefixes are written with.
MORE = {
    "parties": "party_id,name,role\nSUP/3,Third Supply,supplier\n",
    "lots": "item_id,material_id,lot_number,supplier_id,supplier_lot\n"
    "RM-4,RM,lot:7,SUP/3,Y/1\nRM-5,RM,N9,SUP-2,3/Y/1\nRM-6,RM, n 9,SUP-2,007\n",
    "units": "item_id,lot_id,material_id,serial\nU-5,,FU,N9\nU-6,,FU,S1\n",
    "aliases": "system,kind,code,means\nerp,item,4711,RM-1\nerp,party,V-1,SUP-1\n",
    "shipments": f"shipment_id,item_id,consignee_id,quantity,unit,shipped_at\nSH-9,NEVER-MADE,CUS-1,1,each,{AT}\n",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("finding")
    for name, tables in (("plant", PLANT), ("more", MORE)):
        assert run_here(folder / "home", "load", write(folder / name, tables)).code == 0
    return folder / "home"


def starts(home: Path, *words: str) -> list[str]:
    ran = run_here(home, "scope", *words, "--json")
    assert ran.code == 0, ran.err
    found: list[str] = ran.json["starts"]
    return found


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("id:RM-1", ["RM-1"]),
        ("lot:RM-1", ["FB"]),
        ("N1", ["RM-1"]),
        ("lot:lot:7", ["RM-4"]),
        ("id:4711", ["RM-1"]),
        ("4711", ["RM-1"]),
        ("supplier-lot:SUP-1/X/7/a", ["RM-1", "RM-2"]),
        ("supplier-lot:V-1/X/7/a", ["RM-1", "RM-2"]),
        ("supplier-lot:SUP-2/X/7/a", ["RM-3"]),
        ("supplier-lot:SUP/3/Y/1", ["RM-4"]),
        ("supplier-lot:Y/1", ["RM-4"]),
        ("supplier-lot:SUP-2/3/Y/1", ["RM-5"]),
        ("3/Y/1", ["RM-5"]),
        ("supplier-lot:007", ["RM-6"]),
        ("007", ["RM-6"]),
        ("lot: n 9", ["RM-6"]),
        ("serial:N9", ["U-5"]),
        ("serial:S2", ["U-2"]),
        ("NEVER-MADE", ["NEVER-MADE"]),
        ("GHOST", ["GHOST"]),
    ],
)
def test_a_text_names_these_items(home: Path, text: str, items: list[str]) -> None:
    assert starts(home, text) == items


def test_an_exact_id_comes_first_and_the_other_meaning_is_said(home: Path) -> None:
    ran = run(home, "scope", "RM-1", "--json")
    assert (ran.code, ran.json["starts"]) == (0, ["RM-1"])
    assert "FB (lot number)" in ran.err
    assert "FB" not in run_here(home, "trace", "id:RM-1", "--forward").err, "no note where the text said which"


@pytest.mark.parametrize(
    ("text", "candidates"),
    [
        ("X/7/a", {"RM-1", "RM-2", "RM-3"}),  # two suppliers
        ("N9", {"RM-5", "U-5"}),  # a lot and a unit
        ("supplier-lot:X/7/a", {"RM-1", "RM-2", "RM-3"}),
    ],
)
def test_what_is_ambiguous_is_never_chosen(home: Path, text: str, candidates: set[str]) -> None:
    ran = run_here(home, "scope", text, "--json")
    assert ran.code == 5
    assert ran.json.keys() == {"candidates"}
    assert {candidate["id"] for candidate in ran.json["candidates"]} == candidates
    assert "--all" in ran.err
    assert set(starts(home, text, "--all")) == candidates
    told = run_here(home, "scope", text)
    assert told.code == 5
    assert all(f"id:{candidate}" in told.out for candidate in candidates)


def test_ambiguity_ends_the_process_with_5(home: Path) -> None:
    ran = run(home, "trace", "X/7/a", "--forward", "--format", "json")
    assert ran.code == 5
    assert len(ran.json["candidates"]) == 3


def test_several_texts_are_one_question(home: Path) -> None:
    both = run_here(home, "scope", "RM-2", "supplier-lot:SUP-1/X/7/a", "--json").json
    assert both["starts"] == ["RM-1", "RM-2"]
    assert both["digest"] == run_here(home, "scope", "RM-1", "RM-2", "--json").json["digest"]


@pytest.mark.parametrize(
    "text",
    [
        "rm-1",
        "RM-1 ",
        "S99",
        "id:N1",
        "lot:X/7/a",
        "serial:RM-1",
        "supplier-lot:SUP-9/X/7/a",
        "supplier-lot:/X/7/a",
        "7",
    ],
)
def test_what_nothing_bears_is_exit_5_without_candidates(home: Path, text: str) -> None:
    ran = run_here(home, "scope", text, "--json")
    assert (ran.code, ran.json) == (5, {"candidates": []})
    assert "No item" in ran.err
    assert run_here(home, "scope", text).out == ""


def test_what_is_only_mentioned_can_be_asked(home: Path) -> None:
    ghost = run_here(home, "scope", "GHOST", "--json").json
    assert (ghost["finished_units"], ghost["unresolved"], ghost["complete"]) == (3, ["GHOST"], True)
    assert ghost["gaps"]["unresolved"]["count"] == 1
    shipped = run_here(home, "scope", "NEVER-MADE", "--json").json
    assert [row["party_id"] for row in shipped["consignees"]] == ["CUS-1"]
    assert "nobody described" in shipped["summary"][2]


def test_texts_are_found_as_of_the_moment(home: Path) -> None:
    assert run_here(home, "scope", "007", "--as-of", "1", "--json").code == 5
    assert run_here(home, "scope", "N9", "--as-of", "1", "--json").code == 5
    assert run_here(home, "scope", "supplier-lot:V-1/X/7/a", "--as-of", "1", "--json").code == 5
    then: dict[str, Any] = run_here(home, "scope", "X/7/a", "--all", "--as-of", "1", "--json").json
    assert then["starts"] == ["RM-1", "RM-2", "RM-3"]


def test_a_home_without_any_load_says_so(tmp_path: Path) -> None:
    ran = run_here(tmp_path / "new", "scope", "RM-1", "--json")
    assert (ran.code, ran.json) == (5, {"candidates": []})
    assert "nothing was ever loaded" in ran.err


def test_control_characters_of_a_text_do_not_reach_the_screen(home: Path) -> None:
    ran = run_here(home, "scope", "\x1b[2Jx\nnothing is wrong")
    assert ran.code == 5
    assert "\x1b" not in ran.out + ran.err
    assert "\nnothing" not in ran.err
