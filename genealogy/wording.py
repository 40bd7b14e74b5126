"""What to do about something, in words of no door: each door says it in its own.

A message that asks for an option or a command names it by ``Option`` and ``Command``. As a text it reads as the command line
says it; ``worded`` says it as another door does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Option:
    """Something that a question or a load may be given.

    Attributes:
        name: as the command line has it, without dashes.
        value: what it is given; empty where only the name is meant.
        boundary: it is a word of a boundary, which every door writes alike.
    """

    name: str
    value: str = ""
    boundary: bool = False

    def __str__(self) -> str:
        return f"--{self.name} {self.value}".rstrip()


@dataclass(frozen=True, slots=True)
class Command:
    """Something that the program does.

    Attributes:
        name: of the command, such as ``rebuild`` or ``people list``.
        more: what follows it on the command line.
    """

    name: str
    more: str = ""

    def __str__(self) -> str:
        return f"`genealogy {self.name} {self.more}".rstrip() + "`"


Part = str | Option | Command


class Said(str):
    """A message of parts; as a text it is what the command line says."""

    __slots__ = ("parts",)
    parts: tuple[Part, ...]


def said(*parts: object) -> Said:
    """A message from texts, options and commands.

    >>> said("take all of them with ", Option("all"), ".")
    'take all of them with --all.'
    """
    flat: list[Part] = []
    for part in parts:
        if isinstance(part, Said):
            flat += part.parts
        else:
            flat.append(part if isinstance(part, (Option, Command)) else str(part))
    made = Said("".join(map(str, flat)))
    made.parts = tuple(flat)
    return made


def worded(message: object, way: Callable[[Option | Command], str]) -> str:
    """A message, or an error, as a door says it; one that names no option and no command as it is.

    >>> worded(said("run ", Command("rebuild"), "."), lambda each: each.name.upper())
    'run REBUILD.'
    """
    text = message_of(message) if isinstance(message, Exception) else message
    if not isinstance(text, Said):
        return str(text)
    return "".join(part if isinstance(part, str) else way(part) for part in text.parts)


def message_of(error: Exception) -> str:
    """What an error says; with its options and commands, where it names any."""
    text = error.args[0] if error.args else ""
    return text if isinstance(text, Said) else str(error)


def parts_of(error: Exception) -> tuple[Part, ...]:
    """The parts of what an error says, to be said again within another message."""
    text = message_of(error)
    return text.parts if isinstance(text, Said) else (text,)
