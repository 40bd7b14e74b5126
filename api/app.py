"""HTTP: the same questions to the same engine, under /api/v1."""

from __future__ import annotations

from contextlib import asynccontextmanager
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import uvicorn
from fastapi import Depends, FastAPI

from api.access.admission import Admission
from api.access.described import describe_access
from api.access.door import Door
from api.access.guard import Guard
from api.access.hosts import Hosts, is_loopback
from api.access.log import WithoutQuestion
from api.access.people import FILE as PEOPLE_FILE
from api.access.people import People
from api.access.routes import add_people
from api.access.tokens import Issuer
from api.ahead import Ahead
from api.commands.common import open_engine
from api.console import add_console
from api.console.people import add_people_pages
from api.forwarding.forward import Desk
from api.output import say
from api.protocol.parameters import only_known
from api.protocol.problem import RESPONSES, answer_problems
from api.questions.references import add_references
from api.questions.routes import add_routes
from api.serving import Serving
from genealogy.errors import InputError, StoreUnavailableError
from genealogy.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from pathlib import Path
    from types import FrameType

    from genealogy.engine import Engine


def create_app(
    engine: Engine, *, hosts: Hosts | None = None, loopback: bool = False, issuer: Issuer | None = None
) -> FastAPI:
    """The application for one engine; the engine is closed when the application ends.

    Args:
        engine: that is asked.
        hosts: under which names the service answers; else those of loopback.
        loopback: whether only this machine reaches it: a demo home to which nobody was added is then open to all.
        issuer: whose tokens are taken.
    """
    asking = engine.asking

    def record(action: str, details: Mapping[str, Any], actor: str) -> None:
        engine.record(action, details, actor)

    people = People(engine.home)
    door = Door(people, engine.ledger, record, hosts or Hosts(), loopback, issuer)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        door.failed.close()
        people.close()
        console.scopes.comparing.close()
        serving.close()

    app = FastAPI(
        title="Batch genealogy and recall impact",
        version="1",
        lifespan=lifespan,
        docs_url=None,  # the console has a page of its own, which asks nothing of the outside
        redoc_url=None,
        responses=RESPONSES,
        dependencies=[Depends(only_known)],
        summary="Which finished units contain a bad lot, who got them, and how sure we are.",
    )

    answer_problems(app)

    @app.get("/healthz", tags=["running"], operation_id="healthz")
    async def healthz() -> dict[str, str]:
        """The process answers."""
        return {"status": "alive"}

    @app.get("/readyz", tags=["running"], operation_id="readyz")
    def readyz() -> dict[str, Any]:
        """The store answers, and holds every entry of the ledger."""
        if engine.behind:
            raise StoreUnavailableError(
                "The graph lacks the last entries of the ledger, as a change could not be brought into it; questions are "
                "answered as of the entry before. Look to the store (is its disk full, does its server run?), then load "
                "something or start the service again: that brings the graph up to the ledger."
            )
        return {"status": "ready", "store": engine.store.version(), "sequence": engine.head}

    serving = Serving(app, engine)
    add_routes(app, engine, asking)
    add_references(app)
    app.add_middleware(Guard, of=app, door=door)
    admission = Admission(door)
    add_people(app, admission, serving.once)
    console = add_console(app, engine, asking, door)
    serving.pages(app, console)
    add_people_pages(app, console, admission, door)
    serving.around(app)
    app.state.serving = serving
    app.state.console = console
    app.state.door = door
    describe_access(app)
    return app


class _Server(uvicorn.Server):
    """Lets go of those who watch something, before it waits for everybody who asked."""

    def __init__(self, config: uvicorn.Config, ending: Callable[[], None]) -> None:
        super().__init__(config)
        self.ending = ending

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to end."""
        self.ending()
        super().handle_exit(sig, frame)


def run(
    host: str,
    port: int,
    *,
    guarded: bool = False,
    urls: list[str] | None = None,
    certificate: str | None = None,
    key: str | None = None,
) -> None:
    """Serve until SIGTERM.

    Args:
        host: address to listen on.
        port: TCP port.
        guarded: something else keeps strangers from the port, so that it may be listened on before anybody was added.
        urls: addresses under which people know the service.
        certificate: file of the certificate, for TLS.
        key: file of its private key.

    Raises:
        InputError: the address is not loopback, and nobody was added who could sign in.
    """
    loopback, issuer = is_loopback(host), Issuer.from_environment()
    hosts = Hosts.of(host, urls or [])
    if not loopback and not guarded and issuer is None and not _anybody(Settings.from_environment().home):
        raise InputError(
            f"--host {host} can be reached from other machines, and nobody was added who could sign in. Add somebody with "
            "`genealogy people add NAME --role administrator`, or use 127.0.0.1."
        )
    if not (loopback or guarded or certificate or hosts.secure):
        say(
            f"genealogy: {host} can be reached from other machines without TLS: passwords and answers can be read on the way. "
            "Give --certificate and --private-key, or let something before this service end TLS and name it by --url https://.."
        )
    engine = open_engine()
    try:
        app = create_app(engine, hosts=hosts, loopback=loopback, issuer=issuer)
        app.state.door.settle()
    except BaseException:
        engine.close()
        raise
    # Requests are words about the work, and stdout is for data: uvicorn would log them there.
    logging = deepcopy(uvicorn.config.LOGGING_CONFIG)
    logging["handlers"]["access"]["stream"] = "ext://sys.stderr"
    logging["filters"] = {"without_question": {"()": WithoutQuestion}}
    logging["handlers"]["access"]["filters"] = ["without_question"]
    # Who asks is taken from the connection, never from a header that anybody can write.
    config = uvicorn.Config(
        app, host=host, port=port, log_config=logging, timeout_graceful_shutdown=5, proxy_headers=False, server_header=False,
        ssl_certfile=certificate, ssl_keyfile=key,
    )  # fmt: skip
    desk, ahead = Desk(engine), Ahead(engine, app.state.console)

    def ending() -> None:
        ahead.close()
        app.state.serving.ending()
        desk.close()

    try:
        _Server(config, ending).run()
    finally:
        desk.close()


def _anybody(home: Path) -> bool:
    if not (home / PEOPLE_FILE).exists():
        return False
    people = People(home)
    try:
        return people.any
    finally:
        people.close()
