"""The reference of the HTTP interface as a page of the documentation, out of its description (OpenAPI)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.access.rules import OPERATIONS
from api.console.reference import operations

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAD = """\
# HTTP interface

Written by `docs/generate.py` from the description that the service hands out at `/openapi.json`; do not edit. `/docs` shows the
same in the browser, without asking anything of the outside.

- Whoever asks shows a key or token (`Authorization: Bearer ..`); [access.md](access.md) says who may ask what.
- An answer has `digest` and `asked`. Its `ETag` is the digest: `If-None-Match` gets 304 where nothing has changed. HEAD is
  answered wherever GET is.
- A parameter that a route does not have, and several values of one that takes one, are refused: neither is left out in silence.
- What goes wrong is a problem (RFC 9457, `application/problem+json`): `detail` says what happened and what to do, `errors` which
  part of the request is meant (`pointer`, RFC 6901). 503 always has `Retry-After`.
- A question has 60 seconds (`GENEALOGY_DEADLINE`), or as many as `X-Deadline: SECONDS` or `Prefer: wait=SECONDS` says, 600 at the
  most. When they are over, and when the caller goes away, the query in the store is stopped too.
- `Prefer: respond-async` on any question (not on pages of lists and on files) has it done as a job: 202, `Location`, and there
  `state`, `result` or `problem`. `events` of a job are server-sent events that go on after `Last-Event-ID`; DELETE calls a
  job off.
- `Idempotency-Key` on a POST: the same key with the same body gets the same answer for a week, also after a restart (what is sent
  with a password in it is remembered until then only); with another body 422.
- Long lists have pages: `limit`, `after` (a cursor that belongs to one answer), `next`; all pages together are the whole list as
  of the entry of the first.
- Files are sent as `multipart/form-data`, each under another name; a form of which not all came does nothing. Limits: 512 MiB a
  file, 1 GiB a request, 2 GiB once unpacked, 200 files
  (`GENEALOGY_UPLOAD_FILE_MB`, `_REQUEST_MB`, `_EXPANDED_MB`, `_FILES`).

```
curl -H "Authorization: Bearer $KEY" -F files=@lots.csv -F files=@consumption.csv -F dry_run=true \\
     -H "Idempotency-Key: shift-17" http://127.0.0.1:8000/api/v1/loads
curl -H "Authorization: Bearer $KEY" "http://127.0.0.1:8000/api/v1/scope?item=RX-2291"
```
"""


def http_page(schema: dict[str, Any]) -> str:
    """The page."""
    return "\n".join(_lines(schema)) + "\n"


def _lines(schema: dict[str, Any]) -> Iterator[str]:
    yield _HEAD.rstrip()
    found = operations(schema)
    for tag in dict.fromkeys(each["tag"] for each in found):
        yield f"\n## {tag.capitalize()}"
        for each in found:
            if each["tag"] == tag:
                yield from _operation(each)


def _operation(each: dict[str, Any]) -> Iterator[str]:
    yield f"\n### {each['id']}\n"
    yield f"`{each['method']} {each['path']}`\n"
    yield " ".join(each["text"].replace("``", "`").split())
    rule = OPERATIONS.get(each["id"])
    if rule is not None:
        who = "nobody has to sign in" if rule.open else ", ".join(sorted(rule.roles))
        yield f"\nFor: {who}."
    if each["parameters"]:
        yield "\n| parameter | in | kind | |\n| --- | --- | --- | --- |"
        for one in each["parameters"]:
            needed = ", required" if one["required"] else ""
            yield f"| `{one['name']}` | {one['in']}{needed} | {_cell(one['kind'])} | {_cell(one['text'])} |"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("``", "`")
