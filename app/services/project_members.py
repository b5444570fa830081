"""Members of a project: who sees it where not everybody does, and which guests do.

Every change holds the account of whom it is about, the workspace's guard row and the project's.
"""

from collections.abc import Mapping
from functools import partial

from app.core.caller import Caller, Tools
from app.core.errors import MemberNotFound
from app.core.policies import Resource
from app.core.text import key_range, member_key
from app.core.work import ProjectKind
from app.core.work_errors import ProjectNotFound
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import project_members as db
from app.db.handles.project_members import ProjectMemberRow
from app.db.handles.projects import ProjectRow
from app.db.handles.workspaces import lock_workspace
from app.db.paging import Asked, Found
from app.kernel import audit
from app.kernel.events import Work
from app.kernel.memberships import end_of_sight
from app.kernel.people import hold_accounts
from app.kernel.policy_access import require, told
from app.kernel.project_access import enter_project, enter_project_to_change

_record = partial(audit.record, target_type="project_member")


async def list_project_members(
    tx: ReadTransaction,
    caller: Caller,
    asked: Asked[str],
    *,
    workspace_id: str,
    project_id: str,
    name_prefix: str | None,
    kind: ProjectKind | None = None,
) -> Found[str]:
    """By display name, of a project, or of one of a ``kind``, that the caller may see."""
    _, project = await enter_project(
        tx, caller, workspace_id=workspace_id, project_id=project_id, operation="project_member.list"
    )
    if kind not in (None, project.kind):
        raise ProjectNotFound
    first, last = key_range(name_prefix, asked.place)
    rows = await db.list_project_members(
        tx,
        workspace_id=workspace_id,
        project_id=project.id,
        after_key=first,
        before_key=last,
        page_size=asked.page_size,
    )
    return asked.found(rows, lambda row: member_key(row.display_name, row.user_id))


async def add_project_member(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    project_id: str,
    user_id: str,
    override_reason: str | None = None,
) -> ProjectMemberRow:
    """Lets a member of the workspace into a project. Raises ``MemberNotFound`` for who is not in the
    workspace, and ``MemberExists`` through PK_ProjectMember."""
    place = (workspace_id, project_id, user_id)
    project, details = await _enter(tx, caller, tools, *place, "project_member.add", override_reason)
    member = {"workspace_id": workspace_id, "project_id": project_id, "account_id": user_id}
    if not await db.insert_project_member(tx, added_by=caller.user_id, now=tools.clock(), **member):
        raise MemberNotFound
    await _tell(tx, caller, tools, project, "project_member.added", user_id, details)
    row = await db.get_project_member(tx, **member)
    if row is None:
        raise MemberNotFound
    return row


async def remove_project_member(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    project_id: str,
    user_id: str,
    override_reason: str | None = None,
) -> None:
    """They stay in the workspace. Where they see the project no more, none of its tasks is theirs. Raises
    ``MemberNotFound``."""
    place = (workspace_id, project_id, user_id)
    project, details = await _enter(tx, caller, tools, *place, "project_member.remove", override_reason)
    member = {"workspace_id": workspace_id, "project_id": project_id, "account_id": user_id}
    if not await db.is_project_member(tx, **member):
        raise MemberNotFound
    db.delete_project_member(tx, **member)
    end_of_sight(tx, tools, workspace_id=workspace_id, user_id=user_id)
    await _tell(tx, caller, tools, project, "project_member.removed", user_id, details)


async def _enter(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    workspace_id: str,
    project_id: str,
    user_id: str,
    operation: str,
    override_reason: str | None,
) -> tuple[ProjectRow, Mapping[str, str]]:
    """The project, held, and what the audit log says of who may say who is in it."""
    # Before the workspace, and held: the name that is copied here is still the name when it is written.
    hold_accounts(tx, user_id)
    lock_workspace(tx, workspace_id=workspace_id)
    access, project = await enter_project_to_change(
        tx,
        caller,
        workspace_id=workspace_id,
        project_id=project_id,
        operation=operation,
    )
    resource = Resource(owner_id=project.created_by, project_id=project.id)
    decision = await require(tx, caller, tools, access, resource, override_reason=override_reason)
    return project, told(decision, override_reason)


async def _tell(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    project: ProjectRow,
    action: str,
    user_id: str,
    details: Mapping[str, str],
) -> None:
    await _record(
        tx,
        caller,
        tools,
        workspace_id=project.workspace_id,
        action=action,
        target_id=user_id,
        details={"project_id": project.id, **details},
        work=Work(project_id=project.id),
    )
