"""What the service does by itself again and again, once for all processes."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

from app.core.caller import Tools
from app.db.connection import Database, WriteTransaction
from app.db.handles.jobs import DueJobRow
from app.kernel.job_schedules import Every, make_jobs, set_schedule
from app.kernel.jobs import NO_WORKSPACE, JobKind
from app.kernel.schedule import repeat

log = logging.getLogger(__name__)
_NAMES = uuid.UUID("7a1f4c8e-3d52-4b6a-9c0e-5f2b8d417e93")
Routine = tuple[timedelta, Callable[[], Awaitable[object]]]
"""How often, and what."""


class Routines:
    """By name, which is kept: the job of another name is another one's."""

    def __init__(self, database: Database, tools: Tools, routines: Mapping[str, Routine]) -> None:
        self._database = database
        self._tools = tools
        self._routines = {str(uuid.uuid5(_NAMES, name)): (name, *each) for name, each in routines.items()}
        self._are_set = False

    async def run(self, pause: timedelta) -> None:
        """Looks what is due, of every schedule there is, until it is cancelled."""
        await repeat("schedules", self.make_jobs, pause=pause)

    async def make_jobs(self) -> int:
        """Raises ``DatabaseError``."""
        if not self._are_set:
            await self._database.transact(self._set)
            self._are_set = True
        return await make_jobs(self._database, self._tools)

    async def _set(self, tx: WriteTransaction) -> None:
        for target_id, (_, pause, _) in self._routines.items():
            await set_schedule(
                tx,
                self._tools,
                JobKind.ROUTINE,
                Every(pause),
                workspace_id=NO_WORKSPACE,
                target_id=target_id,
                at_once=True,
            )

    async def do(self, job: DueJobRow) -> None:
        """A job."""
        if (known := self._routines.get(job.target_id)) is None:
            log.warning("a routine of another version", extra={"target_id": job.target_id})
            return
        await known[2]()
