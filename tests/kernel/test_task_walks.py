"""Filtered lists against a plain filter in Python, over small random worlds: every caller, many filters, every page.

``ELIGIBILITY_WORLDS`` is how many worlds; ``ELIGIBILITY_SEED`` which.
"""

from __future__ import annotations

import os
import random
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest

from app.core.caller import Caller, Origin
from app.core.clock import utc_text
from app.core.config import Settings
from app.core.identity import Identity
from app.core.task_filter import ME, NOBODY, TaskFilter, decode_filter
from app.core.text import change_key
from app.db.backends import make_database
from app.db.connection import Database
from app.db.paging import Asked
from app.kernel import task_walks
from app.kernel.task_access import PRIORITIES
from tests.databases import TestDatabase, connected
from tests.db.test_eligibility import PLACES, SEED, SPACES, USERS
from tests.harness import SIGNING_KEY, TENANT
from tests.worlds import NONE, STATES, Task, World, load, make_world, may, number

WORLDS = max(4, int(os.environ.get("ELIGIBILITY_WORLDS", "200")) // 25)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
LABELS = [number(8, digit) for digit in range(3)]
EMPTIED = (
    *("TaskLabel", "Label", "TaskWatcher", "Task", "ProjectKey", "ProjectMember", "Project"),
    *("WorkspaceMember", "EligibilityMapping", "UserTypePermission", "UserTypeHiddenState", "UserType"),
    *("TaskType", "Workspace", "UserAccount"),
)
"""Children first."""


class Facts(NamedTuple):
    """What a task is, beside what decides who sees it."""

    doc_no: int
    priority: str
    due_at: datetime | None
    created_by: str
    labels: frozenset[str]
    watchers: frozenset[str]


@pytest.fixture
async def opened(database: TestDatabase) -> AsyncIterator[Database]:
    settings = Settings(_env_file=None, pma_signing_keys=SIGNING_KEY, **database.settings)
    opened = make_database(settings)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a handful of tasks is many."""
    monkeypatch.setattr(task_walks, "LOOKED_AT", 4)
    monkeypatch.setattr(task_walks, "FEW", 6)
    monkeypatch.setattr(task_walks, "_FIRST_JUDGED", 2)


def written(settings: Mapping[str, Any], rng: random.Random, world: World) -> dict[Task, Facts]:
    """Instead of whatever was there."""
    with connected(settings) as connection:
        cursor = connection.cursor()
        for table in EMPTIED:
            cursor.execute(f"DELETE FROM {table}")
        for sql, values in PLACES:
            cursor.executemany(sql, values)
        load(cursor, world)
        cursor.executemany(
            "INSERT INTO Label (id, workspace_id, name, name_key, list_key, created_by, created_at, updated_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (label, space, label, label, label, USERS[0], "2026-01-01 00:00:00", "2026-01-01 00:00:00")
                for label in LABELS
                for space in world.spaces
            ],
        )
        facts = {}
        for task in world.tasks:
            at = (task.workspace, task.id)
            cursor.execute("SELECT doc_no FROM Task WHERE workspace_id = ? AND id = ?", at)
            (doc_no,) = cursor.fetchone()
            here = [user for user in world.users if (task.workspace, user) in world.members]
            fact = facts[task] = Facts(
                doc_no,
                rng.choice(PRIORITIES),
                rng.choice((None, NOW, NOW + timedelta(days=rng.randint(1, 9)))),
                rng.choice(world.users),
                frozenset(label for label in LABELS if rng.random() < 0.4),
                frozenset(user for user in here if rng.random() < 0.3),
            )
            due: tuple[str | None, str | None] = (None, None)
            if fact.due_at is not None:
                due = (utc_text(fact.due_at), change_key(fact.due_at, task.id))
            cursor.execute(
                "UPDATE Task SET priority = ?, due_at = ?, due_key = ?, created_by = ? WHERE workspace_id = ? AND id = ?",
                (PRIORITIES.index(fact.priority) + 1, *due, fact.created_by, *at),
            )
            for label in sorted(fact.labels):
                cursor.execute(
                    "INSERT INTO TaskLabel (workspace_id, label_id, doc_no) VALUES (?, ?, ?)",
                    (task.workspace, label, doc_no),
                )
            for user in sorted(fact.watchers):
                cursor.execute(
                    "INSERT INTO TaskWatcher (workspace_id, task_id, user_id, added_at) VALUES (?, ?, ?, ?)",
                    (*at, user, "2026-01-01 00:00:00"),
                )
        connection.commit()
        return facts


def filters(rng: random.Random, world: World, count: int) -> Iterator[TaskFilter]:
    """Of few fields mostly, of many sometimes."""

    def some(values: Any, most: int = 3) -> tuple[Any, ...]:
        values = list(values)
        return tuple(rng.sample(values, rng.randint(1, min(most, len(values)))))

    types = sorted({type_id for _, type_id in world.types})
    choices: dict[str, Callable[[], Any]] = {
        "project_id": lambda: rng.choice(sorted(world.projects)),
        "state": lambda: some(STATES),
        "task_type_id": lambda: some(["none" if each == NONE else each for each in types]),
        "label_id": lambda: some(LABELS),
        "priority": lambda: some(PRIORITIES),
        "assignee_id": lambda: some([*USERS, ME, NOBODY], 6),
        "created_by": lambda: some([*USERS, ME]),
        "due_after": lambda: NOW + timedelta(days=rng.randint(0, 4)),
        "due_before": lambda: NOW + timedelta(days=rng.randint(1, 9)),
        "no_due": lambda: True,
        "watched": lambda: True,
    }
    for _ in range(count):
        names = rng.sample(sorted(choices), rng.choice((0, 1, 1, 1, 2, 2, 3)))
        yield TaskFilter(**{name: choices[name]() for name in names})


def matches(wanted: TaskFilter, user: str, task: Task, facts: Facts) -> bool:
    def people(values: tuple[str, ...]) -> set[str | None]:
        named: dict[str, str | None] = {ME: user, NOBODY: None}
        return {named.get(value, value) for value in values}

    return (
        wanted.project_id in (None, task.project)
        and (not wanted.state or task.state in wanted.state)
        and (not wanted.task_type_id or ("none" if task.type == NONE else task.type) in wanted.task_type_id)
        and (not wanted.label_id or bool(facts.labels & set(wanted.label_id)))
        and (not wanted.priority or facts.priority in wanted.priority)
        and (not wanted.assignee_id or task.assignee in people(wanted.assignee_id))
        and (not wanted.created_by or facts.created_by in people(wanted.created_by))
        and (wanted.due_after is None or (facts.due_at is not None and facts.due_at >= wanted.due_after))
        and (wanted.due_before is None or (facts.due_at is not None and facts.due_at < wanted.due_before))
        and (not wanted.no_due or facts.due_at is None)
        and (not wanted.watched or user in facts.watchers)
    )


async def pages(
    database: Database, user: str, space: str, role: str, wanted: TaskFilter, limit: int
) -> list[list[str]]:
    """Every page of one list, by key."""
    caller = Caller(Identity(user, TENANT, "local", None, None, NOW, NOW), None, Origin("r", None))
    found: list[list[str]] = []
    place: int | None = task_walks.BEYOND_EVERY_NUMBER
    while place is not None:
        assert len(found) < 100, "a list without an end"
        async with database.read() as tx:
            page = await task_walks.list_filtered(
                tx,
                caller,
                Asked(place, limit),
                wanted,
                workspace_id=space,
                sees_all=role in ("OWNER", "ADMIN"),
            )
        assert page.place is None or page.place < place
        found.append([task.id for task in page.items])  # type: ignore[attr-defined]
        place = page.place
    return found


async def test_every_page_of_every_list_is_what_a_plain_filter_finds(
    database: TestDatabase, opened: Database
) -> None:
    rng = random.Random(SEED)
    compared = shortened = 0
    for place in range(WORLDS):
        world = make_world(rng, SPACES, USERS)
        facts = written(database.settings, rng, world)
        newest = sorted(world.tasks, key=lambda task: -facts[task].doc_no)
        for (space, user), member in world.members.items():
            seen = [task for task in newest if may(world, space, user, "view", task)]
            for wanted in filters(rng, world, 12):
                expected = [task.id for task in seen if matches(wanted, user, task, facts[task])]
                limit = rng.choice((1, 2, 3, 50))
                found = await pages(opened, user, space, member.role, wanted, limit)
                assert [each for page in found for each in page] == expected, (place, user, wanted)
                assert all(len(page) <= limit for page in found)
                if len(seen) <= task_walks.FEW and member.role in ("MEMBER", "VIEWER"):
                    # Exact for whoever sees few: no page is short but the last.
                    assert all(len(page) == limit for page in found[:-1]), (place, user, wanted)
                compared += len(expected)
                shortened += any(len(page) < limit for page in found[:-1])
    assert compared > 20 * WORLDS
    assert shortened, "no walk was ever cut"


def test_a_filter_that_was_stored_is_read_as_it_was() -> None:
    rng = random.Random(SEED)
    world = make_world(rng, SPACES, USERS)
    for wanted in filters(rng, world, 200):
        assert decode_filter(wanted.encode()) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        '{"sql": "1 = 1"}',
        '{"state": ["BURNT"]}',
        '{"state": "TODO"}',
        '{"label_id": ["x"]}',
        '{"priority": [1]}',
        '{"due_after": "tomorrow"}',
        '{"created_by": [""]}',
        '{"label_id": [' + ", ".join([f'"{LABELS[0]}"'] * 21) + "]}",
    ],
)
def test_what_the_grammar_is_not_is_not_read(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode_filter(text)
