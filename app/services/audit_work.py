"""What signing, exporting and recomputing audit logs takes in one process: keys, threads, and limits."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from app.core.blocking import Blocking
from app.core.caller import Caller, Tools
from app.core.config import Settings
from app.core.errors import ServiceUnavailable
from app.core.rsa_key import RsaKey, RsaKeys, RsaPublicKey, load_or_create_key, load_public_key
from app.core.slots import Slots
from app.db.connection import Database
from app.db.handles.checkpoints import CheckpointRow
from app.kernel.audit_denials import Denials
from app.kernel.start_up import of_setting
from app.services.audit_verification import Log, Progress, Verification, Verifications
from app.services.checkpoints import Head, sign

log = logging.getLogger(__name__)

_EXPORTS_PER_CALLER = 2
_EXPORTS_IN_ALL = 20


class AuditWork:
    """Belongs to one event loop; ``aclose`` when done."""

    def __init__(self, settings: Settings, database: Database, tools: Tools) -> None:
        """Raises ``SettingFault`` for a key that is there and cannot be read."""
        with of_setting("AUDIT_EARLIER_KEY_FILES"):
            earlier = [RsaPublicKey(load_public_key(path)) for path in settings.audit_earlier_key_files]
        self._tools = tools
        # One: Python computes in one thread at a time, and the event loop is another.
        self._threads = Blocking("audit", workers=1, waiting=50, deadline=30.0)
        self._load = partial(_signing_keys, settings.audit_key_file, earlier)
        with of_setting("AUDIT_KEY_FILE"):
            self._keys = self._load() if settings.audit_key_file.exists() else None
        self._verifications = Verifications(database, tools, self._threads)
        self.denials = Denials(database, tools)
        self.exports = Slots("exports", _EXPORTS_PER_CALLER, _EXPORTS_IN_ALL)

    async def keys(self) -> RsaKeys:
        """The key that signs is made when it is first needed. Raises ``ServiceUnavailable`` where it cannot
        be."""
        if self._keys is None:
            try:
                self._keys = await self._threads.run(self._load)
            except ValueError as error:
                log.error("no audit key", extra={"reason": str(error)})
                raise ServiceUnavailable("Audit logs cannot be signed at present.") from None
        return self._keys

    async def sign(self, head: Head) -> CheckpointRow:
        return await self._threads.run(sign, await self.keys(), head, self._tools.clock())

    async def verify(self, caller: Caller, chain: Log, given: Sequence[str] = ()) -> Verification:
        """As ``Verifications.verify``."""
        return await self._verifications.verify(caller, await self.keys(), chain, given)

    def progress(self, chain: Log, given: Sequence[str] = ()) -> Progress | None:
        """As ``Verifications.progress``."""
        return self._verifications.progress(chain, given)

    async def aclose(self) -> None:
        """Tells what is counted, so the database is to be open still."""
        await self._verifications.aclose()
        await self._threads.aclose()
        await self.denials.flush()


def _signing_keys(path: Path, earlier: Sequence[RsaPublicKey]) -> RsaKeys:
    return RsaKeys(RsaKey(load_or_create_key(path)), earlier)
