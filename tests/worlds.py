"""Small random workspaces full of odd combinations, and who may see and do what in them: in plain Python, and as
rows of the database.

``sees`` and ``may`` are written from DESIGN section 13 and from what the comments of migrations 0024 and 0025
promise, never from the views' SQL, so that the two can be held against each other. Ids of types and tasks, and the
people, are the same in every workspace: a condition on the workspace that is missing somewhere shows.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

PERMISSIONS = ("view", "take", "move_state", "assign")
STATES = ("TODO", "IN_PROGRESS", "BLOCKED", "DONE")
NONE = "00000000-0000-0000-0000-000000000000"
"""The type of a task that has none."""
_MOMENT = "2026-01-01 00:00:00"


def number(kind: int, *digits: int) -> str:
    """An id that is the same in every world."""
    return str(uuid.UUID(int=(kind << 96) | int("".join(f"{digit:04}" for digit in digits))))


@dataclass(frozen=True)
class UserType:
    access_level: str
    is_read_only: bool
    granted: frozenset[str]
    hidden: frozenset[str]


@dataclass(frozen=True)
class Member:
    role: str
    is_guest: bool
    user_type: str | None


@dataclass(frozen=True)
class Project:
    workspace: str
    visibility: str
    is_deleted: bool
    members: frozenset[str]


@dataclass(frozen=True)
class Task:
    workspace: str
    id: str
    project: str
    number: int
    type: str
    state: str
    is_deleted: bool
    assignee: str | None


@dataclass
class World:
    """``types``: task types and whether they are restricted, ``mapped``: user type and task type; all of them, and
    the members, by workspace."""

    spaces: Sequence[str]
    users: Sequence[str]
    age: int = 0
    members: dict[tuple[str, str], Member] = field(default_factory=dict)
    user_types: dict[tuple[str, str], UserType] = field(default_factory=dict)
    types: dict[tuple[str, str], bool] = field(default_factory=dict)
    mapped: set[tuple[str, str, str]] = field(default_factory=set)
    projects: dict[str, Project] = field(default_factory=dict)
    tasks: list[Task] = field(default_factory=list)

    def type_of(self, workspace: str, user: str) -> UserType | None:
        id_ = self.members[workspace, user].user_type
        return None if id_ is None else self.user_types[workspace, id_]


def sees(world: World, workspace: str, user: str, project_id: str) -> bool:
    """Whether a project is within the scope of somebody."""
    project, member = world.projects[project_id], world.members.get((workspace, user))
    if member is None or project.workspace != workspace or project.is_deleted:
        return False
    if member.role in ("OWNER", "ADMIN"):
        return True  # they are never narrowed
    if user in project.members:
        return True
    if member.is_guest:
        return False  # who sees only what they were added to
    user_type = world.type_of(workspace, user)
    return project.visibility == "workspace" or (user_type is not None and user_type.access_level == "admin")


def has_right(world: World, workspace: str, user: str, permission: str, type_id: str, state: str) -> bool:
    """Whether somebody may do this to tasks of a type in a state, wherever they are within their scope."""
    member = world.members.get((workspace, user))
    if member is None or (workspace, type_id) not in world.types:
        return False
    if member.role == "VIEWER" and permission != "view":
        return False  # the role is a ceiling
    if member.role in ("OWNER", "ADMIN"):
        return True
    user_type = world.type_of(workspace, user)
    is_restricted = world.types[workspace, type_id]
    if user_type is None:
        return not is_restricted  # nothing is mapped to who has no user type
    granted = user_type.granted & {"view"} if user_type.is_read_only else user_type.granted
    if "view" not in granted or permission not in granted or state in user_type.hidden:
        return False
    is_mapped = (workspace, member.user_type, type_id) in world.mapped
    return not is_restricted or user_type.access_level == "admin" or is_mapped


def may(world: World, workspace: str, user: str, permission: str, task: Task) -> bool:
    return (
        task.workspace == workspace
        and not task.is_deleted
        and sees(world, workspace, user, task.project)
        and has_right(world, workspace, user, permission, task.type, task.state)
    )


def make_world(rng: random.Random, spaces: Sequence[str], users: Sequence[str], age: int = 0) -> World:
    """Any that the schema takes. Of several in one database, each has an age of its own."""
    world = World(spaces, users, age)
    for place, space in enumerate(spaces):
        types = [NONE, *(number(1, digit) for digit in range(rng.randint(0, 3)))]
        for id_ in types:
            world.types[space, id_] = id_ != NONE and rng.random() < 0.6
        user_types = [number(2, digit) for digit in range(rng.randint(0, 3))]
        for id_ in user_types:
            world.user_types[space, id_] = UserType(
                rng.choice(("admin", "regular", "regular", "regular")),
                rng.random() < 0.35,
                _some(rng, PERMISSIONS, 0.75),
                _some(rng, STATES, 0.25),
            )
            world.mapped |= {(space, id_, each) for each in types if rng.random() < 0.5}
        for user in users:
            if rng.random() < 0.85:
                role = rng.choice(("OWNER", "ADMIN", "MEMBER", "MEMBER", "MEMBER", "VIEWER", "VIEWER"))
                is_guest = role in ("MEMBER", "VIEWER") and rng.random() < 0.35
                user_type = rng.choice(user_types) if user_types and rng.random() < 0.7 else None
                world.members[space, user] = Member(role, is_guest, user_type)
        here = [user for user in users if (space, user) in world.members]
        for digit in range(rng.randint(1, 3)):
            id_ = number(3, age, place, digit)
            world.projects[id_] = Project(
                space, rng.choice(("workspace", "members")), rng.random() < 0.15, _some(rng, here, 0.4)
            )
            for count in range(rng.randint(0, 9)):
                world.tasks.append(
                    Task(
                        space,
                        number(4, digit, count),
                        id_,
                        count + 1,
                        rng.choice(types),
                        rng.choice(STATES),
                        rng.random() < 0.15,
                        rng.choice(here) if here and rng.random() < 0.4 else None,
                    )
                )
    return world


def _some(rng: random.Random, every: Sequence[str], chance: float) -> frozenset[str]:
    return frozenset(each for each in every if rng.random() < chance)


def project_rows(world: World) -> list[tuple[str, ...]]:
    """What VisibleProject is to hold."""
    every = product(world.spaces, world.users, world.projects)
    return sorted(each for each in every if sees(world, *each))


def right_rows(world: World) -> list[tuple[str, ...]]:
    """What TaskRight is to hold."""
    types = {type_id for _, type_id in world.types}
    every = product(world.spaces, world.users, PERMISSIONS, types, STATES)
    return sorted(each for each in every if has_right(world, *each))


def grant_rows(world: World) -> list[tuple[str, ...]]:
    """What TaskGrant is to hold."""
    return sorted(
        (space, user, permission, project, type_id, state)
        for space, user, permission, type_id, state in right_rows(world)
        for project in world.projects
        if sees(world, space, user, project)
    )


def task_rows(world: World) -> list[tuple[str, ...]]:
    """Workspace, caller, permission and task: what the rule is to allow."""
    return sorted(
        (space, user, permission, task.id)
        for space, user, permission in product(world.spaces, world.users, PERMISSIONS)
        for task in world.tasks
        if may(world, space, user, permission, task)
    )


def inserts(world: World) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    """The rows of a world, parents first; its workspaces, with their types of none, and its people are there."""
    yield from _reference_rows(world)
    yield (
        "INSERT INTO WorkspaceMember (id, workspace_id, user_id, role, added_at, added_by, updated_at, list_key,"
        " member_key, is_guest, user_type_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                number(5, world.age, world.spaces.index(space), world.users.index(user)),
                *(space, user, member.role, _MOMENT, user, _MOMENT, user, user),
                *(int(member.is_guest), member.user_type),
            )
            for (space, user), member in world.members.items()
        ],
    )
    yield (
        "INSERT INTO Project (id, workspace_id, kind, project_key, name, list_key, visibility, next_number,"
        " created_by, created_at, updated_at, deleted_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                *(id_, project.workspace, "project", f"P{place}", id_, id_, project.visibility, 100),
                *(world.users[0], _MOMENT, _MOMENT, _MOMENT if project.is_deleted else None),
            )
            for place, (id_, project) in enumerate(world.projects.items())
        ],
    )
    yield (
        "INSERT INTO ProjectKey (workspace_id, project_key, project_id) VALUES (?, ?, ?)",
        [
            (project.workspace, f"P{place}", id_)
            for place, (id_, project) in enumerate(world.projects.items())
        ],
    )
    yield (
        "INSERT INTO ProjectMember (workspace_id, project_id, user_id, member_key, added_by, added_at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        [
            (project.workspace, id_, user, user, user, _MOMENT)
            for id_, project in world.projects.items()
            for user in sorted(project.members)
        ],
    )
    yield (
        "INSERT INTO Task (id, workspace_id, project_id, number, title, task_type_id, state, blocked_by, assignee_id,"
        " priority, created_by, created_at, updated_at, updated_key, deleted_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                *(task.id, task.workspace, task.project, task.number, f"Task {task.number}", task.type),
                *(task.state, "MANUAL" if task.state == "BLOCKED" else None, task.assignee, 3),
                *(world.users[0], _MOMENT, _MOMENT, f"{_MOMENT}/{task.id}"),
                _MOMENT if task.is_deleted else None,
            )
            for task in world.tasks
        ],
    )


def _reference_rows(world: World) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    yield (
        "INSERT INTO TaskType (id, workspace_id, name, name_key, list_key, is_restricted, created_at, updated_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (id_, space, id_, id_, id_, int(is_restricted), _MOMENT, _MOMENT)
            for (space, id_), is_restricted in world.types.items()
            if id_ != NONE
        ],
    )
    yield (
        "INSERT INTO UserType (id, workspace_id, name, name_key, list_key, access_level, read_only, created_at,"
        " updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (id_, space, id_, id_, id_, each.access_level, int(each.is_read_only), _MOMENT, _MOMENT)
            for (space, id_), each in world.user_types.items()
        ],
    )
    for table, column, what in (
        ("UserTypePermission", "permission", "granted"),
        ("UserTypeHiddenState", "state", "hidden"),
    ):
        yield (
            f"INSERT INTO {table} (workspace_id, user_type_id, {column}) VALUES (?, ?, ?)",
            [
                (space, id_, value)
                for (space, id_), each in world.user_types.items()
                for value in sorted(getattr(each, what))
            ],
        )
    yield (
        "INSERT INTO EligibilityMapping (workspace_id, user_type_id, task_type_id, created_at, created_by)"
        " VALUES (?, ?, ?, ?, ?)",
        [(*each, _MOMENT, world.users[0]) for each in sorted(world.mapped)],
    )


def load(connection: Any, world: World) -> None:
    """Writes a world; whoever calls commits it."""
    for sql, values in inserts(world):
        if values:
            connection.executemany(sql, values)
