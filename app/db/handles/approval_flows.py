"""Handles of sql/queries/approval_flows.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.queries import Row, Uuid, query, queued


class FlowRow(Row):
    object_type: str
    flow_version: int
    stages: str
    created_by: str
    created_at: datetime


class KnownUserTypeRow(Row):
    id: Uuid


@queued
def insert_flow(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    object_type: str,
    flow_version: int,
    stages: str,
    created_by: str,
    now: datetime,
) -> None: ...


@query
async def read_newest_flow(tx: ReadTransaction, *, workspace_id: str, object_type: str) -> FlowRow | None: ...


@query
async def read_flow(
    tx: ReadTransaction, *, workspace_id: str, object_type: str, flow_version: int
) -> FlowRow | None: ...


@query
async def list_known_user_types(
    tx: ReadTransaction, *, workspace_id: str, user_types: str
) -> list[KnownUserTypeRow]: ...
