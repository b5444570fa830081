"""What is wrong with the graph of a workflow, and the versions of a template, which are published and do not
change. Every change holds the workspace's guard row, and makes every process forget what it kept."""

from __future__ import annotations

from datetime import datetime
from functools import partial

import msgspec

from app.core.caller import Caller, Tools
from app.core.json_text import as_json
from app.core.preconditions import Expected
from app.core.work_errors import (
    NoWorkflowDraft,
    WorkflowInvalid,
    WorkflowNotPublished,
    WorkflowVersionNotFound,
)
from app.core.workflow_graphs import (
    Demand,
    Graph,
    Ordered,
    Problem,
    Supply,
    decoded,
    demands,
    indegrees,
    ordered,
    problems,
    shape_problems,
)
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import workflow_templates as db
from app.db.handles.workflow_templates import TemplateRow, VersionGraphRow, VersionRow
from app.db.handles.workspaces import raise_generation
from app.db.paging import Asked, Found
from app.kernel import audit
from app.kernel.access import enter
from app.kernel.approval_authors import begin_anew
from app.kernel.approvals import require_no_approval
from app.kernel.template_access import find_template, find_template_to_change, find_version, newest_version

_record = partial(audit.record, target_type="workflow_template")
_NO_TYPE = "00000000-0000-0000-0000-000000000000"
"""The type of tasks without one, of which each workspace has a row."""


class Version(msgspec.Struct, frozen=True, kw_only=True):
    template_id: str
    template_version: int
    status: str
    graph_hash: str
    created_by: str
    created_at: datetime
    published_by: str | None
    published_at: datetime | None


class VersionWithGraph(Version, frozen=True, kw_only=True):
    graph: Graph


class Validation(msgspec.Struct, frozen=True):
    problems: list[Problem]


async def validate_graph(
    tx: ReadTransaction, caller: Caller, *, workspace_id: str, graph: Graph
) -> Validation:
    """All that a publication would be refused for, as the workspace is now."""
    await enter(tx, caller, workspace_id=workspace_id, operation="workflow_template.validate")
    return Validation(problems(graph, await _supplies(tx, workspace_id, graph)))


async def publish_template(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    template_id: str,
    expected: Expected = None,
) -> VersionWithGraph:
    """Its draft, which changes no more. Raises ``WorkflowTemplateNotFound``, ``NoWorkflowDraft``,
    ``WorkflowInvalid`` with all that is wrong, and ``ApprovalRequired`` where the workspace has templates
    approved."""
    row = await find_template_to_change(tx, caller, workspace_id, template_id, "publish", expected)
    await require_no_approval(tx, workspace_id, "workflow_template")
    return await publish_draft(tx, caller, tools, row)


async def publish_draft(
    tx: WriteTransaction, caller: Caller, tools: Tools, row: TemplateRow
) -> VersionWithGraph:
    """As ``publish_template``, for who holds the workspace and was let do it."""
    workspace_id, template_id = row.workspace_id, row.id
    draft, graph = await publishable_draft(tx, row)
    now = tools.clock()
    _insert_graph(tx, workspace_id, draft, ordered(graph))
    db.publish_draft(
        tx, workspace_id=workspace_id, template_id=template_id, published_by=caller.user_id, now=now
    )
    db.touch_template(tx, workspace_id=workspace_id, template_id=template_id, now=now)
    begin_anew(tx, workspace_id=workspace_id, object_type="workflow_template", object_id=template_id)
    raise_generation(tx, workspace_id=workspace_id)
    await _record(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action="workflow_template.published",
        target_id=template_id,
        details={"template_version": draft.template_version, "graph_hash": draft.graph_hash},
    )
    published = msgspec.structs.replace(
        draft, status="PUBLISHED", published_by=caller.user_id, published_at=now
    )
    return _with_graph(published)


async def publishable_draft(tx: ReadTransaction, row: TemplateRow) -> tuple[VersionGraphRow, Graph]:
    """Raises ``NoWorkflowDraft``, and ``WorkflowInvalid`` with all that is wrong."""
    if row.draft_version is None:
        raise NoWorkflowDraft
    draft = await find_version(tx, row.workspace_id, row.id, row.draft_version)
    graph = decoded(draft.graph)
    found = problems(graph, await _supplies(tx, row.workspace_id, graph))
    if found:
        raise WorkflowInvalid(details={"problems": msgspec.to_builtins(found)})
    return draft, graph


