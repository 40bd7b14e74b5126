"""Where a running service owns the home, a command on the same machine is done by it: the same output, the same exit code.

The service writes ``server.json`` into the home, readable by its owner only: where it listens on loopback, and a secret that
is made anew at each start. Who connects proves to know it (a challenge; the secret itself never travels). So whoever can
read the home can ask, as they could by opening it; nobody else can.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import socket
import struct
import sys
import threading
from importlib.metadata import version
from multiprocessing import AuthenticationError
from multiprocessing.connection import Connection, answer_challenge, deliver_challenge
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.forwarding.lent import Lent, Routed, lending
from genealogy.deadline import Deadline, within
from genealogy.durable import create_private
from genealogy.ledger import default_actor
from genealogy.owner import FILE as OWNER

if TYPE_CHECKING:
    from genealogy.engine import Engine

FILE = "server.json"
ASKS = frozenset(
    {
        "trace", "scope", "compare", "bounds", "diff", "why", "near-misses", "responsible", "where", "where-else",
        "balance", "share", "sweep", "undescribed", "log", "verify", "graph", "flow", "timeline", "countries", "batches", "report",
    }
)  # fmt: skip
"""Commands that only ask; some write a file of what they were told."""
CHANGES = frozenset({"load"})
"""Commands that change something."""
_LONGEST = 1 << 20
_LOOK_S = 0.2
_PROOF_S = 5
"""Seconds to prove that one knows the secret."""
_UNPROVEN = 64
"""So many may be about to."""
_OUT, _ERR, _END = b"o", b"e", b"x"


def _version() -> str:
    return version("batch-genealogy")


def forwarded(home: Path, words: list[str]) -> int | None:
    """Have the service that owns the home do a command, and print what it says.

    Args:
        home: of the plant.
        words: the command.

    Returns:
        its exit code; None where no service of this version owns the home, or it does not do this command.
    """
    if not words or words[0] not in ASKS | CHANGES:
        return None
    try:
        told = json.loads((home / FILE).read_text(encoding="utf-8"))
        owner = json.loads((home / OWNER).read_text(encoding="utf-8"))
        if told["pid"] != owner["pid"] or told["version"] != _version():
            return None
        connection = _connected(int(told["port"]), bytes.fromhex(told["secret"]))
    except (OSError, ValueError, KeyError, TypeError, EOFError, AuthenticationError):
        return None
    asked = {"words": words, "actor": default_actor(), "directory": str(Path.cwd()), "home": str(home)}
    with connection:
        connection.send_bytes(json.dumps(asked).encode())
        while True:
            try:
                said = connection.recv_bytes()
            except (EOFError, OSError):
                from api.output import say

                say(
                    "genealogy: the service that owns the home ended before it had answered. Ask again; `genealogy log` "
                    "tells what was recorded."
                )
                return 1
            kind, text = said[:1], said[1:]
            if kind == _END:
                return int(text)
            _print(sys.stdout if kind == _OUT else sys.stderr, text)


def _connected(port: int, secret: bytes) -> Connection:
    """A connection to the service, which has proved to know the secret as well."""
    connection = _timed(socket.create_connection(("127.0.0.1", port), _PROOF_S))
    try:
        answer_challenge(connection, secret)
        deliver_challenge(connection, secret)
    except BaseException:
        connection.close()
        raise
    _wait_for_ever(connection)
    return connection


def _timed(taken: socket.socket) -> Connection:
    """A connection on which nobody is waited for longer than a proof takes."""
    taken.setblocking(True)
    for way in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
        taken.setsockopt(socket.SOL_SOCKET, way, struct.pack("ll", _PROOF_S, 0))
    return Connection(taken.detach())


def _wait_for_ever(connection: Connection) -> None:
    """From now on an answer may take its time."""
    with socket.socket(fileno=os.dup(connection.fileno())) as same:
        for way in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            same.setsockopt(socket.SOL_SOCKET, way, struct.pack("ll", 0, 0))


def _print(stream: Any, text: bytes) -> None:
    binary = getattr(stream, "buffer", None)
    if binary is None:
        stream.write(text.decode("utf-8"))
    else:
        stream.flush()
        binary.write(text)
        binary.flush()


class Desk:
    """Where the service takes commands of its owner.

    Args:
        engine: that does them.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        secret = secrets.token_bytes(32)
        self._listener, self._secret = socket.create_server(("127.0.0.1", 0)), secret
        self._file = engine.home / FILE
        self._open: set[Deadline] = set()
        said = {
            "pid": os.getpid(),
            "version": _version(),
            "port": self._listener.getsockname()[1],
            "secret": secret.hex(),
        }
        self._file.unlink(missing_ok=True)
        with os.fdopen(create_private(self._file), "w", encoding="utf-8") as file:
            json.dump(said, file)
        self._closing = False
        self._unproven = threading.BoundedSemaphore(_UNPROVEN)
        if not isinstance(sys.stdout, Routed):
            sys.stdout, sys.stderr = Routed(sys.stdout, "out"), Routed(sys.stderr, "err")
        threading.Thread(target=self._accept, name="desk", daemon=True).start()

    def close(self) -> None:
        """Take no more commands, and call off those under way."""
        self._closing = True
        self._file.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self._listener.close()
        for hurry in list(self._open):
            hurry.call_off("by the service, which is ending")

    def _accept(self) -> None:
        while not self._closing:
            try:
                taken, _ = self._listener.accept()
            except OSError:
                if self._closing:
                    return
                continue
            # Anybody on this machine can connect: who proves nothing holds up nobody else, and not for long.
            if self._unproven.acquire(blocking=False):
                threading.Thread(target=self._prove, args=(taken,), name="command", daemon=True).start()
            else:
                taken.close()

    def _prove(self, taken: socket.socket) -> None:
        """Let in who knows the secret."""
        try:
            connection = _timed(taken)
            try:
                deliver_challenge(connection, self._secret)
                answer_challenge(connection, self._secret)
            except (OSError, EOFError, AuthenticationError):
                connection.close()
                return
        finally:
            self._unproven.release()
        _wait_for_ever(connection)
        self._serve(connection)

    def _serve(self, connection: Connection) -> None:
        hurry = Deadline()
        self._open.add(hurry)
        ended = threading.Event()
        try:
            with connection:
                asked = json.loads(connection.recv_bytes(_LONGEST))
                worker = threading.Thread(target=self._do, args=(connection, asked, hurry, ended), daemon=True)
                worker.start()
                while not ended.wait(_LOOK_S):
                    # Who asked sends nothing more: what can be read is that they have gone.
                    if connection.poll():
                        hurry.call_off("whoever asked has gone")
                worker.join()
        except (OSError, EOFError, ValueError, KeyError):
            hurry.call_off("whoever asked has gone")
        finally:
            self._open.discard(hurry)

    def _do(self, connection: Connection, asked: dict[str, Any], hurry: Deadline, ended: threading.Event) -> None:
        from api.cli import run

        lock = threading.Lock()

        def say(stream: str, text: str) -> None:
            hurry.check()
            with lock:
                connection.send_bytes((_OUT if stream == "out" else _ERR) + text.encode("utf-8", "backslashreplace"))

        words = [str(word) for word in asked["words"]]
        code = 1
        surroundings = Lent(
            self._engine, str(asked["actor"]), Path(asked["directory"]), str(asked["home"]), words[0] in CHANGES, say
        )
        try:
            if words[0] in ASKS | CHANGES:
                with within(hurry), lending(surroundings):
                    code = run(words)
            connection.send_bytes(_END + str(code).encode())
        except OSError:
            # Every other error of the system `run` has put into words and sent; this is that nothing can be sent any more.
            hurry.call_off("whoever asked has gone")
        finally:
            ended.set()
