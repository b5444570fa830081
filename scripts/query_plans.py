"""Proves index use: on a migrated, filled SQLite database no query scans a table that grows.

The indexes are the same in both dialects (a test holds that), so a plan that SQLite finds is one that SQL
Server has the means for.
"""

from __future__ import annotations

import random
import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from app.db.drivers.sqlite_migrations import SqliteMigrationTarget
from app.db.migrations import load_migrations, upgrade
from app.db.query_files import Problem
from app.db.statements import QueryRegistry, SqlType, Statement

_FIXED = {"TaskState", "TaskPermission", "RolePermission"}
"""What the migrations themselves fill."""
_DOES_NOT_GROW = {"WriteProbe", "Housekeeping", "JobHolder", "SchemaMigration", *_FIXED}
_TIME = "2026-01-01T00:00:00.000000Z"
_USERS, _WORKSPACES, _MEMBERS, _ENTRIES, _TASKS, _TYPES = 2000, 600, 5, 8, 8, 10
_SCAN = re.compile(r"^SCAN (?:TABLE )?(\w+)")
_WHOLE_WORKSPACE = re.compile(r"^SEARCH (?:TABLE )?(\w+) USING .*\(workspace_id=\?\)")
_SORTS = "sorts instead of following an index"
_BY_STATE = re.compile(r"^SEARCH (?:TABLE )?(\w+) USING .*\((?:state|status)=\?\)")
_GROWS_IN_A_WORKSPACE = {
    "AuditLog",
    "Event",
    "Task",
    "TaskDependency",
    "TaskLabel",
    "TaskTransition",
    "TaskWatcher",
    "Objective",
    "ObjectiveAlignment",
    "KeyResult",
    "CheckIn",
}
"""What may be a million in one workspace: it is not to be read by that alone."""
Tables = Mapping[str, set[str]]
_SAMPLES: dict[SqlType, Any] = {
    SqlType.TEXT: "a", SqlType.LONGTEXT: "a", SqlType.ASCII: "a", SqlType.UUID: "a",
    SqlType.INT: 50, SqlType.BOOL: 1, SqlType.TIME: _TIME,
}  # fmt: skip


