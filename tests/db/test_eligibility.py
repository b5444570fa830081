"""The three views of work against an oracle in Python, over small random worlds: every caller, task and permission.

``ELIGIBILITY_WORLDS`` is how many of them; ``ELIGIBILITY_SEED`` which.
"""

from __future__ import annotations

import os
import random
import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests import worlds
from tests.databases import TestDatabase, connected
from tests.worlds import NONE, World, load, make_world, number

WORLDS = int(os.environ.get("ELIGIBILITY_WORLDS", "200"))
SEED = int(os.environ.get("ELIGIBILITY_SEED", "1"))
SPACES = [number(6, digit) for digit in range(2)]
USERS = [number(7, digit) for digit in range(4)]
MIGRATIONS = Path(__file__).resolve().parents[2] / "sql/migrations"
MOMENT = "2026-01-01 00:00:00"
VIEWS = ("VisibleProject", "TaskRight", "TaskGrant")
PLACES: list[tuple[str, list[tuple[str, ...]]]] = [
    ("INSERT INTO UserAccount (id, tid, created_at, updated_at) VALUES (?, ?, ?, ?)",
     [(user, SPACES[0], MOMENT, MOMENT) for user in USERS]),
    ("INSERT INTO Workspace (id, name, created_by, created_at, updated_at, list_key) VALUES (?, ?, ?, ?, ?, ?)",
     [(space, space, USERS[0], MOMENT, MOMENT, space) for space in SPACES]),
    ("INSERT INTO TaskType (id, workspace_id, name, name_key, list_key, created_at, updated_at)"
     " VALUES (?, ?, '', '', '', ?, ?)", [(NONE, space, MOMENT, MOMENT) for space in SPACES]),
]  # fmt: skip
RULE = """
SELECT t.workspace_id, a.id, r.permission, t.id
FROM Task AS t CROSS JOIN UserAccount AS a CROSS JOIN TaskPermission AS r
WHERE t.deleted_at IS NULL
  AND EXISTS (SELECT 1 FROM TaskGrant AS g
              WHERE g.workspace_id = t.workspace_id AND g.user_id = a.id AND g.permission = r.permission
                AND g.project_id = t.project_id AND g.task_type_id = t.task_type_id AND g.state = t.state)
"""
"""What every query says of its own row; here for everybody at once."""
Rows = list[tuple[str, ...]]
Look = tuple[str, Callable[[World], Rows]]
LOOKS: tuple[Look, ...] = (
    ("SELECT workspace_id, user_id, project_id FROM VisibleProject", worlds.project_rows),
    ("SELECT workspace_id, user_id, permission, task_type_id, state FROM TaskRight", worlds.right_rows),
    (
        "SELECT workspace_id, user_id, permission, project_id, task_type_id, state FROM TaskGrant",
        worlds.grant_rows,
    ),
    (RULE, worlds.task_rows),
)
"""The views in their order, and the rule."""


def random_worlds(count: int) -> Iterator[World]:
    rng = random.Random(SEED)
    for _ in range(count):
        yield make_world(rng, SPACES[: rng.choice((1, 2, 2))], USERS)


def views_of(dialect: str) -> dict[str, str]:
    """The text of each view as a dialect's migration has it, in the words that SQLite knows."""
    text = "\n".join(path.read_text() for path in sorted((MIGRATIONS / dialect).glob("*.sql")))
    text = re.sub(r"\bN'", "'", text.replace("dbo.", ""))
    found = re.findall(r"^CREATE VIEW (\w+) AS$(.*?)(?:;$|^GO$)", text, re.MULTILINE | re.DOTALL)
    return {name: f"CREATE VIEW {name} AS{body.rstrip().rstrip(';')}" for name, body in found}


def make(connection: sqlite3.Connection, views: dict[str, str]) -> None:
    """These instead of those that there are."""
    for name in reversed(VIEWS):
        connection.execute(f"DROP VIEW {name}")
    for name in VIEWS:
        connection.execute(views[name])


@pytest.fixture
def connection(migrated: Path) -> Iterator[sqlite3.Connection]:
    """A migrated database in memory, with the places and the people; each world goes in a transaction."""
    with (
        closing(sqlite3.connect(migrated)) as template,
        closing(sqlite3.connect(":memory:", isolation_level=None)) as connection,
    ):
        template.backup(connection)
        connection.execute("PRAGMA foreign_keys = ON")
        for sql, values in PLACES:
            connection.executemany(sql, values)
        yield connection


