"""The documents say what the program does: generated pages are current, what they name exists, nothing leads nowhere."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

from queries import CATALOGUE
from queries.plant import TABLES
from queries.shape import LINKS, NODES

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
GENERATE = ROOT / "docs" / "generate.py"
# As the Apache Software Foundation publishes it.
APACHE_2_0 = "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"

PAGES = sorted(
    path
    for path in ROOT.rglob("*.md")
    if not any(part.startswith(".") or part in ("build", "dist") for part in path.relative_to(ROOT).parts)
)
NAMES = [path.relative_to(ROOT).as_posix() for path in PAGES]
EVERY_PAGE = pytest.mark.parametrize("page", PAGES, ids=NAMES)

LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
INLINE = re.compile(r"`((?:genealogy|make) [^`]+)`")
# Before a command: a prompt, variables, the environment's folder, the start of a substitution.
BEFORE = re.compile(r"""^(?:\$ |[A-Z][A-Z0-9_]*=\S* +|\.venv/bin/|eval +|"?\$\()+""")
AFTER = re.compile(r"""\s+(?:#|\||>|&&|;|\\).*|\)"?$""")
OPTION = re.compile(r"(?<![\w-])--?[a-z][a-z-]*")
MACHINE = re.compile(r"(?<![\w.])/(?:work|root|home|Users|opt|mnt|srv)/\w|[A-Z]:\\\\?Users")
REGISTRY = re.compile(
    r"pypi\.org|pythonhosted\.org|repo1?\.maven|mvnrepository|registry\.npmjs|crates\.io|proxy\.golang"
    r"|--(?:extra-)?index-url|--find-links|--trusted-host"
)


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_generate", GENERATE)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def commands() -> dict[str, str]:
    """The help of each command by its words; the program's own under the empty text."""
    generate = generator()
    return {" ".join(path): generate.command_help(path) for path in generate.command_paths()}


def written(page: Path) -> list[tuple[int, str]]:
    """Every command that a page tells its reader to type: line and words, from its blocks and from its sentences."""
    found = []
    in_block = False
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("```"):
            in_block = not in_block
        elif in_block or line.startswith("    "):
            command = BEFORE.sub("", line.strip())
            if command.startswith(("genealogy ", "make ")):
                found.append((number, AFTER.sub("", command)))
        else:
            found += [(number, AFTER.sub("", command)) for command in INLINE.findall(line)]
    return found


def targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def test_the_generated_pages_are_current(tmp_path: Path) -> None:
    for columns in ("40", "200"):  # whatever terminal they are made on
        done = subprocess.run(
            [sys.executable, str(GENERATE), "--check"],
            cwd=tmp_path,
            env=os.environ | {"COLUMNS": columns},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr


def test_a_page_that_is_not_current_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    generate = generator()
    monkeypatch.setattr(generate, "FOLDER", tmp_path)
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0
    page = tmp_path / "commands.md"
    page.write_text(page.read_text(encoding="utf-8") + " ", encoding="utf-8")
    (tmp_path / "queries.md").unlink()
    capsys.readouterr()
    assert generate.main(["--check"]) == 1
    told = capsys.readouterr().err
    assert "docs/commands.md" in told
    assert "docs/queries.md" in told
    assert "docs/plant-tables.md" not in told
    assert page.read_text(encoding="utf-8").endswith(" ")


def test_every_command_has_its_help_on_the_page_and_its_place_in_the_readme(commands: dict[str, str]) -> None:
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for words, text in commands.items():
        assert f"## `{f'genealogy {words}'.strip()}`" in page
        assert text in page
        assert words.split(" ")[0] in readme


def test_the_list_of_commands_says_whole_sentences(commands: dict[str, str]) -> None:
    """A first sentence that does not fit the line would be cut."""
    for words, text in commands.items():
        _, heading, listed = text.partition("\nCommands:\n")
        cut = [line.strip() for line in listed.splitlines() if line.endswith("...")]
        assert not (heading and cut), f"genealogy {words}: {cut}"


def test_every_query_label_and_table_is_on_its_page() -> None:
    queries = (ROOT / "docs" / "queries.md").read_text(encoding="utf-8")
    plant = (ROOT / "docs" / "plant-tables.md").read_text(encoding="utf-8")
    for query in CATALOGUE.values():
        assert f"### `{query.name}`" in queries
        assert query.text("neo4j") in queries
        assert query.text("ladybug") in queries
    for label in NODES:
        assert f"### `{label.name}`" in queries
        assert all(f"`{column}`" in queries for column in label.columns)
    for link in LINKS:
        assert f"[:{link.name}]" in queries
    for table in TABLES:
        assert f"## {table}\n" in plant


@EVERY_PAGE
def test_every_command_that_a_page_names_exists_with_its_options(page: Path, commands: dict[str, str]) -> None:
    known_targets = targets()
    wrong = []
    for line, command in written(page):
        program, *words = command.split()
        if program == "make":
            wrong += [
                f"line {line}: no target {word}" for word in words if "=" not in word and word not in known_targets
            ]
            continue
        name = next((" ".join(words[:n]) for n in (2, 1) if " ".join(words[:n]) in commands), None)
        if name is None and words[0] not in ("--version", "--help", "-h"):
            wrong.append(f"line {line}: no command {command!r}")
            continue
        help_text = commands[name or ""]
        wrong += [
            f"line {line}: {command!r} has no {o}"
            for o in OPTION.findall(command)
            if not re.search(rf"{o}[ ,]", help_text)
        ]
    assert not wrong


@EVERY_PAGE
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    dead = []
    for link in LINK.findall(text):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or not target.is_relative_to(ROOT) or (anchor and anchor not in anchors(target)):
            dead.append(link)
    assert not dead


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", [*NAMES, "requirements.lock", "pyproject.toml", "Makefile"])
def test_nothing_points_at_one_machine_or_registry(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert not MACHINE.findall(text)
    assert not REGISTRY.findall(text)


def test_each_dependency_has_its_line_of_reason_and_no_other_has() -> None:
    groups = [PROJECT["project"]["dependencies"], *PROJECT["project"]["optional-dependencies"].values()]
    groups += PROJECT["dependency-groups"].values()
    declared = {re.split(r"[\[<>=!~; ]", line)[0] for group in groups for line in group}
    page = (ROOT / "docs" / "decisions" / "0002-dependencies.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([a-z][^|]*) \| .+ \| .+ \| \d{4}-\d\d-\d\d.* \|$", page, re.MULTILINE)
    assert {name for row in rows for name in row.split(", ")} == declared


def test_decisions_are_numbered_and_have_context_choice_and_price() -> None:
    pages = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [page.name[:4] for page in pages] == [f"{number:04d}" for number in range(1, len(pages) + 1)]
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert text.startswith(f"# {page.name[:4]} ")
        assert all(f"**{part}.**" in text for part in ("Context", "Choice", "Price")), page.name


def test_the_licence_is_the_whole_apache_licence() -> None:
    assert hashlib.sha256((ROOT / "LICENSE").read_bytes()).hexdigest() == APACHE_2_0
    assert PROJECT["project"]["license"] == "Apache-2.0"


def test_the_demo_prints_what_the_readme_shows(tmp_path: Path) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = readme.split("make demo\n```", 1)[1].split("```text\n", 1)[1].split("```", 1)[0].splitlines()
    home = ".genealogy-demo"
    program = Path(sys.executable).with_name("genealogy")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("GENEALOGY", "NEO4J"))}
    done = subprocess.run(
        [program, "demo"],
        cwd=tmp_path,
        env=environment | {"GENEALOGY_HOME": home},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    printed = {without_what_differs(line) for line in (done.stdout + done.stderr).splitlines()}
    missing = [line for line in shown if line and line != "[...]" and without_what_differs(line) not in printed]
    assert not missing, "run `make demo` with a new DEMO_HOME and bring the README up to what it prints"
    assert len(done.stderr.splitlines()) <= 5, "a line a stage"
    typed = done.stdout.partition("Try next:\n")[2]
    assert sum(not line.strip().startswith("#") for line in typed.splitlines()) == 5
    tried = subprocess.run(
        ["bash", "-e", "-c", typed], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert tried.returncode == 0, tried.stderr
    assert "Nothing is wrong" in tried.stdout


def without_what_differs(line: str) -> str:
    """A line of the demo without what is another one each time: the ledger's head, and how long it took."""
    return re.sub(r"head \d+:\w+; [\d.]+ s", "", line)
