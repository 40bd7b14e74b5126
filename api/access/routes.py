"""People and keys over HTTP: who may come in, and with which roles. For administrators; one's own password for everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Body, FastAPI, Path, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from api.access.guard import KNOWN
from api.access.rules import Role
from api.protocol.idempotency import digest_of, digest_with_password

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.access.admission import Admission
    from api.protocol.idempotency import Once

V1 = "/api/v1"
Name = Annotated[str, Path(description="Name of a person.", max_length=64)]
Key = Annotated[str, Path(description="Id of a key.", max_length=64)]
ARole = Annotated[Role, Path(description="One role.")]
_FIRST = "The first password; without it one is made up, and told in the answer this once."
_DONE: dict[int | str, dict[str, Any]] = {204: {"description": "Done, and in the ledger."}}


class NewPerson(BaseModel):
    """A person to be added."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(description="Letters, digits and ._-@+; at most 64.", examples=["jane"])
    roles: list[Role] = Field([], description="What the person is here to do.", examples=[["coordinator"]])
    password: str | None = Field(None, description=_FIRST)


class NewPassword(BaseModel):
    """Another password for a person."""

    model_config = ConfigDict(extra="forbid")
    password: str | None = Field(
        None, description="At least 12 characters; without it one is made up, and told this once."
    )


class OwnPassword(BaseModel):
    """Another password of one's own."""

    model_config = ConfigDict(extra="forbid")
    old: str = Field(description="The password until now.")
    new: str = Field(description="The password from now on: at least 12 characters.")


class NewKey(BaseModel):
    """A key to be made for a system."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(description="What it is for: letters, digits and ._-@+; at most 64.", examples=["mes"])
    roles: list[Role] = Field(min_length=1, description="What the system may do.", examples=[["viewer"]])
    expires: str | None = Field(
        None,
        description="Date or time until which it is good; without it, until it is revoked.",
        examples=["2099-12-31"],
    )


def add_people(app: FastAPI, admission: Admission, once: Once) -> None:
    """Add the routes; each change is made once for each ``Idempotency-Key``."""
    _add_listed(app, admission, once)
    _add_changes(app, admission, once)
    _add_keys(app, admission, once)


def _done(once: Once, request: Request, change: Callable[[], None], digest: str = "") -> Response:
    """204, after a change that answers nothing."""

    def make() -> Response:
        change()
        return Response(status_code=204)

    return once.answered(request, request.state.identity.name, digest or digest_of(None), make)


def _told(
    once: Once, request: Request, ask: Callable[[], dict[str, Any]], digest: str, secret: str, status: int = 200
) -> Response:
    """An answer with a secret in it, which is told this once: the same request again is answered without it."""

    def make() -> Response:
        return JSONResponse(ask(), status, {"cache-control": "no-store"})

    return once.answered(request, request.state.identity.name, digest, make, once_only=secret)


def _digest(body: NewPerson | NewPassword) -> str:
    sent = body.model_dump()
    return digest_of(sent) if body.password is None else digest_with_password(sent)


def _add_listed(app: FastAPI, admission: Admission, once: Once) -> None:
    @app.get(f"{V1}/people", tags=["people"], operation_id="people")
    def people() -> dict[str, Any]:
        """Who may sign in: roles, since when, when a role was last given or taken, and since when one is disabled."""
        return {"people": admission.people()}

    @app.post(f"{V1}/people", tags=["people"], operation_id="addPerson", status_code=201)
    def add(request: Request, body: Annotated[NewPerson, Body()]) -> Response:
        """Add a person. A password that was made up is told in the answer, and never again."""

        def ask() -> dict[str, Any]:
            made_up = admission.add(request.state.identity, body.name, body.roles, body.password)
            return {"name": body.name, "roles": sorted(set(body.roles)), "password": made_up}

        return _told(once, request, ask, _digest(body), "password", 201)

    @app.delete(f"{V1}/people/{{name}}", tags=["people"], operation_id="removePerson", status_code=204, responses=_DONE)
    def remove(request: Request, name: Name) -> Response:
        """Remove a person, and end the sessions; the ledger keeps what the person did."""
        return _done(once, request, lambda: admission.remove(request.state.identity, name))

    @app.post(f"{V1}/password", tags=["people"], operation_id="changeOwnPassword", status_code=204, responses=_DONE)
    def own(request: Request, body: Annotated[OwnPassword, Body()]) -> Response:
        """Change one's own password. Every session of the person ends."""
        address = request.client.host if request.client else ""
        mark = request.state.cookies[KNOWN]
        return _done(
            once,
            request,
            lambda: admission.change_own(request.state.identity, body.old, body.new, address, mark),
            digest_with_password(body.model_dump()),
        )


