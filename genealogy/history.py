"""The facts of the ledger folded in time: which versions each fact had, and which is in force as of an entry.

Nothing is kept between questions but the small list of documents: every answer is read from the ledger's own documents, by
columns, or by rows where a key, step or item is asked for; which documents and rows those are says the key index.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from genealogy.key_index import FOLDER, KeyIndex
from queries.query import OPEN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import numpy.typing as npt

    from genealogy.key_index import Document
    from genealogy.ledger import Ledger

SEPARATOR = "\x1f"
_KEPT_ROWS = 200_000
_INDEXED = {
    ("consumption", "key"): "step_id",
    ("consumption", "step_id"): "step_id",
    ("consumption", "item_id"): "item_id",
    ("production", "key"): "step_id",
    ("production", "step_id"): "step_id",
    ("units", "lot_id"): "lot_id",
    ("steps", "step_id"): "key",
}
"""By which column of the index a column of a table is found; keys of the other tables by themselves."""


class History:
    """The fact versions of one ledger.

    A row of an answer is a fact's row (the ledger's columns) with ``entry`` (the entry that brought it), ``document_row``
    (its row in the entry's document), ``known_until`` (the entry that superseded it, or OPEN) and ``version_number`` (how many
    versions of the same key were asserted before).

    Args:
        ledger: whose facts.
        keep: hold documents that were read in memory unless they are large, and believe no index that stands on disk.
    """

    def __init__(self, ledger: Ledger, *, keep: bool = False) -> None:
        self._ledger = ledger
        self._documents: dict[str, list[Document]] = {}
        self._by_entry: dict[int, dict[str, str]] = {}
        self._followed = -1
        self._kept: dict[str, pa.Table] | None = {} if keep else None
        self._at_hand: dict[str, pa.Table] = {}
        self._index: KeyIndex | None = None
        self._one = threading.RLock()  # questions are asked from several threads

    def hold(self, documents: Mapping[str, pa.Table]) -> None:
        """Have these documents at hand, by name, instead of reading back what was just written; {} lets go of them."""
        self._at_hand = dict(documents)

    def entries_with_facts(self, after: int = -1, upto: int | None = None) -> list[int]:
        """The sequences of entries that hold facts, ascending."""
        self._follow()
        return [s for s in list(self._by_entry) if s > after and (upto is None or s <= upto)]

    def tables(self, sequence: int) -> list[str]:
        """The tables that an entry holds facts of."""
        self._follow()
        return list(self._by_entry.get(sequence, ()))

    def entries_of(self, table: str, after: int = -1) -> list[int]:
        """The sequences of entries that hold facts of one table, ascending."""
        self._follow()
        return [sequence for sequence, _ in self._documents.get(table, ()) if sequence > after]

    def document(self, table: str, sequence: int, columns: list[str] | None = None) -> pa.Table:
        """The facts of one table as one entry states them, or some of their columns."""
        self._follow()
        found = self._table(self._by_entry[sequence][table], columns)
        return found if columns is None else found.select(columns)

    def count(self, table: str, sequence: int) -> int:
        """How many rows one entry states of a table."""
        self._follow()
        name = self._by_entry[sequence][table]
        found = self._in_memory(name)
        return self._ledger.documents.row_count(name) if found is None else int(found.num_rows)

    def details(self, sequence: int) -> Mapping[str, Any]:
        """What an entry says of itself: its files, and how they were read."""
        return self._ledger.entry(sequence).details

    def is_first(self, table: str, sequence: int) -> bool:
        """Whether no entry before this one holds facts of a table."""
        self._follow()
        documents = self._documents.get(table)
        return not documents or documents[0][0] >= sequence

    def rows(
        self,
        table: str,
        where: Mapping[str, pa.Array] | None = None,
        upto: int | None = None,
        columns: Sequence[str] | None = None,
    ) -> pa.Table | None:
        """Every version, as far as entry ``upto``, of the facts of a table, or of those where any column has one of the values.

        The columns of ``where`` must belong to the key, so that all versions of a fact are found together.
        None when the table has no such fact. ``columns``: only these, and what says which version a row is.
        """
        self._follow()
        documents = [d for d in self._documents.get(table, ()) if upto is None or d[0] <= upto]
        chosen = None if columns is None else list(dict.fromkeys(("key", "op", *columns)))
        parts = []
        for sequence, part in self._parts(table, documents, where, chosen):
            if part.num_rows:
                parts.append(part.append_column("entry", pa.repeat(pa.scalar(sequence, pa.int64()), part.num_rows)))
        if not parts:
            return None
        return fold(pa.concat_tables(parts))

    def in_force(
        self,
        table: str,
        where: Mapping[str, pa.Array] | None = None,
        upto: int | None = None,
        columns: Sequence[str] | None = None,
    ) -> pa.Table | None:
        """The facts of a table that hold as of entry ``upto`` (default: now); voided ones are not among them."""
        rows = self.rows(table, where, upto, columns)
        if rows is None:
            return None
        holds = pc.and_(pc.equal(rows["known_until"], OPEN), pc.equal(rows["op"], 0))
        held = rows if pc.all(holds).as_py() else rows.filter(holds)
        return held if held.num_rows else None

    def last(self, table: str, where: Mapping[str, pa.Array] | None = None, upto: int | None = None) -> pa.Table | None:
        """The last version of each fact, voided or not."""
        rows = self.rows(table, where, upto)
        return None if rows is None else rows.filter(pc.equal(rows["known_until"], OPEN))

    def keys_where(self, table: str, column: str, values: pa.Array, upto: int) -> pa.Array:
        """Keys of the facts that have one of the values in a column, which need not be of the key, in any version."""
        self._follow()
        documents = [d for d in self._documents.get(table, ()) if d[0] <= upto]
        parts = [part["key"] for _, part in self._parts(table, documents, {column: values}, ["key", column])]
        chunks = [chunk for part in parts for chunk in part.chunks]
        return pc.unique(pa.chunked_array(chunks, pa.string()))

    def aliases(self, kind: str, upto: int | None = None) -> dict[str, str]:
        """Code to meaning, for one kind of alias."""
        rows = self.in_force("aliases", upto=upto)
        if rows is None:
            return {}
        chosen = rows.filter(pc.equal(rows["kind"], kind))
        return dict(zip(chosen["code"].to_pylist(), chosen["means"].to_pylist(), strict=True))

    def _follow(self) -> None:
        with self._one:
            for entry in self._ledger.entries(after=self._followed):
                self._followed = entry.sequence
                facts = entry.details.get("facts") or {}
                if facts:
                    self._by_entry[entry.sequence] = dict(facts)
                for table, sha in facts.items():
                    self._documents.setdefault(table, []).append((entry.sequence, sha))

    def _in_memory(self, sha: str) -> pa.Table | None:
        found = self._at_hand.get(sha)
        return found if found is not None else (self._kept or {}).get(sha)

    def _table(self, sha: str, columns: list[str] | None = None) -> pa.Table:
        found = self._in_memory(sha)
        if found is not None:
            return found
        if self._kept is None or self._ledger.documents.row_count(sha) > _KEPT_ROWS:
            return self._ledger.documents.read_table(sha, columns=columns)
        self._kept[sha] = self._ledger.documents.read_table(sha)
        return self._kept[sha]

    def _parts(
        self, table: str, documents: Sequence[Document], where: Mapping[str, pa.Array] | None, columns: list[str] | None
    ) -> Iterator[tuple[int, pa.Table]]:
        """Of each document, with its entry, the rows that are sought, with their position; documents without are left out."""
        if where is None:
            for sequence, sha in documents:
                part = with_position(self._table(sha, columns))
                yield sequence, part if columns is None else part.select([*columns, "document_row"])
            return
        indexed = self._places(table, documents, where)
        for sequence, sha in documents:
            if indexed is not None:
                if sha not in indexed:
                    continue
                places, held = indexed[sha], self._in_memory(sha)
                if held is None:
                    wanted = None if columns is None else list(dict.fromkeys((*columns, *where)))
                    part = self._ledger.documents.read_rows(sha, places, wanted)
                else:
                    part = held.take(pa.array(places))
                part = part.append_column("document_row", pa.array(places))
                part = part.filter(_holding(part, where))
            else:
                # First only the columns that are asked by: most documents hold nothing of what is wanted.
                positions = pc.indices_nonzero(_holding(self._table(sha, list(where)), where))
                if not len(positions):
                    continue
                part = with_position(self._table(sha, columns)).take(positions)
            yield sequence, part if columns is None else part.select([*columns, "document_row"])

    def _places(
        self, table: str, documents: Sequence[Document], where: Mapping[str, pa.Array]
    ) -> dict[str, npt.NDArray[np.int64]] | None:
        """Rows by document that the index has for these values; None where it does not cover a column."""
        if len(documents) < 2 and all(self._in_memory(sha) is not None for _, sha in documents):
            return None
        found: dict[str, list[npt.NDArray[np.int64]]] = {}
        for column, values in where.items():
            sought = _INDEXED.get((table, column), column if column == "key" else "")
            if not sought:
                return None
            # A key begins with the column that stands for it in the index.
            longer = column == "key" and sought != "key"
            first = pc.list_element(pc.split_pattern(values, SEPARATOR, max_splits=1), 0) if longer else values
            with self._one:
                places = self._key_index.find(table, sought, list(self._documents[table]), first.drop_null())
            for sha, rows in places.items():
                found.setdefault(sha, []).append(rows)
        return {sha: np.unique(np.concatenate(rows)) for sha, rows in found.items()}

    @property
    def _key_index(self) -> KeyIndex:
        if self._index is None:
            folder = self._ledger.home / FOLDER if self._kept is None else None
            self._index = KeyIndex(folder, self._ledger.id, self._column)
        return self._index

    def _column(self, sha: str, column: str) -> pa.Array:
        return self._table(sha, [column])[column].combine_chunks()


def _holding(rows: pa.Table, where: Mapping[str, pa.Array]) -> pa.ChunkedArray:
    """Which rows have one of the values in any of these columns."""
    mask = None
    for column, values in where.items():
        hit = pc.is_in(rows[column], value_set=values)
        mask = hit if mask is None else pc.or_(mask, hit)
    return mask


def with_position(facts: pa.Table) -> pa.Table:
    """Facts with the number of each row in its document, counted from 0."""
    return facts.append_column("document_row", pa.array(np.arange(facts.num_rows, dtype=np.int64)))


def fold(rows: pa.Table) -> pa.Table:
    """Versions: rows of facts with ``entry`` in, the same rows with ``known_until`` and ``version_number`` out.

    The rows of a key in a later entry supersede all its earlier rows (a group of consumption or production as a whole).
    """
    sequences = rows["entry"].to_numpy()
    if len(sequences) == 0 or (sequences == sequences[0]).all():
        count = rows.num_rows
        return rows.append_column("known_until", pa.repeat(pa.scalar(OPEN, pa.int64()), count)).append_column(
            "version_number", pa.repeat(pa.scalar(0, pa.int64()), count)
        )
    codes = rows["key"].combine_chunks().dictionary_encode().indices.to_numpy()
    ops = rows["op"].to_numpy()
    facts = pd.DataFrame({"code": codes, "entry": sequences, "asserts": ops == 0})
    versions = facts.groupby(["code", "entry"], sort=True)["asserts"].max().reset_index()
    later = versions.groupby("code")["entry"].shift(-1)
    versions["known_until"] = later.fillna(OPEN).astype("int64")
    versions.loc[later.isna(), "known_until"] = OPEN
    counted = versions["asserts"].astype("int64")
    versions["version_number"] = counted.groupby(versions["code"]).cumsum() - counted
    joined = facts.merge(versions[["code", "entry", "known_until", "version_number"]], on=["code", "entry"], how="left")
    return rows.append_column("known_until", pa.array(joined["known_until"].to_numpy())).append_column(
        "version_number", pa.array(joined["version_number"].to_numpy())
    )


def concat(tables: Iterable[pa.Table | None]) -> pa.Table | None:
    """The tables that are there, one below the other, or None."""
    found = [table for table in tables if table is not None and table.num_rows]
    return pa.concat_tables(found) if found else None
