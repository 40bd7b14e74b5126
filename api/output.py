"""What a command prints: answers on stdout, words about the work on stderr."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from genealogy.answer import Answer
    from genealogy.errors import GenealogyError


class Format(StrEnum):
    """How an answer is printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def say(text: str) -> None:
    """A word about the work, on stderr."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201


def print_json(value: dict[str, Any]) -> None:
    """One flat object on stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def print_answer(answer: Answer, form: Format, render: Callable[[dict[str, Any], str], str]) -> None:
    """An answer in the form that was asked for; ``render`` makes the text of a table or CSV."""
    if form is Format.JSON:
        print_json(answer.flat())
    else:
        sys.stdout.write(render(answer.flat(), form.value))


def print_error(error: GenealogyError, *, as_json: bool) -> None:
    """What went wrong: the sentence on stderr; the candidates of an item that is not one also on stdout, as data."""
    from genealogy.errors import AmbiguousItemError, ItemNotFoundError

    say(f"genealogy: {error}")
    if isinstance(error, AmbiguousItemError):
        if as_json:
            print_json({"candidates": error.candidates})
        else:
            for candidate in error.candidates:
                named = ", ".join(f"{name} {value}" for name, value in candidate.items() if name != "id" and value)
                sys.stdout.write(f"  id:{candidate['id']}  ({named})\n")
    elif isinstance(error, ItemNotFoundError) and as_json:
        print_json({"candidates": error.candidates})
    elif isinstance(error, ItemNotFoundError):
        for candidate in error.candidates:
            named = ", ".join(value for name, value in candidate.items() if name not in ("id", "kind") and value)
            sys.stdout.write(f"  {candidate['kind']} {candidate['id']}" + (f"  ({named})\n" if named else "\n"))
