"""The wire of what objectives add to."""

from typing import Annotated

from pydantic import Field, model_validator

from app.core.okrs import ObjectiveState
from app.schemas.common import Id, View, Wire

MOST_PARENTS = 10


class Parent(Wire):
    objective_id: Id
    weight: Annotated[int, Field(ge=1, le=100)] = Field(
        1, description="Of this objective against what else the parent is worked out from."
    )


class AlignmentSet(Wire):
    parents: list[Parent] = Field(
        max_length=MOST_PARENTS,
        description="What it adds to from now on, in whichever cycle; none ends it.",
        examples=[[{"objective_id": "0199f3f0-7c5a-7b6e-9f1d-2c3b4a5d6e7f", "weight": 2}]],
    )

    @model_validator(mode="after")
    def _names_each_once(self) -> "AlignmentSet":
        if len({each.objective_id for each in self.parents}) < len(self.parents):
            raise ValueError("a parent is named once")
        return self


class ParentShown(View):
    objective_id: str
    weight: int
    cycle_id: str
    title: str
    state: ObjectiveState


class Alignment(View):
    parents: list[ParentShown]
    version: int = Field(description="The objective's.")
