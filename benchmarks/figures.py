"""The figures for people (docs/benchmarks.md) and for programs (benchmarks/results/)."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.setting import Result, Table

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "benchmarks.md"
RESULTS = ROOT / "benchmarks" / "results"
BEGIN, END = "<!-- figures: begin {} -->", "<!-- figures: end {} -->"


def text(machine: dict[str, str], command: str, result: Result) -> str:
    """A result with the machine it was measured on, as Markdown."""
    lines = [f"### {result.question}", ""]
    for table in result.tables:
        lines += [f"**{table.title}**", "", *_rows(table), ""]
    lines += [*(f"- {note}" for note in result.notes), ""]
    told = ", ".join(f"{name} {value}" for name, value in machine.items())
    lines += [f"Measured with `{command}` on: {told}.", ""]
    return "\n".join(lines)


def _rows(table: Table) -> list[str]:
    lines = ["| " + " | ".join(table.columns) + " |", "| " + " | ".join("---" for _ in table.columns) + " |"]
    return lines + ["| " + " | ".join(row) + " |" for row in table.rows]


def write(machine: dict[str, str], command: str, result: Result) -> None:
    """Put a result into the page, between its marks, and beside it as JSON; the rest of the page stays."""
    RESULTS.mkdir(exist_ok=True)
    told = {"machine": machine, "command": command, **asdict(result)}
    (RESULTS / f"{result.name}.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    begin, end = BEGIN.format(result.name), END.format(result.name)
    page = PAGE.read_text(encoding="utf-8")
    block = f"{begin}\n{text(machine, command, result)}{end}"
    found, count = re.subn(f"{re.escape(begin)}.*?{re.escape(end)}", lambda _: block, page, count=1, flags=re.DOTALL)
    if not count:
        found = f"{page.rstrip()}\n\n{block}\n"
    PAGE.write_text(found, encoding="utf-8")
