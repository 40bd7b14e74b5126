"""A start tells of the names that are recorded beside the one that it gives, and may be the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli import run_here, write

if TYPE_CHECKING:
    from pathlib import Path


def test_another_spelling_of_a_machine_an_operator_or_a_parameter_is_told(tmp_path: Path) -> None:
    at = {f"S{n}": f"2026-05-0{n}T08:00:00Z" for n in (1, 2, 3)}
    tables = {
        "equipment": [{"equipment_id": "0012", "name": "Mixer"}],
        "steps": [
            {"step_id": step, "operation": "mix", "started_at": time, "operator": who}
            for (step, time), who in zip(at.items(), ("J. Smith", "j.smith", "Miller"), strict=True)
        ],
        "equipment_use": [
            {"step_id": step, "equipment_id": code} for step, code in zip(at, ("0012", "12", "13"), strict=True)
        ],
        "production": [{"step_id": step, "item_id": f"L{step}"} for step in at],
        "readings": [
            {"step_id": step, "parameter": name, "value": "9", "high": "5", "at": time}
            for (step, time), name in zip(at.items(), ("Temp", "temp ", "pH"), strict=True)
        ],
    }
    home = tmp_path / "home"
    assert run_here(home, "load", write(tmp_path / "plant", tables)).code == 0
    for words, other in (
        (("--equipment", "0012"), "12"),
        (("--operator", "J. Smith"), "j.smith"),
        (("--parameter", "Temp", "--outside"), "temp "),
    ):
        answer = run_here(home, "scope", *words, "--json").json
        assert [item["id"] for item in answer["items"]] == ["LS1"]
        assert answer["started_from"][0]["spelled_alike"] == [other]
        assert "1 name beside it in the records that may be the same written otherwise" in answer["summary"][2]
    said = run_here(home, "scope", "--equipment", "0012").out
    assert "perhaps the same written otherwise: 12. Ask for these as well" in said
    answer = run_here(home, "scope", "--operator", "Miller", "--json").json
    assert "spelled_alike" not in answer["started_from"][0]
