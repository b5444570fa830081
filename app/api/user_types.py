"""Types of people: what somebody of a type may do to tasks."""

from fastapi import APIRouter
from starlette.responses import Response

from app.core import work_errors
from app.http.conditions import IfMatch, IfNoneMatch, versioned
from app.http.direct import DirectRoute
from app.http.edge import CallDep, PageDep, no_content
from app.http.idempotency import OnceDep
from app.http.openapi import documented
from app.schemas import user_types as wire
from app.schemas.common import Id
from app.services import user_types

router = APIRouter(tags=["types"], route_class=DirectRoute)


@router.post(
    "/workspaces/{workspace_id}/user-types",
    operation_id="addUserType",
    summary="Add a type of people (ADMIN)",
    status_code=201,
    responses={
        201: {"model": wire.UserType},
        **documented(work_errors.UserTypeExists, work_errors.AdminHidesNothing),
    },
)
async def add(once: OnceDep, workspace_id: Id, body: wire.UserTypeAdd) -> Response:
    facts = user_types.Facts(**body.model_dump())
    done = await once.perform(user_types.add_user_type, workspace_id=workspace_id, facts=facts)
    return done.response(201)


@router.post(
    "/workspaces/{workspace_id}/user-types/from-template",
    operation_id="addUserTypesFromTemplate",
    summary="Add the five types of EventFlow (ADMIN)",
    description="SystemAdmin, EventManager, Vendor, Customer and Coordinator. A type that has one of these "
    "names stays as it is.",
    responses={200: {"model": wire.UserTypesFromTemplate}},
)
async def add_from_template(once: OnceDep, workspace_id: Id) -> Response:
    done = await once.perform(user_types.add_from_template, workspace_id=workspace_id)
    return done.response(200)


@router.get(
    "/workspaces/{workspace_id}/user-types",
    operation_id="listUserTypes",
    summary="The types of people, by name",
    responses={200: {"model": wire.UserTypePage}},
)
async def list_all(call: CallDep, workspace_id: Id, page: PageDep) -> Response:
    return await call.paged(
        user_types.list_user_types, page, "", call.parts.reference, workspace_id=workspace_id
    )


@router.get(
    "/workspaces/{workspace_id}/user-types/{user_type_id}",
    operation_id="getUserType",
    summary="One type of people",
    responses={200: {"model": wire.UserType}, **documented(work_errors.UserTypeNotFound)},
)
async def get(call: CallDep, workspace_id: Id, user_type_id: Id, if_none_match: IfNoneMatch) -> Response:
    found = await call.read(
        user_types.get_user_type, call.parts.reference, workspace_id=workspace_id, user_type_id=user_type_id
    )
    return versioned(found, if_none_match=if_none_match)


@router.patch(
    "/workspaces/{workspace_id}/user-types/{user_type_id}",
    operation_id="updateUserType",
    summary="Change a type of people (ADMIN)",
    responses={
        200: {"model": wire.UserType},
        **documented(work_errors.UserTypeNotFound, work_errors.UserTypeExists, work_errors.AdminHidesNothing),
    },
)
async def update(
    call: CallDep, workspace_id: Id, user_type_id: Id, body: wire.UserTypePatch, if_match: IfMatch
) -> Response:
    changed = await call.write(
        user_types.update_user_type,
        workspace_id=workspace_id,
        user_type_id=user_type_id,
        changes=body.model_dump(exclude_unset=True),
        expected=if_match,
    )
    return versioned(changed)


@router.delete(
    "/workspaces/{workspace_id}/user-types/{user_type_id}",
    operation_id="deleteUserType",
    summary="Remove a type of people that no member has (ADMIN)",
    status_code=204,
    response_class=Response,
    responses=documented(work_errors.UserTypeNotFound, work_errors.UserTypeInUse),
)
async def delete(call: CallDep, workspace_id: Id, user_type_id: Id, if_match: IfMatch) -> Response:
    await call.write(
        user_types.delete_user_type, workspace_id=workspace_id, user_type_id=user_type_id, expected=if_match
    )
    return no_content()
