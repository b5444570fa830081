"""Links from a workspace to other systems."""

from fastapi import APIRouter
from starlette.responses import Response

from app.core import errors
from app.http.conditions import IfMatch, IfNoneMatch, versioned
from app.http.direct import DirectRoute
from app.http.edge import AssertionDep, Call, CallDep, PageDep, no_content
from app.http.idempotency import Once, OnceDep
from app.http.openapi import documented
from app.integrations.provider import ExternalItem
from app.integrations.registry import ProviderName
from app.schemas import links as wire
from app.schemas.common import Id
from app.services import links
from app.services.links import Outcome

router = APIRouter(tags=["links"], route_class=DirectRoute)

_BEYOND_EVERY_SEQ = 2**31 - 1
_ADDED = {
    201: {"model": wire.Link},
    **documented(
        errors.ExternalItemNotFound,
        errors.LinkExists,
        errors.IntegrationFailure,
        errors.InteractionRequired,
    ),
}


async def _add(
    call: Call, once: Once, provider: ProviderName, workspace_id: str, body: wire.LinkAdd, assertion: str
) -> Response:
    item: ExternalItem | None = None

    async def ask() -> None:
        nonlocal item
        using = await call.read(
            links.enter_to_link, call.parts.credentials, workspace_id=workspace_id, provider=provider
        )
        item = await call.parts.providers.of(provider, using, assertion).get(body.external_id)

    done = await once.run(
        lambda tx: links.add_link(
            tx,
            call.caller,
            call.tools,
            workspace_id=workspace_id,
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
        call: CallDep,
        once: OnceDep,
        assertion: AssertionDep,
        workspace_id: Id,
        body: wire.LinkAdd,
    ) -> Response:
        return await _add(call, once, provider, workspace_id, body, assertion)

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
    responses={200: {"model": wire.LinkPage}},
)
async def list_all(
    call: CallDep, workspace_id: Id, page: PageDep, provider: ProviderName | None = None
) -> Response:
    return await call.paged(links.list_links, page, "", workspace_id=workspace_id, provider=provider)


@router.get(
    "/workspaces/{workspace_id}/links/{link_id}",
    operation_id="getLink",
    summary="One link",
    responses={200: {"model": wire.Link}, **documented(errors.LinkNotFound)},
)
async def get(call: CallDep, workspace_id: Id, link_id: Id, if_none_match: IfNoneMatch) -> Response:
    link = await call.read(links.get_link, workspace_id=workspace_id, link_id=link_id)
    return versioned(link, if_none_match=if_none_match)


@router.patch(
    "/workspaces/{workspace_id}/links/{link_id}",
    operation_id="updateLink",
    summary="Change a link's display name or config (ADMIN)",
    responses={200: {"model": wire.Link}, **documented(errors.LinkNotFound)},
)
async def update(
    call: CallDep, workspace_id: Id, link_id: Id, body: wire.LinkPatch, if_match: IfMatch
) -> Response:
    link = await call.write(
        links.update_link,
        workspace_id=workspace_id,
        link_id=link_id,
        changes=body.model_dump(exclude_unset=True),
        expected=if_match,
    )
    return versioned(link)


@router.delete(
    "/workspaces/{workspace_id}/links/{link_id}",
    operation_id="removeLink",
    summary="Remove a link (ADMIN)",
    status_code=204,
    response_class=Response,
    responses=documented(errors.LinkNotFound),
)
async def remove(call: CallDep, workspace_id: Id, link_id: Id, if_match: IfMatch) -> Response:
    await call.write(links.remove_link, workspace_id=workspace_id, link_id=link_id, expected=if_match)
    return no_content()


@router.post(
    "/workspaces/{workspace_id}/links/{link_id}/check",
    operation_id="checkLink",
    summary="Ask the other system whether the link still holds (ADMIN)",
    description="A provider that fails is a result, not an error: the link's status and reason tell. "
    "Without a credential that the caller may use (`INTEGRATION_TENANTS`) it is 403.",
    responses={200: {"model": wire.Link}, **documented(errors.LinkNotFound, errors.InteractionRequired)},
)
async def check(
    call: CallDep, once: OnceDep, assertion: AssertionDep, workspace_id: Id, link_id: Id
) -> Response:
    place = {"workspace_id": workspace_id, "link_id": link_id}
    outcome = Outcome()

    async def ask() -> None:
        nonlocal outcome
        link, using = await call.read(links.enter_to_check, call.parts.credentials, **place)
        outcome = await links.ask(call.parts.providers, link.provider, link.external_id, using, assertion)

    done = await once.run(
        lambda tx: links.record_check(tx, call.caller, call.tools, outcome=outcome, **place), before=ask
    )
    return done.response(200)


@router.get(
    "/workspaces/{workspace_id}/links/{link_id}/history",
    operation_id="listLinkChecks",
    summary="What the last 100 checks found, the newest first",
    responses={200: {"model": wire.LinkCheckPage}, **documented(errors.LinkNotFound)},
)
async def history(call: CallDep, workspace_id: Id, link_id: Id, page: PageDep) -> Response:
    return await call.paged(
        links.list_checks, page, _BEYOND_EVERY_SEQ, workspace_id=workspace_id, link_id=link_id
    )
