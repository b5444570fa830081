"""Handles of sql/queries/user_types.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.paging import Page
from app.db.queries import LongText, Row, Uuid, query, queued


class UserTypeRow(Row):
    id: Uuid
    workspace_id: Uuid
    name: str
    description: LongText | None
    access_level: str
    read_only: bool
    created_at: datetime
    updated_at: datetime
    version: int


class UserTypeTraitRow(Row):
    user_type_id: Uuid
    kind: str
    trait: str


@queued
def insert_user_type(
    tx: WriteTransaction,
    *,
    user_type_id: str,
    workspace_id: str,
    name: str,
    name_key: str,
    list_key: str,
    description: str | None,
    access_level: str,
    read_only: bool,
    now: datetime,
) -> None: ...


@query
async def get_user_type(
    tx: ReadTransaction, *, workspace_id: str, user_type_id: str
) -> UserTypeRow | None: ...


@query
async def find_user_type(tx: ReadTransaction, *, workspace_id: str, name_key: str) -> UserTypeRow | None: ...


@query
async def list_user_types(
    tx: ReadTransaction, *, workspace_id: str, after_key: str, page_size: int
) -> Page[UserTypeRow]: ...


@query
async def list_user_type_traits(
    tx: ReadTransaction, *, workspace_id: str, first_key: str, last_key: str
) -> list[UserTypeTraitRow]: ...


@queued
def update_user_type(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    user_type_id: str,
    name: str,
    name_key: str,
    list_key: str,
    description: str | None,
    access_level: str,
    read_only: bool,
    now: datetime,
) -> None: ...


@queued
def insert_user_type_permission(
    tx: WriteTransaction, *, workspace_id: str, user_type_id: str, permission: str
) -> None: ...


@queued
def insert_user_type_hidden_state(
    tx: WriteTransaction, *, workspace_id: str, user_type_id: str, state: str
) -> None: ...


@queued
def delete_user_type_permissions(tx: WriteTransaction, *, workspace_id: str, user_type_id: str) -> None: ...


@queued
def delete_user_type_hidden_states(tx: WriteTransaction, *, workspace_id: str, user_type_id: str) -> None: ...


@query
async def delete_user_type(tx: WriteTransaction, *, workspace_id: str, user_type_id: str) -> int: ...
