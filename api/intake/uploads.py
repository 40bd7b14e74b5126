"""Files that were sent: checked for size and name, put aside in the home, until they are loaded or nobody wants them.

What a sender calls a file is kept as a name and never becomes part of a path: files lie under numbers.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
import threading
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, BinaryIO
from uuid import uuid4

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from api.intake.form import FILES, RULE, Limits, check_different, check_fields, checked_name, read_form
from api.protocol.problem import pointer
from api.protocol.refused import RefusedError
from genealogy.durable import create_private, private_folder
from genealogy.errors import BusyError, FileRefusedError, InputError
from genealogy.wording import message_of
from loaders.discover import Given
from loaders.expanded import check_expanded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from starlette.datastructures import FormData
    from starlette.requests import Request

FOLDER, ABOUT = "uploads", "upload.json"
KEPT_S = 24 * 3600
"""How long files wait to be loaded."""
KEPT = 50
"""So many uploads wait at the most; the oldest goes first."""
_ID = re.compile(r"[0-9a-f]{32}")
_BLOCK = 1 << 20
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_MB = 1 << 20


@dataclass(frozen=True, slots=True)
class Sent:
    """One file that was sent: its name as given, and the digest and size of its content."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Upload:
    """Files that were sent together, and how they are to be read.

    Attributes:
        id: made by chance.
        folder: where they lie, under their numbers.
        files: in the order in which they came.
        mapping: name of a mapping that comes with the program, or None.
        mapping_file: the mapping file that was sent with them, or None; it lies under ``mapping``.
        zone: of times without an offset.
        settles: of corrections, the rows of the quarantine that they settle, by id.
    """

    id: str
    folder: Path
    files: tuple[Sent, ...]
    mapping: str | None = None
    mapping_file: Sent | None = None
    zone: str | None = None
    settles: tuple[str, ...] = ()

    @property
    def given(self) -> list[Given]:
        """The files, for the loader."""
        return [Given(self.folder / str(number), sent.name) for number, sent in enumerate(self.files)]

    @property
    def rule(self) -> str | Given | None:
        """The mapping, for the loader."""
        return Given(self.folder / "mapping", self.mapping_file.name) if self.mapping_file else self.mapping

    @property
    def digest(self) -> str:
        """Of everything that was sent, whatever the form in which it came."""
        rule = asdict(self.mapping_file) if self.mapping_file else None
        said = [[asdict(sent) for sent in self.files], self.mapping, self.zone, rule]
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


