"""The audit log of a workspace."""

from collections.abc import AsyncIterator
from contextlib import ExitStack
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response, StreamingResponse

from app.api.workspaces import Cursor, Limit
from app.core import errors
from app.core.middleware import Receive, Scope, Send
from app.db.handles.audit import ChainRow
from app.http.direct import DirectRoute
from app.http.edge import CallerDep, EdgeDep, Listing, answer
from app.http.idempotency import ONCE_ERRORS, OnceDep
from app.http.openapi import WORKSPACE_ERRORS, documented
from app.integrations.blob_store import attachment
from app.schemas import audit as wire
from app.schemas.common import Moment
from app.services import audit, checkpoints
from app.services.audit_export import Format, begin_export, pieces, read_page
from app.services.audit_verification import enter_to_verify

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
    workspace = str(workspace_id)
    await edge.read(caller, lambda tx: enter_to_verify(tx, caller, workspace_id=workspace))
    return answer(await edge.parts.audit.verify(caller, workspace_id=workspace, given=checkpoint))


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
    workspace = str(workspace_id)
    with ExitStack() as stack:
        stack.enter_context(edge.parts.audit.exports.take(caller.user_id))
        head = await edge.write(
            caller,
            lambda tx: begin_export(
                tx, caller, edge.tools, workspace_id=workspace, file_format=file_format, after_seq=after_seq
            ),
        )
        signed = await edge.parts.audit.sign(head)
        slot = stack.pop_all()

    async def read(after: int) -> list[ChainRow]:
        return await edge.read(
            caller,
            lambda tx: read_page(tx, caller, workspace_id=workspace, after_seq=after, until_seq=head.seq),
        )

    name = f"audit-{workspace}-{after_seq + 1}-{head.seq}.{file_format}"
    headers = {
        "Content-Disposition": attachment(name),
        "X-Audit-Until": str(head.seq),
        "X-Audit-Checkpoint": signed.jws,
    }
    media_type = "text/csv; charset=utf-8" if file_format is Format.CSV else "application/x-ndjson"
    return _Export(pieces(file_format, after_seq, read), slot, headers, media_type)


class _Export(StreamingResponse):
    """Keeps its caller's slot for as long as it is sent."""

    def __init__(
        self, content: AsyncIterator[bytes], slot: ExitStack, headers: dict[str, str], media_type: str
    ) -> None:
        super().__init__(content, headers=headers, media_type=media_type)
        self._slot = slot

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._slot:
            await super().__call__(scope, receive, send)


@router.post(
    "/workspaces/{workspace_id}/audit/checkpoints",
    operation_id="makeCheckpoint",
    summary="Sign the head of the audit log (ADMIN)",
    description="Keep the `jws` where nobody who can write this database can reach it.",
    status_code=201,
    responses={201: {"model": wire.Checkpoint}, **documented(*WORKSPACE_ERRORS, *ONCE_ERRORS)},
)
async def checkpoint(edge: EdgeDep, caller: CallerDep, once: OnceDep, workspace_id: UUID) -> Response:
    workspace = str(workspace_id)
    signed: checkpoints.Checkpoint

    async def sign() -> None:
        nonlocal signed
        head = await edge.read(caller, lambda tx: checkpoints.read_head(tx, caller, workspace_id=workspace))
        signed = await edge.parts.audit.sign(head)

    done = await once.perform(
        lambda tx: checkpoints.keep(tx, caller, workspace_id=workspace, signed=signed), before=sign
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
    summary="The public keys that checkpoints are signed with, the present one first",
    responses={200: {"model": wire.KeySet}},
)
async def keys(edge: EdgeDep) -> Response:
    return answer((await edge.parts.audit.keys()).jwks())
