"""To a role, two plants are the same that differ only in what it may not see: in order, counts, digests, guesses and all."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from alike import ONE, Words, other, plant
from archives import V1, made, members
from archives import told as in_file
from fastapi.testclient import TestClient
from people import LOCAL, bearer
from plants import write_plant

import loaders
from api.access.rules import READERS, SEES, Field, Role
from api.app import create_app
from genealogy.engine import Engine

MANY = "item=id:R-1&item=id:R-2&item=id:R-5"
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
    *(f"{V1}/graph?{MANY}&fold={fold}" for fold in ("product", "lot", "day")), f"{V1}/graph?{MANY}&open=6.0&open=6.1&open=5.0",
    *(f"{V1}/graph/node?{MANY}&fold=lot&node={node}" for node in (
        "0", "0.0", "1", "1.0", "5", "5.0", "5.1", "5.2", "6", "6.0", "6.1", "6.0.0", "6.1.0", "6.1.1", "6.1.2")),
    f"{V1}/graph/node?item=id:R-2&fold=lot&node=1.0",
    *(f"{V1}/graph/file/{form}?{MANY}" for form in ("html", "svg", "png", "csv", "graphml", "json")),
    *(f"/graph.{form}?{MANY}&lang=zh" for form in ("html", "svg", "png", "csv", "graphml", "json")),
    f"{V1}/flow?{MANY}", f"{V1}/flow?{MANY}&unit=H87", *(f"/flow.{form}?{MANY}" for form in ("svg", "csv", "xlsx", "json")),
    f"/graph?{MANY}", f"/graph?{MANY}&fold=lot&to=id:U-0", f"/flow?{MANY}", f"/graph/node?{MANY}&fold=lot&node=6.1",
    *(f"/timeline.{form}?{MANY}" for form in ("svg", "xlsx", "json")),
    f"{V1}/compare?{MANY}&boundary=lot", f"{V1}/compare?{MANY}&boundary=made-from%202026-05-03", f"/compare?{MANY}&boundary=lot",
    *(f"{V1}/why?item=id:{item}&from=id:R-1" for item in ("U-0", "R-2")),
    *(f"{V1}/responsible?item=id:{item}" for item in ("R-1", "U-0")),
    f"{V1}/where-else?item=id:U-0&item=id:U-1&item=id:U-4&first=5", f"{V1}/where-else?item=id:U-0&item=id:U-4&item=id:U-8",
    *(f"{V1}/where-else?item=id:U-0&item=id:U-4&first={n}" for n in (1, 2, 3, 4)),
    f"{V1}/where-else?item=id:U-0&item=id:U-1&healthy=id:U-8&first=1", "/where-else?complaints=id:U-0%0Aid:U-4",
    *(f"{V1}/batches?{how}" for how in ("sort=material", "q=resin", "q=additive", "q=mer")),
    f"{V1}/loads", f"{V1}/quarantine", f"{V1}/quarantine?limit=1", f"{V1}/entries",
    "/", "/search?q=WE-1", "/items/R-2", "/scope?item=id:R-5&tab=customers", "/scope.csv?item=id:R-5&tab=customers",
    "/scope/from", "/scope/from?what=reading", "/scope?equipment=E", "/scope?equipment=E-1&tab=all", "/scope/places?step=ST-1",
    "/scope/beside?document=SOP", "/countries?parameter=heat&outside=true",
    "/scope/places?item=id:R-2", "/scope/balance?item=id:R-2",
    "/timeline.csv?item=id:R-2", "/responsible?item=id:U-0", "/batches.csv", "/quarantine",
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
    if got.headers.get("content-type", "").startswith("image/png"):
        return got.status_code, got.headers.get("etag"), got.headers.get("content-disposition"), got.content
    text = got.text if "spreadsheetml" not in got.headers.get("content-type", "") else in_file("a.xlsx", got.content)
    return got.status_code, got.headers.get("etag"), got.headers.get("content-disposition"), without_chance(text)


def without_chance(text: str) -> str:
    """A text without what differs by chance."""
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
    return text


def ask(client: TestClient, path: str, **headers: str) -> httpx.Response:
    client.cookies.clear()  # the language of one page is not that of the next
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


HASH, WHEN = re.compile(r"\b[0-9a-f]{64}\b"), re.compile(r"20\d\d-(?!05-)\d\d-\d\dT[\d:.]+Z")


def said_in_report(client: TestClient, *items: str, language: str) -> dict[str, str]:
    """What each file of a report says, without what differs by chance, and without the hashes that go with it.

    Of the digests those of the report itself stay; the others are of files and entries, which hold when they were recorded.
    """
    archive, job = made(client, *items, language=language)
    files = members(archive)
    content = json.loads(files["report.json"])
    own = {content["digest"], *(section["digest"] for section in content["sections"] if section["digest"])}
    result = job["result"]
    assert isinstance(result, dict)
    shown = {
        "job": json.dumps({**result, "files": [each["file"] for each in result["files"]], "archive": "", "digest": ""})
    }
    shown |= {name: in_file(name, data) for name, data in files.items()}
    shown["headers"] = str({name: archive.headers.get(name) for name in ("content-disposition", "content-type")})
    chance = {found: "HASH" for text in shown.values() for found in HASH.findall(text) if found not in own}
    chance |= dict.fromkeys(WHEN.findall(shown["report.json"]), "WHEN")  # in a PDF they have no white space around them
    for found, instead in chance.items():
        shown = {name: text.replace(found, instead) for name, text in shown.items()}
    return {name: without_chance(text) for name, text in shown.items()}


@pytest.mark.parametrize("role", [role for role in MASKED_ROLES if role in READERS.roles])
def test_what_a_report_tells_is_the_same(pairs: Pairs, role: Role) -> None:
    differ = []
    for items, language in ((("id:R-1", "id:R-2", "id:R-5"), "en"), (("id:R-1",), "zh"), (("id:U-0",), "en")):
        one, two = (said_in_report(client, *items, language=language) for client in pairs.of(role))
        assert one.keys() == two.keys()
        differ += [(items, name) for name in one if one[name] != two[name]]
    assert differ == []


def test_that_two_lots_have_one_supplier_is_not_told(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Tables say of each lot that its supplier is masked; a picture of it, or a report, says no more."""
    clients = []
    for words in (ONE, replace(ONE, shared=2)):
        engine = plant(tmp_path_factory.mktemp("alike"), words)
        clients.append(TestClient(create_app(engine), LOCAL, headers=bearer(engine.home, Role.VIEWER)))
    many = "&".join(f"item=id:R-{n}" for n in (1, 2, 3, 5))
    differ = []
    for path in (
        f"{V1}/graph?{many}", f"{V1}/graph?{many}&open=0.0", f"{V1}/graph/node?{many}&node=0", f"{V1}/graph/node?{many}&node=0.0",
        f"{V1}/graph/node?{many}&node=0.1", f"{V1}/flow?{many}", f"{V1}/scope?{many}", f"/graph?{many}", f"/flow?{many}",
        *(f"{V1}/graph/file/{form}?{many}" for form in ("html", "svg", "png", "csv", "graphml", "json")),
        *(f"/flow.{form}?{many}" for form in ("svg", "csv", "xlsx", "json")),
    ):  # fmt: skip
        one, two = (told(ask(client, path)) for client in clients)
        if one != two:
            differ.append(path)
    assert differ == []
    one, two = (said_in_report(c, "id:R-1", "id:R-2", "id:R-3", "id:R-5", language="en") for c in clients)
    assert one["graph.graphml"] == two["graph.graphml"]
    for client in clients:
        client.app.state.serving.close()  # type: ignore[attr-defined]


