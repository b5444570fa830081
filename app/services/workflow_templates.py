"""Templates of workflows: what they are called, and their drafts, which may be wrong. Every change holds the
workspace's guard row, and makes every process forget what it kept of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

import msgspec

from app.core.caller import Caller, Tools
from app.core.preconditions import Expected
from app.core.text import fold, name_key
from app.core.work_errors import WorkflowTemplateInUse, WorkflowVersionNotFound
from app.core.workflow_graphs import (
    Graph,
    encoded,
    graph_hash,
)
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.errors import ForeignKeyViolation
from app.db.handles import workflow_templates as db
from app.db.handles.object_roles import delete_object_roles_of_object
from app.db.handles.workflow_templates import TemplateRow, VersionGraphRow
from app.db.handles.workspaces import raise_generation
from app.db.paging import Asked, Found
from app.kernel import audit
from app.kernel.access import enter, enter_to_change
from app.kernel.approval_authors import begin_anew, copied, edited, version_copied
from app.kernel.approvals import void_pending
from app.kernel.reference import ReferenceCache
from app.kernel.template_access import find_template, find_template_to_change, find_version, newest_version

_record = partial(audit.record, target_type="workflow_template")


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
    await enter_to_change(tx, caller, workspace_id=workspace_id, operation="workflow_template.add")
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
    """A new template whose draft is a version of this one: the newest, where none is named. It has that
    version's authors; the caller wrote nothing. Raises as ``add_template`` does,
    ``WorkflowTemplateNotFound`` and ``WorkflowVersionNotFound``."""
    await enter_to_change(tx, caller, workspace_id=workspace_id, operation="workflow_template.add")
    row = await find_template(tx, workspace_id, template_id)
    number = template_version or await newest_version(tx, workspace_id, template_id)
    source = await find_version(tx, workspace_id, template_id, number) if number else None
    told = {"template_id": template_id, "template_version": number}
    return await _add(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        name=name,
        description=row.description,
        text=None if source is None else source.graph,
        source=source,
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
    source: VersionGraphRow | None = None,
) -> TemplateRow:
    """``source``: whose graph it is that ``text`` is, where it is no new one."""
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
        author_id = caller.user_id if source is None else source.created_by
        _insert_draft(tx, author_id, made, 1, text, now)
        if source is not None:
            _copied(tx, source, made)
        _edited(tx, author_id, made)
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
        access, ("workflow_template", template_id), partial(find_template, tx, workspace_id, template_id)
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
    before = await find_template_to_change(tx, caller, workspace_id, template_id, "update", expected)
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
    row = await find_template_to_change(tx, caller, workspace_id, template_id, "delete", expected)
    db.delete_draft(tx, workspace_id=workspace_id, template_id=template_id)
    delete_object_roles_of_object(
        tx, workspace_id=workspace_id, object_type="workflow_template", object_id=template_id
    )
    try:
        await db.delete_template(tx, workspace_id=workspace_id, template_id=template_id)
    except ForeignKeyViolation:
        raise WorkflowTemplateInUse from None
    raise_generation(tx, workspace_id=workspace_id)
    begin_anew(tx, workspace_id=workspace_id, object_type="workflow_template", object_id=template_id)
    await _void_pending(tx, caller, tools, row)
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
    row = await find_template_to_change(tx, caller, workspace_id, template_id, "save_draft", expected)
    text, now, number = encoded(graph), tools.clock(), row.draft_version
    if number is None:
        number = 1 + (await newest_version(tx, workspace_id, template_id) or 0)
        _insert_draft(tx, caller.user_id, row, number, text, now)
    elif (await find_version(tx, workspace_id, template_id, number)).graph == text:
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
    _edited(tx, caller.user_id, row)
    db.touch_template(tx, workspace_id=workspace_id, template_id=template_id, now=now)
    raise_generation(tx, workspace_id=workspace_id)
    await _void_pending(tx, caller, tools, row)
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


async def discard_draft(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    template_id: str,
    expected: Expected = None,
) -> None:
    """It is nobody's work any more: whoever begins another is its author alone. What is published stays as it
    is. Raises ``WorkflowTemplateNotFound``, and ``WorkflowVersionNotFound`` where there is none."""
    row = await find_template_to_change(tx, caller, workspace_id, template_id, "discard_draft", expected)
    if row.draft_version is None:
        raise WorkflowVersionNotFound
    db.delete_draft(tx, workspace_id=workspace_id, template_id=template_id)
    db.touch_template(tx, workspace_id=workspace_id, template_id=template_id, now=tools.clock())
    begin_anew(tx, workspace_id=workspace_id, object_type="workflow_template", object_id=template_id)
    raise_generation(tx, workspace_id=workspace_id)
    await _void_pending(tx, caller, tools, row)
    await _record(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action="workflow_template.draft_discarded",
        target_id=template_id,
        details={"template_version": row.draft_version},
    )


def _edited(tx: WriteTransaction, author_id: str, row: TemplateRow) -> None:
    edited(tx, author_id, workspace_id=row.workspace_id, object_type="workflow_template", object_id=row.id)


def _copied(tx: WriteTransaction, source: VersionGraphRow, made: TemplateRow) -> None:
    """Beside whoever wrote the version last."""
    place = {"workspace_id": made.workspace_id, "object_type": "workflow_template"}
    if source.status == "DRAFT":
        copied(tx, copies={source.template_id: made.id}, **place)
        return
    version_copied(
        tx,
        object_id=source.template_id,
        object_version=source.template_version,
        copy_id=made.id,
        **place,
    )


async def _void_pending(tx: WriteTransaction, caller: Caller, tools: Tools, row: TemplateRow) -> None:
    """What was submitted is another draft than the one that there is now."""
    await void_pending(
        tx,
        caller,
        tools,
        workspace_id=row.workspace_id,
        object_type="workflow_template",
        object_id=row.id,
    )


def _insert_draft(
    tx: WriteTransaction, author_id: str, of: TemplateRow, number: int, text: str, now: datetime
) -> None:
    db.insert_draft(
        tx,
        workspace_id=of.workspace_id,
        template_id=of.id,
        template_version=number,
        graph=text,
        graph_hash=graph_hash(text),
        created_by=author_id,
        now=now,
    )
