"""The wire of /workspaces/{workspace_id}/okr/objectives."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field

from app.core.okrs import Level, ObjectiveState, Outcome
from app.core.text import clean_line
from app.schemas.common import Description, Id, Page, UserId, View, Wire

ObjectiveTitle = Annotated[
    str,
    Field(max_length=300, examples=["Customers recommend us"]),
    AfterValidator(lambda text: clean_line(text, limit=300)),
]


class ObjectiveCreate(Wire):
    cycle_id: Id
    title: ObjectiveTitle
    description: Description | None = None
    level: Level = Level.TEAM
    owner_id: UserId | None = Field(None, description="Whose it is; null: yours.")


class ObjectivePatch(Wire):
    """What is left out stays; null removes a description."""

    title: ObjectiveTitle = ""
    description: Description | None = None
    level: Level = Level.TEAM
    owner_id: UserId = ""


class ObjectiveFinish(Wire):
    outcome: Outcome


class ListedObjective(View):
    id: str
    cycle_id: str
    title: str
    level: Level
    state: ObjectiveState
    owner_id: str
    created_by: str
    created_at: datetime
    updated_at: datetime
    activated_at: datetime | None = Field(description="Since when it is ACTIVE, or was last.")
    ended_at: datetime | None
    version: int


class Objective(ListedObjective):
    description: str | None


class ObjectivePage(Page[ListedObjective]): ...
