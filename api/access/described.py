"""The description of the interface says of each operation that one has to say who one is, and which roles may use it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.access.rules import OPERATIONS, Role

if TYPE_CHECKING:
    from fastapi import FastAPI

_SCHEME = {
    "type": "http",
    "scheme": "bearer",
    "description": "A key of this service (`genealogy keys add`), or a token of the firm's own sign-in. docs/access.md says more.",
}


def describe_access(app: FastAPI) -> None:
    """Add it to what the application says of itself."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = plain()
            schema.setdefault("components", {})["securitySchemes"] = {"bearer": _SCHEME}
            for methods in schema["paths"].values():
                for operation in methods.values():
                    rule = OPERATIONS.get(operation.get("operationId", ""))
                    if rule is None or not rule.open:
                        operation["security"] = [{"bearer": []}]
                        operation["x-roles"] = [role.value for role in Role if rule and role in rule.roles]
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
