"""How a snapshot lies on disk: a folder of plain arrays, one file each, and a manifest that vouches for them.

A folder is written beside its final name, synced, and renamed: it is whole or it is not there. Opening maps the files into
memory and reads none of them, so it takes milliseconds however large the plant is. Lengths and times of change are compared
with the manifest on each opening; a file that was touched since must still have its checksum, else the whole folder is
refused and has to be built again.
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

FORMAT = 1
"""Raised whenever the meaning of an array changes: folders of another format are built again."""
MANIFEST = "manifest.json"
_PREFIX = "sequence-"
_PARTIAL = "partial-"


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
    files = {name: _write_array(partial, name, np.ascontiguousarray(array)) for name, array in arrays.items()}
    manifest = {"format": FORMAT, "sequence": sequence, "identity": identity, "files": files}
    with (partial / MANIFEST).open("w", encoding="utf-8") as file:
        json.dump(manifest, file, sort_keys=True)
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
        verify: compare every checksum, which reads every byte.

    Returns:
        Arrays, last entry known, and identity of the ledger; None where there is no snapshot that can be trusted.
    """
    if not root.is_dir():
        return None
    for folder in sorted(root.glob(f"{_PREFIX}*"), reverse=True):
        manifest = _manifest(folder)
        if manifest is None:
            continue
        try:
            arrays = {name: _map(folder / f"{name}.npy", entry, verify) for name, entry in manifest["files"].items()}
        except (OSError, ValueError, KeyError, TypeError):
            continue  # a damaged folder is never trusted; the caller builds a new one from the facts
        return arrays, manifest["sequence"], manifest["identity"]
    return None


def _manifest(folder: Path) -> dict[str, Any] | None:
    try:
        found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    whole = isinstance(found, dict) and found.get("format") == FORMAT and isinstance(found.get("sequence"), int)
    return found if whole and isinstance(found.get("files"), dict) and isinstance(found.get("identity"), str) else None


def _write_array(folder: Path, name: str, array: Array) -> dict[str, Any]:
    path = folder / f"{name}.npy"
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, np.lib.format.header_data_from_array_1_0(array))
        offset = file.tell()
        content = memoryview(array).cast("B") if array.size else b""
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    status = path.stat()
    return {
        "bytes": status.st_size,
        "crc32": zlib.crc32(content),
        "dtype": array.dtype.str,
        "length": len(array),
        "mtime_ns": status.st_mtime_ns,
        "offset": offset,
    }


def _map(path: Path, entry: dict[str, Any], verify: bool) -> Array:
    status = path.stat()
    if status.st_size != entry["bytes"]:
        raise ValueError(f"{path} has {status.st_size} bytes where {entry['bytes']} were written")
    with path.open("rb") as file:
        content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    offset = entry["offset"]
    if (verify or status.st_mtime_ns != entry["mtime_ns"]) and zlib.crc32(content[offset:]) != entry["crc32"]:
        raise ValueError(f"{path} is not what was written")
    return np.frombuffer(content, dtype=np.dtype(entry["dtype"]), count=entry["length"], offset=offset)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        return  # Windows has no handle for a folder's own content
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
