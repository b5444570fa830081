"""A workflow instance goes on by a newer version of its template."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import Any, NamedTuple

import msgspec

from app.core.caller import Caller, Tools
from app.core.clock import utc_text
from app.core.json_text import as_json
from app.core.task_states import BlockedBy, TaskState
from app.core.work_errors import (
    DependencyCycle,
    WorkflowInstanceNotFound,
    WorkflowInstanceState,
    WorkflowNodeBegun,
    WorkflowVersionNotNewer,
)
from app.db.connection import WriteTransaction
from app.db.handles import workflow_instances as db
from app.db.handles.projects import lock_project
from app.db.handles.tasks import take_task_numbers
from app.db.handles.workflow_instances import InstanceTaskRow, InstanceToChangeRow, NodeRow
from app.kernel.access import enter
from app.kernel.events import Event, Work
from app.kernel.task_unlocks import completed, hold_around, unlock
from app.kernel.workflow_access import find_instance_to_change, nodes_of, record_instance
from app.services.workflow_instances import (
    insert_nodes,
    set_state,
    version_in_force,
)


class Migration(msgspec.Struct, frozen=True, kw_only=True):
    """What changes, by the ids of nodes. ``begun``: removed ones that are in work, which are in the way."""

    from_version: int
    to_version: int
    added: list[str]
    removed: list[str]
    kept: list[str]
    begun: list[str]
    is_dry_run: bool


class _Plan(NamedTuple):
    added: list[NodeRow]
    removed: list[InstanceTaskRow]
    kept: dict[str, InstanceTaskRow]


async def migrate_instance(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    instance_id: str,
    version: int | None,
    dry_run: bool,
) -> Migration:
    """Goes on by ``version``, or by the latest that is published; with ``dry_run`` only says what would
    change. For an ADMIN, who sees every task.

    Nodes are the same by their id. Of those that are new, tasks are made; those that are no more are deleted,
    unless they are done, which stays. Kept ones keep all that is theirs, but wait for what the new version
    says: what nobody has begun is BLOCKED again, or let go. Raises ``WorkflowInstanceNotFound``,
    ``WorkflowInstanceState``, ``WorkflowVersionNotFound``, ``WorkflowNotInForce``,
    ``WorkflowVersionNotNewer``, ``WorkflowNodeBegun``, ``DependencyCycle``, ``ProjectArchived``.
    """
    access = await enter(tx, caller, workspace_id=workspace_id, operation="workflow_instance.migrate")
    seen = await db.get_instance(
        tx, workspace_id=workspace_id, user_id=caller.user_id, instance_id=instance_id
    )
    if seen is None:
        raise WorkflowInstanceNotFound
    lock_project(tx, workspace_id=workspace_id, project_id=seen.project_id)
    db.lock_instance_tasks(tx, workspace_id=workspace_id, instance_id=instance_id)
    tasks = await db.list_instance_tasks(tx, workspace_id=workspace_id, instance_id=instance_id)
    hold_around(tx, workspace_id, [task.id for task in tasks])
    row = await find_instance_to_change(tx, caller, access, instance_id)
    if row.state not in ("RUNNING", "PAUSED"):
        raise WorkflowInstanceState(details={"state": row.state, "allowed": ("RUNNING", "PAUSED")})
    to = await version_in_force(tx, workspace_id, row.template_id, version)
    if to.template_version <= row.template_version:
        raise WorkflowVersionNotNewer
    graph: dict[str, Any] = {
        "workspace_id": workspace_id,
        "project_id": row.project_id,
        "template_id": row.template_id,
        "template_version": to.template_version,
    }
    nodes = await nodes_of(tx, graph)
    plan = _plan(nodes, tasks)
    begun = sorted(task.node_id for task in plan.removed if _is_begun(task))
    told = Migration(
        from_version=row.template_version,
        to_version=to.template_version,
        added=[node.node_id for node in plan.added],
        removed=sorted(task.node_id for task in plan.removed),
        kept=sorted(plan.kept),
        begun=begun,
        is_dry_run=dry_run,
    )
    if dry_run:
        return told
    if begun:
        raise WorkflowNodeBegun(details={"nodes": begun})
    also = await _apply(tx, caller, tools, row, nodes, plan, graph, [task.id for task in tasks])
    await record_instance(
        tx,
        caller,
        tools,
        workspace_id,
        row,
        "workflow_instance.migrated",
        details={
            "from_version": told.from_version,
            "to_version": told.to_version,
            "added": len(told.added),
            "removed": len(told.removed),
        },
        also=also,
    )
    return told


def _plan(nodes: list[NodeRow], tasks: list[InstanceTaskRow]) -> _Plan:
    """What was done of a node that is no more stays, and is none of what is removed."""
    by_node = {task.node_id: task for task in tasks}
    names = {node.node_id for node in nodes}
    return _Plan(
        added=[node for node in nodes if node.node_id not in by_node],
        removed=[task for name, task in by_node.items() if name not in names and not _is_over(task)],
        kept={name: task for name, task in by_node.items() if name in names},
    )


def _is_over(task: InstanceTaskRow) -> bool:
    return task.is_deleted or task.state == TaskState.DONE


def _is_begun(task: InstanceTaskRow) -> bool:
    return task.state == TaskState.IN_PROGRESS or task.blocked_by == BlockedBy.MANUAL


async def _apply(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    row: InstanceToChangeRow,
    nodes: list[NodeRow],
    plan: _Plan,
    graph: dict[str, Any],
    before: list[str],
) -> list[Event]:
    workspace_id, project_id, now = graph["workspace_id"], row.project_id, tools.clock()
    of = {"workspace_id": workspace_id, "instance_id": row.id}
    take_task_numbers(tx, workspace_id=workspace_id, project_id=project_id, taken=len(plan.added))
    room = await db.read_instance_room(tx, user_id=caller.user_id, taken=len(plan.added), **graph)
    db.delete_dependencies(tx, workspace_id=workspace_id, ids=as_json(before))
    gone = as_json([task.id for task in plan.removed])
    db.remove_tasks(tx, workspace_id=workspace_id, ids=gone, now=now, updated_at=utc_text(now))
    made, told = insert_nodes(tx, caller, tools, row.id, plan.added, room, graph, now)
    ids = {name: task.id for name, task in plan.kept.items()} | made
    db.insert_dependencies(
        tx,
        ids=as_json([ids[node.node_id] for node in nodes]),
        created_by=caller.user_id,
        now=now,
        **graph,
    )
    db.set_trigger_rules(tx, **of, template_id=row.template_id, template_version=graph["template_version"])
    db.set_instance_version(tx, **of, template_version=graph["template_version"], now=now)
    row.template_version, row.updated_at = graph["template_version"], now
    await _require_no_cycle(tx, workspace_id, project_id)
    told += [_told(task, row, room.project_key, "task.deleted", task.state) for task in plan.removed]
    kept = {task.id: task for task in plan.kept.values()}
    held = [each.id for each in await db.list_held(tx, **of)]
    if held:
        names = as_json(held)
        db.block_tasks(tx, workspace_id=workspace_id, ids=names, now=now, updated_at=utc_text(now))
        db.insert_blocks(tx, workspace_id=workspace_id, ids=names, now=now)
        told += [
            _told(kept[id_], row, room.project_key, "task.transitioned", "BLOCKED", "TODO") for id_ in held
        ]
    waiting = [task.id for task in await db.list_waiting_tasks(tx, **of)]
    removed = [task.id for task in plan.removed]
    told += await unlock(tx, tools, workspace_id=workspace_id, ids=waiting, gone=removed)
    if row.state == "RUNNING" and not await db.has_open_task(tx, **of):
        row.state, row.ended_at = "COMPLETED", now
        set_state(tx, workspace_id, row)
        told.append(completed(row.id, project_id))
    return told


async def _require_no_cycle(tx: WriteTransaction, workspace_id: str, project_id: str) -> None:
    """Dependencies by hand may close one with what the new version says."""
    parents: dict[str, list[str]] = {}
    for edge in await db.list_project_dependencies(tx, workspace_id=workspace_id, project_id=project_id):
        parents.setdefault(edge.child_id, []).append(edge.parent_id)
    try:
        TopologicalSorter(parents).prepare()
    except CycleError:
        raise DependencyCycle("With a dependency by hand a task would wait for itself.") from None


def _told(
    task: InstanceTaskRow,
    row: InstanceToChangeRow,
    key: str,
    action: str,
    state: str,
    before: str | None = None,
) -> Event:
    moved = {"from": before, "to": state} if before else {}
    return Event(
        type=action,
        object_type="task",
        object_id=task.id,
        work=Work(
            project_id=row.project_id,
            task_type_id=task.task_type_id,
            state=state,
            state_before=before,
            data={"key": f"{key}-{task.number}", "state": state, **moved},
        ),
    )
