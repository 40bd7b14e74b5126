"""Commands that bring facts in: load, template, sample, demo."""

from __future__ import annotations

from pathlib import Path

import typer

from api.commands.common import JSON, end_incomplete, open_engine
from api.forwarding.lent import acting, at_home, placed, placed_mapping
from api.output import Format, print_answer, print_json, say
from genealogy.errors import InputError


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(load)
    app.command()(template)
    app.command()(sample)
    app.command()(demo)


def load(
    paths: list[Path] = typer.Argument(..., metavar="PATH..", help="Files or folders of tables.", show_default=False),
    form: str = typer.Option("plant", "--format", help="Format of the files."),
    mapping: str | None = typer.Option(
        None, help="Mapping file (TOML), or the name of one that comes with the program."
    ),
    zone: str | None = typer.Option(None, help="Time zone of times without an offset (Europe/Berlin, +02:00)."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Check everything, change nothing."),
    as_json: bool = JSON,
) -> None:
    """Load plant tables, or any table by a mapping file. Exit code 3: some rows are in quarantine."""
    import loaders
    from viz.table import load_text

    if form not in loaders.FORMATS:
        raise InputError(f"--format {form!r} is not known. Known are: {', '.join(loaders.FORMATS)}.")
    with open_engine() as engine:
        report = loaders.load(
            engine, [placed(path) for path in paths], mapping=placed_mapping(mapping), zone=zone, dry_run=dry_run,
            progress=say, actor=acting(),
        )  # fmt: skip
    report["quarantine"] = at_home(report["quarantine"])
    if as_json:
        print_json(report)
    else:
        typer.echo(load_text(report), nl=False)
    # Rows of earlier loads that were judged again and refused again count as well: the load leaves them there.
    if any(told["quarantined"] for told in (*report["files"], *report["judged_again"])):
        raise typer.Exit(3)


def template(
    folder: Path = typer.Argument(..., help="Folder for the empty tables.", show_default=False),
) -> None:
    """Write empty tables of the plant format. A file beside them describes each column."""
    from loaders.template import write_templates

    write_templates(folder)
    say(f"Empty tables, and columns.csv that describes each column, are in {folder}.")


def sample(
    out: Path = typer.Argument(
        ..., help="Folder for the plant: new, empty, or with an earlier sample in it.", show_default=False
    ),
    seed: int = typer.Option(1, help="The same seed gives the same bytes."),
    units: int = typer.Option(20_000, help="Serialised finished units."),
) -> None:
    """Write the sample plant, and the truth about it. A maker of sterile single-use devices."""
    from loaders.sample import write_sample

    if out.is_dir() and any(out.iterdir()) and not (out / "truth" / "truth.json").is_file():
        raise InputError(f"{out} holds something that is no sample plant, perhaps real tables. Choose a new folder.")
    write_sample(out, seed=seed, units=units, progress=say)
    say(f"The plant is in {out}, what is true of it in {out / 'truth'}.")


def demo(as_json: bool = JSON) -> None:
    """Load the sample plant and ask which units hold a bad lot. In a demo home; says what to try next."""
    from api.demo import run_demo, try_next
    from viz.table import scope_text

    with open_engine(demo=True) as engine:
        answer, question, home = run_demo(engine, say)
    print_answer(answer, Format.JSON if as_json else Format.TABLE, scope_text)
    if not as_json:
        typer.echo("\n" + try_next(answer, question, home))
    end_incomplete(answer)