def migrated_and_filled(path: Path) -> None:
    """A database of some thousand rows in each table that grows."""
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
        "UserType": _TYPES,
        "TaskType": _TYPES,
        "SearchTerm": _ENTRIES,
        "Objective": _TASKS,
        "ObjectiveAlignment": _TASKS,
        "KeyResult": _TASKS,
        "KeyResultFeed": _TASKS,
        "CheckIn": _TASKS,
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
_OF_A_COLUMN: dict[tuple[str, str], Callable[[int], Any]] = {
    ("WorkspaceMember", "is_guest"): lambda number: 0,
    ("WorkspaceFile", "scan_status"): lambda number: "CLEAN",
    ("FileUpload", "state"): lambda number: "OPEN",
    ("WorkspaceMember", "user_type_id"): lambda number: f"UserType-{number // _MEMBERS * _TYPES}",
    ("UserType", "access_level"): lambda number: "regular",
    ("UserType", "read_only"): lambda number: 0,
    ("UserTypePermission", "permission"): lambda number: "view",
    ("UserTypeHiddenState", "state"): lambda number: "TODO",
    ("TaskType", "is_restricted"): lambda number: number % 2,
    ("ScimConnection", "ends_sessions"): lambda number: 0,
    ("ObjectRole", "object_type"): lambda number: ("project", "user_type")[number % 2],
    ("ObjectRole", "role"): lambda number: ("MANAGER", "LEAD")[number % 2],
    ("OkrCycle", "state"): lambda number: "ACTIVE",
    ("OkrCycle", "starts_on"): lambda number: "2026-01-01",
    ("OkrCycle", "ends_on"): lambda number: "2026-03-31",
    ("Objective", "cycle_id"): lambda number: f"OkrCycle-{number // _TASKS}",
    ("Objective", "level"): lambda number: ("COMPANY", "DEPARTMENT", "TEAM", "PERSON")[number % 4],
    ("Objective", "state"): lambda number: "ACTIVE",
    ("Objective", "is_frozen"): lambda number: 0,
    ("ObjectiveAlignment", "child_id"): lambda number: f"Objective-{number}",
    ("ObjectiveAlignment", "parent_id"): lambda number: f"Objective-{number // 4 * 4 + 5}",
    ("KeyResult", "objective_id"): lambda number: f"Objective-{number}",
    ("KeyResult", "kind"): lambda number: "METRIC",
    ("KeyResult", "direction"): lambda number: "INCREASE",
    ("KeyResult", "current_zone"): lambda number: "COMMIT",
    ("KeyResult", "confidence"): lambda number: number % 10 + 1,
    ("KeyResult", "source_ref"): lambda number: "{}",
    ("KeyResultFeed", "key_result_id"): lambda number: f"KeyResult-{number}",
    ("KeyResultFeed", "status"): lambda number: "OK",
    ("KeyResultFeed", "error"): lambda number: None,
    ("KeyResultFeed", "fallback"): lambda number: None,
    ("CheckIn", "key_result_id"): lambda number: f"KeyResult-{number}",
    ("CheckIn", "zone"): lambda number: "COMMIT",
    ("CheckIn", "confidence"): lambda number: number % 10 + 1,
    ("ObjectiveComment", "objective_id"): lambda number: f"Objective-{number}",
    ("ObjectiveFile", "objective_id"): lambda number: f"Objective-{number}",
    ("ObjectiveFile", "file_id"): lambda number: f"WorkspaceFile-{number}",
    ("ApprovalFlow", "flow_version"): lambda number: number + 1,
    ("ApprovalRequest", "ended_at"): lambda number: None,
    ("ApprovalDecider", "request_id"): lambda number: f"ApprovalRequest-{number}",
    ("ApprovalDecider", "role"): lambda number: "ADMIN",
    ("ApprovalDecision", "request_id"): lambda number: f"ApprovalRequest-{number}",
    ("ApprovalDecision", "decision"): lambda number: "APPROVE",
    ("ApprovalDecision", "override_role"): lambda number: None,
    ("ApprovalDelegation", "request_id"): lambda number: None,
    ("ApprovalDelegation", "from_user"): lambda number: f"u{number * 7 % _USERS}",
    ("ApprovalDelegation", "to_user"): lambda number: (
        f"u{(number // _MEMBERS * _MEMBERS + (number + 1) % _MEMBERS) * 7 % _USERS}"
    ),
    ("Project", "kind"): lambda number: ("project", "event")[number % 2],
    ("Project", "visibility"): lambda number: ("workspace", "members")[number % 2],
    ("BoardColumn", "maps_to_state"): lambda number: "TODO",
    ("Task", "project_id"): lambda number: f"Project-{number // _TASKS}",
    ("Task", "column_id"): lambda number: f"BoardColumn-{number // _TASKS}",
    ("Task", "task_type_id"): lambda number: f"TaskType-{number // _TASKS * _TYPES}",
    ("Task", "doc_no"): lambda number: number + 1,
    ("Task", "number"): lambda number: number,
    ("Task", "position"): lambda number: number,
    ("Task", "state"): lambda number: _STATES[number % 4],
    ("Task", "blocked_by"): lambda number: "MANUAL" if number % 4 == 2 else None,
    ("Task", "priority"): lambda number: number % 4 + 1,
    ("WorkflowTemplateVersion", "status"): lambda number: "RETIRED",
    ("WorkflowNode", "trigger_rule"): lambda number: "ALL_DONE",
    ("WorkflowEdge", "to_ordinal"): lambda number: 1000 + number,
    ("WorkflowInstance", "state"): lambda number: "RUNNING",
    ("Task", "trigger_rule"): lambda number: "ALL_DONE",
    ("Event", "data"): lambda number: "{}",
    ("Job", "state"): lambda number: ("READY", "READY", "RUNNING", "DEAD")[number % 4],
    ("Job", "queue"): lambda number: ("default", "delivery", "scan")[number % 3],
    ("Job", "is_once"): lambda number: number % 2,
    ("JobSchedule", "cron"): lambda number: None,
    ("JobSchedule", "time_zone"): lambda number: None,
    ("WebhookEndpoint", "event_types"): lambda number: "[]",
    ("WebhookEndpoint", "disabled_reason"): lambda number: None,
    ("WebhookDelivery", "endpoint_id"): lambda number: f"WebhookEndpoint-{number}",
    ("WebhookAttempt", "status"): lambda number: 200,
    ("WebhookAttempt", "delivery_id"): lambda number: f"WebhookDelivery-{number // 8}",
    ("WebhookAttempt", "number"): lambda number: number % 8,
    ("ConnectorBinding", "kind"): lambda number: "postgres_ro",
    ("ConnectorBinding", "status"): lambda number: "OK",
    ("ConnectorBinding", "fallback"): lambda number: "FAIL",
    **{
        ("ConnectorBinding", name): lambda number: "[]"
        for name in ("expected_columns", "schedule", "static_value")
    },
    ("ConnectorSelection", "binding_id"): lambda number: f"ConnectorBinding-{number}",
    ("ConnectorSelection", "cause"): lambda number: "schedule",
    ("ConnectorSelection", "outcome"): lambda number: "OK",
    ("ConnectorSelection", "error"): lambda number: None,
    ("ConnectorSelection", "fallback"): lambda number: None,
    ("ConnectorValue", "binding_id"): lambda number: f"ConnectorBinding-{number}",
    ("ConnectorValue", "selection_id"): lambda number: f"ConnectorSelection-{number}",
    ("ConnectorValue", "cells"): lambda number: "{}",
    ("Event", "state"): lambda number: _STATES[number % 4],
    ("Comment", "task_id"): lambda number: f"Task-{number}",
    ("CommentMention", "comment_id"): lambda number: f"Comment-{number}",
    ("SearchDocument", "doc_no"): lambda number: number + 1,
    ("SearchDocument", "kind"): lambda number: ("task", "comment", "project")[number % 3],
    ("SearchTerm", "doc_no"): lambda number: number % _ENTRIES + 1,
    ("SearchTerm", "kind"): lambda number: "task",
    ("SearchTerm", "term"): lambda number: f"word{number % _ENTRIES}",
    ("TaskTransition", "from_state"): lambda number: "TODO",
    ("Notification", "user_id"): lambda number: f"u{number // 10}",
    ("Notification", "state"): lambda number: ("unread", "read", "archived")[number % 3],
    ("NotificationMute", "user_id"): lambda number: f"u{number * _MEMBERS * 7 % _USERS}",
    ("NotificationPreference", "digest"): lambda number: ("off", "daily", "weekly")[number % 3],
    ("NotificationPreference", "digest_hour"): lambda number: number % 24,
    ("NotificationPreference", "digest_weekday"): lambda number: number % 7 + 1,
    ("OutboundMail", "kind"): lambda number: ("notification", "digest", "invitation")[number % 3],
    ("OutboundMail", "state"): lambda number: "SENT",
    ("MailBlock", "covers"): lambda number: ("everything", "invitations")[number % 2],
    ("MailBlock", "reason"): lambda number: ("refused", "unsubscribed")[number % 2],
    # Several of one person, family, organisation: with statistics, what is unique here is chosen.
    ("AuditLog", "actor_id"): lambda number: f"u{number // 4}",
    ("RefreshToken", "user_id"): lambda number: f"u{number // 10}",
    ("RefreshToken", "family_id"): lambda number: f"family {number // 5}",
    ("TokenRevocation", "user_id"): lambda number: f"u{number // 10}",
    ("IdempotencyRecord", "user_id"): lambda number: f"u{number // 10}",
    ("Workspace", "org_id"): lambda number: f"Organization-{number // 20}",
    ("TaskTransition", "to_state"): lambda number: "IN_PROGRESS",
    ("ScimConnection", "is_enabled"): lambda number: 1,
    ("ScimGroupMapping", "role"): lambda number: "MEMBER",
    ("ScimGrant", "role"): lambda number: "MEMBER",
    ("ScimGrant", "base_role"): lambda number: "VIEWER",
    ("ScimGrant", "base_is_guest"): lambda number: 0,
    ("ScimUserEmail", "scim_user_id"): lambda number: f"ScimUser-{number}",
    ("ScimGroupMember", "scim_user_id"): lambda number: f"ScimUser-{number}",
    ("ScimGroupMember", "group_id"): lambda number: f"ScimGroup-{number // 20}",
    **{
        (table, "connection_id"): lambda number: f"ScimConnection-{number // 200}"
        for table in (
            "ScimUser",
            "ScimUserEmail",
            "ScimGroup",
            "ScimGroupMember",
            "ScimGroupMapping",
            "ScimGrant",
        )
    },
}
"""What a column needs beyond the recipe by name and type."""


