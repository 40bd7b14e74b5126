"""The facts of the ledger folded in time: which versions each fact had, and which is in force as of an entry.

Nothing is kept between questions but the small list of documents: every answer is read from the ledger's own documents, by
columns first and by rows only where a key, step or item is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from queries.query import OPEN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from genealogy.ledger import Ledger


class History:
    """The fact versions of one ledger.

    A row of an answer is a fact's row (the ledger's columns) with ``entry`` (the entry that brought it), ``document_row``
    (its row in the entry's document), ``known_until`` (the entry that superseded it, or OPEN) and ``version_number`` (how many
    versions of the same key were asserted before).
    """

    def __init__(self, ledger: Ledger, *, keep: bool = False) -> None:
        self._ledger = ledger
        self._documents: dict[str, list[tuple[int, str]]] = {}
        self._followed = -1
        self._kept: dict[str, pa.Table] | None = {} if keep else None
        self._at_hand: dict[str, pa.Table] = {}

    def hold(self, documents: Mapping[str, pa.Table]) -> None:
        """Have these documents at hand, by name, instead of reading back what was just written; {} lets go of them."""
        self._at_hand = dict(documents)

    def entries_with_facts(self, after: int = -1, upto: int | None = None) -> list[int]:
        """The sequences of entries that hold facts, ascending."""
        self._follow()
        found = {sequence for documents in self._documents.values() for sequence, _ in documents}
        return sorted(s for s in found if s > after and (upto is None or s <= upto))

    def tables(self, sequence: int) -> list[str]:
        """The tables that an entry holds facts of."""
        self._follow()
        return [name for name, documents in self._documents.items() if any(s == sequence for s, _ in documents)]

    def document(self, table: str, sequence: int) -> pa.Table:
        """The facts of one table as one entry states them."""
        self._follow()
        (name,) = [sha for s, sha in self._documents[table] if s == sequence]
        return self._table(name)

    def is_first(self, table: str, sequence: int) -> bool:
        """Whether no entry before this one holds facts of a table."""
        self._follow()
        return all(s >= sequence for s, _ in self._documents.get(table, []))

    def rows(self, table: str, where: Mapping[str, pa.Array] | None = None, upto: int | None = None) -> pa.Table | None:
        """Every version, as far as entry ``upto``, of the facts of a table, or of those where any column has one of the values.

        The columns of ``where`` must belong to the key, so that all versions of a fact are found together.
        None when the table has no such fact.
        """
        self._follow()
        parts = []
        for sequence, sha in self._documents.get(table, []):
            if upto is not None and sequence > upto:
                continue
            part = self._read(sha, where)
            if part is not None and part.num_rows:
                parts.append(part.append_column("entry", pa.repeat(pa.scalar(sequence, pa.int64()), part.num_rows)))
        if not parts:
            return None
        return fold(pa.concat_tables(parts))

    def in_force(
        self, table: str, where: Mapping[str, pa.Array] | None = None, upto: int | None = None
    ) -> pa.Table | None:
        """The facts of a table that hold as of entry ``upto`` (default: now); voided ones are not among them."""
        rows = self.rows(table, where, upto)
        if rows is None:
            return None
        held = rows.filter(pc.and_(pc.equal(rows["known_until"], OPEN), pc.equal(rows["op"], 0)))
        return held if held.num_rows else None

    def last(self, table: str, where: Mapping[str, pa.Array] | None = None, upto: int | None = None) -> pa.Table | None:
        """The last version of each fact, voided or not."""
        rows = self.rows(table, where, upto)
        return None if rows is None else rows.filter(pc.equal(rows["known_until"], OPEN))

    def keys_bearing(self, table: str, columns: tuple[str, ...], text: str, upto: int) -> pa.Array:
        """Keys of the facts that bear a text in one of these columns in any version up to an entry."""
        self._follow()
        found = []
        for sequence, sha in self._documents.get(table, []):
            if sequence <= upto:
                part = self._table(sha, columns=["key", *columns])
                for column in columns:
                    found.append(part["key"].filter(pc.equal(part[column], text)).combine_chunks())
        return pc.unique(pa.concat_arrays(found)) if found else pa.array([], pa.string())

    def aliases(self, kind: str, upto: int | None = None) -> dict[str, str]:
        """Code to meaning, for one kind of alias."""
        rows = self.in_force("aliases", upto=upto)
        if rows is None:
            return {}
        chosen = rows.filter(pc.equal(rows["kind"], kind))
        return dict(zip(chosen["code"].to_pylist(), chosen["means"].to_pylist(), strict=True))

    def _follow(self) -> None:
        for entry in self._ledger.entries(after=self._followed):
            self._followed = entry.sequence
            for table, sha in (entry.details.get("facts") or {}).items():
                self._documents.setdefault(table, []).append((entry.sequence, sha))

    def _table(self, sha: str, columns: list[str] | None = None) -> pa.Table:
        found = self._at_hand.get(sha) or (self._kept or {}).get(sha)
        if found is not None:
            return found
        if self._kept is None:
            return self._ledger.documents.read_table(sha, columns=columns)
        self._kept[sha] = self._ledger.documents.read_table(sha)
        return self._kept[sha]

    def _read(self, sha: str, where: Mapping[str, pa.Array] | None) -> pa.Table | None:
        if not where:
            return with_position(self._table(sha))
        # First only the columns that are asked by: most documents hold nothing of what is wanted.
        keys = self._table(sha, columns=list(where))
        mask = None
        for column, values in where.items():
            hit = pc.is_in(keys[column], value_set=values)
            mask = hit if mask is None else pc.or_(mask, hit)
        positions = pc.indices_nonzero(mask)
        return with_position(self._table(sha)).take(positions) if len(positions) else None


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
