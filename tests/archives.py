"""Reports as they are fetched over HTTP, and everything that a reader could find in the files of one."""

from __future__ import annotations

import io
import time
import zipfile
import zlib
from typing import Any

import httpx
from fastapi.testclient import TestClient
from pypdf import PdfReader

V1 = "/api/v1"


def made(
    client: TestClient, *items: str, language: str = "en", **more: Any
) -> tuple[httpx.Response, dict[str, object]]:
    """The archive of a report, and the job that made it; ``more``: what else it is asked for."""
    begun = client.post(f"{V1}/reports", json={"items": [*items], "language": language, **more})
    assert begun.status_code == 202, begun.text
    while (job := client.get(begun.headers["location"]).json())["state"] in ("waiting", "running"):
        time.sleep(0.02)
    assert job["state"] == "done", job
    archive: httpx.Response = client.get(job["result"]["archive"])
    assert archive.status_code == 200
    return archive, job


def members(archive: httpx.Response) -> dict[str, bytes]:
    """Its files by their names."""
    with zipfile.ZipFile(io.BytesIO(archive.content)) as files:
        return {name: files.read(name) for name in files.namelist()}


def told(name: str, data: bytes) -> str:
    """What a file says to somebody who opens it; of a PDF without white space, as its lines break where they will."""
    if name.endswith(".xlsx"):
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            return "\n".join(f"{part}\n{book.read(part).decode('utf-8')}" for part in book.namelist())
    if name.endswith(".pdf"):
        reader = PdfReader(io.BytesIO(data))
        said = [page.extract_text() for page in reader.pages]
        said += [str(value) for value in (reader.metadata or {}).values()] + _titles(reader.outline)
        return "".join("".join(said).split())
    return data.decode("utf-8-sig")


def raw(name: str, data: bytes) -> bytes:
    """The bytes of a file and of everything that is compressed in it."""
    found = [name.encode(), data]
    if name.endswith(".xlsx"):
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            found += [part.encode() + book.read(part) for part in book.namelist()]
    if name.endswith(".pdf"):
        for piece in data.split(b"stream\r\n")[1:] + data.split(b"stream\n")[1:]:
            try:
                found.append(zlib.decompressobj().decompress(piece))
            except zlib.error:
                continue
    return b"\n".join(found)


def _titles(outline: object) -> list[str]:
    if isinstance(outline, list):
        return [title for each in outline for title in _titles(each)]
    return [str(getattr(outline, "title", ""))]
