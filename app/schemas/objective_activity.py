"""The wire of an objective's history."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from app.schemas.common import Page, View


class ObjectiveActivity(View):
    seq: int = Field(description="Of the entry in the workspace's audit log.")
    action: str = Field(examples=["key_result.measured"])
    actor_id: str = Field(description="Who did it; `service:…` for the service itself.")
    at: datetime
    object_type: Literal["objective", "key_result"]
    object_id: str
    details: dict[str, Any] = Field(examples=[{"changed": ["title"]}])


class ObjectiveActivityPage(Page[ObjectiveActivity]): ...
