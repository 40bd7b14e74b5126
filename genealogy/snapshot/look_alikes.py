"""Codes that may be another spelling of something affected: what goes by them is in no answer until a person has looked.

Ids are opaque and nothing is joined. But where 00123 is bad and a step consumed 123, of which nothing else is known, an answer
must not say that no gap in the records touches it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from genealogy.snapshot.describe import is_finished_lot, is_finished_unit, records
from genealogy.snapshot.layout import NAMED, PERHAPS_CONTAINER
from genealogy.snapshot.spellings import Spelling, folded, long_numbers, unpadded
from genealogy.snapshot.walk import Walk

if TYPE_CHECKING:
    from genealogy.snapshot.describe import Records
    from genealogy.snapshot.files import Array
    from genealogy.snapshot.moment import Moment

_EXAMPLES = 20
_COMPARED = 2000
"""So many codes that nobody described are compared one by one; of more, those that differ by case, space and zeros only."""


def look_alikes(moment: Moment, affected: Array, found: Records, *, forward: bool) -> dict[str, Any]:
    """The gap of what is not in an answer, but may be another spelling of something that is.

    It counts codes that nobody described and no step made, where they look like something affected or like a container of it;
    lots that look like an affected code which nobody described; and lots of one material whose ids differ by case, space or
    width alone.

    Args:
        moment: the facts that count.
        affected: the starts and what was reached, each once.
        found: the records of the affected.
        forward: its direction; backward, nothing more is reached for.

    Returns:
        ``count``, ``more_units`` and ``more_lots`` (finished, that these lead to, themselves included), ``examples`` (each with
        ``item_id`` and what it is ``like``).
    """
    if not forward or not len(affected):
        return {"count": 0, "more_units": 0, "examples": []}
    inside = np.zeros(len(moment.codes), bool)
    inside[affected] = True
    pairs: dict[int, int] = {}
    unknown = np.flatnonzero(undescribed(moment))
    # A carton that was shipped under another spelling hides who received what was in it.
    targets = np.union1d(affected, _containers(moment, affected)).astype(np.int32) if len(unknown) else affected
    for code, like in _like_one_of(moment, unknown, targets, inside):
        pairs.setdefault(code, like)
    lots, plain, short = _lots(moment)
    mine = affected[(found.unit < 0) & (found.lot < 0)]
    outside = np.flatnonzero(~inside[lots])
    for like, code in _matched(moment, mine, lots[outside], short.take(pa.array(outside)) if len(mine) else None):
        pairs.setdefault(code, like)
    for code, like in _alike(moment, lots, plain, inside):
        pairs.setdefault(code, like)
    if not pairs:
        return {"count": 0, "more_units": 0, "examples": []}
    codes = np.array(sorted(pairs), np.int32)
    more = np.setdiff1d(np.union1d(codes, Walk(moment, forward=True).everything(codes).items), affected).astype(
        np.int32
    )
    told = sorted((str(moment.codes.string(code)), str(moment.codes.string(like))) for code, like in pairs.items())
    return {
        "count": len(pairs),
        "more_units": int(is_finished_unit(moment, more).sum()),
        "more_lots": int(is_finished_lot(moment, more).sum()),
        "examples": [{"item_id": code, "like": like} for code, like in told[:_EXAMPLES]],
    }


def undescribed(moment: Moment) -> Array:
    """What facts name, nobody described and no step made (bool for each code)."""
    found = moment.known.get("look_alikes.undescribed")
    if found is None:
        found = np.zeros(len(moment.codes), bool)
        for table, columns in NAMED.items():
            for column in columns if table != "aliases" else ():
                named = moment.named(table, column)
                if table in PERHAPS_CONTAINER and column == "item_id":
                    named = named & ~moment.named("packing", "container_id")
                found |= named
        for table in ("lots", "units", "production"):
            found &= ~moment.named(table, "item_id")
        moment.known["look_alikes.undescribed"] = found
    codes: Array = found
    return codes


def _containers(moment: Moment, items: Array) -> Array:
    """The containers in which these items were ever packed, nested ones too."""
    rows, _ = moment.rows_of("packing", "item_id", items)
    found = level = np.unique(moment.column("packing", "container_id")[rows]) if len(rows) else items[:0]
    while len(level):
        rows, _ = moment.rows_at("packing", "item_id", level)
        level = np.setdiff1d(moment.column("packing", "container_id")[rows], found) if len(rows) else items[:0]
        found = np.union1d(found, level).astype(np.int32)
    return found


def _lots(moment: Moment) -> tuple[Array, pa.Array, pa.Array]:
    """All described lots, with their ids folded, and unpadded."""
    known = moment.known.get("look_alikes.lots")
    if known is None:
        lots = np.flatnonzero(moment.named("lots", "item_id")).astype(np.int32)
        plain = folded(moment.codes.strings(lots))
        known = moment.known["look_alikes.lots"] = (lots, plain, unpadded(plain))
    found: tuple[Array, pa.Array, pa.Array] = known
    return found


def _like_one_of(moment: Moment, unknown: Array, targets: Array, inside: Array) -> list[tuple[int, int]]:
    """Pairs of a code that nobody described, outside of the answer, and the first target that it may stand for."""
    if len(unknown) > _COMPARED:
        return _matched(moment, unknown[~inside[unknown]], targets)
    if not len(unknown):
        return []
    # Whether a code may stand for a target does not depend on the scope: each target is looked at once, whoever asks.
    nothing = np.zeros((2, 0), np.int32)
    looked, known = moment.known.get("look_alikes.targets") or (np.zeros(len(moment.codes), bool), nothing)
    fresh = targets[~looked[targets]]
    if len(fresh):
        looked, known = looked.copy(), np.concatenate([known, _fitting(moment, unknown, fresh)], axis=1)
        looked[fresh] = True
        moment.known["look_alikes.targets"] = looked, known
    there = np.zeros(len(moment.codes), bool)
    there[targets] = True
    code, like = known[:, ~inside[known[0]] & there[known[1]]]
    names = moment.codes.strings(like)
    found: dict[int, tuple[str, int]] = {}
    for each, name, number in zip(code.tolist(), names, like.tolist(), strict=True):
        found[each] = min(found.get(each, (str(name), number)), (str(name), number))
    return [(each, number) for each, (_, number) in found.items()]


def _fitting(moment: Moment, codes: Array, targets: Array) -> Array:
    """Every pair of a code and another one among the targets that it may stand for: two rows of numbers."""
    short = unpadded(folded(moment.codes.strings(targets)))
    digits = long_numbers(short)
    pairs = [np.zeros((2, 0), np.int32)]
    for code, text in zip(codes.tolist(), moment.codes.strings(codes), strict=True):
        like = targets[Spelling(text or "").fits(short, digits)]
        like = like[like != code]
        pairs.append(np.stack([np.full(len(like), code, np.int32), like]))
    return np.concatenate(pairs, axis=1)


def _matched(moment: Moment, codes: Array, targets: Array, short: pa.Array | None = None) -> list[tuple[int, int]]:
    """Pairs of a code and the first target that it may stand for."""
    if not len(codes) or not len(targets):
        return []
    short = unpadded(folded(moment.codes.strings(targets))) if short is None else short
    if len(codes) > _COMPARED:
        at = pc.index_in(unpadded(folded(moment.codes.strings(codes))), value_set=short)
        hits = np.flatnonzero(pc.is_valid(at).to_numpy(zero_copy_only=False))
        return [(int(codes[hit]), int(targets[at[int(hit)].as_py()])) for hit in hits]
    digits = long_numbers(short)
    pairs = []
    for code, text in zip(codes.tolist(), moment.codes.strings(codes), strict=True):
        fits = Spelling(text or "").fits(short, digits)
        if len(fits):
            pairs.append((code, min(targets[fits].tolist(), key=lambda target: str(moment.codes.string(target)))))
    return pairs


def _alike(moment: Moment, lots: Array, plain: pa.Array, inside: Array) -> list[tuple[int, int]]:
    """Lots of one material (or of none) whose ids are the same but for case, space and width."""
    mine, others = np.flatnonzero(inside[lots]), np.flatnonzero(~inside[lots])
    if not len(mine) or not len(others):
        return []
    at = pc.index_in(plain.take(pa.array(others)), value_set=plain.take(pa.array(mine)))
    hits = np.flatnonzero(pc.is_valid(at).to_numpy(zero_copy_only=False))
    return [
        (int(lots[others[hit]]), int(lots[mine[at[int(hit)].as_py()]]))
        for hit in hits
        if _may_be_one(moment, int(lots[others[hit]]), int(lots[mine[at[int(hit)].as_py()]]))
    ]


def other_receipts(moment: Moment, items: list[str]) -> list[tuple[str, str]]:
    """Receipts of what may be the same supplier's lot as one of these lots, its number written otherwise: id and number.

    This tells of suppliers, and is not for who may not see them.
    """
    rows, numbers = moment.all_rows("lots"), moment.column("lots", "supplier_lot")
    starts = moment.codes.find(items)
    if not len(rows) or not len(numbers) or not (starts >= 0).any():
        return []
    item, told = moment.item_column("lots", "item_id", rows), numbers[rows]
    mine = np.flatnonzero(np.isin(item, starts[starts >= 0]) & (told >= 0))
    if not len(mine):
        return []
    spelled = spellings_of(moment, told)
    found: dict[str, str] = {}
    for place in mine.tolist():
        alike = np.flatnonzero((spelled == spelled[place]) & (told != told[place]) & ~np.isin(item, starts))
        for hit in alike.tolist():
            parties = moment.resolved("lots", "supplier_id", rows[[place, hit]]).tolist()
            if (min(parties) < 0 or parties[0] == parties[1]) and _may_be_one(moment, int(item[hit]), int(item[place])):
                found[str(moment.codes.string(int(item[hit])))] = str(moment.words.string(int(told[hit])))
    return sorted(found.items())


def spellings_of(moment: Moment, words: Array) -> Array:
    """Numbers of words such that those that may be one and the same written otherwise have one number; -1 stays -1."""
    different, which = np.unique(words, return_inverse=True)
    plain = unpadded(folded(moment.words.strings(different))).dictionary_encode()
    numbers: Array = pc.fill_null(plain.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)[which.reshape(-1)]
    return numbers


def _may_be_one(moment: Moment, one: int, other: int) -> bool:
    """Whether two lots are of one material, as far as it is recorded of both."""
    material = records(moment, np.array([one, other], np.int32)).material.tolist()
    return bool(min(material) < 0 or material[0] == material[1])
