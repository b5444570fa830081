"""Members of an organisation: who is in it, who are its ADMINs, and whose it is.

Every change holds the organisation's guard row. There is one OWNER at all times, which
UQ_OrganizationMember_owner holds and ``delete_org_member`` knows; the ownership is only ever transferred.
Memberships of the organisation's workspaces are the workspaces' own: leaving an organisation ends none.
"""

from app.core.caller import Caller, Passage, Tools
from app.core.errors import BusinessRule, LastOwner, MemberNotFound
from app.core.permissions import OrgRole
from app.core.preconditions import Expected, require_version
from app.core.text import key_range, member_key
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import org_members as db
from app.db.handles.accounts import find_account, lock_account
from app.db.handles.org_members import OrgMemberRow
from app.db.paging import Asked, Found
from app.kernel import usage
from app.kernel.org_access import enter_organization, enter_organization_to_change
from app.kernel.people import name_to_list
from app.kernel.platform_audit import record_for_organization as record


async def add_org_member(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    org_id: str,
    user_id: str,
    display_name: str | None,
) -> OrgMemberRow:
    """Adds a user as MEMBER, who need not have signed in yet, as to a workspace. Raises ``MemberExists``
    through UQ_OrganizationMember_user, ``LimitExceeded`` where there is no seat left, and ``UserNotFound``
    for an account that was erased."""
    lock_account(tx, account_id=user_id)
    await enter_organization_to_change(
        tx, caller, org_id=org_id, operation="organization.member.add", minimum=OrgRole.ADMIN
    )
    now = tools.clock()
    name = await name_to_list(tx, caller, user_id=user_id, display_name=display_name, now=now)
    member = OrgMemberRow(
        id=tools.new_id(),
        org_id=org_id,
        user_id=user_id,
        display_name=name,
        role=OrgRole.MEMBER,
        source="manual",
        added_at=now,
        added_by=caller.user_id,
        updated_at=now,
        version=1,
    )
    db.insert_org_member(
        tx,
        member_id=member.id,
        org_id=org_id,
        user_id=user_id,
        display_name=name,
        role=member.role,
        source=member.source,
        added_by=caller.user_id,
        now=now,
        list_key=await db.read_org_list_key(tx, org_id=org_id),
        member_key=member_key(name, user_id),
    )
    await usage.take_seat(tx, org_id, user_id)
    await _record(tx, caller, tools, member, "organization.member_added", role=member.role)
    return member


async def list_org_members(
    tx: ReadTransaction,
    caller: Caller,
    asked: Asked[str],
    *,
    org_id: str,
    role: OrgRole | None,
    name_prefix: str | None,
) -> Found[str]:
    """By display name, optionally of one role and with names that begin with ``name_prefix`` (case does
    not matter)."""
    await enter_organization(tx, caller, org_id=org_id, operation="organization.member.list")
    first, last = key_range(name_prefix, asked.place)
    size = asked.page_size
    if role is None:
        rows = await db.list_org_members(tx, org_id=org_id, after_key=first, before_key=last, page_size=size)
    else:
        rows = await db.list_org_members_by_role(
            tx, org_id=org_id, role=role, after_key=first, before_key=last, page_size=size
        )
    return asked.found(rows, lambda row: member_key(row.display_name, row.user_id))


async def get_org_member(tx: ReadTransaction, caller: Caller, *, org_id: str, user_id: str) -> OrgMemberRow:
    await enter_organization(tx, caller, org_id=org_id, operation="organization.member.read")
    return await _find(tx, org_id, user_id)


async def get_org_owner(tx: ReadTransaction, caller: Caller, *, org_id: str) -> OrgMemberRow:
    await enter_organization(tx, caller, org_id=org_id, operation="organization.member.read")
    owner = await db.get_org_owner(tx, org_id=org_id)
    if (
        owner is None
    ):  # pragma: no cover - nothing takes the role but a transfer, which gives it in the same breath
        raise MemberNotFound("This organisation has no OWNER.")
    return owner


async def remove_org_member(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    org_id: str,
    user_id: str,
    expected: Expected = None,
) -> None:
    """Ends a membership; the person is out on their next request. An ADMIN's takes the OWNER, who gave it.
    Raises ``LastOwner`` for the OWNER's."""
    access = await enter_organization_to_change(
        tx, caller, org_id=org_id, operation="organization.member.remove", minimum=OrgRole.ADMIN
    )
    row = await _find(tx, org_id, user_id)
    require_version(row.version, expected)
    _require_not_owner(row)
    if row.role == OrgRole.ADMIN and access.role is not OrgRole.OWNER:
        raise access.deny(OrgRole.OWNER, "Only the OWNER removes an ADMIN.")
    db.delete_org_member(tx, org_id=org_id, member_user_id=user_id)
    await usage.free_seat(tx, org_id, user_id)
    await _record(tx, caller, tools, row, "organization.member_removed", role=row.role)


