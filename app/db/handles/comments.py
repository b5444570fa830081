"""Handles of sql/queries/comments.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.paging import Page
from app.db.queries import LongText, Row, Uuid, query, queued


class CommentRow(Row):
    id: Uuid
    task_id: Uuid
    body: LongText
    created_by: str
    created_at: datetime
    edited_at: datetime | None
    version: int


class CommentToChangeRow(CommentRow):
    project_id: Uuid
    task_type_id: Uuid
    state: str
    project_status: str


class TaskViewerRow(Row):
    user_id: str
    display_name: str | None


class MentionRow(Row):
    comment_id: Uuid
    user_id: str


@query
async def is_read_only(tx: ReadTransaction, *, workspace_id: str, user_id: str) -> bool: ...


@queued
def insert_comment(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    comment_id: str,
    task_id: str,
    body: str,
    list_key: str,
    created_by: str,
    now: datetime,
) -> None: ...


@query
async def get_comment(
    tx: ReadTransaction, *, workspace_id: str, user_id: str, comment_id: str
) -> CommentRow | None: ...


@query
async def list_task_viewers(
    tx: ReadTransaction,
    *,
    workspace_id: str,
    user_id: str,
    task_id: str,
    after_key: str,
    before_key: str | None,
    page_size: int,
) -> list[TaskViewerRow]: ...


@query
async def list_task_viewers_of_few(
    tx: ReadTransaction,
    *,
    workspace_id: str,
    user_id: str,
    task_id: str,
    after_key: str,
    before_key: str | None,
    page_size: int,
) -> list[TaskViewerRow]: ...


@query
async def list_comments(
    tx: ReadTransaction, *, workspace_id: str, user_id: str, task_id: str, after_key: str, page_size: int
) -> Page[CommentRow]: ...


@queued
def lock_commented_task(tx: WriteTransaction, *, workspace_id: str, comment_id: str) -> None: ...


@query
async def get_comment_to_change(
    tx: ReadTransaction, *, workspace_id: str, user_id: str, comment_id: str
) -> CommentToChangeRow | None: ...


@queued
def update_comment(
    tx: WriteTransaction, *, workspace_id: str, comment_id: str, body: str, edited_at: datetime | None
) -> None: ...


@queued
def delete_comment(tx: WriteTransaction, *, workspace_id: str, comment_id: str) -> None: ...


@queued
def insert_mentions(
    tx: WriteTransaction, *, workspace_id: str, user_id: str, comment_id: str, task_id: str, mentioned: str
) -> None: ...


@queued
def delete_mentions(tx: WriteTransaction, *, workspace_id: str, comment_id: str) -> None: ...


@query
async def list_mentions(tx: ReadTransaction, *, workspace_id: str, comments: str) -> list[MentionRow]: ...
