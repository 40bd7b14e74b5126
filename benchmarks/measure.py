"""How things are measured: in a process of their own, several times, the rivals of a ratio in turns."""

from __future__ import annotations

import importlib
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Samples = dict[str, list[float]]


class ChildFailedError(RuntimeError):
    """A measured process did not end well; what it printed stands above."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a measured process handed back.

    Attributes:
        value: what its function returned.
        peak_mb: the most memory that it held at once, as the system counted it.
        cpu_s: processor time of all its threads.
    """

    value: Any
    peak_mb: float
    cpu_s: float


def in_child(task: str, **arguments: Any) -> Outcome:
    """Call ``module:function`` of this package with these arguments (plain values) in a new process.

    Raises:
        ChildFailedError: it raised, or was killed.
    """
    with tempfile.TemporaryDirectory(prefix="genealogy-child-") as folder:
        asked, told = Path(folder) / "asked.json", Path(folder) / "told.json"
        asked.write_text(json.dumps(arguments, default=str), encoding="utf-8")
        child = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.measure", task, str(asked), str(told)],
            cwd=Path(__file__).resolve().parent.parent,
            stdout=sys.stderr.fileno(),
        )
        try:
            _, status, used = os.wait4(child.pid, 0)
        except BaseException:  # interrupted: the child, and a server that it started, shall end too
            child.terminate()
            child.wait()
            raise
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            raise ChildFailedError(f"{task} with {arguments} ended with {child.returncode}.")
        value = json.loads(told.read_text(encoding="utf-8"))
    peak = used.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)  # bytes there, kilobytes elsewhere
    return Outcome(value, round(peak), round(used.ru_utime + used.ru_stime, 2))


def timed(what: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    """Seconds that a call takes, by a clock."""
    began = clock()
    what()
    return clock() - began


def in_turns(
    rivals: Mapping[str, Callable[[], object]],
    runs: int,
    *,
    warm_up: int = 1,
    clock: Callable[[], float] = time.perf_counter,
) -> Samples:
    """Seconds of each rival, one round after the other, each second round backwards; ``warm_up`` rounds do not count."""
    samples: Samples = {name: [] for name in rivals}
    for _ in range(warm_up):
        for what in rivals.values():
            what()
    for number in range(runs):
        for name in list(rivals)[:: -1 if number % 2 else 1]:
            samples[name].append(timed(rivals[name], clock))
    return samples


def ratios(samples: Mapping[str, Sequence[float]], one: str, other: str) -> list[float]:
    """``one`` divided by ``other``, round by round."""
    return [a / b for a, b in zip(samples[one], samples[other], strict=True)]


def spread(values: Sequence[float], scale: float = 1.0, digits: int = 1) -> str:
    """Median, and least and greatest in brackets where there are several."""
    middle = f"{statistics.median(values) * scale:,.{digits}f}"
    if len(values) == 1:
        return middle
    return f"{middle} ({min(values) * scale:,.{digits}f} to {max(values) * scale:,.{digits}f})"


class Stages:
    """Seconds by stage: public functions of the product, timed from outside.

    Attributes:
        seconds: by stage; a stage inside another one is counted in both.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def watch(self, stage: str, owner: object, name: str) -> None:
        """Count the time of a function or method as a stage."""
        original = getattr(owner, name)

        def watched(*args: Any, **named: Any) -> Any:
            began = time.perf_counter()
            try:
                return original(*args, **named)
            finally:
                self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - began

        setattr(owner, name, watched)


def end_tidily() -> None:
    """Let a request to end (SIGTERM) run through ``finally``, so that no server is left behind."""

    def end(number: int, _: object) -> None:
        sys.exit(128 + number)

    signal.signal(signal.SIGTERM, end)


def _main() -> None:
    end_tidily()
    task, asked, told = sys.argv[1:]
    module, _, function = task.partition(":")
    arguments = json.loads(Path(asked).read_text(encoding="utf-8"))
    value = getattr(importlib.import_module(f"benchmarks.{module}"), function)(**arguments)
    Path(told).write_text(json.dumps(value), encoding="utf-8")


if __name__ == "__main__":
    _main()
