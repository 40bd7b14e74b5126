"""Boundaries side by side: the full scope and what is left of it when it is narrowed, with what each would leave out."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from genealogy.country import country_of
from genealogy.narrow import narrow, removed_rows
from genealogy.narrow.flow import Flow
from genealogy.narrow.prices import prices, value
from genealogy.reach import Reach
from genealogy.scope import Findings
from genealogy.sentences import compared_lines, narrowed_line
from genealogy.snapshot.shipments import shipments

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from genealogy.evidence import Evidence
    from genealogy.narrow import Narrowing
    from genealogy.snapshot import Snapshot

Answered = dict[str, Any]


class Boundaries:
    """One full scope, and what is left of it within boundaries.

    Args:
        snapshot: the arrays.
        evidence: reads the facts.
        as_of: entry of the ledger.
        found: what the full scope found.
        compose: makes the answer of a scope from what was found.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        evidence: Evidence,
        as_of: int,
        found: Findings,
        compose: Callable[[Findings], Answered],
    ) -> None:
        self._snapshot, self._evidence, self._as_of, self._found, self._compose = (
            snapshot, evidence, as_of, found, compose,
        )  # fmt: skip
        self._links: Flow | None = None

    @cached_property
    def full(self) -> Answered:
        """The answer of the full scope."""
        return self._compose(self._found)

    def narrowed(self, narrowing: Narrowing) -> Answered:
        """The narrowed scope: the fields of a scope, the counts of the full one, what was removed and by which facts."""
        return self._narrowed(narrowing)[0]

    def beside(self, named: Sequence[tuple[str, Narrowing | None]], own: Collection[str]) -> Answered:
        """Several boundaries, the full scope first.

        Args:
            named: text of each boundary, and what it means; None is the full scope.
            own: parties of our own firm, to whom a shipment is a transfer.
        """
        lines = self._found.shipped
        shipments_ = lines.shipment_id.distinct()[0] if lines is not None else []
        known = prices(self._snapshot.moment(self._as_of), {text for text in shipments_ if text is not None})
        full = {"boundary": "full", "narrowing": {}, **_counts(self.full), "value": value(lines, known, own)}
        rows = [full | {"removed": None, "assumptions": []}]
        for text, narrowing in named:
            if narrowing is None:
                continue
            answer, found = self._narrowed(narrowing)
            of = answer["narrowed"]
            rows.append(
                {
                    "boundary": text,
                    "narrowing": of["asked"],
                    **_counts(answer),
                    "value": value(found.shipped, known, own),
                    "removed": of["removed"],
                    "assumptions": of["assumptions"],
                    "kept_without_times": len(of["kept_without_times"]),
                }
            )
        kept = ("starts", "as_of", "complete", "second_road", "differences", "started_from")
        answer = {name: self.full[name] for name in kept if name in self.full} | {"boundaries": rows}
        return answer | {"summary": compared_lines(answer)}

    @cached_property
    def _numbers(self) -> Any:
        """The number of each item reached; -1 of one that no fact names."""
        return self._snapshot.moment(self._as_of).codes.find(self._found.reach.ids)

    @cached_property
    def _reached(self) -> Any:
        """These without -1, ascending."""
        return _known(self._numbers)

    def _flow(self, starts: Any, steps: Any) -> Flow:
        """All links of the full scope, which no boundary changes."""
        if self._links is None:
            items = np.unique(np.concatenate([starts, self._reached]))
            self._links = Flow(self._snapshot.moment(self._as_of), items, steps)
        return self._links

    @cached_property
    def _finished(self) -> dict[str, set[str]]:
        """Ids of the finished units and lots of the full scope."""
        found: dict[str, set[str]] = {"unit": set(), "lot": set()}
        for row in self.full["items"]:
            if row["stage"] == "finished" and row["kind"] in found:
                found[row["kind"]].add(row["id"])
        return found

    def _narrowed(self, narrowing: Narrowing) -> tuple[Answered, Findings]:
        moment, full = self._snapshot.moment(self._as_of), self.full
        rows = full.get("started_from", [])
        starts, steps = (
            _known(moment.codes.find(ids))
            for ids in (full["starts"], sorted({s for row in rows for s in row["steps"]}))
        )
        result = narrow(moment, starts, steps, self._reached, narrowing, rows, self._flow(starts, steps))
        # What no fact names can be neither found nor removed in the arrays; it stays.
        found = self._restricted(np.isin(self._numbers, result.kept) | (self._numbers < 0))
        answer = self._compose(found)
        groups = removed_rows(moment, self._evidence, result, self._finished)
        lost = {row["party_id"] for row in full["consignees"]} - {row["party_id"] for row in answer["consignees"]}
        answer["gaps"] = full["gaps"]
        answer["narrowed"] = {
            "asked": narrowing.as_json(),
            "full": _counts(full),
            "removed": {
                "items": sum(len(group["items"]) for group in groups),
                "finished_units": sum(group["finished_units"] for group in groups),
                "finished_lots": sum(group["finished_lots"] for group in groups),
                "consignees": sorted(lost),
                "groups": groups,
            },
            "assumptions": result.assumptions,
            "kept_without_times": sorted(str(item) for item in moment.codes.strings(result.timeless)),
        }
        answer["summary"] = [narrowed_line(answer), *answer["summary"]]
        return answer, found

    def _restricted(self, stays: Any) -> Findings:
        """What was found of the starts and of the items reached that stay (bool)."""
        found, reach = self._found, self._found.reach
        chosen = np.flatnonzero(stays)
        some = chosen.tolist()
        less = Reach(
            [reach.ids[p] for p in some], [reach.depth[p] for p in some], [reach.tier[p] for p in some], reach.cycles
        )
        before = len(found.ids) - len(reach.ids)
        places = np.concatenate([np.arange(before), before + chosen])
        ids = [*found.ids[:before], *less.ids]
        # As columns: of 100,000 lines that is far quicker than one object a line.
        moment = self._snapshot.moment(self._as_of)
        numbers = moment.codes.find(ids)
        lines = shipments(moment, numbers[numbers >= 0])
        return Findings(less, ids, found.described.at(places), lines)


def _known(numbers: Any) -> Any:
    return np.unique(numbers[numbers >= 0]).astype(np.int64)


def _counts(answer: Answered) -> Answered:
    """How much a scope is, in every way in which boundaries are compared."""
    customers = [
        row for row in answer["consignees"] if row["role"] is None or "customer" in row["role"].split("|")
    ]  # fmt: skip
    return {
        "items": len(answer["items"]),
        "finished_units": answer["finished_units"],
        "finished_lots": answer["finished_lots"],
        "finished_quantity": answer["finished_quantity"],
        "customers": {
            "proven": len({row["party_id"] for row in customers if row["certainty"] == "proven"}),
            "possible": len(
                {row["party_id"] for row in customers}
                - {row["party_id"] for row in customers if row["certainty"] == "proven"}
            ),
        },
        "countries": sorted({country_of(row["country"]) or "" for row in customers if row["country"]}),
        "consignees": len({row["party_id"] for row in answer["consignees"]}),
    }