def first_difference(connection: Any, expected: list[Rows]) -> str | None:
    every = (difference(connection, *each) for each in zip(LOOKS, expected, strict=True))
    return next((each for each in every if each is not None), None)


def difference(connection: Any, look: Look, expected: Rows) -> str | None:
    # Servers write ids in capitals.
    found = sorted(tuple(map(_plain, row)) for row in connection.execute(look[0]).fetchall())
    if found == expected:
        return None
    more, fewer = Counter(found) - Counter(expected), Counter(expected) - Counter(found)
    return f"{look[0]}: views only {sorted(more)[:3]}, oracle only {sorted(fewer)[:3]}"


def _plain(value: Any) -> str:
    return str(value).lower() if re.fullmatch(r"[0-9A-F-]{36}", str(value)) else str(value)


@pytest.mark.parametrize("dialect", ["sqlite", "mssql"])
def test_the_views_allow_what_the_oracle_does(connection: sqlite3.Connection, dialect: str) -> None:
    make(connection, views_of(dialect))
    compared = 0
    for place, world in enumerate(random_worlds(WORLDS)):
        connection.execute("BEGIN")
        load(connection, world)
        found = first_difference(connection, [expected(world) for _, expected in LOOKS])
        connection.execute("ROLLBACK")
        assert found is None, f"world {place} of seed {SEED}: {found}"
        compared += len(world.spaces) * len(USERS) * len(worlds.PERMISSIONS) * len(world.tasks)
    assert compared > 300 * WORLDS, "worlds of nothing"


def test_every_engine_allows_what_the_oracle_does(database: TestDatabase) -> None:
    with connected(database.settings) as connection:
        for place, world in enumerate(random_worlds(max(5, WORLDS // 30))):
            cursor = connection.cursor()
            for sql, values in PLACES:
                cursor.executemany(sql, values)
            load(cursor, world)
            found = first_difference(cursor, [expected(world) for _, expected in LOOKS])
            connection.rollback()
            assert found is None, f"world {place} of seed {SEED}: {found}"


ATOM = re.compile(r"[\w.]+ = (?:'[^']*'|[\w.]+)|[\w.]+ IN \([^)]*\)|[\w.]+ IS (?:NOT )?NULL")
WORD = re.compile(r"\bLEFT JOIN\b|\bNOT EXISTS\b|(?<!NOT )\bEXISTS\b|\bAND\b|\bOR\b")
OTHERWISE = {"LEFT JOIN": "JOIN", "NOT EXISTS": "EXISTS", "EXISTS": "NOT EXISTS", "AND": "OR", "OR": "AND"}
SAME = {
    # A project's id is of one workspace, and a foreign key says so of its members.
    ("VisibleProject", "WHERE pm.workspace_id = m.workspace_id -> 1 = 1"),
}
"""What makes no difference to any world that the schema takes."""


def mutants() -> Iterator[tuple[str, str, str]]:
    """The name of a view, its text with one thing changed, and what that was: every condition held for true and for
    false, every word that joins conditions for the other."""
    for name, text in views_of("sqlite").items():
        start = text.index("FROM")
        for found in ATOM.finditer(text, start):
            for other in ("1 = 1", "1 = 0"):
                yield name, *_changed(text, found, other)
        for found in WORD.finditer(text, start):
            yield name, *_changed(text, found, OTHERWISE[found[0]])


def _changed(text: str, found: re.Match[str], other: str) -> tuple[str, str]:
    line = text[text.rfind("\n", 0, found.start()) + 1 : found.end()].strip()
    return text[: found.start()] + other + text[found.end() :], f"{line} -> {other}"


def test_every_condition_of_the_views_that_is_broken_is_noticed(connection: sqlite3.Connection) -> None:
    views = views_of("sqlite")
    alive = list(mutants())
    assert len(alive) > 90
    for world in random_worlds(60):
        expected = [expected(world) for _, expected in LOOKS]
        connection.execute("BEGIN")
        load(connection, world)
        missed = []
        for name, text, what in alive:
            make(connection, views | {name: text})
            view = VIEWS.index(name)
            if difference(connection, LOOKS[view], expected[view]) is None:
                missed.append((name, text, what))
        connection.execute("ROLLBACK")
        alive = missed
    assert {(name, what) for name, _, what in alive} == SAME
