"""Long lists a page at a time: the pages of one answer are bound to its digest, so that together they are the whole.

``after`` is a cursor that only this program reads. It belongs to one answer: where the records have changed since, the next
page of the old answer is still asked for as of its entry, which ``next`` does.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode

from fastapi import Query

from api.protocol.problem import pointer
from api.protocol.refused import RefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastapi import Request


Limit = Annotated[int, Query(ge=1, le=10_000, description="At most so many rows.")]
After = Annotated[str | None, Query(max_length=300, description="The page after this cursor; `next` has it.")]
LIMIT = 1000
_ANOTHER = (
    "The cursor belongs to another answer: the question or the records are not the same. Begin with the first page."
)


def page(
    request: Request,
    rows: Sequence[Any],
    digest: str,
    limit: int,
    after: str | None,
    as_of: int | None = None,
    part: str = "",
) -> dict[str, Any]:
    """One page of rows.

    Args:
        request: whose address ``next`` goes on from.
        rows: all of them, in their order.
        digest: of the answer that they are part of.
        limit: rows of a page.
        after: cursor of the page before.
        as_of: the entry as of which the answer holds; the next page is asked as of it.
        part: of the answer, where it has several lists: the cursor of one is none of another.

    Raises:
        RefusedError: the cursor is none, or belongs to another answer.
    """
    bound = hashlib.sha256(f"{digest}/{part}".encode()).hexdigest()
    begin = 0 if after is None else _position(after, bound)
    if begin > len(rows):
        raise RefusedError(422, _ANOTHER, pointer("after"))
    end = begin + limit
    found = {"total": len(rows), "rows": list(rows[begin:end]), "next": None, "digest": digest}
    if as_of is not None:
        found["as_of"] = as_of
    if end < len(rows):
        kept = [(name, value) for name, value in request.query_params.multi_items() if name not in ("after", "as_of")]
        kept += [("after", cursor(bound, end))] + ([("as_of", str(as_of))] if as_of is not None else [])
        found["next"] = f"{request.url.path}?{urlencode(kept)}"
    return found


def cursor(digest: str, position: object) -> str:
    """The cursor behind a row."""
    return base64.urlsafe_b64encode(json.dumps([digest[:16], position]).encode()).decode().rstrip("=")


def read_cursor(text: str) -> tuple[str, Any]:
    """Digest and position of a cursor.

    Raises:
        RefusedError: it is none.
    """
    try:
        found = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
        digest, position = found
    except (binascii.Error, ValueError, TypeError) as error:
        raise RefusedError(
            422, "This is no cursor. Take it from `next`, or leave `after` out.", pointer("after")
        ) from error
    if not isinstance(digest, str):
        raise RefusedError(422, "This is no cursor. Take it from `next`, or leave `after` out.", pointer("after"))
    return digest, position


def _position(text: str, digest: str) -> int:
    of, position = read_cursor(text)
    if of != digest[:16] or type(position) is not int or position < 0:
        raise RefusedError(422, _ANOTHER, pointer("after"))
    return position
