"""Handing a workspace over, in two steps: an OWNER asks a member, who accepts and is OWNER then; whoever
asked stays as ADMIN. Every change holds the workspace's guard row."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.core.caller import Caller, Passage, Tools
from app.core.errors import (
    BusinessRule,
    InviterMayNot,
    MemberNotFound,
    TransferEnded,
    TransferNotFound,
)
from app.core.permissions import Role
from app.core.text import moment_key
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import transfers as db
from app.db.handles.members import find_member, update_member
from app.db.handles.transfers import TransferRow
from app.db.paging import Asked, Found
from app.kernel import audit
from app.kernel.access import Access, enter, enter_to_change
from app.kernel.people import hold_accounts
from app.services.admission import Place, find_joinable, hold_caller
from app.services.members import require_guest_role


async def ask(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    user_id: str,
    lifetime: timedelta,
) -> TransferRow:
    """Raises ``TransferExists``, through the table's unique index, while one waits, ``MemberNotFound``, and
    ``BusinessRule`` for whoever is an OWNER already."""
    hold_accounts(tx, caller.user_id, user_id)
    await enter_to_change(tx, caller, workspace_id=workspace_id, operation="transfer.create")
    member = await find_member(tx, workspace_id=workspace_id, account_id=user_id)
    if member is None:
        raise MemberNotFound
    if member.role == Role.OWNER:
        raise BusinessRule("This member is an OWNER already.")
    require_guest_role(Role.OWNER, is_guest=member.is_guest)
    transfer_id, now = tools.new_id(), tools.clock()
    db.expire_transfer(tx, workspace_id=workspace_id, now=now)
    db.insert_transfer(
        tx,
        transfer_id=transfer_id,
        workspace_id=workspace_id,
        from_user=caller.user_id,
        to_user=user_id,
        now=now,
        expires_at=now + lifetime,
        list_key=moment_key(now, transfer_id),
    )
    transfer = await _get(tx, workspace_id, transfer_id, now)
    # Once it is accepted, whoever sends this again is no OWNER any more.
    caller.passages.only(Passage("workspace", workspace_id, "transfer.list"))
    await _record(tx, caller, tools, transfer, "transfer.created")
    return transfer


async def list_transfers(
    tx: ReadTransaction, caller: Caller, asked: Asked[str], now: datetime, *, workspace_id: str
) -> Found[str]:
    """The newest first, those too that have ended, as long as they are kept."""
    await enter(tx, caller, workspace_id=workspace_id, operation="transfer.list")
    rows = await db.list_transfers(
        tx, workspace_id=workspace_id, now=now, before_key=asked.place, page_size=asked.page_size
    )
    return asked.found(rows, lambda row: moment_key(row.created_at, row.id))


async def accept(
    tx: WriteTransaction, caller: Caller, tools: Tools, *, workspace_id: str, transfer_id: str
) -> TransferRow:
    """By the one who was asked, and has signed in: so there is an OWNER who may act at all times. Raises
    ``TransferEnded``, and ``InviterMayNot`` where whoever asked is no OWNER any more."""
    # Held, so that nobody becomes the OWNER whose account is just being closed.
    await hold_caller(tx, caller)
    access, transfer = await _asked(tx, caller, tools, workspace_id, transfer_id, "transfer.accept")
    ended = await _end(tx, tools, transfer, "ACCEPTED")
    asker = await find_member(tx, workspace_id=workspace_id, account_id=transfer.from_user)
    place = Place("workspace", workspace_id)
    joinable = await find_joinable(tx, caller, place, sponsor_id=transfer.from_user)
    if asker is None or asker.role != Role.OWNER or joinable is None or joinable.sponsor_status != "ACTIVE":
        raise InviterMayNot
    for member_id, user_id, old, new in (
        (access.member_id, caller.user_id, access.role, Role.OWNER),
        (asker.id, asker.user_id, Role.OWNER, Role.ADMIN),
    ):
        if old is not new:
            update_member(
                tx,
                workspace_id=workspace_id,
                member_id=member_id,
                role=new,
                is_guest=False,
                now=tools.clock(),
            )
            details = {"user_id": user_id, "from": old, "to": new, "transfer_id": transfer_id}
            await audit.record(
                tx,
                caller,
                tools,
                workspace_id=workspace_id,
                action="member.role_changed",
                target_type="member",
                target_id=member_id,
                details=details,
            )
    await _record(tx, caller, tools, ended, "transfer.accepted")
    return ended


async def decline(
    tx: WriteTransaction, caller: Caller, tools: Tools, *, workspace_id: str, transfer_id: str
) -> TransferRow:
    """By the one who was asked. Raises ``TransferEnded``."""
    _, transfer = await _asked(tx, caller, tools, workspace_id, transfer_id, "transfer.decline")
    ended = await _end(tx, tools, transfer, "DECLINED")
    await _record(tx, caller, tools, ended, "transfer.declined")
    return ended


async def cancel(
    tx: WriteTransaction, caller: Caller, tools: Tools, *, workspace_id: str, transfer_id: str
) -> None:
    """By any OWNER. Raises ``TransferEnded``."""
    await enter_to_change(tx, caller, workspace_id=workspace_id, operation="transfer.cancel")
    transfer = await _get(tx, workspace_id, transfer_id, tools.clock())
    ended = await _end(tx, tools, transfer, "CANCELLED")
    await _record(tx, caller, tools, ended, "transfer.cancelled")


async def _asked(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    workspace_id: str,
    transfer_id: str,
    operation: str,
) -> tuple[Access, TransferRow]:
    """Raises ``AccessDenied`` for whoever was not asked."""
    access = await enter_to_change(tx, caller, workspace_id=workspace_id, operation=operation)
    transfer = await _get(tx, workspace_id, transfer_id, tools.clock())
    if transfer.to_user != caller.user_id:
        raise access.deny("whoever was asked", "Somebody else was asked to take this workspace over.")
    return access, transfer


async def _end(tx: WriteTransaction, tools: Tools, transfer: TransferRow, state: str) -> TransferRow:
    now = tools.clock()
    if not await db.end_transfer(
        tx, workspace_id=transfer.workspace_id, transfer_id=transfer.id, state=state, now=now
    ):
        raise TransferEnded(details={"state": transfer.state})
    return await _get(tx, transfer.workspace_id, transfer.id, now)


async def _get(tx: ReadTransaction, workspace_id: str, transfer_id: str, now: datetime) -> TransferRow:
    row = await db.get_transfer(tx, workspace_id=workspace_id, transfer_id=transfer_id, now=now)
    if row is None:
        raise TransferNotFound
    return row


async def _record(
    tx: WriteTransaction, caller: Caller, tools: Tools, transfer: TransferRow, action: str
) -> None:
    await audit.record(
        tx,
        caller,
        tools,
        workspace_id=transfer.workspace_id,
        action=action,
        target_type="transfer",
        target_id=transfer.id,
        details={"from_user": transfer.from_user, "to_user": transfer.to_user},
    )
