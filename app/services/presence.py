"""Who is there: whoever has a socket of a workspace open, and does not mind being shown."""

from __future__ import annotations

import msgspec

from app.core.caller import Caller, Tools
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import presence as db
from app.db.handles.accounts import lock_account
from app.db.paging import Asked, Found
from app.kernel.access import enter, require_session
from app.kernel.platform_audit import record_for_account
from app.kernel.presence import span
from app.services.users import find_own


class Visibility(msgspec.Struct, frozen=True):
    is_hidden: bool


async def list_presence(
    tx: ReadTransaction, caller: Caller, asked: Asked[str], tools: Tools, *, workspace_id: str
) -> Found[str]:
    """By user id. It is not for guests, who are shown to others."""
    await enter(tx, caller, workspace_id=workspace_id, operation="presence.list")
    rows = await db.list_presence(
        tx, workspace_id=workspace_id, after_id=asked.place, page_size=asked.page_size, **span(tools.clock())
    )
    return asked.found(rows, lambda row: row.user_id)


async def get_visibility(tx: ReadTransaction, caller: Caller, *, user_id: str) -> Visibility:
    """Raises ``UserNotFound``, and ``AccessDenied`` for another's."""
    session = await require_session(tx, caller)
    await find_own(tx, caller, session, user_id=user_id, operation="user.read_presence")
    return Visibility(await db.read_hidden(tx, user_id=user_id) is not None)


async def set_visibility(
    tx: WriteTransaction, caller: Caller, tools: Tools, *, user_id: str, is_hidden: bool
) -> Visibility:
    """In every workspace; who is hidden sees others all the same. What is so already writes nothing."""
    lock_account(tx, account_id=caller.user_id)
    session = await require_session(tx, caller)
    await find_own(tx, caller, session, user_id=user_id, operation="user.set_presence")
    if (await db.read_hidden(tx, user_id=user_id) is not None) != is_hidden:
        if is_hidden:
            db.hide(tx, user_id=user_id, now=tools.clock())
        else:
            db.show(tx, user_id=user_id)
        await record_for_account(
            tx, caller, tools, action="presence.hidden" if is_hidden else "presence.shown"
        )
    return Visibility(is_hidden)
