"""The wire of /workspaces/{workspace_id}/task-types."""

from datetime import datetime

from pydantic import Field, model_validator

from app.schemas.common import Description, Page, View, Wire
from app.schemas.user_types import TypeName

_RESTRICTED = (
    "Its tasks are there only for people of the user types that are mapped to it, for those of the access "
    "level `admin`, and for ADMINs and OWNERs."
)


class TaskTypeAdd(Wire):
    name: TypeName
    description: Description | None = None
    is_restricted: bool = Field(False, description=_RESTRICTED)


class TaskTypePatch(Wire):
    """What is left out stays; a description of null is cleared."""

    name: TypeName = ""
    description: Description | None = None
    is_restricted: bool = Field(False, description=_RESTRICTED)

    @model_validator(mode="after")
    def _has_a_change(self) -> "TaskTypePatch":
        if not self.model_fields_set:
            raise ValueError("send at least one of name, description, is_restricted")
        return self


class TaskType(View):
    id: str
    workspace_id: str
    name: str
    description: str | None
    is_restricted: bool
    created_at: datetime
    updated_at: datetime
    version: int


class TaskTypePage(Page[TaskType]): ...
