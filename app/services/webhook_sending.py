"""Sends webhooks what waits for them: one job for each, so that a slow or dead one holds up no other.

- A delivery is claimed under the webhook's guard row before it is sent, so no two processes send it at once;
  who dies in between has it sent again. Its id is the ``webhook-id`` of each try.
- What is to be sent is judged at that moment: the workspace is in work, whom the webhook acts for is an ADMIN
  of it, and may hear of the event.
- A delivery that fails waits longer each time, by the schedule of Standard Webhooks. While a webhook fails,
  one delivery alone is tried, and one every few minutes at most: it does not get a thousand of them.
- Of one that is told in order the first that waits is sent, and nothing passes it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus
from typing import NamedTuple

import msgspec

from app.core.caller import Tools
from app.core.clock import CLOCKS_DIFFER
from app.core.permissions import Role, Status
from app.core.secret_box import SecretBox, SecretUnreadable
from app.core.webhook_signatures import signed_headers
from app.db.connection import Database, WriteTransaction
from app.db.handles import webhook_deliveries as db
from app.db.handles.consumers import get_event
from app.db.handles.jobs import DueJobRow
from app.db.handles.webhook_deliveries import DeliveryRow
from app.db.handles.webhooks import (
    SendingWebhookRow,
    disable_webhook,
    lock_webhook,
    read_sending_webhook,
    set_webhook_health,
)
from app.integrations.guarded_client import AddressRefused, Beginning, GuardedClient, NoAnswer
from app.integrations.upstream import retry_after
from app.kernel.audit import record_by_service
from app.kernel.envelope import envelope, enveloped
from app.kernel.hearing import may_hear, role_in_force
from app.kernel.jobs import Again
from app.services.webhooks import LEASE, open_secrets

log = logging.getLogger(__name__)

PENDING, DELIVERED, FAILED, WITHHELD = "PENDING", "DELIVERED", "FAILED", "WITHHELD"
TEST = "webhook.test"
"""The type of a message that tells of no event."""
_ANSWER_BYTES = 1024
_AT_ONCE = 10
_ROUNDS, _TURN = 50, 20.0
"""After so many, or so many seconds, it is another's turn."""
_SCHEDULE = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=10),
)
"""Between tries, the first one being made at once."""
_JITTER = 0.2
"""So much of a wait is added at most."""
_LONGEST_REST = timedelta(minutes=5)
"""Of a webhook that fails, between tries with deliveries that have not failed themselves."""
_LONGEST_ASKED = timedelta(hours=10)
"""What ``Retry-After`` may ask for."""
_LONGEST_WAIT = max(*_SCHEDULE, _LONGEST_ASKED) * (1 + _JITTER) + CLOCKS_DIFFER
"""What is to wait for longer was put off by a clock that was ahead."""
_GIVEN_UP_AFTER = timedelta(days=5)
_HELD, _DELETED = timedelta(minutes=5), timedelta(hours=12)
"""Until a workspace is looked at again that is not in work. One that is restored says so by an event."""
_MOST_WITHHELD = 20
"""Pages in a row of which nothing may be told, in one transaction."""
_MAY_ASK = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
_GONE = HTTPStatus.GONE
_STATUSES = frozenset(HTTPStatus)
_NONE = timedelta(0)


class _Place(NamedTuple):
    workspace_id: str
    webhook_id: str


class _Message(NamedTuple):
    """A delivery as it was before this try, for which it was claimed."""

    delivery: DeliveryRow
    body: str


class _Batch(NamedTuple):
    """What is to be sent now, or when to look again; neither where nothing waits."""

    messages: Sequence[_Message] = ()
    again: datetime | None = None
    url: str = ""
    secrets: Sequence[str] = ()


