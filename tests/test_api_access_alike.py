"""To a role, two plants are the same that differ only in what it may not see: in order, counts, digests, guesses and all."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import httpx
import pytest
from alike import ONE, Words, other, plant
from fastapi.testclient import TestClient
from people import LOCAL, bearer

from api.access.rules import SEES, Field, Role
from api.app import create_app

V1 = "/api/v1"
PATHS = [
    *(f"{V1}/items/{text}" for text in ("R-1", "WE-1", "none")),
    f"{V1}/trace?item=id:R-1&direction=forward",
    *(f"{V1}/scope?{start}" for start in (
        "item=id:R-1", "item=id:R-5", "equipment=E-1", "parameter=heat&outside=true", "document=SOP&version=9")),
    f"{V1}/scope/consignees?item=id:R-5", f"{V1}/bounds?item=id:R-5", f"{V1}/diff?item=id:R-2&from=1",
    f"{V1}/near-misses?item=id:R-1", f"{V1}/compare?item=id:R-1&boundary=lot",
    *(f"{V1}/where?item=id:{item}&scope=true" for item in ("R-1", "R-2")),
    *(f"{V1}/balance?item=id:{item}" for item in ("R-1", "R-2", "R-5", "R-2&of=trace")),
    f"{V1}/share?item=id:R-1", f"{V1}/flow?item=id:R-1", f"{V1}/countries?item=id:R-5", f"{V1}/timeline?item=id:R-2",
    f"{V1}/graph?item=id:R-1&fold=lot&to=U-0",
    *(f"{V1}/graph/node?item=id:R-5&fold=lot&node={node}" for node in ("0", "1", "6", "6.0")),
    f"{V1}/graph/node?item=id:R-2&fold=lot&node=1.0",
    *(f"{V1}/graph/file/{form}?item=id:R-5" for form in ("svg", "csv", "graphml")),
    *(f"{V1}/why?item=id:{item}&from=id:R-1" for item in ("U-0", "R-2")),
    *(f"{V1}/responsible?item=id:{item}" for item in ("R-1", "U-0")),
    f"{V1}/where-else?item=id:U-0&item=id:U-1&item=id:U-4&first=5", f"{V1}/where-else?item=id:U-0&item=id:U-4&item=id:U-8",
    *(f"{V1}/batches?{how}" for how in ("sort=material", "q=resin", "q=additive", "q=mer")),
    f"{V1}/loads", f"{V1}/quarantine", f"{V1}/quarantine?limit=1", f"{V1}/entries",
    "/", "/search?q=WE-1", "/items/R-2", "/scope?item=id:R-5&tab=customers", "/scope.csv?item=id:R-5&tab=customers",
    "/scope/places?item=id:R-2", "/timeline.csv?item=id:R-2", "/responsible?item=id:U-0", "/batches.csv", "/quarantine",
]  # fmt: skip
GUESSES = (ONE.suppliers[0][0], ONE.suppliers[0][1], ONE.suppliers[1][3], ONE.numbers[0], ONE.code, ONE.people[0])
TRIED = (
    "items/{}", "scope?item={}", "batches?q={}", "scope?equipment={}", "scope?document=SOP&version={}", "flow?item=R-1&unit={}",
)  # fmt: skip
MASKED_ROLES = [role for role in Role if SEES[role] != frozenset(Field)]


class Pairs:
    """Clients of the two plants, for each role."""

    def __init__(self, factory: pytest.TempPathFactory) -> None:
        self._factory, self.made = factory, dict[Role, list[TestClient]]()

    def of(self, role: Role) -> list[TestClient]:
        if role not in self.made:
            self.made[role] = [self._client(role, words) for words in (ONE, other(frozenset(Field) - SEES[role]))]
        return self.made[role]

    def _client(self, role: Role, words: Words) -> TestClient:
        engine = plant(self._factory.mktemp("alike"), words)
        return TestClient(create_app(engine), LOCAL, headers=bearer(engine.home, role), follow_redirects=False)


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pairs]:
    found = Pairs(tmp_path_factory)
    yield found
    for clients in found.made.values():
        for client in clients:
            client.app.state.serving.close()  # type: ignore[attr-defined]


def told(got: httpx.Response) -> tuple[object, ...]:
    """What is told, without what differs by chance: when it was recorded, ids made by chance, and what the ledger hashes to.

    The hash of an entry, the digest of a file and the names in them are shown only to who may see what stands in an entry.
    """
    text = got.text
    for what, instead in (
        (r"/[^\s\"<]*/alike\d+", "FOLDER"),
        (r"\b20\d\d-(?!05-)\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)?", "WHEN"),
        (r"\"seconds\": ?[\d.e-]+", "SECONDS"),
        (r"\b[0-9a-f]{32}\b", "ID"),
        (r"(\"(?:hash|sha256|quarantine_document|key|next|quarantine_id)\": ?\"|originals/|key <b>)[\w=-]+", r"\1X"),
        (r"title=\"[0-9a-f]{64}\">[0-9a-f]{16}", "HASH"),
        (r"(cell:|\"c-)[0-9a-f]{24}", r"\1ROW"),
    ):
        text = re.sub(what, instead, text)
    return got.status_code, got.headers.get("etag"), got.headers.get("content-disposition"), text


def ask(client: TestClient, path: str, **headers: str) -> httpx.Response:
    got: httpx.Response = client.get(path, headers={"accept": "*/*" if path.startswith(V1) else "text/html", **headers})
    return got


@pytest.mark.parametrize("role", MASKED_ROLES)
def test_what_is_told_is_the_same(pairs: Pairs, role: Role) -> None:
    differ = []
    for path in PATHS:
        one, two = (told(ask(client, path)) for client in pairs.of(role))
        if one != two:
            differ.append(path)
    assert differ == []


def test_a_right_guess_is_answered_as_a_wrong_one(pairs: Pairs) -> None:
    differ = []
    for guess in GUESSES:
        for path in TRIED:
            asked = f"{V1}/{path.format(guess)}"
            if len({told(ask(client, asked)) for client in pairs.of(Role.VIEWER)}) > 1:
                differ.append(asked)
    assert differ == []


def as_job(client: TestClient, path: str) -> object:
    begun = ask(client, path, prefer="respond-async")
    assert begun.status_code == 202
    while (job := client.get(begun.headers["location"]).json())["state"] in ("waiting", "running"):
        time.sleep(0.01)
    return job["problem"]


def test_a_question_that_fails_as_a_job_tells_no_more_than_without(pairs: Pairs) -> None:
    """What was asked is told back as it was written, also there: to hide it would say that the guess was right."""
    pair = pairs.of(Role.VIEWER)
    for guess in GUESSES:
        for path in (f"{V1}/scope?item=id:{guess}", f"{V1}/scope?equipment={guess}"):
            one, two = (as_job(client, path) for client in pair)
            assert one == two
            assert isinstance(one, dict)
            assert one["detail"] == ask(pair[0], path).json()["detail"]
            assert guess in one["detail"]
