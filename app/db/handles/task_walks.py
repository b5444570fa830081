"""Handles of sql/queries/task_walks.sql."""

from datetime import datetime

from app.db.connection import ReadTransaction
from app.db.handles.tasks import ListedTaskRow
from app.db.queries import Row, query


class NumberRow(Row):
    doc_no: int


class FilteredTaskRow(ListedTaskRow):
    doc_no: int


@query
async def walk_label(
    tx: ReadTransaction, *, workspace_id: str, label_id: str, before_no: int, budget: int
) -> list[NumberRow]: ...


@query
async def walk_assignee(
    tx: ReadTransaction, *, workspace_id: str, assignee_id: str, before_no: int, budget: int
) -> list[NumberRow]: ...


@query
async def walk_project(
    tx: ReadTransaction, *, workspace_id: str, project_id: str, before_no: int, budget: int
) -> list[NumberRow]: ...


@query
async def walk_type(
    tx: ReadTransaction, *, workspace_id: str, task_type_id: str, before_no: int, budget: int
) -> list[NumberRow]: ...


@query
async def walk_priority(
    tx: ReadTransaction, *, workspace_id: str, priority: int, before_no: int, budget: int
) -> list[NumberRow]: ...


@query
async def list_due(
    tx: ReadTransaction, *, workspace_id: str, first_key: str, end_key: str, budget: int
) -> list[NumberRow]: ...


@query
async def list_watched(
    tx: ReadTransaction, *, workspace_id: str, user_id: str, budget: int
) -> list[NumberRow]: ...


@query
async def list_few(
    tx: ReadTransaction, *, workspace_id: str, user_id: str, budget: int
) -> list[NumberRow]: ...


@query
async def judge_tasks(
    tx: ReadTransaction,
    *,
    workspace_id: str,
    user_id: str,
    doc_nos: str,
    project_id: str | None,
    states: str | None,
    task_type_ids: str | None,
    label_ids: str | None,
    priorities: str | None,
    assignee_ids: str | None,
    or_nobody: bool,
    creator_ids: str | None,
    due_after: datetime | None,
    due_before: datetime | None,
    no_due: bool,
    watched: bool,
    page_size: int,
) -> list[FilteredTaskRow]: ...
