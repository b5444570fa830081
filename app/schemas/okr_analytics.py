"""The wire of figures of OKRs."""

from pydantic import Field

from app.schemas.analytics import Bucket, Span
from app.schemas.common import View


class Progress(View):
    objectives: int = Field(description="That had begun by then.")
    score: str | None = Field(
        examples=["0.62"],
        description="The mean of theirs, each the mean of its own key results by their weights.",
    )
    confidence: float | None = Field(
        examples=[7.25], description="From 1 to 10, the mean of what was last said."
    )
    key_results: int
    measured: int = Field(description="How many of them had been checked in by then.")
    check_ins: int = Field(description="Made in the bucket.")
    overdue: int = Field(description="Key results that were not checked in for longer than they may.")


class OkrBucket(Bucket):
    total: Progress
    levels: dict[str, Progress] = Field(description="By level, those that there are.")


class OkrFigures(View):
    range: Span
    buckets: list[OkrBucket]
