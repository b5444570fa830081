"""Members of an organisation, its ADMINs and its OWNER."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from app.core import errors
from app.core.permissions import OrgRole
from app.http.conditions import IfMatch, IfNoneMatch, versioned
from app.http.direct import DirectRoute
from app.http.edge import CallDep, PageDep, no_content
from app.http.idempotency import OnceDep
from app.http.openapi import documented
from app.schemas import org_members as wire
from app.schemas.common import DisplayName, Id, UserId
from app.services import org_members

router = APIRouter(tags=["organizations"], route_class=DirectRoute)
_NAME = Query(description="The display name begins with this.")


@router.get(
    "/organizations/{org_id}/members",
    operation_id="listOrganizationMembers",
    summary="The members, by display name",
    responses={200: {"model": wire.OrgMemberPage}},
)
async def list_all(
    call: CallDep,
    org_id: Id,
    page: PageDep,
    role: OrgRole | None = None,
    name: Annotated[DisplayName | None, _NAME] = None,
) -> Response:
    return await call.paged(
        org_members.list_org_members, page, "", org_id=org_id, role=role, name_prefix=name
    )


@router.post(
    "/organizations/{org_id}/members",
    operation_id="addOrganizationMember",
    summary="Add a MEMBER (ADMIN)",
    status_code=201,
    responses={
        201: {"model": wire.OrgMember},
        **documented(errors.MemberExists, errors.LimitExceeded, errors.UserNotFound),
    },
)
async def add(once: OnceDep, org_id: Id, body: wire.OrgMemberAdd) -> Response:
    done = await once.perform(
        org_members.add_org_member, org_id=org_id, user_id=body.user_id, display_name=body.display_name
    )
    return done.response(201)


@router.get(
    "/organizations/{org_id}/members/{user_id}",
    operation_id="getOrganizationMember",
    summary="One member",
    responses={200: {"model": wire.OrgMember}, **documented(errors.MemberNotFound)},
)
async def get(call: CallDep, org_id: Id, user_id: UserId, if_none_match: IfNoneMatch) -> Response:
    member = await call.read(org_members.get_org_member, org_id=org_id, user_id=user_id)
    return versioned(member, if_none_match=if_none_match)


@router.delete(
    "/organizations/{org_id}/members/{user_id}",
    operation_id="removeOrganizationMember",
    summary="Remove a MEMBER (ADMIN), or an ADMIN (OWNER)",
    description="Memberships of the organisation's workspaces stay.",
    status_code=204,
    response_class=Response,
    responses=documented(errors.MemberNotFound, errors.LastOwner),
)
async def remove(call: CallDep, org_id: Id, user_id: UserId, if_match: IfMatch) -> Response:
    await call.write(org_members.remove_org_member, org_id=org_id, user_id=user_id, expected=if_match)
    return no_content()


@router.post(
    "/organizations/{org_id}/members/leave",
    operation_id="leaveOrganization",
    summary="Leave an organisation",
    description="Memberships of the organisation's workspaces stay.",
    status_code=204,
    response_class=Response,
    responses=documented(errors.LastOwner),
)
async def leave(once: OnceDep, org_id: Id) -> Response:
    done = await once.perform(org_members.leave_organization, org_id=org_id)
    return done.marked(no_content())


@router.get(
    "/organizations/{org_id}/admins",
    operation_id="listOrganizationAdmins",
    summary="The members with the role ADMIN, by display name",
    responses={200: {"model": wire.OrgMemberPage}},
)
async def list_admins(call: CallDep, org_id: Id, page: PageDep) -> Response:
    return await call.paged(
        org_members.list_org_members, page, "", org_id=org_id, role=OrgRole.ADMIN, name_prefix=None
    )


@router.post(
    "/organizations/{org_id}/admins",
    operation_id="grantOrganizationAdmin",
    summary="Make a member ADMIN (OWNER)",
    responses={200: {"model": wire.OrgMember}, **documented(errors.MemberNotFound, errors.LastOwner)},
)
async def grant_admin(once: OnceDep, org_id: Id, body: wire.OrgMemberChoice) -> Response:
    done = await once.perform(org_members.grant_org_admin, org_id=org_id, user_id=body.user_id)
    return done.response(200)


@router.delete(
    "/organizations/{org_id}/admins/{user_id}",
    operation_id="revokeOrganizationAdmin",
    summary="Make an ADMIN a MEMBER again (OWNER)",
    status_code=204,
    response_class=Response,
    responses=documented(errors.MemberNotFound, errors.LastOwner),
)
async def revoke_admin(call: CallDep, org_id: Id, user_id: UserId, if_match: IfMatch) -> Response:
    await call.write(org_members.revoke_org_admin, org_id=org_id, user_id=user_id, expected=if_match)
    return no_content()


@router.get(
    "/organizations/{org_id}/owner",
    operation_id="getOrganizationOwner",
    summary="The OWNER",
    responses={200: {"model": wire.OrgMember}, **documented(errors.MemberNotFound)},
)
async def owner(call: CallDep, org_id: Id, if_none_match: IfNoneMatch) -> Response:
    member = await call.read(org_members.get_org_owner, org_id=org_id)
    return versioned(member, if_none_match=if_none_match)


@router.post(
    "/organizations/{org_id}/transfer-ownership",
    operation_id="transferOrganizationOwnership",
    summary="Make a member the OWNER, at once; you become ADMIN (OWNER)",
    responses={
        200: {"model": wire.OrgMember},
        **documented(errors.MemberNotFound, errors.BusinessRule),
    },
)
async def transfer(once: OnceDep, org_id: Id, body: wire.OrgMemberChoice) -> Response:
    done = await once.perform(org_members.transfer_ownership, org_id=org_id, user_id=body.user_id)
    return done.response(200)