class Uploads:
    """The folder of the files that were sent to one home.

    Args:
        home: in which it stands.
        limits: how much may be sent.
    """

    def __init__(self, home: Path, limits: Limits) -> None:
        self.folder, self.limits = home / FOLDER, limits
        self._needed: dict[str, list[Callable[[], bool]]] = {}
        self._lock = threading.Lock()
        self._tidy()

    async def receive(self, request: Request) -> tuple[Upload, dict[str, str]]:
        """Take the files of a form, and its other fields.

        Raises:
            RefusedError: it is too much, or something in it is not as it should be; nothing of it is kept.
        BusyError: there is no room for it.
        """
        try:
            form = await read_form(request, self.limits)
            try:
                return await run_in_threadpool(self._put_form, form)
            finally:
                await form.close()
        except OSError as error:
            if error.errno not in _NO_ROOM:
                raise
            raise BusyError(
                "The disk of the service has no room for these files, and nothing of them was kept. Free some space, then "
                "send them again."
            ) from error

    def put(self, files: Iterable[tuple[str, BinaryIO]], **how: Any) -> Upload:
        """Put files aside under a new id."""
        self._tidy()
        made = uuid4().hex
        private_folder(self.folder)
        folder = self.folder / made
        private_folder(folder)
        try:
            rule = how.pop("mapping_file", None)
            sent = tuple(
                self._keep(folder / str(n), name, file, f"#/files/{n}") for n, (name, file) in enumerate(files)
            )
            if not sent:
                raise RefusedError(422, "No file was sent. Choose at least one file.", "#/files")
            kept_rule = self._keep(folder / "mapping", rule[0], rule[1], "#/mapping_file") if rule else None
            upload = Upload(made, folder, sent, mapping_file=kept_rule, **how)
            for n, given in enumerate(upload.given):
                try:
                    check_expanded(given.path, given.name, self.limits.expanded_mb * _MB)
                except FileRefusedError as error:
                    raise RefusedError(413, message_of(error), f"#/files/{n}") from error
            about: dict[str, Any] = {"files": [asdict(s) for s in sent], "mapping": upload.mapping, "zone": upload.zone}
            about["mapping_file"] = asdict(kept_rule) if kept_rule else None
            about["settles"] = upload.settles
            (folder / ABOUT).write_text(json.dumps(about), encoding="utf-8")
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return upload

    def of(self, name: str) -> Upload:
        """Files that wait.

        Raises:
            RefusedError: there are none of this id (any more).
        """
        try:
            if not _ID.fullmatch(name):
                raise ValueError(name)
            about = json.loads((self.folder / name / ABOUT).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            said = "These files are not there any more: they were loaded, or waited too long. Send them again."
            raise RefusedError(404, said) from error
        rule = Sent(**about["mapping_file"]) if about["mapping_file"] else None
        files = tuple(Sent(**sent) for sent in about["files"])
        settles = tuple(about.get("settles", ()))
        return Upload(name, self.folder / name, files, about["mapping"], rule, about["zone"], settles)

    def keep_while(self, upload: Upload, needed: Callable[[], bool]) -> None:
        """Keep files as long as they are needed, whatever else is sent meanwhile."""
        with self._lock:
            self._needed.setdefault(upload.id, []).append(needed)

    def _kept(self) -> set[str]:
        with self._lock:
            self._needed = {name: asks for name, asks in self._needed.items() if any(needed() for needed in asks)}
            return set(self._needed)

    def drop(self, upload: Upload) -> None:
        """Take files away that were loaded."""
        shutil.rmtree(upload.folder, ignore_errors=True)

    def _put_form(self, form: FormData) -> tuple[Upload, dict[str, str]]:
        check_fields(form)
        chosen = [file for file in form.getlist(FILES) if isinstance(file, UploadFile)]
        files = [(file.filename or "", file.file) for file in chosen if file.filename or file.size]
        check_different([name for name, _ in files])
        text = {name: value for name, value in form.multi_items() if isinstance(value, str)}
        rule = form.get(RULE)
        how: dict[str, Any] = {"mapping": text.get("mapping") or None, "zone": (text.get("zone") or "").strip() or None}
        if isinstance(rule, UploadFile) and rule.filename:
            how |= {"mapping_file": (rule.filename, rule.file), "mapping": None}
        check_mapping(how["mapping"])
        check_zone(how["zone"])
        return self.put(files, **how), text

    def _keep(self, path: Path, name: str, source: BinaryIO, where: str) -> Sent:
        checked_name(name, self.limits.name, where)
        most, size, digest = self.limits.file_mb * _MB, 0, hashlib.sha256()
        with os.fdopen(create_private(path), "wb") as file:
            while block := source.read(_BLOCK):
                size += len(block)
                if size > most:
                    raise RefusedError(413, f"{name} has more than {self.limits.file_mb} MiB. Split it.", where)
                digest.update(block)
                file.write(block)
        return Sent(name, digest.hexdigest(), size)

    def _tidy(self) -> None:
        """Take away what waited too long."""
        if not self.folder.is_dir():
            return
        kept = self._kept()
        found = sorted((_changed(path), path) for path in self.folder.iterdir() if path.name not in kept)
        for number, (at, path) in enumerate(reversed(found)):
            if number >= KEPT or at < time.time() - KEPT_S:
                shutil.rmtree(path, ignore_errors=True)


def _changed(path: Path) -> float:
    """When a folder was changed last; now, where another request takes it away at this moment."""
    try:
        return path.stat().st_mtime
    except OSError:
        return time.time()


def packaged_mappings() -> list[str]:
    """Names of the mappings that come with the program."""
    from loaders.mapping import PACKAGED

    return sorted(entry.stem for entry in PACKAGED.glob("*.toml"))


def check_mapping(name: str | None) -> None:
    """Only a mapping that comes with the program can be named: a name is never looked up as a path.

    Raises:
        RefusedError: there is none of this name.
    """
    if name is not None and name not in packaged_mappings():
        raise RefusedError(
            422,
            f"There is no mapping {name[:60]!r} (there are: {', '.join(packaged_mappings())}). Choose one, or send its file "
            "as mapping_file.",
            pointer("mapping"),
        )


def check_zone(zone: str | None) -> None:
    """Only a zone that is known.

    Raises:
        RefusedError: it is not.
    """
    from genealogy.zones import zone_of

    if zone is not None:
        try:
            zone_of(zone)
        except InputError as error:
            raise RefusedError(422, message_of(error), pointer("zone")) from error
