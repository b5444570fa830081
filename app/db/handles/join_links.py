"""Handles of sql/queries/join_links.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.queries import Row, Uuid, query, queued


class JoinLinkRow(Row):
    id: Uuid
    role: str
    usage_limit: int
    usage_count: int
    created_by: str
    created_at: datetime
    expires_at: datetime


class FoundJoinLinkRow(Row):
    id: Uuid
    workspace_id: Uuid
    role: str
    created_by: str
    expires_at: datetime


@queued
def insert_join_link(
    tx: WriteTransaction,
    *,
    join_link_id: str,
    workspace_id: str,
    role: str,
    code_hash: str,
    usage_limit: int,
    created_by: str,
    now: datetime,
    expires_at: datetime,
    list_key: str,
) -> None: ...


@query
async def get_join_link(
    tx: ReadTransaction, *, workspace_id: str, join_link_id: str
) -> JoinLinkRow | None: ...


@query
async def list_join_links(
    tx: ReadTransaction, *, workspace_id: str, before_key: str, page_size: int
) -> list[JoinLinkRow]: ...


@query
async def delete_join_link(tx: WriteTransaction, *, workspace_id: str, join_link_id: str) -> int: ...


@query
async def find_join_link(tx: ReadTransaction, *, code_hash: str) -> FoundJoinLinkRow | None: ...


@query
async def use_join_link(
    tx: WriteTransaction, *, workspace_id: str, join_link_id: str, now: datetime
) -> int: ...
