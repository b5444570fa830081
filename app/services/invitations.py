"""Invitations by address, as those who invite see them. Every change holds the guard row of the place.

The token is made by whoever calls and never comes here: only its digest does. It is good for one acceptance,
by somebody with the address.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from app.core.caller import Caller, Tools
from app.core.errors import InvitationEnded, InvitationNotFound
from app.core.permissions import OrgRole
from app.core.text import email_key, name_key
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import invitations as db
from app.db.handles.invitations import InvitationRow
from app.db.paging import Asked, Found
from app.kernel.access import Access, enter, enter_to_change
from app.kernel.org_access import OrgAccess, enter_organization, enter_organization_to_change
from app.kernel.people import hold_accounts
from app.services.admission import Place, may_grant, record
from app.services.outbound_mail import Mailing, queue_invitation


async def invite(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    place: Place,
    email: str,
    role: str,
    token_hash: str,
    lifetime: timedelta,
    mailing: Mailing | None = None,
) -> InvitationRow:
    """With ``mailing`` the token is mailed. Raises ``InvitationExists``, through the table's unique index,
    where one is waiting for this address, and ``AccessDenied`` for a role that the caller may not give."""
    hold_accounts(tx, caller.user_id)
    access = await _enter_to_change(tx, caller, place, "invitation.create")
    _require_grant(access, place, role)
    invitation_id, now = tools.new_id(), tools.clock()
    key = email_key(email)
    values: dict[str, Any] = {
        "invitation_id": invitation_id,
        "email": email,
        "email_key": key,
        "role": role,
        "token_hash": token_hash,
        "invited_by": caller.user_id,
        "now": now,
        "expires_at": now + lifetime,
        "list_key": name_key(email, invitation_id),
    }
    if place.kind == "workspace":
        db.expire_workspace_invitation(tx, workspace_id=place.id, email_key=key, now=now)
        db.insert_workspace_invitation(tx, workspace_id=place.id, **values)
    else:
        db.expire_org_invitation(tx, org_id=place.id, email_key=key, now=now)
        db.insert_org_invitation(tx, org_id=place.id, **values)
    invitation = await _get(tx, place, invitation_id, now)
    if mailing is not None:
        await queue_invitation(tx, tools, mailing, place, invitation_id, token_hash)
    await _record(tx, caller, tools, place, "invitation.created", invitation)
    return invitation


async def list_invitations(
    tx: ReadTransaction, caller: Caller, asked: Asked[str], now: datetime, *, place: Place, pending: bool
) -> Found[str]:
    """By address, those that ended too, as long as they are kept; with ``pending`` only those that wait."""
    operation = "invitation.list"
    page: dict[str, Any] = {
        "pending": pending,
        "now": now,
        "after_key": asked.place,
        "page_size": asked.page_size,
    }
    if place.kind == "workspace":
        await enter(tx, caller, workspace_id=place.id, operation=operation)
        rows = await db.list_workspace_invitations(tx, workspace_id=place.id, **page)
    else:
        await enter_organization(tx, caller, org_id=place.id, operation=operation, minimum=OrgRole.ADMIN)
        rows = await db.list_org_invitations(tx, org_id=place.id, **page)
    return asked.found(rows, lambda row: name_key(row.email, row.id))


async def resend(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    place: Place,
    invitation_id: str,
    token_hash: str,
    lifetime: timedelta,
    mailing: Mailing | None = None,
) -> InvitationRow:
    """Another token for the same address: the one before is good for nothing any more. Whoever resends it
    answers for it from now on. Raises ``InvitationEnded``, and as ``invite`` does."""
    hold_accounts(tx, caller.user_id)
    access = await _enter_to_change(tx, caller, place, "invitation.resend")
    now = tools.clock()
    invitation = await _get(tx, place, invitation_id, now)
    _require_grant(access, place, invitation.role)
    if not await db.renew_invitation(
        tx,
        invitation_id=invitation_id,
        token_hash=token_hash,
        invited_by=caller.user_id,
        now=now,
        expires_at=now + lifetime,
    ):
        raise InvitationEnded(details={"state": invitation.state})
    invitation = await _get(tx, place, invitation_id, now)
    if mailing is not None:
        await queue_invitation(tx, tools, mailing, place, invitation_id, token_hash)
    await _record(tx, caller, tools, place, "invitation.resent", invitation)
    return invitation


async def revoke(
    tx: WriteTransaction, caller: Caller, tools: Tools, *, place: Place, invitation_id: str
) -> None:
    """Any ADMIN may, whatever its role: it takes something away. Raises ``InvitationEnded``."""
    await _enter_to_change(tx, caller, place, "invitation.revoke")
    now = tools.clock()
    invitation = await _get(tx, place, invitation_id, now)
    if not await db.end_invitation(
        tx, invitation_id=invitation_id, state="REVOKED", ended_by=caller.user_id, now=now
    ):
        raise InvitationEnded(details={"state": invitation.state})
    await _record(tx, caller, tools, place, "invitation.revoked", invitation)


async def _enter_to_change(
    tx: WriteTransaction, caller: Caller, place: Place, operation: str
) -> Access | OrgAccess:
    if place.kind == "workspace":
        return await enter_to_change(tx, caller, workspace_id=place.id, operation=operation)
    return await enter_organization_to_change(
        tx, caller, org_id=place.id, operation=operation, minimum=OrgRole.ADMIN
    )


async def _get(tx: ReadTransaction, place: Place, invitation_id: str, now: datetime) -> InvitationRow:
    if place.kind == "workspace":
        row = await db.get_workspace_invitation(
            tx, workspace_id=place.id, invitation_id=invitation_id, now=now
        )
    else:
        row = await db.get_org_invitation(tx, org_id=place.id, invitation_id=invitation_id, now=now)
    if row is None:
        raise InvitationNotFound
    return row


def _require_grant(access: Access | OrgAccess, place: Place, role: str) -> None:
    if not may_grant(place, access.role, role):
        required = "OWNER" if place.kind == "org" else role
        raise access.deny(
            required, f"Nobody invites to a role that they may not give: {role} needs an {required}."
        )


async def _record(
    tx: WriteTransaction, caller: Caller, tools: Tools, place: Place, action: str, invitation: InvitationRow
) -> None:
    # The address is personal, and the invitation has it: the log does without.
    await record(tx, caller, tools, place, action, "invitation", invitation.id, {"role": invitation.role})
