"""What a webhook is sent of an event: the same as who follows the workspace is told, in an envelope."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.db.handles.consumers import LogRow


def enveloped(workspace_id: str, event: LogRow) -> dict[str, Any]:
    """``data`` is the event as ``GET …/changes`` and a socket tell it, with its workspace."""
    return envelope(
        event.type,
        event.at,
        {
            "workspace_id": workspace_id,
            "seq": event.seq,
            "type": event.type,
            "actor_id": event.actor_id,
            "object_type": event.object_type,
            "object_id": event.object_id,
            "at": event.at,
            "project_id": event.project_id,
            "status": event.state,
            "data": event.data,
        },
    )


def envelope(type_: str, timestamp: datetime, data: dict[str, Any]) -> dict[str, Any]:
    """As the specification of Standard Webhooks has it
    (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md)."""
    return {"type": type_, "timestamp": timestamp, "data": data}
