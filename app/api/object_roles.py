"""Object roles."""

from fastapi import APIRouter
from starlette.responses import Response

from app.core import errors, work_errors
from app.http.direct import DirectRoute
from app.http.edge import CallDep, PageDep, no_content
from app.http.idempotency import OnceDep
from app.http.openapi import documented
from app.schemas import object_roles as wire
from app.schemas.common import Id, UserId
from app.services import object_roles

router = APIRouter(tags=["access"], route_class=DirectRoute)


@router.post(
    "/workspaces/{workspace_id}/object-roles",
    operation_id="grantObjectRole",
    summary="Give a member a role on one object, or of one user type (ADMIN)",
    status_code=201,
    responses={
        201: {"model": wire.ObjectRoleItem},
        **documented(
            errors.BusinessRule,
            errors.MemberNotFound,
            work_errors.ProjectNotFound,
            work_errors.UserTypeNotFound,
            work_errors.WorkflowTemplateNotFound,
            work_errors.ObjectRoleExists,
            work_errors.TooManyObjectRoles,
        ),
    },
)
async def grant(once: OnceDep, workspace_id: Id, body: wire.ObjectRoleGrant) -> Response:
    done = await once.perform(
        object_roles.grant_object_role,
        workspace_id=workspace_id,
        object_type=body.object_type,
        object_id=body.object_id,
        user_id=body.user_id,
        role=body.role,
        expires_at=body.expires_at,
    )
    return done.response(201)


@router.get(
    "/workspaces/{workspace_id}/object-roles",
    operation_id="listObjectRoles",
    summary="Who has which role on which object (ADMIN)",
    description="In no order that means anything; those that have expired are among them.",
    responses={200: {"model": wire.ObjectRolePage}, **documented(errors.BusinessRule)},
)
async def list_all(
    call: CallDep,
    workspace_id: Id,
    page: PageDep,
    object_type: wire.GrantedOn | None = None,
    object_id: Id | None = None,
    user_id: UserId | None = None,
) -> Response:
    return await call.paged(
        object_roles.list_object_roles,
        page,
        "",
        workspace_id=workspace_id,
        object_type=object_type,
        object_id=object_id,
        user_id=user_id,
    )


@router.delete(
    "/workspaces/{workspace_id}/object-roles/{object_role_id}",
    operation_id="revokeObjectRole",
    summary="Take an object role back (ADMIN)",
    status_code=204,
    response_class=Response,
    responses=documented(work_errors.ObjectRoleNotFound),
)
async def revoke(call: CallDep, workspace_id: Id, object_role_id: Id) -> Response:
    await call.write(object_roles.revoke_object_role, workspace_id=workspace_id, role_id=object_role_id)
    return no_content()
