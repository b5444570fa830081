"""The wire of /event-types."""

from pydantic import Field

from app.core.permissions import Role
from app.schemas.common import View


class EventType(View):
    type: str = Field(examples=["member.added"], description="The `type` of an event.")
    object_type: str = Field(examples=["member"], description="What its `object_id` is the id of.")
    description: str
    minimum_role: Role = Field(
        description="Who is told of it at least; of a project or a task, only whoever may see that."
    )


class EventTypes(View):
    items: list[EventType]
