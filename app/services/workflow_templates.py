"""Templates of workflows: a draft that is written over until it is published, from then on a version that
does not change. Every change holds the workspace's guard row, and makes every process forget what it kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import msgspec

from app.core.caller import Caller, Tools
from app.core.permissions import Role
from app.core.preconditions import Expected, require_version
from app.core.text import fold, name_key
from app.core.work_errors import (
    NoWorkflowDraft,
    WorkflowInvalid,
    WorkflowNotPublished,
    WorkflowTemplateInUse,
    WorkflowTemplateNotFound,
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
    encoded,
    graph_hash,
    indegrees,
    ordered,
    problems,
    shape_problems,
)
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.errors import ForeignKeyViolation
from app.db.handles import workflow_templates as db
from app.db.handles.workflow_templates import TemplateRow, VersionGraphRow, VersionRow
from app.db.handles.workspaces import raise_generation
from app.db.paging import Asked, Found
from app.kernel import audit
from app.kernel.access import enter, enter_to_change
from app.kernel.reference import ReferenceCache

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


class Picture(msgspec.Struct, frozen=True):
    """What there is to draw of a version."""

    template_version: int
    graph: Ordered


async def add_template(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    name: str,
    description: str | None,
    graph: Graph | None,
) -> TemplateRow:
    """With ``graph`` as its draft, whatever is wrong with it. Raises ``WorkflowTemplateExists`` through
    UQ_WorkflowTemplate_name."""
    await enter_to_change(
        tx, caller, workspace_id=workspace_id, operation="workflow_template.add", minimum=Role.ADMIN
    )
    text = None if graph is None else encoded(graph)
    return await _add(
        tx, caller, tools, workspace_id=workspace_id, name=name, description=description, text=text, told={}
    )


async def duplicate_template(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    template_id: str,
    name: str,
    template_version: int | None,
) -> TemplateRow:
    """A new template whose draft is a version of this one: the newest, where none is named. Raises as
    ``add_template`` does, ``WorkflowTemplateNotFound`` and ``WorkflowVersionNotFound``."""
    await enter_to_change(
        tx, caller, workspace_id=workspace_id, operation="workflow_template.add", minimum=Role.ADMIN
    )
    row = await _find(tx, workspace_id, template_id)
    number = template_version or await _newest(tx, workspace_id, template_id)
    text = (await _version(tx, workspace_id, template_id, number)).graph if number else None
    told = {"template_id": template_id, "template_version": number}
    return await _add(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        name=name,
        description=row.description,
        text=text,
        told={"from": told},
    )


async def _add(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    name: str,
    description: str | None,
    text: str | None,
    told: Mapping[str, Any],
) -> TemplateRow:
    now = tools.clock()
    made = TemplateRow(
        id=tools.new_id(),
        workspace_id=workspace_id,
        name=name,
        description=description,
        latest_version=None,
        draft_version=None if text is None else 1,
        created_by=caller.user_id,
        created_at=now,
        updated_at=now,
        version=1,
    )
    db.insert_template(
        tx,
        template_id=made.id,
        workspace_id=workspace_id,
        name=name,
        name_key=fold(name),
        list_key=name_key(name, made.id),
        description=description,
        created_by=caller.user_id,
        now=now,
    )
    if text is not None:
        _insert_draft(tx, caller, made, 1, text, now)
    raise_generation(tx, workspace_id=workspace_id)
    await _record(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action="workflow_template.created",
        target_id=made.id,
        details={"name": name, **told},
    )
    return made


async def list_templates(
    tx: ReadTransaction, caller: Caller, asked: Asked[str], cache: ReferenceCache, *, workspace_id: str
) -> Found[str]:
    """By name."""
    access = await enter(tx, caller, workspace_id=workspace_id, operation="workflow_template.list")

    async def read() -> Found[str]:
        rows = await db.list_templates(
            tx, workspace_id=workspace_id, after_key=asked.place, page_size=asked.page_size
        )
        return asked.found(rows, lambda row: name_key(row.name, row.id))

    return await cache.get(access, ("workflow_templates", asked.place, asked.limit), read)


async def get_template(
    tx: ReadTransaction, caller: Caller, cache: ReferenceCache, *, workspace_id: str, template_id: str
) -> TemplateRow:
    """Raises ``WorkflowTemplateNotFound``."""
    access = await enter(tx, caller, workspace_id=workspace_id, operation="workflow_template.read")
    return await cache.get(
        access, ("workflow_template", template_id), partial(_find, tx, workspace_id, template_id)
    )


async def update_template(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    template_id: str,
    changes: Mapping[str, Any],
    expected: Expected = None,
) -> TemplateRow:
    """``changes`` may hold ``name`` and ``description``; what is not in it stays. Raises as ``add_template``
    does, and ``WorkflowTemplateNotFound``."""
    before = await _find_to_change(tx, caller, workspace_id, template_id, "update", expected)
    after = msgspec.structs.replace(before, **changes)
    if after == before:
        return before
    now = tools.clock()
    db.update_template(
        tx,
        workspace_id=workspace_id,
        template_id=template_id,
        name=after.name,
        name_key=fold(after.name),
        list_key=name_key(after.name, template_id),
        description=after.description,
        now=now,
    )
    raise_generation(tx, workspace_id=workspace_id)
    changed = sorted(name for name in changes if getattr(after, name) != getattr(before, name))
    await _record(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action="workflow_template.updated",
        target_id=template_id,
        details={"changed": changed},
    )
    return msgspec.structs.replace(after, updated_at=now, version=before.version + 1)


async def delete_template(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    template_id: str,
    expected: Expected = None,
) -> None:
    """With its draft. Raises ``WorkflowTemplateInUse`` where something of it was ever published: what
    instances are or were made from is kept."""
    row = await _find_to_change(tx, caller, workspace_id, template_id, "delete", expected)
    db.delete_draft(tx, workspace_id=workspace_id, template_id=template_id)
    try:
        await db.delete_template(tx, workspace_id=workspace_id, template_id=template_id)
    except ForeignKeyViolation:
        raise WorkflowTemplateInUse from None
    raise_generation(tx, workspace_id=workspace_id)
    await _record(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action="workflow_template.deleted",
        target_id=template_id,
        details={"name": row.name},
    )


async def save_draft(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    template_id: str,
    graph: Graph,
    expected: Expected = None,
) -> TemplateRow:
    """Writes over the draft, or begins one after what is published, whatever is wrong with the graph. Raises
    ``WorkflowTemplateNotFound``."""
    row = await _find_to_change(tx, caller, workspace_id, template_id, "save_draft", expected)
    text, now, number = encoded(graph), tools.clock(), row.draft_version
    if number is None:
        number = 1 + (await _newest(tx, workspace_id, template_id) or 0)
        _insert_draft(tx, caller, row, number, text, now)
    elif (await _version(tx, workspace_id, template_id, number)).graph == text:
        return row
    else:
        db.update_draft(
            tx,
            workspace_id=workspace_id,
            template_id=template_id,
            graph=text,
            graph_hash=graph_hash(text),
            created_by=caller.user_id,
            now=now,
        )
    db.touch_template(tx, workspace_id=workspace_id, template_id=template_id, now=now)
    raise_generation(tx, workspace_id=workspace_id)
    await _record(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action="workflow_template.draft_saved",
        target_id=template_id,
        details={"template_version": number, "graph_hash": graph_hash(text)},
    )
    return msgspec.structs.replace(row, draft_version=number, updated_at=now, version=row.version + 1)


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
    """Its draft, which changes no more. Raises ``WorkflowTemplateNotFound``, ``NoWorkflowDraft``, and
    ``WorkflowInvalid`` with all that is wrong."""
    row = await _find_to_change(tx, caller, workspace_id, template_id, "publish", expected)
    if row.draft_version is None:
        raise NoWorkflowDraft
    draft = await _version(tx, workspace_id, template_id, row.draft_version)
    graph = decoded(draft.graph)
    found = problems(graph, await _supplies(tx, workspace_id, graph))
    if found:
        raise WorkflowInvalid(details={"problems": msgspec.to_builtins(found)})
    now = tools.clock()
    _insert_graph(tx, workspace_id, draft, ordered(graph))
    db.publish_draft(
        tx, workspace_id=workspace_id, template_id=template_id, published_by=caller.user_id, now=now
    )
    db.touch_template(tx, workspace_id=workspace_id, template_id=template_id, now=now)
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
    await _find_to_change(tx, caller, workspace_id, template_id, "retire", None)
    row = await _version(tx, workspace_id, template_id, template_version)
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
    await _find(tx, workspace_id, template_id)
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
    await _find(tx, workspace_id, template_id)
    return _with_graph(await _version(tx, workspace_id, template_id, template_version))


async def read_picture(
    tx: ReadTransaction,
    caller: Caller,
    *,
    workspace_id: str,
    template_id: str,
    template_version: int | None,
) -> Picture:
    """What to draw: a version, or the latest that is published, or else the newest. Raises
    ``WorkflowTemplateNotFound``, ``WorkflowVersionNotFound``, and ``WorkflowInvalid`` for a draft that has no
    order."""
    await enter(tx, caller, workspace_id=workspace_id, operation="workflow_template.read")
    row = await _find(tx, workspace_id, template_id)
    number = template_version or row.latest_version or await _newest(tx, workspace_id, template_id)
    if number is None:
        raise WorkflowVersionNotFound
    graph = decoded((await _version(tx, workspace_id, template_id, number)).graph)
    found = shape_problems(graph)
    if found:
        raise WorkflowInvalid(details={"problems": msgspec.to_builtins(found)})
    return Picture(number, ordered(graph))


async def _find_to_change(
    tx: WriteTransaction,
    caller: Caller,
    workspace_id: str,
    template_id: str,
    act: str,
    expected: Expected,
) -> TemplateRow:
    await enter_to_change(
        tx, caller, workspace_id=workspace_id, operation=f"workflow_template.{act}", minimum=Role.ADMIN
    )
    row = await _find(tx, workspace_id, template_id)
    require_version(row.version, expected)
    return row


async def _find(tx: ReadTransaction, workspace_id: str, template_id: str) -> TemplateRow:
    row = await db.get_template(tx, workspace_id=workspace_id, template_id=template_id)
    if row is None:
        raise WorkflowTemplateNotFound
    return row


async def _version(
    tx: ReadTransaction, workspace_id: str, template_id: str, template_version: int
) -> VersionGraphRow:
    row = await db.get_version(
        tx, workspace_id=workspace_id, template_id=template_id, template_version=template_version
    )
    if row is None:
        raise WorkflowVersionNotFound
    return row


async def _newest(tx: ReadTransaction, workspace_id: str, template_id: str) -> int | None:
    row = await db.read_newest_version(tx, workspace_id=workspace_id, template_id=template_id)
    return None if row is None else row.template_version


async def _supplies(tx: ReadTransaction, workspace_id: str, graph: Graph) -> dict[Demand, Supply]:
    """In one query, whatever the number of nodes."""
    asked = demands(graph)
    if not asked:
        return {}
    triples = [
        (place, each.task_type_id or _NO_TYPE, each.user_id, each.user_type_id)
        for place, each in enumerate(asked)
    ]
    rows = await db.list_supplies(tx, workspace_id=workspace_id, asked=_json(triples))
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


def _insert_draft(
    tx: WriteTransaction, caller: Caller, of: TemplateRow, number: int, text: str, now: datetime
) -> None:
    db.insert_draft(
        tx,
        workspace_id=of.workspace_id,
        template_id=of.id,
        template_version=number,
        graph=text,
        graph_hash=graph_hash(text),
        created_by=caller.user_id,
        now=now,
    )


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
        nodes=_json(nodes),
    )
    if graph.edges:
        db.insert_edges(
            tx,
            workspace_id=workspace_id,
            template_id=draft.template_id,
            template_version=draft.template_version,
            edges=_json(graph.edges),
        )


def _json(value: Sequence[Any]) -> str:
    return msgspec.json.encode(value).decode()


def _without_graph(row: VersionRow) -> Version:
    return Version(**{name: getattr(row, name) for name in VersionRow.__struct_fields__})


def _with_graph(row: VersionGraphRow) -> VersionWithGraph:
    told = {name: getattr(row, name) for name in VersionRow.__struct_fields__}
    return VersionWithGraph(**told, graph=decoded(row.graph))
