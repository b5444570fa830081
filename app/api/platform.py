"""The platform, for its administrators."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from app.core import errors
from app.core.permissions import Status
from app.db.paging import Asked
from app.http.direct import DirectRoute
from app.http.edge import CallDep, Listing, PageDep, answer
from app.http.idempotency import OnceDep
from app.http.openapi import documented
from app.schemas import audit as audit_wire
from app.schemas import platform as wire
from app.schemas.common import DisplayName, Id, Moment, Name, UserId
from app.schemas.common import Text as PlainText
from app.schemas.organizations import Slug
from app.schemas.users import AccountStatus, UserProfile
from app.services import platform
from app.services.platform_audit_log import LogFilter

router = APIRouter(tags=["platform"], route_class=DirectRoute)
Text = Annotated[str | None, Query(pattern=r"^[!-~]{1,200}$")]


@router.get(
    "/platform/organizations",
    operation_id="listEveryOrganization",
    summary="Every organisation, by name (platform administrators)",
    responses={200: {"model": wire.PlatformOrganizationPage}},
)
async def list_organizations(
    call: CallDep,
    page: PageDep,
    name: Annotated[
        Name | None, Query(description="The name begins with this; case does not matter.")
    ] = None,
    slug: Annotated[Slug | None, Query()] = None,
    org_id: Annotated[Id | None, Query(alias="id")] = None,
    status: Status | None = None,
) -> Response:
    filters = platform.OrganizationFilter(name, slug, org_id, status)
    return await call.paged(platform.list_all_organizations, page, "", filters=filters)


@router.get(
    "/platform/workspaces",
    operation_id="listEveryWorkspace",
    summary="Every workspace, by name (platform administrators)",
    description="That it is there and in which state; nothing of what is in it, nor who is.",
    responses={200: {"model": wire.PlatformWorkspacePage}},
)
async def list_workspaces(
    call: CallDep,
    page: PageDep,
    name: Annotated[
        Name | None, Query(description="The name begins with this; case does not matter.")
    ] = None,
    org_id: Annotated[Id | None, Query(description="Of this organisation.")] = None,
    workspace_id: Annotated[Id | None, Query(alias="id")] = None,
    status: Status | None = None,
    deleted: Annotated[bool, Query(description="The deleted ones, which their OWNERs may restore.")] = False,
) -> Response:
    filters = platform.WorkspaceFilter(name, org_id, workspace_id, status, deleted)
    return await call.paged(platform.list_all_workspaces, page, "", filters=filters)


@router.get(
    "/platform/users",
    operation_id="listEveryUser",
    summary="Everybody, by display name (platform administrators)",
    responses={200: {"model": wire.PlatformUserPage}},
)
async def list_users(
    call: CallDep,
    page: PageDep,
    name: Annotated[
        DisplayName | None, Query(description="The name begins with this; case does not matter.")
    ] = None,
    email: Annotated[
        PlainText | None, Query(max_length=320, description="The whole address; case does not matter.")
    ] = None,
    user_id: Annotated[UserId | None, Query(alias="id")] = None,
    status: AccountStatus | None = None,
) -> Response:
    filters = platform.UserFilter(name, email, user_id, status)
    # Whom the setting names is none of the filters that a cursor is signed for.
    listing = Listing(call, "every user", {"filters": filters})
    asked = Asked(listing.place(page.cursor, ""), page.limit)
    appointed = call.parts.settings.appointed_admins
    return listing.answer(
        *await call.read(platform.list_all_users, asked, filters=filters, appointed=appointed)
    )


def _add_user_step(step: str, operation_id: str, summary: str) -> None:
    async def change(call: CallDep, once: OnceDep, user_id: UserId, body: wire.PlatformChange) -> Response:
        done = await once.perform(
            platform.change_user_status,
            user_id=user_id,
            step=step,
            reason=body.reason,
            appointed=call.parts.settings.appointed_admins,
        )
        return done.response(200)

    router.add_api_route(
        f"/platform/users/{{user_id}}/{step}",
        change,
        methods=["POST"],
        operation_id=operation_id,
        summary=summary,
        responses={
            200: {"model": UserProfile},
            **documented(errors.UserNotFound, errors.InvalidStatus),
        },
    )


def _add_organization_step(step: str, operation_id: str, summary: str) -> None:
    async def change(once: OnceDep, org_id: Id, body: wire.PlatformChange) -> Response:
        done = await once.perform(
            platform.change_organization_status, org_id=org_id, step=step, reason=body.reason
        )
        return done.response(200)

    router.add_api_route(
        f"/platform/organizations/{{org_id}}/{step}",
        change,
        methods=["POST"],
        operation_id=operation_id,
        summary=summary,
        responses={200: {"model": wire.PlatformOrganization}, **documented(errors.InvalidStatus)},
    )


def _add_workspace_step(step: str, operation_id: str, summary: str) -> None:
    async def change(once: OnceDep, workspace_id: Id, body: wire.PlatformChange) -> Response:
        done = await once.perform(
            platform.change_workspace_status, workspace_id=workspace_id, step=step, reason=body.reason
        )
        return done.response(200)

    router.add_api_route(
        f"/platform/workspaces/{{workspace_id}}/{step}",
        change,
        methods=["POST"],
        operation_id=operation_id,
        summary=summary,
        responses={200: {"model": wire.PlatformWorkspace}, **documented(errors.InvalidStatus)},
    )


_add_user_step(
    "suspend", "suspendAnyUser", "Suspend somebody: every session ends, and only the platform puts them back"
)
_add_user_step("activate", "activateAnyUser", "Whoever it is may sign in again")
_add_organization_step(
    "suspend", "suspendAnyOrganization", "Suspend an organisation; only the platform puts it back"
)
_add_organization_step("activate", "activateAnyOrganization", "Put a suspended organisation back to work")
_add_workspace_step("suspend", "suspendAnyWorkspace", "Suspend a workspace; only the platform puts it back")
_add_workspace_step("activate", "activateAnyWorkspace", "Put a suspended workspace back to work")


@router.get(
    "/platform/audit",
    operation_id="listPlatformAudit",
    summary="The platform's audit log, newest first (platform administrators)",
    description="What its administrators did, and who tried without being one.",
    responses={200: {"model": audit_wire.AuditPage}},
)
async def list_audit(
    call: CallDep,
    page: PageDep,
    actor_id: Text = None,
    action: Text = None,
    since: Annotated[Moment | None, Query(description="At or after, with a time zone.")] = None,
    until: Annotated[Moment | None, Query(description="Before, with a time zone.")] = None,
) -> Response:
    filters = LogFilter(actor_id, action, since, until)
    return await call.paged(platform.list_platform_audit, page, 0, filters=filters)


@router.get(
    "/platform/audit/verify",
    operation_id="verifyPlatformAudit",
    summary="Recompute the platform's audit chain (platform administrators)",
    responses={200: {"model": audit_wire.Verification}},
)
async def verify(call: CallDep) -> Response:
    log = await call.read(platform.enter_to_verify_platform)
    return answer(await call.parts.audit.verify(call.caller, log))
