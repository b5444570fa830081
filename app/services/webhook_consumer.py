"""Writes down what each webhook is to be sent: one delivery for each event that it chooses. Whether the event
may be told is judged when it is sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from app.core.caller import Tools
from app.core.text import moment_key
from app.db.connection import WriteTransaction
from app.db.handles.consumers import LogRow
from app.db.handles.webhook_deliveries import insert_deliveries
from app.db.handles.webhooks import list_hearing_webhooks
from app.services.webhooks import event_types_of, have_sent, hears

_AT_ONCE = 500
"""Deliveries that a statement writes at most."""
_DECIDES = ("member", "workspace")
"""What a webhook's being sent to hangs on."""


class NewDelivery(msgspec.Struct, frozen=True):
    """As the statement reads it."""

    id: str
    endpoint_id: str
    event_seq: int | None
    event_type: str
    list_key: str


class WebhookConsumer:
    name = "webhooks"

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def take(self, tx: WriteTransaction, workspace_id: str, events: Sequence[LogRow]) -> None:
        webhooks = await list_hearing_webhooks(tx, workspace_id=workspace_id)
        # Whoever it acts for may be no ADMIN any more, or the workspace be back: the job finds out.
        is_to_look = any(event.object_type in _DECIDES for event in events)
        now = self._tools.clock()
        deliveries, woken = list[NewDelivery](), list[str]()
        for webhook in webhooks:
            patterns = event_types_of(webhook.event_types)
            chosen = [each for each in events if each.seq > webhook.since_seq and hears(patterns, each.type)]
            deliveries += [new_delivery(self._tools, now, webhook.id, each) for each in chosen]
            if chosen or is_to_look:
                woken.append(webhook.id)
        await insert(tx, workspace_id, deliveries, now)
        # Deliveries before jobs, as whoever has something sent again takes them.
        for webhook_id in woken:
            await have_sent(tx, self._tools, workspace_id, webhook_id)


def new_delivery(tools: Tools, now: datetime, webhook_id: str, event: LogRow) -> NewDelivery:
    delivery_id = tools.new_id()
    return NewDelivery(delivery_id, webhook_id, event.seq, event.type, moment_key(now, delivery_id))


async def insert(
    tx: WriteTransaction, workspace_id: str, deliveries: Sequence[NewDelivery], now: datetime
) -> int:
    """But for those that there are: of an event an endpoint has one. Answers how many are new."""
    count = 0
    for start in range(0, len(deliveries), _AT_ONCE):
        some = msgspec.json.encode(deliveries[start : start + _AT_ONCE]).decode()
        count += await insert_deliveries(tx, workspace_id=workspace_id, deliveries=some, now=now)
    return count
