"""The process that the crash tests kill: it opens a home, tells what it holds, and loads on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from genealogy.engine import Engine
from loaders import load

if TYPE_CHECKING:
    from multiprocessing.connection import Connection as Pipe

Where = tuple[Path, str, dict[str, str]]
"""Folder of the home, store, credentials."""


def run(home: Where, folders: list[Path], zone: str, pipe: Pipe, *, verify: bool) -> None:
    """Open, tell what is there, load the rest, telling each acknowledged load, until somebody kills this process."""
    folder, store, credentials = home
    engine = Engine.open(folder, store, **dict[str, Any](credentials))
    problem = engine.verify().problem if verify else None
    pipe.send(("holds", engine.head, engine.content_digest(), engine.history_digest(), problem))
    for number in range(engine.head, len(folders)):
        load(engine, [folders[number]], zone=zone)
        pipe.send(("acknowledged", number + 1))
    engine.close()
    pipe.send(("done",))
