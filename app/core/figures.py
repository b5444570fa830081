"""What figures over time have in common: the range that they are of, and durations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import msgspec

from app.core.buckets import Range


class Span(msgspec.Struct, frozen=True):
    first: date
    last: date
    starts_at: datetime
    ends_at: datetime
    bucket: str
    time_zone: str

    @classmethod
    def of(cls, asked: Range) -> Span:
        return cls(asked.first, asked.last, asked.starts_at, asked.ends_at, asked.size, asked.zone)

    def told(self) -> str:
        return f"From {self.first} to {self.last} by the {self.bucket} ({self.time_zone})"


class Durations(msgspec.Struct, frozen=True):
    """Seconds; null where there are none."""

    count: int
    mean_seconds: int | None
    p50_seconds: int | None
    p85_seconds: int | None
    p95_seconds: int | None

    @classmethod
    def names(cls, prefix: str) -> Sequence[str]:
        return [f"{prefix}_{name}" for name in cls.__struct_fields__]

    def values(self) -> Sequence[int | None]:
        return msgspec.structs.astuple(self)


def durations(count: int, total: int = 0, p50: int = 0, p85: int = 0, p95: int = 0) -> Durations:
    """``total`` of so many; their mean is rounded to the nearest second, a half up."""
    if count == 0:
        return Durations(0, None, None, None, None)
    return Durations(count, (2 * total + count) // (2 * count), p50, p85, p95)
