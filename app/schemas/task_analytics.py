"""The wire of figures of tasks."""

from pydantic import Field

from app.schemas.analytics import Bucket, Durations, Span
from app.schemas.common import View

_FINISHED = Field(description="Went into DONE.")
_LEAD = Field(description="Of what was finished: from when it was made.")
_CYCLE = Field(
    description="Of what was finished: from when it was first in progress, as far as you may see such."
)


class Flow(View):
    created: int
    finished: int = _FINISHED
    lead_time: Durations = _LEAD
    cycle_time: Durations = _CYCLE


class FlowBucket(Bucket):
    created: int
    finished: int = _FINISHED
    open: int = Field(description="Made and not finished at its end, or now where that is to come.")
    lead_time: Durations = _LEAD
    cycle_time: Durations = _CYCLE


class TaskFlow(View):
    range: Span
    overall: Flow
    buckets: list[FlowBucket]
