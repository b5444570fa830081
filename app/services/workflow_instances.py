"""Workflow instances: made of a published version in one transaction, listed, shown, held up and ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from app.core.caller import Caller, Tools
from app.core.clock import utc_text
from app.core.json_text import as_json
from app.core.text import change_key
from app.core.work_errors import (
    CorrelationKeyUsed,
    WorkflowInstanceNotFound,
    WorkflowInstanceState,
    WorkflowNotInForce,
    WorkflowTemplateNotFound,
    WorkflowVersionNotFound,
)
from app.core.workflow_progress import Place, Progress, blocking, critical_path, progress
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import workflow_instances as db
from app.db.handles.tasks import take_task_numbers
from app.db.handles.workflow_instances import (
    InstanceNodeRow,
    InstanceRoomRow,
    InstanceRow,
    NodeRow,
    VersionRow,
)
from app.db.paging import Asked, Found
from app.kernel.access import enter
from app.kernel.events import Event, Work
from app.kernel.project_access import enter_project_to_change
from app.kernel.search_index import NewTask, index_new_tasks
from app.kernel.task_access import NO_TYPE
from app.kernel.task_unlocks import completed, unlock
from app.kernel.workflow_access import (
    Instance,
    facts,
    find_instance_to_change,
    may_not_assign,
    nodes_of,
    record_instance,
    shown,
)

NEWEST = "~"
"""Sorts after every key of an instance."""


class InstanceNode(msgspec.Struct, frozen=True, kw_only=True):
    """A node with its task. Of a task that the caller may not see there is ``ordinal`` and ``is_hidden``."""

    ordinal: int
    is_hidden: bool
    is_deleted: bool
    node_id: str | None = None
    task_id: str | None = None
    key: str | None = None
    title: str | None = None
    task_type_id: str | None = None
    state: str | None = None
    blocked_by: str | None = None
    assignee_id: str | None = None
    assignee_user_type_id: str | None = None
    trigger_rule: str | None = None
    due_at: datetime | None = None


class InstanceEdge(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """``to`` waits for ``from_``, both ordinals."""

    from_: int
    to: int


class InstanceGraph(Instance, frozen=True, kw_only=True):
    """An instance as it is shown by itself: as far as the caller may see its tasks."""

    progress: Progress
    critical_path: list[int]
    blocking: list[int]
    nodes: list[InstanceNode]
    edges: list[InstanceEdge]


class _Made(msgspec.Struct, frozen=True):
    """A task that is being made of a node: members are named as ``insert_tasks`` reads them."""

    ordinal: int
    id: str
    number: int
    updated_key: str
    due_at: str | None
    due_key: str | None
    assignee_id: str | None


async def instantiate(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    template_id: str,
    version: int | None,
    project_id: str,
    name: str,
    correlation_key: str | None,
) -> Instance:
    """Makes the tasks of a published version, by a number of statements that does not depend on how many they
    are: those that wait for nothing are TODO, the others BLOCKED. Without ``version``, of the latest.

    For a MEMBER who may ``assign`` tasks of the project, of the type of one of the nodes at least. Tasks of
    types that they do not see are made too: who published the template has decided that. Whoever is named in
    a node is assigned if they may take the task up, now or when it is let go; of a user type nobody is: its
    people pick.

    What was made under a ``correlation_key`` is answered again to whoever asks for the same again. Raises
    ``CorrelationKeyUsed`` where they ask for something else, ``ProjectNotFound``, ``ProjectArchived``,
    ``WorkflowTemplateNotFound``, ``WorkflowVersionNotFound``, ``WorkflowNotInForce``, ``AccessDenied``.
    """
    access, _ = await enter_project_to_change(
        tx,
        caller,
        workspace_id=workspace_id,
        project_id=project_id,
        operation="workflow_instance.create",
    )
    if correlation_key is not None:
        known = await db.find_correlated_instance(
            tx, workspace_id=workspace_id, correlation_key=correlation_key
        )
        if known is not None:
            if _is_same(known, template_id, version, project_id, name):
                return shown(known)
            raise CorrelationKeyUsed
    of = await version_in_force(tx, workspace_id, template_id, version)
    graph: dict[str, Any] = {
        "workspace_id": workspace_id,
        "project_id": project_id,
        "template_id": template_id,
        "template_version": of.template_version,
    }
    take_task_numbers(tx, workspace_id=workspace_id, project_id=project_id, taken=of.nodes)
    room = await db.read_instance_room(tx, user_id=caller.user_id, taken=of.nodes, **graph)
    if not room.may_assign:
        raise may_not_assign(access)
    nodes = await nodes_of(tx, graph)
    now, instance_id = tools.clock(), tools.new_id()
    instance = InstanceRow(
        id=instance_id,
        template_id=template_id,
        template_version=of.template_version,
        project_id=project_id,
        name=name,
        state="RUNNING",
        correlation_key=correlation_key,
        created_by=caller.user_id,
        created_at=now,
        updated_at=now,
        ended_at=None,
        list_key=change_key(now, instance_id),
    )
    db.insert_instance(
        tx,
        workspace_id=workspace_id,
        instance_id=instance_id,
        template_id=template_id,
        template_version=of.template_version,
        project_id=project_id,
        name=name,
        correlation_key=correlation_key,
        list_key=instance.list_key,
        created_by=caller.user_id,
        now=now,
    )
    made, told = insert_nodes(tx, caller, tools, instance_id, nodes, room, graph, now)
    ids = as_json([made[node.node_id] for node in nodes])
    db.insert_dependencies(tx, ids=ids, created_by=caller.user_id, now=now, **graph)
    await record_instance(
        tx,
        caller,
        tools,
        workspace_id,
        instance,
        "workflow_instance.created",
        details={"template_id": template_id, "template_version": of.template_version, "tasks": len(nodes)},
        also=told,
    )
    return shown(instance)


def insert_nodes(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    instance_id: str,
    nodes: Sequence[NodeRow],
    room: InstanceRoomRow,
    graph: Mapping[str, Any],
    now: datetime,
) -> tuple[dict[str, str], list[Event]]:
    """Makes the tasks of nodes of ``graph``, a version and the project, whose row the caller holds, with the
    numbers that ``room`` begins. Answers their ids by those of the nodes, and what there is to tell."""
    made = [_made(node, tools.new_id(), number, now) for number, node in enumerate(nodes, room.first_number)]
    db.insert_tasks(
        tx, instance_id=instance_id, tasks=as_json(made), created_by=caller.user_id, now=now, **graph
    )
    pairs = list(zip(nodes, made, strict=True))
    index_new_tasks(
        tx,
        graph["workspace_id"],
        graph["project_id"],
        [
            NewTask(task.id, room.project_key, task.number, node.title, node.description)
            for node, task in pairs
        ],
    )
    told = [
        _task_made(node, task, graph["project_id"], f"{room.project_key}-{task.number}", instance_id)
        for node, task in pairs
    ]
    return {node.node_id: task.id for node, task in pairs}, told


def _is_same(known: InstanceRow, template_id: str, version: int | None, project_id: str, name: str) -> bool:
    """Without a version the latest was asked for, whichever that was."""
    return (known.template_id, known.project_id, known.name) == (template_id, project_id, name) and (
        version is None or version == known.template_version
    )


async def version_in_force(
    tx: ReadTransaction, workspace_id: str, template_id: str, version: int | None
) -> VersionRow:
    row = await db.read_version(
        tx, workspace_id=workspace_id, template_id=template_id, template_version=version
    )
    if row is not None and row.status == "PUBLISHED":
        return row
    if not await db.has_template(tx, workspace_id=workspace_id, template_id=template_id):
        raise WorkflowTemplateNotFound
    if row is None and version is not None:
        raise WorkflowVersionNotFound
    raise WorkflowNotInForce


def _made(node: NodeRow, task_id: str, number: int, now: datetime) -> _Made:
    due_at = None if node.due_offset_seconds is None else now + timedelta(seconds=node.due_offset_seconds)
    return _Made(
        ordinal=node.ordinal,
        id=task_id,
        number=number,
        updated_key=change_key(now, task_id),
        due_at=None if due_at is None else utc_text(due_at),
        due_key=None if due_at is None else change_key(due_at, task_id),
        assignee_id=None if node.indegree else node.assignee_id,
    )


def _task_made(node: NodeRow, task: _Made, project_id: str, key: str, instance_id: str) -> Event:
    state = "BLOCKED" if node.indegree else "TODO"
    data = {
        "key": key,
        "state": state,
        "workflow_instance_id": instance_id,
        "assignee_id": task.assignee_id,
        "assignee_user_type_id": node.assignee_user_type_id,
    }
    return Event(
        type="task.created",
        object_type="task",
        object_id=task.id,
        work=Work(
            project_id=project_id,
            task_type_id=node.task_type_id,
            state=state,
            data={name: value for name, value in data.items() if value is not None},
        ),
    )


async def list_instances(
    tx: ReadTransaction,
    caller: Caller,
    asked: Asked[str],
    *,
    workspace_id: str,
    project_id: str | None,
    template_id: str | None,
    state: str | None,
) -> Found[str]:
    """Those of the projects that the caller may see, the last made first."""
    await enter(tx, caller, workspace_id=workspace_id, operation="workflow_instance.list")
    where: Any = {
        "workspace_id": workspace_id,
        "user_id": caller.user_id,
        "before_key": asked.place,
        "page_size": asked.page_size,
    }
    if project_id is not None:
        rows = await db.list_project_instances(
            tx, project_id=project_id, template_id=template_id, state=state, **where
        )
    elif template_id is not None:
        rows = await db.list_template_instances(tx, template_id=template_id, state=state, **where)
    elif state is not None:
        rows = await db.list_instances_in_state(tx, state=state, **where)
    else:
        rows = await db.list_instances(tx, **where)
    found = asked.found(rows, lambda row: row.list_key)
    return Found([shown(row) for row in rows[: asked.limit]], found.place)


async def get_instance(
    tx: ReadTransaction, caller: Caller, *, workspace_id: str, instance_id: str
) -> InstanceGraph:
    """Raises ``WorkflowInstanceNotFound``, also for one of a project that the caller may not see."""
    await enter(tx, caller, workspace_id=workspace_id, operation="workflow_instance.read")
    row = await db.get_instance(
        tx, workspace_id=workspace_id, user_id=caller.user_id, instance_id=instance_id
    )
    if row is None:
        raise WorkflowInstanceNotFound
    nodes = await db.list_instance_nodes(
        tx, workspace_id=workspace_id, user_id=caller.user_id, instance_id=instance_id
    )
    edges = [
        (edge.from_ordinal, edge.to_ordinal)
        for edge in await db.list_edges(
            tx,
            workspace_id=workspace_id,
            template_id=row.template_id,
            template_version=row.template_version,
        )
    ]
    places = [Place(node.state, node.blocked_by, node.is_deleted) for node in nodes]
    return InstanceGraph(
        **facts(row),
        progress=progress(places),
        critical_path=critical_path(places, edges),
        blocking=blocking(places, edges),
        nodes=[_node(node) for node in nodes],
        edges=[InstanceEdge(*edge) for edge in edges],
    )


class _Act(NamedTuple):
    """A change of state: into which, from which, and what the logs call it."""

    operation: str
    action: str
    state: str
    before: tuple[str, ...]


_PAUSE = _Act("workflow_instance.pause", "workflow_instance.paused", "PAUSED", ("RUNNING",))
_RESUME = _Act("workflow_instance.resume", "workflow_instance.resumed", "RUNNING", ("PAUSED",))
_CANCEL = _Act("workflow_instance.cancel", "workflow_instance.cancelled", "CANCELLED", ("RUNNING", "PAUSED"))


async def pause_instance(
    tx: WriteTransaction, caller: Caller, tools: Tools, *, workspace_id: str, instance_id: str
) -> Instance:
    """What waits in it is not let go any more; what has been let go may be done. Raises
    ``WorkflowInstanceNotFound``, ``ProjectArchived``, ``AccessDenied``, ``WorkflowInstanceState``."""
    return await _change_state(tx, caller, tools, workspace_id, instance_id, _PAUSE)


async def cancel_instance(
    tx: WriteTransaction, caller: Caller, tools: Tools, *, workspace_id: str, instance_id: str
) -> Instance:
    """As ``pause_instance``, for good. Its tasks stay as they are."""
    return await _change_state(tx, caller, tools, workspace_id, instance_id, _CANCEL)


async def resume_instance(
    tx: WriteTransaction, caller: Caller, tools: Tools, *, workspace_id: str, instance_id: str
) -> Instance:
    """What was not let go because it was paused is let go now; if nothing is left to be done, it is
    COMPLETED. Raises as ``pause_instance`` does."""
    return await _change_state(tx, caller, tools, workspace_id, instance_id, _RESUME)


async def _change_state(
    tx: WriteTransaction, caller: Caller, tools: Tools, workspace_id: str, instance_id: str, act: _Act
) -> Instance:
    access = await enter(tx, caller, workspace_id=workspace_id, operation=act.operation)
    if act is _RESUME:
        # The rows of tasks come before that of their instance.
        db.lock_waiting_tasks(tx, workspace_id=workspace_id, instance_id=instance_id)
    row = await find_instance_to_change(tx, caller, access, instance_id)
    if row.state not in act.before:
        raise WorkflowInstanceState(details={"state": row.state, "allowed": act.before})
    now = tools.clock()
    row.state, row.updated_at = act.state, now
    row.ended_at = now if act is _CANCEL else None
    set_state(tx, workspace_id, row)
    also = await _resume(tx, tools, workspace_id, row) if act is _RESUME else []
    await record_instance(tx, caller, tools, workspace_id, row, act.action, also=also)
    return shown(row)


async def _resume(tx: WriteTransaction, tools: Tools, workspace_id: str, row: InstanceRow) -> list[Event]:
    """What a pause has held up happens now."""
    waiting = await db.list_waiting_tasks(tx, workspace_id=workspace_id, instance_id=row.id)
    let_go = await unlock(tx, tools, workspace_id=workspace_id, ids=[task.id for task in waiting])
    if not await db.has_open_task(tx, workspace_id=workspace_id, instance_id=row.id):
        row.state, row.ended_at = "COMPLETED", row.updated_at
        set_state(tx, workspace_id, row)
        let_go.append(completed(row.id, row.project_id))
    return let_go


def set_state(tx: WriteTransaction, workspace_id: str, row: InstanceRow) -> None:
    db.set_instance_state(
        tx,
        workspace_id=workspace_id,
        instance_id=row.id,
        state=row.state,
        ended_at=row.ended_at,
        now=row.updated_at,
    )


def _node(row: InstanceNodeRow) -> InstanceNode:
    if row.task_id is None:
        return InstanceNode(ordinal=row.ordinal, is_hidden=True, is_deleted=False)
    return InstanceNode(
        ordinal=row.ordinal,
        is_hidden=False,
        is_deleted=row.is_deleted,
        node_id=row.node_id,
        task_id=row.task_id,
        key=f"{row.project_key}-{row.number}",
        title=row.title,
        task_type_id=None if row.task_type_id == NO_TYPE else row.task_type_id,
        state=row.state,
        blocked_by=row.blocked_by,
        assignee_id=row.assignee_id,
        assignee_user_type_id=row.assignee_user_type_id,
        trigger_rule=row.trigger_rule,
        due_at=row.due_at,
    )
