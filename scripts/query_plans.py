"""Proves index use: on a migrated, filled SQLite database no query scans a table that grows.

The indexes are the same in both dialects (a test holds that), so a plan that SQLite finds is one that SQL
Server has the means for.
"""

from __future__ import annotations

import random
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from app.db.drivers.sqlite_migrations import SqliteMigrationTarget
from app.db.migrations import load_migrations, upgrade
from app.db.query_files import Problem
from app.db.statements import QueryRegistry, SqlType, Statement

_FIXED = {"TaskState", "TaskPermission", "RolePermission"}
"""What the migrations themselves fill."""
_DOES_NOT_GROW = {"WriteProbe", "Housekeeping", "SchemaMigration", *_FIXED}
_TIME = "2026-01-01T00:00:00.000000Z"
_USERS, _WORKSPACES, _MEMBERS, _ENTRIES, _TASKS = 2000, 600, 5, 8, 8
_SCAN = re.compile(r"^SCAN (?:TABLE )?(\w+)")
_DERIVED = re.compile(r"\)\s+AS\s+(\w+)", re.IGNORECASE)
_SAMPLES: dict[SqlType, Any] = {
    SqlType.TEXT: "a", SqlType.LONGTEXT: "a", SqlType.ASCII: "a", SqlType.UUID: "a",
    SqlType.INT: 50, SqlType.BOOL: 1, SqlType.TIME: _TIME,
}  # fmt: skip


def migrated_and_filled(path: Path) -> None:
    """A database of some thousand rows in each table that grows, with statistics."""
    upgrade(SqliteMigrationTarget(path), load_migrations("sqlite"))
    with closing(sqlite3.connect(path)) as connection:
        tables = [
            name
            for (name,) in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            )
            if name not in _DOES_NOT_GROW
        ]
        for table in _parents_first(connection, tables):
            _fill(connection, table)
        connection.execute("ANALYZE")
        connection.commit()


def _parents_first(connection: sqlite3.Connection, tables: list[str]) -> list[str]:
    parents = {
        table: {row[2] for row in connection.execute(f"PRAGMA foreign_key_list({table})")} - {table}
        for table in tables
    }
    ordered: list[str] = []
    while len(ordered) < len(tables):
        ordered += [
            table for table in tables if table not in ordered and parents[table] <= {*ordered, *_FIXED}
        ]
    return ordered


def _fill(connection: sqlite3.Connection, table: str) -> None:
    """Values by column name and type: the same recipe for every table, so that a new one needs none."""
    columns = connection.execute(f"PRAGMA table_info({table})").fetchall()
    per_workspace = {
        "WorkspaceMember": _MEMBERS,
        "AuditLog": _ENTRIES,
        "Event": _ENTRIES,
        "Task": _TASKS,
    }.get(table, 1)
    count = (
        _USERS if not any(column[1] == "workspace_id" for column in columns) else _WORKSPACES * per_workspace
    )
    if table == "Workspace":
        count = _WORKSPACES
    chance = random.Random(table)  # noqa: S311 - repeatable on purpose
    rows = [
        [_value(table, name, kind, number, per_workspace, chance) for _, name, kind, *_ in columns]
        for number in range(count)
    ]
    marks = ", ".join("?" * len(columns))
    connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608 - names of the schema


_STATES = ("TODO", "IN_PROGRESS", "BLOCKED", "DONE")
_WORK: dict[tuple[str, str], Callable[[int], Any]] = {
    ("WorkspaceMember", "is_guest"): lambda number: 0,
    ("WorkspaceMember", "user_type_id"): lambda number: f"UserType-{number // _MEMBERS}",
    ("UserType", "access_level"): lambda number: "regular",
    ("UserType", "read_only"): lambda number: 0,
    ("UserTypePermission", "permission"): lambda number: "view",
    ("UserTypeHiddenState", "state"): lambda number: "TODO",
    ("TaskType", "is_restricted"): lambda number: number % 2,
    ("Project", "kind"): lambda number: ("project", "event")[number % 2],
    ("Project", "visibility"): lambda number: ("workspace", "members")[number % 2],
    ("BoardColumn", "maps_to_state"): lambda number: "TODO",
    ("Task", "project_id"): lambda number: f"Project-{number // _TASKS}",
    ("Task", "column_id"): lambda number: f"BoardColumn-{number // _TASKS}",
    ("Task", "task_type_id"): lambda number: f"TaskType-{number // _TASKS}",
    ("Task", "doc_no"): lambda number: number + 1,
    ("Task", "number"): lambda number: number,
    ("Task", "position"): lambda number: number,
    ("Task", "state"): lambda number: _STATES[number % 4],
    ("Task", "blocked_by"): lambda number: "MANUAL" if number % 4 == 2 else None,
    ("Task", "priority"): lambda number: number % 4 + 1,
    ("Event", "data"): lambda number: "{}",
    ("Event", "state"): lambda number: _STATES[number % 4],
    ("TaskTransition", "from_state"): lambda number: "TODO",
    ("TaskTransition", "to_state"): lambda number: "IN_PROGRESS",
}
"""What the tables of work need beyond the recipe by name and type."""


