"""Filters of tasks that people keep."""

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from app.core import work_errors
from app.http.conditions import IfMatch, IfNoneMatch, versioned
from app.http.direct import DirectRoute
from app.http.edge import CallDep, PageDep, no_content
from app.http.idempotency import OnceDep
from app.http.openapi import documented
from app.schemas import task_filters as wire
from app.schemas.common import Id
from app.services import task_filters

router = APIRouter(tags=["tasks"], route_class=DirectRoute)


@router.post(
    "/workspaces/{workspace_id}/filters",
    operation_id="addFilter",
    summary="Keep a filter of tasks (MEMBER)",
    status_code=201,
    responses={201: {"model": wire.Filter}},
)
async def add(once: OnceDep, workspace_id: Id, body: wire.FilterAdd) -> Response:
    done = await once.perform(
        task_filters.add_filter,
        workspace_id=workspace_id,
        name=body.name,
        wanted=body.filter.asked(),
        is_shared=body.is_shared,
    )
    return done.response(201)


@router.get(
    "/workspaces/{workspace_id}/filters",
    operation_id="listFilters",
    summary="Your own filters and those that are shared, by name",
    responses={200: {"model": wire.FilterPage}},
)
async def list_all(call: CallDep, workspace_id: Id, page: PageDep) -> Response:
    return await call.paged(task_filters.list_filters, page, "", workspace_id=workspace_id)


@router.get(
    "/workspaces/{workspace_id}/filters/{filter_id}",
    operation_id="getFilter",
    summary="One filter",
    responses={200: {"model": wire.Filter}, **documented(work_errors.FilterNotFound)},
)
async def get(call: CallDep, workspace_id: Id, filter_id: Id, if_none_match: IfNoneMatch) -> Response:
    found = await call.read(task_filters.get_filter, workspace_id=workspace_id, filter_id=filter_id)
    return versioned(found, if_none_match=if_none_match)


@router.patch(
    "/workspaces/{workspace_id}/filters/{filter_id}",
    operation_id="updateFilter",
    summary="Change a filter (its owner; a shared one also an ADMIN)",
    responses={200: {"model": wire.Filter}, **documented(work_errors.FilterNotFound)},
)
async def update(
    call: CallDep, workspace_id: Id, filter_id: Id, body: wire.FilterPatch, if_match: IfMatch
) -> Response:
    changes: dict[str, Any] = {name: getattr(body, name) for name in body.model_fields_set}
    if "filter" in changes:
        changes["filter"] = body.filter.asked()
    changed = await call.write(
        task_filters.update_filter,
        workspace_id=workspace_id,
        filter_id=filter_id,
        changes=changes,
        expected=if_match,
    )
    return versioned(changed)


@router.delete(
    "/workspaces/{workspace_id}/filters/{filter_id}",
    operation_id="deleteFilter",
    summary="Keep a filter no more (its owner; a shared one also an ADMIN)",
    status_code=204,
    response_class=Response,
    responses=documented(work_errors.FilterNotFound),
)
async def delete(call: CallDep, workspace_id: Id, filter_id: Id, if_match: IfMatch) -> Response:
    await call.write(
        task_filters.delete_filter, workspace_id=workspace_id, filter_id=filter_id, expected=if_match
    )
    return no_content()
