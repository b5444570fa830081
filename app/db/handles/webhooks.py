"""Handles of sql/queries/webhooks.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.paging import Page
from app.db.queries import Json, Row, Uuid, query, queued


class WebhookRow(Row):
    id: Uuid
    url: str
    description: str | None
    event_types: Json
    is_ordered: bool
    disabled_reason: str | None
    failing_since: datetime | None
    earlier_until: datetime | None
    acts_for: str
    created_by: str
    created_at: datetime
    updated_at: datetime
    version: int


class WebhookSecretRow(Row):
    secret: str
    key_id: str


class HearingWebhookRow(Row):
    id: Uuid
    event_types: Json
    since_seq: int


class SendingWebhookRow(Row):
    url: str
    is_ordered: bool
    disabled_reason: str | None
    secret: str
    key_id: str
    earlier_secret: str | None
    earlier_key_id: str | None
    earlier_until: datetime | None
    acts_for: str
    failures: int
    failing_since: datetime | None
    rests_until: datetime | None
    is_active: bool
    status: str
    org_status: str | None


class SealedWebhookRow(Row):
    id: Uuid
    workspace_id: Uuid
    secret: str
    key_id: str
    earlier_secret: str | None
    earlier_key_id: str | None
    version: int


@queued
def insert_webhook(
    tx: WriteTransaction,
    *,
    webhook_id: str,
    workspace_id: str,
    url: str,
    description: str | None,
    event_types: str,
    is_ordered: bool,
    secret: str,
    key_id: str,
    acts_for: str,
    since_seq: int,
    list_key: str,
    now: datetime,
) -> None: ...


@query
async def count_webhooks(tx: ReadTransaction, *, workspace_id: str) -> int: ...


@query
async def get_webhook(tx: ReadTransaction, *, workspace_id: str, webhook_id: str) -> WebhookRow | None: ...


@query
async def list_webhooks(
    tx: ReadTransaction, *, workspace_id: str, before_key: str, page_size: int
) -> Page[WebhookRow]: ...


@queued
def lock_webhook(tx: WriteTransaction, *, workspace_id: str, webhook_id: str) -> None: ...


@queued
def update_webhook(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    webhook_id: str,
    url: str,
    description: str | None,
    event_types: str,
    is_ordered: bool,
    now: datetime,
) -> None: ...


@query
async def read_webhook_secret(
    tx: ReadTransaction, *, workspace_id: str, webhook_id: str
) -> WebhookSecretRow: ...


@queued
def set_webhook_secret(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    webhook_id: str,
    secret: str,
    key_id: str,
    earlier_secret: str,
    earlier_key_id: str,
    earlier_until: datetime,
    now: datetime,
) -> None: ...


@queued
def enable_webhook(
    tx: WriteTransaction, *, workspace_id: str, webhook_id: str, acts_for: str, now: datetime
) -> None: ...


@queued
def disable_webhook(
    tx: WriteTransaction, *, workspace_id: str, webhook_id: str, reason: str, now: datetime
) -> None: ...


@queued
def delete_webhook(tx: WriteTransaction, *, workspace_id: str, webhook_id: str, now: datetime) -> None: ...


@queued
def hasten_webhook(tx: WriteTransaction, *, workspace_id: str, webhook_id: str) -> None: ...


@query
async def list_hearing_webhooks(tx: ReadTransaction, *, workspace_id: str) -> Page[HearingWebhookRow]: ...


@query
async def read_sending_webhook(
    tx: ReadTransaction, *, workspace_id: str, webhook_id: str
) -> SendingWebhookRow | None: ...


@queued
def set_webhook_health(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    webhook_id: str,
    failures: int,
    failing_since: datetime | None,
    rests_until: datetime | None,
) -> None: ...


@query
async def list_webhooks_under_other_keys(
    tx: ReadTransaction, *, key_id: str, page_size: int
) -> list[SealedWebhookRow]: ...


@query
async def reseal_webhook(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    webhook_id: str,
    secret: str,
    key_id: str,
    earlier_secret: str | None,
    earlier_key_id: str | None,
    version: int,
) -> int: ...
