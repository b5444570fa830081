"""What changed in a workspace, to be followed without a gap.

Events are numbered under the lock of the workspace's head, which is held to the commit. So whoever sees
number n sees, or could have seen, every one before it, and a place to go on from is a number.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from app.core.caller import Caller
from app.core.errors import InvalidCursor
from app.db.connection import ReadTransaction
from app.db.handles import changes as db
from app.db.handles.changes import EventRow
from app.kernel.access import enter

_LOOKED_AT = 500
"""Events of which a page is made at most, so that who is told few of many waits no longer than others."""


class Changes(msgspec.Struct, frozen=True):
    """``last_seq``: where to go on from; what the caller is not told of is left out, and lies before it."""

    items: Sequence[EventRow]
    last_seq: int
    has_more: bool


async def read_changes(
    tx: ReadTransaction, caller: Caller, *, workspace_id: str, after_seq: int | None, limit: int
) -> Changes:
    """The events after ``after_seq``; None asks for none but the place where they end now. A page may be
    empty and more come after it. Raises ``InvalidCursor`` for a number that was not given yet: the client
    knows of another database."""
    access = await enter(tx, caller, workspace_id=workspace_id, operation="changes.read")
    head = await db.read_event_seq(tx, workspace_id=workspace_id)
    last = head.event_seq if head else 0
    if after_seq is None:
        return Changes([], last, False)
    if after_seq > last:
        raise InvalidCursor("This workspace has no event of that number yet. Read it anew.")
    until = min(last, after_seq + _LOOKED_AT)
    rows = await db.list_events(
        tx,
        workspace_id=workspace_id,
        user_id=caller.user_id,
        after_seq=after_seq,
        last_seq=until,
        role_rank=access.role.rank,
        is_guest=access.is_guest,
        page_size=limit + 1,
    )
    items, has_more = rows.first(limit)
    if has_more:
        return Changes(items, items[-1].seq, True)
    return Changes(items, until, until < last)
