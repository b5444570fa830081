"""Links from a workspace to other systems."""

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from app.api.workspaces import Cursor, Limit
from app.core import errors
from app.core.caller import Caller
from app.http.conditions import NOT_MODIFIED, IfMatch, IfNoneMatch, versioned
from app.http.direct import DirectRoute
from app.http.edge import AssertionDep, CallerDep, Edge, EdgeDep, Listing, no_content
from app.http.idempotency import ONCE_ERRORS, Once, OnceDep
from app.http.openapi import WORKSPACE_ERRORS, documented
from app.integrations.provider import ExternalItem
from app.integrations.registry import ProviderName
from app.schemas import links as wire
from app.services import links
from app.services.links import Outcome

router = APIRouter(tags=["links"], route_class=DirectRoute)

_BEYOND_EVERY_SEQ = 2**31 - 1
_ADDED = {
    201: {"model": wire.Link},
    **documented(
        *WORKSPACE_ERRORS,
        *ONCE_ERRORS,
        errors.ExternalItemNotFound,
        errors.LinkExists,
        errors.IntegrationFailure,
        errors.InteractionRequired,
    ),
}
_LINK_ERRORS = (*WORKSPACE_ERRORS, errors.LinkNotFound)


async def _add(
    edge: Edge,
    caller: Caller,
    once: Once,
    provider: ProviderName,
    workspace_id: UUID,
    body: wire.LinkAdd,
    assertion: str,
) -> Response:
    workspace = str(workspace_id)
    item: ExternalItem | None = None

    async def ask() -> None:
        nonlocal item
        using = await edge.read(
            caller,
            lambda tx: links.enter_to_link(
                tx, caller, edge.parts.credentials, workspace_id=workspace, provider=provider
            ),
        )
        item = await edge.parts.providers.of(provider, using, assertion).get(body.external_id)

    done = await once.perform(
        lambda tx: links.add_link(
            tx,
            caller,
            edge.tools,
            workspace_id=workspace,
            provider=provider,
            external_id=body.external_id,
            display_name=body.display_name,
            config=body.config,
            item=item,
        ),
        before=ask if body.verify else None,
    )
    return done.response(201)


def _add_route(provider: ProviderName, operation_id: str, thing: str) -> None:
    async def add(
        edge: EdgeDep,
        caller: CallerDep,
        once: OnceDep,
        assertion: AssertionDep,
        workspace_id: UUID,
        body: wire.LinkAdd,
    ) -> Response:
        return await _add(edge, caller, once, provider, workspace_id, body, assertion)

    router.add_api_route(
        f"/workspaces/{{workspace_id}}/links/{provider}",
        add,
        methods=["POST"],
        operation_id=operation_id,
        summary=f"Link {thing} (ADMIN)",
        description="With `verify` it is asked for with the workspace's own credential, or with the "
        "installation's where the caller may use that (`INTEGRATION_TENANTS`, `INTEGRATION_MINIMUM_ROLE`); "
        "else 403.",
        status_code=201,
        responses=_ADDED,
    )


_add_route("jira", "linkJiraProject", "a Jira project")
_add_route("ado", "linkAdoProject", "an Azure DevOps project")
_add_route("snow", "linkSnowSpace", "a ServiceNow space")
_add_route("sharepoint", "linkSharepointSite", "a SharePoint site")


@router.get(
    "/workspaces/{workspace_id}/links",
    operation_id="listLinks",
    summary="The links, by display name",
    responses={200: {"model": wire.LinkPage}, **documented(*WORKSPACE_ERRORS, errors.InvalidCursor)},
)
async def list_all(
    edge: EdgeDep,
    caller: CallerDep,
    workspace_id: UUID,
    limit: Limit = 50,
    cursor: Cursor = None,
    provider: ProviderName | None = None,
) -> Response:
    filters = {"workspace_id": str(workspace_id), "provider": provider}
    listing = Listing(edge, caller, "links", filters)
    after = listing.place(cursor, "")
    return listing.answer(
        *await edge.read(
            caller,
            lambda tx: links.list_links(
                tx,
                caller,
                workspace_id=str(workspace_id),
                provider=provider,
                after_key=after,
                limit=limit,
            ),
        )
    )


