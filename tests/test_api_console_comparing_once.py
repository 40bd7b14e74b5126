"""What several readers wait for is compared once, to its end, and what goes wrong is told to each of them."""

from __future__ import annotations

import threading
import time

import pytest

from api.console.comparing import LEAST, Comparing, least
from genealogy.deadline import Deadline, within
from genealogy.errors import DeadlineError, InputError


def test_what_is_waited_for_is_worked_out_once_and_to_its_end() -> None:
    comparing, begun, go_on = Comparing(), [], threading.Event()

    def ask() -> str:
        begun.append(1)
        go_on.wait(30)
        return "compared"

    with within(Deadline(0.3)), pytest.raises(DeadlineError):
        comparing.wait("key", ask)
    assert comparing.at_work("key")
    heard: list[str] = []
    waiting = [threading.Thread(target=lambda: heard.append(comparing.wait("key", ask))) for _ in range(3)]
    for each in waiting:
        each.start()
    time.sleep(0.1)
    go_on.set()
    for each in waiting:
        each.join(30)
    assert heard == ["compared"] * 3
    assert begun == [1]
    assert not comparing.at_work("key")


def test_what_goes_wrong_is_told_to_whoever_waits() -> None:
    comparing = Comparing()

    def ask() -> str:
        raise InputError("no such entry")

    with pytest.raises(InputError, match="no such entry"):
        comparing.wait("key", ask)
    assert not comparing.at_work("key")


def test_how_large_is_very_large_can_be_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GENEALOGY_FIRST_LOOK", raising=False)
    assert least() == LEAST
    monkeypatch.setenv("GENEALOGY_FIRST_LOOK", "250")
    assert least() == 250
    monkeypatch.setenv("GENEALOGY_FIRST_LOOK", "many")
    with pytest.raises(InputError, match="GENEALOGY_FIRST_LOOK"):
        least()