def test_a_tie_among_causes_is_not_broken_by_a_name_that_is_hidden(tmp_path: Path) -> None:
    """Two operators do equally well; with one of them goes an order. Which of them stands first is not left to their names."""
    answers = []
    for number, (one, other_one) in enumerate((("Anna", "Zoe"), ("Zoe", "Anna"))):
        items = [*(f"L{n}" for n in range(1, 5)), *(f"H{n}" for n in range(6))]
        who = {"L1": one, "L2": one, "L3": other_one, "L4": other_one}
        load = {
            "materials": [{"material_id": "FIN", "name": "Device", "stage": "finished", "base_unit": "H87"}],
            "lots": [
                {"item_id": item, "material_id": "FIN", "lot_number": item, "quantity": "1", "unit": "H87"} for item in items
            ],
            "steps": [
                {"step_id": f"S-{item}", "operation": "mix", "operator": who.get(item, f"Other {item}"),
                 "order_id": "O1" if who.get(item) == one else f"O-{item}"} for item in items
            ]
            + [{"step_id": f"T-{item}", "operation": "mix", "operator": "", "order_id": "O2"} for item in ("L1", "L3")],
            "production": [{"step_id": f"S-{item}", "item_id": item, "quantity": "1", "unit": "H87"} for item in items]
            + [{"step_id": f"T-{item}", "item_id": item, "quantity": "1", "unit": "H87"} for item in ("L1", "L3")],
        }  # fmt: skip
        engine = Engine.open(tmp_path / f"home-{number}")
        loaders.load(engine, [write_plant(tmp_path / f"plant-{number}", load)])
        client = TestClient(create_app(engine), LOCAL, headers=bearer(engine.home, Role.VIEWER))
        got = client.get(f"{V1}/where-else?item=id:L1&item=id:L2&item=id:L3&item=id:L4&first=1").json()
        assert "not told apart" in got["summary"][0]
        assert {"Anna", "Zoe"}.isdisjoint(re.findall(r"\w+", json.dumps(got)))
        answers.append({name: got[name] for name in ("summary", "causes", "scope", "digest")})
        client.app.state.serving.close()  # type: ignore[attr-defined]
    assert answers[0] == answers[1]


