"""Webhooks of a workspace: where its events are sent, and which. Sending is in ``webhook_sending.py``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import msgspec

from app.core.caller import Caller, Tools
from app.core.json_text import as_json
from app.core.preconditions import Expected, require_version
from app.core.secret_box import Sealed, SecretBox, SecretUnreadable
from app.core.text import moment_key
from app.core.webhook_errors import TooManyWebhooks, UnknownEventType, WebhookNotFound
from app.db.connection import Database, ReadTransaction, WriteTransaction
from app.db.handles import webhooks as db
from app.db.handles.changes import read_event_seq
from app.db.handles.webhook_deliveries import hasten_deliveries
from app.db.handles.webhooks import SealedWebhookRow, SendingWebhookRow, WebhookRow
from app.db.paging import Asked, Found
from app.kernel import audit
from app.kernel.access import enter, enter_to_change
from app.kernel.events import EVENT_TYPES
from app.kernel.jobs import JobKind, enqueue_once

MOST_WEBHOOKS = 20
"""Of one workspace."""
BOTH_SIGN = timedelta(hours=24)
"""For so long the secret before signs beside a new one."""
LEASE = timedelta(minutes=1)
"""After this what was taken up to be sent, and not settled, is sent again: longer than it may take."""
EVERY = "*"
LAST = "~"
"""Before which every webhook is, by when it was made."""
_ROTATION_PAGE = 100

_record = partial(audit.record, target_type="webhook")


class Webhook(msgspec.Struct, frozen=True):
    """What may be seen of one. ``earlier_secret_until``: until then the secret before signs too."""

    id: str
    url: str
    description: str | None
    event_types: Sequence[str]
    is_ordered: bool
    is_enabled: bool
    disabled_reason: str | None
    failing_since: datetime | None
    earlier_secret_until: datetime | None
    acts_for: str
    created_by: str
    created_at: datetime
    updated_at: datetime
    version: int


def require_known(patterns: Sequence[str]) -> list[str]:
    """The patterns in order, each once. Raises ``UnknownEventType`` where one can match nothing."""
    objects = {name.partition(".")[0] for name in EVENT_TYPES}
    for pattern in patterns:
        is_group = pattern.endswith(".*") and pattern[:-2] in objects
        if pattern != EVERY and pattern not in EVENT_TYPES and not is_group:
            raise UnknownEventType(details={"event_type": pattern})
    return sorted(set(patterns))


def hears(patterns: Sequence[str], event_type: str) -> bool:
    """Whether an event of this type is among what they choose."""
    return any(each in patterns for each in (EVERY, event_type, f"{event_type.partition('.')[0]}.*"))


async def create_webhook(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    url: str,
    description: str | None,
    event_types: Sequence[str],
    is_ordered: bool,
    sealed: Callable[[str], Sealed],
) -> Webhook:
    """It acts for its maker, and hears of what happens from now on. ``sealed`` seals the secret for a webhook
    of an id. Raises ``UnknownEventType`` and ``TooManyWebhooks``."""
    event_types = require_known(event_types)
    await enter_to_change(tx, caller, workspace_id=workspace_id, operation="webhook.create")
    if await db.count_webhooks(tx, workspace_id=workspace_id) >= MOST_WEBHOOKS:
        raise TooManyWebhooks(details={"limit": MOST_WEBHOOKS})
    webhook_id, now = tools.new_id(), tools.clock()
    head = await read_event_seq(tx, workspace_id=workspace_id)
    secret = sealed(webhook_id)
    db.insert_webhook(
        tx,
        webhook_id=webhook_id,
        workspace_id=workspace_id,
        url=url,
        description=description,
        event_types=as_json(event_types),
        is_ordered=is_ordered,
        secret=secret.text,
        key_id=secret.key_id,
        acts_for=caller.user_id,
        since_seq=head.event_seq if head else 0,
        list_key=moment_key(now, webhook_id),
        now=now,
    )
    await _record(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action="webhook.created",
        target_id=webhook_id,
        details={"url": url, "event_types": event_types, "is_ordered": is_ordered},
    )
    return await _shown(tx, workspace_id, webhook_id)


async def list_webhooks(
    tx: ReadTransaction, caller: Caller, asked: Asked[str], *, workspace_id: str
) -> Found[str]:
    """The newest first."""
    await enter(tx, caller, workspace_id=workspace_id, operation="webhook.list")
    rows = await db.list_webhooks(
        tx, workspace_id=workspace_id, before_key=asked.place, page_size=asked.page_size
    )
    items, place = asked.found(rows, lambda row: moment_key(row.created_at, row.id))
    return Found([_view(row) for row in rows[: len(items)]], place)


async def get_webhook(tx: ReadTransaction, caller: Caller, *, workspace_id: str, webhook_id: str) -> Webhook:
    await enter(tx, caller, workspace_id=workspace_id, operation="webhook.read")
    return await _shown(tx, workspace_id, webhook_id)


async def update_webhook(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    webhook_id: str,
    changes: Mapping[str, Any],
    expected: Expected = None,
) -> Webhook:
    """``changes`` may hold ``url``, ``description``, ``event_types`` and ``is_ordered``; what is not in it
    stays. Raises ``WebhookNotFound``, ``UnknownEventType``, ``VersionMismatch``."""
    if "event_types" in changes:
        changes = {**changes, "event_types": require_known(changes["event_types"])}
    row = await hold_webhook(tx, caller, workspace_id, webhook_id, "webhook.update")
    require_version(row.version, expected)
    before: dict[str, Any] = {
        "url": row.url,
        "description": row.description,
        "event_types": event_types_of(row.event_types),
        "is_ordered": row.is_ordered,
    }
    after = {**before, **changes}
    changed = [name for name in after if after[name] != before[name]]
    if not changed:
        return _view(row)
    db.update_webhook(
        tx,
        workspace_id=workspace_id,
        webhook_id=webhook_id,
        url=after["url"],
        description=after["description"],
        event_types=as_json(after["event_types"]),
        is_ordered=after["is_ordered"],
        now=tools.clock(),
    )
    await _record(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action="webhook.updated",
        target_id=webhook_id,
        details={"changes": {name: [before[name], after[name]] for name in changed}},
    )
    return await _shown(tx, workspace_id, webhook_id)


async def delete_webhook(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    webhook_id: str,
    expected: Expected = None,
) -> None:
    """Nothing more is sent, and what was sent is not shown any more."""
    row = await hold_webhook(tx, caller, workspace_id, webhook_id, "webhook.delete")
    require_version(row.version, expected)
    db.delete_webhook(tx, workspace_id=workspace_id, webhook_id=webhook_id, now=tools.clock())
    await _record(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action="webhook.deleted",
        target_id=webhook_id,
        details={"url": row.url},
    )


async def rotate_secret(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    webhook_id: str,
    sealed: Callable[[str], Sealed],
) -> Webhook:
    """Another secret signs from now on, and for a while the one before beside it. That which was before that
    one does no more."""
    await hold_webhook(tx, caller, workspace_id, webhook_id, "webhook.rotate_secret")
    known = await db.read_webhook_secret(tx, workspace_id=workspace_id, webhook_id=webhook_id)
    secret, now = sealed(webhook_id), tools.clock()
    db.set_webhook_secret(
        tx,
        workspace_id=workspace_id,
        webhook_id=webhook_id,
        secret=secret.text,
        key_id=secret.key_id,
        earlier_secret=known.secret,
        earlier_key_id=known.key_id,
        earlier_until=now + BOTH_SIGN,
        now=now,
    )
    await _record(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action="webhook.secret_rotated",
        target_id=webhook_id,
    )
    return await _shown(tx, workspace_id, webhook_id)


async def enable_webhook(
    tx: WriteTransaction, caller: Caller, tools: Tools, *, workspace_id: str, webhook_id: str
) -> Webhook:
    """It acts for the caller from now on, and what waited is sent. Nothing happens where it is enabled."""
    row = await hold_webhook(tx, caller, workspace_id, webhook_id, "webhook.enable")
    if row.disabled_reason is None:
        return _view(row)
    now = tools.clock()
    db.enable_webhook(
        tx,
        workspace_id=workspace_id,
        webhook_id=webhook_id,
        acts_for=caller.user_id,
        now=now,
    )
    hasten_deliveries(tx, workspace_id=workspace_id, webhook_id=webhook_id, latest=now + LEASE, now=now)
    await have_sent(tx, tools, workspace_id, webhook_id)
    await _record(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action="webhook.enabled",
        target_id=webhook_id,
        details={"was": row.disabled_reason},
    )
    return await _shown(tx, workspace_id, webhook_id)


async def disable_webhook(
    tx: WriteTransaction, caller: Caller, tools: Tools, *, workspace_id: str, webhook_id: str
) -> Webhook:
    """Nothing is sent, and events are not kept for it. Nothing happens where it is so."""
    row = await hold_webhook(tx, caller, workspace_id, webhook_id, "webhook.disable")
    if row.disabled_reason is not None:
        return _view(row)
    db.disable_webhook(
        tx, workspace_id=workspace_id, webhook_id=webhook_id, reason="asked", now=tools.clock()
    )
    await _record(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action="webhook.disabled",
        target_id=webhook_id,
        details={"reason": "asked"},
    )
    return await _shown(tx, workspace_id, webhook_id)


async def hold_webhook(
    tx: WriteTransaction, caller: Caller, workspace_id: str, webhook_id: str, operation: str
) -> WebhookRow:
    """For an ADMIN who is to change something of it: holds its row. Raises ``WebhookNotFound``."""
    await enter(tx, caller, workspace_id=workspace_id, operation=operation)
    db.lock_webhook(tx, workspace_id=workspace_id, webhook_id=webhook_id)
    return await find_webhook(tx, workspace_id, webhook_id)


async def find_webhook(tx: ReadTransaction, workspace_id: str, webhook_id: str) -> WebhookRow:
    """Raises ``WebhookNotFound``."""
    row = await db.get_webhook(tx, workspace_id=workspace_id, webhook_id=webhook_id)
    if row is None:
        raise WebhookNotFound
    return row


async def have_sent(tx: WriteTransaction, tools: Tools, workspace_id: str, webhook_id: str) -> None:
    """Has what waits for this webhook looked at once ``tx`` has committed."""
    await enqueue_once(tx, tools, JobKind.WEBHOOK, workspace_id=workspace_id, target_id=webhook_id)


def place_of(workspace_id: str, webhook_id: str) -> tuple[str, ...]:
    """Where a secret is kept, as the box must be told."""
    return (workspace_id, webhook_id, "webhook")


def open_secrets(
    box: SecretBox, row: SendingWebhookRow, *, workspace_id: str, webhook_id: str, now: datetime
) -> list[str]:
    """Those that sign now, the newest first. Raises ``SecretUnreadable``."""
    place = place_of(workspace_id, webhook_id)
    secrets = [box.open(Sealed(row.key_id, row.secret), place=place)]
    if row.earlier_secret and row.earlier_key_id and row.earlier_until and now < row.earlier_until:
        secrets.append(box.open(Sealed(row.earlier_key_id, row.earlier_secret), place=place))
    return secrets


async def rotate_keys(database: Database, box: SecretBox) -> tuple[int, list[str]]:
    """Seals every secret with the newest key, as ``connections.rotate`` does; answers the same."""
    done, unreadable = 0, list[str]()
    while True:
        async with database.read() as tx:
            page_size = _ROTATION_PAGE + len(unreadable)
            rows = await db.list_webhooks_under_other_keys(tx, key_id=box.key_id, page_size=page_size)
        waiting = [row for row in rows if _name(row) not in unreadable]
        if not waiting:
            return done, unreadable
        for row in waiting:
            place = place_of(row.workspace_id, row.id)
            try:
                secret = box.seal(box.open(Sealed(row.key_id, row.secret), place=place), place=place)
                earlier = None
                if row.earlier_secret and row.earlier_key_id:
                    opened = box.open(Sealed(row.earlier_key_id, row.earlier_secret), place=place)
                    earlier = box.seal(opened, place=place)
            except SecretUnreadable:
                unreadable.append(_name(row))
                continue
            async with database.write() as write:
                done += await db.reseal_webhook(
                    write,
                    workspace_id=row.workspace_id,
                    webhook_id=row.id,
                    secret=secret.text,
                    key_id=secret.key_id,
                    earlier_secret=earlier.text if earlier else None,
                    earlier_key_id=earlier.key_id if earlier else None,
                    version=row.version,
                )


def _name(row: SealedWebhookRow) -> str:
    return f"{row.workspace_id}/webhooks/{row.id}"


async def _shown(tx: ReadTransaction, workspace_id: str, webhook_id: str) -> Webhook:
    return _view(await find_webhook(tx, workspace_id, webhook_id))


def _view(row: WebhookRow) -> Webhook:
    return Webhook(
        id=row.id,
        url=row.url,
        description=row.description,
        event_types=event_types_of(row.event_types),
        is_ordered=row.is_ordered,
        is_enabled=row.disabled_reason is None,
        disabled_reason=row.disabled_reason,
        failing_since=row.failing_since,
        earlier_secret_until=row.earlier_until,
        acts_for=row.acts_for,
        created_by=row.created_by,
        created_at=row.created_at,
        updated_at=row.updated_at,
        version=row.version,
    )


def event_types_of(stored: msgspec.Raw) -> list[str]:
    """The patterns, as they are stored."""
    return msgspec.json.decode(stored, type=list[str])
