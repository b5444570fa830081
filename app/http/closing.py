"""Why a socket is closed, in the numbers that a client reads."""

from __future__ import annotations

from enum import IntEnum


class Close(IntEnum):
    """RFC 6455 section 7.4, and of this service from 4000."""

    UNSUPPORTED = 1003
    """It sent bytes."""
    POLICY = 1008
    """It said what nobody understands, or too much."""
    FAULT = 1011
    RESTART = 1012
    """The server ends: open another, with where it came to."""
    LATER = 1013
    """It was too slow, or the service has too much to do: likewise, a little later."""
    SIGNED_OUT = 4401
    FORBIDDEN = 4403
    GONE = 4404


_BY_STATUS = {401: Close.SIGNED_OUT, 403: Close.FORBIDDEN, 404: Close.GONE}


def close_for(status: int) -> Close:
    """Of an error with this HTTP status."""
    return _BY_STATUS.get(status, Close.LATER)
