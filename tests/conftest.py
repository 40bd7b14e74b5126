"""What every test may ask for: homes on either store, each its own, and the Neo4j server of the session."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from oracle import ZONE, Load
from plants import write_plant

from loaders import load as load_files

if TYPE_CHECKING:
    from neo4j_server import Connection
    from playwright.sync_api import Browser

    from genealogy.engine import Engine

STORES = [
    "ladybug",
    pytest.param("neo4j", marks=[pytest.mark.neo4j, pytest.mark.xdist_group("neo4j")]),
]


@pytest.hookimpl(tryfirst=True)  # the groups are read when the tests are dealt out
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is made once for a file is made by one process; the long run happens only when it is asked for by its mark."""
    for item in items:
        if item.get_closest_marker("xdist_group") is None and _shares(item):
            item.add_marker(pytest.mark.xdist_group(item.path.name))
    if "long" in config.option.markexpr:
        return
    long = [item for item in items if item.get_closest_marker("long")]
    if long:
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if not item.get_closest_marker("long")]


def _shares(item: pytest.Item) -> bool:
    """Whether a test uses something that is made once for its file: a loaded plant, a server, a browser."""
    used = item._fixtureinfo.name2fixturedefs if isinstance(item, pytest.Function) else {}
    return any(fixtures[-1].scope == "module" for fixtures in used.values())


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The machine's browser, for the tests of one file."""
    from browsing import chromium

    with chromium() as started:
        yield started


@pytest.fixture
def neo4j_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """The real Neo4j of the session, with nothing in its database, for this test alone."""
    from neo4j_server import empty_database, session_home

    with empty_database(session_home(tmp_path_factory)) as connection:
        yield connection
        wipe(connection)


@dataclass
class Home:
    """A plant's home on one store, as a test uses it."""

    folder: Path
    store: str = ""
    credentials: dict[str, str] = field(default_factory=dict)
    engines: list[Engine] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)

    def open(self) -> Engine:
        """Open the home; closed at the end of the test at the latest."""
        from genealogy.engine import Engine

        self.close()
        engine = Engine.open(self.folder, self.store, **dict[str, Any](self.credentials))
        self.engines.append(engine)
        return engine

    def close(self) -> None:
        while self.engines:
            self.engines.pop().close()

    def load(self, engine: Engine, load: Load, **how: Any) -> dict[str, Any]:
        """Write a load as files and load them; the report."""
        folder = write_plant(
            self.folder.parent / f"{self.folder.name}-files-{next(self._numbers)}", load, how.pop("rng", None)
        )
        return load_files(engine, [folder], zone=ZONE, **how)


MakeHome = Callable[[], Home]


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> str:
    """Which store: every test that asks for it runs on both."""
    return str(request.param)


@pytest.fixture
def make_home(store: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[MakeHome]:
    """Make homes on the store, one after the other. There is one Neo4j database: it belongs to the newest home."""
    homes: list[Home] = []

    def make() -> Home:
        folder = tmp_path / f"home-{len(homes)}"
        if store == "ladybug":
            homes.append(Home(folder))
        else:
            for home in homes:
                home.close()
            server: Connection = request.getfixturevalue("neo4j_database")
            if homes:
                wipe(server)
            homes.append(Home(folder, server.uri, {"username": server.username, "password": server.password}))
        return homes[-1]

    yield make
    for home in homes:
        home.close()


@pytest.fixture
def home(make_home: MakeHome) -> Home:
    """A new home on the store."""
    return make_home()


@pytest.fixture
def engine(home: Home) -> Engine:
    """A new home on the store, open and empty."""
    return home.open()


def wipe(server: Connection) -> None:
    """Take everything out of the Neo4j database, past the product."""
    from neo4j import GraphDatabase

    with (
        GraphDatabase.driver(server.uri, auth=(server.username, server.password)) as driver,
        driver.session() as session,
    ):
        session.run("MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 10000 ROWS").consume()
