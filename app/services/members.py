"""Members and their roles. Every change holds the workspace's guard row, so that of two owners who
demote each other at once the second sees what the first did."""

import msgspec

from app.core.caller import Caller, Tools
from app.core.errors import LastOwner, MemberNotFound
from app.core.permissions import Role
from app.core.preconditions import Expected, require_version
from app.core.text import key_range, member_key
from app.core.work_errors import GuestRole, UserTypeNotFound
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import members as db
from app.db.handles.accounts import lock_account
from app.db.handles.members import MemberRow
from app.db.handles.user_types import get_user_type
from app.db.paging import Asked, Found
from app.kernel import audit, usage
from app.kernel.access import Access, enter, enter_to_change
from app.kernel.memberships import end_of_membership, end_of_sight
from app.kernel.people import name_to_list


async def add_member(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    user_id: str,
    role: Role,
    display_name: str | None,
    is_guest: bool = False,
) -> MemberRow:
    """Adds a user, who need not have signed in yet: the account then waits for the first sign-in with that
    id, which decides who it is. ``display_name`` is for as long as the directory has said none. Raises
    ``MemberExists`` through UQ_WorkspaceMember_user, ``UserNotFound`` for an account that was erased, and
    ``GuestRole``."""
    # Before the workspace, and held: the name that is read here is still the name when it is written.
    lock_account(tx, account_id=user_id)
    access = await enter_to_change(tx, caller, workspace_id=workspace_id, operation="member.add")
    _require_grant(access, role)
    require_guest_role(role, is_guest=is_guest)
    member = await admit(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        org_id=access.org_id,
        user_id=user_id,
        role=role,
        display_name=display_name,
        is_guest=is_guest,
    )
    details = {"user_id": user_id, "role": role, **({"is_guest": True} if is_guest else {})}
    await _record(tx, caller, tools, access, "member.added", member, details)
    return member


async def admit(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    org_id: str | None,
    user_id: str,
    role: Role,
    display_name: str | None,
    is_guest: bool = False,
) -> MemberRow:
    """The membership of somebody whom the caller may add; whoever calls records it. The account and the
    workspace's guard row are held. ``org_id`` is whose the workspace is. Raises as ``add_member``."""
    now = tools.clock()
    display_name = await name_to_list(tx, caller, user_id=user_id, display_name=display_name, now=now)
    member = MemberRow(
        id=tools.new_id(),
        workspace_id=workspace_id,
        user_id=user_id,
        display_name=display_name,
        role=role,
        is_guest=is_guest,
        user_type_id=None,
        added_at=now,
        added_by=caller.user_id,
        updated_at=now,
        version=1,
    )
    db.insert_member(
        tx,
        member_id=member.id,
        workspace_id=workspace_id,
        user_id=user_id,
        display_name=display_name,
        role=role,
        is_guest=is_guest,
        source="manual",
        added_by=caller.user_id,
        now=now,
        list_key=await db.read_list_key(tx, workspace_id=workspace_id),
        member_key=member_key(display_name, user_id),
    )
    await usage.take_seat(tx, org_id, user_id)
    return member


async def list_members(
    tx: ReadTransaction,
    caller: Caller,
    asked: Asked[str],
    *,
    workspace_id: str,
    role: Role | None,
    user_type_id: str | None,
    name_prefix: str | None,
) -> Found[str]:
    """By display name, optionally of one role, of one user type, and with names that begin with
    ``name_prefix`` (case does not matter)."""
    await enter(tx, caller, workspace_id=workspace_id, operation="member.list")
    first, last = key_range(name_prefix, asked.place)
    size = asked.page_size
    if user_type_id is not None:
        rows = await db.list_members_by_type(
            tx,
            workspace_id=workspace_id,
            user_type_id=user_type_id,
            role=role,
            after_key=first,
            before_key=last,
            page_size=size,
        )
    elif role is None:
        rows = await db.list_members(
            tx, workspace_id=workspace_id, after_key=first, before_key=last, page_size=size
        )
    else:
        rows = await db.list_members_by_role(
            tx, workspace_id=workspace_id, role=role, after_key=first, before_key=last, page_size=size
        )
    return asked.found(rows, lambda row: member_key(row.display_name, row.user_id))


async def get_member(tx: ReadTransaction, caller: Caller, *, workspace_id: str, member_id: str) -> MemberRow:
    await enter(tx, caller, workspace_id=workspace_id, operation="member.read")
    return await _find(tx, workspace_id, member_id)


