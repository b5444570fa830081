"""The wire of /workspaces/{workspace_id}/okr/key-results/{key_result_id}/feed."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from app.core.key_result_sources import Measure, Pick
from app.core.text import plain
from app.schemas.common import Id, View, Wire

ColumnName = Annotated[str, Field(min_length=1, max_length=200, examples=["revenue"]), AfterValidator(plain)]


class ConnectorFeed(Wire):
    """With `pick` what the column comes to, with `row` one cell of it; empty cells are none."""

    binding_id: Id = Field(description="A connector of the workspace.")
    column: ColumnName
    pick: Pick | None = None
    row: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(
        default=None, description="Of the table, from 1; names of columns are none."
    )

    @model_validator(mode="after")
    def _is_one_figure(self) -> "ConnectorFeed":
        if (self.pick is None) == (self.row is None):
            raise ValueError("one of pick and row says which cells of the column")
        return self


class TasksFeed(Wire):
    """Tasks that whoever sets this may see, now and later: how many are DONE, or which part of all."""

    project_id: Id
    measure: Measure
    task_type_id: Id | None = None


class FeedSet(Wire):
    """One of `connector` and `tasks`."""

    connector: ConnectorFeed | None = None
    tasks: TasksFeed | None = None

    @model_validator(mode="after")
    def _is_of_one_kind(self) -> "FeedSet":
        if (self.connector is None) == (self.tasks is None):
            raise ValueError("one of connector and tasks feeds it")
        return self


class ConnectorFeedShown(View):
    binding_id: str
    column: str
    pick: Pick | None
    row: int | None


class TasksFeedShown(View):
    project_id: str
    measure: Measure
    task_type_id: str | None


class Feed(View):
    key_result_id: str
    connector: ConnectorFeedShown | None
    tasks: TasksFeedShown | None
    status: Literal["WAITING", "OK", "FALLBACK", "FAILED"] = Field(
        description="FALLBACK: something stands for what could not be read. FAILED: there is nothing to take,"
        " and the key result stays as it was."
    )
    error: str | None = Field(examples=["SOURCE_AWAY"], description="Why it is FALLBACK or FAILED.")
    fallback: Literal["LAST_GOOD", "STATIC"] | None
    selection_id: str | None = Field(description="What was asked of the connector's source.")
    fetched_at: datetime | None
    age_seconds: int | None = Field(description="Of what was taken, at its source.")
    fed_at: datetime | None
    set_by: str
