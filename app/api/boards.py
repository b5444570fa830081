"""Boards of a project."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from app.core import work_errors
from app.http.conditions import IfMatch, IfNoneMatch, versioned
from app.http.direct import DirectRoute
from app.http.edge import CallDep, PageDep, no_content
from app.http.idempotency import OnceDep
from app.http.openapi import documented
from app.schemas import boards as wire
from app.schemas.common import Id
from app.services import boards

router = APIRouter(tags=["boards"], route_class=DirectRoute)

_CHANGED = (work_errors.BoardNotFound, work_errors.ProjectArchived)


@router.post(
    "/workspaces/{workspace_id}/projects/{project_id}/boards",
    operation_id="createBoard",
    summary="Create a board (MEMBER, no guest)",
    status_code=201,
    responses={
        201: {"model": wire.Board},
        **documented(work_errors.ProjectNotFound, work_errors.ProjectArchived),
    },
)
async def create(
    call: CallDep, once: OnceDep, workspace_id: Id, project_id: Id, body: wire.BoardAdd
) -> Response:
    done = await once.perform(
        boards.create_board, workspace_id=workspace_id, project_id=project_id, name=body.name
    )
    return done.response(201)


@router.get(
    "/workspaces/{workspace_id}/projects/{project_id}/boards",
    operation_id="listBoards",
    summary="A project's boards, by name",
    responses={200: {"model": wire.BoardPage}, **documented(work_errors.ProjectNotFound)},
)
async def list_all(
    call: CallDep,
    workspace_id: Id,
    project_id: Id,
    page: PageDep,
    deleted: Annotated[
        bool, Query(description="The deleted ones, to be restored (MEMBER, no guest).")
    ] = False,
) -> Response:
    return await call.paged(
        boards.list_boards, page, "", workspace_id=workspace_id, project_id=project_id, deleted=deleted
    )


@router.get(
    "/workspaces/{workspace_id}/boards/{board_id}",
    operation_id="getBoard",
    summary="A board with its columns",
    description="Each column says how many tasks in it you may see, counted up to 1,000.",
    responses={200: {"model": wire.Board}, **documented(work_errors.BoardNotFound)},
)
async def get(call: CallDep, workspace_id: Id, board_id: Id, if_none_match: IfNoneMatch) -> Response:
    board = await call.read(boards.get_board, workspace_id=workspace_id, board_id=board_id)
    return versioned(board, if_none_match=if_none_match)


@router.patch(
    "/workspaces/{workspace_id}/boards/{board_id}",
    operation_id="updateBoard",
    summary="Rename a board (MEMBER, no guest)",
    responses={200: {"model": wire.Board}, **documented(*_CHANGED)},
)
async def update(
    call: CallDep, workspace_id: Id, board_id: Id, body: wire.BoardPatch, if_match: IfMatch
) -> Response:
    board = await call.write(
        boards.update_board,
        workspace_id=workspace_id,
        board_id=board_id,
        changes=body.model_dump(exclude_unset=True),
        expected=if_match,
    )
    return versioned(board)


@router.delete(
    "/workspaces/{workspace_id}/boards/{board_id}",
    operation_id="deleteBoard",
    summary="Remove a board with its columns (MEMBER, no guest)",
    description="Its tasks stay in the project. Restored, it has them where they were.",
    status_code=204,
    response_class=Response,
    responses=documented(*_CHANGED),
)
async def delete(call: CallDep, workspace_id: Id, board_id: Id, if_match: IfMatch) -> Response:
    await call.write(boards.delete_board, workspace_id=workspace_id, board_id=board_id, expected=if_match)
    return no_content()


@router.post(
    "/workspaces/{workspace_id}/boards/{board_id}/restore",
    operation_id="restoreBoard",
    summary="Restore a deleted board as it was (MEMBER, no guest)",
    responses={200: {"model": wire.Board}, **documented(*_CHANGED, work_errors.BoardNotDeleted)},
)
async def restore(call: CallDep, once: OnceDep, workspace_id: Id, board_id: Id) -> Response:
    done = await once.perform(boards.restore_board, workspace_id=workspace_id, board_id=board_id)
    return done.response(200)
