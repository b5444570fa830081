"""The wire of a task's activity."""

from datetime import datetime
from typing import Any

from pydantic import Field

from app.schemas.common import Page, View


class Activity(View):
    seq: int = Field(description="Of the entry in the workspace's audit log.")
    action: str = Field(examples=["task.updated"])
    actor_id: str = Field(description="Who did it; `service:…` for the service itself.")
    at: datetime
    details: dict[str, Any] = Field(examples=[{"changed": ["title"]}])


class ActivityPage(Page[Activity]): ...
