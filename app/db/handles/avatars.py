"""Handles of sql/queries/avatars.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.queries import Row, Uuid, query, queued


class AvatarRow(Row):
    avatar_id: Uuid | None
    avatar_type: str | None
    avatar_sha256: str | None


@query
async def read_avatar(tx: ReadTransaction, *, account_id: str) -> AvatarRow | None: ...


@query
async def set_avatar(
    tx: WriteTransaction,
    *,
    user_id: str,
    avatar_id: str | None,
    avatar_type: str | None,
    avatar_sha256: str | None,
    now: datetime,
) -> int: ...


@queued
def insert_avatar(
    tx: WriteTransaction,
    *,
    user_id: str,
    avatar_id: str,
    avatar_type: str,
    avatar_sha256: str,
    now: datetime,
) -> None: ...


@query
async def is_avatar_used(tx: ReadTransaction, *, avatar_id: str) -> bool: ...
