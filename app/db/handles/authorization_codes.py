"""Handles of sql/queries/authorization_codes.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.queries import Row, Uuid, query, queued


class CodeRow(Row):
    user_id: str
    family_id: Uuid
    redirect_uri: str
    challenge: str
    nonce: str
    session_version: int
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    email: str | None
    directory_name: str | None
    status: str
    account_version: int


@queued
def insert_code(
    tx: WriteTransaction,
    *,
    code_hash: str,
    user_id: str,
    family_id: str,
    redirect_uri: str,
    challenge: str,
    nonce: str,
    session_version: int,
    now: datetime,
    expires_at: datetime,
) -> None: ...


@query
async def find_code(tx: ReadTransaction, *, code_hash: str) -> CodeRow | None: ...


@query
async def use_code(tx: WriteTransaction, *, code_hash: str, user_id: str, now: datetime) -> int: ...
