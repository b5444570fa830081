"""Columns of a board: their names, what they stand for, how much they take, their order, and their end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

import msgspec

from app.core.caller import Caller, Tools
from app.core.gaps import AWAY, GAP, between
from app.core.preconditions import Expected, require_version
from app.core.work_errors import BoardFull, ColumnNotFound
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import columns as db
from app.db.handles.columns import ColumnPlaceRow, ColumnRow, CountedColumnRow
from app.db.paging import Asked, Found
from app.kernel import audit
from app.kernel.access import enter
from app.kernel.board_access import (
    find_board,
    find_column,
    hold_board,
    hold_column,
)
from app.kernel.events import Work
from app.kernel.placing import End, Spot, hold_columns, move_all, require_empty

MOST_COLUMNS = 50
"""Of a board: so many it shows in one answer, each with its count."""
COUNTED = 1_000
"""Tasks in a column that are counted for whoever asks; more are that many."""

_record = partial(audit.record, target_type="column")


class NewColumn(NamedTuple):
    name: str
    maps_to_state: str | None = None
    wip_limit: int | None = None


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A column as it is shown."""

    id: str
    project_id: str
    board_id: str
    name: str
    maps_to_state: str | None
    wip_limit: int | None
    task_count: int
    created_at: datetime
    updated_at: datetime
    version: int


async def create_column(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    board_id: str,
    new: NewColumn,
    spot: Spot,
) -> Column:
    """Raises ``BoardNotFound``, ``ProjectArchived``, ``BoardFull``, ``ColumnNotFound`` for another to go
    behind."""
    await enter(tx, caller, workspace_id=workspace_id, operation="column.create")
    board = await hold_board(tx, caller, workspace_id, board_id)
    places = await db.list_column_places(tx, workspace_id=workspace_id, board_id=board_id)
    if len(places) >= MOST_COLUMNS:
        raise BoardFull(details={"max": MOST_COLUMNS})
    column_id = tools.new_id()
    db.insert_column(
        tx,
        column_id=column_id,
        workspace_id=workspace_id,
        project_id=board.project_id,
        board_id=board_id,
        name=new.name,
        position=_position(tx, workspace_id, board_id, places, spot),
        maps_to_state=new.maps_to_state,
        wip_limit=new.wip_limit,
        now=tools.clock(),
    )
    row = await find_column(tx, caller, workspace_id, column_id)
    await _tell(tx, caller, tools, workspace_id, row, "column.created", new._asdict())
    return await _shown(tx, caller, workspace_id, row)


async def get_column(tx: ReadTransaction, caller: Caller, *, workspace_id: str, column_id: str) -> Column:
    await enter(tx, caller, workspace_id=workspace_id, operation="column.read")
    return await _shown(tx, caller, workspace_id, await find_column(tx, caller, workspace_id, column_id))


async def list_columns(
    tx: ReadTransaction, caller: Caller, asked: Asked[int], *, workspace_id: str, board_id: str
) -> Found[int]:
    """In order. Raises ``BoardNotFound``."""
    await enter(tx, caller, workspace_id=workspace_id, operation="column.list")
    await find_board(tx, caller, workspace_id, board_id)
    rows = await columns_of(tx, caller, workspace_id, board_id, asked.place, asked.page_size)
    found = asked.found(rows, lambda row: row[0])
    return Found([column for _, column in rows[: asked.limit]], found.place)


async def columns_of(
    tx: ReadTransaction, caller: Caller, workspace_id: str, board_id: str, after: int, most: int
) -> list[tuple[int, Column]]:
    """The columns of a board, as the caller sees them, each with its place."""
    rows = await db.list_columns(
        tx,
        workspace_id=workspace_id,
        user_id=caller.user_id,
        board_id=board_id,
        after_position=after,
        most=COUNTED,
        page_size=most,
    )
    return [(row.position, _column(row)) for row in rows]


