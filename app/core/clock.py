"""Time and identifiers, passed to whoever needs them and never ambient."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import uuid_utils

Clock = Callable[[], datetime]
"""Answers the present moment as an aware UTC datetime."""

IdFactory = Callable[[], str]
"""Answers a new identifier: lower-case hyphenated UUID text."""


CLOCKS_DIFFER = timedelta(minutes=5)
"""Clocks of several processes may differ by so much."""
SETTLED = CLOCKS_DIFFER + timedelta(minutes=1)
"""What is older than that has been committed, whichever process wrote it."""


def system_clock() -> datetime:
    """The host's clock, UTC, microsecond resolution."""
    return datetime.now(UTC)


def utc_text(moment: datetime) -> str:
    """An aware moment as RFC 3339 text, in UTC and with microseconds: of one width, so it sorts as text."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def new_uuid7() -> str:
    """A UUID version 7 (RFC 9562 section 5.7), as lower-case hyphenated text."""
    return str(uuid_utils.uuid7())
