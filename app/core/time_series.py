"""What figures over time have in common: the range that they are of, its buckets, and durations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, Self

import msgspec

from app.core.buckets import Bucket, Range
from app.core.clock import utc_text

OVERALL, LATER = -1, -2
"""Places of the buckets that are none of the range: all of it, and what is after it."""
_END = datetime.max.replace(tzinfo=UTC)


def placed(asked: Range, *, overall: bool = True) -> str:
    """The buckets as queries take them: a JSON array of objects ``place``, ``from`` and ``before``. After
    those of the range, by their places, come ``OVERALL``, unless the query makes it of them, and
    ``LATER``."""
    spans = [
        *((place, each.starts_at, each.ends_at) for place, each in enumerate(asked.buckets)),
        *([(OVERALL, asked.starts_at, asked.ends_at)] if overall else []),
        (LATER, asked.ends_at, _END),
    ]
    return msgspec.json.encode(
        [{"place": place, "from": utc_text(start), "before": utc_text(end)} for place, start, end in spans]
    ).decode()


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


class Slot(msgspec.Struct, frozen=True):
    """One bucket; what is derived from it has the bucket's figures behind."""

    bucket: str
    starts_at: datetime
    ends_at: datetime
    is_whole: bool

    @classmethod
    def of(cls, bucket: Bucket, **figures: Any) -> Self:
        return cls(*bucket, **figures)

    def cells(self) -> Sequence[object]:
        """Of a line of CSV."""
        return (self.bucket, utc_text(self.starts_at), utc_text(self.ends_at), self.is_whole)


SLOT = Slot.__struct_fields__
"""The names of its cells."""


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
