"""Asks the sources of connectors, outside of any transaction."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from typing import Any

import msgspec

from app.core.blocking import Blocking
from app.core.caller import Tools
from app.core.connector_errors import ConnectorConfigRefused
from app.core.places import NoPlace, Places
from app.core.secret_box import Sealed, SecretBox, SecretUnreadable
from app.db.handles.connectors import ConnectorRow
from app.integrations.connector import Caps, Fault, Question, Source, SourceError, Table
from app.services.connectors import config_of, place_of

log = logging.getLogger(__name__)

_AT_ONCE, _WAITING = 2, 8
"""Of one workspace, so that a slow server of one holds up nobody else's."""


class Asked(msgspec.Struct, frozen=True):
    """What is to be asked for one connector, as it was when it was read."""

    workspace_id: str
    connector_id: str
    kind: str
    config: Mapping[str, Any]
    sealed: Sealed | None
    source_version: int
    set_by: str
    """Who said last what is asked."""

    def on_behalf_of(self, user_id: str, assertion: str) -> str | None:
        """The token to ask with of the person who is there: of who chose what is read, and of nobody else,
        or whoever configures a connector would read with the eyes of whoever refreshes it."""
        return assertion if user_id == self.set_by else None


class Attempt(msgspec.Struct, frozen=True):
    """What came of asking. ``asked`` is as the journal has it; either there is a table or a fault."""

    at: datetime
    duration_ms: int
    asked: str
    table: Table | None
    fault: Fault | None = None
    detail: str | None = None


class Asker:
    """Has the sources, by kind. ``aclose`` when done."""

    def __init__(self, sources: Sequence[Source], caps: Caps, box: SecretBox | None, tools: Tools) -> None:
        self.sources: Mapping[str, Source] = {each.kind: each for each in sources}
        self.box = box
        self.caps = caps
        self._tools = tools
        self._places = Places(_AT_ONCE, _WAITING)
        self._checks = Blocking("connector-checks", workers=1, waiting=50, deadline=10.0)

    async def aclose(self) -> None:
        await self._checks.aclose()
        for source in self.sources.values():
            await source.aclose()

    def source(self, kind: str) -> Source:
        """Raises ``ConnectorConfigRefused`` for a kind that this installation has not."""
        if (found := self.sources.get(kind)) is None:
            raise ConnectorConfigRefused(details={"member": "kind"})
        return found

    async def check(self, kind: str, config: Mapping[str, Any]) -> dict[str, Any]:
        """As ``Source.check``, beside the event loop."""
        return await self._checks.run(self.source(kind).check, config)

    async def ask(
        self,
        asked: Asked,
        *,
        assertion: str | None = None,
        first: int | None = None,
        secret: str | None = None,
    ) -> Attempt:
        """However it ends. ``secret`` stands for the one that is kept."""
        at, since = self._tools.clock(), self._tools.monotonic()
        table: Table | None = None
        fault: Fault | None = None
        detail: str | None = None
        what = asked.kind
        try:
            source = self.source(asked.kind)
            what = source.asked(asked.config)
            question = Question(
                asked.workspace_id,
                asked.config,
                secret if secret is not None else self._opened(asked, source),
                self.caps,
                assertion,
                first,
            )
            async with self._placed(asked.workspace_id):
                table = await source.fetch(question)
        except NoPlace:
            fault = Fault.BUSY
        except SecretUnreadable:
            fault = Fault.SECRET_UNREADABLE
        except ConnectorConfigRefused:
            fault = Fault.QUERY_REFUSED
        except SourceError as error:
            fault, detail = error.fault, error.detail
        except Exception as error:
            # Whatever another system sends, that it was asked is written down.
            log.warning("source failed", extra={"kind": asked.kind, "error": type(error).__name__})
            fault = Fault.SOURCE_BROKEN
        took = round((self._tools.monotonic() - since) * 1000)
        return Attempt(at, took, what, table, fault, detail)

    @asynccontextmanager
    async def _placed(self, workspace_id: str) -> AsyncIterator[None]:
        """Waits for its turn no longer than for a source. Raises ``NoPlace``."""
        async with AsyncExitStack() as stack:
            try:
                async with asyncio.timeout(self.caps.seconds):
                    await stack.enter_async_context(self._places.take(workspace_id))
            except TimeoutError:
                raise NoPlace from None
            yield

    def _opened(self, asked: Asked, source: Source) -> str | None:
        if asked.sealed is None:
            return None
        if self.box is None:
            raise SecretUnreadable("SECRET_KEYS is not set")
        place = place_of(asked.workspace_id, asked.connector_id, source.target(asked.config))
        return self.box.open(asked.sealed, place=place)


def asked_of(workspace_id: str, row: ConnectorRow) -> Asked:
    is_sealed = row.secret is not None and row.key_id is not None
    return Asked(
        workspace_id=workspace_id,
        connector_id=row.id,
        kind=row.kind,
        config=config_of(row),
        sealed=Sealed(row.key_id or "", row.secret or "") if is_sealed else None,
        source_version=row.source_version,
        set_by=row.set_by,
    )
