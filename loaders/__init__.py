"""HOW FACTS COME IN: files of a source format become facts, quarantined rows and a report that counts every row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from genealogy.engine import Engine
    from loaders.discover import Given
    from loaders.quarantine import QuarantinedRow

FORMATS = ("plant",)
"""Formats of files that can be loaded."""


def load(
    engine: Engine,
    paths: Sequence[str | Path | Given],
    *,
    mapping: str | Path | Given | None = None,
    zone: str | None = None,
    dry_run: bool = False,
    progress: Callable[[str], None] | None = None,
    actor: str | None = None,
    rejected: Callable[[Sequence[QuarantinedRow]], object] | None = None,
) -> dict[str, Any]:
    """Load files or folders of plant tables as one entry of the ledger (see ``loaders.one_load.load``)."""
    # Not a module named like this function: once imported, it would stand in its place.
    from loaders.one_load import load as run

    return run(
        engine, paths, mapping=mapping, zone=zone, dry_run=dry_run, progress=progress, actor=actor, rejected=rejected
    )
