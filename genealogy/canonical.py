"""One way of writing an answer down, so that the same answer has the same bytes and the same digest."""

from __future__ import annotations

import hashlib
import json
from typing import Any


def canonical(value: Any) -> bytes:
    """RFC 8785 bytes of an answer.

    Answers hold text, whole numbers below 2^53, true, false, null, lists and objects with ASCII names; for these the
    standard library writes what RFC 8785 asks for, some twenty times quicker than the library that covers all of it (a
    test compares the two).
    """
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def digest(value: Any) -> str:
    """SHA-256 of the canonical bytes, as hexadecimal text."""
    return hashlib.sha256(canonical(value)).hexdigest()
