"""The form in which files are sent: all of it or nothing, only fields that are known, files that wait as long as needed."""

from __future__ import annotations

import os
import resource
import threading
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from people import LOCAL, bearer

from api.app import create_app
from api.intake.form import Limits
from api.intake.uploads import KEPT, Uploads
from genealogy.engine import Engine

LOADS = "/api/v1/loads"
HEAD = "item_id,material_id,lot_number\n"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("form") / "home"


@pytest.fixture(scope="module")
def client(home: Path) -> Iterator[TestClient]:
    engine = Engine.open(home)
    headers = bearer(home)
    with TestClient(create_app(engine), base_url=LOCAL, headers=headers) as client:
        yield client


def part(name: str, content: str, file: str = "") -> str:
    named = f'; filename="{file}"' if file else ""
    return f'--b\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n{content}\r\n'


LOTS = part("files", f"{HEAD}A,M,N\n", "lots.csv")
UNITS = part("files", "item_id,serial\nU,1\n", "units.csv")
END = "--b--\r\n"


def waiting(home: Path) -> list[str]:
    folder = home / "uploads"
    return [path.name for path in folder.iterdir()] if folder.is_dir() else []


@pytest.mark.parametrize(
    "body",
    [
        LOTS + UNITS,  # all but the closing line
        LOTS + UNITS[:60],  # the second file would be left out in silence
        LOTS + part("dry_run", "true")[:50],  # and this would be loaded instead of checked
        LOTS,
        "",
    ],
)
def test_a_form_of_which_not_all_came_does_nothing(client: TestClient, home: Path, body: str) -> None:
    before = client.get("/api/v1/jobs").json()["jobs"]
    got = client.post(LOADS, content=body.encode(), headers={"content-type": 'multipart/form-data; boundary="b"'})
    assert (got.status_code, "ended before all of it was here" in got.json()["detail"]) == (400, True), got.text
    assert client.get("/api/v1/jobs").json()["jobs"] == before
    assert waiting(home) == []


@pytest.mark.parametrize(
    ("more", "where"),
    [
        (part("dryrun", "true"), "#/dryrun"),
        (part("file", HEAD, "units.csv"), "#/file"),
        (part("dry_run", "true", "dry_run.txt"), "#/dry_run"),
        (part("files", HEAD), "#/files"),
        (part("mapping_file", "mapping = 1"), "#/mapping_file"),
        (part("dry_run", "true") + part("dry_run", "false"), "#/dry_run"),
        (part("zone", "UTC") + part("zone", "Europe/Berlin"), "#/zone"),
        (part("files", f"{HEAD}A,M,other\n", "lots.csv"), "#/files/1"),
    ],
)
def test_what_is_misspelt_or_there_twice_is_not_left_out(client: TestClient, home: Path, more: str, where: str) -> None:
    body = (LOTS + more + END).encode()
    got = client.post(LOADS, content=body, headers={"content-type": "multipart/form-data; boundary=b"})
    assert (got.status_code, got.json()["errors"][0]["pointer"]) == (422, where), got.text
    assert waiting(home) == []
    asked = client.post(f"{LOADS}?dry_run=true", files=[("files", ("lots.csv", HEAD.encode()))])
    assert (asked.status_code, asked.json()["errors"][0]["pointer"]) == (422, "#/dry_run")


def test_where_the_disk_is_full_nothing_is_kept(client: TestClient, home: Path) -> None:
    rows = (HEAD + "".join(f"L-{n},M,N\n" for n in range(200_000))).encode()
    kept = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, kept[1]))
    try:
        got = client.post(LOADS, files=[("files", ("lots.csv", rows))])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, kept)
    assert (got.status_code, "no room" in got.json()["detail"]) == (503, True), got.text
    assert waiting(home) == []


def test_files_that_are_needed_stay_however_many_come(tmp_path: Path) -> None:
    uploads, needed = Uploads(tmp_path, Limits()), True
    first = uploads.put([("lots.csv", BytesIO(b"x"))])
    os.utime(first.folder, (0, 0))
    uploads.keep_while(first, lambda: needed)
    for _ in range(KEPT + 5):
        uploads.put([("lots.csv", BytesIO(b"x"))])
    assert uploads.of(first.id).files == first.files
    assert len(waiting_in(uploads)) <= KEPT + 2
    needed = False
    uploads.put([("lots.csv", BytesIO(b"x"))])
    assert first.id not in waiting_in(uploads)


def test_files_that_go_while_others_come_trouble_nobody(tmp_path: Path) -> None:
    uploads, wrong = Uploads(tmp_path, Limits()), list[Exception]()
    until = time.monotonic() + 2

    def send() -> None:
        try:
            while time.monotonic() < until:
                uploads.drop(uploads.put([("lots.csv", BytesIO(b"x"))]))
        except OSError as error:
            wrong.append(error)

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def waiting_in(uploads: Uploads) -> list[str]:
    return [path.name for path in uploads.folder.iterdir()]
