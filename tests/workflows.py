"""Published versions of workflows, straight into the database."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from app.core.config import Settings
from tests.databases import execute
from tests.worlds import NONE

MOMENT = "2026-01-01T00:00:00.000000Z"
_NODE = {
    "title": None,
    "description": None,
    "task_type_id": NONE,
    "assignee_id": None,
    "assignee_user_type_id": None,
    "due_offset_seconds": None,
    "trigger_rule": "ALL_DONE",
}


def publish(
    settings: Settings,
    workspace_id: str,
    by: str,
    nodes: Iterable[str],
    edges: Iterable[Iterable[str]] = (),
    *,
    template_id: str | None = None,
    version: int = 1,
    status: str = "PUBLISHED",
    more: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
) -> str:
    """A template, or another version of one, with these nodes in an order in which each comes after what it waits
    for. ``more`` is by node. Answers its id."""
    names, pairs = list(nodes), [tuple(edge) for edge in edges]
    place = {name: ordinal for ordinal, name in enumerate(names)}
    new = template_id is None
    id_ = template_id or str(uuid.uuid4())
    graph = json.dumps({"nodes": names, "edges": pairs})
    published = "NULL" if status == "DRAFT" else f"'{MOMENT}'"
    statements = []
    if new:
        statements.append(
            "INSERT INTO WorkflowTemplate (id, workspace_id, name, name_key, list_key, created_by, created_at, updated_at)"
            f" VALUES ('{id_}', '{workspace_id}', 'Flow', '{id_}', '{id_}', '{by}', '{MOMENT}', '{MOMENT}')"
        )
    statements.append(
        "INSERT INTO WorkflowTemplateVersion (workspace_id, template_id, template_version, status, graph, graph_hash,"
        " created_by, created_at, published_at)"
        f" VALUES ('{workspace_id}', '{id_}', {version}, '{status}', '{graph}',"
        f" '{hashlib.sha256(graph.encode()).hexdigest()}', '{by}', '{MOMENT}', {published})"
    )
    if status == "PUBLISHED":
        statements.append(f"UPDATE WorkflowTemplate SET latest_version = {version} WHERE id = '{id_}'")
    for name in names:
        facts = {**_NODE, "title": f"Do {name}", **more.get(name, {})}
        indegree = sum(child == name for _, child in pairs)
        statements.append(
            f"INSERT INTO WorkflowNode (workspace_id, template_id, template_version, ordinal, node_id, indegree, {', '.join(facts)})"
            f" VALUES ('{workspace_id}', '{id_}', {version}, {place[name]}, '{name}', {indegree},"
            f" {', '.join(map(_literal, facts.values()))})"
        )
    for parent, child in pairs:
        statements.append(
            "INSERT INTO WorkflowEdge (workspace_id, template_id, template_version, from_ordinal, to_ordinal)"
            f" VALUES ('{workspace_id}', '{id_}', {version}, {place[parent]}, {place[child]})"
        )
    execute(settings, *statements)
    return id_


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, int) else f"'{value}'"
