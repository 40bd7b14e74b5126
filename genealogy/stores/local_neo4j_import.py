"""Neo4j's own offline import: by far the quickest road from many files to a whole graph.

It replaces the database of a stopped server. Every row must go in: a bad value, a node that comes twice or a
relationship to a node that is not there fails the import, and the earlier graph comes back.

What the files look like (CSV, UTF-8, header in the first line): an id column ``name:ID(space)``, properties as
``name:string``, ``name:long`` or ``name:string[]``, relationships with ``:START_ID(space)`` and ``:END_ID(space)``,
``:LABEL`` and ``:TYPE`` columns where the caller names none. Ids are strings, kept as written. A cell that is empty
without quotes is null, ``""`` is the empty text. Constraints and indexes are made afterwards.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from genealogy.errors import StoreError
from genealogy.stores import local_neo4j_aside as aside
from genealogy.stores.local_neo4j_folder import DATABASE, Folder
from genealogy.stores.local_neo4j_process import end_imports, find
from genealogy.stores.local_neo4j_runtime import locked, runtime
from genealogy.stores.local_neo4j_server import MEMORY_MB, settle_password, start_locked, stop_locked

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    Sources = Sequence[tuple[str | None, Sequence[Path]]]

ARRAY_DELIMITER = "U+001F"
"""What separates the elements of a list in one cell: the unit separator, which no code may contain."""

_OPTIONS = (
    "--overwrite-destination=true",
    "--id-type=string",
    # Its default overlooks some relationships to nodes that are not there; strict finds all.
    "--strict=true",
    "--bad-tolerance=0",
    "--skip-bad-relationships=false",
    "--skip-duplicate-nodes=false",
    "--ignore-extra-columns=false",
    "--ignore-empty-strings=false",
    "--trim-strings=false",
    "--legacy-style-quoting=false",
    "--path-pattern-style=none",
)
_COUNTS = re.compile(r"IMPORT DONE in .*?Imported:\s+(\d+) nodes\s+(\d+) relationships\s+(\d+) properties", re.DOTALL)
_STAGE = re.compile(r"^\(\d/\d\) [A-Za-z ]+")
_LAST_LINES = 12


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import has put into the database.

    Attributes:
        nodes: number of nodes.
        relationships: number of relationships.
        properties: number of properties of both.
        seconds: how long the import took, without stopping and starting the server.
    """

    nodes: int
    relationships: int
    properties: int
    seconds: float


def import_full(
    home: Path,
    nodes: Sources,
    relationships: Sources,
    *,
    array_delimiter: str = ARRAY_DELIMITER,
    multiline: bool = True,
    memory_mb: int = MEMORY_MB,
    progress: Callable[[str], None] = lambda line: None,
) -> Imported:
    """Replace the whole graph of the local Neo4j of this home by what these files hold.

    A running server is stopped for it and started again, whether the import succeeds or not.

    Args:
        home: the home; its server need not have run before.
        nodes: a label (None: each row names its own) and its files, the first of which begins with the header.
        relationships: a type (None: each row names its own) and its files, likewise.
        array_delimiter: separates the elements of a list in a cell.
        multiline: a cell may hold line breaks. False is quicker by about a third, and refuses such cells.
        memory_mb: Java heap for the import in MB.
        progress: told what is going on.

    Raises:
        StoreError: a row is bad, or a file is; the message says which, and the earlier graph is back in place.
        StoreUnavailableError: the server could not be fetched, stopped or started.
    """
    _check_paths(nodes, relationships)
    folder = Folder.of(home)
    folder.make()
    with locked(folder.lock):
        running = find(folder) is not None
        before = folder.remembered()
        java = runtime(progress)
        end_imports(folder)
        if running:
            progress("Stopping Neo4j for the import")
            stop_locked(folder)
        else:
            folder.write_settings(before.get("port", 0), page_cache_mb=64)
            settle_password(folder, java)
        try:
            aside.set_aside(folder)
            words = _words(DATABASE, nodes, relationships, array_delimiter, multiline=multiline)
            report = folder.import_report
            report.unlink(missing_ok=True)
            began = time.monotonic()
            command = java.command("org.neo4j.server.startup.Neo4jAdminCommand", "-XX:TieredStopAtLevel=1")
            environment = java.environment(
                NEO4J_HOME=str(folder.root), NEO4J_CONF=str(folder.settings),
                HEAP_SIZE=f"{memory_mb}m", JDK_JAVA_OPTIONS=shlex.join(java.options),
            )  # fmt: skip
            ended, said = _run([*command, *words, f"--report-file={report}"], environment, folder.root, progress)
            bad = report.read_text(encoding="utf-8", errors="replace").strip() if report.exists() else ""
            counts = _COUNTS.search(said)
            if ended or bad or counts is None:
                raise StoreError(
                    f"Neo4j refused the import into {folder.root} (it ended with {ended}); the graph from before it is "
                    f"back in place. Correct the files and import again.\n{_last(bad)}\n{_last(said)}"
                )
            node_count, relationship_count, property_count = (int(count) for count in counts.groups())
            imported = Imported(node_count, relationship_count, property_count, time.monotonic() - began)
            aside.let_go(folder)
        finally:
            aside.put_back(folder)
            if running:
                start_locked(
                    folder, port=before.get("port"), memory_mb=before.get("memory_mb", MEMORY_MB), progress=progress
                )
        return imported


