"""Columns of texts say what their texts say, however they are numbered."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from genealogy.reach import Description, Descriptions, Shipments, Shipped, Texts

some_texts = st.lists(st.none() | st.sampled_from(["", "a", "b", "é", "🏭", "a" * 40]), max_size=30)


def renumbered(texts: list[str | None]) -> Texts:
    """The same column with other numbers: words that nobody uses, and one of them twice."""
    words = ["nobody", *sorted({text for text in texts if text is not None}, reverse=True)]
    numbers = [-1 if text is None else words.index(text) for text in texts]
    twice = [len(words) if number == 1 and place % 2 else number for place, number in enumerate(numbers)]
    return Texts(np.array(twice, np.int32), pa.array([*words, *words[1:2]], pa.large_string()))


@given(some_texts, some_texts)
@settings(deadline=None)
def test_a_column_says_what_its_texts_say(texts: list[str | None], others: list[str | None]) -> None:
    for column in (Texts.of(texts), renumbered(texts)):
        assert column.texts() == texts
        assert column.array().to_pylist() == texts
        words, place = column.distinct()
        assert [words[number] for number in place.tolist()] == texts
        assert column.where("a", None).tolist() == [text in ("a", None) for text in texts]
        assert column.at(np.arange(len(texts))[::-1]).texts() == texts[::-1]
    both = [(one, two) for one, two in zip(texts, others, strict=False)]
    rows = [Description("lot", one, two, None, one, two, None) for one, two in both]
    swapped = [Description("lot", two, one, None, one, two, None) for one, two in both]
    assert Descriptions.of(rows).rows() == rows
    assert Descriptions.of(rows).equals(Descriptions.of(rows))
    assert Descriptions.of(rows).equals(Descriptions.of(swapped)) == (rows == swapped)


def test_shipment_lines_are_equal_in_any_order_but_each_as_often() -> None:
    lines = [Shipped(f"SH{n}", None, "L", "L", "K", None, None, "proven", None) for n in range(3)]
    assert Shipments.of(lines).rows() == Shipments.of(lines[::-1]).rows() == lines
    assert Shipments.of(lines).equals(Shipments.of(lines[::-1]))
    assert not Shipments.of([*lines, lines[0]]).equals(Shipments.of([*lines, lines[1]]))
    assert not Shipments.of(lines).equals(Shipments.of(lines[:2]))


def test_a_column_of_far_apart_numbers_says_the_same() -> None:
    words = pa.array([f"w{number}" for number in range(100_000)], pa.large_string())
    column = Texts(np.array([99_999, -1, 3, 99_999, 70_000], np.int32), words)
    told, place = column.distinct()
    assert [told[number] for number in place.tolist()] == column.texts() == ["w99999", None, "w3", "w99999", "w70000"]
    near = Texts(np.array([7, 5, -1, 7], np.int32), words)
    told, place = near.distinct()
    assert (told, place.tolist()) == ([None, "w5", "w7"], [2, 1, 0, 2])
    assert Texts(np.zeros(0, np.int32), words).distinct()[0] == []
