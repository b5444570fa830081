"""Who is calling, from where, in which request; and the tools a service function is handed."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import msgspec

from app.core.clock import Clock, IdFactory
from app.core.identity import Identity
from app.core.request_counts import RequestCounts
from app.core.token_service import PmaClaims


class Origin(msgspec.Struct, frozen=True):
    """One request: its id, and the network address it came from."""

    request_id: str
    address: str | None


class Passage(msgspec.Struct, frozen=True, array_like=True):
    """That somebody was let in: where, and for which operation. ``minimum`` is the role it took in an
    organisation; of a workspace and the platform the operation says it. ``project_id``: one of the workspace
    that they saw."""

    kind: Literal["workspace", "org", "platform", "project"]
    place_id: str
    operation: str
    minimum: str | None = None
    project_id: str | None = None


class Passages:
    """Those of one request, each once: what an answer that is kept for retries is guarded by."""

    __slots__ = ("_made",)

    def __init__(self) -> None:
        self._made: dict[Passage, None] = {}

    def note(self, passage: Passage) -> None:
        self._made[passage] = None

    def only(self, passage: Passage) -> None:
        """For an act by which the caller gives up what it took: its retry takes this."""
        self._made = {passage: None}

    def made(self) -> tuple[Passage, ...]:
        return tuple(self._made)


class Caller(msgspec.Struct, frozen=True):
    """A verified access token, with the verified PMA token where the route needs one."""

    identity: Identity
    claims: PmaClaims | None
    origin: Origin
    is_appointed: bool = False
    """An administrator of the platform by the setting ``PLATFORM_ADMINS``."""
    counts: RequestCounts | None = None
    """What this request counts against; None where it counts against no plan."""
    browser_session_id: str | None = None
    """Of the session that a cookie stood for; None where the tokens came in headers."""
    passages: Passages = msgspec.field(default_factory=Passages)

    @property
    def user_id(self) -> str:
        return self.identity.user_id

    @property
    def jti(self) -> str | None:
        return self.claims.jti if self.claims else None

    @property
    def org_id(self) -> str | None:
        """The one organisation that the PMA token was minted for."""
        return self.claims.org_id if self.claims else None


@dataclass(frozen=True, slots=True)
class Tools:
    """Time, identifiers and randomness; tests put their own in."""

    clock: Clock
    new_id: IdFactory
    random_bytes: Callable[[int], bytes]
    monotonic: Callable[[], float] = time.monotonic
    """Seconds that only ever pass, whatever the clock is set to: for how long something is."""
