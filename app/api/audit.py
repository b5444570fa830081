"""The audit log of a workspace."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response, StreamingResponse

from app.api.direct import DirectRoute
from app.api.edge import CallerDep, EdgeDep, Listing, answer
from app.api.idempotency import ONCE_ERRORS, OnceDep
from app.api.openapi import WORKSPACE_ERRORS, documented
from app.api.workspaces import Cursor, Limit
from app.core import errors
from app.db.handles.audit import ChainRow
from app.integrations.blob_store import attachment
from app.schemas import audit as wire
from app.schemas.common import Moment
from app.services import audit, checkpoints
from app.services.audit_export import Format, begin_export, lines, read_page

router = APIRouter(tags=["audit"], route_class=DirectRoute)
_FILE: dict[str, Any] = {
    "application/x-ndjson": {"schema": {"type": "string"}},
    "text/csv": {"schema": {"type": "string"}},
}
Text = Annotated[str | None, Query(pattern=r"^[!-~]{1,200}$")]


@router.get(
    "/workspaces/{workspace_id}/audit",
    operation_id="listAudit",
    summary="The audit log, newest first (ADMIN)",
    responses={
        200: {"model": wire.AuditPage},
        **documented(*WORKSPACE_ERRORS, errors.InvalidCursor, errors.BusinessRule),
    },
)
async def list_entries(
    edge: EdgeDep,
    caller: CallerDep,
    workspace_id: UUID,
    limit: Limit = 50,
    cursor: Cursor = None,
    actor_id: Text = None,
    action: Text = None,
    target_type: Text = None,
    target_id: Text = None,
    outcome: wire.Outcome | None = None,
    since: Annotated[Moment | None, Query(description="At or after, with a time zone.")] = None,
    until: Annotated[Moment | None, Query(description="Before, with a time zone.")] = None,
) -> Response:
    filters = audit.AuditFilter(actor_id, action, target_type, target_id, outcome, since, until)
    bound = {"workspace_id": str(workspace_id), "filters": repr(filters)}
    listing = Listing(edge, caller, "audit", bound)
    before = listing.place(cursor, 0)
    return listing.answer(
        *await edge.read(
            caller,
            lambda tx: audit.list_entries(
                tx, caller, workspace_id=str(workspace_id), filters=filters, before_seq=before, limit=limit
            ),
        )
    )


@router.get(
    "/workspaces/{workspace_id}/audit/verify",
    operation_id="verifyAudit",
    summary="Recompute the audit chain, and hold it to what was signed (ADMIN)",
    responses={200: {"model": wire.Verification}, **documented(*WORKSPACE_ERRORS)},
)
async def verify(
    edge: EdgeDep,
    caller: CallerDep,
    workspace_id: UUID,
    checkpoint: Annotated[
        list[Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,2000}$")]],
        Query(max_length=5, description="The `jws` of checkpoints that you kept."),
    ] = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    key = await edge.checkpoint_key()
    return answer(
        await edge.read(
            caller,
            lambda tx: audit.verify(tx, caller, key, workspace_id=str(workspace_id), checkpoints=checkpoint),
        )
    )


@router.get(
    "/workspaces/{workspace_id}/audit/export",
    operation_id="exportAudit",
    summary="The audit log as a file, oldest first (ADMIN)",
    description=(
        "Up to the head as it is now, whose number and signature are in the headers `X-Audit-Until` and "
        "`X-Audit-Checkpoint`. It is whole when its last entry has that number; if it was cut short, ask for "
        "the rest with `after_seq`. Every export is in the log."
    ),
    response_class=StreamingResponse,
    responses={
        200: {"content": _FILE, "description": "One entry a line; in CSV after a line of names."},
        **documented(*WORKSPACE_ERRORS),
    },
)
async def export(
    edge: EdgeDep,
    caller: CallerDep,
    workspace_id: UUID,
    file_format: Annotated[Format, Query(alias="format")] = Format.NDJSON,
    after_seq: Annotated[int, Query(ge=0, le=2**62, description="The `seq` of the last entry you have.")] = 0,
) -> Response:
    workspace, key = str(workspace_id), await edge.checkpoint_key()
    head = await edge.write(
        caller,
        lambda tx: begin_export(
            tx, caller, edge.tools, key, workspace_id=workspace, file_format=file_format, after_seq=after_seq
        ),
    )

    async def read(after: int) -> list[ChainRow]:
        return await edge.read(
            caller,
            lambda tx: read_page(tx, caller, workspace_id=workspace, after_seq=after, until_seq=head.seq),
        )

    name = f"audit-{workspace}-{after_seq + 1}-{head.seq}.{file_format}"
    headers = {
        "Content-Disposition": attachment(name),
        "X-Audit-Until": str(head.seq),
        "X-Audit-Checkpoint": head.jws,
    }
    media_type = "text/csv; charset=utf-8" if file_format is Format.CSV else "application/x-ndjson"
    return StreamingResponse(lines(file_format, after_seq, read), headers=headers, media_type=media_type)


@router.post(
    "/workspaces/{workspace_id}/audit/checkpoints",
    operation_id="makeCheckpoint",
    summary="Sign the head of the audit log (ADMIN)",
    description="Keep the `jws` where nobody who can write this database can reach it.",
    status_code=201,
    responses={201: {"model": wire.Checkpoint}, **documented(*WORKSPACE_ERRORS, *ONCE_ERRORS)},
)
async def checkpoint(edge: EdgeDep, caller: CallerDep, once: OnceDep, workspace_id: UUID) -> Response:
    key = await edge.checkpoint_key()
    done = await once.perform(
        lambda tx: checkpoints.make_checkpoint(tx, caller, edge.tools, key, workspace_id=str(workspace_id))
    )
    return done.response(201)


@router.get(
    "/workspaces/{workspace_id}/audit/checkpoints",
    operation_id="listCheckpoints",
    summary="Signed heads of the audit log, the newest first (ADMIN)",
    responses={200: {"model": wire.CheckpointPage}, **documented(*WORKSPACE_ERRORS, errors.InvalidCursor)},
)
async def list_checkpoints(
    edge: EdgeDep, caller: CallerDep, workspace_id: UUID, limit: Limit = 50, cursor: Cursor = None
) -> Response:
    workspace = str(workspace_id)
    listing = Listing(edge, caller, "checkpoints", {"workspace_id": workspace})
    before = listing.place(cursor, 0)
    return listing.answer(
        *await edge.read(
            caller,
            lambda tx: checkpoints.list_checkpoints(
                tx, caller, workspace_id=workspace, before_seq=before, limit=limit
            ),
        )
    )


@router.get(
    "/.well-known/audit-jwks.json",
    operation_id="auditKeys",
    summary="The public key that checkpoints are signed with",
    responses={200: {"model": wire.KeySet}},
)
async def keys(edge: EdgeDep) -> Response:
    return answer((await edge.checkpoint_key()).jwks())
