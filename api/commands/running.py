"""Commands that run servers: neo4j start, stop and status; serve."""

from __future__ import annotations

import typer

from api.commands.common import JSON
from api.output import print_json, say


def register(app: typer.Typer) -> None:
    """Add the commands."""
    neo4j = typer.Typer(help="A real Neo4j server on this machine, without Docker or Java.", no_args_is_help=True)
    neo4j.command("start")(start)
    neo4j.command("stop")(stop)
    neo4j.command("status")(status)
    app.add_typer(neo4j, name="neo4j")
    app.command()(serve)


def start(as_json: bool = JSON) -> None:
    """Start it (fetched once, about 176 MB), and print how to reach it."""
    from genealogy.settings import Settings
    from genealogy.stores.local_neo4j import start as run

    server = run(Settings.from_environment().home, progress=say)
    told = {"uri": server.uri, "username": server.username, "password": server.password}
    if as_json:
        print_json(told)
        return
    typer.echo(
        f"export GENEALOGY_STORE={server.uri}\nexport NEO4J_USERNAME={server.username}\n"
        f"export NEO4J_PASSWORD_FILE={server.home / 'neo4j' / 'password'}"
    )


def stop() -> None:
    """Stop it."""
    from genealogy.settings import Settings
    from genealogy.stores.local_neo4j import stop as end

    say("Stopped." if end(Settings.from_environment().home) else "It was not running.")


def status(as_json: bool = JSON) -> None:
    """Whether it runs, and how to reach it. Exit code 4: it does not."""
    from genealogy.settings import Settings
    from genealogy.stores.local_neo4j import status as ask

    server = ask(Settings.from_environment().home)
    if server is None:
        say("It is not running. `genealogy neo4j start` starts it.")
        raise typer.Exit(4)
    if as_json:
        print_json({"uri": server.uri, "username": server.username, "password": server.password})
    else:
        typer.echo(f"running at {server.uri} as process {server.pid}, log in {server.log}")


def serve(
    host: str = typer.Option(
        "127.0.0.1", help="Address to listen on; another than loopback needs people who can sign in."
    ),
    port: int = typer.Option(8000, help="Port."),
    guarded: bool = typer.Option(
        False, "--guarded", help="Something else guards the port: allow any address, also before anybody was added."
    ),
    urls: list[str] = typer.Option(
        None, "--url", help="Address under which people know the service, such as https://trace.example.com; repeat it."
    ),
    certificate: str | None = typer.Option(None, help="File of the certificate, to serve by TLS."),
    private_key: str | None = typer.Option(None, help="File of the certificate's private key."),
) -> None:
    """Answer over HTTP under /api/v1. SIGTERM ends it.

    Whoever asks signs in, except in a demo home on loopback to which nobody was added.
    """
    from api.app import run

    run(host, port, guarded=guarded, urls=urls, certificate=certificate, key=private_key)
