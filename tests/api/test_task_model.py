"""Tasks, who sees them and what becomes of them against a model, as ``test_model.py`` has workspaces.

The model is written from README "Who does a task, and how far it is" and "Projects". It knows no SQL.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from tests.databases import TestDatabase
from tests.harness import Service, make_settings, running

STATES = ("TODO", "IN_PROGRESS", "BLOCKED", "DONE")
NEXT: dict[str, set[str]] = {
    "TODO": {"IN_PROGRESS"},
    "IN_PROGRESS": {"BLOCKED", "DONE"},
    "BLOCKED": {"IN_PROGRESS"},
    "DONE": set(),
}
OPEN, CLOSED = "open", "closed"
"""The projects: one is everybody's but guests', one its members'."""
PLAIN, SECRET = "plain", "secret"
"""The types of tasks beside none: the second is restricted, and VENDOR is mapped to it."""


@dataclass(frozen=True)
class Kind:
    """A user type."""

    granted: frozenset[str]
    hidden: frozenset[str] = frozenset()
    is_read_only: bool = False
    level: str = "regular"
    mapped: frozenset[str] = frozenset()


ALL = frozenset({"view", "take", "move_state", "assign"})
KINDS = {
    "vendor": Kind(frozenset({"view", "take", "move_state"}), mapped=frozenset({SECRET})),
    "customer": Kind(frozenset({"view", "take"}), hidden=frozenset({"TODO"}), is_read_only=True),
    "helper": Kind(ALL, hidden=frozenset({"TODO"})),
    "boss": Kind(ALL, level="admin"),
}


@dataclass
class Member:
    role: str = "MEMBER"
    kind: str | None = None
    is_guest: bool = False


@dataclass
class Task:
    project: str
    type: str | None
    created_by: str
    title: str
    state: str = "TODO"
    blocked_by: str | None = None
    assignee: str | None = None
    is_deleted: bool = False
    parents: set[str] = field(default_factory=set)
    history: list[tuple[str, str, str]] = field(default_factory=list)


def everybody() -> dict[str, Member]:
    return {
        "ada": Member("OWNER"),
        "bob": Member(),
        "vic": Member("VIEWER"),
        "ven": Member(kind="vendor"),
        "cus": Member(kind="customer"),
        "hal": Member(kind="helper"),
        "gus": Member(is_guest=True),
    }


PEOPLE = tuple(everybody())
Refusal = tuple[int, str]
DENIED: Refusal = (403, "USER_NOT_AUTHORIZED")
NO_TASK: Refusal = (404, "TASK_NOT_FOUND")
ARCHIVED: Refusal = (409, "PROJECT_ARCHIVED")
DONE: Refusal = (409, "TASK_DONE")


DOERS = ("ada", "ada", "ada", "ada", "bob", "ven", "hal", "hal", *PEOPLE)
"""Whoever may do most is asked most."""
RARELY = (False, False, False, True)
"""For what makes most of the calls after it refusals."""
TYPES = (None, PLAIN, SECRET)


