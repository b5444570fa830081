"""Members of a workspace and their roles."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from app.api.workspaces import Cursor, Limit
from app.core import errors
from app.core.permissions import Role
from app.http.conditions import NOT_MODIFIED, IfMatch, IfNoneMatch, versioned
from app.http.direct import DirectRoute
from app.http.edge import CallerDep, EdgeDep, Listing, no_content
from app.http.idempotency import ONCE_ERRORS, OnceDep
from app.http.openapi import WORKSPACE_ERRORS, documented
from app.schemas import members as wire
from app.schemas.common import DisplayName
from app.services import members

router = APIRouter(tags=["members"], route_class=DirectRoute)


@router.post(
    "/workspaces/{workspace_id}/members",
    operation_id="addMember",
    summary="Add a member (ADMIN)",
    status_code=201,
    responses={
        201: {"model": wire.Member},
        **documented(*WORKSPACE_ERRORS, *ONCE_ERRORS, errors.MemberExists),
    },
)
async def add(
    edge: EdgeDep, caller: CallerDep, once: OnceDep, workspace_id: UUID, body: wire.MemberAdd
) -> Response:
    done = await once.perform(
        lambda tx: members.add_member(
            tx,
            caller,
            edge.tools,
            workspace_id=str(workspace_id),
            user_id=body.user_id,
            role=body.role,
            display_name=body.display_name,
        ),
    )
    return done.response(201)


@router.get(
    "/workspaces/{workspace_id}/members",
    operation_id="listMembers",
    summary="The members, by display name",
    responses={
        200: {"model": wire.MemberPage},
        **documented(*WORKSPACE_ERRORS, errors.InvalidCursor),
    },
)
async def list_all(
    edge: EdgeDep,
    caller: CallerDep,
    workspace_id: UUID,
    limit: Limit = 50,
    cursor: Cursor = None,
    role: Role | None = None,
    name: Annotated[DisplayName | None, Query(description="The display name begins with this.")] = None,
) -> Response:
    filters = {"workspace_id": str(workspace_id), "role": role, "name": name}
    listing = Listing(edge, caller, "members", filters)
    after = listing.place(cursor, "")
    return listing.answer(
        *await edge.read(
            caller,
            lambda tx: members.list_members(
                tx,
                caller,
                workspace_id=str(workspace_id),
                role=role,
                name_prefix=name,
                after_key=after,
                limit=limit,
            ),
        )
    )


@router.get(
    "/workspaces/{workspace_id}/members/{member_id}",
    operation_id="getMember",
    summary="One member",
    responses={
        200: {"model": wire.Member},
        **NOT_MODIFIED,
        **documented(*WORKSPACE_ERRORS, errors.MemberNotFound),
    },
)
async def get(
    edge: EdgeDep, caller: CallerDep, workspace_id: UUID, member_id: UUID, if_none_match: IfNoneMatch
) -> Response:
    place = {"workspace_id": str(workspace_id), "member_id": str(member_id)}
    member = await edge.read(caller, lambda tx: members.get_member(tx, caller, **place))
    return versioned(member, if_none_match=if_none_match)


@router.patch(
    "/workspaces/{workspace_id}/members/{member_id}",
    operation_id="changeMemberRole",
    summary="Give a member another role (ADMIN)",
    responses={
        200: {"model": wire.Member},
        **documented(*WORKSPACE_ERRORS, errors.MemberNotFound, errors.LastOwner, errors.VersionMismatch),
    },
)
async def change_role(
    edge: EdgeDep,
    caller: CallerDep,
    workspace_id: UUID,
    member_id: UUID,
    body: wire.MemberPatch,
    if_match: IfMatch,
) -> Response:
    member = await edge.write(
        caller,
        lambda tx: members.change_role(
            tx,
            caller,
            edge.tools,
            workspace_id=str(workspace_id),
            member_id=str(member_id),
            role=body.role,
            expected=if_match,
        ),
    )
    return versioned(member)


@router.delete(
    "/workspaces/{workspace_id}/members/{member_id}",
    operation_id="removeMember",
    summary="Remove a member (ADMIN)",
    status_code=204,
    response_class=Response,
    responses=documented(*WORKSPACE_ERRORS, errors.MemberNotFound, errors.LastOwner, errors.VersionMismatch),
)
async def remove(
    edge: EdgeDep, caller: CallerDep, workspace_id: UUID, member_id: UUID, if_match: IfMatch
) -> Response:
    await edge.write(
        caller,
        lambda tx: members.remove_member(
            tx,
            caller,
            edge.tools,
            workspace_id=str(workspace_id),
            member_id=str(member_id),
            expected=if_match,
        ),
    )
    return no_content()


@router.post(
    "/workspaces/{workspace_id}/members/leave",
    operation_id="leaveWorkspace",
    summary="Leave a workspace",
    status_code=204,
    response_class=Response,
    responses=documented(*WORKSPACE_ERRORS, *ONCE_ERRORS, errors.LastOwner),
)
async def leave(edge: EdgeDep, caller: CallerDep, once: OnceDep, workspace_id: UUID) -> Response:
    done = await once.perform(
        lambda tx: members.leave_workspace(tx, caller, edge.tools, workspace_id=str(workspace_id))
    )
    return done.marked(no_content())
