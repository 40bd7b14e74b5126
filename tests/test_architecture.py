"""The shape of the code, kept by the build."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("api", "loaders", "viz", "genealogy", "queries")
FILES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

# What a package is imported as, where that is not its name.
IMPORTED_AS = {"python-calamine": "python_calamine", "pydantic-settings": "pydantic_settings"}
CYPHER = re.compile(
    r"\bMATCH\s*\(|\bMERGE\s*\(|\bDETACH DELETE\b|\bUNWIND\s+\$|\bCREATE\s*\(|\bCREATE (NODE|REL) TABLE\b"
)


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def imports(path: Path) -> set[str]:
    """Every module that a file imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
    return found


@cache
def texts(path: Path) -> list[tuple[int, str, bool]]:
    """Every text in the code of a file that is not a docstring: line, text, whether it is built from parts."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documentation = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    inside: set[int] = set()
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            inside |= {id(value) for value in node.values}
            parts = [str(value.value) for value in node.values if isinstance(value, ast.Constant)]
            found.append((node.lineno, " ".join(parts), True))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation | inside:
            found.append((node.lineno, node.value, False))
    return found


def test_the_layers_hold() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_file_is_over_400_lines() -> None:
    files = [*FILES, *(path for folder in ("tests", "benchmarks", "docs") for path in (ROOT / folder).rglob("*.py"))]
    long = {name(path): lines for path in files if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 400}
    assert not long


def test_cypher_is_written_in_queries_only() -> None:
    found = [
        f"{name(path)}:{line}"
        for path in FILES
        if path.relative_to(ROOT).parts[0] != "queries"
        for line, text, _ in texts(path)
        if CYPHER.search(text)
    ]
    assert not found


def test_cypher_is_never_built_from_parts() -> None:
    """But for labels and properties from the declared shape, in the two modules that write and that make the schema."""
    allowed = {"queries/write.py", "queries/ddl.py"}
    built = [
        f"{name(path)}:{line}"
        for path in FILES
        if name(path) not in allowed
        for line, text, parts in texts(path)
        if parts and CYPHER.search(text)
    ]
    assert not built


def test_drivers_are_imported_in_the_stores_only() -> None:
    found = [
        f"{name(path)} imports {module}"
        for path in FILES
        if "genealogy/stores/" not in name(path)
        for module in imports(path)
        if module.split(".")[0] in ("neo4j", "ladybug")
    ]
    assert not found


def test_queries_import_nothing_of_the_project() -> None:
    others = set(PACKAGES) - {"queries"}
    found = [f"{name(path)} imports {module}" for path in FILES for module in imports(path)
             if name(path).startswith("queries/") and module.split(".")[0] in others]  # fmt: skip
    assert not found


@pytest.mark.parametrize("package", PACKAGES)
def test_no_submodule_hides_what_its_package_offers(package: str) -> None:
    """A function of a package that is named like one of its modules is gone once that module was imported."""
    modules = {path.stem for path in (ROOT / package).glob("*.py")} - {"__init__"}
    tree = ast.parse((ROOT / package / "__init__.py").read_text(encoding="utf-8"))
    offered = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    assert not offered & modules


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "sys.argv = ['genealogy', '--help']\n"
        "from api.cli import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code, end.code\n"
        "heavy = {'pandas', 'neo4j', 'pyvis', 'ladybug', 'pyarrow', 'fastapi', 'networkx', 'numpy', 'pint', 'reportlab', "
        "'xlsxwriter'} & set(sys.modules)\n"
        "print('heavy:', sorted(heavy))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "heavy: []"


def dependencies() -> list[str]:
    project = PYPROJECT["project"]
    optional = [line for lines in project.get("optional-dependencies", {}).values() for line in lines]
    return [re.split(r"[\[<>=!~; ]", line)[0].lower() for line in (*project["dependencies"], *optional)]


@pytest.mark.parametrize("dependency", dependencies())
def test_each_dependency_is_imported_or_has_its_line_of_reason(dependency: str) -> None:
    module = IMPORTED_AS.get(dependency, dependency.replace("-", "_"))
    if any(module == imported.split(".")[0] for path in FILES for imported in imports(path)):
        return
    reasons = (ROOT / "docs" / "decisions" / "0002-dependencies.md").read_text(encoding="utf-8")
    assert re.search(rf"(?<![\w-]){re.escape(dependency)}(?![\w-])", reasons), (
        f"{dependency}: imported nowhere, not explained"
    )


@pytest.mark.xdist_group("neo4j")
def test_what_shares_one_database_is_tested_by_one_process(request: pytest.FixtureRequest) -> None:
    """Without it tests only wait for each other, with nothing to see but the time: pytest 9.2 with pytest-xdist 3.8 does so."""
    if getattr(request.config.option, "loadgroup", False):
        assert request.node.nodeid.endswith("@neo4j"), "pytest-xdist does not see the groups: see pyproject.toml"
