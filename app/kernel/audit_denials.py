"""Refusals in the audit log, when somebody is refused again and again.

The first is an entry at once. As long as the same person is refused the same thing, the others are counted,
and each window adds one entry that tells how many there were, when the first and the last was, and from
where. So a stranger who knocks a thousand times a minute neither fills a foreign log nor takes its lock.

What is counted is in this process alone until the window ends: each process tells its own, and one that is
killed takes a window's counts with it, but never the first entry.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

import msgspec

from app.core.caller import Caller, Tools
from app.core.clock import utc_text
from app.core.complaints import Complaints
from app.db.connection import Database, WriteTransaction
from app.db.errors import DatabaseError, TransientError
from app.kernel.access import Denial
from app.kernel.audit import record_denial
from app.kernel.schedule import repeat

log = logging.getLogger(__name__)

WINDOW = timedelta(minutes=1)
_MOST = 10_000
"""Refusals of one person and one thing that are counted at once; beyond, each is an entry of its own."""
_MOST_ADDRESSES = 10
_IN_A_TRANSACTION = 50

_Key = tuple[str, Denial]


class _Repeats(msgspec.Struct):
    """Refusals since the last entry about them. ``caller`` is that of the last one."""

    caller: Caller
    count: int
    first_at: datetime
    last_at: datetime
    addresses: dict[str, None]

    @classmethod
    def of(cls, caller: Caller, now: datetime) -> _Repeats:
        return cls(caller, 0, now, now, {})

    def add(self, caller: Caller, now: datetime) -> None:
        self.caller = caller
        self.first_at = self.first_at if self.count else now
        self.last_at = now
        self.count += 1
        if caller.origin.address and len(self.addresses) < _MOST_ADDRESSES:
            self.addresses[caller.origin.address] = None

    def add_all(self, later: _Repeats) -> None:
        """Those that came after these."""
        if later.count:
            self.caller, self.last_at = later.caller, later.last_at
            self.count += later.count
            self.addresses |= later.addresses

    def details(self) -> dict[str, Any]:
        return {
            "count": self.count,
            "first_at": utc_text(self.first_at),
            "last_at": utc_text(self.last_at),
            "addresses": list(self.addresses),
        }


class Denials:
    """Those of one process. Belongs to one event loop."""

    def __init__(self, database: Database, tools: Tools) -> None:
        self._database = database
        self._tools = tools
        self._known: dict[_Key, _Repeats] = {}
        self._complaints = Complaints()

    async def tell(self, caller: Caller, denial: Denial) -> None:
        """Raises nothing: that a refusal could not be audited never hides it."""
        key, now = (caller.user_id, denial), self._tools.clock()
        if (known := self._known.get(key)) is not None:
            known.add(caller, now)
            return
        repeats = _Repeats.of(caller, now)
        if len(self._known) < _MOST:
            self._known[key] = repeats
        else:
            self._complaints.tell("counted refusals")
        try:
            await self._database.transact(lambda tx: record_denial(tx, caller, self._tools, denial))
        except DatabaseError as error:
            repeats.add(caller, now)  # to be told at the end of the window, if it is one that is counted
            log.error(
                "denial not audited",
                extra={"request_id": caller.origin.request_id, "reason": str(error)},
            )

    async def run(self) -> None:
        """Until it is cancelled."""
        await repeat("denials", self.flush, pause=WINDOW)

    async def flush(self) -> None:
        """Ends the window: tells what was counted in it, and forgets who was not refused again."""
        by_chain: dict[tuple[str, str], list[_Key]] = defaultdict(list)
        for key, repeats in list(self._known.items()):
            if repeats.count:
                by_chain[key[1].scope, key[1].scope_id].append(key)
            else:
                del self._known[key]
        for keys in by_chain.values():
            for start in range(0, len(keys), _IN_A_TRANSACTION):
                writing = asyncio.ensure_future(self._write(keys[start : start + _IN_A_TRANSACTION]))
                try:
                    await asyncio.shield(writing)
                finally:
                    # Cancelled half-way, nobody would know whether they were told.
                    await asyncio.wait([writing])

    async def _write(self, keys: list[_Key]) -> None:
        taken = [(key, self._known[key]) for key in keys]
        for key, repeats in taken:
            self._known[key] = _Repeats.of(repeats.caller, repeats.last_at)

        async def work(tx: WriteTransaction) -> None:
            for (_, denial), repeats in taken:
                await record_denial(tx, repeats.caller, self._tools, denial, repeats.details())

        try:
            await self._database.transact(work)
        except TransientError as error:
            log.warning("denials not audited yet", extra={"reason": str(error)})
            for key, repeats in taken:
                repeats.add_all(self._known[key])
                self._known[key] = repeats
        except DatabaseError as error:
            # A workspace that was purged has no log any more.
            log.error("denials not audited", extra={"reason": str(error)})
