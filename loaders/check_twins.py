"""Item ids that a reader would take for one another: probably one item written in two ways."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from genealogy.plant import TABLES

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHOWN = 20


def item_ids(name: str, facts: pa.Table) -> pa.Array:
    """The item ids that the facts of a table name, each once."""
    columns = [facts[column.name] for column in TABLES[name].facts if column.alias == "item"]
    chunks = [chunk for column in columns for chunk in column.chunks]
    return pc.unique(pa.chunked_array(chunks, pa.string())).drop_null()


def look_alikes(named: Sequence[pa.Array]) -> list[str]:
    """Name the item ids of a load that differ only by case, outer space or the width of characters.

    They are reported, never joined: ids are opaque.

    Args:
        named: the ids that its tables name; one may occur in several.
    """
    ids = pc.unique(pa.chunked_array(list(named), pa.string()))
    if not len(ids):
        return []
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
