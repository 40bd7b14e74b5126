"""What commands share: opening the engine from the environment, and reading a moment."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

import typer

from api.output import Format, print_answer, say
from genealogy.errors import InputError, StoreOwnedError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from genealogy.answer import Answer
    from genealogy.engine import Engine
    from genealogy.settings import Settings
from genealogy.wording import Option, said

JSON = typer.Option(False, "--json", help="Print one JSON object.")
AS_OF = typer.Option(None, "--as-of", help="As it stood at this entry, or at this recording time (ISO 8601).")


def open_engine(*, demo: bool = False, anew: bool = False, follow: bool = True) -> Engine:
    """The engine of GENEALOGY_HOME and GENEALOGY_STORE.

    Where a running service owns the home, it does the command instead, and this process ends with its exit code.
    """
    from api.forwarding.lent import Borrowed, lent
    from genealogy.settings import Settings

    surroundings = lent()
    if surroundings is not None:
        return cast("Engine", Borrowed(surroundings))
    settings = Settings.from_environment()
    try:
        return _open(settings, demo=demo, anew=anew, follow=follow)
    except StoreOwnedError:
        from api.forwarding.forward import forwarded

        code = forwarded(settings.home, sys.argv[1:])
        if code is None:
            raise
        raise SystemExit(code) from None


def _open(settings: Settings, *, demo: bool, anew: bool, follow: bool) -> Engine:
    from genealogy.engine import Engine

    return Engine.open(
        settings.home,
        settings.store,
        username=settings.username,
        password=settings.password,
        database=settings.database,
        demo=demo,
        anew=anew,
        follow=follow,
        progress=say,
    )


def moment(text: str | None, name: str = "as-of") -> int | datetime | None:
    """What ``--as-of``, or another option of this name, says: a sequence, or a recording time; without an offset it is UTC."""
    if text is None:
        return None
    if text.isascii() and text.isdigit():
        return int(text)
    try:
        found = datetime.fromisoformat(text)
    except ValueError as cause:
        raise InputError(
            said(
                Option(name),
                f" {text!r} is neither an entry nor a time. Give a number, or a time such as 2026-05-01T12:00:00Z.",
            )
        ) from cause
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def form_of(form: Format | None, as_json: bool, as_csv: bool) -> Format:
    """The form that a command was asked to print in."""
    return form or (Format.JSON if as_json else Format.CSV if as_csv else Format.TABLE)


def give(answer: Answer, form: Format, render: Callable[[dict[str, Any], str], str]) -> None:
    """Print an answer, and end the command with 6 where the answer is incomplete."""
    print_answer(answer, form, render)
    end_incomplete(answer)


def give_text(answer: Answer, as_json: bool, render: Callable[[dict[str, Any]], str]) -> None:
    """The same of an answer that is text or JSON, and no table."""
    give(answer, Format.JSON if as_json else Format.TABLE, lambda flat, _: render(flat))


def end_incomplete(answer: Answer) -> None:
    """End the command with 6 where the answer is incomplete."""
    if not answer.complete:
        raise typer.Exit(6)