class _Tried(NamedTuple):
    """How one try ended. ``reason``: why there was no answer."""

    message: _Message
    at: datetime
    seconds: float
    answer: Beginning | None
    reason: str | None

    @property
    def delivery(self) -> DeliveryRow:
        return self.message.delivery

    @property
    def status(self) -> int | None:
        return self.answer.status if self.answer else None

    @property
    def is_delivered(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    def asked(self, now: datetime) -> timedelta:
        """How long the receiver asks to be let alone, within bounds."""
        if self.answer is None or self.answer.status not in _MAY_ASK:
            return _NONE
        seconds = retry_after(self.answer.headers, now)
        return min(timedelta(seconds=seconds or 0), _LONGEST_ASKED)


class WebhookSender:
    """``box`` is None where an installation keeps no secrets any more: then nothing can be signed.
    ``seconds`` are those of one try, less than ``LEASE``; ``observe`` is told how each ended."""

    def __init__(
        self,
        database: Database,
        tools: Tools,
        client: GuardedClient,
        box: SecretBox | None,
        seconds: float,
        observe: Callable[[str], None],
    ) -> None:
        self._database = database
        self._tools = tools
        self._client = client
        self._box = box
        self._seconds = seconds
        self._observe = observe

    async def send_due(self, job: DueJobRow) -> Again | None:
        """What is due of one webhook, the job's target, some at once."""
        place = _Place(job.workspace_id, job.target_id)
        began = self._tools.monotonic()
        for _ in range(_ROUNDS):
            batch = await self._database.transact(partial(self._take_up, place))
            if not batch.messages:
                return Again(batch.again) if batch.again else None
            tries = await asyncio.gather(*(self._send(place, batch, each) for each in batch.messages))
            await self._database.transact(partial(self._settle, place, tries))
            if self._tools.monotonic() - began >= _TURN:
                break
        return Again(self._tools.clock())

    async def _take_up(self, place: _Place, tx: WriteTransaction) -> _Batch:
        """Claims what is to be sent now."""
        now = self._tools.clock()
        lock_webhook(tx, **place._asdict())
        row = await read_sending_webhook(tx, **place._asdict())
        if row is None or row.disabled_reason is not None:
            return _Batch()
        if not row.is_active:
            return _Batch(again=now + _DELETED)
        if not {row.status, row.org_status} <= {Status.ACTIVE, None}:
            return _Batch(again=now + _HELD)
        if not await _is_admin(tx, place.workspace_id, row.acts_for):
            await self._disable(tx, place, "not_admin", now)
            return _Batch()
        latest = now + _LONGEST_WAIT
        if row.rests_until is not None and now < row.rests_until <= latest:
            return _Batch(again=row.rests_until)
        secrets = self._secrets(place, row, now)
        if secrets is None:
            return _Batch(again=now + _HELD)
        # One alone, where order counts or nothing is known to be taken.
        at_once = 1 if row.is_ordered or row.failures else _AT_ONCE
        messages = list[_Message]()
        db.hasten_deliveries(tx, latest=latest, now=now, **place._asdict())
        for _ in range(_MOST_WITHHELD):
            waiting = await self._waiting(tx, place, row, now, at_once)
            if not waiting:
                return _Batch(again=await self._next(tx, place, row))
            for delivery in waiting:
                message = await self._claim(tx, place, row, delivery, now)
                messages += [message] if message else []
            if messages:
                return _Batch(messages, None, row.url, secrets)
        return _Batch(again=now)

    def _secrets(self, place: _Place, row: SendingWebhookRow, now: datetime) -> list[str] | None:
        try:
            if self._box is not None:
                return open_secrets(self._box, row, now=now, **place._asdict())
            reason = "SECRET_KEYS is not set"
        except SecretUnreadable as error:
            reason = str(error)
        log.error("webhook cannot be signed", extra={"webhook_id": place.webhook_id, "reason": reason})
        return None

    async def _waiting(
        self, tx: WriteTransaction, place: _Place, row: SendingWebhookRow, now: datetime, at_once: int
    ) -> Sequence[DeliveryRow]:
        if not row.is_ordered:
            return await db.list_due_deliveries(tx, now=now, page_size=at_once, **place._asdict())
        first = await db.list_first_deliveries(tx, page_size=1, **place._asdict())
        return [each for each in first if each.due_at <= now]

    async def _next(self, tx: WriteTransaction, place: _Place, row: SendingWebhookRow) -> datetime | None:
        if not row.is_ordered:
            return await db.read_next_due(tx, **place._asdict())
        first = await db.list_first_deliveries(tx, page_size=1, **place._asdict())
        return first[0].due_at if first else None

    async def _claim(
        self,
        tx: WriteTransaction,
        place: _Place,
        row: SendingWebhookRow,
        delivery: DeliveryRow,
        now: datetime,
    ) -> _Message | None:
        """None where it may not be told."""
        workspace_id = place.workspace_id
        if delivery.event_seq is None:
            facts = {"workspace_id": workspace_id, "object_type": "webhook", "object_id": place.webhook_id}
            told = envelope(TEST, delivery.created_at, facts)
        else:
            event = await get_event(tx, workspace_id=workspace_id, seq=delivery.event_seq)
            if event is None or not await may_hear(
                tx, workspace_id=workspace_id, user_id=row.acts_for, event=event
            ):
                await db.settle_delivery(
                    tx,
                    workspace_id=workspace_id,
                    delivery_id=delivery.id,
                    attempts=delivery.attempts,
                    state=WITHHELD,
                    failures=delivery.failures,
                    due_at=delivery.due_at,
                    done_at=now,
                )
                return None
            told = enveloped(workspace_id, event)
        db.claim_delivery(tx, workspace_id=workspace_id, delivery_id=delivery.id, lease_until=now + LEASE)
        return _Message(delivery, msgspec.json.encode(told).decode())

    async def _send(self, place: _Place, batch: _Batch, message: _Message) -> _Tried:
        now, began = self._tools.clock(), self._tools.monotonic()
        signed = signed_headers(batch.secrets, message_id=message.delivery.id, moment=now, body=message.body)
        answer: Beginning | None = None
        reason: str | None = None
        try:
            answer = await self._client.ask(
                "POST",
                batch.url,
                whose=place.webhook_id,
                headers={"Content-Type": "application/json", **signed},
                content=message.body.encode(),
                seconds=self._seconds,
                most=_ANSWER_BYTES,
            )
        except (AddressRefused, NoAnswer) as error:
            reason = error.reason
        # A receiver may make statuses up: of those that mean nothing one label is enough.
        self._observe(reason or (str(answer.status) if answer and answer.status in _STATUSES else "other"))
        return _Tried(message, now, self._tools.monotonic() - began, answer, reason)

    async def _settle(self, place: _Place, tries: Sequence[_Tried], tx: WriteTransaction) -> None:
        """Writes down how each ended, and what follows for the webhook."""
        now = self._tools.clock()
        lock_webhook(tx, **place._asdict())
        row = await read_sending_webhook(tx, **place._asdict())
        for tried in tries:
            await self._settle_one(tx, place, tried, now)
        if row is None or row.disabled_reason is not None:
            return
        # A test that fails says nothing of what is sent otherwise.
        failed = [each for each in tries if not each.is_delivered and each.delivery.event_seq is not None]
        rest = max((each.asked(now) for each in failed), default=_NONE)
        failures, since = row.failures, row.failing_since
        if any(each.is_delivered for each in tries):
            failures, since = 0, None
        elif failed:
            failures, since = failures + 1, since or now
            step = _SCHEDULE[min(failures, len(_SCHEDULE)) - 1]
            rest = max(rest, self._jittered(min(step, _LONGEST_REST)))
        set_webhook_health(
            tx,
            failures=failures,
            failing_since=since,
            rests_until=now + rest if rest else None,
            **place._asdict(),
        )
        if any(each.status == _GONE for each in tries):
            await self._disable(tx, place, "gone", now)
        elif since is not None and now - since >= _GIVEN_UP_AFTER:
            await self._disable(tx, place, "failing", now)

    async def _settle_one(self, tx: WriteTransaction, place: _Place, tried: _Tried, now: datetime) -> None:
        delivery, attempts = tried.delivery, tried.delivery.attempts + 1
        where = {"workspace_id": place.workspace_id, "delivery_id": delivery.id}
        db.insert_attempt(
            tx,
            number=attempts,
            at=tried.at,
            duration_ms=round(tried.seconds * 1000),
            status=tried.status,
            reason=tried.reason,
            answer=_readable(tried.answer.body) if tried.answer and tried.answer.body else None,
            **where,
        )
        state, failures, due_at = DELIVERED, delivery.failures, now
        if not tried.is_delivered:
            failures += 1
            is_last = failures > len(_SCHEDULE) or delivery.event_seq is None
            state = FAILED if is_last else PENDING
            due_at = now if is_last else now + max(self._jittered(_SCHEDULE[failures - 1]), tried.asked(now))
        await db.settle_delivery(
            tx,
            attempts=attempts,
            state=state,
            failures=failures,
            due_at=due_at,
            done_at=None if state == PENDING else now,
            **where,
        )

    async def _disable(self, tx: WriteTransaction, place: _Place, reason: str, now: datetime) -> None:
        """With an event, by which ADMINs hear of it."""
        disable_webhook(tx, reason=reason, now=now, **place._asdict())
        await record_by_service(
            tx,
            self._tools,
            service="webhooks",
            workspace_id=place.workspace_id,
            action="webhook.disabled",
            target_type="webhook",
            target_id=place.webhook_id,
            details={"reason": reason},
        )

    def _jittered(self, wait: timedelta) -> timedelta:
        share = int.from_bytes(self._tools.random_bytes(2)) / 65_536
        return wait * (1 + _JITTER * share)


async def _is_admin(tx: WriteTransaction, workspace_id: str, user_id: str) -> bool:
    role = await role_in_force(tx, workspace_id=workspace_id, user_id=user_id)
    return role is not None and role.reaches(Role.ADMIN)


def _readable(body: bytes) -> str:
    """As text of which every database keeps each character, whatever somebody answered."""
    text = body.decode("utf-8", errors="replace")
    return "".join(each if each.isprintable() or each in "\t\r\n" else "\ufffd" for each in text)
