"""A command that another process asked for: it uses the engine that is open here, and says what it says over there.

The command line asks a running service that owns the home (see ``api.forwarding.forward``). The command itself is the same;
only where its engine comes from, who acts, and where relative paths begin, is told here.
"""

from __future__ import annotations

import io
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from genealogy.engine import Engine
    from loaders.discover import Given


@dataclass(frozen=True, slots=True)
class Lent:
    """The surroundings of such a command.

    Attributes:
        engine: that is open here.
        actor: who acts.
        directory: where the other process stands.
        home: as the other process writes it.
        changes: whether the command changes something, and so is no question as of one moment.
        say: takes what the command writes: which stream ("out" or "err"), and the text.
    """

    engine: Engine
    actor: str
    directory: Path
    home: str
    changes: bool
    say: Callable[[str, str], None]


_lent: ContextVar[Lent | None] = ContextVar("lent", default=None)


def lent() -> Lent | None:
    """The surroundings, where another process asked."""
    return _lent.get()


@contextmanager
def lending(surroundings: Lent) -> Iterator[None]:
    """A command of another process is run in this context."""
    token = _lent.set(surroundings)
    try:
        yield
    finally:
        _lent.reset(token)


class Borrowed:
    """The engine for one such command; it stays open."""

    def __init__(self, surroundings: Lent) -> None:
        self._of = surroundings

    def __enter__(self) -> Engine:
        if not self._of.changes:
            self._of.engine.asking.__enter__()
        return self._of.engine

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if not self._of.changes:
            self._of.engine.asking.__exit__(kind, *rest)


def placed(path: Path) -> Path | Given:
    """A path as it was given, found from where it was given."""
    found = lent()
    if found is None:
        return path
    from loaders.discover import Given

    return Given(found.directory / path, str(path))


def placed_out(path: Path) -> Path:
    """Where to write what is kept under a path as it was given; the service writes it as its owner, as the command would."""
    found = lent()
    return path if found is None else found.directory / path


def placed_mapping(mapping: str | None) -> str | Given | None:
    """A mapping: a file as it was given, or the name of one that comes with the program."""
    found = lent()
    if found is None or mapping is None or not (found.directory / mapping).is_file():
        return mapping
    from loaders.discover import Given

    return Given(found.directory / mapping, mapping)


def acting() -> str | None:
    """Who acts; None: whoever opened the home."""
    found = lent()
    return None if found is None else found.actor


def at_home(path: str | None) -> str | None:
    """A path in the home, as whoever asked writes the home."""
    found = lent()
    if found is None or path is None:
        return path
    home = str(found.engine.home)
    return str(Path(found.home) / Path(path).relative_to(home)) if path.startswith(home) else path


class Routed(io.TextIOBase):
    """A standard stream: what a command of another process writes goes there, everything else where it always went.

    Args:
        real: where it always went.
        name: "out" or "err".
    """

    def __init__(self, real: Any, name: str) -> None:
        self._real, self._name = real, name

    def write(self, text: str) -> int:
        """Write where it belongs."""
        found = lent()
        if found is None:
            return int(self._real.write(text))
        found.say(self._name, text)
        return len(text)

    def flush(self) -> None:
        """Nothing is held back for others."""
        if lent() is None:
            self._real.flush()

    def isatty(self) -> bool:
        """Whether a person looks at it."""
        return lent() is None and bool(self._real.isatty())

    def fileno(self) -> int:
        """Of the real stream."""
        return int(self._real.fileno())

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """Of its text."""
        return "utf-8"
