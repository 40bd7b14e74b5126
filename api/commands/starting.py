"""Options of a scope that starts from something else than items."""

from __future__ import annotations

import inspect
from functools import wraps
from typing import TYPE_CHECKING, Any, get_type_hints

import typer

from genealogy.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from genealogy.engine import Engine
    from genealogy.starts.asked import Asked
    from genealogy.starts.question import Start

STEP = typer.Option(None, "--step", help="A step; may be given several times.")
EQUIPMENT = typer.Option(None, "--equipment", help="Steps that ran on this equipment; may be given several times.")
CALIBRATION_LAPSE = typer.Option(False, "--calibration-lapse", help="Steps on equipment after its calibration ended.")
PARAMETER = typer.Option(
    None, "--parameter", help="Steps with readings of this parameter; with --outside, --low, --high."
)
OUTSIDE = typer.Option(False, "--outside", help="Readings outside the limits recorded with them.")
LOW = typer.Option(None, "--low", help="Instead: readings below this.")
HIGH = typer.Option(None, "--high", help="Instead: readings above this.")
UNIT = typer.Option(None, "--unit", help="Unit of --low and --high; without it, that of the readings.")
DOCUMENT = typer.Option(None, "--document", help="Steps that followed this recipe or procedure.")
VERSION = typer.Option(None, "--version", help="Only this version of the document.")
OPERATOR = typer.Option(None, "--operator", help="Steps that this person did.")
PLACE = typer.Option(None, "--place", help="What was at this place.")
SUPPLIER = typer.Option(None, "--supplier", help="What this supplier delivered.")
MATERIAL = typer.Option(None, "--material", help="Only deliveries of this material.")
FROM = typer.Option(None, "--from", "--since", help="Beginning of the interval; a date is the whole day, in UTC.")
TO = typer.Option(None, "--to", "--until", help="End of the interval, included.")

START_FROM = typer.Option(
    None, "--start-from", help="Beginning of the interval of starts that are no items; a date is the whole day, in UTC."
)
START_TO = typer.Option(None, "--start-to", help="End of that interval, included.")
START_UNIT = typer.Option(None, "--start-unit", help="Unit of --low and --high; without it, that of the readings.")

ONLY_AFTER = typer.Option(
    None, "--only-after", help="Narrow: only what was made then or later. A date counts from its start."
)
MADE_FROM = typer.Option(None, "--made-from", help="Narrow: only what was made from then on.")
MADE_TO = typer.Option(None, "--made-to", help="Narrow: only what was made until then.")
ONLY_EQUIPMENT = typer.Option(None, "--only-equipment", help="Narrow: only what passed through this equipment.")
ONLY_PARAMETER = typer.Option(
    None, "--only-parameter", help="Narrow: only what passed a step with this outside its limits."
)
ONLY_LINE_NO = typer.Option(
    None, "--only-line-no", "--only-sublot", help="Narrow: only this line number (drum, reel) of the items."
)
CLEANING = typer.Option(False, "--cleaning", help="Narrow: steps on the equipment only up to its first cleaning.")
KILL_STEP = typer.Option(None, "--kill-step", help="Narrow: nothing passes through steps of this kind or operation.")

_OPTIONS: tuple[tuple[str, Any, Any], ...] = (
    ("steps", list[str], STEP),
    ("equipment", list[str], EQUIPMENT),
    ("calibration_lapse", bool, CALIBRATION_LAPSE),
    ("parameters", list[str], PARAMETER),
    ("outside", bool, OUTSIDE),
    ("low", str | None, LOW),
    ("high", str | None, HIGH),
    ("documents", list[str], DOCUMENT),
    ("version", str | None, VERSION),
    ("operators", list[str], OPERATOR),
    ("places", list[str], PLACE),
    ("suppliers", list[str], SUPPLIER),
    ("materials", list[str], MATERIAL),
)


def with_starts(
    *, since: Any = FROM, until: Any = TO, unit: Any = UNIT
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A command with the options of every start, in the place of its parameter ``asked``, which is what they say together.

    ``since`` and ``until`` are the options of the interval, ``unit`` the one of limits, where --from, --to or --unit means
    something else there.
    """
    others = (("limit_unit", str | None, unit), ("since", str | None, since), ("until_", str | None, until))
    options = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=option, annotation=kind)
        for name, kind, option in (*_OPTIONS, *others)
    ]

    def adorned(command: Callable[..., None]) -> Callable[..., None]:
        kinds = get_type_hints(command, localns={"Asked": object})
        parameters = []
        for known in inspect.signature(command).parameters.values():
            own = known.replace(annotation=kinds[known.name], kind=inspect.Parameter.KEYWORD_ONLY)
            parameters += options if known.name == "asked" else [own]

        @wraps(command)
        def run(**given: Any) -> None:
            said = {option.name: given.pop(option.name) for option in options}
            limits = tuple(said.pop(name) for name in ("outside", "low", "high", "limit_unit"))
            command(asked=asked_of(limits=limits, until=said.pop("until_"), **said), **given)

        del run.__wrapped__  # who reads the signature must see the options
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {each.name: each.annotation for each in parameters}
        return run

    return adorned


def asked_of(
    steps: list[str] | None,
    equipment: list[str] | None,
    parameters: list[str] | None,
    limits: tuple[bool, str | None, str | None, str | None],
    documents: list[str] | None,
    version: str | None,
    operators: list[str] | None,
    places: list[str] | None,
    calibration_lapse: bool,
    suppliers: list[str] | None,
    materials: list[str] | None,
    since: str | None,
    until: str | None,
) -> Asked:
    """The starts of a command that are no items, as they were typed; ``limits``: --outside, --low, --high, --unit."""
    from genealogy.starts.asked import Asked

    outside, low, high, unit = limits
    return Asked(
        steps=tuple(steps or ()),
        equipment=tuple(equipment or ()),
        parameters=tuple(parameters or ()),
        outside=outside,
        low=low,
        high=high,
        unit=unit,
        documents=tuple(documents or ()),
        version=version,
        operators=tuple(operators or ()),
        places=tuple(places or ()),
        calibration_lapse=calibration_lapse,
        suppliers=tuple(suppliers or ()),
        materials=tuple(materials or ()),
        since=since,
        until=until,
    )


def also_from(
    engine: Engine, asked: Asked, at: int | datetime | None, items: list[str] | None, called: str
) -> list[Start]:
    """What is asked from beside items; an error where a command names neither."""
    also = engine.starts(asked, at)
    if not items and not also:
        raise InputError(f"Say from what: {called}, or one of --step, --equipment, --parameter, --document, --place ..")
    return also
