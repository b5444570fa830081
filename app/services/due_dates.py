"""Who is told that what they have to do falls due: within a day, once for each task and due date. Only tasks
whose time has come so near are looked at, by one index of all workspaces."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby

from app.core.clock import utc_text
from app.core.notices import Reason
from app.db.connection import Database
from app.db.errors import UniqueViolation
from app.db.handles.consumers import LogRow
from app.db.handles.notifications import DueSoonRow, list_due_soon
from app.services.notifying import Teller, Told

log = logging.getLogger(__name__)
AHEAD = timedelta(hours=24)
_PAGE = 200


async def tell_of_due_dates(database: Database, teller: Teller) -> None:
    """Each workspace's in a transaction of its own. Of processes that look at once one tells."""
    now = teller.tools.clock()
    after, until = utc_text(now), utc_text(now + AHEAD)
    while True:
        async with database.read() as tx:
            rows = await list_due_soon(tx, after_key=after, until_key=until, page_size=_PAGE)
        ordered = sorted(rows, key=lambda row: row.workspace_id)
        for workspace_id, own in groupby(ordered, key=lambda row: row.workspace_id):
            told = [_told(now, row) for row in own]
            try:
                await database.transact(partial(teller.tell, workspace_id=workspace_id, told=told))
            except UniqueViolation:
                log.info("due dates were told by another process", extra={"workspace_id": workspace_id})
        if len(rows) < _PAGE:
            return
        after = rows[-1].due_key


def _told(now: datetime, row: DueSoonRow) -> Told:
    event = LogRow(
        seq=0,
        type="task.due",
        actor_id="",
        object_type="task",
        object_id=row.task_id,
        minimum_rank=0,
        at=now,
        project_id=row.project_id,
        task_type_id=None,
        state=None,
        state_before=None,
        data=None,
    )
    return Told(row.assignee_id, Reason.DUE, event, row.due_key, row.task_id, row.project_id)
