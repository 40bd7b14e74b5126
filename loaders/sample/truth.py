"""The known answer that stands beside the plant: what the chosen supplier lots reached, noted while it was made.

Each lot and unit carries, from the moment it is made, one bit for every receipt of a chosen supplier lot that went into
it. Nothing here reads the written tables: the truth follows from how the plant was built, so it can score an engine
that only sees the tables.
"""

from __future__ import annotations

import hashlib
import json
from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

FULL_LISTS_UP_TO = 50_000
"""Plants of up to so many units also get the full list of ids for every chosen receipt."""

_INTERMEDIATE, _FINISHED_LOT, _UNIT = 0, 1, 2


@dataclass(slots=True)
class _Supplied:
    """A chosen supplier lot: its receipts, in the order in which they arrived, and their bits."""

    name: str
    supplier: str
    supplier_lot: str
    receipts: dict[str, int] = field(default_factory=dict)


class Truth:
    """What is known to be true of the plant.

    Attributes:
        anomalies: what a real plant's records get wrong, planted once each.
        phenomena: notable things that are right, each with where it stands.
    """

    def __init__(self) -> None:
        self.anomalies: list[dict[str, Any]] = []
        self.phenomena: dict[str, Any] = {"excursions": []}
        self._chosen: dict[str, _Supplied] = {}
        self._bits = 0
        self._ids: list[str] = []
        self._reach = array("Q")
        self._kind = array("b")
        self._proven: dict[str, int] = {}
        self._possible: dict[str, int] = {}

    def choose(self, name: str, supplier: str, supplier_lot: str, item_id: str) -> int:
        """The bit of a new receipt of a chosen supplier lot; from here on it is carried by all that it goes into."""
        supplied = self._chosen.setdefault(name, _Supplied(name, supplier, supplier_lot))
        bit = 1 << self._bits
        self._bits += 1
        supplied.receipts[item_id] = bit
        return bit

    def lot(self, item_id: str, reach: int, *, finished: bool) -> None:
        """A lot was made that these receipts reached."""
        if reach:
            self._note(item_id, reach, _FINISHED_LOT if finished else _INTERMEDIATE)

    def units(self, item_ids: list[str], reach: Sequence[int]) -> None:
        """Units were made, each with its own reach; those that no chosen receipt reached are passed over."""
        for item_id, bits in zip(item_ids, reach, strict=True):
            if bits:
                self._note(item_id, bits, _UNIT)

    def _note(self, item_id: str, reach: int, kind: int) -> None:
        self._ids.append(item_id)
        self._reach.append(reach)
        self._kind.append(kind)

    def shipped(self, party: str, proven: int, possible: int = 0) -> None:
        """Something that these receipts reached (or that may be what they reached) was shipped to a party."""
        self._proven[party] = self._proven.get(party, 0) | proven
        self._possible[party] = self._possible.get(party, 0) | possible

    def write(self, folder: Path, head: dict[str, Any], countries: dict[str, str], *, full: bool) -> dict[str, Any]:
        """Write ``truth.json`` and, for small plants, the full lists; returns what ``truth.json`` holds."""
        lists = folder / "forward"
        lists.mkdir(parents=True, exist_ok=True)
        chosen = []
        for supplied in self._chosen.values():
            every = sum(supplied.receipts.values())
            receipts = []
            for item_id, bit in supplied.receipts.items():
                receipts.append({"item_id": item_id} | self._answer(bit, countries, lists / item_id if full else None))
            whole = lists / supplied.name
            chosen.append(
                {
                    "name": supplied.name,
                    "supplier_id": supplied.supplier,
                    "supplier_lot": supplied.supplier_lot,
                    "item_ids": list(supplied.receipts),
                    **self._answer(every, countries, whole if full else None),
                    "receipts": receipts,
                }
            )
        demo = next(entry for entry in chosen if entry["name"] == "demo")
        answer = head | {
            "demo": {key: demo[key] for key in ("supplier_id", "supplier_lot", "item_ids")},
            "anomalies": self.anomalies,
            "phenomena": self.phenomena,
            "chosen": chosen,
        }
        (folder / "truth.json").write_bytes((json.dumps(answer, indent=1, sort_keys=True) + "\n").encode())
        return answer

    def _answer(self, bits: int, countries: dict[str, str], lists: Path | None) -> dict[str, Any]:
        reached = sorted(
            (item_id, kind)
            for item_id, reach, kind in zip(self._ids, self._reach, self._kind, strict=True)
            if reach & bits
        )
        items = [item_id for item_id, _ in reached]
        if lists is not None:
            lists.with_name(lists.name + ".txt").write_bytes("".join(f"{item}\n" for item in items).encode())
        consignees = []
        for party in sorted(self._proven):
            proven, possible = self._proven[party] & bits, self._possible[party] & bits
            if proven or possible:
                certainty = "proven" if proven else "possible"
                consignees.append({"party_id": party, "country": countries[party], "certainty": certainty})
        return {
            "forward": _digest(items),
            "finished_units": _digest([item_id for item_id, kind in reached if kind == _UNIT]),
            "finished_lots": _digest([item_id for item_id, kind in reached if kind == _FINISHED_LOT]),
            "consignees": consignees,
        }


def _digest(sorted_ids: list[str]) -> dict[str, Any]:
    """How many ids, and the SHA-256 of them joined by line feeds."""
    digest = hashlib.sha256()
    for start in range(0, len(sorted_ids), 10_000):
        digest.update(("\n" if start else "").encode() + "\n".join(sorted_ids[start : start + 10_000]).encode())
    return {"count": len(sorted_ids), "sha256": digest.hexdigest()}
