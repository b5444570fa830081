"""Handles of sql/queries/memberships.sql."""

from datetime import datetime

from app.db.connection import WriteTransaction
from app.db.queries import query, queued


@queued
def delete_project_memberships(tx: WriteTransaction, *, workspace_id: str, account_id: str) -> None: ...


@queued
def unassign_tasks(
    tx: WriteTransaction, *, workspace_id: str, account_id: str, now: datetime, now_text: str
) -> None: ...


@queued
def unassign_hidden_tasks(
    tx: WriteTransaction, *, workspace_id: str, account_id: str, now: datetime, now_text: str
) -> None: ...


@query
async def unassign_unseen_tasks(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    project_id: str,
    batch: int,
    now: datetime,
    now_text: str,
) -> int: ...


@queued
def delete_watches(tx: WriteTransaction, *, workspace_id: str, account_id: str) -> None: ...


@queued
def rename_project_memberships(tx: WriteTransaction, *, account_id: str, member_key: str) -> None: ...
