"""Codes that records use and nobody described: which, and where."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli import PLANT, run_here, write
from fastapi.testclient import TestClient
from people import LOCAL, bearer

import loaders
from api.app import create_app
from genealogy.engine import Engine
from genealogy.errors import InputError
from viz.summary import plain

AT = "2026-05-01T08:00:00Z"
MORE = {
    "lots": PLANT["lots"] + "XX,NO-MATERIAL,N9,NO-PARTY,Z,1,kg\n",
    "consumption": PLANT["consumption"] + f"NO-STEP,RM-2,1,kg,{AT}\nFILL,GHOST,1,each,{AT}\nFILL,ALIAS-1,1,each,{AT}\n",
    "stock": f"item_id,place_id,status,quantity,unit,counted_at\nRM-2,NO-PLACE,available,9,kg,{AT}\n",
    "equipment_use": f"step_id,equipment_id,from\nMIX,NO-MACHINE,{AT}\n",
    "aliases": "system,kind,code,means\nMES,item,ALIAS-1,RM-1\n",
}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp("undescribed")
    with Engine.open(folder / "home") as found:
        loaders.load(found, [write(folder / "plant", {**PLANT, **MORE})])
        yield found


def test_each_sort_of_code_is_found_with_its_uses(engine: Engine) -> None:
    answer = engine.undescribed().answer
    assert [(row["kind"], row["code"], row["uses"]) for row in answer["codes"]] == [
        ("item", "GHOST", 2),
        ("equipment", "NO-MACHINE", 1),
        ("material", "NO-MATERIAL", 1),
        ("party", "NO-PARTY", 1),
        ("place", "NO-PLACE", 1),
        ("step", "NO-STEP", 1),
    ]
    ghost = answer["codes"][0]
    assert ghost["used_in"] == [{"table": "consumption", "column": "item_id", "rows": 2}]
    assert [(Path(fact["file"]).name, fact["row"], fact["cells"]["item_id"]) for fact in ghost["facts"]] == [
        ("consumption.csv", 5, "GHOST"),
        ("consumption.csv", 9, "GHOST"),
    ]
    assert answer["by_kind"] == {
        "item": 1, "material": 1, "party": 1, "place": 1, "equipment": 1, "step": 1, "document": 0,
    }  # fmt: skip
    assert engine.attention()["unresolved"] == answer["by_kind"]["item"]


def test_one_sort_and_a_limit(engine: Engine) -> None:
    answer = engine.undescribed("place").answer
    assert ([row["code"] for row in answer["codes"]], answer["count"]) == (["NO-PLACE"], 1)
    short = engine.undescribed(limit=2).answer
    assert (short["count"], short["listed"], len(short["codes"])) == (6, 2, 2)
    assert "a limit of 0" in short["summary"][1]
    with pytest.raises(InputError, match="--kind"):
        engine.undescribed("colour")


def test_its_sentences_have_their_chinese(engine: Engine) -> None:
    for answer in (engine.undescribed(), engine.undescribed("document"), engine.undescribed(limit=1)):
        assert all(re.search("[一-鿿]", line) for line in plain(answer.answer, "zh"))


def test_the_command_lists_them(tmp_path: Path) -> None:
    assert run_here(tmp_path / "home", "load", write(tmp_path / "plant", {**PLANT, **MORE})).code == 0
    ran = run_here(tmp_path / "home", "undescribed")
    assert ran.code == 0
    assert re.search(r"item +GHOST +2 +consumption.item_id \(2\) +\S*consumption.csv, row 5", ran.out)
    assert run_here(tmp_path / "home", "undescribed", "--kind", "place", "--csv").out.count("\n") == 2


def test_as_of_an_earlier_entry_there_was_less(engine: Engine, tmp_path: Path) -> None:
    assert engine.undescribed(as_of=0).answer["count"] == 0


def test_every_code_can_be_reached_in_the_console(tmp_path: Path) -> None:
    rows = "".join(f"MIX-1,GHOST-{number:03},1,kg\n" for number in range(450))
    with Engine.open(tmp_path / "home") as engine:
        loaders.load(engine, [write(tmp_path / "plant", {"consumption": "step_id,item_id,quantity,unit\n" + rows})])
        client = TestClient(create_app(engine), LOCAL, headers=bearer(engine.home))
        found: list[str] = []
        address = "/undescribed?kind=item"
        for _ in range(3):
            page = client.get(address).text
            assert "a limit of" not in page
            found += re.findall(r"href=\"/items/(GHOST-\d+)", page)
            following = re.search(r'rel="next" href="([^"]+)"', page)
            address = html.unescape(following[1]) if following else ""
        assert address == ""
    assert found == [f"GHOST-{number:03}" for number in range(450)]
