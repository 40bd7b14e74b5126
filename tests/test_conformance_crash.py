"""Killed at any moment: nothing acknowledged is lost, nothing is half there, and loading again completes it.

A child opens the home, says whether it is whole and what it holds, then loads on from where the home stands; it is
killed at a random moment, and the next child goes on. Whatever a home holds must be exactly the first so many loads, and
at least those that were acknowledged.
"""

from __future__ import annotations

import multiprocessing
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import crash_child
import pytest
from conftest import Home, MakeHome
from oracle import ZONE, Load
from plants import complete, random_plant, write_plant

from loaders import load

if TYPE_CHECKING:
    from multiprocessing.connection import Connection as Pipe

    from genealogy.engine import Engine

LOADS = 6
KILLS = {"ladybug": 30, "neo4j": 20}
"""Kills of every run; the long run makes LONG_KILLS on each store."""
LONG_KILLS = 200
PATIENCE_S = 120.0
"""A child that says nothing for so long has hung."""


def plant_in_loads(folder: Path) -> list[Path]:
    """Half a dozen loads that build on one another, corrections among them, as folders of files."""
    rng = random.Random(5)
    folders: list[Path] = []
    for number in range(LOADS // 3):
        loads: list[Load] = []
        while len(loads) < 3:
            loads = random_plant(rng, 8, f"{number}:")
        for told in loads:
            # Each load says something new, so that each is an entry of its own.
            lots = [*told.get("lots", []), {"item_id": f"mark {len(folders)}", "material_id": "M", "lot_number": "1"}]
            folders.append(write_plant(folder / f"load-{len(folders):02}", complete({**told, "lots": lots})))
    return folders


@dataclass
class Undisturbed:
    """The same loads without any kill: the digests, of the content and of the history, before and after each."""

    folders: list[Path]
    digests: list[tuple[str, str]] = field(default_factory=list)


def digests(engine: Engine) -> tuple[str, str]:
    return engine.content_digest(), engine.history_digest()


def undisturbed(home: Home, folders: list[Path]) -> Undisturbed:
    engine = home.open()
    found = Undisturbed(folders, [digests(engine)])
    for number, folder in enumerate(folders, start=1):
        assert load(engine, [folder], zone=ZONE)["sequence"] == number
        found.digests.append(digests(engine))
    home.close()
    return found


@dataclass
class Campaign:
    """Children killed one after the other in one home, until all loads are in."""

    home: Home
    truth: Undisturbed
    rng: random.Random
    acknowledged: int = 0
    kills: int = 0
    looked: int = 0

    def run(self, kills: int) -> None:
        """Kill so many children, or until everything is loaded."""
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["genealogy.engine", "genealogy.verify", "loaders.load", "neo4j", "ladybug"])
        while self.kills < kills:
            here, there = context.Pipe(duplex=False)
            where = (self.home.folder, self.home.store, self.home.credentials)
            process = context.Process(
                target=crash_child.run,
                args=(where, self.truth.folders, ZONE, there),
                kwargs={"verify": self.rng.random() < 0.2},  # the digests are compared each time
            )
            process.start()
            there.close()
            try:
                if self._killed(process, here):
                    return
            finally:
                process.kill()
                process.join()
                here.close()

    def _killed(self, process: Any, pipe: Pipe) -> bool:
        """Follow one child and kill it; whether it came to the end of the loads first."""
        if self.rng.random() < 0.25:  # while it opens, recovers, or looks
            dead_after = self.rng.uniform(0, 0.6)
            if not pipe.poll(dead_after):
                return self._kill(process, pipe)
        wait = None
        while pipe.poll(PATIENCE_S if wait is None else wait):
            try:
                said = pipe.recv()
            except EOFError:
                pytest.fail(f"the child ended by itself with {process.exitcode}, after {self.acknowledged} loads")
            if self._heard(said):
                return True
            # From now on it loads: one or a few loads more, and somewhere within the next.
            if wait is None or self.rng.random() < 0.5:
                wait = self.rng.uniform(0, 0.5)
        assert wait is not None, "the child hangs"
        return self._kill(process, pipe)

    def _kill(self, process: Any, pipe: Pipe) -> bool:
        process.kill()
        process.join()
        self.kills += 1
        while pipe.poll():  # what it had acknowledged before it died counts
            try:
                self._heard(pipe.recv())
            except EOFError:
                break
        return False

    def _heard(self, said: tuple[Any, ...]) -> bool:
        match said:
            case ("holds", head, content, history, problem):
                self.looked += 1
                where = f"after {self.kills} kills, with {self.acknowledged} loads acknowledged and {head} there"
                assert problem is None, f"{where}: {problem}"
                assert head in (self.acknowledged, self.acknowledged + 1), f"{where}: loads are lost or invented"
                assert (content, history) == self.truth.digests[head], f"{where}: not what {head} loads hold"
                self.acknowledged = head
            case ("acknowledged", number):
                self.acknowledged = number
            case ("done",):
                return True
        return False


