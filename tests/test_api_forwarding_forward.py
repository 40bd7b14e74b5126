"""A command beside a running service is done by the service: the same output, the same exit code, as by itself."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli import COMMAND, PLANT, environment, run, run_here, write
from console_server import served

from api.forwarding import forward

COMMANDS: tuple[tuple[str, ...], ...] = (
    ("trace", "RM-1", "--forward"),
    ("trace", "U-1", "--backward", "--json"),
    ("scope", "id:RM-1"),
    ("scope", "X/7/a", "--all", "--json"),
    ("scope", "id:RM-1", "--csv"),
    ("scope", "X/7/a"),
    ("scope", "nothing-of-that-name"),
    ("scope", "nothing-of-that-name", "--json"),
    ("scope",),
    ("scope", "--no-such-option"),
    ("why", "U-1", "--from", "id:RM-1"),
    ("near-misses", "id:RM-1"),
    ("responsible", "U-1"),
    ("where", "id:FU"),
    ("balance", "id:FU"),
    ("bounds", "id:RM-1"),
    ("diff", "id:RM-1", "--from", "0"),
    ("compare", "id:RM-1", "--boundary", "only-after 2026-05-01"),
    ("where-else", "U-1", "U-2"),
    ("share", "id:RM-1"),
    ("sweep", "--stage", "supplied"),
    ("trace", "RM-1", "--forward", "--as-of", "99"),
    ("graph", "RM-1"),
    ("flow", "RM-1", "--json"),
    ("flow", "RM-1"),
    ("timeline", "RM-1"),
    ("countries", "RM-1", "--csv"),
    ("batches",),
    ("log",),
    ("log", "--json"),
    ("verify",),
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("forward")
    write(folder / "plant", PLANT)
    assert run(folder / "home", "load", folder / "plant").code == 0
    return folder / "home"


def same(text: str) -> str:
    """What was printed, without how long it took."""
    return re.sub(r'"seconds": [0-9.e-]+', '"seconds": 0', re.sub(r"; [0-9.]+ s\n", "; 0 s\n", text))


def test_output_and_exit_code_are_those_of_the_command_itself(home: Path) -> None:
    alone = [run_here(home, *words) for words in COMMANDS]
    assert {done.code for done in alone} >= {0, 2, 5}
    with served(home, key=False):
        assert json.loads((home / "server.json").read_text())["version"]
        assert oct((home / "server.json").stat().st_mode)[-3:] == "600"
        for words, expected in zip(COMMANDS, alone, strict=True):
            got = run_here(home, *words)
            assert (got.code, same(got.out)) == (expected.code, same(expected.out)), words
            assert got.err == expected.err, words
        whole = run(home, *COMMANDS[0])
        assert (whole.code, same(whole.out), whole.err) == (alone[0].code, same(alone[0].out), alone[0].err)
        other = run_here(home, "rebuild")
        assert other.code == 4
        assert "in use by process" in other.err
        told = json.loads((home / "server.json").read_text())
        (home / "server.json").write_text(json.dumps(told | {"version": "0.0.0"}))
        assert run_here(home, "trace", "RM-1", "--forward").code == 4
        (home / "server.json").write_text(json.dumps(told | {"secret": "00" * 32}))
        assert run_here(home, "trace", "RM-1", "--forward").code == 4
    assert not (home / "server.json").exists()


def test_files_are_written_where_the_asker_stands(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = (("graph", "RM-1", "--out", "g.svg"), ("flow", "RM-1", "--out", "f.csv"), ("report", "RM-1", "--out", "r"))
    kept = []
    for name in ("alone", "beside"):
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        if name == "alone":
            done = [run_here(home, *words) for words in asked]
        else:
            with served(home, key=False):
                done = [run_here(home, *words) for words in asked]
        assert [each.code for each in done] == [0, 0, 0], done
        files = sorted(path for path in (tmp_path / name).rglob("*") if path.is_file())
        kept.append({str(path.relative_to(tmp_path / name)): path.read_bytes() for path in files})
        assert "Written: g.svg" in done[0].err
    assert kept[0].keys() == kept[1].keys() >= {"g.svg", "f.csv", "r/report.html"}
    assert [name for name in kept[0] if kept[0][name] != kept[1][name]] == []


def test_a_load_is_done_by_the_service_and_recorded_as_whoever_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = {**PLANT, "lots": PLANT["lots"] + "RM-9,RM,N9,,,many,kg\n"}
    mapping = 'mapping = 1\n[[source]]\nfiles = ["none.csv"]\n[[source.table]]\nname = "lots"\n[source.table.columns]\n'
    mapping += 'item_id = "a"\nmaterial_id = "a"\nlot_number = "a"\n'
    jane, home = {"GENEALOGY_ACTOR": "jane"}, Path("home")
    outputs = []
    for name in ("alone", "beside"):
        folder = write(tmp_path / name, {"own.toml": mapping})
        write(folder / "plant", rows)
        (folder / "home").mkdir(mode=0o700)
        monkeypatch.chdir(folder)

        def loads() -> list[tuple[int, str, str]]:
            asked = (
                ["plant", "--dry-run"],
                ["plant"],
                ["plant", "--json"],
                ["plant", "--mapping", "own.toml"],
                ["none"],
            )
            made = [run_here(home, "load", *words, env=jane) for words in asked]
            return [(done.code, done.out, done.err) for done in made]

        if name == "alone":
            outputs.append(loads())
        else:
            with served(folder / "home", key=False):
                outputs.append(loads())
        log = json.loads(run_here(home, "log", "--json").out)["entries"]
        assert [(entry["action"], entry["actor"]) for entry in log if entry["action"] == "load"] == [("load", "jane")]
    assert outputs[0] == outputs[1]
    assert [code for code, _, _ in outputs[0]] == [3, 3, 3, 1, 2]


def test_a_command_whose_asker_goes_is_called_off(home: Path, tmp_path: Path) -> None:
    lines = "".join(f"B-{n},MAT,NB{n}\n" for n in range(250_000))
    write(tmp_path / "big", {"lots": "item_id,material_id,lot_number\n" + lines})
    with served(home, key=False):
        before = run(home, "log", "--json").json["entries"]
        asking = subprocess.Popen(
            [str(COMMAND), "load", str(tmp_path / "big")], env=environment(home), stderr=subprocess.PIPE, text=True
        )
        assert asking.stderr is not None
        asking.stderr.readline()
        asking.send_signal(signal.SIGKILL)
        asking.wait()
        time.sleep(1)
        assert run(home, "verify").code == 0
        assert run(home, "log", "--json").json["entries"] == before


def test_strangers_who_prove_nothing_hold_up_nobody(home: Path) -> None:
    """Anybody on the machine can connect to the port; who says nothing, or nonsense, keeps no command from being done."""
    with served(home):
        port = int(json.loads((home / "server.json").read_text())["port"])
        strangers = [socket.create_connection(("127.0.0.1", port)) for _ in range(8)]
        strangers[0].sendall(b"GET / HTTP/1.1\r\n\r\n")
        strangers[1].sendall(b"\x7f\xff\xff\xff")
        began = run(home, "trace", "RM-1", "--forward")
        assert began.code == 0, began.err
        strangers[0].settimeout(30)
        assert b"#CHALLENGE#" in strangers[0].recv(1000)
        for stranger in strangers:
            stranger.close()
        assert same(run(home, "trace", "RM-1", "--forward").out) == same(began.out)


def test_a_stranger_at_the_port_of_a_service_that_died_is_not_waited_for(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forward, "_PROOF_S", 1)
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        port = stranger.getsockname()[1]
        told = {"pid": 1, "version": forward._version(), "port": port, "secret": "00" * 32}
        (home / "server.json").write_text(json.dumps(told))
        (home / "owner.lock").write_text(json.dumps({"pid": 1}))
        assert forward.forwarded(home, ["log"]) is None
    (home / "server.json").unlink()
