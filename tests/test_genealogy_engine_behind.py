"""A change that is recorded and does not come into the store: nobody is answered as if it were there, and it comes later."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cli import PLANT, write
from fastapi.testclient import TestClient
from people import LOCAL, bearer

from api.app import create_app
from genealogy.engine import Engine
from genealogy.errors import StoreError
from loaders import load

LOTS = "item_id,material_id,lot_number\n" + "".join(f"S-{n},RM,n\n" for n in range(4_000))


@contextmanager
def full_disk() -> Iterator[None]:
    """No file grows beyond what a load's documents take: the graph does."""
    kept = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (70_000, kept[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, kept)


@pytest.mark.parametrize("asked_before", [False, True])
def test_an_entry_that_the_store_lacks(tmp_path: Path, asked_before: bool) -> None:
    engine = Engine.open(tmp_path / "home")
    load(engine, [write(tmp_path / "plant", PLANT)])
    more = write(tmp_path / "more", {"lots": LOTS})
    headers = bearer(engine.home)
    with TestClient(create_app(engine), base_url=LOCAL, headers=headers, raise_server_exceptions=False) as client:
        assert client.get("/readyz").status_code == 200  # from here on the key is in the ledger
        before = engine.ledger.head.sequence
        if asked_before:
            with engine.asking:
                assert engine.head == before
        with full_disk():
            with pytest.raises(StoreError, match="the graph does not hold it yet"):
                load(engine, [more])
            assert engine.behind
            assert client.get("/readyz").status_code == 503
            for path in ("/", "/ledger", "/scope?item=RM-1", "/loads", "/batches", "/nowhere"):
                page = client.get(path, headers={"accept": "text/html"})
                assert page.headers["content-type"].startswith("text/html"), (path, page.text)
                assert 'id="behind"' in page.text, path
                assert "is its disk full" in page.text
            asked = client.get("/api/v1/scope?item=RM-1")
            assert asked.status_code == (200 if asked_before else 503)
            assert not asked_before or asked.json()["as_of"] == before
        if asked_before:  # whoever loads next brings it there
            load(engine, [write(tmp_path / "last", {"lots": "item_id,material_id,lot_number\nLAST,RM,n\n"})])
        answer = client.get("/api/v1/scope?item=RM-1").json()
        assert (answer["complete"], answer["as_of"]) == (True, engine.ledger.head.sequence)
        assert not engine.behind
        assert client.get("/readyz").status_code == 200
        assert 'id="behind"' not in client.get("/ledger").text
        assert client.get("/api/v1/items/S-3999").status_code == 200
        assert client.get("/api/v1/verify").json()["ok"]
