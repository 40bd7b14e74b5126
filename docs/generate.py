"""The pages that come out of the program, so that they cannot say something else than it does.

``docs/access.md`` comes from the rules of who may do what, ``docs/queries.md`` from the queries and the graph's shape,
``docs/plant-tables.md`` from the plant's tables, ``docs/commands.md`` from the help of every command, ``docs/http-api.md`` from
the description of the HTTP interface. ``python docs/generate.py`` writes them, ``--check`` only compares.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from typer.testing import CliRunner

from api.access.reference import access_page
from api.cli import app
from loaders.template import plant_reference
from queries import CATALOGUE, DIALECTS
from queries.ddl import statements
from queries.shape import IDENTITIES, LINKS, MANIFEST, RECORDS, LinkType, NodeLabel, Property

if TYPE_CHECKING:
    from collections.abc import Iterator

    from queries import Query

FOLDER = Path(__file__).parent
WIDTH = "80"
"""Columns of the terminal that the help is written for, whatever the one at hand has."""

_QUERIES = """\
# Queries and the shape of the graph

Written by `docs/generate.py` from `queries/`; do not edit. `genealogy query show NAME` prints any of these texts. An
answer of trace or scope lists, under `asked`, the SHA-256 of the texts that traced and described it.

## Questions
"""
_SHAPE = """\
## The shape of the graph

Identity nodes have a key and nothing else. What is known of an item stands in version records beside it, one label for
each table of the plant format (see [plant-tables.md](plant-tables.md)). Links join identities. Records and links carry
`known_from` and `known_until`: a question as of entry S sees those with `known_from <= S < known_until`.

## Identities
"""
_COMMANDS = """\
# Commands

Written by `docs/generate.py` from the commands' own help; do not edit. Answers go to stdout, words about the work to
stderr. The exit codes stand in the [README](../README.md#exit-codes).
"""


def main(words: list[str]) -> int:
    """Write the pages, or with ``--check`` name those that are not current; returns the exit code."""
    if words not in ([], ["--check"]):
        sys.stderr.write("Usage: python docs/generate.py [--check]\n")
        return 2
    stale = 0
    for name, text in pages().items():
        path = FOLDER / name
        if path.is_file() and path.read_bytes() == text.encode():
            continue
        if words:
            stale += 1
            sys.stderr.write(f"docs/{name} is not current. `make docs` makes it again.\n")
        else:
            path.write_bytes(text.encode())
            sys.stderr.write(f"docs/{name} was written.\n")
    return 1 if stale else 0


def pages() -> dict[str, str]:
    """Every generated page by file name, as it has to read now."""
    return {
        "access.md": access_page(), "queries.md": queries_page(), "plant-tables.md": plant_reference(),
        "commands.md": commands_page(), "http-api.md": interface_page(),
    }  # fmt: skip


def interface_page() -> str:
    """The reference of the HTTP interface; the service is put together for an empty home, and asked for its description."""
    import tempfile

    from api.app import create_app
    from api.http_page import http_page
    from genealogy.engine import Engine

    with tempfile.TemporaryDirectory() as folder, Engine.open(Path(folder) / "home") as engine:
        app = create_app(engine)
        try:
            return http_page(app.openapi())
        finally:
            app.state.serving.close()
            app.state.door.people.close()


def queries_page() -> str:
    """The questions and their texts, then labels, links and the statements that prepare an empty database."""
    parts = [_QUERIES, *(_query(query) for query in CATALOGUE.values())]
    parts += [_SHAPE, *(_label(label) for label in IDENTITIES)]
    parts += ["## Links\n", *(_link(link) for link in LINKS)]
    parts += ["## Version records\n", *(_label(label) for label in RECORDS.values())]
    parts += ["## How far the graph has followed the ledger\n", _label(MANIFEST)]
    for dialect in DIALECTS:
        parts += [f"## How an empty database is prepared: {dialect}\n", _cypher(";\n".join(statements(dialect)) + ";")]
    return "\n".join(parts)


def commands_page() -> str:
    """The help of the program, then of each command."""
    lines = [_COMMANDS]
    for path in command_paths():
        heading = " ".join(("genealogy", *path))
        lines.append(f"## `{heading}`\n\n```text\n{command_help(path)}```\n")
    return "\n".join(lines)


def command_paths() -> Iterator[tuple[str, ...]]:
    """The words that lead to each command, groups before their commands; first of all none: the program itself."""
    yield ()
    program = typer.main.get_command(app)
    for name, command in getattr(program, "commands", {}).items():
        yield (name,)
        for below in getattr(command, "commands", {}):
            yield name, below


def command_help(path: tuple[str, ...]) -> str:
    """What ``--help`` prints for a command.

    Raises:
        ValueError: there is no such command.
    """
    asked = CliRunner().invoke(app, [*path, "--help"], prog_name="genealogy", env={"COLUMNS": WIDTH})
    if asked.exit_code:
        raise ValueError(f"`genealogy {' '.join(path)} --help` ends with {asked.exit_code}: {asked.output}")
    return asked.stdout


def _query(query: Query) -> str:
    lines = [f"### `{query.name}`", "", query.question, ""]
    if query.why:
        lines += [query.why, ""]
    lines += [f"- parameter `{name}`: {meaning}" for name, meaning in query.params.items()]
    lines += ["- columns: " + ", ".join(f"`{column}`" for column in query.columns), ""]
    texts = {dialect: query.text(dialect) for dialect in DIALECTS}
    if len(set(texts.values())) == 1:
        lines += ["Both stores:", "", _cypher(query.text(DIALECTS[0]))]
    else:
        for dialect, text in texts.items():
            lines += [f"{dialect}:", "", _cypher(text)]
    return "\n".join(lines)


def _label(label: NodeLabel) -> str:
    source = f" Holds the table `{label.table}`." if label.table else ""
    return f"### `{label.name}`\n\n{label.description}{source}\n\n{_properties((label.key, *label.properties))}"


def _link(link: LinkType) -> str:
    heading = f"### `({link.source})-[:{link.name}]->({link.target})`"
    return f"{heading}\n\n{link.description}\n\n{_properties(link.properties)}"


def _properties(properties: tuple[Property, ...]) -> str:
    rows = []
    for declared in properties:
        meaning = declared.description.replace("|", "\\|")
        rows.append(f"| `{declared.name}` | {declared.type} | {meaning} |")
    return "\n".join(["| property | type | what it means |", "| --- | --- | --- |", *rows, ""])


def _cypher(text: str) -> str:
    return f"```cypher\n{text}\n```\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
