"""Handles of sql/queries/org_members.sql."""

from datetime import datetime

from app.db.connection import WriteTransaction
from app.db.queries import queued


@queued
def insert_org_member(
    tx: WriteTransaction,
    *,
    member_id: str,
    org_id: str,
    user_id: str,
    display_name: str | None,
    role: str,
    source: str,
    added_by: str,
    now: datetime,
    list_key: str,
    member_key: str,
) -> None: ...
