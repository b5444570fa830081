"""What happened to an objective and to what it is measured by: the entries of the audit log about them, which
tell of nothing that not all who see OKRs may see."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from app.core.caller import Caller
from app.db.connection import ReadTransaction
from app.db.handles import objective_activity as db
from app.db.handles.objective_activity import ObjectiveActivityRow
from app.db.paging import Asked, Found
from app.kernel.access import enter
from app.kernel.okr_access import find_objective


class Activity(msgspec.Struct, frozen=True):
    seq: int
    action: str
    actor_id: str
    at: datetime
    object_type: str
    object_id: str
    details: dict[str, Any]


async def list_activity(
    tx: ReadTransaction, caller: Caller, asked: Asked[int], *, workspace_id: str, objective_id: str
) -> Found[int]:
    """The newest first. Raises ``ObjectiveNotFound``."""
    await enter(tx, caller, workspace_id=workspace_id, operation="objective.read")
    await find_objective(tx, workspace_id, objective_id)
    measures = await db.list_key_results_ever(tx, workspace_id=workspace_id, objective_id=objective_id)
    targets = [objective_id, *(each.id for each in measures)]
    rows = await db.list_objective_activity(
        tx,
        workspace_id=workspace_id,
        targets=msgspec.json.encode(targets).decode(),
        before_seq=asked.place,
        page_size=asked.page_size,
    )
    found = asked.found(rows, lambda row: row.seq)
    return Found([_shown(row) for row in rows[: asked.limit]], found.place)


def _shown(row: ObjectiveActivityRow) -> Activity:
    details = msgspec.json.decode(row.details) if row.details else {}
    return Activity(row.seq, row.action, row.actor_id, row.at, row.target_type, row.target_id, details)
