"""Choosing from what Jira, Azure DevOps, ServiceNow and SharePoint have."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from app.core import errors
from app.http.direct import DirectRoute
from app.http.edge import AssertionDep, Call, CallDep, Listing, answer
from app.http.openapi import documented
from app.integrations.provider import Credential, Whose
from app.integrations.registry import ProviderName
from app.schemas import integrations as wire
from app.schemas.common import ExternalId, Id
from app.services import integrations

router = APIRouter(tags=["integrations"], route_class=DirectRoute)

WorkspaceId = Annotated[Id | None, Query(description="Ask with this workspace's credential; its ADMINs may.")]
Asked = Annotated[wire.ListQuery, Query()]
_WHO = (
    "With the installation's credential for people of the tenants that `INTEGRATION_TENANTS` names, by "
    "default the installation's own, who have at least `INTEGRATION_MINIMUM_ROLE` in one workspace; others "
    "are 403 with `details.required`. With `workspace_id` for the ADMINs of that workspace: its own "
    "credential for all of them, the installation's under the same terms."
)
PAGE = {
    200: {"model": wire.ExternalItemPage},
    **documented(
        errors.IntegrationFailure,
        errors.InteractionRequired,
    ),
}
ITEM = {
    200: {"model": wire.ExternalItem},
    **documented(
        errors.IntegrationFailure,
        errors.ExternalItemNotFound,
        errors.InteractionRequired,
    ),
}


async def _enter(call: Call, name: ProviderName, workspace_id: str | None) -> Credential | Whose:
    return await call.read(
        integrations.enter_to_choose, call.parts.credentials, provider=name, workspace_id=workspace_id
    )


async def _page(call: Call, assertion: str, name: ProviderName, asked: wire.ListQuery) -> Response:
    using = await _enter(call, name, asked.workspace_id)
    filters = {"search": asked.search, "workspace_id": asked.workspace_id}
    listing = Listing(call, f"integrations.{name}", filters)
    place = listing.place(asked.cursor, "")
    # The credential is part of the key: one that was changed is asked with at once.
    key = (call.caller.user_id, name, using, asked.search, place, asked.limit)
    fetch = partial(
        call.parts.providers.of(name, using, assertion).page,
        search=asked.search,
        place=place,
        limit=asked.limit,
    )
    return listing.answer(*await call.parts.pages.get(key, fetch))


async def _item(
    call: Call, assertion: str, name: ProviderName, item_id: str, workspace_id: str | None
) -> Response:
    using = await _enter(call, name, workspace_id)
    return answer(await call.parts.providers.of(name, using, assertion).get(item_id))


def _add_routes(
    provider: ProviderName, things: str, item_id: str, operation: str, name: str, known_by: str
) -> None:
    async def list_all(call: CallDep, assertion: AssertionDep, asked: Asked) -> Response:
        return await _page(call, assertion, provider, asked)

    async def get(
        call: CallDep,
        assertion: AssertionDep,
        item: Annotated[ExternalId, Path(alias=item_id)],
        workspace_id: WorkspaceId = None,
    ) -> Response:
        return await _item(call, assertion, provider, item, workspace_id)

    router.add_api_route(
        f"/integrations/{provider}/{things}",
        list_all,
        operation_id=f"list{operation}s",
        summary=f"{name}s (ADMIN somewhere)",
        description=_WHO,
        responses=PAGE,
    )
    router.add_api_route(
        f"/integrations/{provider}/{things}/{{{item_id}}}",
        get,
        operation_id=f"get{operation}",
        summary=f"One {name}, by {known_by} (ADMIN somewhere)",
        description=_WHO,
        responses=ITEM,
    )


_add_routes("jira", "projects", "project_id", "JiraProject", "Jira project", "id or key")
_add_routes("ado", "projects", "project_id", "AdoProject", "Azure DevOps project", "id or name")
_add_routes("snow", "spaces", "space_id", "SnowSpace", "ServiceNow space", "sys_id")
_add_routes("sharepoint", "sites", "site_id", "SharepointSite", "SharePoint site", "id")
