"""Comments on objectives: as those on tasks, without anybody who is spoken to."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from app.core.caller import Caller, Tools
from app.core.okr_errors import ObjectiveCommentNotFound
from app.core.policies import Resource
from app.core.preconditions import Expected, require_version
from app.core.text import moment_key
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import objective_comments as db
from app.db.handles.objective_comments import ObjectiveCommentRow
from app.db.paging import Asked, Found
from app.kernel import audit
from app.kernel.access import Access, enter
from app.kernel.okr_access import find_objective, hold_objective
from app.kernel.policy_access import require, require_writer, told


async def add_comment(
    tx: WriteTransaction, caller: Caller, tools: Tools, *, workspace_id: str, objective_id: str, body: str
) -> ObjectiveCommentRow:
    """Raises ``ObjectiveNotFound``, ``OkrCycleClosed``, ``AccessDenied``."""
    access = await enter(tx, caller, workspace_id=workspace_id, operation="objective_comment.add")
    await hold_objective(tx, workspace_id, objective_id)
    await require_writer(tx, caller, access)
    made = ObjectiveCommentRow(
        id=tools.new_id(),
        objective_id=objective_id,
        body=body,
        created_by=caller.user_id,
        created_at=tools.clock(),
        edited_at=None,
        version=1,
    )
    db.insert_objective_comment(
        tx,
        workspace_id=workspace_id,
        comment_id=made.id,
        objective_id=objective_id,
        body=body,
        list_key=moment_key(made.created_at, made.id),
        created_by=caller.user_id,
        now=made.created_at,
    )
    await _record(tx, caller, tools, workspace_id, "objective_comment.created", made)
    return made


async def list_comments(
    tx: ReadTransaction, caller: Caller, asked: Asked[str], *, workspace_id: str, objective_id: str
) -> Found[str]:
    """The oldest first. Raises ``ObjectiveNotFound``."""
    await enter(tx, caller, workspace_id=workspace_id, operation="objective_comment.list")
    await find_objective(tx, workspace_id, objective_id)
    rows = await db.list_objective_comments(
        tx,
        workspace_id=workspace_id,
        objective_id=objective_id,
        after_key=asked.place,
        page_size=asked.page_size,
    )
    return asked.found(rows, lambda row: moment_key(row.created_at, row.id))


async def get_comment(
    tx: ReadTransaction, caller: Caller, *, workspace_id: str, comment_id: str
) -> ObjectiveCommentRow:
    """Raises ``ObjectiveCommentNotFound``."""
    await enter(tx, caller, workspace_id=workspace_id, operation="objective_comment.read")
    return await _find(tx, workspace_id, comment_id)


async def update_comment(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    comment_id: str,
    body: str | None,
    expected: Expected = None,
) -> ObjectiveCommentRow:
    """For its author alone; None leaves what there is. Raises ``ObjectiveCommentNotFound``,
    ``VersionMismatch``, ``OkrCycleClosed``, ``AccessDenied``."""
    access = await enter(tx, caller, workspace_id=workspace_id, operation="objective_comment.update")
    row = await _hold(tx, caller, access, comment_id, expected)
    await require(tx, caller, tools, access, _resource(row))
    if body is None or body == row.body:
        return row
    now = tools.clock()
    db.update_objective_comment(tx, workspace_id=workspace_id, comment_id=comment_id, body=body, now=now)
    changed = msgspec.structs.replace(row, body=body, edited_at=now, version=row.version + 1)
    await _record(tx, caller, tools, workspace_id, "objective_comment.updated", changed)
    return changed


async def delete_comment(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    comment_id: str,
    expected: Expected = None,
) -> None:
    """For whom policies let. Raises as ``update_comment`` does."""
    access = await enter(tx, caller, workspace_id=workspace_id, operation="objective_comment.delete")
    row = await _hold(tx, caller, access, comment_id, expected)
    decision = await require(tx, caller, tools, access, _resource(row))
    db.delete_objective_comment(tx, workspace_id=workspace_id, comment_id=comment_id)
    details = told(decision, None)
    await _record(tx, caller, tools, workspace_id, "objective_comment.deleted", row, details)


def _resource(row: ObjectiveCommentRow) -> Resource:
    return Resource(owner_id=row.created_by, objective_id=row.objective_id)


async def _find(tx: ReadTransaction, workspace_id: str, comment_id: str) -> ObjectiveCommentRow:
    row = await db.get_objective_comment(tx, workspace_id=workspace_id, comment_id=comment_id)
    if row is None:
        raise ObjectiveCommentNotFound
    return row


async def _hold(
    tx: WriteTransaction, caller: Caller, access: Access, comment_id: str, expected: Expected
) -> ObjectiveCommentRow:
    """Of which objective it is does not change; all else is read again when that is held."""
    objective_id = (await _find(tx, access.workspace_id, comment_id)).objective_id
    await hold_objective(tx, access.workspace_id, objective_id)
    row = await _find(tx, access.workspace_id, comment_id)
    require_version(row.version, expected)
    await require_writer(tx, caller, access)
    return row


async def _record(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    workspace_id: str,
    action: str,
    row: ObjectiveCommentRow,
    details: Mapping[str, str] | None = None,
) -> None:
    """Not of a word that was written."""
    await audit.record(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action=action,
        target_type="objective_comment",
        target_id=row.id,
        details={"objective_id": row.objective_id, **(details or {})},
    )
