"""No option of one value is given twice in silence: over all commands, and all their options."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import typer
from typer.core import TyperOption

from api.cli import app

if TYPE_CHECKING:
    from collections.abc import Iterator


def commands(command: Any, names: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """All commands, those of groups too, each with its words."""
    if hasattr(command, "commands"):
        for name, part in command.commands.items():
            yield from commands(part, (*names, name))
    else:
        yield names, command


COMMANDS = list(commands(typer.main.get_command(app)))
SINGLE = [
    (names, command, name)
    for names, command in COMMANDS
    for option in command.params
    if isinstance(option, TyperOption) and not option.multiple and not option.is_flag
    for name in option.opts
]


def test_there_are_commands_and_options() -> None:
    assert len(COMMANDS) > 30
    assert len(SINGLE) > 60
    assert {" ".join(names) for names, _, _ in SINGLE} >= {"load", "trace", "log", "balance", "graph", "serve"}


@pytest.mark.parametrize(
    ("names", "command", "option"), SINGLE, ids=lambda each: str(each) if isinstance(each, str) else ""
)
def test_an_option_of_one_value_is_refused_when_given_twice(names: tuple[str, ...], command: Any, option: str) -> None:
    with pytest.raises(typer.BadParameter, match="takes one value and was given 2 times"):
        command.make_context(" ".join(names), [option, "1", option, "2"])
    (known,) = [each for each in command.params if option in each.opts]
    for other in known.opts:  # another name of the same option is the same option
        with pytest.raises(typer.BadParameter, match="given 2 times"):
            command.make_context(" ".join(names), [option, "1", other, "1"])


@pytest.mark.parametrize(("names", "command"), COMMANDS, ids=[" ".join(names) for names, _ in COMMANDS])
def test_a_switch_may_stand_twice(names: tuple[str, ...], command: Any) -> None:
    for option in command.params:
        if isinstance(option, TyperOption) and option.is_flag and option.name not in ("help", "version"):
            said = ""
            try:
                command.make_context(" ".join(names), [option.opts[0], option.opts[0]])
            except typer.BadParameter as error:  # an argument is missing
                said = str(error)
            assert "given 2 times" not in said
