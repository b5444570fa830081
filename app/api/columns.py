"""Columns of a board."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from app.core import work_errors
from app.core.gaps import BELOW_ALL
from app.http.conditions import IfMatch, IfNoneMatch, versioned
from app.http.direct import DirectRoute
from app.http.edge import CallDep, PageDep, no_content
from app.http.idempotency import OnceDep
from app.http.openapi import documented
from app.kernel.placing import End, Spot
from app.schemas import columns as wire
from app.schemas.common import Id
from app.services import columns
from app.services.columns import NewColumn

router = APIRouter(tags=["boards"], route_class=DirectRoute)

_CHANGED = (work_errors.ColumnNotFound, work_errors.ProjectArchived)


def _spot(body: wire.ColumnAdd | wire.ColumnPatch) -> Spot | None:
    return (body.after or End.TOP) if "after" in body.model_fields_set else None


@router.post(
    "/workspaces/{workspace_id}/boards/{board_id}/columns",
    operation_id="createColumn",
    summary="Add a column (MEMBER, no guest)",
    description="A board has 50 at most.",
    status_code=201,
    responses={
        201: {"model": wire.Column},
        **documented(work_errors.BoardNotFound, work_errors.BoardFull, *_CHANGED),
    },
)
async def create(
    call: CallDep, once: OnceDep, workspace_id: Id, board_id: Id, body: wire.ColumnAdd
) -> Response:
    done = await once.perform(
        columns.create_column,
        workspace_id=workspace_id,
        board_id=board_id,
        new=NewColumn(**body.model_dump(exclude={"after"})),
        spot=_spot(body) or End.BOTTOM,
    )
    return done.response(201)


@router.get(
    "/workspaces/{workspace_id}/boards/{board_id}/columns",
    operation_id="listColumns",
    summary="A board's columns, in order",
    responses={200: {"model": wire.ColumnPage}, **documented(work_errors.BoardNotFound)},
)
async def list_all(call: CallDep, workspace_id: Id, board_id: Id, page: PageDep) -> Response:
    return await call.paged(
        columns.list_columns, page, BELOW_ALL, workspace_id=workspace_id, board_id=board_id
    )


@router.get(
    "/workspaces/{workspace_id}/columns/{column_id}",
    operation_id="getColumn",
    summary="One column",
    responses={200: {"model": wire.Column}, **documented(work_errors.ColumnNotFound)},
)
async def get(call: CallDep, workspace_id: Id, column_id: Id, if_none_match: IfNoneMatch) -> Response:
    column = await call.read(columns.get_column, workspace_id=workspace_id, column_id=column_id)
    return versioned(column, if_none_match=if_none_match)


@router.patch(
    "/workspaces/{workspace_id}/columns/{column_id}",
    operation_id="updateColumn",
    summary="Change a column, or its place (MEMBER, no guest)",
    description="Tasks that are in it stay, also above a lower limit, and in their states.",
    responses={200: {"model": wire.Column}, **documented(*_CHANGED)},
)
async def update(
    call: CallDep, workspace_id: Id, column_id: Id, body: wire.ColumnPatch, if_match: IfMatch
) -> Response:
    column = await call.write(
        columns.update_column,
        workspace_id=workspace_id,
        column_id=column_id,
        changes=body.model_dump(exclude_unset=True, exclude={"after"}),
        spot=_spot(body),
        expected=if_match,
    )
    return versioned(column)


@router.delete(
    "/workspaces/{workspace_id}/columns/{column_id}",
    operation_id="deleteColumn",
    summary="Remove a column (MEMBER, no guest)",
    description="Its tasks, at most 1,000, go to the end of `move_to`, a column of the project that stands "
    "for no state or for the same one.",
    status_code=204,
    response_class=Response,
    responses=documented(
        *_CHANGED, work_errors.ColumnNotEmpty, work_errors.ColumnMapsElsewhere, work_errors.WipLimit
    ),
)
async def delete(
    call: CallDep,
    workspace_id: Id,
    column_id: Id,
    if_match: IfMatch,
    move_to: Annotated[Id | None, Query(description="Where its tasks go.")] = None,
) -> Response:
    await call.write(
        columns.delete_column,
        workspace_id=workspace_id,
        column_id=column_id,
        move_to=move_to,
        expected=if_match,
    )
    return no_content()
