"""Hours where people are, across what clocks do in spring and autumn."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.core.time_zones import clean_zone, next_at, zone_names


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "zone", "hour", "expected"),
    [
        ("2026-11-26 07:00", "UTC", 8, "2026-11-26 08:00"),
        ("2026-11-26 08:00", "UTC", 8, "2026-11-27 08:00"),
        ("2026-11-26 06:59", "Europe/Berlin", 8, "2026-11-26 07:00"),
        # 02:00 is left out on 2026-03-29 in Berlin: it comes at 03:00 there.
        ("2026-03-28 12:00", "Europe/Berlin", 2, "2026-03-29 01:00"),
        ("2026-03-29 01:00", "Europe/Berlin", 2, "2026-03-30 00:00"),
        # 02:00 is shown twice on 2026-10-25: the first one counts, and only it.
        ("2026-10-24 12:00", "Europe/Berlin", 2, "2026-10-25 00:00"),
        ("2026-10-25 00:00", "Europe/Berlin", 2, "2026-10-26 01:00"),
        # Half an hour at Lord Howe; midnight is left out in Beirut and in Santiago.
        ("2026-10-03 12:00", "Australia/Lord_Howe", 2, "2026-10-03 15:30"),
        ("2026-03-28 12:00", "Asia/Beirut", 0, "2026-03-28 22:00"),
        # A day's start in Kathmandu, and Samoa's day that never was (2011-12-30).
        ("2026-11-26 00:00", "Asia/Kathmandu", 0, "2026-11-26 18:15"),
        ("2011-12-29 18:01", "Pacific/Apia", 8, "2011-12-30 18:00"),
        ("2011-12-30 18:00", "Pacific/Apia", 8, "2011-12-31 18:00"),
    ],
)
def test_the_next_time_that_it_is_so_late_there(now: str, zone: str, hour: int, expected: str) -> None:
    assert next_at(utc(now), zone=zone, hour=hour) == utc(expected)


def test_a_weekday_is_that_of_the_place() -> None:
    # Thursday in UTC is Friday already in Auckland.
    assert next_at(utc("2026-11-26 10:00"), zone="Pacific/Auckland", hour=0, weekday=5) == utc(
        "2026-11-26 11:00"
    )
    assert next_at(utc("2026-11-26 11:00"), zone="Pacific/Auckland", hour=0, weekday=5) == utc(
        "2026-12-03 11:00"
    )


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Pacific/Apia", "Asia/Kolkata"])
def test_a_year_has_a_digest_each_day(zone: str) -> None:
    for hour in (0, 2, 23):
        now = start = utc("2026-01-01 00:00")
        count = 0
        while now < start + timedelta(days=365):
            found = next_at(now, zone=zone, hour=hour)
            assert timedelta(0) < found - now <= timedelta(hours=25)
            now, count = found, count + 1
        assert count in (365, 366)


def test_what_is_a_zone() -> None:
    assert len(zone_names()) > 400
    for name in ("UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires"):
        assert clean_zone(name) == name
    for name in (
        "",
        "CET",
        "EST",
        "Europe/Nowhere",
        "../etc/passwd",
        "/etc/passwd",
        "posix/Europe/Berlin",
        "europe/berlin",
    ):
        with pytest.raises(ValueError, match="IANA"):
            clean_zone(name)
