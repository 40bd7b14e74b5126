"""What a local Neo4j keeps under its home: settings, password, data, log; and the settings themselves.

The settings are the careful ones: reachable from this machine only, no web server, no usage report, nothing read from
the disk or the network by a query (outside the import folder), no query written to a log.
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from genealogy.durable import private_folder
from genealogy.errors import StoreUnavailableError

if TYPE_CHECKING:
    from collections.abc import Mapping

ADDRESS = "127.0.0.1"
"""The only address on which the server listens."""

USERNAME = "neo4j"
"""The server's first and only user."""

DATABASE = "neo4j"
"""The one database of Neo4j Community beside its own ``system``."""

_SETTINGS: Mapping[str, str] = {
    "server.default_listen_address": ADDRESS,
    "server.default_advertised_address": ADDRESS,
    "server.http.enabled": "false",
    "server.https.enabled": "false",
    # Nothing leaves the machine: no usage report, and no search for other servers on the network.
    "dbms.usage_report.enabled": "false",
    "client.allow_telemetry": "false",
    "dbms.fleet_manager.enabled": "false",
    "server.fleet_discovery.enabled": "false",
    # Unset, LOAD CSV may read any file that this user may read, and any address.
    "server.directories.import": "import",
    "internal.dbms.cypher_ip_blocklist": "0.0.0.0/0,::/0",
    # A query text can hold personal data.
    "db.logs.query.enabled": "OFF",
    # The graph is rebuilt from the ledger, so old transaction logs serve nobody.
    "db.tx_log.rotation.retention_policy": "2 files",
    "db.tx_log.preallocate": "false",
    # Without these a stop waits ten seconds for connections that are closed already.
    "internal.dbms.bolt.netty_server_shutdown_quiet_period_duration": "0s",
    "internal.server.bolt.thread_pool_shutdown_wait_time": "0s",
    "server.config.strict_validation.enabled": "true",
}


@dataclass(frozen=True, slots=True)
class Folder:
    """The folder of the local Neo4j of one home.

    Attributes:
        root: ``HOME/neo4j``, absolute: it stands on the server's command line and tells it from every other process.
    """

    root: Path

    @classmethod
    def of(cls, home: Path) -> Folder:
        """The folder of this home; nothing is made."""
        return cls(Path(home).resolve() / "neo4j")

    @property
    def settings(self) -> Path:
        """Folder of ``neo4j.conf``."""
        return self.root / "conf"

    @property
    def password_file(self) -> Path:
        """The password, readable by its owner only."""
        return self.root / "password"

    @property
    def log(self) -> Path:
        """What the server prints."""
        return self.root / "neo4j.log"

    @property
    def lock(self) -> Path:
        """Held by whoever starts, stops or imports."""
        return self.root / "start-stop.lock"

    @property
    def store(self) -> tuple[Path, Path]:
        """The two folders that hold the graph: its records and its transaction logs."""
        return self.root / "data" / "databases" / DATABASE, self.root / "data" / "transactions" / DATABASE

    @property
    def import_report(self) -> Path:
        """What an import has against the files; on its command line, it also tells whose import it is."""
        return self.root / "import-report.log"

    @property
    def was_started(self) -> bool:
        """Whether a server has made its data here, so that its password is settled."""
        return (self.root / "data" / "databases" / "system").exists()

    @property
    def _record(self) -> Path:
        return self.root / "server.json"

    def make(self) -> None:
        """Make the folder, for its owner only.

        Raises:
            StoreUnavailableError: the path holds a character that Neo4j's own options cannot take.
        """
        if any(character in str(self.root) for character in ",=\n"):
            raise StoreUnavailableError(
                f"A local Neo4j cannot be kept in {self.root}: its path must not hold a comma, an equals sign or a "
                "line break. Use a home with another path (GENEALOGY_HOME)."
            )
        private_folder(self.root.parent)
        private_folder(self.root)
        for name in ("conf", "import"):
            private_folder(self.root / name)

    def write_settings(self, port: int, page_cache_mb: int) -> None:
        """Write ``neo4j.conf``."""
        settings = {
            **_SETTINGS,
            "server.bolt.listen_address": f"{ADDRESS}:{port}",
            "server.bolt.advertised_address": f"{ADDRESS}:{port}",
            "server.memory.pagecache.size": f"{page_cache_mb}m",
        }
        text = "# Written at each start; what is changed here is lost.\n"
        text += "".join(f"{name}={value}\n" for name, value in settings.items())
        _write_private(self.settings / "neo4j.conf", text)

    def password(self) -> str:
        """The server's password, made at the first call.

        Raises:
            StoreUnavailableError: the server has data, but the file with its password is gone.
        """
        if self.password_file.exists():
            return self.password_file.read_text(encoding="ascii")
        if self.was_started:
            raise StoreUnavailableError(
                f"The password of the local Neo4j is gone: {self.password_file} does not exist. Put the file back, or "
                f"remove {self.root}, start again and rebuild the graph from the ledger: genealogy rebuild."
            )
        # Hexadecimal: Neo4j's tool would take a leading dash for an option.
        _write_private(self.password_file, secrets.token_hex(24))
        return self.password_file.read_text(encoding="ascii")

    def remember(self, pid: int, port: int, memory_mb: int) -> None:
        """Note which process is the server and how it was started."""
        _write_private(self._record, json.dumps({"pid": pid, "port": port, "memory_mb": memory_mb}) + "\n")

    def remembered(self) -> dict[str, int]:
        """What was noted last, or nothing."""
        try:
            noted = json.loads(self._record.read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            return {}
        return noted if isinstance(noted, dict) else {}


def _write_private(file: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    part = file.with_name(file.name + ".part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(file)
