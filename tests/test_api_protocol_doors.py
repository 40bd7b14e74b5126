"""What an error asks for is said in words of the door at which it is met."""

from __future__ import annotations

import ast
import asyncio
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from cli import PLANT, run_here, write
from people import LOCAL, bearer

from api.app import create_app
from genealogy.engine import Engine

COMMAND_LINE = re.compile(
    r"(?:^|[\s(`])--[a-z]|`genealogy |(?:^|[\s(])genealogy (?:load|log|rebuild|people|keys|template)\b"
)
ROOT = Path(__file__).parents[1]
ONLY_THERE = {
    "api/app.py", "api/access/hosts.py",  # while the service is started
    "api/access/admission.py", "api/access/guard.py",  # what is done on the machine alone, and said so
    "genealogy/backup.py", "genealogy/documents.py",
    "genealogy/stores/neo4j.py", "genealogy/stores/local_neo4j_folder.py", "genealogy/stores/local_neo4j_process.py",
    "genealogy/stores/local_neo4j_import.py", "genealogy/stores/local_neo4j_runtime.py",
}  # fmt: skip
"""Files whose errors are met on the machine itself, or ask for what can be done nowhere else."""
Ask = Callable[..., httpx.Response]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("doors")
    assert run_here(folder / "home", "load", write(folder / "plant", PLANT)).code == 0
    return folder / "home"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that no service has."""
    folder = tmp_path_factory.mktemp("doors-own")
    assert run_here(folder / "home", "load", write(folder / "plant", PLANT)).code == 0
    return folder / "home"


@pytest.fixture(scope="module")
def ask(home: Path) -> Iterator[Ask]:
    with Engine.open(home) as engine:
        app, headers = create_app(engine), bearer(engine.home)

        async def put(method: str, path: str, **more: str) -> httpx.Response:
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url=LOCAL, headers=headers | more) as client:
                return await client.request(method, path)

        yield lambda method, path, **more: asyncio.run(put(method, path, **more))


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("scope?item=X/7/a", "`all=true`"),
        ("scope?item=serial:S1..S9&all=false&parameter=t", "`outside=true`"),
        ("scope?item=RM-1&as_of=then", "`as_of`"),
        ("scope?item=RM-1&as_of=77", "`GET /api/v1/entries`"),
        ("scope?low=1", "`parameter`"),
        ("scope?document=d&document=e&version=1", "`version`"),
        ("scope?material=RM", "`supplier`"),
        ("scope?item=RM-1&from=2026-01-01", "`from`"),
        ("scope?item=RM-1&narrow=only-after+2026-01-01+made-from+2026-01-01", "`only-after`"),
        ("share?item=RM-1&cut_off=x", "`cut_off`"),
        ("sweep?stage=x", "stage"),
        ("where-else?complaint=U-1&union_of=0", ""),
    ],
)
def test_over_http_it_is_parameters_and_operations(ask: Ask, question: str, named: str) -> None:
    answer = ask("GET", f"/api/v1/{question}")
    assert answer.status_code in (404, 409, 422), answer.text
    detail = answer.json()["detail"]
    assert not COMMAND_LINE.search(detail), detail
    assert named in detail


@pytest.mark.parametrize(
    ("page", "named"),
    [
        ("/scope?item=X/7/a", "“All of them”"),
        ("/scope?item=RM-1&as_of=77", "“Ledger”"),
        ("/batches?as_of=x", "“As of entry”"),
    ],
)
def test_on_a_page_it_is_what_stands_on_pages(ask: Ask, page: str, named: str) -> None:
    answer = ask("GET", page, accept="text/html")
    assert answer.status_code in (404, 409, 422)
    (said,) = re.findall(r'role="alert">(.*?)</p>', answer.text, re.DOTALL)
    assert not COMMAND_LINE.search(said), said
    assert named in said


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("scope", "X/7/a"), "--all"),
        (("scope", "RM-1", "--as-of", "77"), "`genealogy log`"),
        (("scope", "RM-1", "--as-of", "then"), "--as-of 'then'"),
        (("scope", "--low", "1"), "--parameter"),
        (("share", "RM-1", "--cut-off", "x"), "--cut-off 'x'"),
    ],
)
def test_at_the_command_line_it_is_options_and_commands(own: Path, words: tuple[str, ...], named: str) -> None:
    assert named in run_here(own, *words).err


def test_no_error_spells_the_command_line_out() -> None:
    wrong = []
    for folder in ("genealogy", "loaders", "api"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if name in ONLY_THERE or name.startswith("api/commands/"):
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Raise) and node.exc is not None:
                    texts = [each.value for each in ast.walk(node.exc) if isinstance(each, ast.Constant)]
                    wrong += [(name, text) for text in texts if isinstance(text, str) and COMMAND_LINE.search(text)]
    assert wrong == []