def import_command(
    database: str,
    nodes: Sources,
    relationships: Sources,
    *,
    array_delimiter: str = ARRAY_DELIMITER,
    multiline: bool = True,
) -> str:
    """The same import as one ``neo4j-admin`` line for a shell: for a server in a container or of your own.

    That server's database must be stopped, and the paths be those that it sees.
    """
    _check_paths(nodes, relationships, must_exist=False)
    return shlex.join(["neo4j-admin", *_words(database, nodes, relationships, array_delimiter, multiline=multiline)])


def _words(
    database: str, nodes: Sources, relationships: Sources, array_delimiter: str, *, multiline: bool
) -> list[str]:
    return [
        "database", "import", "full", database, *_OPTIONS,
        f"--array-delimiter={array_delimiter}", f"--multiline-fields={str(multiline).lower()}",
        *_sources("--nodes", nodes), *_sources("--relationships", relationships),
    ]  # fmt: skip


def _sources(option: str, sources: Sources) -> list[str]:
    return [f"{option}={f'{name}=' if name else ''}{','.join(str(file) for file in files)}" for name, files in sources]


def _check_paths(nodes: Sources, relationships: Sources, *, must_exist: bool = True) -> None:
    """Refuse what Neo4j's options cannot express, and what is not there, before anything is stopped."""
    for _, files in (*nodes, *relationships):
        for file in files:
            if any(character in str(file) for character in ",=\n"):
                raise StoreError(
                    f"Neo4j's import cannot take the file {file}: its path must not hold a comma, an equals sign or a "
                    "line break. Put the files into a folder with another path."
                )
            if must_exist and not (file.is_absolute() and file.is_file()):
                raise StoreError(f"The file {file} for the import is not there. Give the whole path of a file.")


def _run(
    command: list[str], environment: dict[str, str], folder: Path, progress: Callable[[str], None]
) -> tuple[int, str]:
    """Run the import; its stages go to ``progress``.

    Returns:
        Its exit code, and all that it said.
    """
    said = []
    with subprocess.Popen(
        command, env=environment, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, encoding="utf-8", errors="replace", umask=0o077,
    ) as child:  # fmt: skip
        assert child.stdout is not None
        try:
            for line in child.stdout:
                if "%" in line:
                    continue  # one of the hundreds of lines of dots
                said.append(line)
                if stage := _STAGE.match(line):
                    progress(stage[0].strip())
        except BaseException:
            child.terminate()
            raise
    return child.returncode, "".join(said)


def _last(text: str) -> str:
    return "\n".join([line for line in text.splitlines() if line.strip()][-_LAST_LINES:])
