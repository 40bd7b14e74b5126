"""Options of a scope that starts from something else than items."""

from __future__ import annotations

import typer

STEP = typer.Option(None, "--step", help="A step; may be given several times.")
EQUIPMENT = typer.Option(None, "--equipment", help="Steps that ran on this equipment.")
CALIBRATION_LAPSE = typer.Option(False, "--calibration-lapse", help="Steps on equipment after its calibration ended.")
PARAMETER = typer.Option(
    None, "--parameter", help="Steps with readings of this parameter; with --outside, --low, --high."
)
OUTSIDE = typer.Option(False, "--outside", help="Readings outside the limits recorded with them.")
LOW = typer.Option(None, "--low", help="Instead: readings below this.")
HIGH = typer.Option(None, "--high", help="Instead: readings above this.")
UNIT = typer.Option(None, "--unit", help="Unit of --low and --high; without it, that of each reading.")
DOCUMENT = typer.Option(None, "--document", help="Steps that followed this recipe or procedure.")
VERSION = typer.Option(None, "--version", help="Only this version of the document.")
OPERATOR = typer.Option(None, "--operator", help="Steps that this person did.")
PLACE = typer.Option(None, "--place", help="What was at this place.")
SUPPLIER = typer.Option(None, "--supplier", help="What this supplier delivered.")
MATERIAL = typer.Option(None, "--material", help="Only deliveries of this material.")
FROM = typer.Option(None, "--from", help="Beginning of the interval; a date is the whole day, in UTC.")
TO = typer.Option(None, "--to", help="End of the interval, included.")

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
