"""Workspaces as their organisation sees them: its ADMINs make, list and govern them.

Governing takes no membership and gives no look inside: whoever wants that adds themselves, which the
workspace's own log tells its members, as it tells them every act here. Each holds the guard rows of the
organisation and of the workspace, in this order.
"""

from typing import Any

from app.core.caller import Caller, Tools
from app.core.errors import InvalidStatus, MemberExists, WorkspaceNotFound
from app.core.permissions import Holder, OrgRole, Role, Status
from app.core.tenants import Tenants
from app.core.text import name_key
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import org_workspaces as db
from app.db.handles.accounts import lock_account
from app.db.handles.members import MemberRow, get_member, update_member
from app.db.handles.org_workspaces import OrgWorkspaceRow
from app.db.handles.workspaces import WorkspaceRow, lock_workspace, set_workspace_status
from app.db.paging import Asked, Found
from app.kernel import audit
from app.kernel.access import require_in_work, require_session
from app.kernel.org_access import OrgAccess, enter_organization, enter_organization_to_change
from app.kernel.people import hold_accounts
from app.kernel.platform_audit import record_for_organization
from app.services import workspaces
from app.services.members import admit

_ENDS = {"suspend": Status.SUSPENDED, "archive": Status.ARCHIVED, "activate": Status.ACTIVE}


async def create_org_workspace(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    founders: Tenants,
    org_id: str,
    name: str,
    description: str | None,
) -> WorkspaceRow:
    """Makes a workspace of the organisation with the caller as its OWNER. Raises ``NotAuthorized`` for who is
    none of the ``founders``, and ``LimitExceeded``."""
    hold_accounts(tx, caller.user_id)
    await enter_organization_to_change(
        tx, caller, org_id=org_id, operation="workspace.create", minimum=OrgRole.ADMIN
    )
    workspaces.require_founder(founders, caller)
    session = await require_session(tx, caller)
    made = await workspaces.insert_founded(
        tx,
        caller,
        tools,
        org_id=org_id,
        name=name,
        description=description,
        display_name=session.display_name,
    )
    details = {"name": name, "owner": caller.user_id}
    await record(tx, caller, tools, made.id, org_id, "workspace.created", details)
    return made


async def list_org_workspaces(
    tx: ReadTransaction, caller: Caller, asked: Asked[str], *, org_id: str, archived: bool
) -> Found[str]:
    """By name, archived ones with ``archived``: all of them for an ADMIN, for a MEMBER those that they are
    in."""
    access = await enter_organization(tx, caller, org_id=org_id, operation="workspace.list")
    every = access.role.reaches(OrgRole.ADMIN)
    rows = await (db.list_org_workspaces if every else db.list_own_org_workspaces)(
        tx,
        org_id=org_id,
        user_id=caller.user_id,
        archived=archived,
        after_key=asked.place,
        page_size=asked.page_size,
    )
    return asked.found(rows, lambda row: name_key(row.name, row.id))


async def change_org_workspace_status(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    org_id: str,
    workspace_id: str,
    step: str,
    reason: str | None,
) -> OrgWorkspaceRow:
    """``step`` is one of ``suspend``, ``archive`` and ``activate``, which takes either back. What the
    organisation holds, the workspace's OWNERs do not put back; so it can also take over what they hold.
    Raises ``InvalidStatus`` from a status where there is nothing to do, and ``AccessDenied`` for what the
    platform holds."""
    end = _ENDS[step]
    access, row = await govern(
        tx, caller, org_id=org_id, workspace_id=workspace_id, operation=f"workspace.{step}"
    )
    status, holder = Status(row.status), Holder(row.held_by) if row.held_by else None
    if holder is Holder.PLATFORM:
        raise access.deny("platform", "The platform's administrators hold this workspace.")
    is_theirs = holder is Holder.WORKSPACE
    if status is Status.ACTIVE if end is Status.ACTIVE else not (status is Status.ACTIVE or is_theirs):
        allowed = [Status.SUSPENDED, Status.ARCHIVED] if end is Status.ACTIVE else [Status.ACTIVE]
        raise InvalidStatus(details={"status": status, "allowed": allowed})
    set_workspace_status(
        tx,
        workspace_id=workspace_id,
        status=end,
        held_by=None if end is Status.ACTIVE else Holder.ORGANIZATION,
        now=tools.clock(),
    )
    changed = await _find(tx, caller, org_id, workspace_id)
    action = {"suspend": "suspended", "archive": "archived", "activate": "activated"}[step]
    await record(tx, caller, tools, workspace_id, org_id, f"workspace.{action}", {"reason": reason})
    return changed


