"""Handles of sql/queries/objective_comments.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.paging import Page
from app.db.queries import LongText, Row, Uuid, query, queued


class ObjectiveCommentRow(Row):
    id: Uuid
    objective_id: Uuid
    body: LongText
    created_by: str
    created_at: datetime
    edited_at: datetime | None
    version: int


@queued
def insert_objective_comment(
    tx: WriteTransaction,
    *,
    workspace_id: str,
    comment_id: str,
    objective_id: str,
    body: str,
    list_key: str,
    created_by: str,
    now: datetime,
) -> None: ...


@query
async def get_objective_comment(
    tx: ReadTransaction, *, workspace_id: str, comment_id: str
) -> ObjectiveCommentRow | None: ...


@query
async def list_objective_comments(
    tx: ReadTransaction, *, workspace_id: str, objective_id: str, after_key: str, page_size: int
) -> Page[ObjectiveCommentRow]: ...


@queued
def update_objective_comment(
    tx: WriteTransaction, *, workspace_id: str, comment_id: str, body: str, now: datetime
) -> None: ...


@queued
def delete_objective_comment(tx: WriteTransaction, *, workspace_id: str, comment_id: str) -> None: ...
