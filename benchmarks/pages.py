"""How heavy is a page of the console, and how long until it can be used, for scopes of 100, 10,000 and 1,000,000 units?"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.measure import in_child
from benchmarks.page_plants import write
from benchmarks.setting import Result, Setting, Table, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psutil

PAGES = (
    ("graph", "/graph?item=RM-1", "#drawing[data-ready]"),
    ("graph by lot", "/graph?item=RM-1&fold=lot", "#drawing[data-ready]"),
    ("flow", "/flow?item=RM-1", "svg[role=img]"),
    ("time line", "/timeline?item=RM-1", "svg[role=img]"),
    ("batches", "/batches", "tbody tr"),
    ("scope", "/scope?item=RM-1", "tbody tr"),
    ("countries", "/countries?item=RM-1", "tbody tr"),
    ("item", "/items/RM-1", "tbody tr"),
)
"""Name, address, and what is there when the page can be used. The first asks for a scope that nobody asked for before."""


_SETTLED_S = 4.0
"""After its start a service makes ready what the first question needs; nobody asks in these seconds."""
_TIMES = ("first_cpu_s", "first_s", "compared_s", "again_cpu_s", "again_s")
_SIZES = """() => {
  const sum = (kind) => performance.getEntriesByType(kind).reduce((all, each) => all + each.decodedBodySize, 0);
  return [sum("navigation"), sum("resource")];
}"""


def run(setting: Setting) -> Result:
    """Measure."""
    result = Result("pages", "How heavy is a page of the console, and how long until it can be used?")
    table = Table(
        "Real Chromium, 1,280 pixels wide",
        [
            "units",
            "page",
            "kB of HTML",
            "kB in all",
            "first time: server CPU s",
            "first time: s",
            "until both roads agree: s",
            "again: server CPU s",
            "again: s",
        ],
    )
    for units in setting.sizes(100, 10_000, 1_000_000):
        home = _home(setting, units)
        say(f"pages at {units:,} units")
        for row in _measured(home, PAGES[:6] if setting.quick else PAGES, setting.runs(5, quick=1)):
            cells = [f"{row['html'] / 1e3:.0f}", f"{row['all'] / 1e3:.0f}"]
            cells += [f"{row[name]:.2f}" for name in _TIMES]
            table.rows.append([f"{units:,}", row["page"], *cells])
            result.raw.append({"units": units, **row})
            say(f"  {row['page']}: {', '.join(cells)}")
    result.tables = [table]
    result.notes = [
        "The scope is the whole plant: one supplier lot is in every unit. The server is started anew for each size and, "
        "some seconds after it began to answer, is asked for the pages in this order. `first time`: nobody asked for this page "
        "before; `again`: the median of asking again.",
        "`s` is from the click until the picture is drawn or the table stands, in the browser; `server CPU s` is the processor "
        "time that the server took until then. `kB in all` counts scripts and styles as well, uncompressed.",
        "A scope of more than 50,000 items is shown as one road counts it, marked as not yet compared; `until both roads agree` "
        "is from the click until the compared answer stands in its place.",
    ]
    return result


def make_home(folder: str, plant: str) -> None:
    """Load a plant into a new demo home, which is open on loopback."""
    from genealogy.engine import Engine
    from loaders import load

    with Engine.open(Path(folder), demo=True) as engine:
        load(engine, [Path(plant)])
        engine.graph(["RM-1"])  # the arrays are built


def _home(setting: Setting, units: int) -> Path:
    home = setting.work / f"pages-home-{units}"
    if not (home / "ready").exists():
        say(f"loading a plant of {units:,} units behind one lot")
        plant = write(setting.work / f"pages-plant-{units}", units)
        in_child("pages:make_home", folder=home, plant=plant)
        (home / "ready").touch()
    return home


def _measured(home: Path, pages: tuple[tuple[str, str, str], ...], runs: int) -> Iterator[dict[str, Any]]:
    from playwright.sync_api import sync_playwright

    path = next(found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        with _served(home) as (base, process):
            rows = [
                (name, [_visit(browser, base, address, ready, process) for _ in range(runs + 1)])
                for name, address, ready in pages
            ]
        browser.close()
        for name, (first, *again) in rows:
            yield {
                "page": name, "html": first["html"], "all": first["all"], "first_s": first["s"], "first_cpu_s": first["cpu_s"],
                "compared_s": first["compared_s"],
                "again_s": statistics.median(each["s"] for each in again),
                "again_cpu_s": statistics.median(each["cpu_s"] for each in again),
            }  # fmt: skip


def _visit(browser: Any, base: str, address: str, ready: str, process: psutil.Process) -> dict[str, float]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, base_url=base)
    page = context.new_page()
    before, began = _cpu(process), time.perf_counter()
    page.goto(address, wait_until="commit", timeout=300_000)
    page.wait_for_selector(ready, timeout=300_000)
    took, spent = time.perf_counter() - began, _cpu(process) - before
    # A very large scope is shown before both roads are done.
    page.wait_for_selector(".uncompared", state="detached", timeout=300_000)
    compared = time.perf_counter() - began
    page.wait_for_load_state("networkidle", timeout=300_000)
    html, more = page.evaluate(_SIZES)
    context.close()
    return {"s": took, "cpu_s": spent, "compared_s": compared, "html": html, "all": html + more}


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


@contextlib.contextmanager
def _served(home: Path) -> Iterator[tuple[str, psutil.Process]]:
    import psutil

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).with_name("genealogy")), "serve", "--port", str(port)]
    environment = {**os.environ, "GENEALOGY_HOME": str(home), "GENEALOGY_STORE": ""}
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        base = f"http://127.0.0.1:{port}"
        try:
            while True:
                with (
                    contextlib.suppress(urllib.error.URLError, ConnectionError),
                    urllib.request.urlopen(f"{base}/healthz"),
                ):
                    break
                if process.poll() is not None:
                    raise RuntimeError(f"genealogy serve ended with {process.returncode}")
                time.sleep(0.1)
            time.sleep(_SETTLED_S)
            yield base, psutil.Process(process.pid)
        finally:
            process.terminate()
            process.wait(60)
