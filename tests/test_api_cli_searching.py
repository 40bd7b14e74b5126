"""The commands that search the whole plant, as a person or a script meets them."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli import PLANT, run_here, write


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("searching")
    assert run_here(folder / "home", "load", write(folder / "plant", PLANT)).code == 0
    return folder / "home"


def test_where_else_answers_with_its_contract(home: Path) -> None:
    ran = run_here(home, "where-else", "U-1", "U-2", "--healthy", "U-4", "--scope", "1", "--json")
    assert ran.code == 0, ran.err
    answer = ran.json
    assert {"causes", "digest", "asked", "complete", "scope", "tested"} <= answer.keys()
    first = answer["causes"][0]
    assert {"kind", "id", "score", "behind"} <= first.keys()
    assert (first["kind"], first["id"], first["behind"]) == ("lot", "FU", 2)
    assert isinstance(first["score"], str)
    assert {row["id"] for row in answer["causes"]} == {"FU", "GHOST", "ASSEMBLE"}
    assert answer["common_but_not_more_than_by_chance"] == len({"RM-1", "IM", "MIX", "SUP-1", "RM"})
    # The lot, its step and what only that step used share every unit: the union forward takes them all.
    assert answer["scope"]["finished"] == ["FU", "U-1", "U-2", "U-3"]
    assert answer["scope"]["finished_units_not_complained_about"] == 1
    text = run_here(home, "where-else", "U-1", "U-2", "--healthy", "U-4")
    assert text.out.startswith("Behind 2 of 2 complaints and 0 of 1 healthy items stands lot FU")
    rows = run_here(home, "where-else", "U-1", "U-2", "--healthy", "U-4", "--csv").out.splitlines()
    assert rows[0].startswith("rank,group,kind,id,score,behind,of")


def test_a_sweep_lists_every_lot_largest_first(home: Path) -> None:
    answer = run_here(home, "sweep", "--json").json
    assert answer["lots"][:2] == [
        {"id": "RM-1", "items": 7, "finished_units": 4},
        {"id": "IM", "items": 6, "finished_units": 4},
    ]
    supplied = run_here(home, "sweep", "--stage", "supplied", "--json").json["lots"]
    assert [row["id"] for row in supplied] == ["RM-1", "RM-2", "RM-3"]
    for row in answer["lots"]:
        scope = run_here(home, "scope", f"id:{row['id']}", "--json").json
        assert (len(scope["items"]), scope["finished_units"]) == (row["items"], row["finished_units"])


def test_shares_say_what_they_rest_on(home: Path) -> None:
    answer = run_here(home, "share", "IM", "--json").json
    shares = {row["id"]: (row["share"], row["basis"]) for row in answer["items"]}
    # Bulk gel is IM alone; a pump holds 10 kg of it and 3 pieces of what nobody described, so nothing says how much.
    assert shares["FB"] == ("1", "whole")
    assert {row["id"] for row in answer["items"]} == {"FU", "FB", "U-1", "U-2", "U-3", "U-4"}
    assert [row["id"] for row in answer["items"] if row["low"] != row["high"]] == ["FU", "U-1", "U-2", "U-3"]
    assert any("no quantity" in line for line in answer["assumptions"])
    cut = run_here(home, "share", "IM", "--cut-off", "1", "--json").json
    assert cut["cut_off"] == "1"
    assert cut["left_out"] == []  # what may be 1 is never left out
    assert run_here(home, "share", "IM", "--mixing").code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("share", "IM", "--cut-off", "much"), "is not a number"),
        (("share", "IM", "--cut-off", "2"), "is not a fraction"),
        (("sweep", "--stage", "raw"), "supplied, intermediate, finished"),
        (("where-else", "U-1", "--healthy", "U-1"), "healthy at once"),
        (("where-else", "U-1", "--scope", "0"), "means no cause"),
    ],
)
def test_wrong_words_are_told_what_to_say(home: Path, words: tuple[str, ...], said: str) -> None:
    ran = run_here(home, *words)
    assert ran.code == 2
    assert said in ran.err
