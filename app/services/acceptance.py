"""Invitations, as those who are invited see them.

Whoever shows the token has received what was sent to the address, or was given it; so the address that their
issuer says must be the same, though most issuers verify none. Without the token, an address counts only where
the issuer says that it has verified it, and of tenants that ``INVITATION_TENANTS`` names.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import NamedTuple

import msgspec

from app.core.caller import Caller, Passage, Tools
from app.core.errors import Conflict, InvitationEnded, InvitationForAnother, InvitationNotFound
from app.core.opaque_tokens import token_digest
from app.core.permissions import OrgRole
from app.core.tenants import Tenants
from app.core.text import email_key, name_key
from app.db.connection import Database, ReadTransaction, WriteTransaction
from app.db.errors import TransientError
from app.db.handles import invitations as db
from app.db.handles.admission import JoinableRow
from app.db.handles.invitations import FoundInvitationRow, MyInvitationRow
from app.db.paging import Asked, Found
from app.kernel.access import AccessDenied, Denial, require_session
from app.services.admission import (
    Place,
    find_joinable,
    hold_caller,
    let_in,
    lock,
    record,
    require_open,
    require_sponsor,
)

_AT_ONCE, _LOOKED_AT = 20, 500
"""How many invitations a sign-in tries to accept, and among how many these are chosen."""


class WrongAccount(AccessDenied, InvitationForAnother):
    """It is told in the log of the place, too."""


class Preview(msgspec.Struct, frozen=True):
    id: str
    workspace_id: str | None
    org_id: str | None
    name: str
    role: str
    state: str
    invited_by: str
    inviter_name: str | None
    expires_at: datetime


class Accepted(msgspec.Struct, frozen=True):
    """``member_id`` is None for whoever was a member already."""

    workspace_id: str | None
    org_id: str | None
    name: str
    role: str
    member_id: str | None


class Shown(NamedTuple):
    """What the caller says which invitation is meant by: its token, or the id of one of theirs."""

    token: str | None = None
    invitation_id: str | None = None


async def preview(tx: ReadTransaction, caller: Caller, now: datetime, *, token: str) -> Preview:
    """Raises ``InvitationNotFound``, and ``WrongAccount`` for whoever has another address: they learn
    nothing of it."""
    await require_session(tx, caller)
    row = await _by_token(tx, token, now)
    place = _require_own(caller, row, "invitation.preview")
    joinable = await _joinable(tx, caller, place, row)
    return Preview(
        id=row.id,
        workspace_id=row.workspace_id,
        org_id=row.org_id,
        name=joinable.name,
        role=row.role,
        state=row.state,
        invited_by=row.invited_by,
        inviter_name=joinable.sponsor_name,
        expires_at=row.expires_at,
    )


async def accept(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    shown: Shown,
    welcomed: Tenants,
    by_itself: bool = False,
) -> Accepted:
    """Makes the caller a member. Raises ``InvitationNotFound``, ``WrongAccount``, ``InvitationEnded``,
    ``InviterMayNot``, ``LimitExceeded``, and ``Held`` for what is not in work. For whoever is a member
    already it ends and changes nothing else."""
    session = await hold_caller(tx, caller)
    place, row = await _take(tx, caller, tools, shown, welcomed, "invitation.accept")
    joinable = await _joinable(tx, caller, place, row)
    require_open(joinable)
    require_sponsor(place, joinable, row.role)
    await _end(tx, caller, tools, row, "ACCEPTED")
    member_id = None
    if joinable.role is None:
        member_id = await let_in(
            tx,
            caller,
            tools,
            place,
            joinable,
            display_name=session.display_name,
            role=row.role,
            sponsor_id=row.invited_by,
            by={"invitation_id": row.id, "invited_by": row.invited_by},
            is_asked=not by_itself,
        )
    if place.kind == "workspace":
        caller.passages.note(Passage("workspace", place.id, "workspace.read"))
    else:
        caller.passages.note(Passage("org", place.id, "organization.read", OrgRole.MEMBER))
    details = {"role": row.role, "member_id": member_id, "by_itself": by_itself}
    await record(tx, caller, tools, place, "invitation.accepted", "invitation", row.id, details)
    return Accepted(row.workspace_id, row.org_id, joinable.name, row.role, member_id)


async def decline(
    tx: WriteTransaction, caller: Caller, tools: Tools, *, shown: Shown, welcomed: Tenants
) -> None:
    """Raises as ``accept`` does, but for ``InviterMayNot``."""
    await hold_caller(tx, caller)
    place, row = await _take(tx, caller, tools, shown, welcomed, "invitation.decline")
    require_open(await _joinable(tx, caller, place, row))
    await _end(tx, caller, tools, row, "DECLINED")
    await record(tx, caller, tools, place, "invitation.declined", "invitation", row.id)


async def list_mine(
    tx: ReadTransaction, caller: Caller, asked: Asked[str], now: datetime, welcomed: Tenants
) -> Found[str]:
    """What waits for the caller's address; nothing for an address that nobody has verified."""
    await require_session(tx, caller)
    key = verified_key(caller, welcomed)
    if key is None:
        return Found([], None)
    rows = await db.list_invitations_of_address(
        tx, email_key=key, now=now, after_key=asked.place, page_size=asked.page_size
    )

    def place_of(row: MyInvitationRow) -> str:
        return name_key(key, row.id)

    return asked.found(rows, place_of)


