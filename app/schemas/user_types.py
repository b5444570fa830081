"""The wire of /workspaces/{workspace_id}/user-types."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from app.core.permissions import AccessLevel, Permission
from app.core.task_states import TaskState
from app.core.text import clean_line, fold, utf16_length
from app.schemas.common import Description, Page, View, Wire

_NAME_LIMIT = 200


def _type_name(text: str) -> str:
    name = clean_line(text, limit=_NAME_LIMIT)
    if utf16_length(fold(name)) > _NAME_LIMIT:  # what it is compared by: some letters become two or three
        raise ValueError(f"must be at most {_NAME_LIMIT} characters without capitals (UTF-16 code units)")
    return name


TypeName = Annotated[str, Field(max_length=_NAME_LIMIT, examples=["Vendor"]), AfterValidator(_type_name)]
Permissions = Annotated[
    list[Permission],
    Field(
        max_length=len(Permission),
        default_factory=list,
        description="What its people may do. Without `view` the others count for nothing.",
    ),
]
HiddenStates = Annotated[
    list[TaskState],
    Field(
        max_length=len(TaskState),
        default_factory=list,
        description="Tasks in these states are not there for its people.",
    ),
]
_LEVEL = "`admin` reaches every project and every type of tasks, and can have no hidden states."
_READ_ONLY = "Of what is granted only `view` counts."


class UserTypeAdd(Wire):
    name: TypeName
    description: Description | None = None
    access_level: AccessLevel = Field(AccessLevel.REGULAR, description=_LEVEL)
    read_only: bool = Field(False, description=_READ_ONLY)
    permissions: Permissions
    hidden_states: HiddenStates


class UserTypePatch(Wire):
    """What is left out stays; a list stands for the whole one, and a description of null is cleared."""

    name: TypeName = ""
    description: Description | None = None
    access_level: AccessLevel = Field(AccessLevel.REGULAR, description=_LEVEL)
    read_only: bool = Field(False, description=_READ_ONLY)
    permissions: Permissions
    hidden_states: HiddenStates

    @model_validator(mode="after")
    def _has_a_change(self) -> "UserTypePatch":
        if not self.model_fields_set:
            raise ValueError("send at least one member")
        return self


class UserType(View):
    id: str
    workspace_id: str
    name: str
    description: str | None
    access_level: AccessLevel
    read_only: bool
    permissions: list[Permission]
    hidden_states: list[TaskState]
    created_at: datetime
    updated_at: datetime
    version: int


class UserTypePage(Page[UserType]): ...


class UserTypesFromTemplate(View):
    items: list[UserType] = Field(description="The template's types, as they are now.")
    created: list[str] = Field(description="The ids of those that were made for it.")
