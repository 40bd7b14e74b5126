"""What does it cost to ask over HTTP, for one who asks and for fifty at once, and beside a load?"""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import plants
from benchmarks.measure import in_child
from benchmarks.setting import Result, Setting, Table, say

if TYPE_CHECKING:
    from collections.abc import Iterator

BARE = "bare engine"
CLIENTS = (1, 10, 50)
_ITEMS = 40


def run(setting: Setting) -> Result:
    """Measure."""
    result = Result("serving", "What does it cost to ask over HTTP, for one, for fifty at once, and beside a load?")
    times = Table(
        "A trace forward, milliseconds",
        ["units", "asked by", "requests", "p50", "p99", "requests a second", "times the bare call", "503"],
    )
    for units in setting.sizes(100_000):
        say(f"serving at {units:,} units")
        home = plants.home(setting, units)
        value: dict[str, Any] = in_child("serving:bare", home=str(home), runs=setting.runs(400, 100)).value
        rate, items = len(value["seconds"]) / sum(value["seconds"]), value["items"]
        times.rows.append(_row(units, BARE, value["seconds"], rate, 1.0, 0))
        with served(home) as (port, headers):
            ask(port, headers, items[:3], 1, 10)  # the first question makes the arrays known
            for clients in CLIENTS:
                told = ask(port, headers, items, clients, setting.runs(400, 100))
                times.rows.append(
                    _row(units, _clients(clients), told["seconds"], told["rate"], rate / told["rate"], told["busy"])
                )
                result.raw.append({"units": units, "clients": clients} | told)
            told = ask(port, headers, items, CLIENTS[-1], setting.runs(400, 100), load=True)
            who = f"{_clients(CLIENTS[-1])}, beside {told['loads']} loads"
            times.rows.append(_row(units, who, told["seconds"], told["rate"], rate / told["rate"], told["busy"]))
            result.raw.append({"units": units, "clients": CLIENTS[-1], "beside": "loads"} | told)
        result.notes.append(
            f"{units:,} units: {len(items)} supplier lots take turns; they reach {value['reached']:,} items in sum."
        )
    result.tables = [times]
    result.notes += [
        f"`{BARE}`: `Engine.trace` in one process, one after the other; `times the bare call` compares requests a second.",
        "The service, and the clients (threads of one process, connections kept open), share the processors of the machine. "
        "An answer over HTTP is traced on both roads, compared, digested and written as JSON, as by the command.",
        "Beside loads: small plants are sent one after the other as long as the clients ask.",
    ]
    return result


def bare(home: str, runs: int) -> dict[str, Any]:
    """Ask the engine itself."""
    from genealogy.engine import Engine

    with Engine.open(Path(home)) as engine:
        lots = [row["id"] for row in engine.sweep("supplied").answer["lots"]]
        items = lots[:: max(1, len(lots) // _ITEMS)][:_ITEMS]
        reached = sum(len(engine.trace([item], "forward").answer["items"]) for item in items)
        seconds = []
        for number in range(runs):
            began = time.perf_counter()
            json.dumps(engine.trace([items[number % len(items)]], "forward").flat())
            seconds.append(time.perf_counter() - began)
    return {"seconds": seconds, "items": items, "reached": reached}


@contextmanager
def served(home: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Serve a home in a process of its own: its port, and the headers of a key."""
    from api.access.people import People
    from api.access.rules import Role

    people = People(home)
    headers = {"authorization": f"Bearer {people.add_key(f'bench-{time.time_ns()}', frozenset(Role), None)}"}
    people.close()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = Path(sys.executable).with_name("genealogy")
    env = {**os.environ, "GENEALOGY_HOME": str(home), "GENEALOGY_STORE": ""}
    process = subprocess.Popen(
        [str(command), "serve", "--port", str(port)], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(600):
            try:
                _get(http.client.HTTPConnection("127.0.0.1", port, timeout=5), "/healthz", headers)
                break
            except OSError:
                time.sleep(0.1)
        yield port, headers
    finally:
        process.terminate()
        process.wait(30)


def ask(
    port: int, headers: dict[str, str], items: list[str], clients: int, runs: int, *, load: bool = False
) -> dict[str, Any]:
    """Have clients trace, each with a connection of its own; every answer must be complete."""
    seconds: list[float] = []
    busy = 0
    lock, over = threading.Lock(), threading.Event()

    def client(seed: int) -> None:
        nonlocal busy
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        for number in range(max(1, runs // clients)):
            began = time.perf_counter()
            path = f"/api/v1/trace?item=id%3A{items[(seed + number) % len(items)]}&direction=forward"
            status, body = _get(connection, path, headers)
            took = time.perf_counter() - began
            with lock:
                if status == 503:
                    busy += 1
                else:
                    assert status == 200, body
                    seconds.append(took)
        connection.close()

    with ThreadPoolExecutor(clients + 1) as pool:
        loading = pool.submit(_load, port, headers, over) if load else None
        began = time.perf_counter()
        for each in [pool.submit(client, seed) for seed in range(clients)]:
            each.result()
        took = time.perf_counter() - began
        over.set()
        loads = loading.result() if loading else 0
    return {"seconds": seconds, "rate": len(seconds) / took, "busy": busy, "loads": loads}


def _load(port: int, headers: dict[str, str], over: threading.Event) -> int:
    """Load small plants one after the other; how many."""
    count = 0
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    while not over.is_set():
        name = f"{time.time_ns()}-{count}"
        text = "item_id,material_id,lot_number\n" + "".join(f"X-{name}-{n},M,{n}\n" for n in range(500))
        body = (
            '--b\r\nContent-Disposition: form-data; name="files"; filename="lots.csv"\r\n\r\n' + text + "\r\n--b--\r\n"
        ).encode()
        connection.request(
            "POST", "/api/v1/loads", body, {**headers, "content-type": "multipart/form-data; boundary=b"}
        )
        response = connection.getresponse()
        job = json.loads(response.read())
        assert response.status == 202, job
        _get(connection, job["events"], headers)
        count += 1
    connection.close()
    return count


def _get(connection: http.client.HTTPConnection, path: str, headers: dict[str, str]) -> tuple[int, bytes]:
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    return response.status, response.read()


def _clients(count: int) -> str:
    return f"{count} client{'' if count == 1 else 's'}"


def _row(units: int, who: str, seconds: list[float], rate: float, ratio: float, busy: int) -> list[str]:
    ordered = sorted(seconds)
    p50, p99 = (ordered[min(len(ordered) - 1, int(len(ordered) * part))] * 1e3 for part in (0.5, 0.99))
    return [f"{units:,}", who, str(len(seconds)), f"{p50:.1f}", f"{p99:.1f}", f"{rate:.0f}", f"{ratio:.2f}", str(busy)]
