"""The reference of the HTTP interface as one page that needs nothing from outside: FastAPI's own loads scripts from elsewhere."""

from __future__ import annotations

from typing import Any


def operations(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Every operation of an OpenAPI description, in the order of its paths, with what a caller has to know."""
    found = []
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            found.append(
                {
                    "method": method.upper(),
                    "path": path,
                    "id": operation["operationId"],
                    "tag": (operation.get("tags") or [""])[0],
                    "text": operation.get("description") or operation.get("summary") or "",
                    "parameters": [
                        *(_parameter(each) for each in operation.get("parameters") or []),
                        *_of_body(operation, schema),
                    ],
                    "answers": sorted(operation["responses"]),
                }
            )
    return found


def _parameter(given: dict[str, Any]) -> dict[str, Any]:
    schema = given.get("schema") or {}
    return {
        "name": given["name"],
        "in": given["in"],
        "required": bool(given.get("required")),
        "kind": _kind(schema),
        "text": given.get("description") or schema.get("description") or "",
    }


def _of_body(operation: dict[str, Any], schema: dict[str, Any]) -> list[dict[str, Any]]:
    """What may stand in a body of JSON, each as a parameter; what stands in an object there by its path."""
    content = (operation.get("requestBody") or {}).get("content") or {}
    given = (content.get("application/json") or {}).get("schema") or {}
    return _fields(given, schema.get("components", {}).get("schemas", {}), "")


def _fields(given: dict[str, Any], known: dict[str, Any], before: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    model = _model(given, known)
    for name, each in (model.get("properties") or {}).items():
        inner = _fields(each, known, f"{before}{name}.")
        found.append(
            {
                "name": f"{before}{name}",
                "in": "body",
                "required": name in model.get("required", ()),
                "kind": "object" if inner else _kind(each),
                "text": each.get("description") or "",
            }
        )
        found += inner
    return found


def _model(given: dict[str, Any], known: dict[str, Any]) -> dict[str, Any]:
    """A schema, where it stands itself or is named; nothing of what may be several things."""
    name = str(given.get("$ref") or "").rpartition("/")[2]
    return known.get(name, {}) if name else given


def _kind(schema: dict[str, Any]) -> str:
    """A type in words: ``string``, ``list of string``, ``forward or backward``."""
    if "enum" in schema:
        return " or ".join(map(str, schema["enum"]))
    if "anyOf" in schema:
        return " or ".join(kind for each in schema["anyOf"] if (kind := _kind(each)) != "null")
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items') or {})}"
    return str(schema.get("type") or "any")