async def leave_organization(tx: WriteTransaction, caller: Caller, tools: Tools, *, org_id: str) -> None:
    """Ends the caller's own membership, also of what is not in work. Raises ``LastOwner`` for the OWNER."""
    await enter_organization_to_change(
        tx,
        caller,
        org_id=org_id,
        operation="organization.member.leave",
        minimum=OrgRole.MEMBER,
        even_held=True,
    )
    row = await _find(tx, org_id, caller.user_id)
    _require_not_owner(row)
    db.delete_org_member(tx, org_id=org_id, member_user_id=caller.user_id)
    await usage.free_seat(tx, org_id, caller.user_id)
    await _record(tx, caller, tools, row, "organization.member_left", role=row.role)


async def grant_org_admin(
    tx: WriteTransaction, caller: Caller, tools: Tools, *, org_id: str, user_id: str
) -> OrgMemberRow:
    """Makes a member ADMIN; of one who is, nothing is written. Raises ``MemberNotFound`` for who is no
    member, and ``LastOwner`` for the OWNER."""
    return await _change_role(
        tx, caller, tools, org_id=org_id, user_id=user_id, role=OrgRole.ADMIN, action="admin_granted"
    )


async def revoke_org_admin(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    org_id: str,
    user_id: str,
    expected: Expected = None,
) -> None:
    """Makes an ADMIN a MEMBER again. Raises ``MemberNotFound`` for who is no ADMIN."""
    await _change_role(
        tx,
        caller,
        tools,
        org_id=org_id,
        user_id=user_id,
        role=OrgRole.MEMBER,
        action="admin_revoked",
        expected=expected,
    )


async def transfer_ownership(
    tx: WriteTransaction, caller: Caller, tools: Tools, *, org_id: str, user_id: str
) -> OrgMemberRow:
    """Makes a member the OWNER, and the caller an ADMIN, at once. Raises ``BusinessRule`` for somebody who
    has never signed in, or may not act: nobody could give the ownership on."""
    # Whoever ends the account asks under the same lock whether it owns anything.
    lock_account(tx, account_id=user_id)
    access = await enter_organization_to_change(
        tx, caller, org_id=org_id, operation="organization.transfer", minimum=OrgRole.OWNER
    )
    row = await _find(tx, org_id, user_id)
    if row.role == OrgRole.OWNER:
        return row
    account = await find_account(tx, account_id=user_id)
    if account is None or account.verified_at is None or account.status != "ACTIVE":
        raise BusinessRule("The new OWNER is a member who has signed in and whose account is active.")
    now = tools.clock()
    db.set_org_role(tx, org_id=org_id, member_user_id=caller.user_id, role=OrgRole.ADMIN, now=now)
    db.set_org_role(tx, org_id=org_id, member_user_id=user_id, role=OrgRole.OWNER, now=now)
    owner = await _find(tx, access.org_id, user_id)
    # Its retry is no OWNER's any more.
    caller.passages.only(Passage("org", org_id, "organization.member.read", OrgRole.MEMBER))
    await _record(
        tx,
        caller,
        tools,
        owner,
        "organization.ownership_transferred",
        **{"from": caller.user_id, "to": user_id},
    )
    return owner


async def _change_role(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    org_id: str,
    user_id: str,
    role: OrgRole,
    action: str,
    expected: Expected = None,
) -> OrgMemberRow:
    await enter_organization_to_change(
        tx, caller, org_id=org_id, operation=f"organization.{action}", minimum=OrgRole.OWNER
    )
    row = await _find(tx, org_id, user_id)
    require_version(row.version, expected)
    _require_not_owner(row)
    if row.role == role:
        if role is OrgRole.MEMBER:
            raise MemberNotFound("There is no such ADMIN in this organisation.")
        return row
    db.set_org_role(tx, org_id=org_id, member_user_id=user_id, role=role, now=tools.clock())
    member = await _find(tx, org_id, user_id)
    await _record(tx, caller, tools, member, f"organization.{action}")
    return member


async def _find(tx: ReadTransaction, org_id: str, user_id: str) -> OrgMemberRow:
    row = await db.get_org_member(tx, org_id=org_id, member_user_id=user_id)
    if row is None:
        raise MemberNotFound("There is no such member in this organisation.")
    return row


def _require_not_owner(row: OrgMemberRow) -> None:
    if row.role == OrgRole.OWNER:
        raise LastOwner("An organisation keeps its OWNER. Transfer the ownership first.")


async def _record(
    tx: WriteTransaction, caller: Caller, tools: Tools, member: OrgMemberRow, action: str, **details: str
) -> None:
    await record(
        tx,
        caller,
        tools,
        org_id=member.org_id,
        action=action,
        target_type="user",
        target_id=member.user_id,
        details=details or None,
    )
