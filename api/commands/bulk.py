"""Rebuilding a Neo4j graph by its offline import, which is several times quicker than Bolt for a large plant."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from genealogy.history import History
from genealogy.stores.local_neo4j import import_command, import_full, status
from genealogy.stores.neo4j_files import write_files
from genealogy.whole import WholeGraph

if TYPE_CHECKING:
    from collections.abc import Callable

    from genealogy.engine import Engine


def rebuild_offline(engine: Engine, say: Callable[[str], None]) -> str:
    """Write the files and run the import for the local server of this home; for any other, print what to run there.

    Returns:
        What was done, or what is to be done, in words.
    """
    folder = engine.home / "import"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    say("Writing the files for the import.")
    whole = WholeGraph(History(engine.ledger, keep=True))
    nodes, links = write_files(whole, engine.ledger.id, folder.resolve())
    server = status(engine.home)
    if server is None or server.uri not in engine.store.name:
        database = "neo4j"
        return (
            f"The files are in {folder}. Copy them to the server, stop its database {database}, run there:\n"
            f"  {import_command(database, nodes, links)}\n"
            "start the database, and run `genealogy verify`."
        )
    engine.store.close()
    done = import_full(engine.home, nodes, links, progress=say)
    shutil.rmtree(folder)
    engine.reopen()
    return (
        f"The graph was made again up to entry {engine.head}: {done.nodes:,} nodes and {done.relationships:,} links, "
        f"imported in {done.seconds:.0f} s. `genealogy verify` compares it with the ledger."
    )
