"""The audit log of a workspace."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime
from starlette.responses import Response

from app.api.edge import CallerDep, EdgeDep, Listing, answer
from app.api.openapi import WORKSPACE_ERRORS, documented
from app.api.workspaces import Cursor, Limit
from app.core import errors
from app.schemas import audit as wire
from app.services import audit

router = APIRouter(tags=["audit"])
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
    since: Annotated[AwareDatetime | None, Query(description="At or after, with a time zone.")] = None,
    until: Annotated[AwareDatetime | None, Query(description="Before, with a time zone.")] = None,
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
    summary="Recompute the audit chain (ADMIN)",
    responses={200: {"model": wire.Verification}, **documented(*WORKSPACE_ERRORS)},
)
async def verify(edge: EdgeDep, caller: CallerDep, workspace_id: UUID) -> Response:
    return answer(
        await edge.read(caller, lambda tx: audit.verify(tx, caller, workspace_id=str(workspace_id)))
    )
