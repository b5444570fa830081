"""Who may what in a workspace or an organisation, how they came to it, and when they were last here."""

from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from enum import StrEnum
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from app.db.paging import Asked, Found
from app.http.direct import DirectRoute
from app.http.edge import CallDep, PageDep
from app.http.exports import Export
from app.integrations.blob_store import attachment
from app.schemas import access_review as wire
from app.schemas.common import Id
from app.services import access_review

router = APIRouter(tags=["access review"], route_class=DirectRoute)


class Format(StrEnum):
    JSON = "json"
    CSV = "csv"


FormatQuery = Annotated[
    Format,
    Query(alias="format", description="`csv`: all of it as one file; `limit` and `cursor` are not for it."),
]
_DESCRIPTION = (
    "By display name. As a file, it is made while it is sent, a page at a time, and is cut short if the role "
    "ends meanwhile. Every file is in the audit log. Two files at once for one caller: one more is 429."
)
_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"model": wire.ReviewPage, "content": {"text/csv": {"schema": {"type": "string"}}}}
}


@router.get(
    "/workspaces/{workspace_id}/access-review",
    operation_id="reviewWorkspaceAccess",
    summary="Who is in the workspace, since when, by whom, and last seen when (ADMIN)",
    description=_DESCRIPTION,
    responses=_RESPONSES,
)
async def review_workspace(
    call: CallDep, workspace_id: Id, page: PageDep, file_format: FormatQuery = Format.JSON
) -> Response:
    if file_format is Format.JSON:
        return await call.paged(access_review.review_workspace, page, "", workspace_id=workspace_id)

    async def read(asked: Asked[str]) -> Found[str]:
        return await call.read(access_review.review_workspace, asked, workspace_id=workspace_id)

    begin = partial(access_review.begin_workspace_export, workspace_id=workspace_id)
    return await _file(call, begin, read, f"access-review-workspace-{workspace_id}.csv")


@router.get(
    "/organizations/{org_id}/access-review",
    operation_id="reviewOrganizationAccess",
    summary="Who is in the organisation, since when, by whom, and last seen when (ADMIN)",
    description=_DESCRIPTION,
    responses=_RESPONSES,
)
async def review_organization(
    call: CallDep, org_id: Id, page: PageDep, file_format: FormatQuery = Format.JSON
) -> Response:
    if file_format is Format.JSON:
        return await call.paged(access_review.review_organization, page, "", org_id=org_id)

    async def read(asked: Asked[str]) -> Found[str]:
        return await call.read(access_review.review_organization, asked, org_id=org_id)

    begin = partial(access_review.begin_organization_export, org_id=org_id)
    return await _file(call, begin, read, f"access-review-organization-{org_id}.csv")


async def _file(
    call: CallDep,
    begin: Callable[..., Awaitable[None]],
    read: Callable[[Asked[str]], Awaitable[Found[str]]],
    name: str,
) -> Response:
    """Whoever may not have it is told so before it begins."""
    with ExitStack() as stack:
        stack.enter_context(call.parts.audit.exports.take(call.caller.user_id))
        await call.write(begin)
        slot = stack.pop_all()
    return Export(
        access_review.pieces(read), slot, {"Content-Disposition": attachment(name)}, "text/csv; charset=utf-8"
    )
