"""The wire of /workspaces/{workspace_id}/tasks."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from app.core.text import clean_line, clean_text
from app.schemas.common import Id, Moment, Page, View, Wire

State = Literal["TODO", "IN_PROGRESS", "BLOCKED", "DONE"]
Priority = Literal["low", "normal", "high", "urgent"]
Title = Annotated[
    str,
    Field(max_length=300, examples=["Confirm the venue"]),
    AfterValidator(lambda text: clean_line(text, limit=300)),
]
TaskText = Annotated[
    str, Field(max_length=50_000), AfterValidator(lambda text: clean_text(text, limit=50_000))
]
ProjectKeyed = Annotated[
    str,
    Field(
        pattern=r"^([0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[A-Za-z][A-Za-z0-9]{1,9}-[1-9]\d{0,8})$",
        description="The id, or a key that the project has or had with the task's number.",
        examples=["ABC-123"],
    ),
]
"""How a task may be asked for."""
ExternalSource = Annotated[
    str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,49}$", examples=["jira"], description="The other system.")
]
ExternalKey = Annotated[
    str,
    Field(min_length=1, max_length=200, examples=["10042"], description="The item's id there."),
    AfterValidator(lambda text: clean_line(text, limit=200)),
]


class NewTask(Wire):
    title: Title
    description: TaskText | None = None
    task_type_id: Id | None = None
    priority: Priority = "normal"
    due_at: Moment | None = None


class TaskAdd(NewTask):
    project_id: Id


class TaskPatch(Wire):
    """What is left out stays; null removes."""

    title: Title | None = None
    description: TaskText | None = None
    task_type_id: Id | None = None
    priority: Priority | None = None
    due_at: Moment | None = None

    @model_validator(mode="after")
    def _has_a_change(self) -> "TaskPatch":
        if not self.model_fields_set:
            raise ValueError("send at least one of title, description, task_type_id, priority, due_at")
        for name in ("title", "priority"):
            if name in self.model_fields_set and getattr(self, name) is None:
                raise ValueError(f"{name} cannot be null")
        return self


class ExternalTaskPut(TaskAdd):
    """What is left out is as it is in a new task."""


class ListedTask(View):
    id: str
    key: str = Field(examples=["ABC-123"], description="The project's key and the task's number in it.")
    project_id: str
    number: int
    column_id: str | None
    title: str
    task_type_id: str | None
    state: State
    blocked_by: Literal["DEPENDENCY", "MANUAL"] | None
    assignee_id: str | None
    priority: Priority
    due_at: datetime | None
    external_source: str | None
    external_id: str | None
    created_by: str
    created_at: datetime
    updated_at: datetime
    version: int


class Task(ListedTask):
    description: str | None


class TaskPage(Page[ListedTask]): ...
