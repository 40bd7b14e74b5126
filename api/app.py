"""HTTP: the same questions to the same engine, under /api/v1."""

from __future__ import annotations

import ipaddress
from contextlib import asynccontextmanager
from copy import deepcopy
from threading import Lock
from typing import TYPE_CHECKING, Any

import uvicorn
from fastapi import FastAPI

from api.commands.common import open_engine
from api.console import add_console
from api.problem import RESPONSES, answer_problems
from api.routes import add_routes
from genealogy.errors import InputError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from genealogy.engine import Engine


def create_app(engine: Engine) -> FastAPI:
    """The application for one engine; the engine is closed when the application ends."""
    # One question at a time: the engine's caches are not made for two, and each question takes milliseconds.
    asking = Lock()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        engine.close()

    app = FastAPI(
        title="Batch genealogy and recall impact",
        version="1",
        lifespan=lifespan,
        docs_url=None,  # the console has a page of its own, which asks nothing of the outside
        redoc_url=None,
        responses=RESPONSES,
        summary="Which finished units contain a bad lot, who got them, and how sure we are.",
    )

    answer_problems(app)

    @app.get("/healthz", tags=["running"], operation_id="healthz")
    def healthz() -> dict[str, str]:
        """The process answers."""
        return {"status": "alive"}

    @app.get("/readyz", tags=["running"], operation_id="readyz")
    def readyz() -> dict[str, Any]:
        """The store answers, and holds every entry of the ledger."""
        return {"status": "ready", "store": engine.store.version(), "sequence": engine.head}

    add_routes(app, engine, asking)
    add_console(app, engine, asking)
    return app


def run(host: str, port: int, *, guarded: bool = False) -> None:
    """Serve until SIGTERM.

    Args:
        host: address to listen on.
        port: TCP port.
        guarded: something else keeps strangers from the port, so that another address than loopback is allowed.

    Raises:
        InputError: the address is not loopback and nothing is said to guard it.
    """
    if not guarded and not _is_loopback(host):
        raise InputError(
            f"--host {host} can be reached from other machines, and there is no sign-in. Use 127.0.0.1, or say "
            "--guarded where something else keeps strangers out (a container whose port is published on loopback)."
        )
    # Requests are words about the work, and stdout is for data: uvicorn would log them there.
    logging = deepcopy(uvicorn.config.LOGGING_CONFIG)
    logging["handlers"]["access"]["stream"] = "ext://sys.stderr"
    uvicorn.run(create_app(open_engine()), host=host, port=port, log_config=logging, timeout_graceful_shutdown=15)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
