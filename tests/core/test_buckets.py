"""Ranges are cut into days, weeks and months without a gap, whatever the clocks of a zone do."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from app.core.buckets import NoRange, Size, range_of

NOW = datetime(2026, 11, 26, 12, 30, tzinfo=UTC)
ZONES = (
    "UTC",
    "Europe/Berlin",
    "Pacific/Kiritimati",
    "America/New_York",
    "Asia/Beirut",
    "Australia/Lord_Howe",
)


def test_buckets_are_the_days_of_their_names_and_nothing_else() -> None:
    rng = random.Random(1)
    for _ in range(200):
        first = date(2015, 1, 1) + timedelta(days=rng.randrange(4200))
        last = min(first + timedelta(days=rng.randrange(400)), date(2026, 11, 26))
        zone, size = rng.choice(ZONES), rng.choice(tuple(Size))
        there = ZoneInfo(zone)
        found = range_of(first, last, size=size, zone=zone, now=NOW)
        assert (found.first, found.last) == (first, last)
        days = [first + timedelta(days=count) for count in range((last - first).days + 1)]
        expected: dict[str, list[date]] = {}
        for day in days:
            name = {Size.DAY: "%Y-%m-%d", Size.WEEK: "%G-W%V", Size.MONTH: "%Y-%m"}[size]
            expected.setdefault(day.strftime(name), []).append(day)
        assert [each.label for each in found.buckets] == list(expected)
        for each, these in zip(found.buckets, expected.values(), strict=True):
            assert each.starts_at.astimezone(there).date() == these[0]
            assert (each.starts_at - timedelta(microseconds=1)).astimezone(there).date() < these[0]
            assert (each.ends_at - timedelta(microseconds=1)).astimezone(there).date() == these[-1]
            assert each.ends_at.astimezone(there).date() > these[-1]
            ahead = these[-1] + timedelta(days=1)
            inside = {
                Size.DAY: True,
                Size.WEEK: len(these) == 7,
                Size.MONTH: these[0].day == 1 and ahead.day == 1,
            }[size]
            assert each.is_whole == (inside and each.ends_at <= NOW)
        assert all(before.ends_at == after.starts_at for before, after in pairwise(found.buckets))


def test_by_default_it_is_the_present_week_and_the_eleven_before() -> None:
    found = range_of(None, None, now=NOW)
    assert [each.label for each in found.buckets] == [f"2026-W{week}" for week in range(37, 49)]
    assert (found.first, found.last, found.buckets[-1].is_whole) == (
        date(2026, 9, 7),
        date(2026, 11, 26),
        False,
    )
    assert [each.is_whole for each in found.buckets[:-1]] == [True] * 11


def test_today_is_that_of_the_zone_and_what_is_to_come_is_left_out() -> None:
    late = datetime(2026, 11, 26, 23, 30, tzinfo=UTC)
    there = range_of(date(2026, 11, 20), date(2030, 1, 1), size=Size.DAY, zone="Europe/Berlin", now=late)
    assert (there.last, len(there.buckets)) == (date(2026, 11, 27), 8)
    assert range_of(None, None, now=late).last == date(2026, 11, 26)


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(2026, 2, 2), date(2026, 2, 1)),
        (date(2026, 11, 28), None),
        (date(2025, 10, 22), None),
        (date(1969, 12, 31), date(1970, 1, 2)),
        (date.min, date.min),
        (None, date.min),
        (date.max, date.max),
    ],
)
def test_what_is_no_range_is_refused(first: date | None, last: date | None) -> None:
    with pytest.raises(NoRange):
        range_of(first, last, size=Size.DAY, zone="Pacific/Kiritimati", now=NOW)


def test_the_longest_range_has_400_days() -> None:
    found = range_of(date(2025, 10, 23), None, size=Size.DAY, now=NOW)
    assert len(found.buckets) == 400
    assert len(range_of(date(1970, 1, 1), date(1970, 1, 1), now=NOW).buckets) == 1
