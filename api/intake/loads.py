"""Loads over HTTP: files are sent, checked, and loaded as a job; what was not accepted is shown, corrected and loaded again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

from fastapi import Body, FastAPI, Path, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from api.access.masks import mask_of
from api.intake.quarantine import check_open, corrected_file, open_rows, writable
from api.intake.uploads import check_zone
from api.jobs import Job
from api.jobs.routes import V1, accepted, actor
from api.protocol.doors import over_http
from api.protocol.idempotency import digest_of
from api.protocol.paging import LIMIT, After, Limit, cursor, read_cursor
from api.protocol.refused import RefusedError
from loaders import load
from loaders.plant import explain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from api.access.masks import Mask
    from api.intake.uploads import Upload, Uploads
    from api.jobs import Jobs
    from api.protocol.idempotency import Once
    from genealogy.chain import Entry
    from genealogy.engine import Engine
    from loaders.quarantine import QuarantinedRow

_PLACE = [int, str, int, str, str]
SHOWN = 500
"""Rows that were not accepted of which the report of a load tells; all of them stand in the quarantine."""

_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["files"],
                    "properties": {
                        "files": {
                            "type": "array",
                            "items": {"type": "string", "format": "binary"},
                            "description": "Tables: CSV, Parquet, workbooks; each under its own name.",
                        },
                        "dry_run": {
                            "type": "string",
                            "enum": ["true", "false"],
                            "default": "false",
                            "description": "Check everything, change nothing; the files then wait to be loaded.",
                        },
                        "mapping": {"type": "string", "description": "A mapping that comes with the program."},
                        "mapping_file": {"type": "string", "format": "binary", "description": "A mapping file (TOML)."},
                        "zone": {"type": "string", "description": "Of times without an offset, such as Europe/Berlin."},
                    },
                }
            }
        },
    }
}
_ACCEPTED: dict[int | str, dict[str, Any]] = {202: {"description": "It is done as a job: Location says which."}}


class Corrections(BaseModel):
    """Corrected rows."""

    model_config = ConfigDict(extra="forbid")
    corrections: dict[str, dict[str, str]] = Field(
        description="By quarantine_id, the cells that are corrected, by column.",
        examples=[{"0f3a9c": {"quantity": "12.5"}}],
    )
    dry_run: bool = Field(False, description="Check everything, change nothing.")
    zone: str | None = Field(None, description="Of times without an offset.")


class Loads:
    """What loads need: the engine, the jobs, and the files that were sent.

    Args:
        engine: of the home.
        jobs: where loads are done.
        uploads: where files wait.
    """

    def __init__(self, engine: Engine, jobs: Jobs, uploads: Uploads) -> None:
        self.engine, self.jobs, self.uploads = engine, jobs, uploads

    def begin(self, upload: Upload, who: str | None, *, dry_run: bool) -> Job:
        """Have files checked, or loaded, as a job."""
        names = [sent.name for sent in upload.files]

        def work(job: Job) -> dict[str, Any]:
            rejected: list[QuarantinedRow] = []
            with self.engine.loading:  # nobody else may load or settle the same between the look and the load
                self.uploads.of(upload.id)
                if upload.settles:
                    check_open(open_rows(self.engine), upload.settles)
                report = load(
                    self.engine, upload.given, mapping=upload.rule, zone=upload.zone, dry_run=dry_run, progress=job.say,
                    actor=who, rejected=rejected.extend,
                )  # fmt: skip
            found = {**report, "upload": upload.id if dry_run else None, "rejected": _rejected(rejected)}
            found["quarantine"] = f"{V1}/quarantine" if report["quarantine"] else None
            found["quarantined"] = len(rejected)
            if not dry_run:
                self.uploads.drop(upload)
            return found

        job = Job("check" if dry_run else "load", who or "", {"files": names, "upload": upload.id})
        self.uploads.keep_while(upload, lambda: not job.over)
        return self.jobs.submit(job, work, changes=True)

    def correct(self, corrections: dict[str, dict[str, str]], mask: Mask, zone: str | None) -> Upload:
        """Corrected rows as files that wait to be checked or loaded."""
        check_zone(zone)
        with self.engine.asking:
            rows = open_rows(self.engine)
        file = corrected_file(rows, corrections, mask)
        ids = (each.row.quarantine_id for each in rows if mask.handle(each.row.quarantine_id) in corrections)
        return self.uploads.put([file], zone=zone, settles=tuple(ids))

    def entries(self, upto: int | None = None, limit: int = 20) -> list[Entry]:
        """The last loads, newest first, of those before an entry."""
        found: list[Entry] = []
        last = self.engine.head if upto is None else min(upto, self.engine.head)
        while last > 0 and len(found) < limit:
            first = max(last - 200, 0)
            found += [e for e in list(self.engine.ledger.entries(first, last))[::-1] if e.action == "load"]
            last = first
        return found[:limit]


def add_loads(app: FastAPI, loads: Loads, once: Once) -> None:
    """Add the routes."""
    engine = loads.engine

    @app.post(
        f"{V1}/loads", tags=["loads"], operation_id="load", openapi_extra=_FORM, responses=_ACCEPTED, status_code=202
    )
    async def begin(request: Request) -> Response:
        """Check files, or load them. The job's result is the report: read = accepted + unchanged + quarantined."""
        upload, fields = await loads.uploads.receive(request)
        dry = fields.get("dry_run", "false").lower()
        if dry not in ("true", "false"):
            loads.uploads.drop(upload)
            raise RefusedError(422, "dry_run is true or false.", "#/dry_run")

        def make() -> Response:
            return accepted(request, loads.begin(upload, actor(request), dry_run=dry == "true"))

        digest = digest_of([upload.digest, dry])
        return await run_in_threadpool(_kept_or_dropped, loads, upload, request, once, digest, make)

    @app.post(
        f"{V1}/loads/waiting/{{upload}}",
        tags=["loads"],
        operation_id="loadChecked",
        responses=_ACCEPTED,
        status_code=202,
    )
    def load_checked(
        request: Request, upload: Annotated[str, Path(description="Files that were checked.", max_length=64)]
    ) -> Response:
        """Load files that were sent to be checked."""

        def make() -> Response:
            return accepted(request, loads.begin(loads.uploads.of(upload), actor(request), dry_run=False))

        return once.answered(request, actor(request) or "", digest_of(upload), make)

    @app.get(f"{V1}/loads", tags=["loads"], operation_id="loads")
    def all_loads(
        request: Request,
        limit: Annotated[int, Query(ge=1, le=1000, description="At most so many.")] = 100,
        after: After = None,
    ) -> dict[str, Any]:
        """The loads that were recorded, the newest first."""
        before = None
        if after is not None:
            ledger, before = read_cursor(after)
            if ledger != engine.ledger.id[:16] or type(before) is not int:
                raise RefusedError(422, "The cursor belongs to another ledger. Begin with the first page.", "#/after")
        with engine.asking:
            found = loads.entries(None if before is None else before - 1, limit + 1)
        mask = mask_of(request)
        rows = [told(entry, mask) for entry in found[:limit]]
        more = len(found) > limit
        return {"loads": rows, "next": cursor(engine.ledger.id, found[limit - 1].sequence) if more else None}

    @app.get(f"{V1}/quarantine", tags=["loads"], operation_id="quarantine")
    def quarantine(request: Request, limit: Limit = LIMIT, after: After = None) -> dict[str, Any]:
        """The rows that were not accepted and wait for a correction: what is wrong with each, and what to do."""
        place: tuple[Any, ...] = (-1,)
        if after is not None:
            ledger, last = read_cursor(after)
            if ledger != engine.ledger.id[:16] or not isinstance(last, list) or list(map(type, last)) != _PLACE:
                raise RefusedError(422, "The cursor belongs to another ledger. Begin with the first page.", "#/after")
            place = tuple(last)
        with engine.asking:
            waiting = open_rows(engine)
        mask = mask_of(request)
        places = sorted(((each.place(mask), each) for each in waiting), key=lambda pair: pair[0])
        rest = [each for each in places if each[0] > place]
        following = cursor(engine.ledger.id, list(rest[limit - 1][0])) if len(rest) > limit else None
        return {"total": len(waiting), "rows": [each.told(mask) for _, each in rest[:limit]], "next": following}

    @app.post(
        f"{V1}/quarantine", tags=["loads"], operation_id="correctQuarantine", responses=_ACCEPTED, status_code=202
    )
    def correct(request: Request, body: Annotated[Corrections, Body()]) -> Response:
        """Correct rows that wait, and load them; corrected rows that are still wrong wait again."""

        def make() -> Response:
            upload = loads.correct(body.corrections, mask_of(request), body.zone)
            return accepted(request, loads.begin(upload, actor(request), dry_run=body.dry_run))

        return once.answered(request, actor(request) or "", digest_of(body.model_dump()), make)

    _add_originals(app, engine)


