"""Workspaces of an organisation, for its ADMINs to make and govern."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from app.api.workspaces import created
from app.core import errors
from app.http.direct import DirectRoute
from app.http.edge import CallDep, PageDep
from app.http.idempotency import OnceDep
from app.http.openapi import documented
from app.schemas import members as members_wire
from app.schemas import org_workspaces as wire
from app.schemas import workspaces as workspaces_wire
from app.schemas.common import Id, StatusChange
from app.services import org_workspaces

router = APIRouter(tags=["organizations"], route_class=DirectRoute)


@router.post(
    "/organizations/{org_id}/workspaces",
    operation_id="createOrganizationWorkspace",
    summary="Create a workspace of the organisation; you are its OWNER (ADMIN)",
    description="For people of the tenants that `WORKSPACE_TENANTS` names, as any workspace.",
    status_code=201,
    responses={201: {"model": workspaces_wire.WorkspaceCreated}, **documented(errors.LimitExceeded)},
)
async def create(
    call: CallDep, once: OnceDep, request: Request, org_id: Id, body: workspaces_wire.WorkspaceCreate
) -> Response:
    done = await once.perform(
        org_workspaces.create_org_workspace,
        founders=call.parts.founders,
        org_id=org_id,
        name=body.name,
        description=body.description,
    )
    return await created(call, request, done)


@router.get(
    "/organizations/{org_id}/workspaces",
    operation_id="listOrganizationWorkspaces",
    summary="The organisation's workspaces, by name: all of them for an ADMIN, else those that you are in",
    responses={200: {"model": wire.OrgWorkspacePage}},
)
async def list_all(
    call: CallDep,
    org_id: Id,
    page: PageDep,
    archived: Annotated[bool, Query(description="The archived ones too.")] = False,
) -> Response:
    return await call.paged(org_workspaces.list_org_workspaces, page, "", org_id=org_id, archived=archived)


@router.post(
    "/organizations/{org_id}/workspaces/{workspace_id}/members",
    operation_id="appointWorkspaceMember",
    summary="Put somebody into a workspace in any role, OWNER included (ADMIN of the organisation)",
    description="Who is in it in a lower role gets this one. It is in the workspace's own log.",
    status_code=201,
    responses={
        201: {"model": members_wire.Member},
        **documented(errors.MemberExists, errors.LimitExceeded, errors.UserNotFound),
    },
)
async def appoint(once: OnceDep, org_id: Id, workspace_id: Id, body: members_wire.MemberAdd) -> Response:
    done = await once.perform(
        org_workspaces.appoint,
        org_id=org_id,
        workspace_id=workspace_id,
        user_id=body.user_id,
        role=body.role,
        display_name=body.display_name,
    )
    return done.response(201)


def _add_step(step: str, operation_id: str, summary: str) -> None:
    async def change(once: OnceDep, org_id: Id, workspace_id: Id, body: StatusChange) -> Response:
        done = await once.perform(
            org_workspaces.change_org_workspace_status,
            org_id=org_id,
            workspace_id=workspace_id,
            step=step,
            reason=body.reason,
        )
        return done.response(200)

    router.add_api_route(
        f"/organizations/{{org_id}}/workspaces/{{workspace_id}}/{step}",
        change,
        methods=["POST"],
        operation_id=operation_id,
        summary=f"{summary} (ADMIN of the organisation)",
        responses={200: {"model": wire.OrgWorkspace}, **documented(errors.InvalidStatus)},
    )


_add_step(
    "suspend", "suspendOrganizationWorkspace", "Nothing in it is changed until the organisation says so"
)
_add_step("archive", "archiveOrganizationWorkspace", "As suspend, and out of lists unless asked for")
_add_step("activate", "activateOrganizationWorkspace", "Put a suspended or archived workspace back to work")
