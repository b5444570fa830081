"""What the wire of all figures over time has in common."""

from datetime import date, datetime

from pydantic import Field

from app.schemas.common import View


class Span(View):
    first: date
    last: date = Field(description="With it.")
    starts_at: datetime
    ends_at: datetime = Field(description="The day after the last begins then, in the time zone.")
    bucket: str
    time_zone: str


class Bucket(View):
    bucket: str = Field(description="As ISO 8601 writes it.", examples=["2026-W48", "2026-11", "2026-11-26"])
    starts_at: datetime
    ends_at: datetime
    is_whole: bool = Field(description="Neither an end of the range nor the present cuts it short.")


class Durations(View):
    count: int
    mean_seconds: int | None
    p50_seconds: int | None = Field(
        description="By nearest rank: the smallest that 50 of 100 do not exceed. Null where there is none."
    )
    p85_seconds: int | None
    p95_seconds: int | None
