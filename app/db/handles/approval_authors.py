"""Handles of sql/queries/approval_authors.sql."""

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.queries import Row, Uuid, query, queued


class EditorRow(Row):
    user_id: str


class AuthorRow(Row):
    request_id: Uuid
    user_id: str
    user_type_id: Uuid | None


@queued
def insert_editor(
    tx: WriteTransaction, *, workspace_id: str, object_type: str, object_id: str, account_id: str
) -> None: ...


@query
async def list_editors(
    tx: ReadTransaction, *, workspace_id: str, object_type: str, object_id: str
) -> list[EditorRow]: ...


@queued
def delete_editors(tx: WriteTransaction, *, workspace_id: str, object_type: str, object_id: str) -> None: ...


@queued
def copy_editors(tx: WriteTransaction, *, workspace_id: str, object_type: str, copies: str) -> None: ...


@queued
def copy_authors_of_version(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    object_type: str,
    object_id: str,
    object_version: int,
    copy_id: str,
) -> None: ...


@queued
def insert_authors(tx: WriteTransaction, *, workspace_id: str, request_id: str, people: str) -> None: ...


@query
async def list_authors(tx: ReadTransaction, *, workspace_id: str, requests: str) -> list[AuthorRow]: ...
