"""Comments on tasks. Whoever sees a task reads what is said of it; a MEMBER says something, unless their type
only looks on. What is deleted is gone, text and all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from app.core.caller import Caller, Tools
from app.core.permissions import Permission
from app.core.policies import Resource
from app.core.preconditions import Expected, require_version
from app.core.text import key_range, member_key, moment_key
from app.core.work import Visibility
from app.core.work_errors import CommentNotFound, ProjectArchived
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import comments as db
from app.db.handles.comments import CommentRow, CommentToChangeRow
from app.db.handles.tasks import TaskToChangeRow
from app.db.paging import Asked, Found
from app.kernel import audit
from app.kernel.access import Access, enter
from app.kernel.events import Work
from app.kernel.policy_access import require, require_writer, told
from app.kernel.project_access import find_project
from app.kernel.search_index import forget_comment, index_comment
from app.kernel.task_access import find_task, find_task_to_change


class Comment(msgspec.Struct, frozen=True, kw_only=True):
    """``mentions``: the ids of those whom it speaks to."""

    id: str
    task_id: str
    body: str
    mentions: list[str]
    created_by: str
    created_at: datetime
    edited_at: datetime | None
    version: int


async def add_comment(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    task_id: str,
    body: str,
    mentions: Sequence[str],
) -> Comment:
    """Of ``mentions``, those are spoken to who may see the task; the others are left out. Raises
    ``TaskNotFound``, ``ProjectArchived``, ``AccessDenied``."""
    access = await enter(tx, caller, workspace_id=workspace_id, operation="comment.add")
    task = await find_task_to_change(tx, caller, access, task_id, Permission.VIEW)
    await require_writer(tx, caller, access)
    comment_id, now = tools.new_id(), tools.clock()
    db.insert_comment(
        tx,
        workspace_id=workspace_id,
        comment_id=comment_id,
        task_id=task_id,
        body=body,
        list_key=moment_key(now, comment_id),
        created_by=caller.user_id,
        now=now,
    )
    _mention(tx, caller, workspace_id, comment_id, task_id, mentions)
    index_comment(tx, workspace_id, comment_id, task.project_id, body)
    made = await _find(tx, caller, workspace_id, comment_id)
    await _record(tx, caller, tools, workspace_id, "comment.created", made, task)
    return made


async def get_comment(tx: ReadTransaction, caller: Caller, *, workspace_id: str, comment_id: str) -> Comment:
    await enter(tx, caller, workspace_id=workspace_id, operation="comment.read")
    return await _find(tx, caller, workspace_id, comment_id)


async def list_comments(
    tx: ReadTransaction, caller: Caller, asked: Asked[str], *, workspace_id: str, task_id: str
) -> Found[str]:
    """The oldest first."""
    await enter(tx, caller, workspace_id=workspace_id, operation="comment.list")
    await find_task(tx, caller, workspace_id, task_id)
    rows = await db.list_comments(
        tx,
        workspace_id=workspace_id,
        user_id=caller.user_id,
        task_id=task_id,
        after_key=asked.place,
        page_size=asked.page_size,
    )
    found = asked.found(rows, lambda row: moment_key(row.created_at, row.id))
    return Found(await _shown(tx, workspace_id, rows[: asked.limit]), found.place)


async def list_viewers(
    tx: ReadTransaction,
    caller: Caller,
    asked: Asked[str],
    *,
    workspace_id: str,
    task_id: str,
    name_prefix: str | None,
) -> Found[str]:
    """Who may see a task, is stopped by nobody, and so may be spoken to in a comment on it: by display name,
    whose name begins with ``name_prefix``, whatever its case. Raises ``TaskNotFound``."""
    await enter(tx, caller, workspace_id=workspace_id, operation="task.list_viewers")
    task = await find_task(tx, caller, workspace_id, task_id)
    project = await find_project(tx, caller, workspace_id, task.project_id)
    first, last = key_range(name_prefix, asked.place)
    # Of many who are not in it, each would be judged until a page is full.
    is_of_few = project.visibility == Visibility.MEMBERS
    list_them = db.list_task_viewers_of_few if is_of_few else db.list_task_viewers
    rows = await list_them(
        tx,
        workspace_id=workspace_id,
        user_id=caller.user_id,
        task_id=task_id,
        after_key=first,
        before_key=last,
        page_size=asked.page_size,
    )
    return asked.found(rows, lambda row: member_key(row.display_name, row.user_id))


async def update_comment(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    comment_id: str,
    body: str | None,
    mentions: Sequence[str] | None,
    expected: Expected = None,
) -> Comment:
    """For its author alone; None leaves what there is. Raises ``CommentNotFound``, ``VersionMismatch``,
    ``ProjectArchived``, ``AccessDenied``."""
    access = await enter(tx, caller, workspace_id=workspace_id, operation="comment.update")
    row = await _find_to_change(tx, caller, access, comment_id, expected)
    await require_writer(tx, caller, access)
    await require(tx, caller, tools, access, _resource(row))
    (before,) = await _shown(tx, workspace_id, [row])
    is_other = body is not None and body != before.body
    if mentions is not None and sorted(set(mentions)) != before.mentions:
        db.delete_mentions(tx, workspace_id=workspace_id, comment_id=comment_id)
        _mention(tx, caller, workspace_id, comment_id, row.task_id, mentions)
        after = await _find(tx, caller, workspace_id, comment_id)
        has_others = after.mentions != before.mentions
    else:
        has_others = False
    if not is_other and not has_others:
        return before
    text = body if body is not None else before.body
    db.update_comment(
        tx,
        workspace_id=workspace_id,
        comment_id=comment_id,
        body=text,
        edited_at=tools.clock() if is_other else row.edited_at,
    )
    if is_other:
        index_comment(tx, workspace_id, comment_id, row.project_id, text, before=before.body)
    changed = await _find(tx, caller, workspace_id, comment_id)
    await _record(tx, caller, tools, workspace_id, "comment.updated", changed, row)
    return changed


async def delete_comment(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    comment_id: str,
    expected: Expected = None,
    override_reason: str | None = None,
) -> None:
    """For whom policies let. Raises as ``update_comment`` does."""
    access = await enter(tx, caller, workspace_id=workspace_id, operation="comment.delete")
    row = await _find_to_change(tx, caller, access, comment_id, expected)
    await require_writer(tx, caller, access)
    decision = await require(tx, caller, tools, access, _resource(row), override_reason=override_reason)
    db.delete_mentions(tx, workspace_id=workspace_id, comment_id=comment_id)
    forget_comment(tx, workspace_id, comment_id, row.body)
    db.delete_comment(tx, workspace_id=workspace_id, comment_id=comment_id)
    details = told(decision, override_reason)
    await _record(tx, caller, tools, workspace_id, "comment.deleted", row, row, details)


def _resource(row: CommentToChangeRow) -> Resource:
    return Resource(owner_id=row.created_by, project_id=row.project_id)


async def _find_to_change(
    tx: WriteTransaction, caller: Caller, access: Access, comment_id: str, expected: Expected
) -> CommentToChangeRow:
    db.lock_commented_task(tx, workspace_id=access.workspace_id, comment_id=comment_id)
    row = await db.get_comment_to_change(
        tx, workspace_id=access.workspace_id, user_id=caller.user_id, comment_id=comment_id
    )
    if row is None:
        raise CommentNotFound
    require_version(row.version, expected)
    if row.project_status != "ACTIVE":
        raise ProjectArchived
    return row


async def _find(tx: ReadTransaction, caller: Caller, workspace_id: str, comment_id: str) -> Comment:
    row = await db.get_comment(tx, workspace_id=workspace_id, user_id=caller.user_id, comment_id=comment_id)
    if row is None:
        raise CommentNotFound
    (comment,) = await _shown(tx, workspace_id, [row])
    return comment


async def _shown(tx: ReadTransaction, workspace_id: str, rows: Sequence[CommentRow]) -> list[Comment]:
    ids = msgspec.json.encode([row.id for row in rows]).decode()
    found = await db.list_mentions(tx, workspace_id=workspace_id, comments=ids) if rows else []
    spoken_to: dict[str, list[str]] = {row.id: [] for row in rows}
    for each in found:
        spoken_to[each.comment_id].append(each.user_id)
    return [
        Comment(
            id=row.id,
            task_id=row.task_id,
            body=row.body,
            mentions=spoken_to[row.id],
            created_by=row.created_by,
            created_at=row.created_at,
            edited_at=row.edited_at,
            version=row.version,
        )
        for row in rows
    ]


def _mention(
    tx: WriteTransaction,
    caller: Caller,
    workspace_id: str,
    comment_id: str,
    task_id: str,
    mentions: Sequence[str],
) -> None:
    if mentions:
        db.insert_mentions(
            tx,
            workspace_id=workspace_id,
            user_id=caller.user_id,
            comment_id=comment_id,
            task_id=task_id,
            mentioned=msgspec.json.encode(sorted(set(mentions))).decode(),
        )


async def _record(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    workspace_id: str,
    action: str,
    comment: Comment | CommentRow,
    task: TaskToChangeRow | CommentToChangeRow,
    details: Mapping[str, str] | None = None,
) -> None:
    """Whoever may see the task is told, and not of a word that was written."""
    await audit.record(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action=action,
        target_type="comment",
        target_id=comment.id,
        details={"task_id": comment.task_id, **(details or {})},
        work=Work(
            project_id=task.project_id,
            task_type_id=task.task_type_id,
            state=task.state,
            data={"task_id": comment.task_id},
        ),
    )
