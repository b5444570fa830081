"""Choosing from what Jira, Azure DevOps, ServiceNow and SharePoint have."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from app.api.edge import CallerDep, Edge, EdgeDep, Listing, answer
from app.api.openapi import documented
from app.api.workspaces import Cursor
from app.core import errors
from app.core.caller import Caller
from app.integrations.registry import ProviderName
from app.schemas import integrations as wire
from app.services import integrations

router = APIRouter(tags=["integrations"])

Limit = Annotated[int, Query(ge=1, le=100)]
Search = Annotated[
    str | None, Query(min_length=1, max_length=100, description="The name or key contains this.")
]
ItemId = Annotated[str, Path(min_length=1, max_length=255, pattern=r"^[!-.0-~]+$")]
PAGE = {
    200: {"model": wire.ExternalItemPage},
    **documented(errors.IntegrationFailure, errors.InvalidCursor),
}
ITEM = {
    200: {"model": wire.ExternalItem},
    **documented(errors.IntegrationFailure, errors.ExternalItemNotFound),
}


async def _page(
    edge: Edge, caller: Caller, provider: ProviderName, search: str | None, cursor: str | None, limit: int
) -> Response:
    await edge.read(caller, lambda tx: integrations.enter(tx, caller))
    listing = Listing(edge, caller, f"integrations.{provider}", {"search": search})
    place = listing.place(cursor, "")
    return listing.answer(*await edge.providers[provider].page(search=search, place=place, limit=limit))


async def _item(edge: Edge, caller: Caller, provider: ProviderName, item_id: str) -> Response:
    await edge.read(caller, lambda tx: integrations.enter(tx, caller))
    return answer(await edge.providers[provider].get(item_id))


@router.get(
    "/integrations/jira/projects",
    operation_id="listJiraProjects",
    summary="Jira projects (ADMIN somewhere)",
    responses=PAGE,
)
async def jira_projects(
    edge: EdgeDep, caller: CallerDep, search: Search = None, cursor: Cursor = None, limit: Limit = 50
) -> Response:
    return await _page(edge, caller, "jira", search, cursor, limit)


@router.get(
    "/integrations/jira/projects/{project_id}",
    operation_id="getJiraProject",
    summary="One Jira project, by id or key (ADMIN somewhere)",
    responses=ITEM,
)
async def jira_project(edge: EdgeDep, caller: CallerDep, project_id: ItemId) -> Response:
    return await _item(edge, caller, "jira", project_id)


@router.get(
    "/integrations/ado/projects",
    operation_id="listAdoProjects",
    summary="Azure DevOps projects (ADMIN somewhere)",
    responses=PAGE,
)
async def ado_projects(
    edge: EdgeDep, caller: CallerDep, search: Search = None, cursor: Cursor = None, limit: Limit = 50
) -> Response:
    return await _page(edge, caller, "ado", search, cursor, limit)


@router.get(
    "/integrations/ado/projects/{project_id}",
    operation_id="getAdoProject",
    summary="One Azure DevOps project, by id or name (ADMIN somewhere)",
    responses=ITEM,
)
async def ado_project(edge: EdgeDep, caller: CallerDep, project_id: ItemId) -> Response:
    return await _item(edge, caller, "ado", project_id)


@router.get(
    "/integrations/snow/spaces",
    operation_id="listSnowSpaces",
    summary="ServiceNow spaces (ADMIN somewhere)",
    responses=PAGE,
)
async def snow_spaces(
    edge: EdgeDep, caller: CallerDep, search: Search = None, cursor: Cursor = None, limit: Limit = 50
) -> Response:
    return await _page(edge, caller, "snow", search, cursor, limit)


@router.get(
    "/integrations/snow/spaces/{space_id}",
    operation_id="getSnowSpace",
    summary="One ServiceNow space, by sys_id (ADMIN somewhere)",
    responses=ITEM,
)
async def snow_space(edge: EdgeDep, caller: CallerDep, space_id: ItemId) -> Response:
    return await _item(edge, caller, "snow", space_id)


@router.get(
    "/integrations/sharepoint/sites",
    operation_id="listSharepointSites",
    summary="SharePoint sites (ADMIN somewhere)",
    responses=PAGE,
)
async def sharepoint_sites(
    edge: EdgeDep, caller: CallerDep, search: Search = None, cursor: Cursor = None, limit: Limit = 50
) -> Response:
    return await _page(edge, caller, "sharepoint", search, cursor, limit)


@router.get(
    "/integrations/sharepoint/sites/{site_id}",
    operation_id="getSharepointSite",
    summary="One SharePoint site, by id (ADMIN somewhere)",
    responses=ITEM,
)
async def sharepoint_site(edge: EdgeDep, caller: CallerDep, site_id: ItemId) -> Response:
    return await _item(edge, caller, "sharepoint", site_id)
