"""How sure an answer is, is nobody's secret: tiers are told to every role, in every form of a graph."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from people import LOCAL, bearer
from plants import write_plant

from api.access.rules import Role
from api.app import create_app
from genealogy.engine import Engine
from loaders import load

ORDERED = {
    "materials": [{"material_id": "RAW", "name": "resin", "stage": "supplied", "base_unit": "KGM"},
                  {"material_id": "FIN", "name": "pump", "stage": "finished", "base_unit": "H87"}],
    "lots": [{"item_id": "R", "material_id": "RAW", "lot_number": "R"}, {"item_id": "F", "material_id": "FIN", "lot_number": "F"}],
    "steps": [{"step_id": "S", "operation": "moulding", "order_id": "O", "grain": "order"}],
    "consumption": [{"step_id": "S", "item_id": "R", "quantity": "1", "unit": "KGM"}],
    "production": [{"step_id": "S", "item_id": "F", "quantity": "1", "unit": "H87"}],
}  # fmt: skip


@pytest.mark.parametrize("role", [Role.MANAGER, Role.COORDINATOR, Role.AUDITOR, Role.VIEWER])
def test_an_item_of_which_only_the_order_is_known_is_drawn_for_everybody(tmp_path: Path, role: Role) -> None:
    engine = Engine.open(tmp_path / "home")
    load(engine, [write_plant(tmp_path / "plant", ORDERED)])
    with TestClient(create_app(engine), LOCAL, headers=bearer(engine.home, role)) as client:
        told = client.get("/api/v1/graph?item=id:R").json()
        assert [node["tiers"] for node in told["nodes"] if node["tiers"]] == [{"order": 1}]
        assert client.get("/graph?item=id:R", headers={"accept": "text/html"}).status_code == 200
        for form in ("html", "svg", "png", "graphml", "csv", "json"):
            assert client.get(f"/api/v1/graph/file/{form}?item=id:R").status_code == 200
            assert client.get(f"/graph.{form}?item=id:R").status_code == 200
        assert client.get("/api/v1/scope?item=id:R").json()["by_tier"]["order"]["items"] == 1
