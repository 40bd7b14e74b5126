"""A real local Neo4j for one home, without Docker and without an installed Java: start, stop, look, fill.

The parts: what it runs on (``local_neo4j_runtime``), what it keeps (``local_neo4j_folder``), its process
(``local_neo4j_process``), starting and stopping it (``local_neo4j_server``), the offline import (``local_neo4j_import``)
and the graph that waits while an import runs (``local_neo4j_aside``).
"""

from __future__ import annotations

from genealogy.stores.local_neo4j_import import Imported, import_command, import_full
from genealogy.stores.local_neo4j_server import Server, kill, start, status, stop

__all__ = ["Imported", "Server", "import_command", "import_full", "kill", "start", "status", "stop"]
