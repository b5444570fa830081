"""Every route of a task against the oracle, in random small worlds: what a list shows, the others allow; what it
hides, they answer 404.

``ELIGIBILITY_WORLDS`` divided by a hundred is how many of them.
"""

from __future__ import annotations

import os
import random
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import product
from typing import Any

from app.core.task_states import TaskState, allowed
from app.db.connection import Database
from app.db.handles import task_states as db
from app.services.task_states import verdict
from tests.databases import connected
from tests.harness import Person, Service
from tests.worlds import PERMISSIONS, STATES, Task, World, has_right, load, make_world, may

WORLDS = max(2, int(os.environ.get("ELIGIBILITY_WORLDS", "200")) // 100)
SEED = os.environ.get("ELIGIBILITY_SEED", "1")
NOW = datetime(2026, 1, 2, tzinfo=UTC)
Answer = tuple[int, str]
OK: Answer = (200, "")
NOT_FOUND: Answer = (404, "TASK_NOT_FOUND")
REFUSED: Answer = (403, "USER_NOT_AUTHORIZED")


class Told:
    """A world with its people, and what each route of a task is to answer, by the oracle."""

    def __init__(self, world: World, people: dict[str, Person]) -> None:
        self.world, self.people = world, people

    def may(self, space: str, user: str, permission: str, task: Task) -> bool:
        return may(self.world, space, user, permission, task)

    def barrier(self, space: str, user: str, task: Task, permission: str) -> Answer | None:
        """What keeps somebody from a change that needs a permission."""
        member = self.world.members.get((space, user))
        if member is None or member.role == "VIEWER":
            return REFUSED
        if not self.may(space, user, "view", task):
            return NOT_FOUND
        return None if self.may(space, user, permission, task) else REFUSED

    def pick(self, space: str, user: str, task: Task) -> tuple[Answer, Task]:
        if barrier := self.barrier(space, user, task, "take"):
            return barrier, task
        if task.state == "DONE":
            return (409, "TASK_DONE"), task
        if task.assignee is not None:
            return (409, "TASK_ALREADY_ASSIGNED"), task
        return OK, replace(task, assignee=user)

    def assign(self, space: str, user: str, task: Task, other: str) -> tuple[Answer, Task]:
        if barrier := self.barrier(space, user, task, "assign"):
            return barrier, task
        if task.state == "DONE":
            return (409, "TASK_DONE"), task
        if task.assignee == other:
            return OK, task
        if not self.may(space, other, "take", task):
            return (400, "ASSIGNEE_NOT_ELIGIBLE"), task
        return OK, replace(task, assignee=other)

    def unassign(self, space: str, user: str, task: Task) -> tuple[Answer, Task]:
        needed = "take" if task.assignee == user else "assign"
        if barrier := self.barrier(space, user, task, needed):
            return barrier, task
        if task.state == "DONE":
            return (409, "TASK_DONE"), task
        return OK, replace(task, assignee=None)

    def transition(self, space: str, user: str, task: Task, to: str) -> tuple[Answer, Task]:
        if barrier := self.barrier(space, user, task, "move_state"):
            return barrier, task
        if to not in allowed(task.state, "MANUAL" if task.state == "BLOCKED" else None):
            return (400, "INVALID_TRANSITION"), task
        return OK, replace(task, state=to)

    async def ask(self, rng: random.Random, space: str, user: str, index: int) -> str:
        """Has somebody do something to a task at random; the world is what becomes of it."""
        task, person = self.world.tasks[index], self.people[user]
        path = f"/workspaces/{space}/tasks/{task.id}"
        act = rng.choice(("pick", "assign", "unassign", "transition", "transition"))
        if act == "assign":
            other = rng.choice(self.world.users)
            expected, after = self.assign(space, user, task, other)
            answer = await person.post(f"{path}/assign", {"user_id": other})
        elif act == "transition":
            to = rng.choice(STATES)
            expected, after = self.transition(space, user, task, to)
            answer = await person.post(f"{path}/transition", {"to": to, "reason": "r"})
        else:
            plain = self.pick if act == "pick" else self.unassign
            expected, after = plain(space, user, task)
            answer = await person.post(f"{path}/{act}")
        found = (answer.status_code, "" if answer.status_code == 200 else answer.json()["error_code"])
        assert found == expected, (act, task, answer.text)
        self.world.tasks[index] = after
        return f"{act} {expected[0]}"

    async def look(self, rng: random.Random, space: str, user: str) -> None:
        """Everything that shows a task, to one person in one workspace."""
        person, path = self.people[user], f"/workspaces/{space}/tasks"
        if (space, user) not in self.world.members:
            assert (await person.get(path)).status_code == 403
            return
        here = [task for task in self.world.tasks if task.workspace == space]
        seen = {task.id for task in here if self.may(space, user, "view", task)}
        assert await listed(person, path) == seen
        for project in self.world.projects:
            own = {task.id for task in here if task.project == project} & seen
            assert await listed(person, path, project_id=project) == own
        own = {task.id for task in here if task.assignee == user} & seen
        assert await listed(person, path, assignee_id=user) == own
        for task in self.world.tasks:
            is_seen = task.workspace == space and task.id in seen
            if task.workspace != space and any(each.id == task.id for each in here):
                continue  # another task of this workspace has the id
            what = rng.choice(("", "/transitions", "/eligibility"))
            status = (await person.get(f"{path}/{task.id}{what}")).status_code
            assert status == (200 if is_seen else 404), (task, what)

    async def explain(self, database: Database, founder: Person, space: str, user: str, task: Task) -> None:
        """What an OWNER is told of somebody: the verdict, and the rules that it follows from."""
        async with database.read() as tx:
            place = {"workspace_id": space, "user_id": founder.user_id, "task_id": task.id}
            facts = await db.explain_task(tx, **place, account_id=user)
        is_gone = task.is_deleted or self.world.projects[task.project].is_deleted
        assert len(facts) == (0 if is_gone or (space, user) not in self.world.members else len(PERMISSIONS))
        for row in facts:
            told = verdict(row)
            rules = {each.rule: each.is_met for each in told.rules}
            assert told.is_allowed == self.may(space, user, row.permission, task) == all(rules.values())
            right = has_right(self.world, space, user, row.permission, task.type, task.state)
            assert all(met for rule, met in rules.items() if rule != "scope") == right

    async def change(self, database: Database, space: str, user: str, other: str, task: Task) -> int:
        """The statements by themselves, as one of two transactions meets them that has looked before: each changes
        the row where the oracle allows it, and is taken back."""
        place: dict[str, Any] = {"workspace_id": space, "user_id": user, "task_id": task.id}
        written: dict[str, Any] = {"now": NOW, "updated_key": f"{task.id}"}
        is_open = task.state != "DONE"
        mine = {each: self.may(space, user, each, task) for each in PERMISSIONS}
        is_own, holder = task.assignee == user, task.assignee or other
        move: dict[str, Any] = {"blocked_by": None, "to_state": "DONE", "version": 1}
        changed = 0
        for work, expected in (
            (db.pick_task, mine["take"] and is_open and task.assignee is None),
            (
                partial(db.assign_task, assignee_id=other),
                mine["assign"]
                and is_open
                and task.assignee != other
                and self.may(space, other, "take", task),
            ),
            (
                partial(db.unassign_task, assignee_id=holder),
                is_open and task.assignee is not None and (mine["assign"] or (is_own and mine["take"])),
            ),
            (partial(db.unassign_task, assignee_id="nobody"), False),
            (partial(db.move_task_state, from_state=task.state, **move), mine["move_state"]),
            (partial(db.move_task_state, from_state=task.state, **move | {"version": 2}), False),
            (partial(db.move_task_state, from_state="another", **move), False),
        ):
            with suppress(_TakenBack):
                async with database.write() as tx:
                    rows = await work(tx, **place, **written)
                    assert rows == int(expected), (work, user, other, task)
                    changed += rows
                    raise _TakenBack
        return changed


class _TakenBack(Exception):
    pass


async def listed(person: Person, path: str, **filters: Any) -> set[str]:
    """What a list shows, in pages of three."""
    found: list[str] = []
    more: dict[str, Any] = {}
    while True:
        page = (await person.get(path, limit=3, **filters, **more)).json()
        found += [each["id"] for each in page["items"]]
        if page["next_cursor"] is None:
            assert len(found) == len(set(found))
            return set(found)
        more = {"cursor": page["next_cursor"]}


async def begin(service: Service, rng: random.Random, number: int) -> tuple[Told, Person]:
    """A world of its own, and the OWNER of its workspaces, who is in it otherwise not."""
    founder = await service.person(f"founder {number}")
    spaces = [(await founder.create_workspace())["id"] for _ in range(2)]
    some = [await service.person(f"person {number} {place}") for place in range(4)]
    people = {person.user_id: person for person in some}
    world = make_world(rng, spaces, list(people), number)
    with connected(service.settings.model_dump()) as connection:
        load(connection.cursor(), world)
        connection.commit()
    return Told(world, people), founder


async def test_each_statement_judges_the_row_itself(service: Service) -> None:
    rng = random.Random(f"changes {SEED}")
    database, changed = service.edge.parts.database, 0
    for number in range(2 * WORLDS):
        told, founder = await begin(service, rng, number)
        users = told.world.users
        for task, space, user in product(told.world.tasks, told.world.spaces, users):
            if task.workspace == space:
                await told.explain(database, founder, space, user, task)
                changed += await told.change(database, space, user, rng.choice(users), task)
    assert changed > 20 * WORLDS


async def test_what_is_listed_is_allowed_and_what_is_hidden_is_not_there(service: Service) -> None:
    rng = random.Random(f"routes {SEED}")
    done: dict[str, int] = {}
    for number in range(WORLDS):
        told, _ = await begin(service, rng, number)
        world, spaces, people = told.world, told.world.spaces, told.people
        for _ in range(150 if world.tasks else 0):
            index = rng.randrange(len(world.tasks))
            space = world.tasks[index].workspace
            act = await told.ask(rng, space, rng.choice(list(people)), index)
            done[act] = done.get(act, 0) + 1
        for space, user in product(spaces, people):
            await told.look(rng, space, user)
    assert {"pick 200", "transition 200", "transition 404", "assign 403"} <= set(done), done
    assert set(TaskState) == set(STATES)
