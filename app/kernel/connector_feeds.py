"""Who is fed by connectors: each is told of a refresh in the transaction that writes it down."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Protocol

import msgspec

from app.core.caller import Tools
from app.db.connection import WriteTransaction
from app.integrations.connector import Table


class Refreshed(msgspec.Struct, frozen=True):
    """How a refresh ended. ``table`` is what counts from now on: what was fetched, or what the ``fallback``
    named stands for; None where there is nothing, for which ``error`` is why. ``fetched_at``: how old the
    table is; None of a static value."""

    workspace_id: str
    binding_id: str
    selection_id: str
    at: datetime
    outcome: Literal["OK", "FAILED"]
    error: str | None
    fallback: Literal["LAST_GOOD", "STATIC"] | None
    table: Table | None
    fetched_at: datetime | None


class Fed(Protocol):
    """What takes its value from connectors, such as key results."""

    async def refreshed(self, tx: WriteTransaction, tools: Tools, refreshed: Refreshed) -> None:
        """Holds the connector's row; takes only locks that come after ``ConnectorBinding`` in their order.
        Asks no other system. What it raises takes the refresh back with it, so a value that does not fit is
        no error."""


async def feed(tx: WriteTransaction, tools: Tools, everyone: Sequence[Fed], refreshed: Refreshed) -> None:
    """Tells all of them."""
    for each in everyone:
        await each.refreshed(tx, tools, refreshed)
