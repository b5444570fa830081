"""Projects, and events, which are projects of that kind. Every change holds the workspace's and the project's
guard row.

What somebody may not see is not found. A MEMBER who sees a project and is no guest may change it; an ADMIN
archives and deletes it, which takes nothing away from it: restored, it is what it was.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

import msgspec

from app.core.caller import Caller, Tools
from app.core.errors import InvalidStatus
from app.core.policies import Resource
from app.core.preconditions import Expected, require_version
from app.core.text import key_range, name_key
from app.core.work import ProjectKind, ProjectStatus, Visibility
from app.core.work_errors import ProjectNotFound
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import projects as db
from app.db.handles.project_members import insert_project_member, is_project_member
from app.db.handles.projects import ProjectRow
from app.db.handles.workspaces import lock_workspace
from app.db.paging import Asked, Found
from app.kernel import audit
from app.kernel.access import enter, enter_to_change
from app.kernel.events import Work
from app.kernel.memberships import end_of_everybodys_sight
from app.kernel.people import hold_accounts
from app.kernel.policy_access import require
from app.kernel.project_access import enter_project, enter_project_to_change, find_project
from app.kernel.search_index import index_project

_record = partial(audit.record, target_type="project")


async def create_project(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    kind: ProjectKind,
    key: str,
    name: str,
    description: str | None,
    visibility: Visibility,
) -> ProjectRow:
    """Whoever makes one that only members see is one of them. ``key`` is in upper case. Raises
    ``ProjectKeyTaken`` through PK_ProjectKey."""
    if visibility is Visibility.MEMBERS:
        hold_accounts(tx, caller.user_id)
    await enter_to_change(tx, caller, workspace_id=workspace_id, operation="project.create")
    now, project_id = tools.clock(), tools.new_id()
    db.insert_project(
        tx,
        project_id=project_id,
        workspace_id=workspace_id,
        kind=kind,
        project_key=key,
        name=name,
        list_key=name_key(name, project_id),
        description=description,
        visibility=visibility,
        created_by=caller.user_id,
        now=now,
    )
    db.insert_project_key(tx, workspace_id=workspace_id, project_key=key, project_id=project_id)
    if visibility is Visibility.MEMBERS:
        await _join(tx, caller, tools, workspace_id, project_id)
    made = ProjectRow(
        id=project_id,
        workspace_id=workspace_id,
        kind=kind,
        key=key,
        name=name,
        description=description,
        visibility=visibility,
        status=ProjectStatus.ACTIVE,
        created_by=caller.user_id,
        created_at=now,
        updated_at=now,
        deleted_at=None,
        version=1,
    )
    index_project(tx, workspace_id, made)
    await _record(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action="project.created",
        target_id=project_id,
        details={"kind": kind, "key": key, "name": name, "visibility": visibility},
        work=Work(project_id=project_id, data={"kind": kind}),
    )
    return made


async def list_projects(
    tx: ReadTransaction,
    caller: Caller,
    asked: Asked[str],
    *,
    workspace_id: str,
    kind: ProjectKind,
    status: ProjectStatus,
    name_prefix: str | None,
    mine: bool,
    deleted: bool,
) -> Found[str]:
    """Those of a kind that the caller may see, by name: of a status, or, for an ADMIN, the ``deleted`` ones
    of any; with ``mine`` those that the caller is a member of."""
    operation = "project.trash" if deleted else "project.list"
    access = await enter(tx, caller, workspace_id=workspace_id, operation=operation)
    first, last = key_range(name_prefix, asked.place)
    place: Any = {
        "workspace_id": workspace_id,
        "kind": kind,
        "after_key": first,
        "before_key": last,
        "page_size": asked.page_size,
    }
    if deleted:
        rows = await db.list_deleted_projects(tx, **place)
    else:
        # A guest sees what they are a member of and nothing else.
        listing = db.list_joined_projects if mine or access.is_guest else db.list_projects
        rows = await listing(tx, user_id=caller.user_id, status=status, **place)
    return asked.found(rows, lambda row: name_key(row.name, row.id))


async def get_project(
    tx: ReadTransaction,
    caller: Caller,
    *,
    workspace_id: str,
    project_id: str,
    kind: ProjectKind | None = None,
) -> ProjectRow:
    """By its id, or by a key, in upper case, that it has or had; of a ``kind`` where one is given."""
    _, project = await enter_project(
        tx, caller, workspace_id=workspace_id, project_id=project_id, operation="project.read"
    )
    if kind not in (None, project.kind):
        raise ProjectNotFound
    return project


async def update_project(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    project_id: str,
    changes: Mapping[str, Any],
    expected: Expected = None,
) -> ProjectRow:
    """``changes`` may hold ``key``, in upper case, ``name``, ``description`` and ``visibility``; what is not
    in it stays. Whoever manages a project says who sees it, and is a member of it where only members do:
    whoever sees it no more has none of its tasks. Raises ``ProjectKeyTaken``."""
    is_hiding = changes.get("visibility") == Visibility.MEMBERS
    if is_hiding:
        hold_accounts(tx, caller.user_id)
    lock_workspace(tx, workspace_id=workspace_id)
    access, row = await enter_project_to_change(
        tx, caller, workspace_id=workspace_id, project_id=project_id, operation="project.update"
    )
    require_version(row.version, expected)
    before = {name: getattr(row, name) for name in ("key", "name", "description", "visibility")}
    after = {**before, **changes}
    changed = [name for name in after if after[name] != before[name]]
    if not changed:
        return row
    if "visibility" in changed:
        await require(
            tx,
            caller,
            tools,
            access,
            Resource(owner_id=row.created_by, project_id=row.id),
            operation="project.set_visibility",
        )
    if "key" in changed and not await db.has_project_key(
        tx, workspace_id=workspace_id, project_id=project_id, project_key=after["key"]
    ):
        db.insert_project_key(tx, workspace_id=workspace_id, project_key=after["key"], project_id=project_id)
    place = {"workspace_id": workspace_id, "project_id": project_id}
    if (
        is_hiding
        and "visibility" in changed
        and not await is_project_member(tx, account_id=caller.user_id, **place)
    ):
        await _join(tx, caller, tools, workspace_id, project_id)
    now = tools.clock()
    db.update_project(
        tx,
        user_id=caller.user_id,
        project_key=after["key"],
        name=after["name"],
        list_key=name_key(after["name"], project_id),
        description=after["description"],
        visibility=after["visibility"],
        now=now,
        **place,
    )
    if is_hiding and "visibility" in changed:
        await end_of_everybodys_sight(tx, tools, **place)
    new = _next(row, now, **after)
    if {"key", "name", "description"} & {*changed}:
        index_project(tx, workspace_id, new, before=row)
    return await _changed(
        tx,
        caller,
        tools,
        new,
        "project.updated",
        {"changes": {name: [before[name], after[name]] for name in changed}},
        {"changed": changed},
    )


async def archive_project(
    tx: WriteTransaction, caller: Caller, tools: Tools, *, workspace_id: str, project_id: str
) -> ProjectRow:
    """Nothing in it is changed any more, until it is restored. Raises ``InvalidStatus`` where it is archived
    already."""
    _, row = await enter_project_to_change(
        tx,
        caller,
        workspace_id=workspace_id,
        project_id=project_id,
        operation="project.archive",
        even_archived=True,
    )
    _require_status(row, ProjectStatus.ACTIVE)
    now, status = tools.clock(), ProjectStatus.ARCHIVED
    db.set_project_status(
        tx,
        workspace_id=workspace_id,
        user_id=caller.user_id,
        project_id=project_id,
        status=status,
        now=now,
    )
    return await _changed(tx, caller, tools, _next(row, now, status=status), "project.archived")


async def restore_project(
    tx: WriteTransaction, caller: Caller, tools: Tools, *, workspace_id: str, project_id: str
) -> ProjectRow:
    """Takes back that it was deleted, and leaves it archived if it was; takes back that it was archived.
    Raises ``InvalidStatus`` where it is neither."""
    db.lock_project(tx, workspace_id=workspace_id, project_id=project_id)
    await enter(tx, caller, workspace_id=workspace_id, operation="project.restore")
    place = {"workspace_id": workspace_id, "project_id": project_id}
    row = await db.get_deleted_project(tx, **place)
    now = tools.clock()
    if row is not None:
        db.restore_project(tx, now=now, **place)
        was, new = "DELETED", _next(row, now, deleted_at=None)
    else:
        row = await find_project(tx, caller, workspace_id, project_id)
        _require_status(row, ProjectStatus.ARCHIVED)
        was, new = row.status, _next(row, now, status=ProjectStatus.ACTIVE)
        db.set_project_status(tx, user_id=caller.user_id, status=new.status, now=now, **place)
    return await _changed(tx, caller, tools, new, "project.restored", {"from": was}, {"from": was})


async def delete_project(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    project_id: str,
    expected: Expected = None,
) -> None:
    """Soft delete, also of what is archived. All that is in it is there again when it is restored."""
    _, row = await enter_project_to_change(
        tx,
        caller,
        workspace_id=workspace_id,
        project_id=project_id,
        operation="project.delete",
        even_archived=True,
    )
    require_version(row.version, expected)
    db.delete_project(
        tx, workspace_id=workspace_id, user_id=caller.user_id, project_id=project_id, now=tools.clock()
    )
    await _record(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action="project.deleted",
        target_id=project_id,
        details={"kind": row.kind, "key": row.key, "name": row.name},
    )


async def _join(
    tx: WriteTransaction, caller: Caller, tools: Tools, workspace_id: str, project_id: str
) -> None:
    await insert_project_member(
        tx,
        workspace_id=workspace_id,
        project_id=project_id,
        account_id=caller.user_id,
        added_by=caller.user_id,
        now=tools.clock(),
    )


def _next(row: ProjectRow, now: datetime, **changes: Any) -> ProjectRow:
    """The row as a change leaves it."""
    return msgspec.structs.replace(row, updated_at=now, version=row.version + 1, **changes)


def _require_status(row: ProjectRow, status: ProjectStatus) -> None:
    if row.status != status:
        raise InvalidStatus(details={"status": row.status, "allowed": [status]})


async def _changed(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    row: ProjectRow,
    action: str,
    details: Mapping[str, Any] | None = None,
    data: Mapping[str, Any] | None = None,
) -> ProjectRow:
    """Records a change of a project, which ``row`` is now."""
    await _record(
        tx,
        caller,
        tools,
        workspace_id=row.workspace_id,
        action=action,
        target_id=row.id,
        details=details,
        work=Work(project_id=row.id, data=data),
    )
    return row
