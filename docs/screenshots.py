"""Makes the pictures of docs/console.md again: the sample plant in a demo home, served on loopback, seen by a real browser.

Run it with ``.venv/bin/python docs/screenshots.py`` on a machine that has Chromium.
"""

from __future__ import annotations

import io
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path

FOLDER = Path(__file__).parent / "screenshots"
SCOPE = "item=RX-2291"
PAGES = {
    "home": "/",
    "item": "/items/0002638772",
    "scope-from": "/scope/from?what=equipment",
    "scope": f"/scope?{SCOPE}",
    "customers": f"/scope?{SCOPE}&tab=customers",
    "unsure": f"/scope?{SCOPE}&tab=unsure",
    "places": f"/scope/places?{SCOPE}",
    "scope-balance": f"/scope/balance?{SCOPE}",
    "beside": f"/scope/beside?{SCOPE}",
    "graph": f"/graph?{SCOPE}&fold=lot",
    "evidence": f"/graph/node?{SCOPE}&fold=lot&node=1.0",
    "flow": f"/flow?{SCOPE}",
    "timeline": f"/timeline?{SCOPE}",
    "countries": f"/countries?{SCOPE}",
    "compare": f"/compare?{SCOPE}&boundary=lot&boundary=only-after%202025-08-20",
    "balance": "/balance?item=0002638772",
    "responsible": "/responsible?item=id%3A0002638772",
    "batches": "/batches?sort=-alerts",
    "where-else": "/where-else",
    "ledger": "/ledger",
    "loads": "/loads",
    "nothing-found": "/search?q=NO-SUCH-LOT",
}
"""Name of the picture and address of the page."""
_COLOURS = 64
_PASSWORD = secrets.token_urlsafe(16)


def main() -> None:
    """Make every picture, wide, and those of the scope and the graph narrow and in Chinese as well."""
    from playwright.sync_api import sync_playwright

    FOLDER.mkdir(exist_ok=True)
    path = next(found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name)))
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        base, process = _served(Path(temporary))
        try:
            browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
            for name, address in PAGES.items():
                _picture(browser, base, address, name, 1280)
            for name in ("scope", "graph"):
                _picture(browser, base, f"{PAGES[name]}&lang=zh", f"{name}-zh", 1280)
                _picture(browser, base, PAGES[name], f"{name}-narrow", 400)
        finally:
            process.terminate()
            process.wait(60)
        base, process = _with_people(Path(temporary))
        try:
            _people(browser, base)
            browser.close()
        finally:
            process.terminate()
            process.wait(60)


def _served(work: Path) -> tuple[str, subprocess.Popen[bytes]]:
    from genealogy.engine import Engine
    from loaders import load
    from loaders.sample import write_sample

    write_sample(work / "plant", seed=1, units=400)
    with Engine.open(work / "home", demo=True) as engine:
        here = Path.cwd()
        os.chdir(work)  # names of files as a reader would give them
        try:
            load(engine, [Path("plant")])
        finally:
            os.chdir(here)
    return _serve(work / "home")


def _with_people(work: Path) -> tuple[str, subprocess.Popen[bytes]]:
    """A home of its own, with people and a key in it."""
    from datetime import UTC, datetime

    from api.access.passwords import hashed
    from api.access.people import People
    from api.access.rules import Role

    (work / "people").mkdir()
    people = People(work / "people")
    for name, *roles in (
        ("ada", "administrator"),
        ("jane", "coordinator", "auditor"),
        ("kim", "viewer"),
        ("otto", "operations"),
    ):
        people.add(name, hashed(_PASSWORD), frozenset(map(Role, roles)))
    people.disable("kim")
    people.add_key("mes", frozenset({Role.VIEWER}), datetime(2099, 12, 31, tzinfo=UTC))
    people.close()
    return _serve(work / "people")


def _people(browser: object, base: str) -> None:
    """The page of people, as an administrator has it before them."""
    for name, width in (("people", 1280), ("people-narrow", 400)):
        context = browser.new_context(viewport={"width": width, "height": 860}, base_url=base)  # type: ignore[attr-defined]
        page = context.new_page()
        page.goto("/sign-in?next=/people")
        page.get_by_label("Name").fill("ada")
        page.get_by_label("Password").fill(_PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.locator(".people > li", has_text="jane").locator("summary", has_text="Change").click()
        _kept(page, name)
        context.close()


def _serve(home: Path) -> tuple[str, subprocess.Popen[bytes]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).with_name("genealogy")), "serve", "--port", str(port)]
    environment = {**os.environ, "GENEALOGY_HOME": str(home), "GENEALOGY_STORE": ""}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    base = f"http://127.0.0.1:{port}"
    for _ in range(600):
        with suppress(urllib.error.URLError, ConnectionError), urllib.request.urlopen(f"{base}/healthz"):  # noqa: S310 - loopback
            return base, process
        time.sleep(0.1)
    process.kill()
    raise RuntimeError("genealogy serve did not answer within a minute")


def _picture(browser: object, base: str, address: str, name: str, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 860}, base_url=base)  # type: ignore[attr-defined]
    page = context.new_page()
    page.goto(address)
    if address.startswith("/graph?"):
        page.wait_for_selector("#drawing[data-ready]", timeout=120_000)
    _kept(page, name)
    context.close()


def _kept(page: object, name: str) -> None:
    from PIL import Image

    page.wait_for_timeout(400)  # type: ignore[attr-defined]
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB").quantize(_COLOURS)  # type: ignore[attr-defined]
    picture.save(FOLDER / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
