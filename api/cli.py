"""The command line: reads words, asks the engine, prints. Heavy libraries are imported by the command that needs them."""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from itertools import pairwise

import typer

from api.commands import (
    admitting,
    asking,
    balancing,
    comparing,
    explaining,
    keeping,
    loading,
    looking,
    reporting,
    running,
    searching,
    weighing,
)
from api.commands.once import once_everywhere

app = typer.Typer(
    name="genealogy",
    help="Which finished units contain a bad supplier lot, where they are, who got them, why, and how sure we are.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for part in (
    loading,
    asking,
    balancing,
    comparing,
    explaining,
    weighing,
    reporting,
    looking,
    searching,
    keeping,
    admitting,
    running,
):
    part.register(app)
once_everywhere(app)


@app.callback(invoke_without_command=True)
def options(
    context: typer.Context,
    version: bool = typer.Option(False, "--version", help="Print the version and stop."),
) -> None:
    """Options of every command."""
    if version:
        from importlib.metadata import version as installed

        typer.echo(f"genealogy {installed('batch-genealogy')}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(2)


def main() -> None:
    """Run the command line; errors that are ours become a sentence on stderr and an exit code."""
    # Whatever is written from here on is readable by its owner only: ledger, graph, arrays, quarantine.
    os.umask(0o077)
    if isinstance(sys.stdout, TextIOWrapper):
        # Identifiers of any script, whatever the terminal is set to; what is no Unicode (a file's name) stays legible.
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        sys.exit(run(sys.argv[1:]))
    except BrokenPipeError:
        # The reader went away (`genealogy scope .. | head`): nothing is wrong, and nothing more can be said.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except KeyboardInterrupt:
        print("Interrupted; nothing that was acknowledged is lost.", file=sys.stderr)  # noqa: T201
        sys.exit(130)


def run(words: list[str]) -> int:
    """Do one command; its exit code."""
    from genealogy.errors import GenealogyError

    try:
        app(args=words, prog_name="genealogy")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except GenealogyError as error:
        from api.output import print_error

        print_error(error, as_json=_wants_json(words))
        return error.exit_code
    except (BrokenPipeError, ConnectionResetError):
        raise
    except OSError as error:
        # What no part has words of its own for: a folder that cannot be written, a disk that is full.
        from api.output import say

        named = f"{error.filename}: " if error.filename else ""
        say(f"genealogy: {named}{error.strerror or error}. Check the path, its permissions and the free space.")
        return 1
    return 0


def _wants_json(words: list[str]) -> bool:
    """Whether the answer would have been JSON."""
    return "--json" in words or "--format=json" in words or ("--format", "json") in pairwise(words)


if __name__ == "__main__":
    main()
