"""Handles of sql/queries/browser_sessions.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.queries import LongText, Row, Uuid, query, queued


class BrowserSessionRow(Row):
    id: Uuid
    user_id: str
    provider: str
    sealed: LongText
    key_id: str
    version: int
    session_version: int
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    renew_at: datetime
    renewing_until: datetime | None
    account_status: str
    account_version: int


class SealedSessionRow(Row):
    id: Uuid
    provider: str
    sealed: LongText
    key_id: str


class OwnSessionRow(Row):
    id: Uuid
    provider: str
    user_agent: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime


class DirectorySessionRow(Row):
    id: Uuid
    user_id: str
    subject: str


@queued
def insert_browser_session(
    tx: WriteTransaction,
    *,
    session_id: str,
    token_hash: str,
    user_id: str,
    provider: str,
    subject: str,
    sid: str | None,
    sealed: str,
    key_id: str,
    session_version: int,
    user_agent: str,
    now: datetime,
    expires_at: datetime,
    renew_at: datetime,
) -> None: ...


@query
async def find_browser_session(tx: ReadTransaction, *, token_hash: str) -> BrowserSessionRow | None: ...


@query
async def claim_renewal(
    tx: WriteTransaction, *, session_id: str, user_id: str, version: int, now: datetime, until: datetime
) -> int: ...


@queued
def postpone_renewal(
    tx: WriteTransaction, *, session_id: str, user_id: str, version: int, until: datetime
) -> None: ...


@query
async def renew_browser_session(
    tx: WriteTransaction,
    *,
    session_id: str,
    user_id: str,
    version: int,
    sealed: str,
    key_id: str,
    renew_at: datetime,
    not_before: datetime | None,
) -> int: ...


@queued
def touch_browser_session(tx: WriteTransaction, *, session_id: str, user_id: str, now: datetime) -> None: ...


@query
async def get_browser_session(
    tx: ReadTransaction, *, session_id: str, user_id: str
) -> OwnSessionRow | None: ...


@query
async def read_sealed_session(
    tx: ReadTransaction, *, session_id: str, user_id: str
) -> SealedSessionRow | None: ...


@query
async def list_browser_sessions(
    tx: ReadTransaction, *, user_id: str, page_size: int
) -> list[OwnSessionRow]: ...


@query
async def end_browser_session(tx: WriteTransaction, *, session_id: str, user_id: str) -> int: ...


@queued
def end_session_of_cookie(tx: WriteTransaction, *, token_hash: str) -> None: ...


@query
async def end_browser_sessions(tx: WriteTransaction, *, user_id: str) -> int: ...


@queued
def end_oldest_sessions(tx: WriteTransaction, *, user_id: str, kept: int) -> None: ...


@query
async def list_sessions_of_sid(
    tx: ReadTransaction, *, provider: str, sid: str, page_size: int
) -> list[DirectorySessionRow]: ...


@query
async def list_sessions_of_subject(
    tx: ReadTransaction, *, provider: str, subject: str, page_size: int
) -> list[DirectorySessionRow]: ...
