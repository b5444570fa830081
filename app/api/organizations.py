"""Organisations, which group workspaces."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query
from starlette.responses import Response

from app.core import errors
from app.http.conditions import IfMatch, IfNoneMatch, versioned
from app.http.direct import DirectRoute
from app.http.edge import CallDep, PageDep
from app.http.idempotency import OnceDep
from app.http.openapi import documented
from app.schemas import organizations as wire
from app.schemas.common import Id, StatusChange
from app.services import organizations

router = APIRouter(tags=["organizations"], route_class=DirectRoute)


@router.post(
    "/organizations",
    operation_id="createOrganization",
    summary="Create an organisation; you are its OWNER",
    description="For people of the tenants that `WORKSPACE_TENANTS` names, as workspaces are.",
    status_code=201,
    responses={
        201: {"model": wire.Organization},
        **documented(errors.SlugTaken, errors.OrganizationNotFound),
    },
)
async def create(call: CallDep, once: OnceDep, body: wire.OrganizationCreate) -> Response:
    done = await once.perform(
        organizations.create_organization, founders=call.parts.founders, name=body.name, slug=body.slug
    )
    return done.response(201)


@router.get(
    "/organizations",
    operation_id="listOrganizations",
    summary="My organisations, by name",
    responses={200: {"model": wire.OrganizationPage}},
)
async def list_mine(
    call: CallDep,
    page: PageDep,
    archived: Annotated[bool, Query(description="The archived ones too.")] = False,
) -> Response:
    return await call.paged(organizations.list_organizations, page, "", archived=archived)


@router.get(
    "/organizations/{org_id}",
    operation_id="getOrganization",
    summary="An organisation",
    responses={200: {"model": wire.Organization}},
)
async def get(call: CallDep, org_id: Id, if_none_match: IfNoneMatch) -> Response:
    organization = await call.read(organizations.get_organization, org_id=org_id)
    return versioned(organization, if_none_match=if_none_match)


@router.patch(
    "/organizations/{org_id}",
    operation_id="updateOrganization",
    summary="Change name or slug (ADMIN)",
    responses={200: {"model": wire.Organization}, **documented(errors.SlugTaken)},
)
async def update(call: CallDep, org_id: Id, body: wire.OrganizationPatch, if_match: IfMatch) -> Response:
    organization = await call.write(
        organizations.update_organization,
        org_id=org_id,
        name=body.name,
        slug=body.slug if "slug" in body.model_fields_set else msgspec.UNSET,
        expected=if_match,
    )
    return versioned(organization)


def _add_step(step: str, operation_id: str, summary: str) -> None:
    async def change(once: OnceDep, org_id: Id, body: StatusChange) -> Response:
        done = await once.perform(organizations.change_status, org_id=org_id, step=step, reason=body.reason)
        return done.response(200)

    router.add_api_route(
        f"/organizations/{{org_id}}/{step}",
        change,
        methods=["POST"],
        operation_id=operation_id,
        summary=summary,
        responses={200: {"model": wire.Organization}, **documented(errors.InvalidStatus)},
    )


_add_step(
    "suspend", "suspendOrganization", "Nothing of it is changed any more, until it is activated (ADMIN)"
)
_add_step("activate", "activateOrganization", "Put a suspended organisation back to work (ADMIN)")
_add_step("archive", "archiveOrganization", "As suspend, and out of lists unless asked for (ADMIN)")
_add_step("restore", "restoreOrganization", "Put an archived organisation back to work (ADMIN)")


@router.get(
    "/organizations/{org_id}/history",
    operation_id="listOrganizationHistory",
    summary="The changes of its status, the newest first",
    responses={200: {"model": wire.StatusEventPage}},
)
async def history(call: CallDep, org_id: Id, page: PageDep) -> Response:
    return await call.paged(organizations.list_history, page, 0, org_id=org_id)
