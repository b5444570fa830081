"""Who decides for whom for a while, whatever is to be decided about. It is taken from nobody: both may
decide, and it counts once."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Literal

from app.core.approval_errors import DelegationNotFound, TooManyDelegations
from app.core.caller import Caller, Tools
from app.core.errors import BusinessRule
from app.core.permissions import Role
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import approval_delegations as db
from app.db.handles.approval_delegations import DelegationRow
from app.db.paging import Asked, Found
from app.kernel import audit
from app.kernel.access import enter, enter_to_change
from app.kernel.approval_cases import MOST_STANDING
from app.services.approval_decisions import MOST_DELEGATES, require_delegate

_BEFORE_ALL = "00000000-0000-0000-0000-000000000000"
_LONGEST = timedelta(days=366)
_record = partial(audit.record, target_type="approval_delegation")
Direction = Literal["from_me", "to_me"]


async def create(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    user_id: str,
    starts_at: datetime | None,
    ends_at: datetime,
) -> DelegationRow:
    """Raises ``TooManyDelegations``, and ``BusinessRule`` for who decides nothing, and for a time that is
    over, ends before it starts, or is longer than a year."""
    await enter_to_change(tx, caller, workspace_id=workspace_id, operation="approval_delegation.create")
    now = tools.clock()
    begin = starts_at or now
    if not max(begin, now) < ends_at:
        raise BusinessRule("It ends after it starts, and in the future.")
    if ends_at - begin > _LONGEST or begin - now > _LONGEST:
        raise BusinessRule("It starts within a year, and lasts a year at most.")
    await require_delegate(tx, caller, workspace_id, user_id)
    db.delete_ended_delegations(tx, workspace_id=workspace_id, account_id=caller.user_id, now=now)
    held = await db.list_delegations_from(
        tx, workspace_id=workspace_id, account_id=caller.user_id, after_id=_BEFORE_ALL, page_size=1000
    )
    if sum(each.request_id is None for each in held) >= MOST_DELEGATES:
        raise TooManyDelegations(details={"max": MOST_DELEGATES})
    # The workspace is held: nobody adds another meanwhile.
    standing = await db.count_standing_delegations(tx, workspace_id=workspace_id, now=now, most=MOST_STANDING)
    if standing >= MOST_STANDING:
        raise TooManyDelegations(
            "In this workspace as many people decide for others as may at once.",
            details={"max": MOST_STANDING},
        )
    row = DelegationRow(
        id=tools.new_id(),
        from_user=caller.user_id,
        to_user=user_id,
        request_id=None,
        starts_at=begin,
        ends_at=ends_at,
        created_at=now,
    )
    db.insert_delegation(
        tx,
        delegation_id=row.id,
        workspace_id=workspace_id,
        from_user=row.from_user,
        to_user=row.to_user,
        request_id=None,
        starts_at=begin,
        ends_at=ends_at,
        now=now,
    )
    await _tell(tx, caller, tools, workspace_id, row, "approval_delegation.created")
    return row


async def list_delegations(
    tx: ReadTransaction, caller: Caller, asked: Asked[str], *, workspace_id: str, direction: Direction
) -> Found[str]:
    """The caller's own, or those by which they decide for others; those of single requests too."""
    await enter(tx, caller, workspace_id=workspace_id, operation="approval_delegation.list")
    listed = db.list_delegations_from if direction == "from_me" else db.list_delegations_to
    rows = await listed(
        tx,
        workspace_id=workspace_id,
        account_id=caller.user_id,
        after_id=asked.place or _BEFORE_ALL,
        page_size=asked.page_size,
    )
    return asked.found(rows, lambda row: row.id)


async def remove(
    tx: WriteTransaction, caller: Caller, tools: Tools, *, workspace_id: str, delegation_id: str
) -> None:
    """By whoever gave or got it, or an ADMIN. What was decided by it stays. Raises ``DelegationNotFound``,
    also where it is not for the caller to see."""
    access = await enter_to_change(
        tx, caller, workspace_id=workspace_id, operation="approval_delegation.remove"
    )
    row = await db.get_delegation(tx, workspace_id=workspace_id, delegation_id=delegation_id)
    if row is None:
        raise DelegationNotFound
    if caller.user_id not in (row.from_user, row.to_user) and not access.role.reaches(Role.ADMIN):
        raise DelegationNotFound
    db.delete_delegation(tx, workspace_id=workspace_id, delegation_id=delegation_id)
    await _tell(tx, caller, tools, workspace_id, row, "approval_delegation.removed")


async def _tell(
    tx: WriteTransaction, caller: Caller, tools: Tools, workspace_id: str, row: DelegationRow, action: str
) -> None:
    facts = {"from_user": row.from_user, "to_user": row.to_user, "request_id": row.request_id}
    details = facts | {
        "starts_at": row.starts_at.isoformat(),
        "ends_at": row.ends_at and row.ends_at.isoformat(),
    }
    await _record(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action=action,
        target_id=row.id,
        details=details,
        data=facts,
    )
