"""Boards and columns as this caller may see and change them."""

from app.core.caller import Caller
from app.core.work import ProjectStatus
from app.core.work_errors import BoardNotFound, ColumnNotFound, ProjectArchived
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import boards, columns
from app.db.handles.boards import BoardRow
from app.db.handles.columns import ColumnRow
from app.db.handles.projects import lock_project
from app.kernel.project_access import find_project


async def hold_project(tx: WriteTransaction, caller: Caller, workspace_id: str, project_id: str) -> None:
    """Takes the guard row of a project's boards and columns. Raises ``ProjectNotFound``,
    ``ProjectArchived``."""
    lock_project(tx, workspace_id=workspace_id, project_id=project_id)
    project = await find_project(tx, caller, workspace_id, project_id)
    if project.status == ProjectStatus.ARCHIVED:
        raise ProjectArchived


async def find_board(tx: ReadTransaction, caller: Caller, workspace_id: str, board_id: str) -> BoardRow:
    """Raises ``BoardNotFound``, also for what the caller may not see."""
    row = await boards.get_board(tx, workspace_id=workspace_id, user_id=caller.user_id, board_id=board_id)
    if row is None:
        raise BoardNotFound
    return row


async def hold_board(tx: WriteTransaction, caller: Caller, workspace_id: str, board_id: str) -> BoardRow:
    """A board, whose project's row is held to the commit. Raises ``BoardNotFound``, ``ProjectArchived``."""
    seen = await find_board(tx, caller, workspace_id, board_id)
    await hold_project(tx, caller, workspace_id, seen.project_id)
    return await find_board(tx, caller, workspace_id, board_id)


async def find_column(tx: ReadTransaction, caller: Caller, workspace_id: str, column_id: str) -> ColumnRow:
    """Raises ``ColumnNotFound``, also for what the caller may not see."""
    row = await columns.get_column(tx, workspace_id=workspace_id, user_id=caller.user_id, column_id=column_id)
    if row is None:
        raise ColumnNotFound
    return row


async def hold_column(tx: WriteTransaction, caller: Caller, workspace_id: str, column_id: str) -> ColumnRow:
    """A column, whose project's row is held to the commit. Raises ``ColumnNotFound``, ``ProjectArchived``."""
    seen = await find_column(tx, caller, workspace_id, column_id)
    await hold_project(tx, caller, workspace_id, seen.project_id)
    return await find_column(tx, caller, workspace_id, column_id)
