"""Handles of sql/queries/connectors.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.paging import Page
from app.db.queries import Json, LongText, Row, Uuid, query, queued


class ConnectorRow(Row):
    id: Uuid
    name: str
    kind: str
    config: Json
    secret: str | None
    key_id: str | None
    source_version: int
    fallback: str
    max_age_seconds: int | None
    static_value: Json | None
    expected_columns: Json | None
    schedule: str | None
    status: str
    last_error: str | None
    last_refreshed_at: datetime | None
    set_by: str
    created_by: str
    created_at: datetime
    updated_at: datetime
    version: int


class SelectionRow(Row):
    id: Uuid
    actor_id: str
    cause: str
    asked: str
    outcome: str
    error: str | None
    fallback: str | None
    row_total: int | None
    byte_total: int | None
    checksum: str | None
    duration_ms: int
    at: datetime


class ConnectorValueRow(Row):
    selection_id: Uuid
    cells: LongText
    checksum: str
    fetched_at: datetime


class AskingRow(Row):
    is_active: bool
    status: str
    org_status: str | None


class SealedConnectorRow(Row):
    id: Uuid
    workspace_id: Uuid
    kind: str
    config: Json
    secret: str
    key_id: str
    version: int


@queued
def insert_connector(
    tx: WriteTransaction,
    *,
    connector_id: str,
    workspace_id: str,
    name: str,
    name_key: str,
    list_key: str,
    kind: str,
    config: str,
    secret: str | None,
    key_id: str | None,
    fallback: str,
    max_age_seconds: int | None,
    static_value: str | None,
    expected_columns: str | None,
    schedule: str | None,
    created_by: str,
    now: datetime,
) -> None: ...


@query
async def count_connectors(tx: ReadTransaction, *, workspace_id: str) -> int: ...


@query
async def get_connector(
    tx: ReadTransaction, *, workspace_id: str, connector_id: str
) -> ConnectorRow | None: ...


@query
async def list_connectors(
    tx: ReadTransaction, *, workspace_id: str, after_key: str, page_size: int
) -> Page[ConnectorRow]: ...


@queued
def lock_connector(tx: WriteTransaction, *, workspace_id: str, connector_id: str) -> None: ...


@queued
def update_connector(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    connector_id: str,
    name: str,
    name_key: str,
    list_key: str,
    config: str,
    secret: str | None,
    key_id: str | None,
    source_version: int,
    set_by: str,
    fallback: str,
    max_age_seconds: int | None,
    static_value: str | None,
    expected_columns: str | None,
    schedule: str | None,
    status: str,
    last_error: str | None,
    now: datetime,
) -> None: ...


@queued
def delete_connector(
    tx: WriteTransaction, *, workspace_id: str, connector_id: str, now: datetime
) -> None: ...


@queued
def set_connector_status(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    connector_id: str,
    status: str,
    last_error: str | None,
    now: datetime,
    version: int,
) -> None: ...


@queued
def insert_selection(
    tx: WriteTransaction,
    *,
    selection_id: str,
    workspace_id: str,
    connector_id: str,
    actor_id: str,
    cause: str,
    asked: str,
    outcome: str,
    error: str | None,
    fallback: str | None,
    row_total: int | None,
    byte_total: int | None,
    checksum: str | None,
    duration_ms: int,
    at: datetime,
    list_key: str,
) -> None: ...


@query
async def get_selection(
    tx: ReadTransaction, *, workspace_id: str, connector_id: str, selection_id: str
) -> SelectionRow | None: ...


@query
async def list_selections(
    tx: ReadTransaction, *, workspace_id: str, connector_id: str, before_key: str, page_size: int
) -> list[SelectionRow]: ...


@query
async def get_connector_value(
    tx: ReadTransaction, *, workspace_id: str, connector_id: str
) -> ConnectorValueRow | None: ...


@queued
def insert_connector_value(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    connector_id: str,
    selection_id: str,
    cells: str,
    checksum: str,
    fetched_at: datetime,
) -> None: ...


@queued
def delete_connector_value(tx: WriteTransaction, *, workspace_id: str, connector_id: str) -> None: ...


@query
async def read_asking(tx: ReadTransaction, *, workspace_id: str, connector_id: str) -> AskingRow | None: ...


@query
async def list_connectors_under_other_keys(
    tx: ReadTransaction, *, key_id: str, page_size: int
) -> Page[SealedConnectorRow]: ...


@query
async def reseal_connector(
    tx: WriteTransaction, *, workspace_id: str, connector_id: str, secret: str, key_id: str, version: int
) -> int: ...
