"""The wire of /workspaces/{workspace_id}/changes and /stream."""

from datetime import datetime
from typing import Any

from pydantic import Field

from app.schemas.common import View


class Event(View):
    seq: int = Field(description="Without a gap in its workspace, in the order of commit.")
    type: str = Field(examples=["member.added"], description="The action, as the audit log names it.")
    actor_id: str
    object_type: str = Field(examples=["member"])
    object_id: str
    at: datetime
    project_id: str | None = Field(description="Of what belongs to a project: whoever may see it is told.")
    status: str | None = Field(
        examples=["DONE"], description="Of a task, or of what is said of one: its state as it was then."
    )
    data: dict[str, Any] | None = Field(
        examples=[{"key": "ABC-7", "state": "DONE"}],
        description="Small facts of the object as it was then; no text that a person wrote.",
    )


class Changes(View):
    items: list[Event]
    last_seq: int = Field(description="Go on with `after_seq` of this.")
    has_more: bool = Field(description="There are more, also where `items` is empty.")
