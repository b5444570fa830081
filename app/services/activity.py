"""What happened to a task: the entries of the audit log about it, as far as whoever sees it may read them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from app.core.caller import Caller
from app.db.connection import ReadTransaction
from app.db.handles import activity as db
from app.db.handles.activity import ActivityRow
from app.db.paging import Asked, Found
from app.kernel.access import enter
from app.kernel.task_access import find_task

NEWEST = 2**63 - 1
_SHOWN = frozenset(("key", "changed", "from", "to", "assignee_id", "label_id", "column_id", "from_column_id"))
"""Details that tell of the task and of what all in the workspace see. Another task, say, may be hidden from
whoever reads this."""


class Activity(msgspec.Struct, frozen=True):
    seq: int
    action: str
    actor_id: str
    at: datetime
    details: dict[str, Any]


async def list_activity(
    tx: ReadTransaction, caller: Caller, asked: Asked[int], *, workspace_id: str, task_id: str
) -> Found[int]:
    """The newest first. Raises ``TaskNotFound``."""
    await enter(tx, caller, workspace_id=workspace_id, operation="task.read")
    await find_task(tx, caller, workspace_id, task_id)
    rows = await db.list_activity(
        tx,
        workspace_id=workspace_id,
        user_id=caller.user_id,
        task_id=task_id,
        target_id=task_id,
        before_seq=asked.place,
        page_size=asked.page_size,
    )
    found = asked.found(rows, lambda row: row.seq)
    return Found([_shown(row) for row in rows[: asked.limit]], found.place)


def _shown(row: ActivityRow) -> Activity:
    details = msgspec.json.decode(row.details) if row.details else {}
    kept = {name: value for name, value in details.items() if name in _SHOWN}
    return Activity(row.seq, row.action, row.actor_id, row.at, kept)
