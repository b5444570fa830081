"""A workflow instance as this caller may see and change it, and what is told of a change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from app.core.caller import Caller, Tools
from app.core.permissions import Permission
from app.core.work_errors import ProjectArchived, WorkflowInstanceNotFound
from app.core.workflow_graphs import MOST_NODES
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import workflow_instances as db
from app.db.handles.workflow_instances import InstanceRow, InstanceToChangeRow, NodeRow
from app.kernel import audit
from app.kernel.access import Access, AccessDenied
from app.kernel.events import Event, Work


class Instance(msgspec.Struct, frozen=True, kw_only=True):
    """An instance as lists show it."""

    id: str
    template_id: str
    template_version: int
    project_id: str
    name: str
    state: str
    correlation_key: str | None
    created_by: str
    created_at: datetime
    updated_at: datetime
    ended_at: datetime | None


def shown(row: InstanceRow) -> Instance:
    return Instance(**facts(row))


def facts(row: InstanceRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "template_id": row.template_id,
        "template_version": row.template_version,
        "project_id": row.project_id,
        "name": row.name,
        "state": row.state,
        "correlation_key": row.correlation_key,
        "created_by": row.created_by,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
        "ended_at": row.ended_at,
    }


async def find_instance_to_change(
    tx: WriteTransaction, caller: Caller, access: Access, instance_id: str
) -> InstanceToChangeRow:
    """The instance, whose row is held to the commit, for somebody who may ``assign`` tasks of it: of the type
    of one of its nodes at least. Raises ``WorkflowInstanceNotFound``, ``ProjectArchived``, ``AccessDenied``.
    """
    db.lock_instance(tx, workspace_id=access.workspace_id, instance_id=instance_id)
    row = await db.get_instance_to_change(
        tx, workspace_id=access.workspace_id, user_id=caller.user_id, instance_id=instance_id
    )
    if row is None:
        raise WorkflowInstanceNotFound
    if row.project_status != "ACTIVE":
        raise ProjectArchived
    if not row.may_assign:
        raise may_not_assign(access)
    return row


def may_not_assign(access: Access) -> AccessDenied:
    return access.deny(
        Permission.ASSIGN, "This needs the permission assign on tasks of the workflow in this project."
    )


async def record_instance(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    workspace_id: str,
    row: InstanceRow,
    action: str,
    *,
    details: Mapping[str, Any] | None = None,
    also: Sequence[Event] = (),
) -> None:
    await audit.record(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action=action,
        target_type="workflow_instance",
        target_id=row.id,
        details={"project_id": row.project_id, **(details or {})},
        work=Work(project_id=row.project_id, data={"state": row.state}),
        also=also,
    )


async def nodes_of(tx: ReadTransaction, graph: Mapping[str, Any]) -> list[NodeRow]:
    """The nodes of a version, by ordinal; ``graph`` says of which, and for which project. A page at a time,
    as their descriptions are long."""
    nodes: list[NodeRow] = []
    while True:
        after = nodes[-1].ordinal if nodes else -1
        page = await db.list_nodes(tx, after_ordinal=after, page_size=MOST_NODES, **graph)
        nodes += page
        if not page.is_cut:
            return nodes