def _value(table: str, name: str, kind: str, number: int, per_workspace: int, chance: random.Random) -> Any:
    if (table, name) in _WORK:
        return _WORK[table, name](number)
    fixed: dict[str, Callable[[], Any]] = {
        "workspace_id": lambda: f"w{number // per_workspace}",
        "user_id": lambda: f"u{(number * 7) % _USERS if table == 'WorkspaceMember' else number}",
        "created_by": lambda: f"u{number % _USERS}",
        "role": lambda: (
            ("MEMBER", "VIEWER")[number % 2]
            if table == "JoinLink"
            else ("OWNER", "ADMIN", "MEMBER", "VIEWER")[number % (3 if table == "OrganizationMember" else 4)]
        ),
        "status": lambda: "OK" if table in ("WorkspaceExternalLink", "LinkCheck") else "ACTIVE",
        "held_by": lambda: None,
        "archived_by": lambda: None,
        "source": lambda: "manual",
        "accent_color": lambda: None,
        "text_color": lambda: None,
        "logo_type": lambda: None,
        "logo_sha256": lambda: None,
        "logo": lambda: None,
        "org_id": lambda: None if table == "Invitation" else f"Organization-{number}",
        "direction": lambda: "in",
        "asked_side": lambda: "workspace",
        "state": lambda: "PENDING",
        "usage_count": lambda: 0,
        "provider": lambda: "jira",
        "kind": lambda: "folder",
        "blob_ready": lambda: 1,
        "config": lambda: "{}",
        "link_id": lambda: f"WorkspaceExternalLink-{number}",
        "outcome": lambda: ("SUCCESS", "SUCCESS", "DENIED")[number % 3],
        "scope_type": lambda: "user",
        "scope_id": lambda: f"u{number}",
        "seq": lambda: number % per_workspace + 1,
        "redacted": lambda: 0,
        "is_active": lambda: 1,
        "details": lambda: "{}",
        "deleted_at": lambda: None,
        "action": lambda: f"action {number % 20}",
        "id": lambda: {"UserAccount": "u", "Workspace": "w"}.get(table, f"{table}-") + str(number),
    }
    if name in fixed:
        return fixed[name]()
    if kind == "INTEGER":
        return chance.randrange(1, 100)
    return _TIME if name.endswith("_at") or name == "timestamp" else f"{name} {number}"


def plan_problems(registry: QueryRegistry, path: Path) -> Iterator[Problem]:
    with closing(sqlite3.connect(path)) as connection:
        for statement in registry:
            for detail in _plan(connection, statement):
                yield Problem(statement.file, statement.line, f"{statement.name}: {detail}")


def _plan(connection: sqlite3.Connection, statement: Statement) -> Iterator[str]:
    if statement.plan is not None:
        return
    samples = {param.name: _SAMPLES[param.type] for param in statement.params}
    values = [samples[name] for name in statement.order]
    aliases = _aliases(statement.sql)
    derived = set(_DERIVED.findall(statement.sql))
    for row in connection.execute(f"EXPLAIN QUERY PLAN {statement.positional_sql}", values):
        detail = row[3]
        match = _SCAN.match(detail)
        if match and match[1] in derived:
            continue  # what it is made of has lines of its own
        if match and aliases.get(match[1], match[1]) not in _DOES_NOT_GROW | {"CONSTANT"}:
            yield f"scans {aliases.get(match[1], match[1])} ({detail})"
        if "TEMP B-TREE FOR ORDER BY" in detail:
            yield f"sorts instead of following an index ({detail})"


def _aliases(sql: str) -> dict[str, str]:
    return {
        alias: table
        for table, alias in re.findall(r"\b(?:FROM|JOIN)\s+(\w+)\s+(?:AS\s+)?(\w+)", sql, re.IGNORECASE)
    }
