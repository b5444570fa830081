"""Deletes what has long expired, by a time that outlives a wrong clock.

A wall clock may stand in another year for an hour and come back. Whoever deleted what has expired by then
would bring ended tokens back to life, and have requests that are sent again take effect twice. So nothing is
deleted by the clock alone: deletions go by a believed time in the database, which follows the clock slowly
in either direction, and everything is kept some days longer than it needs to be.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from app.core.caller import Tools
from app.core.clock import CLOCKS_DIFFER
from app.core.mail_links import REFUSED_FOR
from app.db.connection import Database, WriteTransaction
from app.db.handles import housekeeping as db
from app.db.handles.jobs import delete_old_dead_jobs
from app.db.handles.notifications import delete_old_notifications
from app.db.handles.outbound_mail import delete_old_mail, delete_old_refusals
from app.kernel.idempotency import KEPT

_FARTHEST = timedelta(days=1)
"""So far a run moves the believed time at most: what one jump of the clock is worth."""
_CATCHES_UP = 2
"""Times as fast as the clock goes, so that a night without any process is made good."""
_LONGER = timedelta(days=3)
"""Everything is kept so much longer: a clock may jump ahead and stay there for two days, and nothing is
lost."""
_HISTORY = timedelta(days=90)
"""For so long after their end whoever invites sees what became of invitations and links to join by; so long
people keep what they were told, and dead letters are there to be retried."""
_LONGEST_INVITATION, _LONGEST_JOIN_LINK = timedelta(days=90), timedelta(days=365)
"""As the setting and the wire have them."""
_DELIVERIES = timedelta(days=30)
"""For so long an ADMIN sees what a webhook was sent."""
_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Housekeeping:
    """``lock``: how long a sign-in lock lasts."""

    database: Database
    tools: Tools
    lock: timedelta

    async def run(self) -> None:
        """In small transactions. The first run of all deletes nothing: it has only the clock to believe. Of
        processes that run at once one deletes."""
        now = self.tools.clock()
        believed = await self.database.transact(partial(_advance, now=now))
        if believed is None:
            return
        before = min(now, believed) - _LONGER
        # The later of the two: to a clock that is behind, everything looks as if it came from another year.
        latest = max(now, believed) + CLOCKS_DIFFER
        # The last run left nothing that had expired so early: a clock that was behind has stored it since.
        earliest = before - _FARTHEST
        await self._all(partial(db.resettle_idempotency_records, earliest=earliest, latest=latest + KEPT))
        await self._all(partial(db.delete_expired_revocations, before=before))
        await self._all(partial(db.delete_expired_refresh_tokens, before=before))
        await self._all(partial(db.delete_expired_tickets, before=before))
        await self._all(partial(db.delete_expired_states, before=before))
        await self._all(partial(db.delete_expired_codes, before=before))
        await self._all(partial(db.delete_expired_browser_sessions, before=before))
        await self._all(partial(db.delete_dead_connections, before=before))
        await self._all(partial(db.delete_dead_processes, before=before))
        await self._all(partial(db.delete_expired_idempotency_records, before=before))
        await self._all(partial(db.delete_throttles_ahead, latest=latest + self.lock))
        until = latest + _LONGEST_INVITATION
        await self._all(partial(db.expire_invitations, before=before, latest=until))
        await self._all(partial(db.expire_transfers, before=before, latest=until))
        await self._all(partial(db.delete_old_invitations, before=before - _HISTORY))
        await self._all(partial(db.delete_old_join_links, before=before - _HISTORY))
        await self._all(partial(delete_old_notifications, before=before - _HISTORY))
        await self._all(partial(delete_old_mail, before=before - _HISTORY))
        await self._all(partial(delete_old_refusals, before=before - REFUSED_FOR))
        await self._all(partial(delete_old_dead_jobs, before=before - _HISTORY))
        await self._all(partial(db.delete_join_links_ahead, latest=latest + _LONGEST_JOIN_LINK))
        await self._all(partial(_delete_deliveries, before=before - _DELIVERIES))
        await self._all(partial(db.delete_gone_webhooks, before=before - _DELIVERIES))

    async def _all(self, some: Callable[..., Awaitable[int]]) -> None:
        while True:
            async with self.database.write() as tx:
                if await some(tx, batch=_BATCH) < _BATCH:
                    return


async def _delete_deliveries(tx: WriteTransaction, *, before: datetime, batch: int) -> int:
    db.delete_tries_of_old_deliveries(tx, before=before, batch=batch)
    return await db.delete_old_deliveries(tx, before=before, batch=batch)


async def _advance(tx: WriteTransaction, *, now: datetime) -> datetime | None:
    """The time to go by; None where there is none yet, or another process has just moved it."""
    known = await db.read_housekeeping(tx)
    if known is None:
        db.insert_housekeeping(tx, now=now)
        return None
    step = min(_FARTHEST, _CATCHES_UP * abs(now - known.ran_at))
    believed = max(known.believed_at - step, min(now, known.believed_at + step))
    moved = await db.advance_housekeeping(tx, believed_at=believed, ran_at=known.ran_at, now=now)
    return believed if moved else None
