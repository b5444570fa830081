"""Places of tasks in columns. Whoever gives one holds the column's guard row: the order of its tasks, and how
many it takes, are decided one after the other."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

from app.core.caller import Caller
from app.core.clock import utc_text
from app.core.gaps import AWAY, BELOW_ALL, FIRST_WINDOW, Window, between, step_of
from app.core.work_errors import (
    ColumnMapsElsewhere,
    ColumnNotEmpty,
    ColumnNotFound,
    TaskNotInColumn,
    WipLimit,
)
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import task_moves as db
from app.db.handles.columns import ColumnRow, lock_column
from app.db.handles.task_moves import ColumnRoomRow

MOST_MOVED = 1_000
"""Tasks that a column's end moves elsewhere."""
NO_TASK = "00000000-0000-0000-0000-000000000000"
"""What is in no column."""


class End(Enum):
    """Of an order: in front of all, or behind."""

    TOP = "top"
    BOTTOM = "bottom"


Spot = End | str
"""Where something is to go: to an end, or right behind what has this id."""


def hold_columns(tx: WriteTransaction, workspace_id: str, *column_ids: str | None) -> None:
    """Takes their guard rows, in the one order."""
    for column_id in sorted({each for each in column_ids if each}):
        lock_column(tx, workspace_id=workspace_id, column_id=column_id)


async def take_place(
    tx: WriteTransaction,
    caller: Caller,
    *,
    workspace_id: str,
    project_id: str,
    column_id: str,
    spot: Spot,
    task_id: str = NO_TASK,
) -> tuple[ColumnRoomRow, int | None]:
    """A column, which is held, and a free place in it for a task of the project: the right one of ``spot``,
    whatever hidden tasks lie there. The place is None for a task that is there already.

    Raises ``ColumnNotFound``, also for one of another project, ``TaskNotInColumn``, ``WipLimit``.
    """
    behind_id = None if isinstance(spot, End) else spot
    room = await _find_room(tx, caller, workspace_id, project_id, column_id, task_id, behind_id)
    if behind_id is not None and (room.behind_position is None or behind_id == task_id):
        raise TaskNotInColumn
    own = room.own_position
    if own is None:
        await _require_room(tx, workspace_id, room, 1)
    before, after = _neighbours(room, spot)
    if own is not None and (before is None or before < own) and (after is None or own < after):
        return room, None
    place = between(before, after)
    if place is None and before is not None:
        place = await _spread(tx, workspace_id, column_id, before)
    return room, place


def _neighbours(room: ColumnRoomRow, spot: Spot) -> tuple[int | None, int | None]:
    if spot is End.TOP:
        return None, room.first_position
    if spot is End.BOTTOM:
        return room.last_position, None
    return room.behind_position, room.next_position


async def _spread(tx: WriteTransaction, workspace_id: str, column_id: str, before: int) -> int:
    """Makes room right behind a place, with as few rows moved as give it; the free place."""
    asked = FIRST_WINDOW
    while True:
        found = await db.read_window(
            tx, workspace_id=workspace_id, column_id=column_id, after_position=before, asked=asked
        )
        window = Window(found.held, before if found.last_position is None else found.last_position)
        step = step_of(window, asked, before)
        if step is not None:
            break
        asked *= 2
    db.put_window_away(
        tx,
        workspace_id=workspace_id,
        column_id=column_id,
        after_position=before,
        last_position=window.last,
        away=AWAY,
    )
    db.spread_window(
        tx,
        workspace_id=workspace_id,
        column_id=column_id,
        after_position=before,
        last_position=window.last,
        away=AWAY,
        step=step,
    )
    return before + step


async def has_room(tx: ReadTransaction, workspace_id: str, column_id: str) -> bool:
    """Whether a column, which is held, is there, if perhaps with its board deleted, and takes one more
    task."""
    column = await db.read_column_limit(tx, workspace_id=workspace_id, column_id=column_id)
    return column is not None and await _takes(tx, workspace_id, column_id, column.wip_limit, 1)


async def require_empty(tx: ReadTransaction, caller: Caller, workspace_id: str, column_id: str) -> None:
    """Raises ``ColumnNotEmpty`` where the caller sees a task in the column."""
    seen = await db.merge_column_tasks(
        tx,
        workspace_id=workspace_id,
        user_id=caller.user_id,
        column_id=column_id,
        after_position=BELOW_ALL,
        page_size=1,
    )
    if seen:
        raise ColumnNotEmpty(details={"max": MOST_MOVED})


async def move_all(
    tx: WriteTransaction,
    caller: Caller,
    *,
    workspace_id: str,
    column: ColumnRow,
    move_to: str | None,
    now: datetime,
) -> None:
    """All that is in a column goes to the end of another, in the order that it has, or out of any. Both are
    held. Raises ``ColumnNotFound``, ``ColumnMapsElsewhere``, ``WipLimit``, and ``ColumnNotEmpty`` for more
    than ``MOST_MOVED``."""
    most = MOST_MOVED + 1
    coming = await db.count_column_tasks(
        tx, workspace_id=workspace_id, column_id=column.id, task_id=NO_TASK, most=most
    )
    if coming == most:
        raise ColumnNotEmpty(
            "More tasks are in this column than one request moves.", details={"max": MOST_MOVED}
        )
    shift = None
    if move_to is not None:
        source = await _find_room(tx, caller, workspace_id, column.project_id, column.id)
        target = await _find_room(tx, caller, workspace_id, column.project_id, move_to)
        if target.maps_to_state not in (None, column.maps_to_state):
            raise ColumnMapsElsewhere
        if coming:
            await _require_room(tx, workspace_id, target, coming)
        shift = (between(target.last_position, None) or 0) - (source.first_position or 0)
    if coming:
        db.move_column_tasks(
            tx,
            workspace_id=workspace_id,
            column_id=column.id,
            to_column_id=move_to,
            shift=shift,
            now=now,
            updated_at=utc_text(now),
        )


async def _find_room(
    tx: ReadTransaction,
    caller: Caller,
    workspace_id: str,
    project_id: str,
    column_id: str,
    task_id: str = NO_TASK,
    behind_id: str | None = None,
) -> ColumnRoomRow:
    room = await db.read_column_room(
        tx,
        workspace_id=workspace_id,
        user_id=caller.user_id,
        column_id=column_id,
        task_id=task_id,
        behind_id=behind_id,
    )
    if room is None or room.project_id != project_id:
        raise ColumnNotFound
    return room


async def _require_room(tx: ReadTransaction, workspace_id: str, room: ColumnRoomRow, coming: int) -> None:
    """Tells the limit, and not how many are there: some may be hidden."""
    if not await _takes(tx, workspace_id, room.id, room.wip_limit, coming):
        raise WipLimit(details={"limit": room.wip_limit})


async def _takes(
    tx: ReadTransaction, workspace_id: str, column_id: str, limit: int | None, coming: int
) -> bool:
    if limit is None:
        return True
    count = await db.count_column_tasks(
        tx, workspace_id=workspace_id, column_id=column_id, task_id=NO_TASK, most=limit
    )
    return count + coming <= limit
