"""Handles of sql/queries/file_scans.sql."""

from datetime import datetime

from app.db.connection import WriteTransaction
from app.db.queries import query, queued


@queued
def ask_scan(tx: WriteTransaction, *, workspace_id: str, file_id: str) -> None: ...


@queued
def fail_scan(tx: WriteTransaction, *, workspace_id: str, file_id: str) -> None: ...


@query
async def set_verdict(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    file_id: str,
    sha256: str,
    scan_status: str,
    threat: str | None,
    now: datetime,
) -> int: ...


@queued
def keep_verdict(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    file_id: str,
    sha256: str,
    scan_status: str,
    threat: str | None,
    now: datetime,
) -> None: ...