def _value(table: str, name: str, kind: str, number: int, per_workspace: int, chance: random.Random) -> Any:
    if (table, name) in _OF_A_COLUMN:
        return _OF_A_COLUMN[table, name](number)
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
    """What is wrong with the plans, without statistics, as the service runs, and with those of ANALYZE, as it
    runs where a DBA has made them. The database is left as it was."""
    found: dict[tuple[Statement, str], list[str]] = {}
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        master = connection.execute("SELECT type, name, sql FROM sqlite_master").fetchall()
        views = _tables("\n".join(sql for kind, _, sql in master if kind == "view"))
        grows = {name for kind, name, _ in master if kind == "table"} - _DOES_NOT_GROW
        connection.execute("BEGIN")
        for named in ("without statistics", "with statistics"):
            for statement in registry:
                for detail in dict.fromkeys(_plan(connection, statement, views, grows)):
                    found.setdefault((statement, detail), []).append(named)
            connection.execute("ANALYZE")
        connection.execute("ROLLBACK")
    for (statement, detail), when in found.items():
        if not _is_excused(statement, detail):
            told = f"{statement.name}: {detail}, {' and '.join(when)}"
            yield Problem(statement.file, statement.line, told)
    in_need = {statement for statement, _ in found}
    for statement in registry:
        if statement.plan is not None and statement not in in_need:
            told = f"{statement.name}: nothing needs '-- plan: {statement.plan}'"
            yield Problem(statement.file, statement.line, told)