def _add_originals(app: FastAPI, engine: Engine) -> None:
    @app.get(
        f"{V1}/originals/{{sha256}}",
        tags=["loads"],
        operation_id="original",
        response_class=StreamingResponse,
        responses={200: {"description": "The file as it was loaded.", "content": {"application/octet-stream": {}}}},
    )
    def original(
        request: Request, sha256: Annotated[str, Path(description="Digest of a loaded file.", pattern="^[0-9a-f]{64}$")]
    ) -> Response:
        """A file as it was loaded, byte for byte, by its digest."""
        name, tables = _named(engine, sha256)
        mask_of(request).original(tables)
        documents = engine.ledger.documents
        documents.check(sha256)
        shown = "".join(char if char.isascii() and (char.isalnum() or char in "-_. ") else "_" for char in name)[:100]
        headers = {
            "content-disposition": f"attachment; filename=\"{shown}\"; filename*=UTF-8''{quote(name, safe='')}",
            "x-content-type-options": "nosniff",
            "etag": f'"{sha256}"',
        }
        return StreamingResponse(_blocks(engine, sha256), media_type="application/octet-stream", headers=headers)


def told(entry: Entry, mask: Mask) -> dict[str, Any]:
    """A load that was recorded, as whoever asks may see it."""
    from loaders.report import by_file

    files = by_file(entry.details.get("files", []))
    said: dict[str, Any] = mask.value(
        {
            "sequence": entry.sequence,
            "time": entry.time,
            "actor": entry.actor,
            "files": files,
            "ignored": entry.details.get("ignored", []),
            "mapping": entry.details.get("mapping"),
            "zone": entry.details.get("zone"),
            "quarantine_document": entry.details.get("quarantine_document"),
            "hash": entry.hash,
        }
    )
    return said


