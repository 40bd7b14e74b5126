"""Facts to arrays: adds the entries of a ledger to the arrays of a snapshot, which may be empty.

Building and extending are one road: numbers of codes and rows never change, so a small load costs a copy of the
arrays and the sorting of what is new. The result depends on the facts alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from genealogy.plant import TABLES
from genealogy.snapshot.codes import Codes, fingerprints
from genealogy.snapshot.index import with_indexed
from genealogy.snapshot.layout import (
    INDEXED,
    KEPT,
    NAMED,
    NEVER,
    NO_TIME,
    PERHAPS_CONTAINER,
    TIERS,
    Kept,
)
from genealogy.snapshot.rows import with_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from genealogy.snapshot.files import Array, Arrays


_TWO_GIGABYTES = 2**31


class FactSource(Protocol):
    """Where facts come from: the ledger, or anything that hands them out as it does."""

    def facts(self, after: int = -1, upto: int | None = None) -> Iterator[tuple[int, dict[str, pa.Table]]]:
        """Entries that hold facts, in order of sequence, with one table each for what they touched."""
        ...


class _Load:
    """What is to be added of one table: its rows of all new entries, one after the other."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.kept = KEPT[name]
        self.named = NAMED.get(name, ())
        self._tables: list[pa.Table] = []
        self._entries: list[tuple[int, int]] = []

    def add(self, sequence: int, table: pa.Table) -> None:
        wanted = {column.source for column in self.kept if column.sort != "time"} | set(self.named)
        wanted |= {column.where[0] for column in self.kept if column.where}
        times = [f"{column.source}__{end}" for column in self.kept if column.sort == "time" for end in ("start", "end")]
        columns = {name: _text(table, name) for name in sorted(wanted)}
        columns |= {name: _whole(table, name) for name in times}
        if self.name in TABLES:
            columns |= {"key": _text(table, "key"), "op": table["op"].cast(pa.int8())}
        self._tables.append(pa.table(columns))
        self._entries.append((sequence, table.num_rows))

    def close(self) -> None:
        self.table = pa.concat_tables(self._tables)
        sequences, sizes = zip(*self._entries, strict=True)
        self.since = np.repeat(np.array(sequences, np.int32), sizes)
        if self.name in TABLES:
            self.void = self.table["op"].to_numpy() == 1
        self._tables.clear()


def extended(old: Arrays, source: FactSource, after: int, upto: int | None = None) -> tuple[Arrays, int]:
    """Add the entries after ``after`` to the arrays.

    Returns:
        All arrays of the longer snapshot (those that did not change are the same objects), and the last entry added
        (``after`` where there was none).
    """
    loads: dict[str, _Load] = {}
    last = after
    for sequence, tables in source.facts(after, upto):
        last = sequence
        for name, table in tables.items():
            if name in KEPT:
                loads.setdefault(name, _Load(name)).add(sequence, table)
    arrays = dict(old)
    for load in loads.values():
        load.close()
    ordered = [loads[name] for name in sorted(loads)]
    code_columns = _numbered(arrays, "codes", ordered, "code")
    word_columns = _numbered(arrays, "words", ordered, "word")
    known = {name: len(old.get(f"{name}.since", ())) for name in KEPT}
    for load in ordered:
        numbered = {**code_columns[load.name], **word_columns[load.name]}
        columns = {kept.name: numbered[kept.name] for kept in load.kept if kept.name in numbered}
        _add_rows(arrays, load, columns | _plain_columns(load))
    count = len(Codes(arrays, "codes"))
    for table, column in INDEXED:
        name = f"{table}.{column}"
        values = arrays.get(name, np.zeros(0, np.int32))
        if table in loads or count + 1 != len(arrays.get(f"{name}.start", ())):
            arrays |= with_indexed(arrays, name, values, known[table], count)
    _add_named(arrays, ordered, code_columns, count)
    return arrays, last


def _add_rows(arrays: Arrays, load: _Load, columns: Arrays) -> None:
    if load.name in TABLES:
        for column in load.kept:
            if load.void.any() and column.sort == "code":  # a void is never in force, so nothing need find it
                columns[column.name] = np.where(load.void, np.int32(-1), columns[column.name])
        arrays |= with_rows(arrays, load.name, columns, load.since, load.void, _keys(load))
        return
    for name, values in {**columns, "since": load.since}.items():
        whole = f"{load.name}.{name}"
        arrays[whole] = np.concatenate([arrays[whole], values]) if whole in arrays else values


