"""What a webhook was sent and is to be sent, each try of it, and having it sent again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from app.core.caller import Caller, Tools
from app.core.errors import InvalidInput
from app.core.text import moment_key
from app.core.webhook_errors import DeliveryNotFound, WebhookDisabled
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import webhook_deliveries as db
from app.db.handles.consumers import LogRow, list_log
from app.db.handles.webhook_deliveries import AttemptRow, DeliveryRow
from app.db.handles.webhooks import WebhookRow, hasten_webhook
from app.db.paging import Asked, Found
from app.kernel import audit
from app.kernel.access import enter
from app.services.webhook_consumer import NewDelivery, insert, new_delivery
from app.services.webhook_sending import PENDING, TEST
from app.services.webhooks import LEASE, event_types_of, find_webhook, have_sent, hears, hold_webhook

_MOST_TRIES = 50
"""Of one delivery that are shown."""
_MOST_REPLAYED = 1000


class Delivery(msgspec.Struct, frozen=True):
    """``due_at``: when it is tried next; None when it is over."""

    id: str
    event_seq: int | None
    event_type: str
    state: str
    due_at: datetime | None
    attempts: int
    created_at: datetime
    done_at: datetime | None


class DeliveryWithAttempts(Delivery, frozen=True, kw_only=True):
    tries: Sequence[AttemptRow]


class Replayed(msgspec.Struct, frozen=True):
    """How many deliveries wait for it."""

    deliveries: int


async def list_deliveries(
    tx: ReadTransaction,
    caller: Caller,
    asked: Asked[str],
    *,
    workspace_id: str,
    webhook_id: str,
    state: str | None,
) -> Found[str]:
    """The newest first. Raises ``WebhookNotFound``."""
    await enter(tx, caller, workspace_id=workspace_id, operation="webhook.read")
    await find_webhook(tx, workspace_id, webhook_id)
    place = {"workspace_id": workspace_id, "webhook_id": webhook_id, "before_key": asked.place}
    if state is None:
        rows = await db.list_deliveries(tx, page_size=asked.page_size, **place)
    else:
        rows = await db.list_deliveries_in_state(tx, state=state, page_size=asked.page_size, **place)
    items, last = asked.found(rows, lambda row: moment_key(row.created_at, row.id))
    return Found([Delivery(**_told(row)) for row in rows[: len(items)]], last)


async def get_delivery(
    tx: ReadTransaction, caller: Caller, *, workspace_id: str, webhook_id: str, delivery_id: str
) -> DeliveryWithAttempts:
    """Raises ``WebhookNotFound`` and ``DeliveryNotFound``."""
    await enter(tx, caller, workspace_id=workspace_id, operation="webhook.read")
    await find_webhook(tx, workspace_id, webhook_id)
    row = await _find(tx, workspace_id, webhook_id, delivery_id)
    tries = await db.list_attempts(
        tx, workspace_id=workspace_id, delivery_id=delivery_id, page_size=_MOST_TRIES
    )
    return DeliveryWithAttempts(**_told(row), tries=list(tries))


async def send_test(
    tx: WriteTransaction, caller: Caller, tools: Tools, *, workspace_id: str, webhook_id: str
) -> Delivery:
    """Something to try the receiver with, sent once and not again. Raises ``WebhookNotFound`` and
    ``WebhookDisabled``."""
    await _hold_enabled(tx, caller, workspace_id, webhook_id, "webhook.test")
    delivery_id, now = tools.new_id(), tools.clock()
    test = NewDelivery(delivery_id, webhook_id, None, TEST, moment_key(now, delivery_id))
    await insert(tx, workspace_id, [test], now)
    await _have_sent_now(tx, tools, workspace_id, webhook_id)
    await _record(tx, caller, tools, workspace_id, "webhook.tested", webhook_id, delivery_id=delivery_id)
    return Delivery(**_told(await _find(tx, workspace_id, webhook_id, delivery_id)))


async def resend_delivery(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    webhook_id: str,
    delivery_id: str,
) -> Delivery:
    """Sent again under its id, however it ended, and if it waits at once. Raises ``WebhookNotFound``,
    ``DeliveryNotFound`` and ``WebhookDisabled``."""
    await _hold_enabled(tx, caller, workspace_id, webhook_id, "webhook.resend")
    await _find(tx, workspace_id, webhook_id, delivery_id)
    now = tools.clock()
    await db.resend_delivery(
        tx,
        workspace_id=workspace_id,
        webhook_id=webhook_id,
        delivery_id=delivery_id,
        latest=now + LEASE,
        now=now,
    )
    await _have_sent_now(tx, tools, workspace_id, webhook_id)
    await _record(tx, caller, tools, workspace_id, "webhook.resent", webhook_id, delivery_id=delivery_id)
    return Delivery(**_told(await _find(tx, workspace_id, webhook_id, delivery_id)))


async def replay(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    webhook_id: str,
    from_seq: int,
    to_seq: int,
) -> Replayed:
    """Events of these numbers are sent again, or for the first time where it was disabled then or has chosen
    others since; of those that there are, what it chooses now. What waits goes on waiting. Raises
    ``WebhookNotFound``, ``WebhookDisabled``, and ``InvalidInput`` for a range that is none or too long."""
    if not from_seq <= to_seq < from_seq + _MOST_REPLAYED:
        raise InvalidInput(
            "Events are replayed from the lower number to the higher.", details={"limit": _MOST_REPLAYED}
        )
    row = await _hold_enabled(tx, caller, workspace_id, webhook_id, "webhook.replay")
    now = tools.clock()
    again = await db.resend_deliveries(
        tx, workspace_id=workspace_id, webhook_id=webhook_id, from_seq=from_seq, to_seq=to_seq, now=now
    )
    patterns = event_types_of(row.event_types)
    events = await _events(tx, workspace_id, from_seq, to_seq)
    chosen = [each for each in events if hears(patterns, each.type)]
    new = [new_delivery(tools, now, webhook_id, each) for each in chosen]
    count = again + await insert(tx, workspace_id, new, now)
    await _have_sent_now(tx, tools, workspace_id, webhook_id)
    await _record(
        tx,
        caller,
        tools,
        workspace_id,
        "webhook.replayed",
        webhook_id,
        from_seq=from_seq,
        to_seq=to_seq,
        deliveries=count,
    )
    return Replayed(count)


async def _events(tx: ReadTransaction, workspace_id: str, from_seq: int, to_seq: int) -> list[LogRow]:
    found, after, has_more = list[LogRow](), from_seq - 1, True
    while has_more and after < to_seq:
        size = to_seq - after
        page = await list_log(tx, workspace_id=workspace_id, after_seq=after, page_size=size + 1)
        some, has_more = page.first(size)
        found += some
        after = found[-1].seq if found else to_seq
    return found


async def _hold_enabled(
    tx: WriteTransaction, caller: Caller, workspace_id: str, webhook_id: str, operation: str
) -> WebhookRow:
    row = await hold_webhook(tx, caller, workspace_id, webhook_id, operation)
    if row.disabled_reason is not None:
        raise WebhookDisabled(details={"reason": row.disabled_reason})
    return row


async def _have_sent_now(tx: WriteTransaction, tools: Tools, workspace_id: str, webhook_id: str) -> None:
    hasten_webhook(tx, workspace_id=workspace_id, webhook_id=webhook_id)
    await have_sent(tx, tools, workspace_id, webhook_id)


async def _find(tx: ReadTransaction, workspace_id: str, webhook_id: str, delivery_id: str) -> DeliveryRow:
    row = await db.get_delivery(tx, workspace_id=workspace_id, webhook_id=webhook_id, delivery_id=delivery_id)
    if row is None:
        raise DeliveryNotFound
    return row


def _told(row: DeliveryRow) -> dict[str, Any]:
    told = msgspec.structs.asdict(row)
    del told["failures"]
    return told | {"due_at": row.due_at if row.state == PENDING else None}


async def _record(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    workspace_id: str,
    action: str,
    webhook_id: str,
    **details: object,
) -> None:
    """What was asked for, and changes nothing of the workspace: nobody is told of it."""
    await audit.record(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action=action,
        target_type="webhook",
        target_id=webhook_id,
        details=details,
        is_change=False,
    )
