"""The wire of /workspaces/{workspace_id}/okr/cycles."""

from datetime import date, datetime
from typing import Annotated

from pydantic import AfterValidator, Field, PlainSerializer

from app.core.okrs import CycleState
from app.core.text import clean_line
from app.schemas.common import Page, View, Wire

CycleName = Annotated[
    str, Field(max_length=70, examples=["Q1 2027"]), AfterValidator(lambda text: clean_line(text, limit=70))
]
Day = Annotated[date, PlainSerializer(date.isoformat), Field(examples=["2027-01-01"])]


class CycleCreate(Wire):
    name: CycleName
    starts_on: Day
    ends_on: Day = Field(description="The last day of it.")


class CyclePatch(Wire):
    """What is left out stays."""

    name: CycleName = ""
    starts_on: Day = date.min
    ends_on: Day = date.min


class Cycle(View):
    id: str
    name: str
    state: CycleState
    starts_on: date
    ends_on: date
    created_by: str
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    version: int


class CyclePage(Page[Cycle]): ...
