"""The plain sentences above answers have their Chinese: those that the program says of random plants, and those it says rarely."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from cli import PLANT, write

import loaders
from genealogy.engine import Engine
from genealogy.narrow.boundary import Boundary
from viz.summary import plain
from viz.words.lines import chinese

ENGLISH = re.compile(r"\b(?:of|the|is|are|and|that|recorded|behind|finished)\b", re.IGNORECASE)


@pytest.mark.parametrize(
    ("english", "told"),
    [
        ("Of 1,024 件 of 193/A: 7 on hand, 1,017 shipped.", "193/A 共 1,024 件:在库可用 7,已发运 1,017。"),
        ("Of an unknown quantity of X: 7 used.", "X 数量不明:已使用 7。"),
        ("All of it is accounted for; within the tolerance of 2 %.", "全部有据可查;在允差之内(2 %)。"),
        (
            "MISSING: 0.005 千克 is in no record (99.46 % recovered); OUTSIDE the tolerance of 0 % (assumed: none is recorded).",
            "缺失:0.005 千克 没有任何记录(已找到 99.46 %);超出允差(0 %,为假设值:没有记录)。",
        ),
        ("full: 40 finished units, 1 finished lot, 12 customers.", "完整范围:40 个成品单件,1 个成品批次,12 个客户。"),
        ("only-after 2025-08-20: 1 finished unit, 0 finished lots, 1 customer; leaves out 13 finished units.",
         "only-after 2025-08-20:1 个成品单件,0 个成品批次,1 个客户;排除 13 个成品单件。"),
        ("Not in order: 2 readings lay outside their limits; 1 result lay outside its limits or failed.",
         "异常:2 个读数超出限值;1 个检验结果超限或不合格。"),
        ("Behind 3 of 3 complaints and 1 of 9 healthy items stands lot A.",
         "3 个投诉中有 3 个、9 个正常项目中有 1 个涉及批次 A。"),
        ("Of 1 件 of X: 7 eaten.", "Of 1 件 of X: 7 eaten."),
        ("A sentence that nobody knows.", "A sentence that nobody knows."),
        ("Not in order: 2 things.", "Not in order: 2 things."),
        ("{x} is what was asked about: the scope starts from it.", "{x} 即查询对象:范围由此开始。"),
    ],
)  # fmt: skip
def test_a_sentence_is_said_in_chinese_or_left_as_it_is(english: str, told: str) -> None:
    assert chinese(english) == told


def test_what_the_program_says_of_a_plant_is_said_in_chinese(tmp_path: Path) -> None:
    engine = Engine.open(tmp_path / "home")
    loaders.load(engine, [write(tmp_path / "plant", PLANT)])
    items = [row["id"] for row in engine.scope(["RM-1"]).answer["items"]]
    answers = [engine.balance(item).answer for item in ("RM-1", *items)]
    answers += [engine.why(item, ["RM-1"]).answer for item in ("RM-1", *items)]
    answers += [engine.responsible(item).answer for item in items]
    answers.append(engine.compare(["RM-1"], [("lot", engine.narrowing(Boundary.of("lot"), 1))], 1).answer)
    said = 0
    for answer in answers:
        assert plain(answer, "en")
        for english, told in zip(plain(answer, "en"), plain(answer, "zh"), strict=True):
            if english.startswith(("Not recorded, with", "Unsure")):
                continue  # names of columns, and counts of records: shown as they are
            assert not ENGLISH.search(told), (english, told)
            said += 1
    assert said > 10
    engine.close()
