"""How a snapshot lies on disk: one file of plain arrays, and a manifest that vouches for it.

A folder is written beside its final name, synced, and renamed: it is whole or it is not there. Opening maps the file
into memory and reads none of it, so it takes milliseconds however large the plant is. Length and time of change are
compared with the manifest on each opening; a file that was touched since must still have its checksum, else the whole
folder is refused and has to be built again.
"""

from __future__ import annotations

import json
import mmap
import os
import shutil
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from pathlib import Path

Array = npt.NDArray[Any]
Arrays = dict[str, Array]

FORMAT = 2
"""Raised whenever the meaning of an array changes: folders of another format are built again."""
MANIFEST = "manifest.json"
ARRAYS = "arrays.bin"
_PREFIX = "sequence-"
_PARTIAL = "partial-"
_ALIGNMENT = 64


def write(root: Path, arrays: Arrays, sequence: int, identity: str) -> Path:
    """Put the arrays of a snapshot in place as a whole; older ones are removed afterwards.

    Args:
        root: folder of the snapshots of one plant.
        arrays: what to keep, by name.
        sequence: the last entry that the arrays know.
        identity: whose ledger they were built from.

    Returns:
        The folder that now holds them.
    """
    root.mkdir(parents=True, exist_ok=True)
    partial = root / f"{_PARTIAL}{os.getpid()}-{sequence:012d}"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    places, checksum = _write_arrays(partial / ARRAYS, arrays)
    status = (partial / ARRAYS).stat()
    manifest = {
        "format": FORMAT,
        "sequence": sequence,
        "identity": identity,
        "bytes": status.st_size,
        "mtime_ns": status.st_mtime_ns,
        "crc32": checksum,
        "arrays": places,
    }
    with (partial / MANIFEST).open("w", encoding="utf-8") as file:
        json.dump({"manifest": manifest, "crc32": _checksum(manifest)}, file)
        file.flush()
        os.fsync(file.fileno())
    _sync_folder(partial)
    final = root / f"{_PREFIX}{sequence:012d}"
    if final.exists():
        shutil.rmtree(final)
    partial.rename(final)
    _sync_folder(root)
    for other in root.iterdir():
        if other != final and other.name.startswith((_PREFIX, _PARTIAL)):
            shutil.rmtree(other, ignore_errors=True)
    return final


def read(root: Path, *, verify: bool = False) -> tuple[Arrays, int, str] | None:
    """Map the newest whole snapshot into memory.

    Args:
        root: folder of the snapshots of one plant.
        verify: compare the checksum, which reads every byte.

    Returns:
        Arrays, last entry known, and identity of the ledger; None where there is no snapshot that can be trusted.
    """
    for folder in sorted(root.glob(f"{_PREFIX}*"), reverse=True):
        try:
            manifest = _manifest(folder / MANIFEST)
            return _map(folder / ARRAYS, manifest, verify), manifest["sequence"], manifest["identity"]
        except (OSError, ValueError, KeyError, TypeError):
            continue  # a damaged folder is never trusted; the caller builds a new one from the facts
    return None


def _write_arrays(path: Path, arrays: Arrays) -> tuple[dict[str, tuple[str, int, int]], int]:
    """Write the arrays one after the other; returns type, offset and length of each, and the checksum of the file."""
    places = {}
    checksum = offset = 0
    with path.open("wb") as file:
        for name, array in sorted(arrays.items()):
            places[name] = (array.dtype.str, offset, len(array))
            content = np.ascontiguousarray(array).tobytes() if array.nbytes < _ALIGNMENT else _bytes(array)
            for part in (content, bytes(-len(content) % _ALIGNMENT)):
                file.write(part)
                checksum = zlib.crc32(part, checksum)
                offset += len(part)
        file.write(bytes(_ALIGNMENT))  # so that there is something to map in an empty plant
        checksum = zlib.crc32(bytes(_ALIGNMENT), checksum)
        file.flush()
        os.fsync(file.fileno())
    return places, checksum


def _bytes(array: Array) -> memoryview:
    return np.ascontiguousarray(array).view(np.uint8).data


def _manifest(path: Path) -> dict[str, Any]:
    found = json.loads(path.read_text(encoding="utf-8"))
    manifest: dict[str, Any] = found["manifest"]
    if manifest["format"] != FORMAT or _checksum(manifest) != found["crc32"]:
        raise ValueError(f"{path} is of another format or not what was written")
    return manifest


def _checksum(manifest: dict[str, Any]) -> int:
    return zlib.crc32(json.dumps(manifest, sort_keys=True).encode())


def _map(path: Path, manifest: dict[str, Any], verify: bool) -> Arrays:
    status = path.stat()
    if status.st_size != manifest["bytes"]:
        raise ValueError(f"{path} has {status.st_size} bytes where {manifest['bytes']} were written")
    with path.open("rb") as file:
        content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    if (verify or status.st_mtime_ns != manifest["mtime_ns"]) and zlib.crc32(content) != manifest["crc32"]:
        raise ValueError(f"{path} is not what was written")
    return {
        name: np.frombuffer(content, dtype=np.dtype(kind), count=length, offset=offset)
        for name, (kind, offset, length) in manifest["arrays"].items()
    }


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        return  # Windows has no handle for a folder's own content
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
