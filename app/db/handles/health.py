"""Handles of sql/queries/health.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.queries import query, queued


@query
async def read_schema_version(tx: ReadTransaction) -> int | None: ...


@query
async def update_write_probe(tx: WriteTransaction, *, now: datetime) -> int: ...


@queued
def insert_write_probe(tx: WriteTransaction, *, now: datetime) -> None: ...
