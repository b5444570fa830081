"""What the platform's administrators do: find organisations and people, take them and workspaces out of work
and put them back, read the platform's own log. Every act is on the platform's chain and on that of what it
touched."""

from collections.abc import Container
from datetime import datetime
from typing import Any

import msgspec

from app.core.caller import Caller, Tools
from app.core.errors import InvalidStatus, OrganizationNotFound, WorkspaceNotFound
from app.core.permissions import Holder, Status
from app.core.text import email_key, key_range, name_key
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import platform as db
from app.db.handles.organizations import lock_organization
from app.db.handles.platform import PlatformOrganizationRow, PlatformUserRow, PlatformWorkspaceRow
from app.db.handles.users import UserRow
from app.db.handles.workspaces import lock_workspace, set_workspace_status
from app.db.paging import Asked, Found
from app.kernel import audit
from app.kernel.platform_access import enter_platform
from app.kernel.platform_audit import Chain, record_for_organization, record_for_platform
from app.services import organizations, platform_audit_log, user_status
from app.services.platform_audit_log import LogFilter, PlatformLog

_STEPS = {"suspend": (Status.SUSPENDED, "suspended"), "activate": (Status.ACTIVE, "activated")}
"""What may be done to a status: what it becomes, and what the logs call it."""


class OrganizationFilter(msgspec.Struct, frozen=True):
    """What is given must all hold; a name begins with ``name``, whatever its case."""

    name: str | None = None
    slug: str | None = None
    org_id: str | None = None
    status: Status | None = None


class WorkspaceFilter(msgspec.Struct, frozen=True):
    """As ``OrganizationFilter``; ``deleted`` finds those that are deleted, and no others."""

    name: str | None = None
    org_id: str | None = None
    workspace_id: str | None = None
    status: Status | None = None
    deleted: bool = False


class UserFilter(msgspec.Struct, frozen=True):
    """As ``OrganizationFilter``; an address is the whole one, whatever its case."""

    name: str | None = None
    email: str | None = None
    user_id: str | None = None
    status: str | None = None


class PlatformUser(msgspec.Struct, frozen=True):
    """Somebody, with what makes them an administrator of the platform: mark or setting."""

    id: str
    tid: str
    display_name: str | None
    email: str | None
    status: str
    held_by: str | None
    is_platform_admin: bool
    is_expected: bool
    last_seen_at: datetime | None
    created_at: datetime
    version: int


async def list_all_organizations(
    tx: ReadTransaction, caller: Caller, asked: Asked[str], *, filters: OrganizationFilter
) -> Found[str]:
    """Every organisation, by name."""
    await enter_platform(tx, caller, operation="platform.organization.list")
    place = _range_of(asked, filters.name)
    if filters.org_id is not None:
        rows = await db.list_organizations_by_id(
            tx, org_id=filters.org_id, slug=filters.slug, status=filters.status, **place
        )
    elif filters.slug is not None:
        rows = await db.list_organizations_by_slug(tx, slug=filters.slug, status=filters.status, **place)
    elif filters.status is not None:
        rows = await db.list_organizations_by_status(tx, status=filters.status, **place)
    else:
        rows = await db.list_every_organization(tx, **place)
    return asked.found(rows, lambda row: name_key(row.name, row.id))


async def list_all_workspaces(
    tx: ReadTransaction, caller: Caller, asked: Asked[str], *, filters: WorkspaceFilter
) -> Found[str]:
    """Every workspace, by name: that it is there, and nothing of what is in it."""
    await enter_platform(tx, caller, operation="platform.workspace.list")
    place = {"is_active": not filters.deleted, **_range_of(asked, filters.name)}
    if filters.workspace_id is not None:
        rows = await db.list_workspaces_by_id(
            tx, listed_id=filters.workspace_id, org_id=filters.org_id, status=filters.status, **place
        )
    elif filters.org_id is not None:
        rows = await db.list_workspaces_of_organization(
            tx, org_id=filters.org_id, status=filters.status, **place
        )
    elif filters.status is not None:
        rows = await db.list_workspaces_by_status(tx, status=filters.status, **place)
    else:
        rows = await db.list_every_workspace(tx, **place)
    return asked.found(rows, lambda row: name_key(row.name, row.id))


async def list_all_users(
    tx: ReadTransaction, caller: Caller, asked: Asked[str], *, filters: UserFilter, appointed: Container[str]
) -> Found[str]:
    """Everybody, by display name. ``appointed`` are administrators of the platform by setting."""
    await enter_platform(tx, caller, operation="platform.user.list")
    place = _range_of(asked, filters.name)
    key = email_key(filters.email) if filters.email else None
    if filters.user_id is not None:
        rows = await db.list_users_by_id(
            tx, account_id=filters.user_id, status=filters.status, email_key=key, **place
        )
    elif key is not None:
        rows = await db.list_users_by_email(tx, email_key=key, status=filters.status, **place)
    elif filters.status is not None:
        rows = await db.list_users_by_status(tx, status=filters.status, **place)
    else:
        rows = await db.list_every_user(tx, **place)
    found = asked.found(rows, lambda row: row.list_key)
    return Found([_user_view(row, appointed) for row in rows[: asked.limit]], found.place)