async def change_member(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    member_id: str,
    role: Role | None = None,
    is_guest: bool | None = None,
    user_type_id: str | msgspec.UnsetType | None = msgspec.UNSET,
    expected: Expected = None,
) -> MemberRow:
    """Another role, or a guest or none, where they are not None, and another user type, or none with None,
    unless UNSET. Of projects that they see no more afterwards, no task is theirs. Raises ``LastOwner`` when
    nobody else is OWNER, ``AccessDenied`` above the caller's own rank, ``GuestRole`` and
    ``UserTypeNotFound``."""
    access = await enter_to_change(tx, caller, workspace_id=workspace_id, operation="member.change_role")
    row = await _find(tx, workspace_id, member_id)
    require_version(row.version, expected)
    old = Role(row.role)
    role, is_guest = role or old, row.is_guest if is_guest is None else is_guest
    _require_manage(access, old)
    _require_grant(access, role)
    type_id = row.user_type_id if user_type_id is msgspec.UNSET else user_type_id
    if (role, is_guest, type_id) == (old, row.is_guest, row.user_type_id):
        return row
    require_guest_role(role, is_guest=is_guest)
    if old is Role.OWNER and role is not Role.OWNER:
        await _require_another_owner(tx, workspace_id, member_id)
    now = tools.clock()
    if type_id != row.user_type_id:
        await _require_type(tx, workspace_id, type_id)
        db.set_member_type(tx, workspace_id=workspace_id, member_id=member_id, user_type_id=type_id, now=now)
    if (role, is_guest) != (old, row.is_guest):
        db.update_member(
            tx, workspace_id=workspace_id, member_id=member_id, role=role, is_guest=is_guest, now=now
        )
    end_of_sight(tx, tools, workspace_id=workspace_id, user_id=row.user_id)
    member = await _find(tx, workspace_id, member_id)
    action, details = "member.type_changed", dict[str, object](user_id=row.user_id)
    if type_id != row.user_type_id:
        details |= {"user_type_id": {"from": row.user_type_id, "to": type_id}}
    if is_guest != row.is_guest:
        action, details = "member.guest_changed", details | {"is_guest": is_guest}
    if role is not old:
        action, details = "member.role_changed", details | {"from": old, "to": role}
    await _record(tx, caller, tools, access, action, member, details)
    return member


async def _require_type(tx: ReadTransaction, workspace_id: str, user_type_id: str | None) -> None:
    """The guard row is held, as it is by whoever deletes a type."""
    if user_type_id is not None and not await get_user_type(
        tx, workspace_id=workspace_id, user_type_id=user_type_id
    ):
        raise UserTypeNotFound


def require_guest_role(role: Role, *, is_guest: bool) -> None:
    """Raises ``GuestRole`` for a guest who would be more than a MEMBER."""
    if is_guest and role.reaches(Role.ADMIN):
        raise GuestRole(details={"role": role})


async def remove_member(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    member_id: str,
    expected: Expected = None,
) -> None:
    """Ends a membership; the person is out on their next request. Raises as ``change_member`` does."""
    access = await enter_to_change(tx, caller, workspace_id=workspace_id, operation="member.remove")
    row = await _find(tx, workspace_id, member_id)
    require_version(row.version, expected)
    _require_manage(access, Role(row.role))
    await _remove(tx, caller, tools, access, row, "member.removed")


async def leave_workspace(tx: WriteTransaction, caller: Caller, tools: Tools, *, workspace_id: str) -> None:
    """Ends the caller's own membership, also of what is not in work. Raises ``LastOwner`` for the only
    OWNER."""
    access = await enter_to_change(
        tx, caller, workspace_id=workspace_id, operation="member.leave", even_held=True
    )
    row = await _find(tx, workspace_id, access.member_id)
    await _remove(tx, caller, tools, access, row, "member.left")


async def _remove(
    tx: WriteTransaction, caller: Caller, tools: Tools, access: Access, row: MemberRow, action: str
) -> None:
    if row.role == Role.OWNER:
        await _require_another_owner(tx, access.workspace_id, row.id)
    await end_of_membership(tx, tools, workspace_id=access.workspace_id, user_id=row.user_id)
    db.delete_member(tx, workspace_id=access.workspace_id, member_id=row.id)
    await usage.free_seat(tx, access.org_id, row.user_id)
    await _record(tx, caller, tools, access, action, row, {"user_id": row.user_id, "role": row.role})


async def _find(tx: ReadTransaction, workspace_id: str, member_id: str) -> MemberRow:
    row = await db.get_member(tx, workspace_id=workspace_id, member_id=member_id)
    if row is None:
        raise MemberNotFound
    return row


async def _require_another_owner(tx: ReadTransaction, workspace_id: str, member_id: str) -> None:
    if not await db.has_another_owner(tx, workspace_id=workspace_id, member_id=member_id):
        raise LastOwner


def _require_grant(access: Access, role: Role) -> None:
    if not access.role.may_grant(role):
        raise access.deny(role, f"Nobody grants a role above their own: {role} needs an {role}.")


def _require_manage(access: Access, current: Role) -> None:
    if not access.role.may_manage(current):
        raise access.deny(current, f"Nobody changes a member of higher rank: this one is {current}.")


async def _record(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    access: Access,
    action: str,
    member: MemberRow,
    details: dict[str, object],
) -> None:
    await audit.record(
        tx,
        caller,
        tools,
        workspace_id=access.workspace_id,
        action=action,
        target_type="member",
        target_id=member.id,
        details=details,
    )
