"""An import replaces the whole graph; until it has succeeded, the earlier one waits aside and can come back.

Each step is one rename, so that whatever moment a process or the machine stops at, the folders' names say what to do.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from genealogy.stores.local_neo4j_folder import Folder


def set_aside(folder: Folder) -> None:
    """Move the graph of a stopped server out of the way of an import."""
    put_back(folder)
    whole, parts, _ = _names(folder)
    parts.mkdir(parents=True)
    _move(folder.store, _inside(parts))
    parts.rename(whole)


def put_back(folder: Folder) -> bool:
    """Bring back the graph that was set aside, in place of what an import that did not end well has left.

    Returns:
        Whether there was one.
    """
    whole, parts, done = _names(folder)
    shutil.rmtree(done, ignore_errors=True)
    if whole.exists():
        for unfinished in folder.store:
            shutil.rmtree(unfinished, ignore_errors=True)
        whole.rename(parts)
    if not parts.exists():
        return False
    _move(_inside(parts), folder.store)
    parts.rmdir()
    return True


def let_go(folder: Folder) -> None:
    """The import has succeeded: the earlier graph is not needed any more."""
    whole, _, done = _names(folder)
    whole.rename(done)
    shutil.rmtree(done)


def _names(folder: Folder) -> tuple[Path, Path, Path]:
    """The earlier graph: all of it is here; it is being moved, so some of it is here; it is not needed any more."""
    data = folder.root / "data"
    return data / "before-import", data / "before-import.moving", data / "before-import.done"


def _inside(parts: Path) -> tuple[Path, Path]:
    return parts / "databases", parts / "transactions"


def _move(sources: tuple[Path, Path], targets: tuple[Path, Path]) -> None:
    for source, target in zip(sources, targets, strict=True):
        if source.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            source.rename(target)