async def change_user_status(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    user_id: str,
    step: str,
    reason: str,
    appointed: Container[str],
) -> UserRow:
    """As ``user_status.change_status``, for administrators of the platform alone."""
    await enter_platform(tx, caller, operation=f"platform.user.{step}")
    return await user_status.change_status(
        tx, caller, tools, user_id=user_id, step=step, reason=reason, appointed=appointed
    )


async def change_organization_status(
    tx: WriteTransaction, caller: Caller, tools: Tools, *, org_id: str, step: str, reason: str
) -> PlatformOrganizationRow:
    """``step`` is ``suspend``, from whatever the platform does not hold yet, or ``activate``, from SUSPENDED
    whoever did it: what was archived before that is archived again. Raises ``InvalidStatus`` and
    ``OrganizationNotFound``."""
    await enter_platform(tx, caller, operation=f"platform.organization.{step}")
    lock_organization(tx, org_id=org_id)
    row = await db.get_any_organization(tx, org_id=org_id)
    if row is None:
        raise OrganizationNotFound
    end, done = _STEPS[step]
    _require_step(end, row.status, row.held_by)
    was_archived = end is Status.ACTIVE and await organizations.was_archived(tx, org_id)
    organizations.set_status(
        tx,
        tools,
        org_id=org_id,
        version=row.version,
        start=Status(row.status),
        end=Status.ARCHIVED if was_archived else end,
        holder=Holder.ORGANIZATION if was_archived else Holder.PLATFORM,
        actor_id=caller.user_id,
        reason=reason,
    )
    changed = await db.get_any_organization(tx, org_id=org_id)
    action, details = f"organization.{done}", _told(row.status, row.held_by, reason)
    await record_for_organization(tx, caller, tools, org_id=org_id, action=action, details=details)
    await record_for_platform(
        tx, caller, tools, action=action, target_type="organization", target_id=org_id, details=details
    )
    return changed or row


async def change_workspace_status(
    tx: WriteTransaction, caller: Caller, tools: Tools, *, workspace_id: str, step: str, reason: str
) -> PlatformWorkspaceRow:
    """As ``change_organization_status``. A workspace that is deleted has a status too: while it is
    suspended, nobody restores it. Raises ``WorkspaceNotFound``."""
    await enter_platform(tx, caller, operation=f"platform.workspace.{step}")
    lock_workspace(tx, workspace_id=workspace_id)
    row = await db.get_any_workspace(tx, workspace_id=workspace_id)
    if row is None:
        raise WorkspaceNotFound
    end, done = _STEPS[step]
    _require_step(end, row.status, row.held_by)
    status, holder = end, row.archived_by
    if end is Status.SUSPENDED:
        holder = Holder.PLATFORM
    elif holder is not None:
        status = Status.ARCHIVED
    set_workspace_status(tx, workspace_id=workspace_id, status=status, held_by=holder, now=tools.clock())
    changed = await db.get_any_workspace(tx, workspace_id=workspace_id)
    told: dict[str, Any] = {
        "action": f"workspace.{done}",
        "target_type": "workspace",
        "target_id": workspace_id,
        "details": _told(row.status, row.held_by, reason),
    }
    await record_for_platform(tx, caller, tools, **told)
    await audit.record(tx, caller, tools, workspace_id=workspace_id, **told)
    return changed or row


async def list_platform_audit(
    tx: ReadTransaction, caller: Caller, asked: Asked[int], *, filters: LogFilter
) -> Found[int]:
    """The newest first; a place of 0 is before them all."""
    await enter_platform(tx, caller, operation="platform.audit.read")
    return await platform_audit_log.list_entries(tx, asked, PlatformLog(Chain.PLATFORM), filters)


async def enter_to_verify_platform(tx: ReadTransaction, caller: Caller) -> PlatformLog:
    """The platform's log, to be recomputed for whoever may have it recomputed."""
    await enter_platform(tx, caller, operation="platform.audit.verify")
    return PlatformLog(Chain.PLATFORM)


def _range_of(asked: Asked[str], name: str | None) -> dict[str, Any]:
    """Of keys, for names that begin so, whatever their case."""
    first, last = key_range(name, asked.place)
    return {"after_key": first, "before_key": last, "page_size": asked.page_size}


def _user_view(row: PlatformUserRow, appointed: Container[str]) -> PlatformUser:
    return PlatformUser(
        id=row.id,
        tid=row.tid,
        display_name=row.display_name,
        email=row.email,
        status=row.status,
        held_by=row.held_by,
        is_platform_admin=row.is_platform_admin or row.id in appointed,
        is_expected=row.is_expected,
        last_seen_at=row.last_seen_at,
        created_at=row.created_at,
        version=row.version,
    )


def _require_step(end: Status, status: str, held_by: str | None) -> None:
    if end is Status.ACTIVE and status != Status.SUSPENDED:
        raise InvalidStatus(details={"status": status, "allowed": [Status.SUSPENDED]})
    if end is Status.SUSPENDED and held_by == Holder.PLATFORM:
        raise InvalidStatus(details={"status": status, "allowed": [Status.ACTIVE, Status.ARCHIVED]})


def _told(status: str, held_by: str | None, reason: str) -> dict[str, Any]:
    return {"reason": reason, "by": Holder.PLATFORM, "from": {"status": status, "held_by": held_by}}
