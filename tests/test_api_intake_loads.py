"""Loads over HTTP: checked first, loaded whole, corrected and loaded again; what is too much or hostile is refused."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cli import PLANT
from console_server import Served, served
from people import bearer, new_person

from api.access.rules import Role
from genealogy.engine import Engine

V1 = "/api/v1"
Files = dict[str, bytes]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    limits = {"REQUEST_MB": "3", "FILE_MB": "2", "EXPANDED_MB": "20", "FILES": "12"}
    env = {f"GENEALOGY_UPLOAD_{name}": value for name, value in limits.items()}
    home = tmp_path_factory.mktemp("loads") / "home"
    home.mkdir(mode=0o700)
    with served(home, env) as found:
        yield found


@pytest.fixture
def client(address: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, timeout=60, headers=address.headers) as client:
        yield client


def send(client: httpx.Client, files: Files, headers: dict[str, str] | None = None, **fields: str) -> httpx.Response:
    sent = [("files", (name, content)) for name, content in files.items()]
    return client.post(f"{V1}/loads", files=sent, data=fields, headers=headers or {})


def ended(client: httpx.Client, response: httpx.Response) -> dict[str, Any]:
    """The job of an accepted request, when it has ended."""
    assert response.status_code == 202, response.text
    with client.stream("GET", f"{response.headers['location']}/events") as stream:
        assert any(line == "event: ended" for line in stream.iter_lines())
    found: dict[str, Any] = client.get(response.headers["location"]).json()
    return found


def plant(**more: str) -> Files:
    return {f"{name}.csv": text.encode() for name, text in {**PLANT, **more}.items()}


def test_a_plant_is_checked_then_loaded_and_the_originals_come_back(client: httpx.Client) -> None:
    job = ended(client, send(client, plant(), dry_run="true"))
    assert job["state"] == "done", job
    report = job["result"]
    assert (report["dry_run"], report["recorded"]) == (True, False)
    assert {file["file"] for file in report["files"]} == set(plant())
    assert all(file["read"] == file["accepted"] for file in report["files"])
    head = client.get("/readyz").json()["sequence"]
    loaded = ended(client, client.post(f"{V1}/loads/waiting/{report['upload']}"))["result"]
    assert (loaded["recorded"], loaded["sequence"]) == (True, head + 1)
    assert client.post(f"{V1}/loads/waiting/{report['upload']}").json()["status"] == 404
    scope = client.get(f"{V1}/scope?item=RM-1").json()
    assert scope["finished_units"] == 4
    listed = client.get(f"{V1}/loads").json()["loads"][0]
    file = next(file for file in listed["files"] if file["file"] == "lots.csv")
    original = client.get(f"{V1}/originals/{file['sha256']}")
    assert original.content == PLANT["lots"].encode()
    assert original.headers["content-disposition"].startswith('attachment; filename="lots.csv"')
    assert original.headers["x-content-type-options"] == "nosniff"
    assert client.get(f"{V1}/originals/{'0' * 64}").status_code == 404
    assert client.get(f"{V1}/originals/..%2f..%2fledger.sqlite").status_code in (404, 422)


def test_what_is_wrong_is_shown_row_by_row_corrected_and_loaded_again(client: httpx.Client) -> None:
    rows = [f"Q-{n},MAT,NQ{n},{n if n % 2 else 'many'},kg" for n in range(8)]
    text = "item_id,material_id,lot_number,quantity,unit\n" + "\n".join(rows)
    job = ended(client, send(client, {"lots.csv": text.encode()}))
    assert job["result"]["quarantined"] == 4
    assert {row["rule"] for row in job["result"]["rejected"]} == {"not_a_number"}
    page = client.get(f"{V1}/quarantine?limit=3").json()
    found = page["rows"]
    while page["next"]:
        page = client.get(f"{V1}/quarantine", params={"limit": 3, "after": page["next"]}).json()
        found += page["rows"]
    assert found == client.get(f"{V1}/quarantine").json()["rows"]
    mine = [row for row in found if row["cells"].get("item_id", "").startswith("Q-")]
    assert [(row["column"], row["value"]) for row in mine] == [("quantity", "many")] * 4
    assert all(row["do"] and row["table"] == "lots" and row["file"] == "lots.csv" for row in mine)
    body = {"corrections": {row["quarantine_id"]: {"quantity": "5"} for row in mine[:3]}}
    head = client.get("/readyz").json()["sequence"]
    checked = ended(client, client.post(f"{V1}/quarantine", json={**body, "dry_run": True}))
    assert checked["result"]["files"][0]["accepted"] == 3
    assert client.get("/readyz").json()["sequence"] == head
    assert ended(client, client.post(f"{V1}/quarantine", json=body))["result"]["files"][0]["accepted"] == 3
    assert client.get("/readyz").json()["sequence"] == head + 1
    left = [row["quarantine_id"] for row in client.get(f"{V1}/quarantine").json()["rows"]]
    assert [row["quarantine_id"] in left for row in mine] == [False] * 3 + [True]
    again = client.post(f"{V1}/quarantine", json=body)
    assert again.status_code == 409
    assert again.json()["errors"][0]["pointer"] == f"#/corrections/{mine[0]['quarantine_id']}"
    wrong = client.post(f"{V1}/quarantine", json={"corrections": {mine[3]["quarantine_id"]: {"no_column": "1"}}})
    assert wrong.status_code == 422
    assert wrong.json()["errors"][0]["pointer"].endswith("/no_column")


def test_a_mapping_and_a_zone_are_chosen(client: httpx.Client) -> None:
    mapping = (
        'mapping = 1\n[[source]]\nfiles = ["export-*.txt"]\ndelimiter = ";"\n[[source.table]]\nname = "lots"\n'
        '[source.table.columns]\nitem_id = "Charge"\nmaterial_id = "Artikel"\nlot_number = "Charge"\nmade_at = "Zeit"\n'
    )
    files = [
        ("files", ("export-1.txt", b"Charge;Artikel;Zeit\nC-1;A-1;2026-05-01T08:00:00\n")),
        ("mapping_file", ("ours.toml", mapping.encode())),
    ]
    without = ended(client, client.post(f"{V1}/loads", files=files, data={"dry_run": "true"}))
    assert without["result"]["quarantined"] == 1
    job = ended(client, client.post(f"{V1}/loads", files=files, data={"zone": "Europe/Berlin"}))
    assert job["result"]["files"][0]["accepted"] == 1
    assert client.get(f"{V1}/loads").json()["loads"][0]["mapping"] == "ours.toml"
    assert client.get(f"{V1}/items/C-1").json()["items"][0]["kind"] == "lot"


@pytest.mark.parametrize(
    "name",
    [
        "../lots.csv",
        "/etc/passwd",
        "..\\lots.csv",
        "C:lots.csv",
        "a\nb.csv",
        "lots\u202e.csv",
        "..",
        " ",
        "x" * 300 + ".csv",
    ],
)
def test_a_name_that_is_no_name_is_refused(client: httpx.Client, name: str) -> None:
    boundary = "b0undary"
    quoted = name.replace("\n", "%0A")
    body = f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="{quoted}"\r\n\r\nx\r\n--{boundary}--\r\n'
    if "\n" in name:
        body = body.replace("%0A", "\u0085")
    got = client.post(
        f"{V1}/loads", content=body.encode(), headers={"content-type": f"multipart/form-data; boundary={boundary}"}
    )
    assert got.status_code in (400, 422), got.text
    assert got.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "mapping", ["/etc/passwd", "../../x", "http://169.254.169.254/", "file:///etc/passwd", "nothing"]
)
def test_a_mapping_is_never_a_path(client: httpx.Client, mapping: str) -> None:
    got = send(client, {"lots.csv": b"item_id\n"}, mapping=mapping)
    assert (got.status_code, got.json()["errors"][0]["pointer"]) == (422, "#/mapping")
    assert "root:" not in got.text


def test_limits_of_a_request(client: httpx.Client) -> None:
    line = b"L,M,N\n"
    head = b"item_id,material_id,lot_number\n"
    assert send(client, {"lots.csv": head + line * 400_000}).status_code == 413
    assert send(client, {f"lots-{n}.csv": head + line * 250_000 for n in range(3)}).status_code == 413
    assert send(client, {f"lots-{n}.csv": head for n in range(14)}).status_code in (400, 413, 422)
    assert client.post(f"{V1}/loads", json={}).status_code == 415
    assert client.post(f"{V1}/loads", data={"zone": "UTC"}, files={"other": b""}).status_code == 422
    assert send(client, {"lots.csv": head}, zone="Nowhere/Land").status_code == 422

    def drip() -> Iterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="files"; filename="lots.csv"\r\n\r\n'
        for _ in range(40):
            yield line * 20_000

    try:
        got = client.post(f"{V1}/loads", content=drip(), headers={"content-type": "multipart/form-data; boundary=b"})
        assert got.status_code == 413
    except httpx.WriteError:
        pass  # the service answered and closed before all was sent
    uploads = client.get("/readyz")
    assert uploads.status_code == 200


def workbook(sheet: bytes, parts: Files | None = None) -> bytes:
    import xlsxwriter

    plain = io.BytesIO()
    book = xlsxwriter.Workbook(plain)
    book.add_worksheet("lots").write_row(0, 0, ["item_id", "material_id", "lot_number"])
    book.close()
    out = io.BytesIO()
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.namelist():
            new.writestr(entry, sheet if sheet and entry.endswith("sheet1.xml") else old.read(entry))
        for name, content in (parts or {}).items():
            new.writestr(name, content)
    return out.getvalue()


SHEET = (
    b'<?xml version="1.0"?>%s<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    b"<sheetData>%s</sheetData></worksheet>"
)


def row(number: int, *cells: bytes) -> bytes:
    made = (
        b'<c r="%c%d" t="inlineStr"><is><t>%s</t></is></c>' % (65 + place, number, cell)
        for place, cell in enumerate(cells)
    )
    return b'<row r="%d">%s</row>' % (number, b"".join(made))


def test_a_workbook_that_unpacks_to_too_much_is_refused(client: httpx.Client) -> None:
    bomb = workbook(b"", {"xl/media/zero.bin": b"\0" * (30 << 20)})
    assert len(bomb) < 1 << 20
    got = send(client, {"plant.xlsx": bomb})
    assert (got.status_code, got.json()["errors"][0]["pointer"]) == (413, "#/files/0")


@pytest.mark.parametrize(
    "doctype",
    [
        b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]>',
        b'<!DOCTYPE x [<!ENTITY c SYSTEM "file:///etc/passwd">]>',
        b'<!DOCTYPE x [<!ENTITY c SYSTEM "http://127.0.0.1:1/x">]>',
        b'<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd">',
        b'<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:1/x"> %p;]>',
    ],
)
def test_xml_that_declares_something_is_not_read(client: httpx.Client, doctype: bytes) -> None:
    bad = workbook(SHEET % (doctype, row(1, b"item_id", b"material_id", b"lot_number") + row(2, b"&c;", b"M", b"N")))
    job = ended(client, send(client, {"plant.xlsx": bad}, dry_run="true"))
    # Refused whole, or read with nothing in place of the entity: never expanded, never fetched.
    assert "root:" not in json.dumps(job)
    assert "aaaaaaaaaaaaaaaaaaaa" not in json.dumps(job)
    if job["state"] == "done":
        assert job["result"]["files"][0]["accepted"] == 0


def test_a_parquet_file_that_unpacks_to_too_much_is_refused(client: httpx.Client) -> None:
    out = io.BytesIO()
    text = pa.array(["x" * 100_000]).dictionary_encode()
    rows = pa.DictionaryArray.from_arrays(pa.array([0] * 5_000, pa.int32()), text.dictionary)
    table = pa.table({"item_id": rows, "material_id": rows, "lot_number": rows})
    pq.write_table(table, out, compression="zstd")
    assert len(out.getvalue()) < 1 << 16
    assert send(client, {"lots.parquet": out.getvalue()}).status_code == 413


def test_formulas_stay_text(client: httpx.Client) -> None:
    payloads = ["=cmd|'/C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", '=HYPERLINK("http://127.0.0.1:1/")', "\t=1+1"]
    out = io.StringIO()
    csv.writer(out).writerows([["item_id", "material_id", "lot_number"], *(["F-" + p, "MAT", p] for p in payloads)])
    report = ended(client, send(client, {"lots.csv": out.getvalue().encode()}))["result"]
    assert report["files"][0]["accepted"] + report["files"][0]["quarantined"] == len(payloads)
    for payload in payloads[:5]:
        found = client.get(f"{V1}/items/id:F-{payload.replace('/', '%2F')}").json()
        assert found["items"][0]["number"] == payload


def test_a_file_that_is_none_fails_the_job_with_words(client: httpx.Client) -> None:
    job = ended(client, send(client, {"lots.csv": b"nothing of use\n1\n"}))
    assert (job["state"], job["problem"]["status"]) == ("failed", 422)
    assert "needs the column" in job["problem"]["detail"]
    job = ended(client, send(client, {"picture.png": b"\x89PNG"}))
    assert "picture.png" in job["problem"]["detail"]
    assert "/uploads/" not in json.dumps(job)


def test_who_may_not_see_a_field_does_not_see_it_in_loads_and_loses_nothing_by_correcting(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    coordinator, viewer = (bearer(home, role, name=role) for role in (Role.COORDINATOR, Role.VIEWER))
    text = (
        "shipment_id,item_id,consignee_id,shipped_at,quantity,unit,price\n"
        "S-1,U-1,C-1,2026-05-01T08:00:00Z,many,each,CANARY-77.5\nS-2,U-1,C-1,2026-05-01T08:00:00Z,many,each,4711.25\n"
    )
    with served(home) as address, httpx.Client(base_url=address, timeout=60) as asking:
        manager = address.headers
        asking.headers.update(manager)
        job = ended(asking, send(asking, {"shipments.csv": text.encode()}))
        assert job["result"]["quarantined"] == 2
        sha = asking.get(f"{V1}/loads").json()["loads"][0]["files"][0]["sha256"]
        asking.headers.update(coordinator)
        paths = [f"{V1}/jobs/{job['id']}", job["events"], f"{V1}/quarantine", f"{V1}/loads", "/loads", "/quarantine"]
        for path in [*paths, f"/loads/jobs/{job['id']}"]:
            got = asking.get(path)
            assert got.status_code == 200, path
            assert "CANARY" not in got.text, path
            assert "4711" not in got.text, path
        assert asking.get(f"{V1}/originals/{sha}").status_code == 403
        rows = asking.get(f"{V1}/quarantine").json()["rows"]
        fine = next(row for row in rows if row["cells"]["shipment_id"] == "S-2")
        cells = {**fine["cells"], "quantity": "1"}
        assert cells["price"] == "[masked]"
        done = ended(asking, asking.post(f"{V1}/quarantine", json={"corrections": {fine["quarantine_id"]: cells}}))
        assert done["result"]["files"][0]["accepted"] == 1
        asking.headers.update(viewer)
        assert asking.get(f"{V1}/jobs/{job['id']}").status_code == 404
        assert asking.get(f"{V1}/quarantine").status_code == 403
        asking.headers.update(manager)
        assert asking.get(f"{V1}/originals/{sha}").text == text
    engine = Engine.open(home)
    shipment = engine.history.in_force("shipments")
    assert shipment is not None
    assert shipment["price"].to_pylist() == ["4711.25"]
    engine.close()


def test_the_forms_of_the_pages_carry_the_token_of_their_session(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    new_person(home, "jane", "a password that is long enough", Role.COORDINATOR)
    with served(home, key=False) as address, httpx.Client(base_url=address, timeout=60) as asking:

        def token(path: str) -> str:
            return re.findall(r'name="form" value="([0-9a-f]{64})"', asking.get(path).text)[-1]

        form = {"form": token("/sign-in"), "name": "jane", "password": "a password that is long enough"}
        assert asking.post("/sign-in", data=form).status_code == 303
        sent = [("files", ("lots.csv", b"item_id,material_id,lot_number\nT-1,M,T\nT-2,,\n"))]
        for wrong in ({}, {"form": "0" * 64}):
            assert asking.post("/loads", files=sent, data=wrong).status_code == 403
            assert asking.post(f"{V1}/loads", files=sent, data=wrong).status_code == 403
            assert asking.post("/quarantine", data=wrong).status_code == 403
        checked = asking.post("/loads", files=sent, data={"form": token("/loads")})
        assert checked.status_code == 303
        page = asking.get(checked.headers["location"]).text
        upload = re.findall(r'action="(/loads/waiting/[0-9a-f]{32})"', page)[0]
        assert asking.post(upload).status_code == 403
        loaded = asking.post(upload, data={"form": token(checked.headers["location"])})
        assert "Loaded as entry" in asking.get(loaded.headers["location"]).text
        assert asking.get("/quarantine").status_code == 200
    engine = Engine.open(home)
    assert [entry.actor for entry in engine.ledger.entries() if entry.action == "load"] == ["jane"]
    engine.close()
