"""The form in which files are sent: how much it may hold, which fields, whether all of it came."""

from __future__ import annotations

import os
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from starlette.datastructures import UploadFile
from starlette.requests import ClientDisconnect, Request

from api.protocol.problem import pointer
from api.protocol.refused import RefusedError
from genealogy.errors import InputError

if TYPE_CHECKING:
    from starlette.datastructures import FormData
    from starlette.types import Message

FILES, RULE, TEXTS = "files", "mapping_file", ("dry_run", "mapping", "zone", "form")
"""Fields of the form: files, one file, and those that are texts, each once; the last is the token of a page."""
MB = 1 << 20
_FIELD_BYTES = 1 << 20
_BOUNDARY = re.compile(r"boundary=(?:\"([^\"]+)\"|([^;\s]+))", re.IGNORECASE)
_LAST_BYTES = 4096
"""Of a form, among which its closing line must stand."""
_CUT_OFF = "The request ended before all of it was here, and nothing of it was kept. Send the files again."


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may be sent at once.

    Attributes:
        request_mb: a request, in MiB (GENEALOGY_UPLOAD_REQUEST_MB).
        file_mb: a file (GENEALOGY_UPLOAD_FILE_MB).
        expanded_mb: a workbook or Parquet file once unpacked (GENEALOGY_UPLOAD_EXPANDED_MB).
        files: how many files (GENEALOGY_UPLOAD_FILES).
        name: characters of a file's name (GENEALOGY_UPLOAD_NAME).
    """

    request_mb: int = 1024
    file_mb: int = 512
    expanded_mb: int = 2048
    files: int = 200
    name: int = 200

    @classmethod
    def from_environment(cls) -> Limits:
        """Read the environment.

        Raises:
            InputError: a limit is no whole number above 0.
        """
        found: dict[str, int] = {}
        for limit in fields(cls):
            variable = f"GENEALOGY_UPLOAD_{limit.name.upper()}"
            text = os.environ.get(variable, "").strip()
            if text:
                if not (text.isascii() and text.isdigit() and int(text)):
                    raise InputError(f"{variable} is {text!r}. Give a whole number above 0.")
                found[limit.name] = int(text)
        return cls(**found)


async def read_form(request: Request, limits: Limits) -> FormData:
    """The form of a request, once all of it has come.

    Raises:
        RefusedError: it is too much, no form, or not all of it came.
    """
    most, read, last = limits.request_mb * MB, 0, b""
    too_much = RefusedError(
        413, f"More than {limits.request_mb} MiB were sent at once. Send fewer files, or load them on the machine."
    )
    told = request.headers.get("content-length", "")
    if told.isdigit() and int(told) > most:
        raise too_much
    kind = request.headers.get("content-type", "")
    if not kind.startswith("multipart/form-data"):
        raise RefusedError(415, "Send the files as multipart/form-data.")

    async def counted() -> Message:
        nonlocal read, last
        message = await request.receive()
        body = message.get("body", b"")
        read, last = read + len(body), (last + body[-_LAST_BYTES:])[-_LAST_BYTES:]
        if read > most:
            raise too_much
        return message

    counting = Request(request.scope, counted)
    try:
        form = await counting.form(max_files=limits.files + 1, max_fields=50, max_part_size=_FIELD_BYTES)
    except ClientDisconnect as error:
        raise RefusedError(400, _CUT_OFF) from error
    named = _BOUNDARY.search(kind)
    if named is None or f"--{named[1] or named[2]}--".encode("latin-1", "replace") not in last:
        # What came of it could be less than was meant: a file, or the word that it was only to be checked.
        await form.close()
        raise RefusedError(400, _CUT_OFF)
    return form


def check_fields(form: FormData) -> None:
    """Only fields that are known, each as what it is: what is misspelt must not be left out in silence.

    Raises:
        RefusedError: a field is none, is there twice, or is a file where a text is meant, or the other way round.
    """
    seen = Counter(name for name, _ in form.multi_items())
    for name, value in form.multi_items():
        a_file = isinstance(value, UploadFile)
        if name not in (FILES, RULE, *TEXTS):
            said = f"There is no field {name[:60]!r}. Known are {FILES}, {RULE}, {', '.join(TEXTS[:-1])}."
        elif a_file != (name in (FILES, RULE)):
            said = f"{name} must be sent as {'a text' if a_file else 'a file, with its name'}."
        elif seen[name] > 1 and name != FILES:
            said = f"{name} takes one value and was given {seen[name]} times. Give it once."
        else:
            continue
        raise RefusedError(422, said, pointer(name))


def check_different(names: list[str]) -> None:
    """Files of one upload have different names: a fact is cited by the name of its file and its row there.

    Raises:
        RefusedError: two have the same.
    """
    known: set[str] = set()
    for number, name in enumerate(names):
        plain = unicodedata.normalize("NFC", name)
        if plain in known:
            said = (
                f"Two files are called {name[:60]!r}, and a fact is cited by the name of its file. Give them different "
                "names, such as lots-1.csv and lots-2.csv, or send one after the other."
            )
            raise RefusedError(422, said, pointer(FILES, number))
        known.add(plain)


def checked_name(name: str, most: int, where: str = "#/files") -> str:
    """The name of a file, as it was given.

    Raises:
        RefusedError: it is empty, too long, a path, or holds characters that no file name has.
    """
    wrong = (
        not name.strip()
        or len(name) > most
        or name in (".", "..")
        or any(char in "/\\:" or unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") for char in name)
    )
    if wrong:
        raise RefusedError(
            422,
            f"{name[:60]!r} cannot be the name of a file here: at most {most} characters, no path, no control characters.",
            where,
        )
    return name
