"""Browsers that people are told in, and the telling: a job for each browser pushes what it was not told of
yet, of what its person may see and wants then."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from app.core.caller import Caller, Tools
from app.core.clock import SETTLED, utc_text
from app.core.errors import (
    InvalidInput,
    PushNotAvailable,
    PushSubscriptionNotFound,
    ServiceUnavailable,
)
from app.core.mail_links import MailLinks
from app.core.notice_texts import isolated, sentence
from app.core.notices import Channel, Reason, chosen
from app.core.text import moment_key
from app.core.web_push import BrowserKeys, Vapid, encrypt
from app.db.connection import Database, ReadTransaction, WriteTransaction
from app.db.handles import push_subscriptions as db
from app.db.handles.accounts import lock_account
from app.db.handles.jobs import DueJobRow
from app.db.handles.notifications import NotificationRow, list_notifications
from app.db.handles.push_subscriptions import PushedRow, SubscriptionRow
from app.db.paging import Asked, Found
from app.integrations.guarded_client import AddressRefused, GuardedClient, NoAnswer
from app.kernel.access import require_session
from app.kernel.jobs import GiveUp, JobKind, enqueue_once
from app.kernel.platform_audit import record_for_account

NEWEST = "\x7f"
MOST = 20
"""Browsers of one person; of more, the oldest go."""
_ITEMS = 20
_OLDEST = timedelta(days=1)
"""What is older is in the list, and pushed no more."""
_SECONDS = 20.0
_MOST_ANSWER = 1024
_GONE = frozenset({404, 410})
"""RFC 8030, section 7.3."""


class PushUnavailable(ServiceUnavailable):
    default_message = "A push service is away. Try again."


@dataclass(frozen=True, slots=True)
class Pusher:
    """``vapid`` is None where nothing is pushed."""

    client: GuardedClient
    vapid: Vapid | None
    links: MailLinks


async def subscribe(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    pusher: Pusher,
    endpoint: str,
    p256dh: str,
    auth: str,
) -> SubscriptionRow:
    """From now on, until the session ends that this is asked in; with tokens, until all of the person's end.
    An address that is known already is this person's now. Raises ``InvalidInput`` for one that may not be
    called and for keys that are none, and ``PushNotAvailable``."""
    if pusher.vapid is None:
        raise PushNotAvailable
    lock_account(tx, account_id=caller.user_id)
    await require_session(tx, caller)
    if (problem := pusher.client.rules.problem_with(endpoint)) is not None:
        raise InvalidInput("This address is not one to push to.", details={"reason": problem})
    try:
        BrowserKeys.parse(p256dh, auth)
    except ValueError:
        raise InvalidInput("These are not the keys of a push subscription.") from None
    subscription_id, now = tools.new_id(), tools.clock()
    hashed = hashlib.sha256(endpoint.encode()).hexdigest()
    db.forget_endpoint(tx, endpoint_hash=hashed)
    db.insert_subscription(
        tx,
        subscription_id=subscription_id,
        user_id=caller.user_id,
        browser_session_id=caller.browser_session_id,
        endpoint=endpoint,
        endpoint_hash=hashed,
        p256dh=p256dh,
        auth=auth,
        pushed_key=utc_text(now),
        now=now,
        list_key=moment_key(now, subscription_id),
    )
    db.delete_subscriptions_beyond(tx, user_id=caller.user_id, most=MOST)
    await record_for_account(
        tx, caller, tools, action="profile.push_added", details={"subscription_id": subscription_id}
    )
    return SubscriptionRow(id=subscription_id, endpoint=endpoint, created_at=now)


async def list_mine(tx: ReadTransaction, caller: Caller, asked: Asked[str]) -> Found[str]:
    """The newest first."""
    await require_session(tx, caller)
    rows = await db.list_subscriptions(
        tx, user_id=caller.user_id, before_key=asked.place, page_size=asked.page_size
    )
    return asked.found(rows, lambda row: moment_key(row.created_at, row.id))


async def end_mine(tx: WriteTransaction, caller: Caller, tools: Tools, *, subscription_id: str) -> None:
    """Raises ``PushSubscriptionNotFound``."""
    lock_account(tx, account_id=caller.user_id)
    await require_session(tx, caller)
    if not await db.delete_subscription(tx, user_id=caller.user_id, subscription_id=subscription_id):
        raise PushSubscriptionNotFound
    await record_for_account(
        tx, caller, tools, action="profile.push_removed", details={"subscription_id": subscription_id}
    )


async def queue_pushes(tx: WriteTransaction, tools: Tools, workspace_id: str, people: Iterable[str]) -> None:
    """Has the browsers of these people told what they were not yet."""
    found = await db.list_subscriptions_of_people(
        tx, people=msgspec.json.encode(sorted(set(people))).decode()
    )
    for row in found:
        await enqueue_once(tx, tools, JobKind.PUSH, workspace_id=workspace_id, target_id=row.id)


async def deliver(database: Database, tools: Tools, pusher: Pusher, job: DueJobRow) -> None:
    """A job: one browser. Raises ``PushUnavailable``, and ``GiveUp`` where its service refuses this one."""
    if pusher.vapid is None:
        return
    now = tools.clock()
    async with database.read() as tx:
        row = await db.read_subscription(tx, subscription_id=job.target_id, now=now)
        told = [] if row is None else _decoded(row.pushed_since)
        rows = [] if row is None or row.status != "ACTIVE" else await _untold(tx, row, told, now)
    if row is None:
        return
    passed, settled = row.pushed_key, utc_text(now - SETTLED)
    if len(rows) > _ITEMS:
        # Of so many the older ones are passed over.
        passed = max(passed, _key(rows.pop()))
    keys = BrowserKeys.parse(row.p256dh, row.auth)
    for shown in (each for each in reversed(rows) if _is_wanted(row, each)):
        status = await _push(pusher, pusher.vapid, tools, row, keys, shown)
        async with database.write() as write:
            if status in _GONE:
                db.end_subscription(write, subscription_id=row.id)
                return
            if 200 <= status < 300 or status == 413:
                told.append(_key(shown))
                # What is before it may not be committed yet, unless it is long ago.
                passed = max(passed, min(told[-1], settled))
                since = msgspec.json.encode([key for key in told if key > passed]).decode()
                db.advance_subscription(write, subscription_id=row.id, pushed_key=passed, pushed_since=since)
        if status in (429, *range(500, 600)):
            raise PushUnavailable
        if not 200 <= status < 300 and status != 413:
            raise GiveUp(str(status))


def _key(shown: NotificationRow) -> str:
    return moment_key(shown.created_at, shown.id)


def _decoded(keys: str | None) -> list[str]:
    return [] if keys is None else msgspec.json.decode(keys, type=list[str])


def _is_wanted(row: PushedRow, shown: NotificationRow) -> bool:
    known = msgspec.json.decode(row.channels, type=dict[str, list[str]]) if row.channels else {}
    return Channel.PUSH in chosen(known, Reason(shown.reason))


async def _untold(
    tx: ReadTransaction, row: PushedRow, told: Collection[str], now: datetime
) -> list[NotificationRow]:
    """The newest first; one more than are pushed where there are more."""
    found = await list_notifications(
        tx,
        user_id=row.account_id,
        channel=Channel.PUSH,
        of_workspace=None,
        of_org=None,
        state="unread",
        email_key=None,
        now=now,
        after_key=max(row.pushed_key, utc_text(now - _OLDEST)),
        before_key=NEWEST,
        page_size=_ITEMS + 1 + len(told),
    )
    return [each for each in found if _key(each) not in told][: _ITEMS + 1]


async def _push(
    pusher: Pusher, vapid: Vapid, tools: Tools, row: PushedRow, keys: BrowserKeys, shown: NotificationRow
) -> int:
    """The status of its push service; 410 for an address that may not be called (any more)."""
    told = {
        "id": shown.id,
        "reason": shown.reason,
        "workspace_id": shown.workspace_id,
        "task_id": shown.task_id,
        "object_type": shown.object_type,
        "object_id": shown.object_id,
        "title": sentence(shown),
        "body": isolated(shown.workspace_name, 60),
        "url": pusher.links.into_portal(f"workspaces/{shown.workspace_id}"),
    }
    if shown.task_id is not None:
        told["url"] = pusher.links.into_portal(f"workspaces/{shown.workspace_id}/tasks/{shown.task_id}")
    try:
        answer = await pusher.client.ask(
            "POST",
            row.endpoint,
            whose=row.account_id,
            headers={
                **vapid.headers(row.endpoint, tools.clock()),
                "Content-Encoding": "aes128gcm",
                "Content-Type": "application/octet-stream",
                "TTL": str(int(_OLDEST.total_seconds())),
                "Urgency": "normal",
                # One that is sent again takes the place of the first (RFC 8030, section 5.4).
                "Topic": shown.id.replace("-", ""),
            },
            content=encrypt(msgspec.json.encode(told), keys, tools.random_bytes),
            seconds=_SECONDS,
            most=_MOST_ANSWER,
        )
    except AddressRefused:
        return 410
    except NoAnswer:
        raise PushUnavailable from None
    return answer.status