class Tasks(RuleBasedStateMachine):
    make_database: Callable[[], TestDatabase]
    key_file: Path

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.context = running(make_settings(type(self).make_database(), self.key_file))
        self.service: Service = self.run(self.context.__aenter__())
        self.user_ids = {name: self.run(self.service.person(name)).user_id for name in PEOPLE}
        self.names = {id_: name for name, id_ in self.user_ids.items()}
        self.members = everybody()
        self.let_in = {OPEN: {"ada", "gus"}, CLOSED: {"ada", "ven"}}
        self.archived: set[str] = set()
        self.model: dict[str, Task] = {}
        self.log: list[tuple[str, str]] = []
        self.path = f"/workspaces/{self.made('/workspaces', {'name': 'Fair'})}"
        self.kinds = {name: self.made_kind(name, kind) for name, kind in KINDS.items()}
        self.types = {
            name: self.made(f"{self.path}/task-types", {"name": name, "is_restricted": name == SECRET})
            for name in (PLAIN, SECRET)
        }
        for name, kind in KINDS.items():
            for mapped in kind.mapped:
                path = f"{self.path}/eligibility-mappings/{self.kinds[name]}/{self.types[mapped]}"
                assert self.call("ada", "PUT", path).status_code == 200
        self.projects = {
            name: self.made(f"{self.path}/projects", {"name": name, "key": name[:3], "visibility": seen_by})
            for name, seen_by in ((OPEN, "workspace"), (CLOSED, "members"))
        }
        self.member_ids = {"ada": ""}
        for name, member in self.members.items():
            if name != "ada":
                self.enter(name, member)
        for project, name in ((OPEN, "gus"), (CLOSED, "ven")):
            body = {"user_id": self.user_ids[name]}
            self.made(f"{self.path}/projects/{self.projects[project]}/members", body)

    def run(self, coroutine: Any) -> Any:
        return self.loop.run_until_complete(coroutine)

    def call(self, who: str, method: str, path: str, body: Any = None) -> Any:
        return self.run(self.service.people[who].request(method, path, json=body))

    def made(self, path: str, body: Any) -> str:
        response = self.call("ada", "POST", path, body)
        assert response.status_code == 201, response.text
        return str(response.json().get("id"))

    def made_kind(self, name: str, kind: Kind) -> str:
        body = {
            "name": name,
            "access_level": kind.level,
            "read_only": kind.is_read_only,
            "permissions": sorted(kind.granted),
            "hidden_states": sorted(kind.hidden),
        }
        return self.made(f"{self.path}/user-types", body)

    def enter(self, name: str, member: Member) -> None:
        body = {"user_id": self.user_ids[name], "role": member.role, "is_guest": member.is_guest}
        self.member_ids[name] = self.made(f"{self.path}/members", body)
        if member.kind:
            body = {"user_type_id": self.kinds[member.kind]}
            path = f"{self.path}/members/{self.member_ids[name]}"
            assert self.call("ada", "PATCH", path, body).status_code == 200

    def teardown(self) -> None:
        try:
            self.everything_is_told()
        finally:
            self.run(self.context.__aexit__(None, None, None))
            self.loop.close()

    # What the documents say.

    def sees_project(self, who: str, project: str) -> bool:
        member = self.members.get(who)
        if member is None:
            return False
        is_open = project == OPEN or (member.kind is not None and KINDS[member.kind].level == "admin")
        return member.role == "OWNER" or who in self.let_in[project] or (is_open and not member.is_guest)

    def may(self, who: str, permission: str, project: str, type_: str | None, state: str) -> bool:
        if not self.sees_project(who, project):
            return False
        member = self.members[who]
        if member.role == "OWNER":
            return True
        if member.role == "VIEWER" and permission != "view":
            return False
        if member.kind is None:
            return type_ != SECRET
        kind = KINDS[member.kind]
        return (
            permission in kind.granted
            and (permission == "view" or not kind.is_read_only)
            and state not in kind.hidden
            and (type_ != SECRET or kind.level == "admin" or type_ in kind.mapped)
        )

    def may_do(self, who: str, permission: str, task: Task) -> bool:
        return self.may(who, permission, task.project, task.type, task.state)

    def stopped_at_the_door(self, who: str) -> Refusal | None:
        member = self.members.get(who)
        return DENIED if member is None or member.role == "VIEWER" else None

    def refusal(self, who: str, task: Task, permission: str, *, deleted: bool = False) -> Refusal | None:
        """What access alone calls for, if anything."""
        if door := self.stopped_at_the_door(who):
            return door
        if not self.may_do(who, "view", task) or (task.is_deleted and not deleted):
            return NO_TASK
        if deleted and not task.is_deleted:
            return (409, "TASK_NOT_DELETED")
        if task.project in self.archived:
            return ARCHIVED
        return None if self.may_do(who, permission, task) else DENIED

    def waits(self, task: Task) -> bool:
        parents = [self.model[parent] for parent in task.parents]
        return any(parent.state != "DONE" and not parent.is_deleted for parent in parents)

    def move(self, task: Task, to: str, actor: str, blocked_by: str | None = None) -> None:
        task.history.append((task.state, to, actor))
        task.state, task.blocked_by = to, blocked_by

    def let_go(self) -> None:
        """Whoever waits for nothing any more is let go."""
        for task in self.model.values():
            if task.blocked_by == "DEPENDENCY" and not task.is_deleted and not self.waits(task):
                self.move(task, "TODO", "system")

    def ancestors(self, id_: str) -> set[str]:
        return {id_}.union(*(self.ancestors(parent) for parent in self.model[id_].parents))

    def check(self, response: Any, refusal: Refusal | None, status: int = 200) -> bool:
        """Is the answer the one that was expected; whether it was done."""
        code = response.json()["error_code"] if response.status_code >= 400 else None
        assert (response.status_code, code) == (refusal or (status, None)), response.text
        return refusal is None

    # What people do.

    def any(self, chance: Random) -> str:
        return chance.choice(tuple(self.model))

    @rule(seed=st.integers(0, 2**32 - 1))
    def act_by_chance(self, seed: int) -> None:
        """Left to draw each by itself, Hypothesis repeats what it has drawn, and gets nowhere."""
        chance = Random(seed)
        chance.choice(self.acts)(self, chance)

    @initialize()
    def begin(self) -> None:
        new = ((OPEN, None), (OPEN, PLAIN), (OPEN, SECRET), (OPEN, None), (CLOSED, None), (CLOSED, SECRET))
        for project, type_ in new:
            self.created("ada", project, type_)

    def created(self, who: str, project: str, type_: str | None) -> None:
        body = {
            "project_id": self.projects[project],
            "title": "Stall",
            "task_type_id": self.types.get(type_ or ""),
        }
        response = self.call(who, "POST", f"{self.path}/tasks", body)
        refusal = self.stopped_at_the_door(who)
        if refusal is None and not self.sees_project(who, project):
            refusal = (404, "PROJECT_NOT_FOUND")
        if refusal is None and project in self.archived:
            refusal = ARCHIVED
        if refusal is None and not self.may(who, "take", project, type_, "TODO"):
            is_seen = type_ is None or self.may(who, "view", project, type_, "TODO")
            refusal = DENIED if is_seen else (404, "TASK_TYPE_NOT_FOUND")
        if not self.check(response, refusal, 201):
            return
        id_ = str(response.json()["id"])
        self.model[id_] = Task(project, type_, who, "Stall")
        self.log.append(("task.created", id_))

    def create(self, chance: Random) -> None:
        who = chance.choice(DOERS)
        project = chance.choice((OPEN, CLOSED))
        type_ = chance.choice(TYPES)
        self.created(who, project, type_)

    def act(self, who: str, id_: str, act: str, body: Any = None) -> Any:
        return self.call(who, "POST", f"{self.path}/tasks/{id_}/{act}", body)

    def rename(self, chance: Random) -> None:
        who = chance.choice(DOERS)
        title = chance.choice(("Stall", "Stage"))
        id_ = self.any(chance)
        task = self.model[id_]
        response = self.call(who, "PATCH", f"{self.path}/tasks/{id_}", {"title": title})
        if self.check(response, self.refusal(who, task, "move_state")) and task.title != title:
            task.title = title
            self.log.append(("task.updated", id_))

    def give_another_type(self, chance: Random) -> None:
        who = chance.choice(DOERS)
        type_ = chance.choice(TYPES)
        self.type_once(self.any(chance), who, type_)

    def type_once(self, id_: str, who: str, type_: str | None) -> None:
        task = self.model[id_]
        body = {"task_type_id": self.types.get(type_ or "")}
        response = self.call(who, "PATCH", f"{self.path}/tasks/{id_}", body)
        refusal = self.refusal(who, task, "move_state")
        if refusal is None and type_ != task.type:
            refusal = self.refusal(who, task, "assign")
            if refusal is None and not self.may(who, "view", task.project, type_, task.state):
                refusal = (404, "TASK_TYPE_NOT_FOUND")
        if self.check(response, refusal) and type_ != task.type:
            task.type = type_
            self.log.append(("task.updated", id_))

    def pick(self, chance: Random) -> None:
        who = chance.choice(DOERS)
        id_ = self.any(chance)
        task = self.model[id_]
        response = self.act(who, id_, "pick")
        refusal = self.refusal(who, task, "take")
        if refusal is None and task.state == "DONE":
            refusal = DONE
        if refusal is None and task.assignee is not None:
            refusal = (409, "TASK_ALREADY_ASSIGNED")
        if self.check(response, refusal):
            task.assignee = who
            self.log.append(("task.assigned", id_))

    def assign(self, chance: Random) -> None:
        who = chance.choice(DOERS)
        other = chance.choice(PEOPLE)
        id_ = self.any(chance)
        task = self.model[id_]
        response = self.act(who, id_, "assign", {"user_id": self.user_ids[other]})
        refusal = self.refusal(who, task, "assign")
        if refusal is None and task.state == "DONE":
            refusal = DONE
        if refusal is None and task.assignee != other and not self.may_do(other, "take", task):
            refusal = (400, "ASSIGNEE_NOT_ELIGIBLE")
        if self.check(response, refusal) and task.assignee != other:
            task.assignee = other
            self.log.append(("task.assigned", id_))

    def unassign(self, chance: Random) -> None:
        who = chance.choice(DOERS)
        id_ = self.any(chance)
        task = self.model[id_]
        response = self.act(who, id_, "unassign")
        refusal = self.refusal(who, task, "take" if task.assignee == who else "assign")
        if refusal is None and task.state == "DONE":
            refusal = DONE
        if self.check(response, refusal) and task.assignee is not None:
            task.assignee = None
            self.log.append(("task.unassigned", id_))

    def transition(self, chance: Random) -> None:
        who = chance.choice(DOERS)
        to = chance.choice((*STATES, "IN_PROGRESS", "DONE"))
        id_ = self.any(chance)
        self.transition_once(id_, who, to)

    def transition_once(self, id_: str, who: str, to: str) -> None:
        task = self.model[id_]
        response = self.act(who, id_, "transition", {"to": to, "reason": "so"})
        refusal = self.refusal(who, task, "move_state")
        if refusal is None and (to not in NEXT[task.state] or task.blocked_by == "DEPENDENCY"):
            refusal = (400, "INVALID_TRANSITION")
        if self.check(response, refusal):
            self.move(task, to, who, "MANUAL" if to == "BLOCKED" else None)
            self.log.append(("task.transitioned", id_))
            self.let_go()

    def finish(self, chance: Random) -> None:
        """As far as it goes."""
        id_ = self.any(chance)
        for to in ("IN_PROGRESS", "DONE"):
            self.transition_once(id_, "ada", to)

    def wait_for(self, chance: Random) -> None:
        """Mostly for one that it can wait for."""
        who = chance.choice(DOERS)
        id_ = self.any(chance)
        task = self.model[id_]
        near = [
            name
            for name, each in self.model.items()
            if name != id_ and each.project == task.project and not each.is_deleted
        ]
        parent = chance.choice((*(near or [id_]), self.any(chance)))
        other = self.model[parent]
        response = self.act(who, id_, "dependencies", {"parent_id": parent})
        refusal = self.stopped_at_the_door(who)
        if refusal is None and (task.is_deleted or not self.may_do(who, "view", task)):
            refusal = NO_TASK
        refusal = refusal or self.refusal(who, other, "view") or self.refusal(who, task, "move_state")
        if refusal is None and task.project != other.project:
            refusal = (400, "DEPENDENCY_OUTSIDE_PROJECT")
        if refusal is None and (task.state not in ("TODO", "BLOCKED") or task.blocked_by == "MANUAL"):
            refusal = (409, "TASK_STARTED")
        if refusal is None and id_ in self.ancestors(parent):
            refusal = (400, "DEPENDENCY_CYCLE")
        if refusal is None and parent in task.parents:
            refusal = (409, "DEPENDENCY_EXISTS")
        if self.check(response, refusal, 201):
            task.parents.add(parent)
            self.log.append(("task.dependency_added", id_))
            if other.state != "DONE" and task.state == "TODO":
                self.move(task, "BLOCKED", who, "DEPENDENCY")

    def wait_no_more(self, chance: Random) -> None:
        who = chance.choice(DOERS)
        id_ = self.any(chance)
        task = self.model[id_]
        parent = chance.choice([name for name in self.model if name in task.parents] or [id_])
        response = self.call(who, "DELETE", f"{self.path}/tasks/{id_}/dependencies/{parent}")
        refusal = self.refusal(who, task, "move_state")
        if refusal is None and parent not in task.parents:
            refusal = (404, "DEPENDENCY_NOT_FOUND")
        if self.check(response, refusal, 204):
            task.parents.remove(parent)
            self.log.append(("task.dependency_removed", id_))
            self.let_go()

    def refused_to_others(self, who: str, task: Task, *, deleted: bool) -> Refusal | None:
        refusal = self.refusal(who, task, "move_state", deleted=deleted)
        is_theirs = (
            task.created_by == who or self.members[who].role == "OWNER" if who in self.members else False
        )
        return refusal or (None if is_theirs else DENIED)

    def delete(self, chance: Random) -> None:
        who = chance.choice(DOERS)
        self.delete_once(self.any(chance), who)

    def delete_once(self, id_: str, who: str) -> None:
        task = self.model[id_]
        response = self.call(who, "DELETE", f"{self.path}/tasks/{id_}")
        if self.check(response, self.refused_to_others(who, task, deleted=False), 204):
            task.is_deleted = True
            self.log.append(("task.deleted", id_))
            self.let_go()

    def restore(self, chance: Random) -> None:
        who = chance.choice(DOERS)
        gone = [id_ for id_, task in self.model.items() if task.is_deleted]
        self.restore_once(chance.choice(gone or tuple(self.model)), who)

    def restore_once(self, id_: str, who: str) -> None:
        task = self.model[id_]
        response = self.act(who, id_, "restore")
        if self.check(response, self.refused_to_others(who, task, deleted=True)):
            task.is_deleted = False
            self.log.append(("task.restored", id_))
            self.let_go()

    def begin_and_give_another_type(self, chance: Random) -> None:
        who = chance.choice(DOERS)
        id_ = self.any(chance)
        self.transition_once(id_, "ada", "IN_PROGRESS")
        self.type_once(id_, who, chance.choice(TYPES))

    def be_away_meanwhile(self, chance: Random) -> None:
        """What a task waits for ends while it is deleted."""
        is_parent_deleted = chance.choice((False, True))
        waiting = [id_ for id_, task in self.model.items() if task.parents]
        if not waiting:
            return
        id_ = chance.choice(waiting)
        parents = [each for each in self.model if each in self.model[id_].parents]
        self.delete_once(id_, "ada")
        for parent in parents:
            if is_parent_deleted:
                self.delete_once(parent, "ada")
            for to in ("IN_PROGRESS", "DONE"):
                self.transition_once(parent, "ada", to)
        for each in (id_, *parents):
            self.restore_once(each, "ada")

    def archive_or_restore_the_project(self, chance: Random) -> None:
        project = chance.choice((OPEN, CLOSED))
        who = chance.choice(("ada", "ada", "bob"))
        is_let = chance.choice(RARELY)
        act = "restore" if project in self.archived else "archive"
        if act == "archive" and not is_let:
            return
        response = self.call(who, "POST", f"{self.path}/projects/{self.projects[project]}/{act}")
        if self.check(response, None if who == "ada" else DENIED):
            self.archived ^= {project}

    def remove_or_let_in(self, chance: Random) -> None:
        """Whoever comes back is a MEMBER like others, in none of the projects of before."""
        who = chance.choice(PEOPLE[1:])
        is_let = chance.choice(RARELY)
        if who not in self.members:
            self.members[who] = Member()
            self.enter(who, self.members[who])
            return
        if not is_let:
            return
        response = self.call("ada", "DELETE", f"{self.path}/members/{self.member_ids[who]}")
        assert self.check(response, None, 204)
        del self.members[who]
        for inside in self.let_in.values():
            inside.discard(who)
        for task in self.model.values():
            task.assignee = None if task.assignee == who else task.assignee

    def give_another_user_type(self, chance: Random) -> None:
        """Of projects that they see no more, no task is theirs; what they have elsewhere stays."""
        who = chance.choice(PEOPLE[1:])
        kind = chance.choice((None, *KINDS))
        if who not in self.members:
            return
        body = {"user_type_id": None if kind is None else self.kinds[kind]}
        response = self.call("ada", "PATCH", f"{self.path}/members/{self.member_ids[who]}", body)
        assert self.check(response, None)
        self.members[who].kind = kind
        for task in self.model.values():
            if task.assignee == who and not self.sees_project(who, task.project):
                task.assignee = None

    acts = (
        create,
        rename,
        give_another_type,
        pick,
        assign,
        unassign,
        transition,
        finish,
        wait_for,
        wait_no_more,
        delete,
        restore,
        begin_and_give_another_type,
        be_away_meanwhile,
        archive_or_restore_the_project,
        remove_or_let_in,
        give_another_user_type,
    )

    # What must be so.

    @invariant()
    def each_sees_what_the_model_says(self) -> None:
        for who in PEOPLE:
            response = self.call(who, "GET", f"{self.path}/tasks?limit=200")
            if who not in self.members:
                self.check(response, DENIED)
                continue
            seen = {
                (each["id"], each["title"], each["state"], each["blocked_by"], each["assignee_id"])
                for each in response.json()["items"]
            }
            assert seen == {
                (id_, task.title, task.state, task.blocked_by, self.user_ids.get(task.assignee or ""))
                for id_, task in self.model.items()
                if not task.is_deleted and self.may_do(who, "view", task)
            }, who

    def everything_is_told(self) -> None:
        assert self.call("ada", "GET", f"{self.path}/audit/verify").json()["valid"]
        entries = self.service.rows(
            "SELECT action, target_id FROM AuditLog WHERE target_type = 'task' AND action LIKE 'task.%'"
            " ORDER BY seq"
        )
        assert [(action, str(id_).lower()) for action, id_ in entries] == self.log
        history: dict[str, list[tuple[str, str, str]]] = {id_: [] for id_ in self.model}
        for id_, start, end, actor in self.service.rows(
            "SELECT task_id, from_state, to_state, actor_id FROM TaskTransition ORDER BY seq"
        ):
            history[str(id_).lower()].append((start, end, self.names.get(actor, actor)))
        assert history == {id_: task.history for id_, task in self.model.items()}


@pytest.mark.slow
@pytest.mark.no_cover
def test_tasks_do_what_the_model_says(make_database: Callable[[], TestDatabase], key_file: Path) -> None:
    Tasks.make_database, Tasks.key_file = staticmethod(make_database), key_file
    run_state_machine_as_test(
        Tasks,
        settings=settings(
            max_examples=14,
            stateful_step_count=40,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
