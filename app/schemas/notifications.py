"""The wire of notifications."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from app.core.notices import Reason
from app.schemas.common import Id, Page, View, Wire

State = Literal["unread", "read", "archived"]


class Notification(View):
    id: str
    workspace_id: str
    workspace_name: str
    type: str = Field(
        description="Of the event that it tells of, as in `GET /event-types`; `task.due` for a due date, "
        "`key_result.late` for a check-in that is late.",
        examples=["comment.created"],
    )
    reason: Reason = Field(description="Why I am told; the strongest of several.")
    actor_id: str | None = Field(description="Who did it; `service:…` for the service itself.")
    actor_name: str | None = Field(description="What they are called in the workspace, if they are in it.")
    object_type: str
    object_id: str
    project_id: str | None
    project_key: str | None
    project_name: str | None
    task_id: str | None
    task_number: int | None
    task_title: str | None
    due_at: datetime | None
    invitation_id: str | None
    state: State
    created_at: datetime


class NotificationPage(Page[Notification]): ...


class NotificationPatch(Wire):
    state: State


class NotificationsRead(Wire):
    up_to: Id = Field(description="The newest notification that I have seen.")
    workspace_id: Id | None = Field(None, description="Those of this workspace alone.")


class NotificationsMarked(View):
    marked: int = Field(description="How many are read now that were not.")


class Unread(View):
    unread: int = Field(description="At most 1000.")
    has_more: bool = Field(description="There are more than that.")
