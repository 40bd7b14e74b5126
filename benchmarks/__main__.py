"""The command line of the benchmarks."""

from __future__ import annotations

import argparse
import importlib
import shlex
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import figures, machine
from benchmarks.measure import end_tidily
from benchmarks.setting import Setting, say

NAMES = (
    "loading", "bolt_loading", "offline_import", "scope", "backward", "peers", "amounts", "starting", "report",
    "growth", "pages", "serving",
)  # fmt: skip


def main() -> None:
    """Measure what was asked for, and print it; with ``--write`` also into docs/benchmarks.md."""
    asked = _arguments()
    end_tidily()
    command = shlex.join(["python", "-m", "benchmarks", *_said(sys.argv[1:])])
    told = machine.describe()
    with tempfile.TemporaryDirectory(prefix="genealogy-benchmarks-") as temporary:
        work = Path(asked.work or temporary).resolve()
        work.mkdir(parents=True, exist_ok=True)
        setting = Setting(work, asked.units, quick=asked.quick)
        for name in asked.only:
            began = time.monotonic()
            result = importlib.import_module(f"benchmarks.{name}").run(setting)
            say(f"{name} took {time.monotonic() - began:.0f} s")
            print(figures.text(told, command, result), flush=True)
            if asked.write:
                figures.write(told, command, result)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--units", type=_units, help="sizes of the plants, with commas; default: as each benchmark has it"
    )
    parser.add_argument("--only", type=_names, default=NAMES, help=f"which, with commas: {', '.join(NAMES)}")
    parser.add_argument("--quick", action="store_true", help="10,000 units and few runs: does it all work?")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md and benchmarks/results/")
    parser.add_argument(
        "--work", help="keep plants and homes in this folder and use them again; default: a temporary one"
    )
    return parser.parse_args()


def _said(words: list[str]) -> list[str]:
    """What was asked for, without the folder of whoever asked."""
    return [
        word
        for before, word in zip(["", *words], words, strict=False)
        if "--work" not in {before, word} and not word.startswith("--work=")
    ]


def _units(text: str) -> tuple[int, ...]:
    return tuple(int(part.replace("_", "")) for part in text.split(","))


def _names(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    if unknown := set(names) - set(NAMES):
        raise argparse.ArgumentTypeError(f"{', '.join(sorted(unknown))}: not one of {', '.join(NAMES)}")
    return names


if __name__ == "__main__":
    main()
