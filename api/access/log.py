"""What the log says of a request: when, from where, which page, how it went; not what was asked, for that may be confidential."""

from __future__ import annotations

import logging
import re

_NAMED = re.compile(r"^(/api/v1/items|/items)/.+")
_REQUEST = 5
"""Parts of uvicorn's line about a request: address, method, path with query, version, status."""


class WithoutQuestion(logging.Filter):
    """Takes the question out of uvicorn's lines about requests."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the line; it is always written."""
        if isinstance(record.args, tuple) and len(record.args) == _REQUEST:
            address, method, path, version, status = record.args
            record.args = (address, method, _NAMED.sub(r"\1/..", str(path).partition("?")[0]), version, status)
        return True
