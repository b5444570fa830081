"""The audit log of an organisation."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from app.http.direct import DirectRoute
from app.http.edge import CallDep, PageDep, answer
from app.schemas import audit as wire
from app.schemas.common import Id, Moment
from app.services.org_audit import enter_to_verify_org, list_org_audit
from app.services.platform_audit_log import LogFilter

router = APIRouter(tags=["organizations"], route_class=DirectRoute)
Text = Annotated[str | None, Query(pattern=r"^[!-~]{1,200}$")]


@router.get(
    "/organizations/{org_id}/audit",
    operation_id="listOrganizationAudit",
    summary="The organisation's audit log, newest first (ADMIN)",
    description="What was done to the organisation, its members and its workspaces as such; what happens in "
    "a workspace is in the workspace's own log.",
    responses={200: {"model": wire.AuditPage}},
)
async def list_entries(
    call: CallDep,
    org_id: Id,
    page: PageDep,
    actor_id: Text = None,
    action: Text = None,
    since: Annotated[Moment | None, Query(description="At or after, with a time zone.")] = None,
    until: Annotated[Moment | None, Query(description="Before, with a time zone.")] = None,
) -> Response:
    filters = LogFilter(actor_id, action, since, until)
    return await call.paged(list_org_audit, page, 0, org_id=org_id, filters=filters)


@router.get(
    "/organizations/{org_id}/audit/verify",
    operation_id="verifyOrganizationAudit",
    summary="Recompute the organisation's audit chain (ADMIN)",
    responses={200: {"model": wire.Verification}},
)
async def verify(call: CallDep, org_id: Id) -> Response:
    log = await call.read(enter_to_verify_org, org_id=org_id)
    return answer(await call.parts.audit.verify(call.caller, log))
