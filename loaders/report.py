"""What a load tells of its files: one row a file, however many plant tables came out of it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from loaders.quarantine import QuarantinedRow

COUNTS = ("read", "accepted", "unchanged", "quarantined")


def by_file(counts: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row a file: the sums of its tables, and the tables in it with their own counts.

    Args:
        counts: for each table of each file ``file``, ``table``, ``read``, ``accepted``, ``unchanged``, ``quarantined``,
            and behind a mapping ``source_rows`` (the rows of the file, the same for each of its tables) and ``not_facts``.
    """
    files: dict[str, dict[str, Any]] = {}
    for count in counts:
        file = files.setdefault(count["file"], {"file": count["file"], **dict.fromkeys(COUNTS, 0), "tables": []})
        _add(file, count)
        table = next((known for known in file["tables"] if known["table"] == count["table"]), None)
        if table is None:
            table = {"table": count["table"], **dict.fromkeys(COUNTS, 0)}
            file["tables"].append(table)
        _add(table, count)
        if "sha256" in count:
            file["sha256"] = count["sha256"]
    return list(files.values())


def rules(rows: Sequence[QuarantinedRow]) -> dict[str, int]:
    """How many rows broke which rule."""
    return dict(sorted(Counter(row.rule for row in rows).items()))


def _add(total: dict[str, Any], count: dict[str, Any]) -> None:
    for name in (*COUNTS, "not_facts"):
        if name in count:
            total[name] = total.get(name, 0) + count[name]
    if "source_rows" in count:
        total["source_rows"] = max(total.get("source_rows", 0), count["source_rows"])
