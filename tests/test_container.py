"""What docker-compose.yml and the Dockerfile promise: nothing open to other machines, no default password, no root."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from genealogy.stores.local_neo4j_runtime import VERSION

ROOT = Path(__file__).parents[1]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
DOCKERFILE = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text(encoding="utf-8"))
SERVICES = COMPOSE["services"]
TAGGED = re.compile(r"[a-z0-9./-]+:\d+\.\d+[\w.-]*")


def instructions(word: str) -> list[str]:
    return re.findall(rf"^{word} (.*)$", DOCKERFILE, re.MULTILINE)


def test_there_are_two_services() -> None:
    assert set(SERVICES) == {"neo4j", "api"}


@pytest.mark.parametrize("name", SERVICES)
def test_every_port_is_published_on_this_machine_only(name: str) -> None:
    assert SERVICES[name]["ports"]
    for port in SERVICES[name]["ports"]:
        assert re.fullmatch(r"127\.0\.0\.1:\$\{\w+:-\d+\}:\d+", port), port
    assert "network_mode" not in SERVICES[name]


@pytest.mark.parametrize(("name", "variable"), [("neo4j", "NEO4J_AUTH"), ("api", "NEO4J_PASSWORD")])
def test_without_a_password_nothing_starts(name: str, variable: str) -> None:
    assert re.fullmatch(r"(neo4j/)?\$\{NEO4J_PASSWORD:\?[^}]+\}", SERVICES[name]["environment"][variable])


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_has_a_health_check_and_keeps_its_data_in_a_named_volume(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"
    volumes = [volume.split(":")[0] for volume in SERVICES[name]["volumes"]]
    assert set(volumes) <= set(COMPOSE["volumes"])


def test_the_service_waits_for_neo4j_and_reaches_it_by_name() -> None:
    assert SERVICES["api"]["depends_on"] == {"neo4j": {"condition": "service_healthy"}}
    assert SERVICES["api"]["environment"]["GENEALOGY_STORE"] == "bolt://neo4j:7687"


def test_the_images_are_pinned_and_neo4j_is_the_release_that_is_tested() -> None:
    assert SERVICES["neo4j"]["image"] == f"neo4j:{VERSION}-community"
    assert SERVICES["api"]["build"] == "."
    for image in instructions("FROM"):
        assert TAGGED.fullmatch(image.split(" AS ")[0]), image


def test_neo4j_reports_nothing_and_reads_nothing() -> None:
    settings = SERVICES["neo4j"]["environment"]
    assert settings["NEO4J_dbms_usage__report_enabled"] == "false"
    assert settings["NEO4J_client_allow__telemetry"] == "false"
    assert settings["NEO4J_dbms_fleet__manager_enabled"] == "false"
    assert settings["NEO4J_server_fleet__discovery_enabled"] == "false"
    assert settings["NEO4J_db_logs_query_enabled"] == "OFF"


def test_the_image_runs_as_somebody_else_than_root() -> None:
    last = DOCKERFILE[DOCKERFILE.rindex("\nFROM ") :]
    user = re.findall(r"^USER (\d+)$", last, re.MULTILINE)[-1]
    assert int(user) > 0
    assert SERVICES["api"]["cap_drop"] == ["ALL"]
    assert "privileged" not in SERVICES["api"]
    assert "user" not in SERVICES["api"]


def test_the_image_holds_the_command_and_what_it_is_built_from_is_there_and_hashed() -> None:
    assert instructions("ENTRYPOINT") == ['["genealogy"]']
    assert instructions("CMD") == ['["serve", "--host", "0.0.0.0", "--port", "8000"]']
    assert "--guarded" in SERVICES["api"]["command"]
    assert "/healthz" in instructions("HEALTHCHECK")[0]
    assert "--require-hashes" in DOCKERFILE
    sent = re.findall(r"^!(.*)$", (ROOT / ".dockerignore").read_text(encoding="utf-8"), re.MULTILINE)
    for copied in instructions("COPY"):
        if copied.startswith("--from="):
            continue
        for source in copied.split()[:-1]:
            assert source.removeprefix("./") in sent
            assert (ROOT / source).exists()