def _add_named(arrays: Arrays, loads: list[_Load], numbers: dict[str, Arrays], count: int) -> None:
    """For each code the first entry that names it as an item, and the first where it may be a container."""
    for name in ("named.item", "named.perhaps"):
        old = arrays.get(name, np.zeros(0, np.int32))
        arrays[name] = np.concatenate([old, np.full(count - len(old), NEVER, np.int32)])
    for load in loads:
        target = arrays["named.perhaps" if load.name in PERHAPS_CONTAINER else "named.item"]
        for column in load.named:
            values = numbers[load.name][column]
            stated = (values >= 0) & ~load.void
            np.minimum.at(target, values[stated], load.since[stated])


def _numbered(arrays: Arrays, dictionary: str, loads: list[_Load], sort: str) -> dict[str, Arrays]:
    """Replace the strings of all columns of one sort by their numbers; the dictionary grows by what is new."""
    wanted: list[tuple[_Load, str, pa.ChunkedArray]] = []
    for load in loads:
        wanted += [(load, kept.name, _restricted(load.table, kept)) for kept in load.kept if kept.sort == sort]
        if sort == "code":
            kept_names = {kept.name for kept in load.kept}
            wanted += [(load, column, load.table[column]) for column in load.named if column not in kept_names]
    chunks = [chunk for _, _, column in wanted for chunk in column.chunks if len(chunk)]
    numbers = np.zeros(0, np.int32)
    if chunks:
        size = sum(chunk.nbytes for chunk in chunks)  # offsets of 32 bits end at two gigabytes of distinct text
        text = pa.string() if size < _TWO_GIGABYTES else pa.large_string()
        encoded = pa.chunked_array([chunk.cast(text) for chunk in chunks], text).dictionary_encode()
        strings = encoded.chunk(encoded.num_chunks - 1).dictionary.cast(pa.large_string())
        found, longer = Codes(arrays, dictionary).with_new(strings)
        arrays |= longer
        places = [pc.fill_null(chunk.indices, len(strings)).to_numpy() for chunk in encoded.chunks]
        numbers = np.append(found, np.int32(-1))[np.concatenate(places)]
    result: dict[str, Arrays] = {load.name: {} for load in loads}
    at = 0
    for load, name, column in wanted:
        result[load.name][name] = numbers[at : at + len(column)]
        at += len(column)
    return result


def _restricted(table: pa.Table, kept: Kept) -> pa.ChunkedArray:
    if kept.where is None:
        return table[kept.source]
    return pc.if_else(pc.equal(table[kept.where[0]], kept.where[1]), table[kept.source], None)


def _plain_columns(load: _Load) -> Arrays:
    columns: Arrays = {}
    for kept in load.kept:
        if kept.sort == "time":
            for end in ("start", "end"):
                values = pc.fill_null(load.table[f"{kept.source}__{end}"], NO_TIME)
                columns[f"{kept.name}_{end}"] = values.to_numpy()
        elif kept.sort == "grain":
            words = load.table[kept.source].combine_chunks().dictionary_encode()
            tiers = np.array([TIERS[word] for word in words.dictionary.to_pylist()] + [TIERS["lot"]], np.int8)
            columns[kept.name] = tiers[pc.fill_null(words.indices, len(tiers) - 1).to_numpy(zero_copy_only=False)]
    return columns


def _keys(load: _Load) -> tuple[Array, Array]:
    return fingerprints(load.table["key"].cast(pa.large_string()).combine_chunks())


def _text(table: pa.Table, name: str) -> pa.ChunkedArray:
    if name not in table.column_names:
        return pa.chunked_array([pa.nulls(table.num_rows, pa.string())])
    return table[name].cast(pa.string())


def _whole(table: pa.Table, name: str) -> pa.ChunkedArray:
    if name not in table.column_names:
        return pa.chunked_array([pa.nulls(table.num_rows, pa.int64())])
    return table[name].cast(pa.int64())
