"""Handles of sql/queries/search.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.paging import Page
from app.db.queries import LongText, Row, Uuid, query, queued


class WordRow(Row):
    term: str


class SearchFloorRow(Row):
    kind: str
    term: str
    looked_at: int
    floor_no: int


class FoundTaskRow(Row):
    doc_no: int
    id: Uuid
    project_id: Uuid
    project_key: str
    number: int
    title: str
    state: str
    moment: datetime


class FoundCommentRow(Row):
    doc_no: int
    id: Uuid
    task_id: Uuid
    project_id: Uuid
    project_key: str
    number: int
    title: str
    state: str
    moment: datetime
    body: LongText


class FoundProjectRow(Row):
    doc_no: int
    id: Uuid
    project_key: str
    name: str
    moment: datetime


@queued
def insert_search_document(
    tx: WriteTransaction, *, workspace_id: str, kind: str, target_id: str, project_id: str
) -> None: ...


@queued
def insert_search_terms(
    tx: WriteTransaction, *, workspace_id: str, kind: str, target_id: str, terms: str
) -> None: ...


@queued
def insert_search_documents(
    tx: WriteTransaction, *, workspace_id: str, kind: str, project_id: str, ids: str
) -> None: ...


@queued
def insert_terms_of_documents(
    tx: WriteTransaction, *, workspace_id: str, kind: str, documents: str
) -> None: ...


@queued
def delete_search_terms(
    tx: WriteTransaction, *, workspace_id: str, kind: str, target_id: str, terms: str
) -> None: ...


@queued
def delete_search_document(tx: WriteTransaction, *, workspace_id: str, kind: str, target_id: str) -> None: ...


@query
async def list_words(
    tx: ReadTransaction, *, workspace_id: str, first_word: str, end_word: str, words: int
) -> list[WordRow]: ...


@query
async def read_search_floors(
    tx: ReadTransaction, *, workspace_id: str, kinds: str, words: str, before_no: int, budget: int
) -> list[SearchFloorRow]: ...


@query
async def search_tasks(
    tx: ReadTransaction,
    *,
    workspace_id: str,
    user_id: str,
    project_id: str | None,
    lead: str,
    others: str,
    before_no: int,
    floor_no: int,
    page_size: int,
) -> list[FoundTaskRow]: ...


@query
async def search_comments(
    tx: ReadTransaction,
    *,
    workspace_id: str,
    user_id: str,
    project_id: str | None,
    lead: str,
    others: str,
    before_no: int,
    floor_no: int,
    page_size: int,
) -> Page[FoundCommentRow]: ...


@query
async def search_projects(
    tx: ReadTransaction,
    *,
    workspace_id: str,
    user_id: str,
    project_id: str | None,
    lead: str,
    others: str,
    before_no: int,
    floor_no: int,
    page_size: int,
) -> list[FoundProjectRow]: ...
