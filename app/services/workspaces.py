"""Workspaces: create, list, read, change, delete, restore."""

from typing import Any

import msgspec

from app.core.caller import Caller, Passage, Tools
from app.core.errors import InvalidStatus, NotAuthorized, WorkspaceNotDeleted
from app.core.permissions import Holder, Role, Status
from app.core.preconditions import Expected, require_version
from app.core.tenants import Tenants
from app.core.text import member_key, name_key
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import workspaces as db
from app.db.handles.members import insert_member
from app.db.handles.workspaces import WorkspaceRow
from app.db.paging import Asked, Found
from app.kernel import audit, jobs, usage
from app.kernel.access import (
    OTHER_ORGANIZATION,
    Access,
    enter,
    enter_to_change,
    require_in_work,
    require_session,
)
from app.kernel.jobs import JobKind
from app.services.folders import workspace_changed

_STEPS = {
    "suspend": (Status.SUSPENDED, "workspace.suspended"),
    "archive": (Status.ARCHIVED, "workspace.archived"),
    "activate": (Status.ACTIVE, "workspace.activated"),
}
"""What may be done to a status: what it becomes, and what the log calls it."""


async def create_workspace(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    founders: Tenants,
    name: str,
    description: str | None,
) -> WorkspaceRow:
    """Makes a workspace with the caller as its OWNER. Raises ``NotAuthorized`` for who is none of the
    ``founders``."""
    session = await require_session(tx, caller)
    require_founder(founders, caller)
    if caller.org_id is not None:
        raise NotAuthorized(f"{OTHER_ORGANIZATION} Create it in the organisation.")
    made = await insert_founded(
        tx,
        caller,
        tools,
        org_id=None,
        name=name,
        description=description,
        display_name=session.display_name,
    )
    caller.passages.note(Passage("workspace", made.id, "workspace.read"))
    await _record(tx, caller, tools, made.id, "workspace.created", {"name": name, "owner": caller.user_id})
    return made


def require_founder(founders: Tenants, caller: Caller) -> None:
    """Raises ``NotAuthorized`` for who is none of the ``founders``."""
    if setting := founders.obstacle(caller.identity):
        raise NotAuthorized(
            f"You may not create workspaces here, by the setting {setting}.", details={"required": setting}
        )


async def insert_founded(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    org_id: str | None,
    name: str,
    description: str | None,
    display_name: str | None,
) -> WorkspaceRow:
    """The rows of a workspace with the caller as its OWNER, of an organisation or of none; whoever calls
    records it. Raises ``LimitExceeded`` where the organisation has no room for it."""
    workspace_id, member_id, now = tools.new_id(), tools.new_id(), tools.clock()
    list_key = name_key(name, workspace_id)
    db.insert_workspace(
        tx,
        workspace_id=workspace_id,
        org_id=org_id,
        name=name,
        description=description,
        created_by=caller.user_id,
        now=now,
        list_key=list_key,
    )
    db.insert_untyped(tx, workspace_id=workspace_id, now=now)
    insert_member(
        tx,
        member_id=member_id,
        workspace_id=workspace_id,
        user_id=caller.user_id,
        display_name=display_name,
        role=Role.OWNER,
        is_guest=False,
        source="manual",
        added_by=caller.user_id,
        now=now,
        list_key=list_key,
        member_key=member_key(display_name, caller.user_id),
    )
    await jobs.enqueue(tx, tools, JobKind.FOLDER, workspace_id=workspace_id, target_id=workspace_id)
    await usage.take_workspace(tx, org_id, workspace_id)
    await audit.begin_chain(tx, workspace_id)
    return WorkspaceRow(
        id=workspace_id,
        name=name,
        description=description,
        created_by=caller.user_id,
        created_at=now,
        updated_at=now,
        org_id=org_id,
        status=Status.ACTIVE,
        deleted_at=None,
        blob_path=None,
        blob_state="PENDING",
        version=1,
        role=Role.OWNER,
    )


async def list_workspaces(
    tx: ReadTransaction, caller: Caller, asked: Asked[str], *, deleted: bool, archived: bool
) -> Found[str]:
    """The caller's workspaces by name, archived ones with ``archived``; with ``deleted`` those that the
    caller may restore."""
    await require_session(tx, caller)
    place: Any = {
        "user_id": caller.user_id,
        "org_id": caller.org_id,
        "after_key": asked.place,
        "page_size": asked.page_size,
    }
    if deleted:
        rows = await db.list_deleted_workspaces(tx, **place)
    else:
        rows = await db.list_workspaces(tx, archived=archived, **place)
    return asked.found(rows, lambda row: name_key(row.name, row.id))


async def get_workspace(tx: ReadTransaction, caller: Caller, *, workspace_id: str) -> WorkspaceRow:
    return _view(await enter(tx, caller, workspace_id=workspace_id, operation="workspace.read"))


