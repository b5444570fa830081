"""Handles of sql/queries/push_subscriptions.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.queries import Row, Uuid, query, queued


class SubscriptionRow(Row):
    id: Uuid
    endpoint: str
    created_at: datetime


class PushedRow(Row):
    id: Uuid
    account_id: str
    endpoint: str
    p256dh: str
    auth: str
    pushed_key: str
    pushed_since: str | None
    status: str
    channels: str | None


class SubscriptionIdRow(Row):
    id: Uuid


@queued
def forget_endpoint(tx: WriteTransaction, *, endpoint_hash: str) -> None: ...


@queued
def insert_subscription(
    tx: WriteTransaction,
    *,
    subscription_id: str,
    user_id: str,
    browser_session_id: str | None,
    endpoint: str,
    endpoint_hash: str,
    p256dh: str,
    auth: str,
    pushed_key: str,
    now: datetime,
    list_key: str,
) -> None: ...


@query
async def list_subscriptions(
    tx: ReadTransaction, *, user_id: str, before_key: str, page_size: int
) -> list[SubscriptionRow]: ...


@query
async def delete_subscription(tx: WriteTransaction, *, user_id: str, subscription_id: str) -> int: ...


@queued
def delete_subscriptions_beyond(tx: WriteTransaction, *, user_id: str, most: int) -> None: ...


@query
async def read_subscription(
    tx: ReadTransaction, *, subscription_id: str, now: datetime
) -> PushedRow | None: ...


@queued
def advance_subscription(
    tx: WriteTransaction, *, subscription_id: str, pushed_key: str, pushed_since: str
) -> None: ...


@queued
def end_subscription(tx: WriteTransaction, *, subscription_id: str) -> None: ...


@query
async def list_subscriptions_of_people(tx: ReadTransaction, *, people: str) -> list[SubscriptionIdRow]: ...


@queued
def hand_subscriptions_on(
    tx: WriteTransaction, *, user_id: str, token_hash: str, session_id: str
) -> None: ...


@queued
def delete_subscriptions_of_account(tx: WriteTransaction, *, account_id: str) -> None: ...
