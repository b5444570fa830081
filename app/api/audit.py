"""The audit log of a workspace."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response, StreamingResponse

from app.core import errors
from app.db.handles.audit import ChainRow
from app.db.handles.checkpoints import CheckpointRow
from app.http.direct import DirectRoute
from app.http.edge import CallDep, EdgeDep, PageDep, answer
from app.http.exports import Export
from app.http.idempotency import OnceDep
from app.http.openapi import documented
from app.integrations.blob_store import attachment
from app.schemas import audit as wire
from app.schemas.common import Id, Moment
from app.services import audit, checkpoints
from app.services.audit_export import Format, begin_export, pieces, read_page
from app.services.audit_verification import Progress, Verification, WorkspaceLog, enter_to_verify

router = APIRouter(tags=["audit"], route_class=DirectRoute)
_FILE: dict[str, Any] = {
    "application/x-ndjson": {"schema": {"type": "string"}},
    "text/csv": {"schema": {"type": "string"}},
}
_PROGRESS_SECONDS = 0.3
"""Between two lines of how far it is."""
Text = Annotated[str | None, Query(pattern=r"^[!-~]{1,200}$")]


@router.get(
    "/workspaces/{workspace_id}/audit",
    operation_id="listAudit",
    summary="The audit log, newest first (ADMIN)",
    responses={
        200: {"model": wire.AuditPage},
        **documented(errors.BusinessRule),
    },
)
async def list_entries(
    call: CallDep,
    workspace_id: Id,
    page: PageDep,
    actor_id: Text = None,
    action: Text = None,
    target_type: Text = None,
    target_id: Text = None,
    outcome: wire.Outcome | None = None,
    since: Annotated[Moment | None, Query(description="At or after, with a time zone.")] = None,
    until: Annotated[Moment | None, Query(description="Before, with a time zone.")] = None,
) -> Response:
    filters = audit.AuditFilter(actor_id, action, target_type, target_id, outcome, since, until)
    return await call.paged(audit.list_entries, page, 0, workspace_id=workspace_id, filters=filters)


@router.get(
    "/workspaces/{workspace_id}/audit/verify",
    operation_id="verifyAudit",
    summary="Recompute the audit chain, and hold it to what was signed (ADMIN)",
    description="With `progress`, lines of JSON come while it is under way, of how many entries were "
    "recomputed (`entries`) up to which (`head_seq`); the last line is the verification. Where that line is "
    "missing, it was cut short.",
    responses={
        200: {"model": wire.Verification, "content": {"application/x-ndjson": {"schema": {"type": "string"}}}}
    },
)
async def verify(
    call: CallDep,
    workspace_id: Id,
    checkpoint: Annotated[
        list[Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,2000}$")]],
        Query(max_length=5, description="The `jws` of checkpoints that you kept."),
    ] = [],  # noqa: B006 - FastAPI copies it
    progress: Annotated[bool, Query(description="Tell how far it is, a line each time.")] = False,
) -> Response:
    await call.read(enter_to_verify, workspace_id=workspace_id)
    work, log = call.parts.audit, WorkspaceLog(workspace_id)
    verifying = asyncio.ensure_future(work.verify(call.caller, log, checkpoint))
    if not progress:
        return answer(await verifying)
    try:
        # What refuses it does so at once, and is an error as any other.
        await asyncio.wait({verifying}, timeout=_PROGRESS_SECONDS)
        if verifying.done():
            verifying.result()
    except asyncio.CancelledError:
        verifying.cancel()
        raise
    lines = _progress(verifying, lambda: work.progress(log, checkpoint))
    return StreamingResponse(lines, media_type="application/x-ndjson")


async def _progress(
    verifying: asyncio.Future[Verification], so_far: Callable[[], Progress | None]
) -> AsyncIterator[bytes]:
    told: Progress | None = None
    try:
        while not verifying.done():
            now = so_far()
            if now is not None and now != told:
                yield msgspec.json.encode(now) + b"\n"
                told = now
            await asyncio.wait({verifying}, timeout=_PROGRESS_SECONDS)
        yield msgspec.json.encode(verifying.result()) + b"\n"
    finally:
        # Whoever else waits for the same one gets it.
        verifying.cancel()


@router.get(
    "/workspaces/{workspace_id}/audit/export",
    operation_id="exportAudit",
    summary="The audit log as a file, oldest first (ADMIN)",
    description=(
        "Up to the head as it is now, whose number and signature are in the headers `X-Audit-Until` and "
        "`X-Audit-Checkpoint`. It is whole when its last entry has that number; if it was cut short, ask for "
        "the rest with `after_seq`. Every export is in the log. Two at once for one caller: one more is 429."
    ),
    response_class=StreamingResponse,
    responses={
        200: {"content": _FILE, "description": "One entry a line; in CSV after a line of names."},
    },
)
async def export(
    call: CallDep,
    workspace_id: Id,
    file_format: Annotated[Format, Query(alias="format")] = Format.NDJSON,
    after_seq: Annotated[int, Query(ge=0, le=2**62, description="The `seq` of the last entry you have.")] = 0,
) -> Response:
    with ExitStack() as stack:
        stack.enter_context(call.parts.audit.exports.take(call.caller.user_id))
        head = await call.write(
            begin_export, workspace_id=workspace_id, file_format=file_format, after_seq=after_seq
        )
        signed = await call.parts.audit.sign(head)
        slot = stack.pop_all()

    async def read(after: int) -> list[ChainRow]:
        return await call.read(read_page, workspace_id=workspace_id, after_seq=after, until_seq=head.seq)

    name = f"audit-{workspace_id}-{after_seq + 1}-{head.seq}.{file_format}"
    headers = {
        "Content-Disposition": attachment(name),
        "X-Audit-Until": str(head.seq),
        "X-Audit-Checkpoint": signed.jws,
    }
    media_type = "text/csv; charset=utf-8" if file_format is Format.CSV else "application/x-ndjson"
    return Export(pieces(file_format, after_seq, read), slot, headers, media_type)


@router.post(
    "/workspaces/{workspace_id}/audit/checkpoints",
    operation_id="makeCheckpoint",
    summary="Sign the head of the audit log (ADMIN)",
    description="Keep the `jws` where nobody who can write this database can reach it.",
    status_code=201,
    responses={201: {"model": wire.Checkpoint}},
)
async def checkpoint(call: CallDep, once: OnceDep, workspace_id: Id) -> Response:
    signed: CheckpointRow

    async def sign() -> None:
        nonlocal signed
        head = await call.read(checkpoints.read_head, workspace_id=workspace_id)
        signed = await call.parts.audit.sign(head)

    done = await once.run(
        lambda tx: checkpoints.keep(tx, call.caller, workspace_id=workspace_id, signed=signed), before=sign
    )
    return done.response(201)


@router.get(
    "/workspaces/{workspace_id}/audit/checkpoints",
    operation_id="listCheckpoints",
    summary="Signed heads of the audit log, the newest first (ADMIN)",
    responses={200: {"model": wire.CheckpointPage}},
)
async def list_checkpoints(call: CallDep, workspace_id: Id, page: PageDep) -> Response:
    return await call.paged(checkpoints.list_checkpoints, page, 0, workspace_id=workspace_id)


@router.get(
    "/.well-known/audit-jwks.json",
    operation_id="auditKeys",
    summary="The public keys that checkpoints are signed with, the present one first",
    responses={200: {"model": wire.KeySet}},
)
async def keys(edge: EdgeDep) -> Response:
    return answer((await edge.parts.audit.keys()).jwks())