def _add_changes(app: FastAPI, admission: Admission, once: Once) -> None:
    @app.put(
        f"{V1}/people/{{name}}/roles/{{role}}",
        tags=["people"], operation_id="grantRole", status_code=204, responses=_DONE,
    )  # fmt: skip
    def grant(request: Request, name: Name, role: ARole) -> Response:
        """Give a person a role more."""
        return _done(once, request, lambda: admission.grant(request.state.identity, name, role))

    @app.delete(
        f"{V1}/people/{{name}}/roles/{{role}}",
        tags=["people"], operation_id="revokeRole", status_code=204, responses=_DONE,
    )  # fmt: skip
    def revoke(request: Request, name: Name, role: ARole) -> Response:
        """Take a role from a person, and end the sessions. The last administrator keeps it."""
        return _done(once, request, lambda: admission.revoke(request.state.identity, name, role))

    @app.post(
        f"{V1}/people/{{name}}/disable",
        tags=["people"], operation_id="disablePerson", status_code=204, responses=_DONE,
    )  # fmt: skip
    def disable(request: Request, name: Name) -> Response:
        """Let a person sign in no more, and end the sessions at once. Not the last administrator."""
        return _done(once, request, lambda: admission.disable(request.state.identity, name))

    @app.post(
        f"{V1}/people/{{name}}/enable", tags=["people"], operation_id="enablePerson", status_code=204, responses=_DONE
    )
    def enable(request: Request, name: Name) -> Response:
        """Let a person sign in again, with the roles from before."""
        return _done(once, request, lambda: admission.enable(request.state.identity, name))

    @app.post(f"{V1}/people/{{name}}/password", tags=["people"], operation_id="resetPassword")
    def reset(request: Request, name: Name, body: Annotated[NewPassword, Body()]) -> Response:
        """Give a person another password, and end the sessions. One that was made up is told in the answer, and never again."""

        def ask() -> dict[str, Any]:
            return {"name": name, "password": admission.reset(request.state.identity, name, body.password)}

        return _told(once, request, ask, _digest(body), "password")


def _add_keys(app: FastAPI, admission: Admission, once: Once) -> None:
    @app.get(f"{V1}/keys", tags=["people"], operation_id="keys")
    def keys() -> dict[str, Any]:
        """Every key that was made, without its secret."""
        return {"keys": admission.keys()}

    @app.post(f"{V1}/keys", tags=["people"], operation_id="addKey", status_code=201)
    def add(request: Request, body: Annotated[NewKey, Body()]) -> Response:
        """Make a key for a system. It is told in the answer, and never again."""

        def ask() -> dict[str, Any]:
            return admission.add_key(request.state.identity, body.name, body.roles, body.expires)

        return _told(once, request, ask, digest_of(body.model_dump()), "key", 201)

    @app.delete(f"{V1}/keys/{{key}}", tags=["people"], operation_id="revokeKey", status_code=204, responses=_DONE)
    def revoke(request: Request, key: Key) -> Response:
        """End a key, from the next request on."""
        return _done(once, request, lambda: admission.revoke_key(request.state.identity, key))