async def retire_version(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    template_id: str,
    template_version: int,
) -> Version:
    """No instance is made from it any more; those that there are go on. Of one that is retired nothing
    changes. Raises ``WorkflowTemplateNotFound``, ``WorkflowVersionNotFound``, and ``WorkflowNotPublished``
    for a draft."""
    await find_template_to_change(tx, caller, workspace_id, template_id, "retire", None)
    row = await find_version(tx, workspace_id, template_id, template_version)
    if row.status == "DRAFT":
        raise WorkflowNotPublished
    if row.status == "PUBLISHED":
        db.retire_version(
            tx, workspace_id=workspace_id, template_id=template_id, template_version=template_version
        )
        db.touch_template(tx, workspace_id=workspace_id, template_id=template_id, now=tools.clock())
        raise_generation(tx, workspace_id=workspace_id)
        await _record(
            tx,
            caller,
            tools,
            workspace_id=workspace_id,
            action="workflow_template.retired",
            target_id=template_id,
            details={"template_version": template_version},
        )
    return _without_graph(msgspec.structs.replace(row, status="RETIRED"))


async def list_versions(
    tx: ReadTransaction, caller: Caller, asked: Asked[int], *, workspace_id: str, template_id: str
) -> Found[int]:
    """The newest first. Raises ``WorkflowTemplateNotFound``."""
    await enter(tx, caller, workspace_id=workspace_id, operation="workflow_template.read")
    await find_template(tx, workspace_id, template_id)
    rows = await db.list_versions(
        tx,
        workspace_id=workspace_id,
        template_id=template_id,
        before_version=asked.place,
        page_size=asked.page_size,
    )
    return asked.found(rows, lambda row: row.template_version)


async def get_version(
    tx: ReadTransaction, caller: Caller, *, workspace_id: str, template_id: str, template_version: int
) -> VersionWithGraph:
    """Raises ``WorkflowTemplateNotFound`` and ``WorkflowVersionNotFound``."""
    await enter(tx, caller, workspace_id=workspace_id, operation="workflow_template.read")
    await find_template(tx, workspace_id, template_id)
    return _with_graph(await find_version(tx, workspace_id, template_id, template_version))


async def read_picture(
    tx: ReadTransaction,
    caller: Caller,
    *,
    workspace_id: str,
    template_id: str,
    template_version: int | None,
) -> Ordered:
    """What to draw: a version, or the latest that is published, or else the newest. Raises
    ``WorkflowTemplateNotFound``, ``WorkflowVersionNotFound``, and ``WorkflowInvalid`` for a draft that has no
    order."""
    await enter(tx, caller, workspace_id=workspace_id, operation="workflow_template.read")
    row = await find_template(tx, workspace_id, template_id)
    number = template_version or row.latest_version or await newest_version(tx, workspace_id, template_id)
    if number is None:
        raise WorkflowVersionNotFound
    graph = decoded((await find_version(tx, workspace_id, template_id, number)).graph)
    found = shape_problems(graph)
    if found:
        raise WorkflowInvalid(details={"problems": msgspec.to_builtins(found)})
    return ordered(graph)


async def _supplies(tx: ReadTransaction, workspace_id: str, graph: Graph) -> dict[Demand, Supply]:
    """In one query, whatever the number of nodes."""
    asked = demands(graph)
    if not asked:
        return {}
    triples = [
        (place, each.task_type_id or _NO_TYPE, each.user_id, each.user_type_id)
        for place, each in enumerate(asked)
    ]
    rows = await db.list_supplies(tx, workspace_id=workspace_id, asked=as_json(triples))
    return {
        asked[row.place]: Supply(
            row.has_task_type and asked[row.place].task_type_id != _NO_TYPE,
            row.is_open,
            row.has_user,
            row.has_user_type,
            row.is_able,
        )
        for row in rows
    }


def _insert_graph(tx: WriteTransaction, workspace_id: str, draft: VersionGraphRow, graph: Ordered) -> None:
    """Two statements, whatever the number of nodes and edges."""
    waits_for = indegrees(graph.edges)
    nodes = [
        {
            "ordinal": ordinal,
            "node_id": node.id,
            "title": node.title,
            "description": node.description,
            "task_type_id": node.task_type_id or _NO_TYPE,
            "assignee_id": node.assignee and node.assignee.user_id,
            "assignee_user_type_id": node.assignee and node.assignee.user_type_id,
            "due_offset_seconds": node.due_offset_seconds,
            "trigger_rule": node.trigger_rule,
            "indegree": waits_for[ordinal],
        }
        for ordinal, node in enumerate(graph.nodes)
    ]
    db.insert_nodes(
        tx,
        workspace_id=workspace_id,
        template_id=draft.template_id,
        template_version=draft.template_version,
        nodes=as_json(nodes),
    )
    if graph.edges:
        db.insert_edges(
            tx,
            workspace_id=workspace_id,
            template_id=draft.template_id,
            template_version=draft.template_version,
            edges=as_json(graph.edges),
        )


def _without_graph(row: VersionRow) -> Version:
    return Version(**{name: getattr(row, name) for name in VersionRow.__struct_fields__})


def _with_graph(row: VersionGraphRow) -> VersionWithGraph:
    told = {name: getattr(row, name) for name in VersionRow.__struct_fields__}
    return VersionWithGraph(**told, graph=decoded(row.graph))
