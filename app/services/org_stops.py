"""Whom the directories of an organisation have stopped there, and putting one back by hand.

A directory may be wrong, away or cut, so that it puts nobody back: then an administrator does, as they let
people in and out otherwise. What the directory tells of the person stays as it is, so it stops them again
when it says so anew: by deleting them, or by activating and stopping them.
"""

from __future__ import annotations

from app.core.caller import Caller, Tools
from app.core.errors import StopNotFound
from app.core.permissions import OrgRole
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import org_stops as db
from app.db.handles.org_members import get_org_member
from app.db.paging import Asked, Found
from app.kernel.org_access import enter_organization, enter_organization_to_change
from app.kernel.people import hold_accounts
from app.kernel.platform_audit import record_for_account, record_for_organization


async def list_org_stops(
    tx: ReadTransaction, caller: Caller, asked: Asked[str], *, org_id: str
) -> Found[str]:
    """By account id."""
    await enter_organization(
        tx, caller, org_id=org_id, operation="organization.stop.list", minimum=OrgRole.ADMIN
    )
    rows = await db.list_org_stops(tx, org_id=org_id, after_id=asked.place, page_size=asked.page_size)
    return asked.found(rows, lambda row: row.user_id)


async def lift_org_stop(
    tx: WriteTransaction, caller: Caller, tools: Tools, *, org_id: str, user_id: str, reason: str
) -> None:
    """All of the person's there, whichever directory's. Who is ADMIN, or OWNER, is put back by the OWNER, who
    makes ADMINs; an OWNER who is stopped is none who may act, so by nobody here. Raises ``StopNotFound``, and
    ``Held``: in what is not in work nobody comes back."""
    hold_accounts(tx, user_id)
    access = await enter_organization_to_change(
        tx, caller, org_id=org_id, operation="organization.stop.lift", minimum=OrgRole.ADMIN
    )
    member = await get_org_member(tx, org_id=org_id, member_user_id=user_id)
    if member is not None and member.role != OrgRole.MEMBER and access.role is not OrgRole.OWNER:
        raise access.deny(OrgRole.OWNER, "Only the OWNER puts an ADMIN back.")
    lifted = await db.delete_org_stops(tx, org_id=org_id, account_id=user_id)
    if not lifted:
        raise StopNotFound
    details = {"reason": reason, "directories": lifted}
    await record_for_account(
        tx,
        caller,
        tools,
        user_id=user_id,
        action="account.restored_in_organization",
        details={"org_id": org_id, "by": "administrator"},
    )
    await record_for_organization(
        tx,
        caller,
        tools,
        org_id=org_id,
        action="organization.stop_lifted",
        target_type="user",
        target_id=user_id,
        details=details,
    )
