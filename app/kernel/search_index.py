"""What tasks, comments and projects are found by: words, written in the transaction that writes the text.

Whether somebody may see what a word leads to is asked when it is found, of the row itself: what is deleted
keeps its words, and is found again when it is restored.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple, Protocol

from msgspec import json

from app.core.json_text import as_json
from app.core.search_words import terms
from app.db.connection import WriteTransaction
from app.db.handles import search as db


class Kind(StrEnum):
    """What there is to be found, as SearchDocument names it."""

    TASK = "task"
    COMMENT = "comment"
    PROJECT = "project"


class IndexedTask(Protocol):
    """Of a task, what it is found by; a row of it has these."""

    @property
    def id(self) -> str: ...
    @property
    def project_id(self) -> str: ...
    @property
    def project_key(self) -> str: ...
    @property
    def number(self) -> int: ...
    @property
    def title(self) -> str: ...
    @property
    def description(self) -> str | None: ...


class IndexedProject(Protocol):
    """As ``IndexedTask``, of a project."""

    @property
    def id(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def description(self) -> str | None: ...


def index_task(
    tx: WriteTransaction, workspace_id: str, task: IndexedTask, before: IndexedTask | None = None
) -> None:
    """After a task was made, or its title or description changed; ``before`` is what it was. The words of its
    keys lead to it for good, as the keys of its project do."""
    key = f"{task.project_key}-{task.number}"
    now = terms(key, task.title, task.description)
    was = terms(before.title, before.description) if before else []
    _index(tx, workspace_id, Kind.TASK, task.id, task.project_id, now, was)


class NewTask(NamedTuple):
    """As ``IndexedTask``, of one that has just been made."""

    id: str
    project_key: str
    number: int
    title: str
    description: str | None


def index_new_tasks(
    tx: WriteTransaction, workspace_id: str, project_id: str, tasks: Sequence[NewTask]
) -> None:
    """As ``index_task``, for many at once, by two statements."""
    found_by = [
        {"id": task.id, "terms": terms(f"{task.project_key}-{task.number}", task.title, task.description)}
        for task in tasks
    ]
    db.insert_search_documents(
        tx,
        workspace_id=workspace_id,
        kind=Kind.TASK,
        project_id=project_id,
        ids=as_json([task.id for task in tasks]),
    )
    db.insert_terms_of_documents(
        tx, workspace_id=workspace_id, kind=Kind.TASK, documents=json.encode(found_by).decode()
    )


def index_comment(
    tx: WriteTransaction,
    workspace_id: str,
    comment_id: str,
    project_id: str,
    body: str,
    before: str | None = None,
) -> None:
    _index(tx, workspace_id, Kind.COMMENT, comment_id, project_id, terms(body), terms(before))


def forget_comment(tx: WriteTransaction, workspace_id: str, comment_id: str, body: str) -> None:
    place = {"workspace_id": workspace_id, "kind": Kind.COMMENT, "target_id": comment_id}
    db.delete_search_terms(tx, terms=as_json(terms(body)), **place)
    db.delete_search_document(tx, **place)


def index_project(
    tx: WriteTransaction, workspace_id: str, project: IndexedProject, before: IndexedProject | None = None
) -> None:
    """As ``index_task``, by its key, name and description."""
    now = terms(project.key, project.name, project.description)
    was = terms(before.name, before.description) if before else []
    _index(tx, workspace_id, Kind.PROJECT, project.id, project.id, now, was)


def _index(
    tx: WriteTransaction,
    workspace_id: str,
    kind: Kind,
    target_id: str,
    project_id: str,
    now: list[str],
    was: list[str],
) -> None:
    place = {"workspace_id": workspace_id, "kind": kind, "target_id": target_id}
    kept = frozenset(now)
    if gone := [term for term in was if term not in kept]:
        db.delete_search_terms(tx, terms=as_json(gone), **place)
    db.insert_search_document(tx, project_id=project_id, **place)
    db.insert_search_terms(tx, terms=as_json(now), **place)
