"""People, and what they tell of themselves."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query
from starlette.responses import Response

from app.core import errors
from app.http.conditions import IfMatch, IfNoneMatch, versioned
from app.http.direct import DirectRoute
from app.http.edge import CallDep, PageDep
from app.http.openapi import documented
from app.schemas import users as wire
from app.schemas.common import DisplayName, Id, UserId
from app.services import users

router = APIRouter(tags=["users"], route_class=DirectRoute)


@router.get(
    "/users",
    operation_id="listUsers",
    summary="The people of a workspace or an organisation, by display name",
    description="Send one of `workspace_id` and `org_id`.",
    responses={200: {"model": wire.UserPage}},
)
async def list_all(
    call: CallDep,
    page: PageDep,
    workspace_id: Annotated[Id | None, Query(description="Those of this workspace of yours.")] = None,
    org_id: Annotated[Id | None, Query(description="Those of this organisation of yours.")] = None,
    name: Annotated[DisplayName | None, Query(description="The display name begins with this.")] = None,
) -> Response:
    return await call.paged(
        users.list_users, page, "", workspace_id=workspace_id, org_id=org_id, name_prefix=name
    )


@router.get(
    "/users/{user_id}",
    operation_id="getUser",
    summary="Somebody you share a workspace or an organisation with",
    responses={200: {"model": wire.UserProfile}, **documented(errors.UserNotFound)},
)
async def get(call: CallDep, user_id: UserId, if_none_match: IfNoneMatch) -> Response:
    user = await call.read(users.get_user, user_id=user_id)
    return versioned(user, if_none_match=if_none_match)


@router.patch(
    "/users/{user_id}/profile",
    operation_id="updateProfile",
    summary="Change what you are called, or what you tell of yourself",
    responses={200: {"model": wire.UserProfile}, **documented(errors.UserNotFound)},
)
async def update_profile(
    call: CallDep, user_id: UserId, body: wire.ProfilePatch, if_match: IfMatch
) -> Response:
    given = body.model_fields_set
    user = await call.write(
        users.update_profile,
        user_id=user_id,
        name=body.name if "name" in given else msgspec.UNSET,
        bio=body.bio if "bio" in given else msgspec.UNSET,
        expected=if_match,
    )
    return versioned(user)
