"""Handles of sql/queries/scim_connections.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.queries import Row, Uuid, query, queued


class ScimSecretRow(Row):
    id: Uuid
    tid: str
    token_hash: str
    prev_hash: str | None
    prev_until: datetime | None
    is_enabled: bool
    ends_sessions: bool
    last_used_at: datetime | None


class ScimConnectionRow(Row):
    id: Uuid
    org_id: Uuid
    tid: str
    name: str
    is_enabled: bool
    ends_sessions: bool
    previous_secret_until: datetime | None
    last_used_at: datetime | None
    users: int
    linked_users: int
    groups: int
    created_by: str
    created_at: datetime
    updated_at: datetime
    version: int


@queued
def insert_scim_connection(
    tx: WriteTransaction,
    *,
    connection_id: str,
    org_id: str,
    tid: str,
    name: str,
    list_key: str,
    token_hash: str,
    ends_sessions: bool,
    created_by: str,
    now: datetime,
) -> None: ...


@query
async def find_scim_secret(
    tx: ReadTransaction, *, org_id: str, connection_id: str
) -> ScimSecretRow | None: ...


@query
async def get_scim_connection(
    tx: ReadTransaction, *, org_id: str, connection_id: str
) -> ScimConnectionRow | None: ...


@query
async def list_scim_connections(
    tx: ReadTransaction, *, org_id: str, after_key: str, page_size: int
) -> list[ScimConnectionRow]: ...


@queued
def update_scim_connection(
    tx: WriteTransaction,
    *,
    org_id: str,
    connection_id: str,
    name: str,
    list_key: str,
    is_enabled: bool,
    now: datetime,
) -> None: ...


@queued
def rotate_scim_secret(
    tx: WriteTransaction,
    *,
    org_id: str,
    connection_id: str,
    token_hash: str,
    prev_until: datetime,
    now: datetime,
) -> None: ...


@queued
def note_scim_use(
    tx: WriteTransaction, *, org_id: str, connection_id: str, before: datetime, now: datetime
) -> None: ...


@query
async def take_scim_user(tx: WriteTransaction, *, org_id: str, connection_id: str, most: int) -> int: ...


@queued
def free_scim_user(tx: WriteTransaction, *, org_id: str, connection_id: str) -> None: ...


@query
async def take_scim_group(tx: WriteTransaction, *, org_id: str, connection_id: str, most: int) -> int: ...


@queued
def free_scim_group(tx: WriteTransaction, *, org_id: str, connection_id: str) -> None: ...


@queued
def delete_scim_connection(tx: WriteTransaction, *, org_id: str, connection_id: str) -> None: ...


@queued
def delete_scim_grants_of(tx: WriteTransaction, *, org_id: str, connection_id: str) -> None: ...


@queued
def delete_scim_mappings_of(tx: WriteTransaction, *, org_id: str, connection_id: str) -> None: ...


@queued
def delete_scim_group_members_of(tx: WriteTransaction, *, org_id: str, connection_id: str) -> None: ...


@queued
def delete_scim_groups_of(tx: WriteTransaction, *, org_id: str, connection_id: str) -> None: ...


@queued
def delete_scim_emails_of(tx: WriteTransaction, *, org_id: str, connection_id: str) -> None: ...


@queued
def delete_scim_users_of(tx: WriteTransaction, *, org_id: str, connection_id: str) -> None: ...
