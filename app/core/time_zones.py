"""An hour of the day where somebody is. Zones are those of the IANA database, by the package tzdata,
whose names are the same on every machine."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo


@cache
def zone_names() -> frozenset[str]:
    return frozenset((files("tzdata") / "zones").read_text(encoding="ascii").split())


def clean_zone(name: str) -> str:
    """The name of a zone. Raises ``ValueError`` for what is none, and for a mere abbreviation, which says
    nothing of summers."""
    if name != "UTC" and ("/" not in name or name not in zone_names()):
        raise ValueError("must be a time zone of the IANA database, such as Europe/Berlin, or UTC")
    return name


def next_at(now: datetime, *, zone: str, hour: int, weekday: int | None = None) -> datetime:
    """The first time after ``now`` that it is ``hour`` o'clock there; on a ``weekday`` (1 is Monday, ISO
    8601) where one is given. An hour that the clocks leave out comes when they have, one that they show twice
    comes the first time (PEP 495)."""
    there = ZoneInfo(zone)
    day = now.astimezone(there).date() - timedelta(days=1)
    while True:
        if weekday is None or day.isoweekday() == weekday:
            # The offset before a gap leads to just after it.
            found = datetime.combine(day, time(hour), there).astimezone(UTC)
            if found > now:
                return found
        day += timedelta(days=1)
