"""Spans of time that figures are counted in: days, ISO weeks or months of a time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

MOST_DAYS = 400
"""Of one range."""
_DEFAULT_WEEKS = 12
_FIRST = date(1970, 1, 1)


class Size(StrEnum):
    """WEEK: from Monday (ISO 8601)."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Bucket(NamedTuple):
    """From ``starts_at`` to before ``ends_at``. ``is_whole``: neither an end of the range nor the present
    cuts it short."""

    label: str
    starts_at: datetime
    ends_at: datetime
    is_whole: bool


class Range(NamedTuple):
    """From the first day to the last one, both with it, of a zone."""

    first: date
    last: date
    size: Size
    zone: str
    buckets: tuple[Bucket, ...]

    @property
    def starts_at(self) -> datetime:
        return self.buckets[0].starts_at

    @property
    def ends_at(self) -> datetime:
        return self.buckets[-1].ends_at


class NoRange(ValueError):
    """Said in words for whoever asked."""


def range_of(
    first: date | None, last: date | None, *, size: Size = Size.WEEK, zone: str = "UTC", now: datetime
) -> Range:
    """The last day is today at most, and by default; the first by default the Monday of eleven weeks before.
    Raises ``NoRange`` for one that ends before it begins or has more than ``MOST_DAYS`` days."""
    there = ZoneInfo(zone)
    today = now.astimezone(there).date()
    last = min(last or today, today)
    if first is None and last >= _FIRST:
        first = last - timedelta(days=last.weekday(), weeks=_DEFAULT_WEEKS - 1)
    if first is None or not _FIRST <= first <= last:
        raise NoRange(f"A range begins before it ends, between {_FIRST} and today.")
    if (last - first).days >= MOST_DAYS:
        raise NoRange(f"A range has {MOST_DAYS} days at most.")
    buckets = []
    day = first
    while day <= last:
        following = _following(day, size)
        end = min(following, _next_day(last))
        starts_at, ends_at = _midnight(day, there), _midnight(end, there)
        is_whole = _begins(day, size) and end == following and ends_at <= now
        buckets.append(Bucket(_label(day, size), starts_at, ends_at, is_whole))
        day = end
    return Range(first, last, size, zone, tuple(buckets))


def _begins(day: date, size: Size) -> bool:
    return size is Size.DAY or (day.weekday() == 0 if size is Size.WEEK else day.day == 1)


def _following(day: date, size: Size) -> date:
    """The first day of the bucket after that of ``day``."""
    if size is Size.DAY:
        return _next_day(day)
    if size is Size.WEEK:
        return day + timedelta(days=7 - day.weekday())
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def _next_day(day: date) -> date:
    return day + timedelta(days=1)


def _label(day: date, size: Size) -> str:
    """As ISO 8601 writes it."""
    if size is Size.DAY:
        return day.isoformat()
    if size is Size.WEEK:
        year, week, _ = day.isocalendar()
        return f"{year:04}-W{week:02}"
    return f"{day.year:04}-{day.month:02}"


def _midnight(day: date, there: ZoneInfo) -> datetime:
    """When a day begins there. Where the clocks leave midnight out, that is when they have: the offset before
    a gap leads to just after it."""
    return datetime.combine(day, time(), there).astimezone(UTC)
