"""A workspace full of tasks, for ``growth.py``: what each list of them costs whoever sees all, most, or few.

Ten projects and six types of tasks. The OWNER sees every task; the MEMBER, who has no user type, those of types
that are not restricted in projects that all may see; the guest, a customer of one project, sees forty tasks however
many there are: of one restricted type, and none in TODO.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

_TIME = "2026-01-01T00:00:00.000000Z"
_PROJECTS, _TYPES, _SEEN = 10, 6, 40
_GROW = "WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last})"
_ID = "printf('00000000-0000-4000-{kind}-%012x', {number})"
PROJECT, TYPE, USER_TYPE, BOARD, COLUMN, TASK = "8001", "8002", "8003", "8004", "8005", "8006"


def id_of(kind: str, number: int) -> str:
    return f"00000000-0000-4000-{kind}-{number:012x}"


def _sql_id(kind: str, number: str) -> str:
    return _ID.format(kind=kind, number=number)


def fill_work(
    connection: sqlite3.Connection, workspace: str, people: Mapping[str, str], size: int
) -> dict[str, tuple[str, str]]:
    """``people``: the accounts of ``owner``, ``member`` and ``guest``. Answers the requests to measure, by name:
    who makes it, and its path."""
    given = {"workspace": workspace, "time": _TIME, **people}
    every = max(1, size // _SEEN)
    # Every one of the guest's few is where they may look, of the type that is theirs, and begun.
    mine = f"(i % {every} = 0 AND i / {every} <= {_SEEN})"
    project = f"CASE WHEN {mine} THEN 0 ELSE i % {_PROJECTS} END"
    kind = f"CASE WHEN {mine} THEN 5 WHEN i % {_PROJECTS} = 0 THEN 4 ELSE (i / {_PROJECTS}) % {_TYPES} END"
    state = f"CASE WHEN {mine} THEN 'IN_PROGRESS' ELSE CASE i % 3 WHEN 0 THEN 'TODO' WHEN 1 THEN 'IN_PROGRESS' ELSE 'DONE' END END"
    in_column = f"{project} = 1"
    changed = "printf('2026-01-01T%016d/', i) || " + _sql_id(TASK, "i")
    tasks = _GROW.format(first=1, last=size)
    few = _GROW.format(first=0, last=_PROJECTS - 1)
    for sql in (
        "INSERT INTO UserType (id, workspace_id, name, name_key, list_key, access_level, read_only, created_at, updated_at)"
        f" VALUES ('{id_of(USER_TYPE, 1)}', :workspace, 'Customer', 'customer', 'customer', 'regular', 1, :time, :time)",
        "INSERT INTO UserTypePermission (workspace_id, user_type_id, permission)"
        f" VALUES (:workspace, '{id_of(USER_TYPE, 1)}', 'view')",
        "INSERT INTO UserTypeHiddenState (workspace_id, user_type_id, state)"
        f" VALUES (:workspace, '{id_of(USER_TYPE, 1)}', 'TODO')",
        "INSERT INTO TaskType (id, workspace_id, name, name_key, list_key, is_restricted, created_at, updated_at)"
        f" {_GROW.format(first=0, last=_TYPES - 1)} SELECT {_sql_id(TYPE, 'i')}, :workspace, 'T' || i, 't' || i, 't' || i, i >= 4, :time, :time FROM n",
        "INSERT INTO EligibilityMapping (workspace_id, user_type_id, task_type_id, created_at, created_by)"
        f" VALUES (:workspace, '{id_of(USER_TYPE, 1)}', '{id_of(TYPE, 5)}', :time, :owner)",
        "INSERT INTO WorkspaceMember (id, workspace_id, user_id, role, added_at, added_by, updated_at, list_key, member_key)"
        " VALUES ('work-member', :workspace, :member, 'MEMBER', :time, :owner, :time, 'x', 'work-member')",
        "INSERT INTO WorkspaceMember (id, workspace_id, user_id, role, added_at, added_by, updated_at, list_key, member_key,"
        f" is_guest, user_type_id) VALUES ('work-guest', :workspace, :guest, 'MEMBER', :time, :owner, :time, 'x', 'work-guest', 1, '{id_of(USER_TYPE, 1)}')",
        "INSERT INTO Project (id, workspace_id, kind, project_key, name, list_key, visibility, next_number, created_by, created_at, updated_at)"
        f" {few} SELECT {_sql_id(PROJECT, 'i')}, :workspace, 'project', 'P' || i, 'P' || i, printf('%03d', i),"
        f" CASE WHEN i < 8 THEN 'workspace' ELSE 'members' END, {size + 1}, :owner, :time, :time FROM n",
        "INSERT INTO ProjectKey (workspace_id, project_key, project_id)"
        f" {few} SELECT :workspace, 'P' || i, {_sql_id(PROJECT, 'i')} FROM n",
        "INSERT INTO ProjectMember (workspace_id, project_id, user_id, member_key, added_by, added_at)"
        f" VALUES (:workspace, '{id_of(PROJECT, 0)}', :guest, 'work-guest', :owner, :time)",
        "INSERT INTO Board (id, workspace_id, project_id, name, list_key, created_by, created_at, updated_at)"
        f" VALUES ('{id_of(BOARD, 1)}', :workspace, '{id_of(PROJECT, 1)}', 'B', 'b', :owner, :time, :time)",
        "INSERT INTO BoardColumn (id, workspace_id, project_id, board_id, name, position, created_at, updated_at)"
        f" VALUES ('{id_of(COLUMN, 1)}', :workspace, '{id_of(PROJECT, 1)}', '{id_of(BOARD, 1)}', 'C', 1, :time, :time)",
        "INSERT INTO Task (doc_no, id, workspace_id, project_id, number, column_id, position, title, task_type_id, state,"
        " assignee_id, priority, created_by, created_at, updated_at, updated_key)"
        f" {tasks} SELECT i, {_sql_id(TASK, 'i')}, :workspace, {_sql_id(PROJECT, project)}, i,"
        f" CASE WHEN {in_column} THEN '{id_of(COLUMN, 1)}' END, CASE WHEN {in_column} THEN i * 4294967296 END, 'Task ' || i,"
        f" {_sql_id(TYPE, kind)}, {state}, CASE WHEN i % 7 = 0 THEN :member END, i % 4 + 1, :owner, :time, :time, {changed} FROM n",
        "INSERT INTO Event (workspace_id, seq, type, actor_id, object_type, object_id, minimum_rank, at, project_id, task_type_id, state)"
        f" {tasks} SELECT :workspace, i + 1, 'task.updated', :owner, 'task', {_sql_id(TASK, 'i')}, 10, :time,"
        f" {_sql_id(PROJECT, project)}, {_sql_id(TYPE, kind)}, {state} FROM n",
        "INSERT INTO SearchDocument (doc_no, workspace_id, kind, target_id, project_id)"
        f" {tasks} SELECT i, :workspace, 'task', {_sql_id(TASK, 'i')}, {_sql_id(PROJECT, project)} FROM n",
        "INSERT INTO SearchTerm (workspace_id, term, kind, doc_no, project_id)"
        f" {tasks} SELECT :workspace, 'common', 'task', i, {_sql_id(PROJECT, project)} FROM n WHERE i % 5 = 0",
    ):
        connection.execute(sql, {name: value for name, value in given.items() if f":{name}" in sql})
    connection.execute("UPDATE WorkspaceHead SET event_seq = ? WHERE workspace_id = ?", (size + 1, workspace))
    place = f"/workspaces/{workspace}"
    tasks_path, in_project = f"{place}/tasks", f"project_id={id_of(PROJECT, 1)}"
    seen = (size // every // 2) * every
    return {
        "tasks, who sees all": ("owner", f"{tasks_path}?limit=25"),
        "tasks, who sees most": ("member", f"{tasks_path}?limit=25"),
        "tasks, who sees 40": ("guest", f"{tasks_path}?limit=25"),
        "tasks of a project": ("member", f"{tasks_path}?limit=25&{in_project}"),
        "tasks of a project in a state": ("owner", f"{tasks_path}?limit=25&{in_project}&state=DONE"),
        "my tasks": ("member", f"{tasks_path}?limit=25&assignee_id={people['member']}"),
        "a task": ("member", f"{tasks_path}/{id_of(TASK, 11)}"),
        "a task by key": ("member", f"{tasks_path}/P1-11"),
        "a task, who sees 40": ("guest", f"{tasks_path}/{id_of(TASK, seen)}"),
        "a column": ("member", f"{place}/columns/{id_of(COLUMN, 1)}/tasks?limit=25"),
        "projects": ("member", f"{place}/projects?limit=50"),
        "search": ("member", f"{place}/search?q=common&limit=25"),
        "search, who sees 40": ("guest", f"{place}/search?q=common&limit=25"),
        "changes, who sees 40": ("guest", f"{place}/changes?after_seq={size // 2}&limit=50"),
    }
