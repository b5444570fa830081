"""Labels of a workspace, which all in it see, and the tasks that they are put on."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from app.core.caller import Caller, Tools
from app.core.permissions import Permission
from app.core.preconditions import Expected, require_version
from app.core.text import fold, key_range, name_key
from app.core.work_errors import LabelNotFound, TooManyLabels
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import labels as db
from app.db.handles.labels import LabelRow
from app.db.paging import Asked, Found
from app.kernel import audit
from app.kernel.access import enter
from app.kernel.task_access import find_task, find_task_to_change, record_task

MOST_LABELS = 50
"""Of one task."""

_record = partial(audit.record, target_type="label")


async def create_label(
    tx: WriteTransaction, caller: Caller, tools: Tools, *, workspace_id: str, name: str, color: str | None
) -> LabelRow:
    """For a MEMBER who is no guest. Raises ``LabelExists`` through UQ_Label_name."""
    await enter(tx, caller, workspace_id=workspace_id, operation="label.create")
    label_id, now = tools.new_id(), tools.clock()
    db.insert_label(
        tx,
        label_id=label_id,
        workspace_id=workspace_id,
        name=name,
        name_key=fold(name),
        list_key=name_key(name, label_id),
        color=color,
        created_by=caller.user_id,
        now=now,
    )
    await _record(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action="label.created",
        target_id=label_id,
        details={"name": name, "color": color},
    )
    return LabelRow(
        id=label_id,
        name=name,
        color=color,
        created_by=caller.user_id,
        created_at=now,
        updated_at=now,
        version=1,
    )


async def list_labels(
    tx: ReadTransaction, caller: Caller, asked: Asked[str], *, workspace_id: str, name_prefix: str | None
) -> Found[str]:
    """By name; those whose name begins with ``name_prefix``, where one is given."""
    await enter(tx, caller, workspace_id=workspace_id, operation="label.list")
    after_key, before_key = key_range(name_prefix, asked.place)
    rows = await db.list_labels(
        tx,
        workspace_id=workspace_id,
        after_key=after_key,
        before_key=before_key,
        page_size=asked.page_size,
    )
    return asked.found(rows, _place)


async def get_label(tx: ReadTransaction, caller: Caller, *, workspace_id: str, label_id: str) -> LabelRow:
    await enter(tx, caller, workspace_id=workspace_id, operation="label.read")
    return await _find(tx, workspace_id, label_id)


async def update_label(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    label_id: str,
    changes: Mapping[str, Any],
    expected: Expected = None,
) -> LabelRow:
    """``changes`` may hold ``name`` and ``color``; what is not in it stays. Raises ``LabelNotFound``,
    ``LabelExists``, ``VersionMismatch``."""
    await enter(tx, caller, workspace_id=workspace_id, operation="label.update")
    db.lock_label(tx, workspace_id=workspace_id, label_id=label_id)
    row = await _find(tx, workspace_id, label_id)
    require_version(row.version, expected)
    before = {"name": row.name, "color": row.color}
    after = {**before, **changes}
    changed = [name for name in after if after[name] != before[name]]
    if not changed:
        return row
    db.update_label(
        tx,
        workspace_id=workspace_id,
        label_id=label_id,
        name=after["name"],
        name_key=fold(after["name"]),
        list_key=name_key(after["name"], label_id),
        color=after["color"],
        now=tools.clock(),
    )
    await _record(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action="label.updated",
        target_id=label_id,
        details={"changes": {name: [before[name], after[name]] for name in changed}},
    )
    return await _find(tx, workspace_id, label_id)


async def delete_label(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    label_id: str,
    expected: Expected = None,
) -> None:
    """For an ADMIN: it is taken off every task."""
    await enter(tx, caller, workspace_id=workspace_id, operation="label.delete")
    db.lock_label(tx, workspace_id=workspace_id, label_id=label_id)
    row = await _find(tx, workspace_id, label_id)
    require_version(row.version, expected)
    db.take_label_off_tasks(tx, workspace_id=workspace_id, label_id=label_id)
    db.delete_label(tx, workspace_id=workspace_id, label_id=label_id)
    await _record(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action="label.deleted",
        target_id=label_id,
        details={"name": row.name},
    )


async def list_task_labels(
    tx: ReadTransaction, caller: Caller, asked: Asked[str], *, workspace_id: str, task_id: str
) -> Found[str]:
    """By name. Raises ``TaskNotFound``."""
    await enter(tx, caller, workspace_id=workspace_id, operation="task.read")
    await find_task(tx, caller, workspace_id, task_id)
    rows = await db.list_task_labels(
        tx,
        workspace_id=workspace_id,
        user_id=caller.user_id,
        task_id=task_id,
        after_key=asked.place,
        page_size=asked.page_size,
    )
    return asked.found(rows, _place)


async def label_task(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    task_id: str,
    label_id: str,
    is_on: bool,
) -> None:
    """Puts a label on a task, or takes it off; it needs ``move_state``, as what is written of the task does.
    Nothing happens where it is so. Raises as ``find_task_to_change`` does, ``LabelNotFound``, and
    ``TooManyLabels``."""
    operation = "task.label" if is_on else "task.unlabel"
    access = await enter(tx, caller, workspace_id=workspace_id, operation=operation)
    task = await find_task_to_change(tx, caller, access, task_id, Permission.MOVE_STATE)
    db.lock_label(tx, workspace_id=workspace_id, label_id=label_id)
    await _find(tx, workspace_id, label_id)
    change = db.put_label_on_task if is_on else db.take_label_off_task
    if not await change(tx, workspace_id=workspace_id, label_id=label_id, doc_no=task.doc_no):
        return
    count = await db.count_task_labels(tx, workspace_id=workspace_id, doc_no=task.doc_no)
    if is_on and count > MOST_LABELS:
        raise TooManyLabels(details={"limit": MOST_LABELS})
    facts = {"label_id": label_id}
    action = "task.label_added" if is_on else "task.label_removed"
    await record_task(tx, caller, tools, task, action, workspace_id=workspace_id, details=facts, data=facts)


async def _find(tx: ReadTransaction, workspace_id: str, label_id: str) -> LabelRow:
    row = await db.get_label(tx, workspace_id=workspace_id, label_id=label_id)
    if row is None:
        raise LabelNotFound
    return row


def _place(row: LabelRow) -> str:
    return name_key(row.name, row.id)
