"""The command line as a person or a script meets it: a child process with a home of its own, and what came back."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COMMAND = Path(sys.executable).with_name("genealogy")
_SAYS = ("GENEALOGY_", "NEO4J_")

Rows = Sequence[Mapping[str, str]]


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The whole of stdout, which must be one JSON object and nothing else."""
        found = json.loads(self.out)
        assert isinstance(found, dict), self.out
        return found


def environment(home: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of the tests without anything that speaks to the command, then the home and what is given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_SAYS)}
    return {**kept, "GENEALOGY_HOME": str(home), **(more or {})}


def run(home: Path, *words: str | Path, env: Mapping[str, str] | None = None, **how: Any) -> Ran:
    """Run the command in a child process; however it ends is a result, and a traceback on stderr never is one."""
    done = subprocess.run(
        [str(COMMAND), *map(str, words)],
        env=environment(home, env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
        **how,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return Ran(done.returncode, done.stdout, done.stderr)


def run_here(home: Path, *words: str | Path, env: Mapping[str, str] | None = None) -> Ran:
    """The same command in this process: many times quicker, for where the boundary of the process is not the point."""
    from api.cli import main

    kept_environment, kept_words = dict(os.environ), sys.argv
    out, err = io.StringIO(), io.StringIO()
    code: object = 0
    try:
        os.environ.clear()
        os.environ.update(environment(home, env))
        sys.argv = ["genealogy", *map(str, words)]
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                main()
            except SystemExit as end:
                code = end.code or 0
    finally:
        os.environ.clear()
        os.environ.update(kept_environment)
        sys.argv = kept_words
    assert isinstance(code, int), code
    return Ran(code, out.getvalue(), err.getvalue())


def write(folder: Path, tables: Mapping[str, Rows | str | bytes]) -> Path:
    """Write tables into a folder: rows as CSV with the columns of the first row; a text or bytes as they stand."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        path = folder / (name if "." in name else f"{name}.csv")
        if isinstance(rows, str):
            path.write_bytes(rows.encode())
        elif isinstance(rows, bytes):
            path.write_bytes(rows)
        else:
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, list(rows[0]))
                writer.writeheader()
                writer.writerows(rows)
    return folder


# A plant small enough to know by heart. RM-1 is the bad supplier lot's first receipt, RM-2 its second.
#   RM-1 -> MIX -> IM -> ASSEMBLE (with GHOST) -> FU, of which U-1..U-3 were serialised
#                  IM -> FILL -> FB, finished bulk without serials
#                  IM -> HAND (grain unit) -> U-4, a unit of no lot
#   RM-2 -> MIX2 -> IM2, on stock; RM-3 bears the same number from another supplier, and leads nowhere
_AT = "2026-05-01T08:00:00Z"
PLANT: dict[str, str] = {
    "materials": "material_id,name,stage,base_unit\nRM,Resin,supplied,kg\nIM,Mix,intermediate,kg\n"
    "FU,Pump,finished,each\nFB,Gel,finished,kg\n",
    "parties": "party_id,name,role,country\nSUP-1,First Supply,supplier,DE\nSUP-2,Second Supply,supplier,FR\n"
    "CUS-1,Clinic,customer,DE\nCUS-2,Hospital,customer,AT\nSUB-1,Steril,subcontractor,DE\nOWN-1,Ourselves,own,DE\n",
    "lots": "item_id,material_id,lot_number,supplier_id,supplier_lot,quantity,unit\n"
    "RM-1,RM,N1,SUP-1,X/7/a,100,kg\nRM-2,RM,N2,SUP-1,X/7/a,50,kg\nRM-3,RM,N3,SUP-2,X/7/a,50,kg\n"
    "IM,IM,N4,,,80,kg\nIM2,IM,N5,,,40,kg\nFU,FU,N6,,,3,each\nFB,FB,RM-1,,,30,kg\n",
    "units": "item_id,lot_id,material_id,serial\nU-1,FU,,S1\nU-2,FU,,S2\nU-3,FU,,S3\nU-4,,FU,S4\n",
    "steps": "step_id,operation,grain\nMIX,mix,\nMIX2,mix,\nASSEMBLE,assemble,\nFILL,fill,\nHAND,assemble,unit\n",
    "consumption": f"step_id,item_id,quantity,unit,at\nMIX,RM-1,60,kg,{_AT}\nMIX2,RM-2,40,kg,{_AT}\n"
    f"ASSEMBLE,IM,10,kg,{_AT}\nASSEMBLE,GHOST,3,each,{_AT}\nFILL,IM,30,kg,{_AT}\nHAND,IM,1,kg,{_AT}\n",
    "production": f"step_id,item_id,quantity,unit,at\nMIX,IM,80,kg,{_AT}\nMIX2,IM2,40,kg,{_AT}\n"
    f"ASSEMBLE,FU,3,each,{_AT}\nFILL,FB,30,kg,{_AT}\nHAND,U-4,1,each,{_AT}\n",
    "shipments": "shipment_id,item_id,consignee_id,quantity,unit,shipped_at\n"
    f"SH-1,U-1,CUS-1,1,each,{_AT}\nSH-2,FU,CUS-2,1,each,{_AT}\nSH-3,FB,SUB-1,5.5,kg,{_AT}\nSH-4,FB,OWN-1,2,kg,{_AT}\n",
}
