"""Fifty who trace while loads go on: every answer is the one that is given when it is asked again as of its entry."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from console_server import Served, served

V1 = "/api/v1"
CLIENTS, ASKED, LOADS, LOTS = 50, 3, 6, 12


@pytest.fixture
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("serving") / "home"
    home.mkdir(mode=0o700)
    with served(home) as found:
        yield found


def files(number: int) -> list[tuple[str, tuple[str, bytes]]]:
    """More steps among the same lots: each load makes scopes larger, and some lots become known by it."""
    rng = random.Random(number)
    lots = [f"L{lot:02d}" for lot in range(LOTS)]
    steps = [f"S{number}-{n}" for n in range(6)]
    tables = {
        "lots": "item_id,material_id,lot_number\n" + "".join(f"{lot},M,N{lot}\n" for lot in lots if rng.random() < 0.6),
        "steps": "step_id,operation\n" + "".join(f"{step},mix\n" for step in steps),
        "consumption": "step_id,item_id\n" + "".join(f"{step},{rng.choice(lots[:8])}\n" for step in steps),
        "production": "step_id,item_id\n" + "".join(f"{step},{rng.choice(lots[4:])}\n" for step in steps),
    }
    return [("files", (f"{name}.csv", text.encode())) for name, text in tables.items()]


def test_answers_are_their_as_of_twins_and_nothing_fails(address: Served) -> None:
    told: list[tuple[str, int, str]] = []
    wrong: list[str] = []
    loaded = threading.Event()

    def load() -> None:
        with httpx.Client(base_url=address, timeout=120, headers=address.headers) as client:
            for number in range(1, LOADS):
                job = client.post(f"{V1}/loads", files=files(number))
                assert job.status_code == 202, job.text
                client.get(job.json()["events"])
                assert client.get(job.headers["location"]).json()["state"] == "done"

    def trace(seed: int) -> None:
        rng = random.Random(seed)
        with httpx.Client(base_url=address, timeout=120, headers=address.headers) as client:
            asked = 0
            while asked < ASKED or (not loaded.is_set() and asked < 100):
                asked += 1
                lot, direction = f"L{rng.randrange(LOTS):02d}", rng.choice(("forward", "backward"))
                path = f"{V1}/trace?item={lot}&direction={direction}"
                got = client.get(path)
                if got.status_code == 503 and got.headers.get("retry-after"):
                    continue
                if got.status_code not in (200, 404):
                    wrong.append(got.text)
                elif got.status_code == 200:
                    said = got.json()
                    assert said["complete"], said
                    told.append((path, said["as_of"], said["digest"]))

    with httpx.Client(base_url=address, timeout=120, headers=address.headers) as client:
        client.get(client.post(f"{V1}/loads", files=files(0)).json()["events"])
    with ThreadPoolExecutor(CLIENTS + 1) as pool:
        loading = pool.submit(load)
        tracing = [pool.submit(trace, seed) for seed in range(CLIENTS)]
        loading.result()
        loaded.set()
        for each in tracing:
            each.result()
    assert wrong == []
    assert len({as_of for _, as_of, _ in told}) > 2
    twins: dict[tuple[str, int], str] = {}
    with httpx.Client(base_url=address, timeout=120, headers=address.headers) as client:
        for path, as_of, digest in told:
            if (path, as_of) not in twins:
                twins[path, as_of] = client.get(f"{path}&as_of={as_of}").json()["digest"]
            assert twins[path, as_of] == digest, (path, as_of)
        assert client.get(f"{V1}/verify").json()["ok"]
