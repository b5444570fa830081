"""Links by which a bounded number of people join a workspace. As with invitations, the code is made by
whoever calls, and only its digest comes here."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import msgspec

from app.core.caller import Caller, Passage, Tools
from app.core.errors import JoinLinkEnded, JoinLinkNotFound, MemberExists, NotAuthorized
from app.core.opaque_tokens import token_digest
from app.core.tenants import Tenants
from app.core.text import moment_key
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import join_links as db
from app.db.handles.join_links import FoundJoinLinkRow, JoinLinkRow
from app.db.paging import Asked, Found
from app.kernel import audit
from app.kernel.access import enter, enter_to_change
from app.kernel.people import hold_accounts
from app.services.admission import (
    Place,
    find_joinable,
    hold_caller,
    let_in,
    lock,
    require_open,
    require_sponsor,
)

LAST = "~"
"""Before which every link and transfer is, by when it was made."""


_record = partial(audit.record, target_type="join_link")


class Joined(msgspec.Struct, frozen=True):
    workspace_id: str
    name: str
    role: str
    member_id: str


async def create_join_link(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    role: str,
    usage_limit: int,
    lifetime: timedelta,
    code_hash: str,
) -> JoinLinkRow:
    """``role`` is one that every ADMIN may give."""
    hold_accounts(tx, caller.user_id)
    await enter_to_change(tx, caller, workspace_id=workspace_id, operation="join_link.create")
    now = tools.clock()
    link = JoinLinkRow(
        id=tools.new_id(),
        role=role,
        usage_limit=usage_limit,
        usage_count=0,
        created_by=caller.user_id,
        created_at=now,
        expires_at=now + lifetime,
    )
    db.insert_join_link(
        tx,
        join_link_id=link.id,
        workspace_id=workspace_id,
        role=role,
        code_hash=code_hash,
        usage_limit=usage_limit,
        created_by=caller.user_id,
        now=now,
        expires_at=link.expires_at,
        list_key=moment_key(now, link.id),
    )
    details = {"role": role, "usage_limit": usage_limit}
    await _record(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action="join_link.created",
        target_id=link.id,
        details=details,
    )
    return link


async def list_join_links(
    tx: ReadTransaction, caller: Caller, asked: Asked[str], *, workspace_id: str
) -> Found[str]:
    """The newest first, those too that have ended, as long as they are kept."""
    await enter(tx, caller, workspace_id=workspace_id, operation="join_link.list")
    rows = await db.list_join_links(
        tx, workspace_id=workspace_id, before_key=asked.place, page_size=asked.page_size
    )
    return asked.found(rows, lambda row: moment_key(row.created_at, row.id))


async def remove_join_link(
    tx: WriteTransaction, caller: Caller, tools: Tools, *, workspace_id: str, join_link_id: str
) -> None:
    """Whoever joined by it stays."""
    await enter_to_change(tx, caller, workspace_id=workspace_id, operation="join_link.remove")
    if await db.get_join_link(tx, workspace_id=workspace_id, join_link_id=join_link_id) is None:
        raise JoinLinkNotFound
    await db.delete_join_link(tx, workspace_id=workspace_id, join_link_id=join_link_id)
    await _record(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action="join_link.removed",
        target_id=join_link_id,
    )


async def join(tx: WriteTransaction, caller: Caller, tools: Tools, *, code: str, welcomed: Tenants) -> Joined:
    """Makes the caller a member. Raises ``NotAuthorized`` for who is none of the ``welcomed``,
    ``JoinLinkNotFound``, ``JoinLinkEnded``, ``MemberExists``, ``InviterMayNot``, ``LimitExceeded``, and
    ``Held`` for what is not in work."""
    session = await hold_caller(tx, caller)
    if setting := welcomed.obstacle(caller.identity):
        raise NotAuthorized(
            f"You may not join by a link here, by the setting {setting}.", details={"required": setting}
        )
    code_hash = token_digest(code)
    place = Place("workspace", (await _find(tx, code_hash)).workspace_id)
    lock(tx, place)
    # Again: it may have been removed before its workspace was held.
    link = await _find(tx, code_hash)
    joinable = await find_joinable(tx, caller, place, sponsor_id=link.created_by)
    if joinable is None:
        raise JoinLinkNotFound
    require_open(joinable)
    if joinable.role is not None:
        raise MemberExists
    require_sponsor(place, joinable, link.role)
    if not await db.use_join_link(tx, workspace_id=place.id, join_link_id=link.id, now=tools.clock()):
        raise JoinLinkEnded
    member_id = await let_in(
        tx,
        caller,
        tools,
        place,
        joinable,
        display_name=session.display_name,
        role=link.role,
        sponsor_id=link.created_by,
        by={"join_link_id": link.id},
    )
    caller.passages.note(Passage("workspace", place.id, "workspace.read"))
    return Joined(place.id, joinable.name, link.role, member_id)


async def _find(tx: ReadTransaction, code_hash: str) -> FoundJoinLinkRow:
    row = await db.find_join_link(tx, code_hash=code_hash)
    if row is None:
        raise JoinLinkNotFound
    return row
