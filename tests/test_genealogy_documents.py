"""Documents: what goes in comes out, under the digest of its content, or is refused with its name."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import stat
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import genealogy
from genealogy.documents import Documents
from genealogy.errors import InputError, LedgerDamagedError, LedgerError

ROOT = Path(genealogy.__file__).parent.parent
TABLE = pa.table(
    {
        "key": ["S1\x1fL-7", "S2\x1fL-7", None],
        "op": pa.array([0, 1, 0], pa.int8()),
        "made_at__start": pa.array([1, None, 3], pa.int64()),
    }
)


@pytest.fixture
def documents(tmp_path: Path) -> Documents:
    return Documents(tmp_path / "documents")


def stored(documents: Documents) -> list[Path]:
    return sorted(documents.folder.iterdir())


@settings(max_examples=25, deadline=None)
@given(data=st.binary(max_size=5000))
def test_bytes_come_back_under_their_own_digest(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    documents = Documents(tmp_path_factory.mktemp("plant") / "documents")
    sha = documents.put_bytes(data)
    assert sha == hashlib.sha256(data).hexdigest()
    assert documents.read_bytes(sha) == data
    assert documents.check(sha) == len(data)


def test_a_file_is_kept_compressed_and_streams_back(documents: Documents, tmp_path: Path) -> None:
    data = b"S1,L-7,12.5,KGM\n" * 300_000
    (tmp_path / "consumption.csv").write_bytes(data)
    sha = documents.put_file(tmp_path / "consumption.csv")
    assert sha == hashlib.sha256(data).hexdigest()
    assert documents.stored(sha).stat().st_size < len(data) / 100
    with documents.open(sha) as stream:
        assert stream.read(5) == data[:5]
        assert stream.read() == data[5:]
        assert stream.read(1) == b""


def test_a_large_file_takes_no_more_memory_than_a_small_one(tmp_path: Path) -> None:
    script = """
import resource, sys
from pathlib import Path
from genealogy.documents import Documents
documents = Documents(Path(sys.argv[1]) / "documents")
documents.put_bytes(b"first")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
sha = documents.put_file(Path(sys.argv[1]) / "large.csv")
documents.check(sha)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    with (tmp_path / "large.csv").open("wb") as file:
        for _ in range(64):
            file.write(os.urandom(1 << 10) * (1 << 10))
    grown = int(run(script, tmp_path).stdout)
    assert grown < 24 * 1024  # kB, for a file of 64 MiB


def test_a_table_comes_back_as_it_was(documents: Documents) -> None:
    sha = documents.put_table(TABLE)
    assert documents.read_table(sha).equals(TABLE)
    assert documents.read_table(sha, ["op", "key"]).column_names == ["op", "key"]
    assert hashlib.sha256(documents.stored(sha).read_bytes()).hexdigest() == sha
    assert documents.read_table(documents.put_table(TABLE.slice(0, 0))).schema.equals(TABLE.schema)


def test_the_same_table_has_the_same_name_however_it_is_chunked(documents: Documents) -> None:
    sha = documents.put_table(TABLE)
    chunked = pa.concat_tables([TABLE.slice(0, 1), TABLE.slice(1)])
    assert documents.put_table(chunked) == sha
    assert documents.put_table(TABLE.replace_schema_metadata({"pandas": "{}"})) == sha
    assert documents.put_table(TABLE.slice(0, 2)) != sha


def test_what_is_no_table_or_lacks_a_column_is_said_so(documents: Documents) -> None:
    with pytest.raises(LedgerError, match="is no table"):
        documents.read_table(documents.put_bytes(b"step_id,item_id\n"))
    with pytest.raises(LedgerError, match="no column 'tier'"):
        documents.read_table(documents.put_table(TABLE), ["tier"])


def test_the_same_content_is_written_once(documents: Documents) -> None:
    sha = documents.put_bytes(b"lots")
    before = documents.stored(sha).stat()
    assert documents.put_bytes(b"lots") == sha
    after = documents.stored(sha).stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert documents.names() == [sha]
    assert len(stored(documents)) == 1


def test_a_damaged_document_is_written_anew_when_its_content_comes_again(documents: Documents) -> None:
    sha = documents.put_bytes(b"lots" * 100)
    documents.stored(sha).write_bytes(b"")
    assert documents.put_bytes(b"lots" * 100) == sha
    assert documents.read_bytes(sha) == b"lots" * 100


def test_every_flipped_bit_is_noticed_or_changes_nothing(documents: Documents) -> None:
    dice = random.Random(7)
    original = b"".join(b"S%d,L-%d\n" % (i, i * 7919 % 1000) for i in range(300))
    for sha, size in ((documents.put_bytes(original), len(original)), (documents.put_table(TABLE), None)):
        path = documents.stored(sha)
        good = path.read_bytes()
        noticed = 0
        for position in [*range(min(24, len(good))), *(dice.randrange(len(good)) for _ in range(300))]:
            damaged = bytearray(good)
            damaged[position] ^= 1 << dice.randrange(8)
            path.write_bytes(damaged)
            try:
                assert documents.check(sha) == (size or len(good))
            except LedgerDamagedError:
                with pytest.raises(LedgerDamagedError, match=f"(?s){sha}.*restore"):
                    documents.read_bytes(sha)
                with pytest.raises(LedgerDamagedError), documents.open(sha) as stream:
                    stream.read()
                noticed += 1
        assert noticed > 290
        path.write_bytes(good)