@router.get(
    "/workspaces/{workspace_id}/links/{link_id}",
    operation_id="getLink",
    summary="One link",
    responses={200: {"model": wire.Link}, **NOT_MODIFIED, **documented(*_LINK_ERRORS)},
)
async def get(
    edge: EdgeDep, caller: CallerDep, workspace_id: UUID, link_id: UUID, if_none_match: IfNoneMatch
) -> Response:
    place = {"workspace_id": str(workspace_id), "link_id": str(link_id)}
    link = await edge.read(caller, lambda tx: links.get_link(tx, caller, **place))
    return versioned(link, if_none_match=if_none_match)


@router.patch(
    "/workspaces/{workspace_id}/links/{link_id}",
    operation_id="updateLink",
    summary="Change a link's display name or config (ADMIN)",
    responses={200: {"model": wire.Link}, **documented(*_LINK_ERRORS, errors.VersionMismatch)},
)
async def update(
    edge: EdgeDep,
    caller: CallerDep,
    workspace_id: UUID,
    link_id: UUID,
    body: wire.LinkPatch,
    if_match: IfMatch,
) -> Response:
    link = await edge.write(
        caller,
        lambda tx: links.update_link(
            tx,
            caller,
            edge.tools,
            workspace_id=str(workspace_id),
            link_id=str(link_id),
            changes=body.model_dump(exclude_unset=True),
            expected=if_match,
        ),
    )
    return versioned(link)


@router.delete(
    "/workspaces/{workspace_id}/links/{link_id}",
    operation_id="removeLink",
    summary="Remove a link (ADMIN)",
    status_code=204,
    response_class=Response,
    responses=documented(*_LINK_ERRORS, errors.VersionMismatch),
)
async def remove(
    edge: EdgeDep, caller: CallerDep, workspace_id: UUID, link_id: UUID, if_match: IfMatch
) -> Response:
    place = {"workspace_id": str(workspace_id), "link_id": str(link_id)}
    await edge.write(caller, lambda tx: links.remove_link(tx, caller, edge.tools, expected=if_match, **place))
    return no_content()


@router.post(
    "/workspaces/{workspace_id}/links/{link_id}/check",
    operation_id="checkLink",
    summary="Ask the other system whether the link still holds (ADMIN)",
    description="A provider that fails is a result, not an error: the link's status and reason tell. "
    "Without a credential that the caller may use (`INTEGRATION_TENANTS`) it is 403.",
    responses={
        200: {"model": wire.Link},
        **documented(*_LINK_ERRORS, *ONCE_ERRORS, errors.InteractionRequired),
    },
)
async def check(
    edge: EdgeDep,
    caller: CallerDep,
    once: OnceDep,
    assertion: AssertionDep,
    workspace_id: UUID,
    link_id: UUID,
) -> Response:
    place = {"workspace_id": str(workspace_id), "link_id": str(link_id)}
    outcome = Outcome()

    async def ask() -> None:
        nonlocal outcome
        link, using = await edge.read(
            caller, lambda tx: links.enter_to_check(tx, caller, edge.parts.credentials, **place)
        )
        outcome = await links.ask(edge.parts.providers, link.provider, link.external_id, using, assertion)

    done = await once.perform(
        lambda tx: links.record_check(tx, caller, edge.tools, outcome=outcome, **place), before=ask
    )
    return done.response(200)


@router.get(
    "/workspaces/{workspace_id}/links/{link_id}/history",
    operation_id="listLinkChecks",
    summary="What the last 100 checks found, the newest first",
    responses={
        200: {"model": wire.LinkCheckPage},
        **documented(*_LINK_ERRORS, errors.InvalidCursor),
    },
)
async def history(
    edge: EdgeDep,
    caller: CallerDep,
    workspace_id: UUID,
    link_id: UUID,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    place = {"workspace_id": str(workspace_id), "link_id": str(link_id)}
    listing = Listing(edge, caller, "link checks", place)
    before = listing.place(cursor, _BEYOND_EVERY_SEQ)
    return listing.answer(
        *await edge.read(
            caller, lambda tx: links.list_checks(tx, caller, before_seq=before, limit=limit, **place)
        )
    )