def _kept_or_dropped(loads: Loads, upload: Upload, request: Request, once: Once, digest: str, make: Any) -> Response:
    """The answer; where it was given before, or nothing was begun, the files that came now are not kept."""
    try:
        response = once.answered(request, actor(request) or "", digest, make)
    except BaseException:
        loads.uploads.drop(upload)
        raise
    if "idempotency-replayed" in response.headers:
        loads.uploads.drop(upload)
    return response


def _rejected(rows: Sequence[QuarantinedRow]) -> list[dict[str, Any]]:
    return [
        {
            "quarantine_id": row.quarantine_id, "table": row.table, "file": row.file, "row": row.row,
            "column": row.column, "rule": row.rule, "value": writable(row.value), "why": writable(explain(row, over_http)),
        }
        for row in rows[:SHOWN]
    ]  # fmt: skip


def _named(engine: Engine, sha256: str) -> tuple[str, list[str] | None]:
    """Under which name a file was loaded, and which tables it holds; None: it may hold anything.

    Raises:
        RefusedError: no load names such a file.
    """
    for entry in engine.ledger.entries():
        details = entry.details
        for file in details.get("files", []):
            if file.get("sha256") == sha256:
                tables = [each["table"] for each in details["files"] if each.get("sha256") == sha256]
                return file["file"].replace("\\", "/").rsplit("/", 1)[-1] or sha256, tables
        if details.get("quarantine_document") == sha256:
            return f"quarantine-{entry.sequence:06d}.csv", None
        if details.get("mapping_document") == sha256:
            return f"mapping-{entry.sequence:06d}.toml", []
    raise RefusedError(404, "No load names such a file. `loads` tells the digests of loaded files.")


def _blocks(engine: Engine, sha256: str) -> Iterator[bytes]:
    with engine.ledger.documents.open(sha256) as stream:
        while block := stream.read(1 << 16):
            yield block


__all__ = ["Loads", "add_loads", "told"]
