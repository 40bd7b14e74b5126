"""A page of a real browser that must stay silent: no error, no request to anywhere else, nothing that the policy had to stop."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

import pytest
from console_server import Served, browser_path
from playwright.sync_api import Browser, Page, expect, sync_playwright


@contextlib.contextmanager
def chromium(patience_ms: int | None = None) -> Iterator[Browser]:
    """The machine's browser; without one the test is skipped, except where everything has to run.

    ``patience_ms``: how long an expectation waits, where a first question to a database that just woke up takes its time.
    """
    path = browser_path()
    if path is None:
        assert not os.environ.get("CI"), "no browser: .ci/run installs one"
        pytest.skip("no Chromium on this machine; .ci/run installs one")
    if patience_ms is not None:
        expect.set_options(timeout=patience_ms)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        started.close()


@contextlib.contextmanager
def silent(
    browser: Browser, address: Served, width: int = 1280, *, refusals: tuple[str, ...] = ("404", "422")
) -> Iterator[Page]:
    """A page of this width on a served home.

    ``refusals``: statuses that are asked for on purpose; the browser notes each as an error of the network.
    """
    context = browser.new_context(
        viewport={"width": width, "height": 900}, base_url=address, extra_http_headers=address.headers
    )
    opened, wrong = context.new_page(), list[str]()
    opened.on("console", lambda said: wrong.append(said.text) if said.type in ("error", "warning") else None)
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on(
        "request", lambda asked: None if asked.url.startswith((address, "data:", "blob:")) else wrong.append(asked.url)
    )
    yield opened
    assert opened.evaluate("window.hit") is None
    context.close()
    assert [said for said in wrong if not any(status in said for status in refusals)] == []
