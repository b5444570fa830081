"""Members of a project: who sees it where not everybody does, and which guests do."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from app.core import errors, work_errors
from app.core.work import ProjectKind
from app.http.direct import DirectRoute
from app.http.edge import CallDep, PageDep, no_content
from app.http.idempotency import OnceDep
from app.http.openapi import documented
from app.http.override import OverrideReason
from app.schemas import project_members as wire
from app.schemas.common import DisplayName, Id, UserId
from app.services import project_members

router = APIRouter(tags=["projects"], route_class=DirectRoute)
_NamePrefix = Annotated[DisplayName | None, Query(description="The display name begins with this.")]


@router.post(
    "/workspaces/{workspace_id}/projects/{project_id}/members",
    operation_id="addProjectMember",
    summary="Let a member of the workspace into a project (ADMIN, who made it, or an object role)",
    status_code=201,
    responses={
        201: {"model": wire.ProjectMember},
        **documented(
            work_errors.ProjectNotFound,
            work_errors.ProjectArchived,
            errors.MemberNotFound,
            errors.MemberExists,
        ),
    },
)
async def add(
    once: OnceDep,
    workspace_id: Id,
    project_id: Id,
    body: wire.ProjectMemberAdd,
    override_reason: OverrideReason = None,
) -> Response:
    done = await once.perform(
        project_members.add_project_member,
        workspace_id=workspace_id,
        project_id=project_id,
        user_id=body.user_id,
        override_reason=override_reason,
    )
    return done.response(201)


@router.get(
    "/workspaces/{workspace_id}/projects/{project_id}/members",
    operation_id="listProjectMembers",
    summary="The members of a project, by display name",
    responses={200: {"model": wire.ProjectMemberPage}, **documented(work_errors.ProjectNotFound)},
)
async def list_all(
    call: CallDep, workspace_id: Id, project_id: Id, page: PageDep, name: _NamePrefix = None
) -> Response:
    return await call.paged(
        project_members.list_project_members,
        page,
        "",
        workspace_id=workspace_id,
        project_id=project_id,
        name_prefix=name,
    )


@router.get(
    "/workspaces/{workspace_id}/events/{event_id}/members",
    operation_id="listEventMembers",
    summary="The members of an event, by display name",
    responses={200: {"model": wire.ProjectMemberPage}, **documented(work_errors.ProjectNotFound)},
)
async def list_of_event(
    call: CallDep, workspace_id: Id, event_id: Id, page: PageDep, name: _NamePrefix = None
) -> Response:
    return await call.paged(
        project_members.list_project_members,
        page,
        "",
        workspace_id=workspace_id,
        project_id=event_id,
        name_prefix=name,
        kind=ProjectKind.EVENT,
    )


@router.delete(
    "/workspaces/{workspace_id}/projects/{project_id}/members/{user_id}",
    operation_id="removeProjectMember",
    summary="Take somebody out of a project (ADMIN, who made it, or an object role)",
    description="Of what they see no more, no task is theirs.",
    status_code=204,
    response_class=Response,
    responses=documented(work_errors.ProjectNotFound, work_errors.ProjectArchived, errors.MemberNotFound),
)
async def remove(
    call: CallDep,
    workspace_id: Id,
    project_id: Id,
    user_id: UserId,
    override_reason: OverrideReason = None,
) -> Response:
    await call.write(
        project_members.remove_project_member,
        workspace_id=workspace_id,
        project_id=project_id,
        user_id=user_id,
        override_reason=override_reason,
    )
    return no_content()
