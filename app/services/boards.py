"""Boards of a project. Every change holds the project's guard row, as those of columns do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

import msgspec

from app.core.caller import Caller, Tools
from app.core.gaps import BELOW_ALL
from app.core.preconditions import Expected, require_version
from app.core.text import name_key
from app.core.work_errors import BoardNotDeleted, BoardNotFound
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import boards as db
from app.db.handles.boards import BoardRow
from app.db.paging import Asked, Found
from app.kernel import audit
from app.kernel.access import enter
from app.kernel.board_access import find_board, hold_board, hold_project
from app.kernel.events import Work
from app.kernel.project_access import find_project
from app.services.columns import MOST_COLUMNS, Column, columns_of

_record = partial(audit.record, target_type="board")


class ListedBoard(msgspec.Struct, frozen=True, kw_only=True):
    """A board as lists show it."""

    id: str
    project_id: str
    name: str
    created_by: str
    created_at: datetime
    updated_at: datetime
    version: int


class Board(ListedBoard, frozen=True, kw_only=True):
    """A board as it is shown by itself."""

    columns: list[Column]


async def create_board(
    tx: WriteTransaction, caller: Caller, tools: Tools, *, workspace_id: str, project_id: str, name: str
) -> Board:
    """Without columns. Raises ``ProjectNotFound``, ``ProjectArchived``."""
    await enter(tx, caller, workspace_id=workspace_id, operation="board.create")
    await hold_project(tx, caller, workspace_id, project_id)
    board_id = tools.new_id()
    db.insert_board(
        tx,
        board_id=board_id,
        workspace_id=workspace_id,
        project_id=project_id,
        name=name,
        list_key=name_key(name, board_id),
        created_by=caller.user_id,
        now=tools.clock(),
    )
    board = await _shown(tx, caller, workspace_id, board_id)
    await _tell(tx, caller, tools, workspace_id, board, "board.created", {"name": name})
    return board


async def get_board(tx: ReadTransaction, caller: Caller, *, workspace_id: str, board_id: str) -> Board:
    """With its columns, and how many tasks in each the caller may see."""
    await enter(tx, caller, workspace_id=workspace_id, operation="board.read")
    return await _shown(tx, caller, workspace_id, board_id)


async def list_boards(
    tx: ReadTransaction,
    caller: Caller,
    asked: Asked[str],
    *,
    workspace_id: str,
    project_id: str,
    deleted: bool,
) -> Found[str]:
    """By name; with ``deleted``, for whoever may restore them, those that were deleted. Raises
    ``ProjectNotFound``."""
    operation = "board.trash" if deleted else "board.list"
    await enter(tx, caller, workspace_id=workspace_id, operation=operation)
    await find_project(tx, caller, workspace_id, project_id)
    rows = await (db.list_deleted_boards if deleted else db.list_boards)(
        tx,
        workspace_id=workspace_id,
        user_id=caller.user_id,
        project_id=project_id,
        after_key=asked.place,
        page_size=asked.page_size,
    )
    return asked.found(rows, lambda row: name_key(row.name, row.id))


async def update_board(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    board_id: str,
    changes: Mapping[str, Any],
    expected: Expected = None,
) -> Board:
    """``changes`` may hold ``name``. Raises ``BoardNotFound``, ``ProjectArchived``, ``VersionMismatch``."""
    await enter(tx, caller, workspace_id=workspace_id, operation="board.update")
    row = await hold_board(tx, caller, workspace_id, board_id)
    require_version(row.version, expected)
    name = changes.get("name", row.name)
    if name == row.name:
        return await _shown(tx, caller, workspace_id, board_id)
    db.rename_board(
        tx,
        workspace_id=workspace_id,
        board_id=board_id,
        name=name,
        list_key=name_key(name, board_id),
        now=tools.clock(),
    )
    board = await _shown(tx, caller, workspace_id, board_id)
    await _tell(tx, caller, tools, workspace_id, board, "board.updated", {"changed": ["name"]})
    return board


async def delete_board(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    board_id: str,
    expected: Expected = None,
) -> None:
    """Its columns go with it. Their tasks stay in the project, and in those columns if it comes back. Raises
    as ``update_board``."""
    await enter(tx, caller, workspace_id=workspace_id, operation="board.delete")
    row = await hold_board(tx, caller, workspace_id, board_id)
    require_version(row.version, expected)
    now = tools.clock()
    db.set_board_deleted(tx, workspace_id=workspace_id, board_id=board_id, deleted_at=now, now=now)
    await _tell(tx, caller, tools, workspace_id, row, "board.deleted", {"name": row.name})


async def restore_board(
    tx: WriteTransaction, caller: Caller, tools: Tools, *, workspace_id: str, board_id: str
) -> Board:
    """With its columns as they were. Raises ``BoardNotFound``, ``BoardNotDeleted``, ``ProjectArchived``."""
    await enter(tx, caller, workspace_id=workspace_id, operation="board.restore")
    place = {"workspace_id": workspace_id, "user_id": caller.user_id, "board_id": board_id}
    seen = await db.get_deleted_board(tx, **place) or await db.get_board(tx, **place)
    if seen is None:
        raise BoardNotFound
    await hold_project(tx, caller, workspace_id, seen.project_id)
    if await db.get_deleted_board(tx, **place) is None:
        raise BoardNotDeleted
    db.set_board_deleted(tx, workspace_id=workspace_id, board_id=board_id, deleted_at=None, now=tools.clock())
    board = await _shown(tx, caller, workspace_id, board_id)
    await _tell(tx, caller, tools, workspace_id, board, "board.restored", {"name": board.name})
    return board


async def _shown(tx: ReadTransaction, caller: Caller, workspace_id: str, board_id: str) -> Board:
    row = await find_board(tx, caller, workspace_id, board_id)
    columns = await columns_of(tx, caller, workspace_id, board_id, BELOW_ALL, MOST_COLUMNS)
    return Board(**msgspec.structs.asdict(row), columns=[column for _, column in columns])


async def _tell(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    workspace_id: str,
    board: BoardRow | ListedBoard,
    action: str,
    details: Mapping[str, Any],
) -> None:
    await _record(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action=action,
        target_id=board.id,
        details={"project_id": board.project_id, **details},
        work=Work(project_id=board.project_id, data={"project_id": board.project_id}),
    )
