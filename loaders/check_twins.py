"""Item ids that a reader would take for one another: probably one item written in two ways."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from genealogy.plant import TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping

_SHOWN = 20


def look_alikes(facts: Mapping[str, pa.Table]) -> list[str]:
    """Name the item ids of a load that differ only by case, outer space or the width of characters.

    They are reported, never joined: ids are opaque.
    """
    columns = [
        facts[name][column.name]
        for name, table in TABLES.items()
        if name in facts
        for column in table.facts
        if column.alias == "item"
    ]
    if not columns:
        return []
    ids = pc.unique(pa.chunked_array([chunk for column in columns for chunk in column.chunks], pa.string())).drop_null()
    plain = ids if pc.all(pc.string_is_ascii(ids)).as_py() is not False else pc.utf8_normalize(ids, form="NFKC")
    plain = pc.utf8_lower(pc.utf8_trim_whitespace(plain)).dictionary_encode()
    if len(plain.dictionary) == len(ids):
        return []
    twins: dict[int, list[str]] = defaultdict(list)
    counts = pc.value_counts(plain.indices)
    several = counts.field(0).filter(pc.greater(counts.field(1), 1))
    chosen = pc.is_in(plain.indices, value_set=several)
    for number, text in zip(plain.indices.filter(chosen).to_pylist(), ids.filter(chosen).to_pylist(), strict=True):
        twins[number].append(text)
    named = sorted(" and ".join(repr(text) for text in sorted(group)) for group in twins.values())
    notes = [f"possibly one item written in two ways (kept apart): {text}" for text in named[:_SHOWN]]
    if len(named) > _SHOWN:
        notes.append(f"and {len(named) - _SHOWN} more items that are possibly written in two ways")
    return notes
