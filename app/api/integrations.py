"""Choosing from what Jira, Azure DevOps, ServiceNow and SharePoint have."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from app.api.edge import CallerDep, Edge, EdgeDep, Listing, answer
from app.api.openapi import documented
from app.core import errors
from app.core.caller import Caller
from app.integrations.provider import Provider
from app.integrations.registry import ProviderName
from app.schemas import integrations as wire
from app.services import integrations

router = APIRouter(tags=["integrations"])

WorkspaceId = Annotated[
    UUID | None, Query(description="Ask with this workspace's credential; its ADMINs may.")
]
Asked = Annotated[wire.ListQuery, Query()]
ItemId = Annotated[str, Path(min_length=1, max_length=255, pattern=r"^[!-.0-~]+$")]
PAGE = {
    200: {"model": wire.ExternalItemPage},
    **documented(errors.IntegrationFailure, errors.InvalidCursor, errors.WorkspaceNotFound),
}
ITEM = {
    200: {"model": wire.ExternalItem},
    **documented(errors.IntegrationFailure, errors.ExternalItemNotFound, errors.WorkspaceNotFound),
}


async def _provider(edge: Edge, caller: Caller, name: ProviderName, workspace_id: UUID | None) -> Provider:
    workspace = str(workspace_id) if workspace_id else None
    own = await edge.read(
        caller,
        lambda tx: integrations.enter(tx, caller, edge.secrets, provider=name, workspace_id=workspace),
    )
    return edge.provider(name, own)


async def _page(edge: Edge, caller: Caller, name: ProviderName, asked: wire.ListQuery) -> Response:
    provider = await _provider(edge, caller, name, asked.workspace_id)
    filters = {"search": asked.search, "workspace_id": asked.workspace_id and str(asked.workspace_id)}
    listing = Listing(edge, caller, f"integrations.{name}", filters)
    place = listing.place(asked.cursor, "")
    return listing.answer(*await provider.page(search=asked.search, place=place, limit=asked.limit))


async def _item(
    edge: Edge, caller: Caller, name: ProviderName, item_id: str, workspace_id: UUID | None
) -> Response:
    return answer(await (await _provider(edge, caller, name, workspace_id)).get(item_id))


@router.get(
    "/integrations/jira/projects",
    operation_id="listJiraProjects",
    summary="Jira projects (ADMIN somewhere)",
    responses=PAGE,
)
async def jira_projects(edge: EdgeDep, caller: CallerDep, asked: Asked) -> Response:
    return await _page(edge, caller, "jira", asked)


@router.get(
    "/integrations/jira/projects/{project_id}",
    operation_id="getJiraProject",
    summary="One Jira project, by id or key (ADMIN somewhere)",
    responses=ITEM,
)
async def jira_project(
    edge: EdgeDep, caller: CallerDep, project_id: ItemId, workspace_id: WorkspaceId = None
) -> Response:
    return await _item(edge, caller, "jira", project_id, workspace_id)


@router.get(
    "/integrations/ado/projects",
    operation_id="listAdoProjects",
    summary="Azure DevOps projects (ADMIN somewhere)",
    responses=PAGE,
)
async def ado_projects(edge: EdgeDep, caller: CallerDep, asked: Asked) -> Response:
    return await _page(edge, caller, "ado", asked)


@router.get(
    "/integrations/ado/projects/{project_id}",
    operation_id="getAdoProject",
    summary="One Azure DevOps project, by id or name (ADMIN somewhere)",
    responses=ITEM,
)
async def ado_project(
    edge: EdgeDep, caller: CallerDep, project_id: ItemId, workspace_id: WorkspaceId = None
) -> Response:
    return await _item(edge, caller, "ado", project_id, workspace_id)


@router.get(
    "/integrations/snow/spaces",
    operation_id="listSnowSpaces",
    summary="ServiceNow spaces (ADMIN somewhere)",
    responses=PAGE,
)
async def snow_spaces(edge: EdgeDep, caller: CallerDep, asked: Asked) -> Response:
    return await _page(edge, caller, "snow", asked)


@router.get(
    "/integrations/snow/spaces/{space_id}",
    operation_id="getSnowSpace",
    summary="One ServiceNow space, by sys_id (ADMIN somewhere)",
    responses=ITEM,
)
async def snow_space(
    edge: EdgeDep, caller: CallerDep, space_id: ItemId, workspace_id: WorkspaceId = None
) -> Response:
    return await _item(edge, caller, "snow", space_id, workspace_id)


@router.get(
    "/integrations/sharepoint/sites",
    operation_id="listSharepointSites",
    summary="SharePoint sites (ADMIN somewhere)",
    responses=PAGE,
)
async def sharepoint_sites(edge: EdgeDep, caller: CallerDep, asked: Asked) -> Response:
    return await _page(edge, caller, "sharepoint", asked)


@router.get(
    "/integrations/sharepoint/sites/{site_id}",
    operation_id="getSharepointSite",
    summary="One SharePoint site, by id (ADMIN somewhere)",
    responses=ITEM,
)
async def sharepoint_site(
    edge: EdgeDep, caller: CallerDep, site_id: ItemId, workspace_id: WorkspaceId = None
) -> Response:
    return await _item(edge, caller, "sharepoint", site_id, workspace_id)
