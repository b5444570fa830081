"""Choosing from what Jira, Azure DevOps, ServiceNow and SharePoint have."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from app.api.edge import AssertionDep, CallerDep, Edge, EdgeDep, Listing, answer
from app.api.openapi import documented
from app.core import errors
from app.core.caller import Caller
from app.integrations.registry import ProviderName
from app.schemas import integrations as wire
from app.services import integrations
from app.services.connections import Credential

router = APIRouter(tags=["integrations"])

WorkspaceId = Annotated[
    UUID | None, Query(description="Ask with this workspace's credential; its ADMINs may.")
]
Asked = Annotated[wire.ListQuery, Query()]
ItemId = Annotated[str, Path(min_length=1, max_length=255, pattern=r"^[!-.0-~]+$")]
PAGE = {
    200: {"model": wire.ExternalItemPage},
    **documented(
        errors.IntegrationFailure,
        errors.InvalidCursor,
        errors.WorkspaceNotFound,
        errors.InteractionRequired,
    ),
}
ITEM = {
    200: {"model": wire.ExternalItem},
    **documented(
        errors.IntegrationFailure,
        errors.ExternalItemNotFound,
        errors.WorkspaceNotFound,
        errors.InteractionRequired,
    ),
}


async def _own(
    edge: Edge, caller: Caller, name: ProviderName, workspace_id: UUID | None
) -> Credential | None:
    workspace = str(workspace_id) if workspace_id else None
    return await edge.read(
        caller,
        lambda tx: integrations.enter(tx, caller, edge.secrets, provider=name, workspace_id=workspace),
    )


async def _page(
    edge: Edge, caller: Caller, assertion: str, name: ProviderName, asked: wire.ListQuery
) -> Response:
    own = await _own(edge, caller, name, asked.workspace_id)
    filters = {"search": asked.search, "workspace_id": asked.workspace_id and str(asked.workspace_id)}
    listing = Listing(edge, caller, f"integrations.{name}", filters)
    place = listing.place(asked.cursor, "")
    # The credential is part of the key: one that was changed is asked with at once.
    key = (caller.user_id, name, own, asked.search, place, asked.limit)
    fetch = partial(
        edge.provider(name, own, assertion).page, search=asked.search, place=place, limit=asked.limit
    )
    return listing.answer(*await edge.pages.get(key, fetch))


async def _item(
    edge: Edge, caller: Caller, assertion: str, name: ProviderName, item_id: str, workspace_id: UUID | None
) -> Response:
    own = await _own(edge, caller, name, workspace_id)
    return answer(await edge.provider(name, own, assertion).get(item_id))


@router.get(
    "/integrations/jira/projects",
    operation_id="listJiraProjects",
    summary="Jira projects (ADMIN somewhere)",
    responses=PAGE,
)
async def jira_projects(edge: EdgeDep, caller: CallerDep, assertion: AssertionDep, asked: Asked) -> Response:
    return await _page(edge, caller, assertion, "jira", asked)


@router.get(
    "/integrations/jira/projects/{project_id}",
    operation_id="getJiraProject",
    summary="One Jira project, by id or key (ADMIN somewhere)",
    responses=ITEM,
)
async def jira_project(
    edge: EdgeDep,
    caller: CallerDep,
    assertion: AssertionDep,
    project_id: ItemId,
    workspace_id: WorkspaceId = None,
) -> Response:
    return await _item(edge, caller, assertion, "jira", project_id, workspace_id)


@router.get(
    "/integrations/ado/projects",
    operation_id="listAdoProjects",
    summary="Azure DevOps projects (ADMIN somewhere)",
    responses=PAGE,
)
async def ado_projects(edge: EdgeDep, caller: CallerDep, assertion: AssertionDep, asked: Asked) -> Response:
    return await _page(edge, caller, assertion, "ado", asked)


@router.get(
    "/integrations/ado/projects/{project_id}",
    operation_id="getAdoProject",
    summary="One Azure DevOps project, by id or name (ADMIN somewhere)",
    responses=ITEM,
)
async def ado_project(
    edge: EdgeDep,
    caller: CallerDep,
    assertion: AssertionDep,
    project_id: ItemId,
    workspace_id: WorkspaceId = None,
) -> Response:
    return await _item(edge, caller, assertion, "ado", project_id, workspace_id)


@router.get(
    "/integrations/snow/spaces",
    operation_id="listSnowSpaces",
    summary="ServiceNow spaces (ADMIN somewhere)",
    responses=PAGE,
)
async def snow_spaces(edge: EdgeDep, caller: CallerDep, assertion: AssertionDep, asked: Asked) -> Response:
    return await _page(edge, caller, assertion, "snow", asked)


@router.get(
    "/integrations/snow/spaces/{space_id}",
    operation_id="getSnowSpace",
    summary="One ServiceNow space, by sys_id (ADMIN somewhere)",
    responses=ITEM,
)
async def snow_space(
    edge: EdgeDep,
    caller: CallerDep,
    assertion: AssertionDep,
    space_id: ItemId,
    workspace_id: WorkspaceId = None,
) -> Response:
    return await _item(edge, caller, assertion, "snow", space_id, workspace_id)


@router.get(
    "/integrations/sharepoint/sites",
    operation_id="listSharepointSites",
    summary="SharePoint sites (ADMIN somewhere)",
    responses=PAGE,
)
async def sharepoint_sites(
    edge: EdgeDep, caller: CallerDep, assertion: AssertionDep, asked: Asked
) -> Response:
    return await _page(edge, caller, assertion, "sharepoint", asked)


@router.get(
    "/integrations/sharepoint/sites/{site_id}",
    operation_id="getSharepointSite",
    summary="One SharePoint site, by id (ADMIN somewhere)",
    responses=ITEM,
)
async def sharepoint_site(
    edge: EdgeDep,
    caller: CallerDep,
    assertion: AssertionDep,
    site_id: ItemId,
    workspace_id: WorkspaceId = None,
) -> Response:
    return await _item(edge, caller, assertion, "sharepoint", site_id, workspace_id)
