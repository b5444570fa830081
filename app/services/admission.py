"""Letting in whoever was invited or has a link: what is asked of the place and of whoever answers for them,
and the membership."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from app.core.caller import Caller, Tools
from app.core.errors import InviterMayNot, NotAuthorized
from app.core.permissions import OrgRole, Role, Status
from app.core.text import member_key
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import admission as db
from app.db.handles.accounts import SessionRow, lock_account
from app.db.handles.admission import JoinableRow
from app.db.handles.members import insert_member
from app.db.handles.org_members import insert_org_member
from app.db.handles.organizations import lock_organization
from app.db.handles.workspaces import lock_workspace
from app.kernel import audit, usage
from app.kernel.access import OTHER_ORGANIZATION, require_in_work, require_session
from app.kernel.platform_audit import record_for_organization


class Place(NamedTuple):
    """A workspace or an organisation."""

    kind: Literal["workspace", "org"]
    id: str


async def hold_caller(tx: WriteTransaction, caller: Caller) -> SessionRow:
    """The caller's guard row, first of all: nobody comes in who is being let out, nor under a name that is
    just being changed. Raises as ``require_session`` does."""
    lock_account(tx, account_id=caller.user_id)
    return await require_session(tx, caller)


def lock(tx: WriteTransaction, place: Place) -> None:
    """Its guard row, before what is decided by it is read."""
    if place.kind == "workspace":
        lock_workspace(tx, workspace_id=place.id)
    else:
        lock_organization(tx, org_id=place.id)


async def find_joinable(
    tx: ReadTransaction, caller: Caller, place: Place, *, sponsor_id: str
) -> JoinableRow | None:
    """The place with the part in it of the caller and of whoever answers for them; None where it is gone.
    Raises ``NotAuthorized`` for a token that was given for another organisation."""
    who = {"user_id": caller.user_id, "sponsor_id": sponsor_id}
    if place.kind == "workspace":
        row = await db.read_workspace_to_join(tx, workspace_id=place.id, **who)
    else:
        row = await db.read_organization_to_join(tx, org_id=place.id, **who)
    if row is None or not row.is_active:
        return None
    if caller.org_id not in (None, row.org_id):
        raise NotAuthorized(OTHER_ORGANIZATION)
    return row


def require_open(row: JoinableRow) -> None:
    """Raises ``Held`` for what is not in work."""
    require_in_work(Status(row.status), Status(row.org_status) if row.org_status else None)


def require_sponsor(place: Place, row: JoinableRow, role: str) -> None:
    """Whoever answers for it may give this role now, whatever they could when they did. Raises
    ``InviterMayNot``."""
    if (
        row.sponsor_role is None
        or row.sponsor_status != "ACTIVE"
        or not may_grant(place, row.sponsor_role, role)
    ):
        raise InviterMayNot


def may_grant(place: Place, mine: str, role: str) -> bool:
    if place.kind == "workspace":
        return Role(mine).may_grant(Role(role))
    return OrgRole(mine).may_grant(OrgRole(role))


async def let_in(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    place: Place,
    row: JoinableRow,
    *,
    display_name: str | None,
    role: str,
    sponsor_id: str,
    by: Mapping[str, str],
    is_asked: bool = True,
) -> str:
    """Makes the caller a member and records it; ``by`` says by what. Without ``is_asked`` they did not say so
    themselves, so it is as if they had been added, and gives nobody more say over them. Answers the member's
    id. Raises ``LimitExceeded``, and ``MemberExists`` through the table's unique index."""
    member_id = tools.new_id()
    values: dict[str, Any] = {
        "member_id": member_id,
        "user_id": caller.user_id,
        "display_name": display_name,
        "role": role,
        "source": "invitation" if is_asked else "manual",
        "added_by": sponsor_id,
        "now": tools.clock(),
        "list_key": row.list_key,
        "member_key": member_key(display_name, caller.user_id),
    }
    if place.kind == "workspace":
        insert_member(tx, workspace_id=place.id, is_guest=False, **values)
        told = "member.added", "member", member_id
    else:
        insert_org_member(tx, org_id=place.id, **values)
        told = "organization.member_added", "user", caller.user_id
    await usage.take_seat(tx, row.org_id, caller.user_id)
    await record(tx, caller, tools, place, *told, {"user_id": caller.user_id, "role": role, **by})
    return member_id


async def record(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    place: Place,
    action: str,
    target_type: str,
    target_id: str,
    details: Mapping[str, Any] | None = None,
) -> None:
    """In the place's own log."""
    if place.kind == "workspace":
        await audit.record(
            tx,
            caller,
            tools,
            workspace_id=place.id,
            action=action,
            target_type=target_type,
            target_id=target_id,
            details=details,
        )
    else:
        await record_for_organization(
            tx,
            caller,
            tools,
            org_id=place.id,
            action=action,
            target_type=target_type,
            target_id=target_id,
            details=details,
        )
