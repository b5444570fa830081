"""The wire of /workspaces/{workspace_id}/tasks/{task_id}/move, and of the tasks of a column."""

from typing import Self

from pydantic import Field, model_validator

from app.schemas.common import Id, Wire
from app.schemas.tasks import NewTask

_AFTER = "Behind which task of the column it goes; null: first. Default: last."


class TaskMove(Wire):
    column_id: Id | None = Field(
        description="A column of the task's project; null: out of any.",
        examples=["0f8fad5b-d9cb-469f-a165-70867728950e"],
    )
    after: Id | None = Field(None, description=_AFTER)

    @model_validator(mode="after")
    def _is_somewhere(self) -> Self:
        if self.column_id is None and "after" in self.model_fields_set:
            raise ValueError("must have a column_id for after to mean something")
        return self


class ColumnTaskAdd(NewTask):
    after: Id | None = Field(None, description=_AFTER)