async def appoint(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    org_id: str,
    workspace_id: str,
    user_id: str,
    role: Role,
    display_name: str | None,
) -> MemberRow:
    """Adds somebody to a workspace in any role, the caller included; who is in it in a lower one gets this.
    Raises ``MemberExists`` for who has the role, or a higher one, and as ``members.add_member``."""
    lock_account(tx, account_id=user_id)
    _, row = await govern(tx, caller, org_id=org_id, workspace_id=workspace_id, operation="member.add")
    require_in_work(Status(row.status), Status.ACTIVE)
    known = await db.find_member_of(tx, workspace_id=workspace_id, member_user_id=user_id)
    if known is None:
        member = await admit(
            tx,
            caller,
            tools,
            workspace_id=workspace_id,
            org_id=org_id,
            user_id=user_id,
            role=role,
            display_name=display_name,
        )
        action, details = "member.added", {"user_id": user_id, "role": role}
    else:
        if Role(known.role).reaches(role):
            raise MemberExists(details={"role": known.role})
        update_member(
            tx,
            workspace_id=workspace_id,
            member_id=known.id,
            role=role,
            is_guest=known.is_guest and not role.reaches(Role.ADMIN),
            now=tools.clock(),
        )
        member = await get_member(tx, workspace_id=workspace_id, member_id=known.id) or known
        action, details = "member.role_changed", {"user_id": user_id, "from": known.role, "to": role}
    await record(tx, caller, tools, workspace_id, org_id, action, details, member)
    return member


async def govern(
    tx: WriteTransaction, caller: Caller, *, org_id: str, workspace_id: str, operation: str
) -> tuple[OrgAccess, OrgWorkspaceRow]:
    """Both guard rows, the caller's right as the organisation's ADMIN, and the workspace. Raises
    ``WorkspaceNotFound`` for one that is not the organisation's, or is deleted."""
    access = await enter_organization_to_change(
        tx, caller, org_id=org_id, operation=operation, minimum=OrgRole.ADMIN
    )
    lock_workspace(tx, workspace_id=workspace_id)
    return access, await _find(tx, caller, org_id, workspace_id)


async def look(
    tx: ReadTransaction, caller: Caller, *, org_id: str, workspace_id: str, operation: str
) -> OrgWorkspaceRow:
    """As ``govern``, where nothing is changed: whether either is in work does not matter, and nothing is
    held."""
    await enter_organization(tx, caller, org_id=org_id, operation=operation, minimum=OrgRole.ADMIN)
    return await _find(tx, caller, org_id, workspace_id)


async def _find(tx: ReadTransaction, caller: Caller, org_id: str, workspace_id: str) -> OrgWorkspaceRow:
    row = await db.find_org_workspace(tx, org_id=org_id, workspace_id=workspace_id, user_id=caller.user_id)
    if row is None:
        raise WorkspaceNotFound("This organisation has no such workspace.")
    return row


async def record(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    workspace_id: str,
    org_id: str,
    action: str,
    details: dict[str, Any],
    member: MemberRow | None = None,
) -> None:
    """On the organisation's chain, where it is about the workspace, and in the workspace's own log."""
    await record_for_organization(
        tx,
        caller,
        tools,
        org_id=org_id,
        action=action,
        target_type="workspace",
        target_id=workspace_id,
        details=details,
    )
    await audit.record(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action=action,
        target_type="member" if member else "workspace",
        target_id=member.id if member else workspace_id,
        details=details | {"as_organization": org_id},
    )
