"""Sentences that cite records, in Chinese: every sentence of the program has its words, and what it cites stays as it is."""

from __future__ import annotations

import random
import re

import pytest
from citing import known as known_plant
from near_plants import near_plant
from reported import wide

from genealogy.bounds import SETTLED
from genealogy.responsible import responsible
from genealogy.why.near_misses import near_misses
from viz.words import Words
from viz.words.phrases import PHRASES, known, phrase

SEEDS = 120


def gaps(text: str) -> list[str]:
    return sorted(set(re.findall(r"\{(\w+)\}", text)))


def test_each_pattern_says_all_that_it_cites_in_chinese() -> None:
    for english, chinese in PHRASES:
        assert gaps(english) == gaps(chinese), english
        assert re.search("[一-鿿]", chinese), english


def test_what_is_cited_stays_as_it_was_recorded() -> None:
    for english, chinese in PHRASES:
        names = [name for name in gaps(english) if name != "sharing"]
        awkward = {name: f"=<{place}>{{list}}\n张 {name}" for place, name in enumerate(names)}
        text = re.sub(r"\{(\w+)\}", lambda gap, of=awkward: of.get(gap[1], ""), english)  # type: ignore[misc]
        told = phrase(text)
        assert told != text, english
        assert all(value in told for value in awkward.values()), (english, told)
        assert chinese.split("{")[0] in told


def test_a_sentence_that_no_pattern_knows_stays_whole() -> None:
    for text in ("=1+1", "something else", "behind it stands lot", "", "no fact ever named it, or so"):
        assert phrase(text) == text
        assert known(text) is False
    assert Words("zh").cell("no fact ever named it", "phrase") == "从未有任何记录提及"
    assert Words("en").cell("no fact ever named it", "phrase") == "no fact ever named it"
    assert Words("zh").cell("no fact ever named it", "text") == "no fact ever named it"


def test_the_end_of_a_list_is_translated() -> None:
    told = phrase(
        "step S 1 consumed A, B and 1,203 more, and not C, which went into step S 2 of the same operation mix"
    )
    assert told == "工序 S 1 投入的是 A, B 等（另 1,203 个），而非 C；后者进入同一操作 mix 的工序 S 2"


@pytest.mark.parametrize("batch", range(2))
def test_every_reason_of_random_plants_has_its_words(batch: int) -> None:
    kinds: set[str] = set()
    flags: set[str] = set()
    for seed in range(batch, SEEDS, 2):
        rng = random.Random(seed)
        oracle, snapshot, source, last = known_plant(near_plant(rng, 9, ""))
        lots = sorted({str(fact["item_id"]) for fact in oracle.known(None).facts["lots"]})
        if not lots:
            continue
        start = rng.choice(lots)
        found = near_misses(snapshot, source, [start], last, 20)
        for kind in found["kinds"]:
            for item in kind["items"]:
                for reason in item["reasons"]:
                    assert known(reason["words"]), (seed, reason["words"])
                    assert phrase(reason["words"]) != reason["words"]
                    kinds.add(reason["kind"])
        for flag in responsible(snapshot, source, start, last)["flags"]:
            assert known(flag["words"]), (seed, flag["words"])
            flags.add(flag["kind"])
    assert len(kinds) >= 9, kinds
    assert flags


def test_every_sentence_of_doubts_and_of_a_whole_report_has_its_words() -> None:
    assert all(known(text) for text in SETTLED.values())
    told = 0
    for table in wide().tables():
        for place, column in enumerate(table.columns):
            if column.sort == "phrase":
                for row in table.rows:
                    assert row[place] is None or known(str(row[place])), (table.name, row[place])
                    told += 1
    assert told > 8