def _is_excused(statement: Statement, detail: str) -> bool:
    """A query that says '-- plan: sorts …' may sort, and is held to the rest; one with another reason is held
    to nothing."""
    return statement.plan is not None and (
        detail.startswith(_SORTS) or not statement.plan.startswith("sorts ")
    )


def _plan(
    connection: sqlite3.Connection, statement: Statement, views: Tables, grows: set[str]
) -> Iterator[str]:
    """What is wrong with one plan, whatever the query is excused from."""
    samples = {param.name: _SAMPLES[param.type] for param in statement.params}
    values = [samples[name] for name in statement.order]
    tables = {**views, **_tables(statement.sql)}
    for row in connection.execute(f"EXPLAIN QUERY PLAN {statement.positional_sql}", values):
        detail = row[3]
        if match := _SCAN.match(detail):
            for table in sorted(tables.get(match[1], {match[1]}) & grows):
                yield f"scans {table} ({detail})"
        if match := _WHOLE_WORKSPACE.match(detail):
            for table in sorted(tables.get(match[1], {match[1]}) & _GROWS_IN_A_WORKSPACE):
                yield f"reads all rows of {table} of a workspace ({detail})"
        # By its own name: what an UPDATE or DELETE changes, which no LIMIT ends.
        if (match := _BY_STATE.match(detail)) and match[1] in grows:
            yield f"reads all rows of {match[1]} in a state ({detail})"
        if "TEMP B-TREE FOR ORDER BY" in detail:
            yield f"{_SORTS} ({detail})"


def _tables(sql: str) -> Tables:
    """The tables that an alias stands for. What is made in the statement itself, in parentheses, is none: it
    is made of tables with lines of their own in the plan."""
    found: dict[str, set[str]] = {}
    for table, alias in re.findall(r"\b(?:FROM|JOIN)\s+(\w+)\s+(?:AS\s+)?(\w+)", sql, re.IGNORECASE):
        found.setdefault(alias, set()).add(table)
    return found
