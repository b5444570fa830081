"""What somebody was told, in all their workspaces.

What is shown is judged when it is shown: of a task that one does not see any more, of a workspace that one is
not in, nothing is told. Whoever is invited is told by an address that was proved to be theirs.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec

from app.core.caller import Caller, Tools
from app.core.errors import NotificationNotFound
from app.core.notices import Channel
from app.core.tenants import Tenants
from app.core.text import moment_key
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import notifications as db
from app.db.handles.notifications import NotificationRow
from app.db.paging import Asked, Found
from app.kernel.access import require_session
from app.services.acceptance import verified_key

NEWEST = "\x7f"
"""Sorts after every place of the list."""
MOST_COUNTED = 1000
State = Literal["unread", "read", "archived"]


class Unread(msgspec.Struct, frozen=True):
    """``has_more``: there are more than were counted."""

    unread: int
    has_more: bool


class Read(msgspec.Struct, frozen=True):
    marked: int


async def list_mine(
    tx: ReadTransaction,
    caller: Caller,
    asked: Asked[str],
    now: datetime,
    welcomed: Tenants,
    *,
    workspace_id: str | None,
    state: State | None,
) -> Found[str]:
    """The newest first; what is archived only by that ``state``."""
    await require_session(tx, caller)
    rows = await db.list_notifications(
        tx,
        channel=Channel.IN_APP,
        of_workspace=workspace_id,
        state=state,
        after_key="",
        before_key=asked.place,
        page_size=asked.page_size,
        **_mine(caller, now, welcomed),
    )
    return asked.found(rows, lambda row: moment_key(row.created_at, row.id))


async def count_mine(
    tx: ReadTransaction, caller: Caller, *, now: datetime, welcomed: Tenants, workspace_id: str | None
) -> Unread:
    """As far as ``MOST_COUNTED``."""
    await require_session(tx, caller)
    count = await db.count_unread(
        tx, of_workspace=workspace_id, most=MOST_COUNTED + 1, **_mine(caller, now, welcomed)
    )
    return Unread(min(count, MOST_COUNTED), count > MOST_COUNTED)


async def set_state(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    welcomed: Tenants,
    notification_id: str,
    state: State,
) -> NotificationRow:
    """It is one's own and says nothing to others, so no log tells of it. Raises ``NotificationNotFound``."""
    await require_session(tx, caller)
    await db.set_notification_state(tx, user_id=caller.user_id, notification_id=notification_id, state=state)
    return await _find(tx, caller, tools.clock(), welcomed, notification_id)


async def read_all(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    welcomed: Tenants,
    up_to: str,
    workspace_id: str | None,
) -> Read:
    """Those that came no later than one: what has come since, the person has not seen. Raises
    ``NotificationNotFound``."""
    await require_session(tx, caller)
    last = await _find(tx, caller, tools.clock(), welcomed, up_to)
    marked = await db.read_notifications(
        tx,
        user_id=caller.user_id,
        of_workspace=workspace_id,
        of_org=caller.org_id,
        until_key=moment_key(last.created_at, last.id),
    )
    return Read(marked)


async def _find(
    tx: ReadTransaction, caller: Caller, now: datetime, welcomed: Tenants, notification_id: str
) -> NotificationRow:
    row = await db.get_notification(tx, notification_id=notification_id, **_mine(caller, now, welcomed))
    if row is None:
        raise NotificationNotFound
    return row


def _mine(caller: Caller, now: datetime, welcomed: Tenants) -> dict[str, Any]:
    return {
        "user_id": caller.user_id,
        "of_org": caller.org_id,
        "email_key": verified_key(caller, welcomed),
        "now": now,
    }