def test_no_page_of_facts_is_cut_by_the_name_of_a_hidden_place(tmp_path: Path) -> None:
    """What an item's first page of facts holds, and the facts of its node, is not chosen by the suppliers' places."""
    answers = []
    for number, names in enumerate((range(120), range(119, -1, -1))):
        load = {
            "materials": [{"material_id": "RAW", "name": "Resin", "stage": "supplied", "base_unit": "KGM"}],
            "parties": [{"party_id": "SUP", "name": "Supplier", "role": "supplier"}],
            "places": [{"place_id": f"DOCK-{n:03d}", "name": f"Dock {n:03d}", "party_id": "SUP"} for n in names],
            "lots": [{"item_id": "R-1", "material_id": "RAW", "lot_number": "R-1", "quantity": "900", "unit": "KGM"}],
            "stock": [
                {"item_id": "R-1", "place_id": f"DOCK-{n:03d}", "quantity": str(1 + at % 7), "unit": "KGM",
                 "status": "available", "counted_at": "2026-05-05T10:00:00Z"} for at, n in enumerate(names)
            ],
        }  # fmt: skip
        engine = Engine.open(tmp_path / f"home-{number}")
        loaders.load(engine, [write_plant(tmp_path / f"plant-{number}", load)])
        client = TestClient(create_app(engine), LOCAL, headers=bearer(engine.home, Role.VIEWER))
        pages = (f"{V1}/graph/node?item=id:R-1&node=1.0", "/items/R-1", "/items/R-1?page=2")
        answers.append([re.search(r"R-1.*", told(ask(client, page))[3], re.DOTALL) for page in pages])
        answers[-1] = [
            re.sub(r'"(seconds|digest|ledger|hash)": ?"?[\w.-]+"?', "", found[0]) for found in answers[-1] if found
        ]
        assert len(answers[-1]) == 3
        assert "DOCK" not in str(answers[-1])
        client.app.state.serving.close()  # type: ignore[attr-defined]
    assert answers[0] == answers[1]
