"""Commands that say who may come in over HTTP: people and keys, added, listed, given roles, disabled, removed.

They work while a server has the home. Every change is an entry of the ledger before it counts: written here where nobody has
the home, else by the process that has it, before it next lets anybody in.
"""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from api.commands.common import JSON
from api.output import print_json, say
from genealogy.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.access.people import People

NAME = typer.Argument(..., metavar="NAME", help="Name of the person.", show_default=False)
ROLES = typer.Option(
    ..., "--role", help="viewer, coordinator, manager, auditor, operations or administrator; repeat it.",
    show_default=False,
)  # fmt: skip
ROLE = typer.Argument(..., metavar="ROLE", help="One role.", show_default=False)
PASSWORD_FILE = typer.Option(
    None, "--password-file", help="File with the password on its first line; without it, the command asks.",
    show_default=False,
)  # fmt: skip
EXPIRES = typer.Option(
    None, "--expires", help="Date or time until which the key is good (ISO 8601); without it, until it is revoked."
)
KEY_NAME = typer.Argument(..., metavar="NAME", help="What the key is for.", show_default=False)
KEY_ID = typer.Argument(..., metavar="ID", help="Id of the key, from `genealogy keys list`.", show_default=False)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    people = typer.Typer(help="People who may sign in, and what they may do.", no_args_is_help=True)
    people.command("add")(add)
    people.command("list")(list_people)
    people.command("grant")(grant)
    people.command("revoke")(revoke)
    people.command("password")(password)
    people.command("disable")(disable)
    people.command("enable")(enable)
    people.command("remove")(remove)
    app.add_typer(people, name="people")
    keys = typer.Typer(help="Keys with which other systems ask.", no_args_is_help=True)
    keys.command("add")(add_key)
    keys.command("list")(list_keys)
    keys.command("revoke")(revoke_key)
    app.add_typer(keys, name="keys")


def add(name: str = NAME, roles: list[str] = ROLES, password_file: Path | None = PASSWORD_FILE) -> None:
    """Add a person. The command asks for the password, or reads it from a file."""
    from api.access.identity import checked_name, checked_roles
    from api.access.passwords import hashed

    name, given = checked_name(name), checked_roles(roles)
    with _people() as people:
        if people.person(name):
            raise InputError(f"There is a person {name} already. `genealogy people list` names them all.")
        people.add(name, hashed(_password(name, password_file)), given)
    say(f"{name} may sign in: {', '.join(sorted(given))}.")


def list_people(as_json: bool = JSON) -> None:
    """Who may sign in, and with which roles."""
    with _looked_at() as people:
        found = people.list_people() if people else []
    if as_json:
        print_json({"people": found})
        return
    for each in found:
        state = f"  disabled {each['disabled']}" if each["disabled"] else ""
        typer.echo(f"{each['name']:<24}  {each['since']}  {', '.join(each['roles']) or 'no role'}{state}")


def grant(name: str = NAME, role: str = ROLE) -> None:
    """Give a person a role more."""
    from api.access.identity import checked_roles

    (given,) = checked_roles([role])
    with _people() as people:
        people.grant(name, given)
    say(f"{name} is {given} now.")


def revoke(name: str = NAME, role: str = ROLE) -> None:
    """Take a role from a person. It holds from the next request on."""
    from api.access.identity import checked_roles

    (given,) = checked_roles([role])
    with _people() as people:
        people.revoke(name, given)
    say(f"{name} is no longer {given}.")


def password(name: str = NAME, password_file: Path | None = PASSWORD_FILE) -> None:
    """Set another password. Whoever is signed in with the old one is signed out."""
    from api.access.passwords import hashed

    with _people() as people:
        person = people.person(name)
        if person is None:
            raise InputError(f"There is no person {name!r}. `genealogy people list` names them all.")
        people.change_password(name, hashed(_password(person[0], password_file)))
    say(f"{person[0]} has another password now.")


def disable(name: str = NAME) -> None:
    """Let a person sign in no more; their sessions end at once."""
    with _people() as people:
        people.disable(name)
    say(f"{name} may not sign in for now.")


def enable(name: str = NAME) -> None:
    """Let a person sign in again who was disabled."""
    with _people() as people:
        people.enable(name)
    say(f"{name} may sign in again.")


def remove(name: str = NAME) -> None:
    """Remove a person, and end what they are signed in to. The ledger keeps what they did."""
    with _people() as people:
        people.remove(name)
    say(f"{name} may no longer sign in.")


def add_key(
    name: str = KEY_NAME, roles: list[str] = ROLES, expires: str | None = EXPIRES, as_json: bool = JSON
) -> None:
    """Make a key for a system. It is printed this once; only a digest of it is kept."""
    from api.access.admission import expiry
    from api.access.identity import checked_roles

    until, given = expiry(expires), checked_roles(roles)
    with _people() as people:
        key = people.add_key(name, given, until)
    if as_json:
        print_json({"key": key, "name": name, "roles": sorted(given), "expires": until.isoformat() if until else None})
    else:
        typer.echo(key)
    say("This is the only time that the key is shown. A system sends it as `Authorization: Bearer KEY`.")


def list_keys(as_json: bool = JSON) -> None:
    """Which keys were made, and which are in force. Not the keys themselves."""
    with _looked_at() as people:
        found = people.list_keys() if people else []
    if as_json:
        print_json({"keys": found})
        return
    for each in found:
        state = f"revoked {each['revoked']}" if each["revoked"] else f"until {each['expires'] or 'revoked'}"
        typer.echo(f"{each['id']}  {each['name']:<24}  {each['since']}  {', '.join(each['roles'])}  {state}")


def revoke_key(ident: str = KEY_ID) -> None:
    """End a key. It holds from the next request on."""
    with _people() as people:
        people.revoke_key(ident)
    say(f"The key {ident} is revoked.")


@contextmanager
def _looked_at() -> Iterator[People | None]:
    """The people of a home, to look at; None where nobody was ever added, and nothing is made there then."""
    from api.access.people import FILE, People
    from genealogy.settings import Settings

    home = Settings.from_environment().home
    people = People(home) if (home / FILE).exists() else None
    try:
        yield people
    finally:
        if people:
            people.close()


@contextmanager
def _people() -> Iterator[People]:
    """The people of a home, to change; what was changed is in the ledger afterwards, or its owner will see to that."""
    from api.access.noting import settle_here
    from api.access.people import People
    from genealogy.durable import private_folder
    from genealogy.settings import Settings

    home = Settings.from_environment().home
    private_folder(home)
    people = People(home)
    try:
        yield people
        if busy := settle_here(people, home):
            say(
                f"{busy.partition(' Wait ')[0]} That process writes this change into the ledger before it lets anybody in."
            )
    finally:
        people.close()


def _password(name: str, file: Path | None) -> str:
    import sys

    from api.access.passwords import checked_password

    if file is not None:
        try:
            told = file.read_text(encoding="utf-8").split("\n", 1)[0].rstrip("\r")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"The password cannot be read from {file}: {error}. Name a text file.") from error
        return checked_password(told, name)
    if not sys.stdin.isatty():
        raise InputError("There is no terminal to ask for the password. Give it in a file: --password-file FILE.")
    return checked_password(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True), name)