async def find_waiting(
    database: Database, caller: Caller, tools: Tools, welcomed: Tenants
) -> Sequence[MyInvitationRow]:
    """Of what waits for the caller's verified address, as much as is accepted at once. Of more, others each
    time: what cannot be accepted, and so waits on, shall not be in the way of the rest."""
    key = verified_key(caller, welcomed)
    if key is None:
        return []
    async with database.read() as tx:
        waiting = await db.list_invitations_of_address(
            tx, email_key=key, now=tools.clock(), after_key="", page_size=_LOOKED_AT
        )
    if len(waiting) <= _AT_ONCE:
        return waiting
    return sorted(waiting, key=lambda row: tools.random_bytes(8))[:_AT_ONCE]


async def accept_by_itself(
    database: Database,
    caller: Caller,
    tools: Tools,
    waiting: Iterable[MyInvitationRow],
    welcomed: Tenants,
) -> None:
    """Each in a transaction of its own: what cannot be accepted now waits on, and keeps nobody from signing
    in. The session was found live."""
    for row in waiting:
        shown = Shown(invitation_id=row.id)
        work = partial(accept, caller=caller, tools=tools, shown=shown, welcomed=welcomed, by_itself=True)
        with suppress(Conflict, InvitationNotFound, TransientError):
            await database.transact(work)


def verified_key(caller: Caller, welcomed: Tenants) -> str | None:
    """The caller's address as invitations are found by it, without their token; None where it does not
    count."""
    identity = caller.identity
    if identity.email is None or not identity.has_verified_email or welcomed.obstacle(identity):
        return None
    return email_key(identity.email)


async def _take(
    tx: WriteTransaction, caller: Caller, tools: Tools, shown: Shown, welcomed: Tenants, operation: str
) -> tuple[Place, FoundInvitationRow]:
    """The invitation as it is under the guard row of its place: it may have been sent anew before that."""
    lock(tx, _place(await _find(tx, caller, shown, welcomed, tools.clock())))
    row = await _find(tx, caller, shown, welcomed, tools.clock())
    place = _require_own(caller, row, operation)
    if row.state != "PENDING":
        raise InvitationEnded(details={"state": row.state})
    return place, row


async def _find(
    tx: ReadTransaction, caller: Caller, shown: Shown, welcomed: Tenants, now: datetime
) -> FoundInvitationRow:
    if shown.token is not None:
        return await _by_token(tx, shown.token, now)
    row = await db.find_invitation(tx, invitation_id=shown.invitation_id or "", now=now)
    # That there is one is the business of whoever has the address.
    if row is None or row.email_key != verified_key(caller, welcomed):
        raise InvitationNotFound
    return row


async def _by_token(tx: ReadTransaction, token: str, now: datetime) -> FoundInvitationRow:
    row = await db.find_invitation_by_token(tx, token_hash=token_digest(token), now=now)
    if row is None:
        raise InvitationNotFound
    return row


def _place(row: FoundInvitationRow) -> Place:
    return Place("workspace", row.workspace_id) if row.workspace_id else Place("org", row.org_id or "")


def _require_own(caller: Caller, row: FoundInvitationRow, operation: str) -> Place:
    """Raises ``WrongAccount``."""
    place, email = _place(row), caller.identity.email
    if email is None or email_key(email) != row.email_key:
        raise WrongAccount(
            Denial(place.kind, place.id, operation, "address", None), InvitationForAnother.default_message
        )
    return place


async def _joinable(
    tx: ReadTransaction, caller: Caller, place: Place, row: FoundInvitationRow
) -> JoinableRow:
    joinable = await find_joinable(tx, caller, place, sponsor_id=row.invited_by)
    if joinable is None:
        raise InvitationNotFound
    return joinable


async def _end(
    tx: WriteTransaction, caller: Caller, tools: Tools, row: FoundInvitationRow, state: str
) -> None:
    if not await db.end_invitation(
        tx, invitation_id=row.id, state=state, ended_by=caller.user_id, now=tools.clock()
    ):
        raise InvitationEnded(details={"state": row.state})
