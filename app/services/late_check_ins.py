"""Whose key results wait for a check-in is told so: when one becomes stale, and again after as long as it may
go without, until somebody checks in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby

from app.core.notices import Reason
from app.core.text import change_key
from app.db.connection import Database, WriteTransaction
from app.db.handles.consumers import LogRow
from app.db.handles.late_check_ins import LateKeyResultRow, list_late_key_results, take_reminder
from app.services.notifying import Teller, Told

_PAGE = 200
_NOT_MORE_OFTEN = timedelta(days=1)


async def tell_of_late_check_ins(database: Database, teller: Teller) -> None:
    """Each workspace's in a transaction of its own. What nobody waits for now, as its cycle has not begun, is
    looked at again later."""
    now = teller.tools.clock()
    while True:
        async with database.read() as tx:
            rows = await list_late_key_results(tx, now=now, page_size=_PAGE)
        ordered = sorted(rows, key=lambda row: row.workspace_id)
        for workspace_id, own in groupby(ordered, key=lambda row: row.workspace_id):
            await database.transact(partial(_tell, teller, now, workspace_id, list(own)))
        if len(rows) < _PAGE:
            return


async def _tell(
    teller: Teller, now: datetime, workspace_id: str, rows: Sequence[LateKeyResultRow], tx: WriteTransaction
) -> None:
    told = []
    for row in sorted(rows, key=lambda row: row.key_result_id):
        if row.remind_at is None:
            continue
        pause = max(timedelta(seconds=row.stale_after or 0), _NOT_MORE_OFTEN)
        taken = await take_reminder(
            tx,
            workspace_id=workspace_id,
            key_result_id=row.key_result_id,
            seen_at=row.remind_at,
            remind_at=now + pause,
        )
        if taken and row.is_waited_for:
            told.append(_told(now, row, row.remind_at))
    await teller.tell(tx, workspace_id=workspace_id, told=told)


def _told(now: datetime, row: LateKeyResultRow, late_at: datetime) -> Told:
    event = LogRow(
        seq=0,
        type="key_result.late",
        actor_id="",
        object_type="key_result",
        object_id=row.key_result_id,
        minimum_rank=0,
        at=now,
        project_id=None,
        task_type_id=None,
        state=None,
        state_before=None,
        data=None,
    )
    return Told(row.owner_id, Reason.CHECK_IN, event, change_key(late_at, row.key_result_id))
