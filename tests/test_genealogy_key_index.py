"""The index of keys finds what a plain search finds, grows with the ledger, and is not believed where it is damaged."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from genealogy import key_index
from genealogy.key_index import KeyIndex, hashes

LEDGER = "a ledger"
ALPHABET = ["", "a", "b", "ä", "\x1f", "0123456789", "lot ", "\U0001f9ea"]


class Column:
    """Documents with one column of texts, and how often one was read."""

    def __init__(self) -> None:
        self.texts: dict[str, list[str]] = {}
        self.reads = 0

    def add(self, texts: list[str]) -> None:
        self.texts[f"document {len(self.texts)}"] = texts

    @property
    def documents(self) -> list[tuple[int, str]]:
        return list(enumerate(self.texts, start=1))

    def read(self, sha: str, column: str) -> pa.Array:
        self.reads += 1
        return pa.array(self.texts[sha], pa.string())

    def index(self, folder: Path | None) -> KeyIndex:
        return KeyIndex(folder, LEDGER, self.read)

    def search(self, values: list[str]) -> dict[str, list[int]]:
        found = {sha: [n for n, text in enumerate(texts) if text in values] for sha, texts in self.texts.items()}
        return {sha: rows for sha, rows in found.items() if rows}


def found(index: KeyIndex, column: Column, values: list[str]) -> dict[str, list[int]]:
    rows = index.find("t", "c", column.documents, pa.array(values, pa.string()))
    return {sha: places.tolist() for sha, places in rows.items()}


def text(rng: random.Random) -> str:
    return "".join(rng.choice(ALPHABET) for _ in range(rng.randint(0, 5)))


@pytest.mark.parametrize("seed", range(30))
def test_it_finds_what_a_search_finds(tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(seed)
    monkeypatch.setattr(key_index, "SMALL", rng.choice([1, 50, 1000]))
    monkeypatch.setattr(key_index, "_BLOCK", rng.choice([2, 16, 8192]))
    column = Column()
    folder = rng.choice([tmp_path / "index", None])
    index = column.index(folder)
    for _ in range(rng.randint(1, 12)):
        column.add([text(rng) for _ in range(rng.randint(0, 80))])
        if rng.random() < 0.3:
            index = column.index(folder)  # as a new process finds it
        known = [t for texts in column.texts.values() for t in texts]
        values = [text(rng) for _ in range(rng.randint(0, 9))] + rng.sample(known, min(len(known), rng.randint(0, 9)))
        assert found(index, column, values) == column.search(values)


def test_what_it_covers_is_not_read_again(tmp_path: Path) -> None:
    column = Column()
    for number in range(20):
        column.add([f"{number}-{row}" for row in range(50)])
    assert found(column.index(tmp_path), column, ["3-7"]) == {"document 3": [7]}
    assert column.reads == 20
    column.add(["new", "3-7"])
    assert found(column.index(tmp_path), column, ["3-7"]) == {"document 3": [7], "document 20": [1]}
    assert column.reads == 21


@pytest.mark.parametrize("seed", range(60))
def test_damage_is_noticed_and_mended(tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(seed)
    monkeypatch.setattr(key_index, "SMALL", 30)
    monkeypatch.setattr(key_index, "_BLOCK", 8)
    column = Column()
    for number in range(6):
        column.add([f"{number}-{row}" for row in range(rng.randint(1, 40))])
    values = [t for texts in column.texts.values() for t in texts]
    assert found(column.index(tmp_path), column, values) == column.search(values)
    path = rng.choice(sorted(tmp_path.iterdir()))
    content = bytearray(path.read_bytes())
    if rng.random() < 0.2:
        content = content[: rng.randint(0, len(content) - 1)]
    else:
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    path.write_bytes(content)
    asked = rng.sample(values, 5) if rng.random() < 0.5 else values
    assert found(column.index(tmp_path), column, asked) == column.search(asked)
    column.add(["one more", *asked[:2]])
    assert found(column.index(tmp_path), column, asked) == column.search(asked)


def test_an_index_of_another_ledger_or_of_other_documents_is_not_used(tmp_path: Path) -> None:
    column, other = Column(), Column()
    column.add(["a", "b"])
    other.add(["b", "a"])
    assert found(column.index(tmp_path), column, ["a"]) == {"document 0": [0]}
    stranger = KeyIndex(tmp_path, "another ledger", other.read)
    assert found(stranger, other, ["a"]) == {"document 0": [1]}
    assert found(column.index(tmp_path), column, ["a"]) == {"document 0": [0]}
    column.texts = {"renamed": ["x", "y", "a"]}
    assert found(column.index(tmp_path), column, ["a"]) == {"renamed": [2]}


def test_where_nothing_can_be_written_it_works_in_memory(tmp_path: Path) -> None:
    column = Column()
    column.add(["a", "b"])
    blocked = tmp_path / "index"
    blocked.mkdir()
    (blocked / "t.c.000000000").mkdir()
    assert found(column.index(blocked), column, ["b"]) == {"document 0": [1]}


def test_numbers_of_texts() -> None:
    rng = random.Random(7)
    texts = sorted({text(rng) * rng.randint(1, 4) for _ in range(3000)})
    numbers = hashes(pa.array(texts))
    assert len(np.unique(numbers)) == len(texts)
    assert hashes(pa.array(texts).slice(5, 9)).tolist() == numbers[5:14].tolist()
    assert hashes(pa.array(["", None, "a"])).tolist()[:2] == [0, 0]
    assert hashes(pa.array([], pa.string())).tolist() == []
