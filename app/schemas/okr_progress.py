"""The wire of how far objectives and cycles are."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from app.core.okrs import ObjectiveState, Source
from app.schemas.common import View


class Part(View):
    kind: Literal["key_result", "objective"]
    id: str
    title: str
    weight: int
    score: str | None = Field(
        examples=["0.75"],
        description="A key result that was never measured is at 0; an objective of which nothing can be "
        "measured is at null, and does not count.",
    )
    measured_at: datetime | None = Field(
        description="Of an objective, the oldest of what it is worked out from; null where something was "
        "never measured."
    )
    is_stale: bool = Field(description="Older than it should be, or what feeds it was not to be had.")
    source: Source | None = Field(description="Of a key result: who says how far it is.")
    feed_status: Literal["WAITING", "OK", "FALLBACK", "FAILED"] | None


class Progress(View):
    objective_id: str
    score: str | None = Field(examples=["0.75"], description="The mean of the parts by their weights.")
    measured_at: datetime | None
    is_stale: bool = Field(description="Something that it is worked out from is.")
    parts: list[Part]


class CycleProgress(View):
    cycle_id: str
    score: str | None = Field(examples=["0.75"])
    measured_at: datetime | None
    is_stale: bool
    objectives: int
    states: dict[ObjectiveState, int]
    parts: list[Part] = Field(description="Objectives that add to no other of the cycle that counts.")