def campaigns(make_home: MakeHome, tmp_path: Path, kills: int, seed: int) -> tuple[int, int]:
    """Campaigns in new homes until there were so many kills."""
    truth = undisturbed(make_home(), plant_in_loads(tmp_path / "files"))
    made = looked = 0
    rng = random.Random(seed)
    while made < kills:
        home = make_home()
        campaign = Campaign(home, truth, rng)
        campaign.run(kills - made)
        made += campaign.kills
        looked += campaign.looked
        engine = home.open()
        for folder in truth.folders[engine.head :]:
            load(engine, [folder], zone=ZONE)
        assert digests(engine) == truth.digests[-1]
        assert engine.verify().ok
        for folder in truth.folders[-1:]:
            assert not load(engine, [folder], zone=ZONE)["recorded"], "the last load again is known"
        home.close()
    return made, looked


def test_killed_while_loading(make_home: MakeHome, store: str, tmp_path: Path) -> None:
    made, looked = campaigns(make_home, tmp_path, KILLS[store], 1)
    assert made >= KILLS[store]
    assert looked >= KILLS[store] / 3


@pytest.mark.long
def test_killed_while_loading_many_times(make_home: MakeHome, tmp_path: Path) -> None:
    campaigns(make_home, tmp_path, LONG_KILLS, 2)


@pytest.mark.neo4j
@pytest.mark.xdist_group("neo4j")
@pytest.mark.parametrize("kills", [2, pytest.param(10, marks=pytest.mark.long)])
def test_the_neo4j_server_is_killed_while_loading(tmp_path: Path, kills: int) -> None:
    """So many times: a load fails in words or is done after all; the graph is what the ledger says it is."""
    import threading

    from genealogy.errors import StoreError
    from genealogy.stores import local_neo4j

    folders = plant_in_loads(tmp_path / "files")
    truth = undisturbed(Home(tmp_path / "undisturbed"), folders)
    place = tmp_path / "server"
    server = local_neo4j.start(place, memory_mb=512)
    home = Home(tmp_path / "home", server.uri, {"username": server.username, "password": server.password})
    rng = random.Random(kills)
    held = 0
    try:
        for _ in range(kills):
            engine = home.open()
            assert engine.head >= held, "what was there before the server was killed"
            assert digests(engine) == truth.digests[engine.head]
            # The server comes back where it was: a load that waits for it may still be done.
            killed = threading.Timer(
                rng.uniform(0, 1), lambda: (local_neo4j.kill(place), local_neo4j.start(place, memory_mb=512))
            )
            killed.start()
            held = engine.head
            try:
                for number in range(engine.head, LOADS if killed.is_alive() else 0):
                    held = load(engine, [folders[number]], zone=ZONE)["sequence"]
            except StoreError:
                pass  # the load was refused, in words; the next opening settles what became of it
            killed.join()
            home.close()
        engine = home.open()
        assert engine.head >= held
        for folder in folders[engine.head :]:
            load(engine, [folder], zone=ZONE)
        assert digests(engine) == truth.digests[-1]
        assert engine.verify().ok
        home.close()
    finally:
        local_neo4j.stop(place)
