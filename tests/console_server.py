"""A served home for the tests of the console: the real command in a process of its own, on loopback."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from cli import COMMAND, environment
from people import bearer

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def browser_path() -> str | None:
    """The machine's browser."""
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


class Served(str):
    """The address of a served home, and the headers of a key with every role.

    A browser gets them by ``browser.new_context(extra_http_headers=address.headers)``.
    """

    headers: dict[str, str]


@contextlib.contextmanager
def served(home: Path, env: dict[str, str] | None = None, *, key: bool = True) -> Iterator[Served]:
    """Serve a home until the block ends; its address. A key for it is made before, unless ``key`` says no."""
    headers = bearer(home) if key else {}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = home.parent / f"{home.name}-serve.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [str(COMMAND), "serve", "--port", str(port)], env=environment(home, env), stdout=out, stderr=out
        )
        try:
            address = Served(_answering(f"http://127.0.0.1:{port}", process, log))
            address.headers = headers
            yield address
        finally:
            process.terminate()
            process.wait(30)


def _answering(address: str, process: subprocess.Popen[bytes], log: Path) -> str:
    for _ in range(600):
        with contextlib.suppress(urllib.error.URLError, ConnectionError), urllib.request.urlopen(f"{address}/healthz"):
            return address
        assert process.poll() is None, log.read_text()
        time.sleep(0.1)
    raise AssertionError(log.read_text())
