"""How much one connection may ask of this process, before anybody knows who it is."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.config import Settings

KIBIBYTE = 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes, times in seconds."""

    connections: int
    """Open at the same time in this process."""
    head_bytes: int
    head_fields: int
    head_seconds: float
    """From the first byte of a head, or of a new connection, to the head's end."""
    keep_alive_seconds: float
    """Between two requests of one connection."""
    transfer_seconds: float
    """For a whole body, and for what was written of an answer."""
    transfer_grace_seconds: float
    """The time after which ``transfer_rate`` counts."""
    transfer_rate: int
    """The least bytes a second that a body brings, or that a client takes of its answer."""
    ping_seconds: float = 20.0
    """Between two pings of a socket, and for their answers."""
    linger_seconds: float = 5.0
    """How long a client that is still sending has to read that nobody listens (RFC 9112 section 9.6)."""
    last_grace_seconds: float = 2.0
    """What is left of ``transfer_grace_seconds`` when the server is told to stop, and when there is no room
    for one connection more."""
    framing_bytes: int = 64 * KIBIBYTE
    """What the frames of a body may take beside as much as the body itself: sizes and extensions of chunks,
    and trailers."""
    pipelined: int = 16
    """Requests of one connection that wait for their turn."""

    @property
    def tick_seconds(self) -> float:
        """How often connections are looked at."""
        shortest = min(
            self.head_seconds, self.keep_alive_seconds, self.transfer_seconds, self.transfer_grace_seconds
        )
        return min(1.0, max(0.02, shortest / 4))

    def is_too_slow(self, count: int, seconds: float) -> bool:
        """Whether ``count`` bytes in so many seconds are less than must come."""
        late = seconds - self.transfer_grace_seconds
        return seconds > self.transfer_seconds or (late > 0 and count < late * self.transfer_rate)


def make_limits(settings: Settings) -> Limits:
    return Limits(
        connections=settings.max_connections,
        head_bytes=settings.max_head_bytes,
        head_fields=settings.max_head_fields,
        head_seconds=settings.head_seconds,
        keep_alive_seconds=settings.keep_alive_seconds,
        transfer_seconds=settings.transfer_seconds,
        transfer_grace_seconds=settings.transfer_grace_seconds,
        transfer_rate=settings.transfer_min_bytes_per_second,
        ping_seconds=settings.socket_ping_seconds,
    )
