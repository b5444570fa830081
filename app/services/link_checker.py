"""The schedule of link checks: every process runs it, and each link is looked at by one of them."""

from __future__ import annotations

import logging
from datetime import timedelta

from app.core.caller import Tools
from app.core.errors import IntegrationFailure
from app.db.connection import Database
from app.db.errors import DatabaseError
from app.db.handles.links import DueLinkRow
from app.integrations.registry import Providers
from app.kernel.schedule import repeat, work_through
from app.services import links
from app.services.integrations import Credentials
from app.services.links import Outcome

log = logging.getLogger(__name__)

_AT_ONCE, _AT_ONCE_OF_A_WORKSPACE = 20, 2
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
        credentials: Credentials,
        interval: timedelta,
    ) -> None:
        self._database = database
        self._tools = tools
        self._providers = providers
        self._credentials = credentials
        self._interval = interval

    async def run(self) -> None:
        await repeat("link-checker", self.check_due, pause=min(_LOOKS, self._interval))

    async def check_due(self) -> int:
        """Checks every link whose time has come; answers how many were taken up."""
        return await work_through(
            self._claim,
            self._check,
            page=_PAGE,
            at_once=_AT_ONCE,
            whose=lambda due: due.workspace_id,
            at_once_of_one=_AT_ONCE_OF_A_WORKSPACE,
            again=_LOOKS,
        )

    async def _claim(self) -> list[DueLinkRow]:
        return await self._database.transact(
            lambda tx: links.claim_due(tx, self._tools, interval=self._interval, limit=_PAGE)
        )

    async def _check(self, due: DueLinkRow) -> None:
        try:
            outcome = await self._ask(due)
            # Not configured, for whoever made the link: that says nothing of it.
            if outcome.reason != "not_configured":
                place = {"workspace_id": due.workspace_id, "link_id": due.link_id}
                await self._database.transact(
                    lambda tx: links.record_scheduled_check(tx, self._tools, outcome=outcome, **place)
                )
        except DatabaseError as error:
            # The other links' checks go on.
            log.warning("link not checked", extra={"link_id": due.link_id, "reason": str(error)})

    async def _ask(self, due: DueLinkRow) -> Outcome:
        try:
            async with self._database.read() as tx:
                using = await self._credentials.of_schedule(tx, due)
        except IntegrationFailure as failure:
            return Outcome(reason=failure.reason)
        if using is None:
            return Outcome(reason="not_configured")
        return await links.ask(self._providers, due.provider, due.external_id, using, None)
