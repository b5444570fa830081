"""Handles of sql/queries/checkpoints.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.paging import Page
from app.db.queries import LongText, Row, query, queued


class CheckpointRow(Row):
    seq: int
    entry_hash: str
    signed_at: datetime
    jws: LongText


@queued
def insert_checkpoint(
    tx: WriteTransaction, *, workspace_id: str, seq: int, entry_hash: str, jws: str, now: datetime
) -> None: ...


@query
async def list_checkpoints(
    tx: ReadTransaction, *, workspace_id: str, before_seq: int, page_size: int
) -> Page[CheckpointRow]: ...


@query
async def read_checkpoints(
    tx: ReadTransaction, *, workspace_id: str, after_seq: int, until_seq: int, page_size: int
) -> Page[CheckpointRow]: ...


@query
async def find_checkpoint(tx: ReadTransaction, *, workspace_id: str, seq: int) -> CheckpointRow | None: ...
