"""The wire of figures of approvals."""

from pydantic import Field

from app.schemas.analytics import Bucket, Durations, Span
from app.schemas.common import View

_OUTCOMES = Field(
    description="How many ended how.",
    examples=[{"APPROVED": 4, "REJECTED": 1, "CHANGES_REQUESTED": 2, "WITHDRAWN": 0, "VOIDED": 0}],
)
_LATENCY = Field(description="Of what was approved, rejected or sent back: from its submission.")


class ApprovalFlowFigures(View):
    submitted: int
    outcomes: dict[str, int] = _OUTCOMES
    latency: Durations = _LATENCY


class ApprovalBucket(Bucket):
    submitted: int
    open: int = Field(description="Waiting at its end, or now where that is to come.")
    outcomes: dict[str, int] = _OUTCOMES
    latency: Durations = _LATENCY


class StageTime(View):
    object_type: str
    stage_number: int = Field(description="From 1.")
    time: Durations = Field(description="From when it was reached to the decision that it was left by.")


class Waiting(View):
    open: int
    overdue: int = Field(description="Past the deadline of their stage.")


class ApprovalFigures(View):
    range: Span
    waiting: Waiting = Field(description="Now.")
    overall: ApprovalFlowFigures
    stages: list[StageTime] = Field(description="Of those that were left in the range.")
    buckets: list[ApprovalBucket]
