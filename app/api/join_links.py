"""Links to join a workspace by, and joining by one."""

from datetime import timedelta

import msgspec
from fastapi import APIRouter
from starlette.responses import Response

from app.core import errors
from app.core.opaque_tokens import new_token, token_digest
from app.http.direct import DirectRoute
from app.http.edge import CallDep, PageDep, answer, no_content
from app.http.idempotency import OnceDep
from app.http.openapi import HELD_ERRORS, documented
from app.schemas import join_links as wire
from app.schemas.common import Id
from app.services import join_links

router = APIRouter(tags=["invitations"], route_class=DirectRoute)


@router.post(
    "/workspaces/{workspace_id}/join-links",
    operation_id="createJoinLink",
    summary="Make a link to join by (ADMIN)",
    description="Answers its code once. Whoever has it, and is of a tenant that `INVITATION_TENANTS` names, "
    "may join.",
    status_code=201,
    responses={201: {"model": wire.JoinLinkCreated}},
)
async def create(call: CallDep, once: OnceDep, workspace_id: Id, body: wire.JoinLinkCreate) -> Response:
    code = new_token(call.tools.random_bytes)
    done = await once.perform(
        join_links.create_join_link,
        workspace_id=workspace_id,
        role=body.role,
        usage_limit=body.usage_limit,
        lifetime=timedelta(days=body.days),
        code_hash=token_digest(code),
    )
    link = msgspec.json.decode(done.body)
    response = done.marked(answer(link | {"code": None if done.is_replay else code}, 201))
    response.headers["Cache-Control"] = "no-store"
    return response


@router.get(
    "/workspaces/{workspace_id}/join-links",
    operation_id="listJoinLinks",
    summary="The links to join by, the newest first (ADMIN)",
    responses={200: {"model": wire.JoinLinkPage}},
)
async def list_all(call: CallDep, workspace_id: Id, page: PageDep) -> Response:
    return await call.paged(join_links.list_join_links, page, join_links.LAST, workspace_id=workspace_id)


@router.delete(
    "/workspaces/{workspace_id}/join-links/{join_link_id}",
    operation_id="removeJoinLink",
    summary="Nobody joins by it any more (ADMIN)",
    status_code=204,
    response_class=Response,
    responses=documented(errors.JoinLinkNotFound),
)
async def remove(call: CallDep, workspace_id: Id, join_link_id: Id) -> Response:
    await call.write(join_links.remove_join_link, workspace_id=workspace_id, join_link_id=join_link_id)
    return no_content()


@router.post(
    "/join",
    operation_id="join",
    summary="Join a workspace by a link's code",
    description="For people of the tenants that `INVITATION_TENANTS` names, by default the installation's "
    "own; others are 403 with `details.required`.",
    responses={
        200: {"model": wire.Joined},
        **documented(
            errors.JoinLinkNotFound,
            errors.WorkspaceNotFound,
            errors.JoinLinkEnded,
            errors.MemberExists,
            errors.InviterMayNot,
            errors.LimitExceeded,
            *HELD_ERRORS,
        ),
    },
)
async def join(call: CallDep, once: OnceDep, body: wire.Join) -> Response:
    done = await once.perform(
        join_links.join, code=body.code.get_secret_value(), welcomed=call.parts.welcomed
    )
    return done.response(200)
