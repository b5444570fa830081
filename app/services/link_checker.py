"""The schedule of link checks: every process runs it, and each link is looked at by one of them."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from app.core.caller import Tools
from app.core.errors import ExternalItemNotFound, IntegrationFailure
from app.core.secret_box import SecretBox
from app.db.connection import Database
from app.db.errors import DatabaseError
from app.db.handles.links import DueLinkRow
from app.integrations.provider import Provider
from app.integrations.registry import Providers
from app.services import links
from app.services.connections import find_credential
from app.services.links import Outcome

log = logging.getLogger(__name__)

_AT_ONCE = 5
_PAGE = 20
_LOOKS = timedelta(minutes=1)
"""How often it looks for links whose time has come."""


class LinkChecker:
    """``run`` until it is cancelled. A link that was taken up when the process died is looked at again when
    ``interval`` is over."""

    def __init__(
        self,
        *,
        database: Database,
        tools: Tools,
        providers: Providers,
        secrets: SecretBox | None,
        interval: timedelta,
    ) -> None:
        self._database = database
        self._tools = tools
        self._providers = providers
        self._secrets = secrets
        self._interval = interval
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def run(self) -> None:
        while True:
            try:
                await self.check_due()
            except DatabaseError as error:
                # It is away or busy; the next look finds what this one did not.
                log.warning("links not checked", extra={"reason": str(error)})
            await asyncio.sleep(min(_LOOKS, self._interval).total_seconds())

    async def check_due(self) -> int:
        """Checks every link whose time has come; answers how many were taken up."""
        total = 0
        while True:
            async with self._database.write() as tx:
                due = await links.claim_due(tx, self._tools, interval=self._interval, limit=_PAGE)
            await asyncio.gather(*map(self._check, due))
            total += len(due)
            if len(due) < _PAGE:
                return total

    async def _check(self, due: DueLinkRow) -> None:
        async with self._slots:
            outcome = await self._ask(due)
            if outcome is None:
                return
            async with self._database.write() as tx:
                await links.record_scheduled_check(
                    tx, self._tools, workspace_id=due.workspace_id, link_id=due.link_id, outcome=outcome
                )

    async def _ask(self, due: DueLinkRow) -> Outcome | None:
        """None where nobody can be asked: the provider is not set up here, or only as the person who calls.
        That says nothing of the link."""
        try:
            provider = await self._provider(due)
            return None if provider is None else Outcome(item=await provider.get(due.external_id))
        except ExternalItemNotFound:
            return Outcome(is_missing=True)
        except IntegrationFailure as failure:
            return None if failure.reason == "not_configured" else Outcome(reason=failure.reason)

    async def _provider(self, due: DueLinkRow) -> Provider | None:
        async with self._database.read() as tx:
            own = await find_credential(
                tx, self._secrets, workspace_id=due.workspace_id, provider=due.provider
            )
        if own is not None:
            return self._providers.made_with(due.provider, own.base_url, own.account, own.secret)
        return None if self._providers.needs_a_person(due.provider) else self._providers.of(due.provider, "")
