"""Invitations to workspaces and organisations, and what becomes of them."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query
from starlette.responses import Response

from app.core import errors
from app.core.opaque_tokens import new_token, token_digest
from app.http.direct import DirectRoute
from app.http.edge import CallDep, PageDep, answer, no_content
from app.http.idempotency import Done, OnceDep
from app.http.openapi import HELD_ERRORS, documented
from app.schemas import invitations as wire
from app.schemas.common import Id
from app.services import acceptance, invitations
from app.services.acceptance import Shown
from app.services.admission import Place

router = APIRouter(tags=["invitations"], route_class=DirectRoute)
_WORKSPACE, _ORGANIZATION = "/workspaces/{workspace_id}/invitations", "/organizations/{org_id}/invitations"
_SENT = (
    "Answers the token once. Where mail is set up (`is_mailed`) it is sent to the address, else it is to be "
    "sent there by whoever asked. It is good for one acceptance by somebody with that address, for "
    "`INVITATION_DAYS`."
)
_ONLY_PENDING = Annotated[bool, Query(description="Only those that wait.")]
_ENDED = (errors.InvitationNotFound, errors.InvitationEnded)


@router.post(
    _WORKSPACE,
    operation_id="createInvitation",
    summary="Invite somebody by address (ADMIN)",
    description=_SENT,
    status_code=201,
    responses={201: {"model": wire.InvitationSent}, **documented(errors.InvitationExists)},
)
async def create(call: CallDep, once: OnceDep, workspace_id: Id, body: wire.InvitationCreate) -> Response:
    return await _create(call, once, Place("workspace", workspace_id), body.email, body.role)


@router.post(
    _ORGANIZATION,
    operation_id="createOrganizationInvitation",
    summary="Invite somebody by address (ADMIN; the OWNER to the role ADMIN)",
    description=_SENT,
    status_code=201,
    responses={201: {"model": wire.InvitationSent}, **documented(errors.InvitationExists)},
)
async def create_in_organization(
    call: CallDep, once: OnceDep, org_id: Id, body: wire.OrgInvitationCreate
) -> Response:
    return await _create(call, once, Place("org", org_id), body.email, body.role)


async def _create(call: CallDep, once: OnceDep, place: Place, email: str, role: str) -> Response:
    token = new_token(call.tools.random_bytes)
    done = await once.perform(
        invitations.invite,
        place=place,
        email=email,
        role=role,
        token_hash=token_digest(token),
        lifetime=call.parts.settings.invitation_lifetime,
        mailing=(mailing := call.parts.post.seal(token, call.tools.new_id())),
    )
    return _sent(done, token, 201, is_mailed=mailing is not None)


@router.get(
    _WORKSPACE,
    operation_id="listInvitations",
    summary="The invitations, by address (ADMIN)",
    responses={200: {"model": wire.InvitationPage}},
)
async def list_all(
    call: CallDep, workspace_id: Id, page: PageDep, pending: _ONLY_PENDING = False
) -> Response:
    place = Place("workspace", workspace_id)
    return await call.paged(
        invitations.list_invitations, page, "", call.tools.clock(), place=place, pending=pending
    )


@router.get(
    _ORGANIZATION,
    operation_id="listOrganizationInvitations",
    summary="The invitations, by address (ADMIN)",
    responses={200: {"model": wire.InvitationPage}},
)
async def list_in_organization(
    call: CallDep, org_id: Id, page: PageDep, pending: _ONLY_PENDING = False
) -> Response:
    place = Place("org", org_id)
    return await call.paged(
        invitations.list_invitations, page, "", call.tools.clock(), place=place, pending=pending
    )


@router.post(
    f"{_WORKSPACE}/{{invitation_id}}/resend",
    operation_id="resendInvitation",
    summary="Another token for the same address (ADMIN)",
    description=f"{_SENT} The token before it is good for nothing any more.",
    responses={200: {"model": wire.InvitationSent}, **documented(*_ENDED)},
)
async def resend(call: CallDep, once: OnceDep, workspace_id: Id, invitation_id: Id) -> Response:
    return await _resend(call, once, Place("workspace", workspace_id), invitation_id)


@router.post(
    f"{_ORGANIZATION}/{{invitation_id}}/resend",
    operation_id="resendOrganizationInvitation",
    summary="Another token for the same address (ADMIN)",
    description=f"{_SENT} The token before it is good for nothing any more.",
    responses={200: {"model": wire.InvitationSent}, **documented(*_ENDED)},
)
async def resend_in_organization(call: CallDep, once: OnceDep, org_id: Id, invitation_id: Id) -> Response:
    return await _resend(call, once, Place("org", org_id), invitation_id)


async def _resend(call: CallDep, once: OnceDep, place: Place, invitation_id: str) -> Response:
    token = new_token(call.tools.random_bytes)
    done = await once.perform(
        invitations.resend,
        place=place,
        invitation_id=invitation_id,
        token_hash=token_digest(token),
        lifetime=call.parts.settings.invitation_lifetime,
        mailing=(mailing := call.parts.post.seal(token, call.tools.new_id())),
    )
    return _sent(done, token, 200, is_mailed=mailing is not None)


@router.delete(
    f"{_WORKSPACE}/{{invitation_id}}",
    operation_id="revokeInvitation",
    summary="Revoke an invitation that waits (ADMIN)",
    status_code=204,
    response_class=Response,
    responses=documented(*_ENDED),
)
async def revoke(call: CallDep, workspace_id: Id, invitation_id: Id) -> Response:
    place = Place("workspace", workspace_id)
    await call.write(invitations.revoke, place=place, invitation_id=invitation_id)
    return no_content()


@router.delete(
    f"{_ORGANIZATION}/{{invitation_id}}",
    operation_id="revokeOrganizationInvitation",
    summary="Revoke an invitation that waits (ADMIN)",
    status_code=204,
    response_class=Response,
    responses=documented(*_ENDED),
)
async def revoke_in_organization(call: CallDep, org_id: Id, invitation_id: Id) -> Response:
    await call.write(invitations.revoke, place=Place("org", org_id), invitation_id=invitation_id)
    return no_content()


@router.get(
    "/users/me/invitations",
    operation_id="listMyInvitations",
    summary="What waits for me",
    description="By my address, where my token says that it is verified and `INVITATION_TENANTS` names my "
    "tenant; otherwise the list is empty, and an invitation is answered with its token.",
    responses={200: {"model": wire.MyInvitationPage}},
)
async def list_mine(call: CallDep, page: PageDep) -> Response:
    return await call.paged(acceptance.list_mine, page, "", call.tools.clock(), call.parts.welcomed)


# Signed in, unlike elsewhere: a link that somebody came by tells nothing, and an invitation that was sent to
# one person is shown to no other.
@router.post(
    "/invitations/preview",
    operation_id="previewInvitation",
    summary="What an invitation is to",
    responses={
        200: {"model": wire.InvitationPreview},
        **documented(errors.InvitationNotFound, errors.InvitationForAnother),
    },
)
async def preview(call: CallDep, body: wire.InvitationShown) -> Response:
    found = await call.read(acceptance.preview, call.tools.clock(), token=body.token.get_secret_value())
    return answer(found)


@router.post(
    "/invitations/accept",
    operation_id="acceptInvitation",
    summary="Become a member",
    description="My address must be the invited one. Whoever is a member already is answered 409, and the "
    "invitation ends.",
    responses={
        200: {"model": wire.InvitationAccepted},
        **documented(
            *_ENDED,
            errors.WorkspaceNotFound,
            errors.OrganizationNotFound,
            errors.InvitationForAnother,
            errors.InviterMayNot,
            errors.MemberExists,
            errors.LimitExceeded,
            *HELD_ERRORS,
        ),
    },
)
async def accept(call: CallDep, once: OnceDep, body: wire.InvitationAnswer) -> Response:
    done = await once.perform(acceptance.accept, shown=_shown(body), welcomed=call.parts.welcomed)
    if msgspec.json.decode(done.body)["member_id"] is None:
        raise errors.MemberExists("You are a member already. The invitation has ended.")
    return done.response(200)


@router.post(
    "/invitations/decline",
    operation_id="declineInvitation",
    summary="Decline an invitation",
    status_code=204,
    response_class=Response,
    responses=documented(*_ENDED, errors.InvitationForAnother, *HELD_ERRORS),
)
async def decline(call: CallDep, once: OnceDep, body: wire.InvitationAnswer) -> Response:
    done = await once.perform(acceptance.decline, shown=_shown(body), welcomed=call.parts.welcomed)
    return done.marked(no_content())


def _shown(body: wire.InvitationAnswer) -> Shown:
    return Shown(body.token.get_secret_value() if body.token else None, body.invitation_id)


def _sent(done: Done, token: str, status: int, *, is_mailed: bool) -> Response:
    """The token is in no record of what was answered: whoever asks again is not told it."""
    invitation = msgspec.json.decode(done.body)
    told = {"token": None if done.is_replay else token, "is_mailed": is_mailed}
    response = done.marked(answer(invitation | told, status))
    response.headers["Cache-Control"] = "no-store"
    return response
