"""Handles of sql/queries/sign_in.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.queries import Row, Uuid, query, queued


class PasswordRow(Row):
    user_id: str
    password_hash: str
    tid: str
    email: str | None
    directory_name: str | None
    status: str
    session_version: int


class OwnPasswordRow(Row):
    email_key: str
    password_hash: str
    email: str | None
    directory_name: str | None
    session_version: int


class ThrottleRow(Row):
    failures: int
    expires_at: datetime


class RefreshTokenRow(Row):
    id: Uuid
    family_id: Uuid
    user_id: str
    issued_at: datetime
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None
    tid: str
    email: str | None
    directory_name: str | None
    status: str
    session_version: int


@queued
def insert_password(
    tx: WriteTransaction, *, account_id: str, email_key: str, password_hash: str, now: datetime
) -> None: ...


@query
async def find_password(tx: ReadTransaction, *, email_key: str) -> PasswordRow | None: ...


@query
async def get_password(tx: ReadTransaction, *, user_id: str) -> OwnPasswordRow | None: ...


@query
async def set_password(
    tx: WriteTransaction, *, user_id: str, password_hash: str, proved_hash: str, now: datetime
) -> int: ...


@queued
def update_password_hash(tx: WriteTransaction, *, user_id: str, password_hash: str) -> None: ...


@query
async def delete_password(tx: WriteTransaction, *, user_id: str, password_hash: str) -> int: ...


@queued
def lock_throttle(tx: WriteTransaction, *, throttle_key: str) -> None: ...


@query
async def find_throttle(tx: ReadTransaction, *, throttle_key: str) -> ThrottleRow | None: ...


@queued
def insert_throttle(tx: WriteTransaction, *, throttle_key: str, expires_at: datetime) -> None: ...


@queued
def set_throttle(tx: WriteTransaction, *, throttle_key: str, failures: int, expires_at: datetime) -> None: ...


@queued
def forgive_throttle(tx: WriteTransaction, *, throttle_key: str) -> None: ...


@queued
def delete_throttle(tx: WriteTransaction, *, throttle_key: str) -> None: ...


@queued
def delete_expired_throttles(tx: WriteTransaction, *, now: datetime) -> None: ...


@queued
def insert_refresh_token(
    tx: WriteTransaction,
    *,
    token_id: str,
    family_id: str,
    user_id: str,
    token_hash: str,
    now: datetime,
    expires_at: datetime,
) -> None: ...


@query
async def find_refresh_token(tx: ReadTransaction, *, token_hash: str) -> RefreshTokenRow | None: ...


@query
async def use_refresh_token(tx: WriteTransaction, *, token_id: str, user_id: str, now: datetime) -> int: ...


@query
async def forgive_reuse(
    tx: WriteTransaction, *, token_id: str, user_id: str, since: datetime, until: datetime, most: int
) -> int: ...


@queued
def revoke_family(tx: WriteTransaction, *, family_id: str, user_id: str, now: datetime) -> None: ...


@queued
def revoke_refresh_tokens(tx: WriteTransaction, *, user_id: str, now: datetime) -> None: ...
