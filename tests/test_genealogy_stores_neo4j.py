"""The server store where no server answers: said in words, and soon."""

from __future__ import annotations

import socket
import threading

import pytest

from genealogy.errors import StoreUnavailableError
from genealogy.stores import neo4j
from genealogy.stores.neo4j import Neo4jStore


@pytest.mark.parametrize("scheme", ["bolt", "neo4j"])
def test_a_server_that_says_nothing_is_given_up(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As one that is stopped, or swaps: it takes the connection and never answers. The driver alone waits a minute."""
    monkeypatch.setattr(neo4j, "_PATIENCE_S", 1)
    hung_up = threading.Event()

    def listen() -> None:
        connection, _ = listener.accept()
        connection.settimeout(30)
        while connection.recv(1024):
            pass
        hung_up.set()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listening = threading.Thread(target=listen, daemon=True)
        listening.start()
        uri = f"{scheme}://127.0.0.1:{listener.getsockname()[1]}"
        with pytest.raises(StoreUnavailableError, match="cannot be reached") as caught:
            Neo4jStore(uri, "neo4j", "secret")
        listening.join(35)
    assert hung_up.is_set(), "it was given up before the other side gave up"
    assert uri in str(caught.value)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)
