"""Which aliases of a load would give one code two meanings, and which codes it makes units of measure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from genealogy.plant import TABLES
from genealogy.units import normal_unit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy.typing as npt

    from loaders.check import Checked

    InForce = Callable[[str], Mapping[str, Mapping[str, str]]]

UNITS = "unit_of_measure"


@dataclass(frozen=True)
class Aliases:
    """The aliases of a load, seen together with those in force.

    Attributes:
        conflicts: by number of the file, the rows whose code would get two meanings.
        units: codes that are units of measure by an alias once this load is in force.
        notes: what the person who loads should know.
    """

    conflicts: dict[int, npt.NDArray[np.bool_]]
    units: frozenset[str]
    notes: list[str]


def check_aliases(files: Sequence[tuple[int, Checked]], in_force: InForce) -> Aliases:
    """Find codes with two meanings, within the load or against what other systems already say.

    Args:
        files: the judged alias rows, with the number of each file in the load.
        in_force: for a kind of alias, by code and system what it means now.
    """
    conflicts = {number: np.zeros(len(checked.faults), bool) for number, checked in files}
    rows: dict[tuple[str, str, str], list[tuple[int, int, str | None]]] = defaultdict(list)
    for number, checked in files:
        columns = [checked.values[name].to_pylist() for name in ("kind", "code", "system", "means")]
        for row, (kind, code, system, means) in enumerate(zip(*columns, strict=True)):
            if not checked.faults[row]:
                rows[kind, code, system].append((number, row, None if checked.void[row] else means))
    # Rows of one key that disagree are a conflict anyway; here they say nothing.
    said = {key: {means for *_, means in stated} for key, stated in rows.items()}
    clear = {key: next(iter(means)) for key, means in said.items() if len(means) == 1}
    kinds = TABLES["aliases"].by_name["kind"].values
    known = {kind: in_force(kind) for kind in kinds if kind == UNITS or any(key[0] == kind for key in clear)}
    stated: dict[tuple[str, str], dict[str, str | None]] = defaultdict(dict)
    for (kind, code, system), means in clear.items():
        stated[kind, code][system] = means
    disputed = set()
    for (kind, code), systems in stated.items():
        if len(set({**known[kind].get(code, {}), **systems}.values()) - {None}) > 1:
            disputed.add((kind, code))
            for system in systems:
                for number, row, means in rows[kind, code, system]:
                    conflicts[number][row] = means is not None
    chained = _chained(clear, known)
    for number, row in [(number, row) for key in chained for number, row, _ in rows[key]]:
        conflicts[number][row] = True
    disputed |= {(kind, code) for kind, code, _ in chained}
    units = set()
    for code in {*known[UNITS], *(code for kind, code in stated if kind == UNITS)}:
        systems = stated.get((UNITS, code), {})
        if (UNITS, code) in disputed:
            systems = {system: means for system, means in systems.items() if means is None}
        if set({**known[UNITS].get(code, {}), **systems}.values()) - {None}:
            units.add(code)
    notes = [
        f"the alias {code} of {system} re-points a code that is a unit of its own: from now on it means {means}"
        for (kind, code, system), means in sorted(clear.items())
        if kind == UNITS and means and normal_unit(code) not in (None, normal_unit(means))
    ]
    notes += [
        f"the alias {code} of {system} means {clear[kind, code, system]}, but one of the two is itself another code for "
        "something: an alias names our own code, never another alias. Of two in one load neither counts; else what was "
        "loaded first stays, until a row withdraws it"
        for kind, code, system in sorted(chained)
    ]
    return Aliases(conflicts, frozenset(units), notes)


def _chained(
    clear: Mapping[tuple[str, str, str], str | None], known: Mapping[str, Mapping[str, Mapping[str, str]]]
) -> set[tuple[str, str, str]]:
    """Aliases that would make a chain: codes are resolved once, so what hangs on its middle would be lost.

    Within a load all links of the chain, whichever stands first; what is in force already stays.
    """
    codes = {(kind, code) for (kind, code, _), means in clear.items() if means is not None and means != code}
    withdrawn = {key for key, means in clear.items() if means is None}
    meant = {(kind, means) for (kind, code, _), means in clear.items() if means is not None and means != code}
    for kind, by_code in known.items():
        for code, systems in by_code.items():
            for system, means in systems.items():
                if (kind, code, system) not in withdrawn and means != code:
                    codes.add((kind, code))
                    meant.add((kind, means))
    return {
        (kind, code, system)
        for (kind, code, system), means in clear.items()
        if means is not None and means != code and ((kind, means) in codes or (kind, code) in meant)
    }
