"""Handles of sql/queries/outbound_mail.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.queries import Row, Uuid, query, queued


class MailRow(Row):
    id: Uuid
    kind: str
    user_id: str | None
    workspace_id: Uuid | None
    notification_id: Uuid | None
    after_key: str | None
    until_key: str | None
    key_id: str | None
    sealed: str | None
    created_at: datetime
    invitation_id: Uuid | None
    invited_email: str | None
    expires_at: datetime | None
    token_hash: str | None
    place_name: str | None
    inviter_name: str | None
    product_name: str | None
    sender_name: str | None
    sender_address: str | None
    is_inviting: bool


class RecipientRow(Row):
    status: str
    email: str | None
    channels: str | None
    time_zone: str | None
    is_muted: bool


@queued
def insert_mail(
    tx: WriteTransaction,
    *,
    mail_id: str,
    kind: str,
    subject_key: str,
    account_id: str | None,
    of_workspace: str | None,
    notification_id: str | None,
    invitation_id: str | None,
    after_key: str | None,
    until_key: str | None,
    key_id: str | None,
    sealed: str | None,
    now: datetime,
) -> None: ...


@query
async def read_mail(tx: ReadTransaction, *, mail_id: str, now: datetime) -> MailRow | None: ...


@query
async def read_recipient(
    tx: ReadTransaction, *, account_id: str, of_workspace: str | None
) -> RecipientRow | None: ...


@query
async def end_mail(
    tx: WriteTransaction, *, mail_id: str, state: str, outcome: str | None, now: datetime
) -> int: ...


@query
async def is_blocked(
    tx: ReadTransaction, *, address_hash: str, covers: str, refused_after: datetime
) -> bool: ...


@queued
def unblock_address(tx: WriteTransaction, *, address_hash: str, covers: str) -> None: ...


@queued
def block_address(
    tx: WriteTransaction, *, address_hash: str, covers: str, reason: str, now: datetime
) -> None: ...


@query
async def delete_old_refusals(tx: WriteTransaction, *, before: datetime, batch: int) -> int: ...


@query
async def drop_mail_of_member(
    tx: WriteTransaction, *, workspace_id: str, account_id: str, batch: int
) -> int: ...


@query
async def delete_mail_of_account(tx: WriteTransaction, *, account_id: str, batch: int) -> int: ...


@query
async def delete_old_mail(tx: WriteTransaction, *, before: datetime, batch: int) -> int: ...
