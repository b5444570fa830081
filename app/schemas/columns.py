"""The wire of /workspaces/{workspace_id}/columns."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from app.schemas.common import DisplayName, Id, Page, View, Wire
from app.schemas.tasks import State

WipLimit = Annotated[int, Field(ge=1, le=10_000, strict=True)]


class ColumnAdd(Wire):
    name: DisplayName
    maps_to_state: State | None = Field(
        None, description="The state that it stands for: tasks that come here take it on."
    )
    wip_limit: WipLimit | None = Field(None, description="How many tasks it takes.")
    after: Id | None = Field(None, description="Behind which column it goes; null: first. Default: last.")


class ColumnPatch(Wire):
    """What is left out stays; null removes."""

    name: DisplayName = ""
    maps_to_state: State | None = None
    wip_limit: WipLimit | None = None
    after: Id | None = Field(None, description="Behind which column it goes; null: first.")


class Column(View):
    id: str
    project_id: str
    board_id: str
    name: str
    maps_to_state: State | None
    wip_limit: int | None
    task_count: int = Field(description="Of those that you may see; 1000 stands for that many or more.")
    created_at: datetime
    updated_at: datetime
    version: int


class ColumnPage(Page[Column]): ...
