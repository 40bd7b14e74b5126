"""The demonstration: the sample plant in a home of its own, and the question that it was made for."""

from __future__ import annotations

import json
import shlex
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import loaders
from genealogy.errors import InputError
from loaders.sample import write_sample

if TYPE_CHECKING:
    from collections.abc import Callable

    from genealogy.answer import Answer
    from genealogy.engine import Engine

SEED, UNITS = 1, 20_000


def run_demo(engine: Engine, say: Callable[[str], None]) -> tuple[Answer, str, Path]:
    """Load the sample plant unless it is there, and ask for the scope of its bad supplier lot.

    Returns:
        The answer, the text of the question, and the home.

    Raises:
        InputError: the home holds something else than a demonstration.
    """
    if not engine.ledger.is_demo:
        raise InputError(
            f"{engine.home} is not a demo home. Set GENEALOGY_HOME to a new folder and run the demo again."
        )
    with tempfile.TemporaryDirectory() as folder:
        plant = Path(folder) / "sample-plant"
        say(f"Writing a sample plant of {UNITS:,} units: a maker of sterile infusion sets.")
        write_sample(plant, seed=SEED, units=UNITS)
        truth: dict[str, Any] = json.loads((plant / "truth" / "truth.json").read_text(encoding="utf-8"))
        say(f"Loading it into {engine.home}.")
        # What it says of each file on the way is for somebody's own tables.
        loaders.load(engine, [plant])
    bad = truth["demo"]
    question = f"supplier-lot:{bad['supplier_id']}/{bad['supplier_lot']}"
    found = engine.find(question)
    say(
        f"Supplier lot {bad['supplier_lot']} of {bad['supplier_id']} is bad: {len(found.items)} receipts. Which units hold it?\n"
    )
    return engine.scope(found.items), question, engine.home


def try_next(answer: Answer, question: str, home: Path) -> str:
    """What to type next: commands that work as they stand, about a unit of the answer."""
    program = Path(sys.argv[0])
    found = shutil.which(program.name)
    named = program.name if found and Path(found).samefile(program) else str(program)
    unit = next(row["id"] for row in answer.answer["items"] if row["kind"] == "unit" and row["stage"] == "finished")
    commands = (
        (f"{named} trace id:{unit} --backward", "what went into one of these units"),
        (f"{named} scope {question} --csv > units.csv", "every affected item, for a spreadsheet"),
        (f"{named} log", "what was loaded, when, by whom"),
        (f"{named} verify", "whether anything was changed since"),
    )
    lines = [f"# {meaning}\n  {command}" for command, meaning in commands]
    return "\n  ".join(["Try next:", f"export GENEALOGY_HOME={shlex.quote(str(home))}", *lines])