async def update_column(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    column_id: str,
    changes: Mapping[str, Any],
    spot: Spot | None,
    expected: Expected = None,
) -> Column:
    """``changes`` may hold what ``NewColumn`` does; what is not in it stays. ``spot`` is where it goes, None
    for where it is. Tasks that are in it stay, also above a lower limit, and in their states. Raises
    ``ColumnNotFound``, ``ProjectArchived``, ``VersionMismatch``."""
    await enter(tx, caller, workspace_id=workspace_id, operation="column.update")
    row = await hold_column(tx, caller, workspace_id, column_id)
    require_version(row.version, expected)
    known = {"name": row.name, "maps_to_state": row.maps_to_state, "wip_limit": row.wip_limit}
    changed = {name: value for name, value in changes.items() if known[name] != value}
    places = await db.list_column_places(tx, workspace_id=workspace_id, board_id=row.board_id)
    is_moved = spot is not None and not _is_there(places, column_id, spot)
    if not changed and not is_moved:
        return await _shown(tx, caller, workspace_id, row)
    position = row.position
    if spot is not None and is_moved:
        position = _position(tx, workspace_id, row.board_id, places, spot, column_id)
    db.update_column(
        tx,
        workspace_id=workspace_id,
        column_id=column_id,
        position=position,
        now=tools.clock(),
        **{**known, **changed},
    )
    row = await find_column(tx, caller, workspace_id, column_id)
    names = sorted([*changed, *(["position"] if is_moved else [])])
    await _tell(
        tx, caller, tools, workspace_id, row, "column.updated", {"changed": names}, {"changed": names}
    )
    return await _shown(tx, caller, workspace_id, row)


async def delete_column(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    column_id: str,
    move_to: str | None,
    expected: Expected = None,
) -> None:
    """Its tasks go to the end of ``move_to``, a column of the same project that stands for no state or for
    the same one; there may be ``MOST_MOVED``. Without it none may be there that the caller sees; such as are
    hidden go out of any column, and are not told of.

    Raises ``ColumnNotFound``, ``ProjectArchived``, ``VersionMismatch``, ``ColumnNotEmpty``,
    ``ColumnMapsElsewhere``, ``WipLimit``.
    """
    await enter(tx, caller, workspace_id=workspace_id, operation="column.delete")
    row = await hold_column(tx, caller, workspace_id, column_id)
    require_version(row.version, expected)
    if move_to == column_id:
        raise ColumnNotFound
    hold_columns(tx, workspace_id, column_id, move_to)
    if move_to is None:
        await require_empty(tx, caller, workspace_id, column_id)
    now = tools.clock()
    await move_all(tx, caller, workspace_id=workspace_id, column=row, move_to=move_to, now=now)
    db.delete_column(tx, workspace_id=workspace_id, column_id=column_id, now=now)
    data = {"move_to": move_to}
    await _tell(tx, caller, tools, workspace_id, row, "column.deleted", {"name": row.name, **data}, data)


def _position(
    tx: WriteTransaction,
    workspace_id: str,
    board_id: str,
    places: Sequence[ColumnPlaceRow],
    spot: Spot,
    column_id: str | None = None,
) -> int:
    """A free place for a column among its board's, which are spread where there is none."""
    others = [row for row in places if row.id != column_id]
    index = _index(others, spot)
    position = between(
        others[index - 1].position if index else None,
        others[index].position if index < len(others) else None,
    )
    if position is not None:
        return position
    # Each of them, in the order in which moves of tasks take them.
    hold_columns(tx, workspace_id, *(row.id for row in places))
    db.put_columns_away(tx, workspace_id=workspace_id, board_id=board_id, away=AWAY)
    for number, row in enumerate(others):
        db.set_column_place(tx, workspace_id=workspace_id, column_id=row.id, position=2 * number * GAP)
    return (2 * index - 1) * GAP


def _is_there(places: Sequence[ColumnPlaceRow], column_id: str, spot: Spot) -> bool:
    """Whether a column is where it is to go."""
    others = [row for row in places if row.id != column_id]
    return places[_index(others, spot)].id == column_id


def _index(others: Sequence[ColumnPlaceRow], spot: Spot) -> int:
    """Before which of the others something comes that goes to ``spot``."""
    if spot is End.TOP:
        return 0
    if spot is End.BOTTOM:
        return len(others)
    for index, row in enumerate(others):
        if row.id == spot:
            return index + 1
    raise ColumnNotFound


async def _shown(tx: ReadTransaction, caller: Caller, workspace_id: str, row: ColumnRow) -> Column:
    """A column by itself is the first one of its board behind the place before it."""
    found = await columns_of(tx, caller, workspace_id, row.board_id, row.position - 1, 1)
    return found[0][1]


def _column(row: CountedColumnRow) -> Column:
    return Column(
        id=row.id,
        project_id=row.project_id,
        board_id=row.board_id,
        name=row.name,
        maps_to_state=row.maps_to_state,
        wip_limit=row.wip_limit,
        task_count=row.task_count,
        created_at=row.created_at,
        updated_at=row.updated_at,
        version=row.version,
    )


async def _tell(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    workspace_id: str,
    column: ColumnRow,
    action: str,
    details: Mapping[str, Any],
    data: Mapping[str, Any] | None = None,
) -> None:
    place = {"project_id": column.project_id, "board_id": column.board_id}
    await _record(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action=action,
        target_id=column.id,
        details=place | dict(details),
        work=Work(project_id=column.project_id, data=place | dict(data or {})),
    )
