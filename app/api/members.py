"""Members of a workspace and their roles."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from app.core import errors, work_errors
from app.core.permissions import Role
from app.http.conditions import IfMatch, IfNoneMatch, versioned
from app.http.direct import DirectRoute
from app.http.edge import CallDep, PageDep, no_content
from app.http.idempotency import OnceDep
from app.http.openapi import documented
from app.schemas import members as wire
from app.schemas.common import DisplayName, Id
from app.services import members

router = APIRouter(tags=["members"], route_class=DirectRoute)


@router.post(
    "/workspaces/{workspace_id}/members",
    operation_id="addMember",
    summary="Add a member (ADMIN)",
    status_code=201,
    responses={
        201: {"model": wire.Member},
        **documented(errors.MemberExists, errors.LimitExceeded, errors.UserNotFound, work_errors.GuestRole),
    },
)
async def add(once: OnceDep, workspace_id: Id, body: wire.MemberAdd) -> Response:
    done = await once.perform(
        members.add_member,
        workspace_id=workspace_id,
        user_id=body.user_id,
        role=body.role,
        display_name=body.display_name,
        is_guest=body.is_guest,
    )
    return done.response(201)


@router.get(
    "/workspaces/{workspace_id}/members",
    operation_id="listMembers",
    summary="The members, by display name",
    responses={200: {"model": wire.MemberPage}},
)
async def list_all(
    call: CallDep,
    workspace_id: Id,
    page: PageDep,
    role: Role | None = None,
    name: Annotated[DisplayName | None, Query(description="The display name begins with this.")] = None,
    user_type_id: Id | None = None,
) -> Response:
    return await call.paged(
        members.list_members,
        page,
        "",
        workspace_id=workspace_id,
        role=role,
        user_type_id=user_type_id,
        name_prefix=name,
    )


@router.get(
    "/workspaces/{workspace_id}/members/{member_id}",
    operation_id="getMember",
    summary="One member",
    responses={200: {"model": wire.Member}, **documented(errors.MemberNotFound)},
)
async def get(call: CallDep, workspace_id: Id, member_id: Id, if_none_match: IfNoneMatch) -> Response:
    member = await call.read(members.get_member, workspace_id=workspace_id, member_id=member_id)
    return versioned(member, if_none_match=if_none_match)


@router.patch(
    "/workspaces/{workspace_id}/members/{member_id}",
    operation_id="changeMember",
    summary="Change a member's role or user type, or make them a guest or none (ADMIN)",
    responses={
        200: {"model": wire.Member},
        **documented(
            errors.MemberNotFound, errors.LastOwner, work_errors.GuestRole, work_errors.UserTypeNotFound
        ),
    },
)
async def change(
    call: CallDep, workspace_id: Id, member_id: Id, body: wire.MemberPatch, if_match: IfMatch
) -> Response:
    member = await call.write(
        members.change_member,
        workspace_id=workspace_id,
        member_id=member_id,
        **body.model_dump(exclude_unset=True),
        expected=if_match,
    )
    return versioned(member)


@router.delete(
    "/workspaces/{workspace_id}/members/{member_id}",
    operation_id="removeMember",
    summary="Remove a member (ADMIN)",
    status_code=204,
    response_class=Response,
    responses=documented(errors.MemberNotFound, errors.LastOwner),
)
async def remove(call: CallDep, workspace_id: Id, member_id: Id, if_match: IfMatch) -> Response:
    await call.write(members.remove_member, workspace_id=workspace_id, member_id=member_id, expected=if_match)
    return no_content()


@router.post(
    "/workspaces/{workspace_id}/members/leave",
    operation_id="leaveWorkspace",
    summary="Leave a workspace",
    status_code=204,
    response_class=Response,
    responses=documented(errors.LastOwner),
)
async def leave(once: OnceDep, workspace_id: Id) -> Response:
    done = await once.perform(members.leave_workspace, workspace_id=workspace_id)
    return done.marked(no_content())
