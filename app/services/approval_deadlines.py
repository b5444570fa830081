"""What happens when a stage was not passed by its deadline: others are asked too, once."""

from __future__ import annotations

from functools import partial

from app.core.approvals import State
from app.core.caller import Tools
from app.db.connection import Database, WriteTransaction
from app.db.handles import approvals as db
from app.db.handles.approvals import OverdueRow
from app.kernel import audit
from app.kernel.approvals import facts, stages_of, told
from app.services.approval_decisions import ask
from app.services.approvals import find_request

_PAGE = 200
_MOST = 10_000
"""In one run; the next goes on."""


async def escalate_overdue(database: Database, tools: Tools) -> int:
    """Each in a transaction of its own; answers of how many. Raises ``DatabaseError``."""
    escalated = 0
    for _ in range(_MOST // _PAGE):
        async with database.read() as tx:
            rows = await db.list_overdue(tx, now=tools.clock(), page_size=_PAGE)
        for row in rows:
            escalated += await database.transact(partial(_escalate, tools, row))
        if len(rows) < _PAGE:
            break
    return escalated


async def _escalate(tools: Tools, row: OverdueRow, tx: WriteTransaction) -> bool:
    """Whether it did. Of what was decided meanwhile nothing changes."""
    place = {"workspace_id": row.workspace_id, "request_id": row.id}
    db.lock_request(tx, **place)
    if not await db.escalate_request(tx, stage=row.stage, now=tools.clock(), **place):
        return False
    request = await find_request(tx, row.workspace_id, row.id)
    stage = (await stages_of(tx, request))[request.stage]
    ask(tx, request, stage, is_escalated=True)
    await audit.record_by_service(
        tx,
        tools,
        service="approvals",
        workspace_id=row.workspace_id,
        action="approval.escalated",
        target_type="approval",
        target_id=row.id,
        details=facts(request) | {"due_at": request.due_at and request.due_at.isoformat()},
        data=told(request) | {"stage": stage.key, "state": State.PENDING},
    )
    return True
