"""Options that take one value are given once: of two values, neither is dropped in silence."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import typer
from typer.core import TyperCommand, TyperOption

if TYPE_CHECKING:
    from typing import Any


def once_everywhere(app: typer.Typer) -> None:
    """Give all commands of an application this rule, those of its groups too; one that is added later lacks it."""
    for command in app.registered_commands:
        command.cls = Once
    for group in app.registered_groups:
        if group.typer_instance is not None:
            once_everywhere(group.typer_instance)


class Once(TyperCommand):
    """A command that refuses an option of one value that is given several times; of a switch, twice is as good as once."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the words of the command line.

        Raises:
            typer.BadParameter: an option that takes one value is there several times.
        """
        order: list[Any] = self.make_parser(ctx).parse_args(args=list(args))[2]
        for option, count in Counter(order).items():
            if isinstance(option, TyperOption) and not (option.multiple or option.is_flag) and count > 1:
                raise typer.BadParameter(
                    f"{option.opts[0]} takes one value and was given {count} times. Give it once, or ask {count} times.",
                    ctx,
                )
        return super().parse_args(ctx, args)
