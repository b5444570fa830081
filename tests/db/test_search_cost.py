"""What a search costs is bounded by what it looks at, not by how much there is: counted in SQLite's own steps."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from app.services.search import COMPLETIONS, LOOKED_AT, NEWEST
from tests.databases import queries
from tests.worlds import NONE, number

SPACE, USER, PROJECT = number(6, 0), "u", number(3, 0)
MOMENT = "2026-01-01T00:00:00.000000Z"
QUERIES = queries("sqlite")


@pytest.fixture
def connection(migrated: Path) -> Iterator[sqlite3.Connection]:
    with (
        closing(sqlite3.connect(migrated)) as template,
        closing(sqlite3.connect(":memory:", isolation_level=None)) as connection,
    ):
        template.backup(connection)
        yield connection


def fill(connection: sqlite3.Connection, first: int, last: int) -> None:
    """Tasks, of which each has the word ``common`` and another of few; a MEMBER sees all."""
    connection.execute("BEGIN")
    if first == 0:
        for sql, values in (
            ("UserAccount (id, tid, created_at, updated_at)", (USER, "t", MOMENT, MOMENT)),
            (
                "Workspace (id, name, created_by, created_at, updated_at, list_key)",
                (SPACE, "w", USER, MOMENT, MOMENT, "w"),
            ),
            (
                "TaskType (id, workspace_id, name, name_key, list_key, created_at, updated_at)",
                (NONE, SPACE, "", "", "", MOMENT, MOMENT),
            ),
            (
                "WorkspaceMember (id, workspace_id, user_id, role, added_at, added_by, updated_at, list_key, member_key)",
                (number(5, 0), SPACE, USER, "MEMBER", MOMENT, USER, MOMENT, "w", "u"),
            ),
            (
                "Project (id, workspace_id, kind, project_key, name, list_key, visibility, created_by, created_at,"
                " updated_at)",
                (PROJECT, SPACE, "project", "ABC", "p", "p", "workspace", USER, MOMENT, MOMENT),
            ),
        ):
            connection.execute(f"INSERT INTO {sql} VALUES ({', '.join('?' * len(values))})", values)
    ids = {place: number(4, place) for place in range(first, last)}
    connection.executemany(
        "INSERT INTO Task (id, workspace_id, project_id, number, title, task_type_id, priority, created_by,"
        " created_at, updated_at, updated_key) VALUES (?, ?, ?, ?, 't', ?, 2, ?, ?, ?, ?)",
        [(id_, SPACE, PROJECT, place, NONE, USER, MOMENT, MOMENT, id_) for place, id_ in ids.items()],
    )
    connection.executemany(
        "INSERT INTO SearchDocument VALUES (?, ?, 'task', ?, ?)",
        [(place + 1, SPACE, id_, PROJECT) for place, id_ in ids.items()],
    )
    connection.executemany(
        "INSERT INTO SearchTerm VALUES (?, ?, 'task', ?, ?)",
        [
            (SPACE, word, place + 1, PROJECT)
            for place in ids
            for word in ("common", f"beyond{place % 40:02}", "zero")
        ],
    )
    connection.execute("COMMIT")


def steps(connection: sqlite3.Connection, name: str, **values: Any) -> tuple[int, list[Any]]:
    """How many instructions a query takes, to the ten, and what it answers."""
    statement, count = QUERIES[name], 0

    def tick() -> int:
        nonlocal count
        count += 10
        return 0

    connection.set_progress_handler(tick, 10)
    found = connection.execute(
        statement.positional_sql, [values[param] for param in statement.order]
    ).fetchall()
    connection.set_progress_handler(None, 0)
    return count, found


def test_a_search_costs_no_more_where_there_is_ten_times_as_much(connection: sqlite3.Connection) -> None:
    costs: list[list[int]] = []
    for first, last in ((0, 2 * LOOKED_AT), (2 * LOOKED_AT, 20 * LOOKED_AT)):
        fill(connection, first, last)
        cost = []
        for prefix, end, count in (("common", "commoo", 1), ("b", "c", COMPLETIONS), ("zero", "zerp", 1)):
            spent, words = steps(
                connection,
                "list_words",
                workspace_id=SPACE,
                first_word=prefix,
                end_word=end,
                words=COMPLETIONS,
            )
            assert len(words) == count
            cost.append(spent)
        place = {"workspace_id": SPACE, "before_no": NEWEST}
        asked = {"kinds": '["task","comment"]', "words": '["common"]', "budget": LOOKED_AT}
        spent, floors = steps(connection, "read_search_floors", **asked, **place)
        assert floors == [("task", "common", LOOKED_AT, last - LOOKED_AT + 1), ("comment", "common", 0, 0)]
        cost.append(spent)
        for others in ([], [["zero"]], [["zero"], ["beyond01", "beyond02"]]):
            spent, found = steps(
                connection,
                "search_tasks",
                **place,
                user_id=USER,
                project_id=None,
                lead='["common"]',
                others=json.dumps(others),
                floor_no=floors[0][3],
                page_size=50,
            )
            assert found
            cost.append(spent)
        costs.append(cost)
    assert all(many <= few * 1.05 + 20 for few, many in zip(*costs, strict=True)), costs
