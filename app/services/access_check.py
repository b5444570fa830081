"""May somebody do this to that, and by which rule: what the routes ask, without doing it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec

from app.core.caller import Caller, Tools
from app.core.errors import BusinessRule, MemberNotFound
from app.core.operations import OPERATIONS
from app.core.permissions import Permission, Role
from app.core.policies import Actor, Context, Decision, Resource, decide
from app.core.work import ProjectStatus
from app.db.connection import ReadTransaction
from app.db.handles import object_roles as db
from app.db.handles.comments import CommentToChangeRow, get_comment_to_change
from app.db.handles.files import get_file
from app.db.handles.objectives import get_objective
from app.db.handles.projects import get_project
from app.db.handles.task_filters import get_filter
from app.db.handles.tasks import TaskToChangeRow, get_task_to_change
from app.kernel.access import enter
from app.kernel.policy_access import grants_of, with_unit


class _Subject(msgspec.Struct, frozen=True):
    workspace_id: str
    user_id: str
    is_guest: bool

    @property
    def place(self) -> dict[str, str]:
        return {"workspace_id": self.workspace_id, "user_id": self.user_id}


class _Found(msgspec.Struct, frozen=True):
    resource: Resource
    task_class: tuple[str, str, str] | None = None
    """Its project, type and state, where permissions on tasks decide."""


_Find = Callable[[ReadTransaction, _Subject, str], Awaitable[_Found | None]]


async def check_access(
    tx: ReadTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    operation: str,
    object_type: str | None,
    object_id: str | None,
    user_id: str | None,
    override_reason: str | None,
) -> Decision:
    """Of the caller, or of ``user_id``, which an ADMIN may ask; of an object, or without one of the
    workspace. It says what access says: a task that is done or a column that is full is another matter.

    What they may not see is answered as what is not there: ``not_seen``. Raises ``BusinessRule`` for an
    operation that there is none of, and for half an object; ``MemberNotFound`` for somebody else who is not
    in the workspace.
    """
    if operation not in OPERATIONS:
        raise BusinessRule("There is no such operation. GET …/roles lists them.")
    if (object_type is None) != (object_id is None):
        raise BusinessRule("An object is named by its type and its id.")
    about = user_id or caller.user_id
    own = "access.check" if about == caller.user_id else "access.check_of_other"
    await enter(tx, caller, workspace_id=workspace_id, operation=own)
    facts = await db.read_policy_facts(tx, workspace_id=workspace_id, account_id=about)
    if facts is None:
        raise MemberNotFound
    subject = _Subject(workspace_id, about, facts.is_guest)
    found = _Found(Resource())
    if object_type is not None and object_id is not None:
        seen = await _FINDERS[object_type](tx, subject, object_id)
        if seen is None:
            return Decision(False, "not_seen", "There is no such object, or they may not see it.")
        found = seen
    actor = Actor(
        user_id=about,
        role=Role(facts.role),
        is_guest=facts.is_guest,
        is_read_only=facts.is_read_only,
        permissions=await _permissions(tx, subject, found.task_class),
        grants=await grants_of(tx, workspace_id, about),
    )
    resource = await with_unit(tx, workspace_id, found.resource)
    return decide(actor, operation, resource, Context(tools.clock(), override_reason))


async def _permissions(
    tx: ReadTransaction, subject: _Subject, task_class: tuple[str, str, str] | None
) -> frozenset[Permission]:
    if task_class is None:
        return frozenset(Permission)
    project_id, task_type_id, state = task_class
    rows = await db.list_task_permissions(
        tx, project_id=project_id, task_type_id=task_type_id, state=state, **subject.place
    )
    return frozenset(Permission(row.permission) for row in rows)


async def _find_project(tx: ReadTransaction, subject: _Subject, object_id: str) -> _Found | None:
    row = await get_project(tx, project_id=object_id, **subject.place)
    if row is None:
        return None
    return _Found(
        Resource(owner_id=row.created_by, project_id=row.id, is_archived=row.status == ProjectStatus.ARCHIVED)
    )


async def _find_task(tx: ReadTransaction, subject: _Subject, object_id: str) -> _Found | None:
    row = await get_task_to_change(tx, task_id=object_id, permission=Permission.VIEW, **subject.place)
    if row is None:
        return None
    return _Found(_of_work(row), (row.project_id, row.task_type_id, row.state))


async def _find_comment(tx: ReadTransaction, subject: _Subject, object_id: str) -> _Found | None:
    row = await get_comment_to_change(tx, comment_id=object_id, **subject.place)
    return None if row is None else _Found(_of_work(row))


def _of_work(row: TaskToChangeRow | CommentToChangeRow) -> Resource:
    return Resource(
        owner_id=row.created_by,
        project_id=row.project_id,
        is_archived=row.project_status == ProjectStatus.ARCHIVED,
    )


async def _find_file(tx: ReadTransaction, subject: _Subject, object_id: str) -> _Found | None:
    row = await get_file(tx, workspace_id=subject.workspace_id, file_id=object_id)
    return None if row is None or subject.is_guest else _Found(Resource(owner_id=row.uploaded_by))


async def _find_filter(tx: ReadTransaction, subject: _Subject, object_id: str) -> _Found | None:
    row = await get_filter(tx, sees_shared=not subject.is_guest, filter_id=object_id, **subject.place)
    return None if row is None else _Found(Resource(owner_id=row.owner_id))


async def _find_objective(tx: ReadTransaction, subject: _Subject, object_id: str) -> _Found | None:
    row = await get_objective(tx, workspace_id=subject.workspace_id, objective_id=object_id)
    if row is None or subject.is_guest:
        return None
    return _Found(Resource(owner_id=row.owner_id, objective_id=row.id))


_FINDERS: dict[str, _Find] = {
    "project": _find_project,
    "task": _find_task,
    "comment": _find_comment,
    "file": _find_file,
    "filter": _find_filter,
    "objective": _find_objective,
}
