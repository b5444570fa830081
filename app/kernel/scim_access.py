"""As ``org_access``, for directories: is this the secret of one of the organisation's connections, now?"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from app.core.caller import Caller, Origin
from app.core.clock import CLOCKS_DIFFER
from app.core.errors import InvalidScimToken
from app.core.identity import Identity
from app.core.scim_secrets import ScimSecret
from app.core.slots import Slots
from app.db.connection import ReadTransaction
from app.db.handles.scim_connections import find_scim_secret

_VISIT = timedelta(hours=1)


class ScimRoom(NamedTuple):
    """What one connection may keep and ask of this process."""

    users: int
    groups: int
    scans: Slots
    """Searches that no index answers, by connection."""


class Directory(msgspec.Struct, frozen=True):
    """A connection that is let in, as of this transaction; ``caller`` is who logs name."""

    org_id: str
    connection_id: str
    tid: str
    caller: Caller
    is_visit_due: bool = False
    """Whether it is worth writing down that it is here now: it is kept to the hour."""
    ends_sessions: bool = False
    """Whether whom it stops is signed out everywhere."""


def acting(
    *, org_id: str, connection_id: str, tid: str, origin: Origin, now: datetime, is_visit_due: bool = False
) -> Directory:
    """The directory as somebody who acts: nobody's account, and of no issuer."""
    actor = Identity(
        user_id=f"service:scim:{connection_id}",
        tid=tid,
        issuer_name="scim",
        display_name=None,
        email=None,
        issued_at=now,
        expires_at=now,
        is_app=True,
    )
    return Directory(org_id, connection_id, tid, Caller(actor, None, origin), is_visit_due)


async def enter_directory(
    tx: ReadTransaction, secret: ScimSecret, origin: Origin, *, org_id: str, now: datetime
) -> Directory:
    """Raises ``InvalidScimToken``, which does not tell an unknown connection from a wrong secret, nor either
    from one that is disabled. The status of the organisation is no matter here: whom a directory stops is
    stopped whatever it is. That it lets nobody in meanwhile is seen to where somebody would be
    (``scim_people.let_in``, ``scim_grants``): a request that only stops somebody is never refused, whatever
    else it says of them."""
    row = await find_scim_secret(tx, org_id=org_id, connection_id=secret.connection_id)
    if row is None:
        raise InvalidScimToken
    is_present = secret.matches(row.token_hash)
    is_previous = secret.matches(row.prev_hash)
    if not is_present and not (is_previous and row.prev_until is not None and now < row.prev_until):
        raise InvalidScimToken
    if not row.is_enabled:
        raise InvalidScimToken
    last = row.last_used_at
    is_due = last is None or not now - _VISIT <= last <= now + CLOCKS_DIFFER
    directory = acting(
        org_id=org_id, connection_id=row.id, tid=row.tid, origin=origin, now=now, is_visit_due=is_due
    )
    return msgspec.structs.replace(directory, ends_sessions=row.ends_sessions)
