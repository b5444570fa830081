"""The wire of filters of tasks, and of those that are kept."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from pydantic import AfterValidator, Field, model_validator

from app.core.task_filter import MOST_VALUES
from app.core.task_filter import TaskFilter as Grammar
from app.core.text import clean_line
from app.schemas.common import Id, Moment, Page, UserId, View, Wire
from app.schemas.tasks import Priority, State

States = Annotated[list[State], Field(max_length=4, description="Any of these.")]
Priorities = Annotated[list[Priority], Field(max_length=4, description="Any of these.")]
TypeIds = Annotated[
    list[Id | Literal["none"]],
    Field(max_length=MOST_VALUES, description="Any of these; `none`: those without a type."),
]
LabelIds = Annotated[list[Id], Field(max_length=MOST_VALUES, description="Any of these.")]
Assignees = Annotated[
    list[Literal["me", "none"] | UserId],
    Field(max_length=MOST_VALUES, description="Any of these; `me`: whoever asks, `none`: nobody is."),
]
Creators = Annotated[
    list[Literal["me"] | UserId],
    Field(max_length=MOST_VALUES, description="Any of these; `me`: whoever asks."),
]
DueAfter = Annotated[Moment, Field(description="Due at this moment or later.")]
DueBefore = Annotated[Moment, Field(description="Due before this moment.")]
NoDue = Annotated[bool, Field(description="Only those without a due date.")]
Watched = Annotated[bool, Field(description="Only those that whoever asks watches.")]
FilterName = Annotated[
    str,
    Field(max_length=200, examples=["Urgent and nobody's"]),
    AfterValidator(lambda text: clean_line(text, limit=200)),
]


class TaskFilter(Wire):
    """All that is asked must hold. It is what `GET …/tasks` takes as parameters."""

    project_id: Id | None = None
    state: States = Field(default_factory=list)
    task_type_id: TypeIds = Field(default_factory=list)
    label_id: LabelIds = Field(default_factory=list)
    priority: Priorities = Field(default_factory=list)
    assignee_id: Assignees = Field(default_factory=list)
    created_by: Creators = Field(default_factory=list)
    due_after: DueAfter | None = None
    due_before: DueBefore | None = None
    no_due: NoDue = False
    watched: Watched = False

    def asked(self) -> Grammar:
        return msgspec.convert(self.model_dump(), Grammar)


class FilterAdd(Wire):
    name: FilterName
    filter: TaskFilter
    is_shared: bool = Field(False, description="With everybody in the workspace.")


class FilterPatch(Wire):
    """What is left out stays."""

    name: FilterName = ""
    filter: TaskFilter = TaskFilter()
    is_shared: bool = Field(False, description="Only the owner says so.")

    @model_validator(mode="after")
    def _has_a_change(self) -> "FilterPatch":
        if not self.model_fields_set:
            raise ValueError("send at least one of name, filter, is_shared")
        return self


class Filter(View):
    id: str
    workspace_id: str
    owner_id: str
    name: str
    filter: TaskFilter = Field(description="What it asks; what is left out asks nothing.")
    is_shared: bool
    created_at: datetime
    updated_at: datetime
    version: int


class FilterPage(Page[Filter]): ...