def test_a_document_cut_short_is_noticed(documents: Documents) -> None:
    for sha in (documents.put_bytes(b"S1,L-7\n" * 500), documents.put_table(TABLE)):
        path = documents.stored(sha)
        good = path.read_bytes()
        for length in (0, 1, len(good) // 2, len(good) - 5):  # the last four are a checksum of Zstandard's own
            path.write_bytes(good[:length])
            with pytest.raises(LedgerDamagedError, match=sha):
                documents.check(sha)


def test_a_missing_document_is_named(documents: Documents) -> None:
    sha = hashlib.sha256(b"never put").hexdigest()
    assert sha not in documents
    assert documents.names() == []
    for read in (documents.read_bytes, documents.open, documents.check, documents.read_table):
        with pytest.raises(LedgerDamagedError, match=f"{sha} is missing"):
            read(sha)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 64 + "\n"])
def test_only_a_digest_is_a_document_name(documents: Documents, name: str) -> None:
    with pytest.raises(InputError, match="no document name"):
        documents.read_bytes(name)


def test_a_file_that_is_not_there_is_the_callers_mistake(documents: Documents, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"lots\.csv cannot be read"):
        documents.put_file(tmp_path / "lots.csv")
    with pytest.raises(InputError, match="cannot be read"):
        documents.put_file(tmp_path)


def test_only_the_owner_may_read(documents: Documents) -> None:
    before = os.umask(0)
    try:
        documents.put_bytes(b"lots")
        documents.put_table(TABLE)
    finally:
        os.umask(before)
    assert stat.S_IMODE(documents.folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in stored(documents)} == {0o600}


def test_what_a_killed_process_left_behind_is_cleared_away_in_time(documents: Documents) -> None:
    documents.put_bytes(b"lots")
    old, young = documents.folder / ".writing-1-00", documents.folder / ".writing-2-00"
    for path in (old, young):
        path.write_bytes(b"half")
    os.utime(old, (time.time() - 100_000,) * 2)
    Documents(documents.folder).put_bytes(b"units")
    assert not old.exists()
    assert young.exists()
    assert len(documents.names()) == 2


FILL = """
import os, sys
from pathlib import Path
import numpy as np
import pyarrow as pa
from genealogy.documents import Documents
from genealogy.errors import LedgerError
if sys.argv[2] == "limit":
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
documents = Documents(Path(sys.argv[1]) / "documents")
small = documents.put_bytes(b"lots")
data = os.urandom(1_000_000)
for put in (
    lambda: documents.put_bytes(data),
    lambda: documents.put_table(pa.table({"key": pa.array([data[i : i + 8].hex() for i in range(0, 400_000, 8)])})),
):
    try:
        put()
    except LedgerError as error:
        print(error)
assert documents.read_bytes(small) == b"lots"
assert documents.put_bytes(b"units") in documents
print(sorted(path.name for path in documents.folder.iterdir()))
"""


def run(script: str, *arguments: object, under: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*under, sys.executable, "-c", script, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )


def full_disk_report(output: str) -> None:
    first, second, names = output.splitlines()
    for message in (first, second):
        assert "the disk is full" in message
        assert "Free some space" in message
    assert names.count(".zst") == 2
    assert names.count(",") == 1  # the two small documents and no temporary file


def test_a_file_size_limit_leaves_nothing_behind(tmp_path: Path) -> None:
    full_disk_report(run(FILL, tmp_path, "limit").stdout)


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path) -> None:
    mount = ("unshare", "-m", "sh", "-c", 'mount -t tmpfs -o size=256k none "$0" && exec "$@"', str(tmp_path))
    if not shutil.which("unshare") or subprocess.run([*mount, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this user may not mount a small disk; the file size limit is tested instead")
    full_disk_report(run(FILL, tmp_path, "disk", under=mount).stdout)


@pytest.mark.parametrize("seed", range(5))
def test_rows_are_those_of_the_whole_table(documents: Documents, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(seed)
    monkeypatch.setattr("genealogy.documents._ROW_GROUP", rng.choice([1, 3, 10]))
    size = rng.randint(0, 20)
    table = pa.table({"key": [f"k{n}" for n in range(size)], "row": pa.array(range(size), pa.int32())})
    sha = documents.put_table(table)
    assert documents.row_count(sha) == table.num_rows
    for size in range(5):
        places = np.array(sorted(rng.sample(range(table.num_rows), min(size, table.num_rows))), np.int64)
        assert documents.read_rows(sha, places).equals(table.take(pa.array(places)))
        assert documents.read_rows(sha, places, ["row"]).equals(table.select(["row"]).take(pa.array(places)))


def test_rows_of_a_damaged_table_are_refused(documents: Documents) -> None:
    sha = documents.put_table(TABLE)
    first = np.array([0], np.int64)
    assert documents.read_rows(sha, first).num_rows == 1
    path = documents.stored(sha)
    content = bytearray(path.read_bytes())
    content[10] ^= 1
    path.write_bytes(content)
    with pytest.raises(LedgerDamagedError, match=sha):
        documents.read_rows(sha, first)
    path.write_bytes(b"PAR1")
    with pytest.raises(LedgerDamagedError, match=sha):
        documents.row_count(sha)


def test_what_was_put_for_nothing_goes_again(documents: Documents) -> None:
    before = documents.put_bytes(b"was there")

    def refused() -> None:
        with documents.provisional():
            documents.put_bytes(b"was there")
            documents.put_bytes(b"new")
            documents.put_table(TABLE)
            documents.put_file(documents.folder / "nowhere")

    with pytest.raises(InputError):
        refused()
    assert documents.names() == [before]
    with documents.provisional():
        kept = documents.put_bytes(b"new")
    assert documents.names() == sorted([before, kept])
