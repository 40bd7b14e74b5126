"""HTTP: the same questions to the same engine, under /api/v1."""

from __future__ import annotations

import ipaddress
from contextlib import asynccontextmanager
from copy import deepcopy
from threading import Lock
from typing import TYPE_CHECKING, Annotated, Any, Literal

import uvicorn
from fastapi import FastAPI, Query

from api.commands.common import moment, open_engine
from api.console import add_console
from api.problem import RESPONSES, answer_problems
from genealogy.errors import InputError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from genealogy.engine import Engine

AsOf = Annotated[str | None, Query(description="An entry, or a recording time (ISO 8601).")]
Union = Annotated[bool, Query(alias="all", description="Where the text names different things, take all of them.")]


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

    @app.get("/api/v1/items/{text:path}", tags=["asking"], operation_id="findItem")
    def items(text: str, as_of: AsOf = None, union: Union = False) -> dict[str, Any]:
        """What a text names: an id, a lot's number, a supplier's lot number, or a serial."""
        at = moment(as_of)
        with asking:
            found = engine.find(text, at, union=union)
            described = engine.road.describe(found.items, engine.moment(at))
        return {
            "text": found.text,
            "how": found.how,
            "notes": found.notes,
            "items": [
                {"id": item, "kind": d.kind, "stage": d.stage, "material_id": d.material_id, "number": d.number}
                for item, d in zip(found.items, described, strict=True)
            ],
        }

    @app.get("/api/v1/trace", tags=["asking"], operation_id="trace")
    def trace(
        item: str, direction: Literal["forward", "backward"], as_of: AsOf = None, union: Union = False
    ) -> dict[str, Any]:
        """Everything that may hold an item (forward), or that may be in it (backward)."""
        at = moment(as_of)
        with asking:
            return engine.trace(engine.find(item, at, union=union).items, direction, at).flat()

    @app.get("/api/v1/scope", tags=["asking"], operation_id="scope")
    def scope(
        item: Annotated[list[str], Query(min_length=1)], as_of: AsOf = None, union: Union = False
    ) -> dict[str, Any]:
        """Which finished units and lots hold the items, who received them, and what is unsure."""
        at = moment(as_of)
        with asking:
            starts = [found for text in item for found in engine.find(text, at, union=union).items]
            return engine.scope(starts, at).flat()

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