async def update_workspace(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    name: str | None,
    description: str | msgspec.UnsetType | None,
    expected: Expected = None,
) -> WorkspaceRow:
    """Changes what is given: ``name`` unless None, ``description`` unless UNSET (None clears it).
    A call that changes nothing writes nothing."""
    access = await enter_to_change(tx, caller, workspace_id=workspace_id, operation="workspace.update")
    require_version(access.version, expected)
    before = {"name": access.name, "description": access.description}
    after = {
        "name": access.name if name is None else name,
        "description": access.description if description is msgspec.UNSET else description,
    }
    if after == before:
        return _view(access)
    now = tools.clock()
    new_name = str(after["name"])
    list_key = name_key(new_name, workspace_id)
    if list_key != name_key(access.name, workspace_id):
        db.update_list_keys(tx, workspace_id=workspace_id, list_key=list_key)
    changes = {field: [before[field], after[field]] for field in after if after[field] != before[field]}
    await _record(tx, caller, tools, workspace_id, "workspace.updated", {"changes": changes})
    # After the log's head: another key moves the row in SQL Server's clustered index, and whoever has the
    # head without the guard row (for a refusal) would wait for it, to check the entry's foreign key.
    db.update_workspace(
        tx,
        workspace_id=workspace_id,
        name=new_name,
        description=after["description"],
        list_key=list_key,
        now=now,
    )
    return _view(await enter(tx, caller, workspace_id=workspace_id, operation="workspace.update"))


async def delete_workspace(
    tx: WriteTransaction, caller: Caller, tools: Tools, *, workspace_id: str, expected: Expected = None
) -> None:
    """Soft delete. Nothing is lost; until it is restored, the workspace answers 404."""
    access = await enter_to_change(tx, caller, workspace_id=workspace_id, operation="workspace.delete")
    require_version(access.version, expected)
    db.delete_workspace(tx, workspace_id=workspace_id, now=tools.clock())
    await usage.free_workspace(tx, access.org_id, workspace_id)
    await workspace_changed(tx, tools, workspace_id)
    await _record(tx, caller, tools, workspace_id, "workspace.deleted")


async def restore_workspace(
    tx: WriteTransaction, caller: Caller, tools: Tools, *, workspace_id: str
) -> WorkspaceRow:
    """Takes a soft delete back. Raises ``WorkspaceNotDeleted`` when there is nothing to take back, and
    ``LimitExceeded`` where its organisation has no room for it any more."""
    access = await enter_to_change(
        tx, caller, workspace_id=workspace_id, operation="workspace.restore", deleted=True
    )
    if access.deleted_at is None:
        raise WorkspaceNotDeleted
    db.restore_workspace(tx, workspace_id=workspace_id, now=tools.clock())
    await usage.take_workspace(tx, access.org_id, workspace_id)
    await workspace_changed(tx, tools, workspace_id)
    await _record(tx, caller, tools, workspace_id, "workspace.restored")
    return _view(await enter(tx, caller, workspace_id=workspace_id, operation="workspace.restore"))


async def change_status(
    tx: WriteTransaction, caller: Caller, tools: Tools, *, workspace_id: str, step: str, reason: str | None
) -> WorkspaceRow:
    """``step`` is one of ``suspend``, ``archive`` and ``activate``, which takes either back (OWNER). Raises
    ``InvalidStatus`` from a status where there is nothing to do, and ``AccessDenied`` for what the
    organisation or the platform holds."""
    end, action = _STEPS[step]
    operation = f"workspace.{step}"
    access = await enter_to_change(tx, caller, workspace_id=workspace_id, operation=operation, even_held=True)
    require_in_work(Status.ACTIVE, access.org_status)
    allowed = [Status.ACTIVE] if end is not Status.ACTIVE else [Status.SUSPENDED, Status.ARCHIVED]
    if access.status not in allowed:
        raise InvalidStatus(details={"status": access.status, "allowed": allowed})
    if access.held_by is not None and not access.held_by.yields_to(Holder.WORKSPACE):
        raise access.deny(access.held_by, f"The {access.held_by} holds this workspace.")
    db.set_workspace_status(
        tx,
        workspace_id=workspace_id,
        status=end,
        held_by=None if end is Status.ACTIVE else Holder.WORKSPACE,
        now=tools.clock(),
    )
    changed = await enter(tx, caller, workspace_id=workspace_id, operation=operation, even_held=True)
    await _record(tx, caller, tools, workspace_id, action, {"reason": reason})
    return _view(changed)


def _view(access: Access) -> WorkspaceRow:
    return WorkspaceRow(
        id=access.workspace_id,
        name=access.name,
        description=access.description,
        created_by=access.created_by,
        created_at=access.created_at,
        updated_at=access.updated_at,
        org_id=access.org_id,
        status=access.status,
        deleted_at=access.deleted_at,
        blob_path=access.blob_path,
        blob_state=access.blob_state,
        version=access.version,
        role=access.role,
    )


async def _record(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    workspace_id: str,
    action: str,
    details: dict[str, object] | None = None,
) -> None:
    await audit.record(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action=action,
        target_type="workspace",
        target_id=workspace_id,
        details=details,
    )
