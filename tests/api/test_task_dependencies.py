"""What waits for what: cycles, and who is let go when."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest

from app.kernel.task_unlocks import unlock_children
from tests.databases import execute
from tests.harness import Person, Service, code

Twins = tuple[Service, Service]


class Board:
    """A project and its tasks, by name."""

    def __init__(self, service: Service, person: Person, path: str, project_id: str) -> None:
        self.service, self.person, self.path, self.project_id = service, person, path, project_id
        self.ids: dict[str, str] = {}

    @classmethod
    async def of(cls, service: Service, names: str) -> Board:
        ada = await service.person("ada")
        path = f"/workspaces/{(await ada.create_workspace())['id']}"
        project = await ada.post(f"{path}/projects", {"key": "ABC", "name": "x"})
        board = cls(service, ada, path, project.json()["id"])
        for name in names.split():
            made = await ada.post(f"{path}/tasks", {"project_id": board.project_id, "title": name})
            board.ids[name] = made.json()["id"]
        return board

    def place(self, child: str, parent: str = "") -> str:
        below = f"/{self.ids[parent]}" if parent else ""
        return f"{self.path}/tasks/{self.ids[child]}/dependencies{below}"

    async def add(self, child: str, parent: str, who: Person | None = None) -> Any:
        return await (who or self.person).post(self.place(child), {"parent_id": self.ids[parent]})

    async def state(self, name: str) -> tuple[str, str | None]:
        task = (await self.person.get(f"{self.path}/tasks/{self.ids[name]}")).json()
        return task["state"], task["blocked_by"]

    async def finish(self, name: str, service: Service | None = None) -> None:
        """Done, as the transition of a task does it: the row first, then what waits for it."""
        edge = (service or self.service).edge
        workspace_id = self.path.rpartition("/")[2]

        async def work(tx: Any) -> None:
            from app.db.handles.tasks import lock_task

            lock_task(tx, workspace_id=workspace_id, task_id=self.ids[name])
            await unlock_children(tx, edge.tools, workspace_id=workspace_id, parent_id=self.ids[name])

        execute(
            (service or self.service).settings,
            f"UPDATE Task SET state = 'DONE', blocked_by = NULL WHERE id = '{self.ids[name]}'",
        )
        await edge.parts.database.transact(work)


async def test_a_task_waits_for_all_it_waits_for(service: Service) -> None:
    board = await Board.of(service, "a b c")
    for parent in "ab":
        added = await board.add("c", parent)
        assert (added.status_code, added.json()["state"], added.json()["blocked_by"]) == (
            201,
            "BLOCKED",
            "DEPENDENCY",
        )
    await board.finish("a")
    assert await board.state("c") == ("BLOCKED", "DEPENDENCY")
    await board.finish("b")
    assert await board.state("c") == ("TODO", None)
    transitions = service.rows("SELECT from_state, to_state, actor_id FROM TaskTransition ORDER BY seq")
    assert transitions == [("TODO", "BLOCKED", board.person.user_id), ("BLOCKED", "TODO", "system")]
    # Finished once more, nothing happens again.
    await board.finish("b")
    assert len(service.rows("SELECT 1 FROM TaskTransition")) == 2


async def test_what_is_done_holds_nobody(service: Service) -> None:
    board = await Board.of(service, "a b")
    await board.finish("a")
    assert (await board.add("b", "a")).json()["state"] == "TODO"


async def test_what_is_deleted_holds_nobody_and_all_are_told(service: Service) -> None:
    board = await Board.of(service, "a b c")
    await board.add("b", "a")
    await board.add("c", "a")
    before = (await board.person.get(f"{board.path}/changes")).json()["last_seq"]
    assert (await board.person.delete(f"{board.path}/tasks/{board.ids['a']}")).status_code == 204
    assert [await board.state(name) for name in "bc"] == [("TODO", None)] * 2
    events = (await board.person.get(f"{board.path}/changes", after_seq=before)).json()["items"]
    assert [event["type"] for event in events] == ["task.deleted"] + ["task.transitioned"] * 2
    assert {event["object_id"] for event in events[1:]} == {board.ids["b"], board.ids["c"]}
    assert events[1]["data"]["from"] == "BLOCKED"
    assert (await board.person.get(f"{board.path}/audit/verify")).json()["valid"]


async def test_a_dependency_is_taken_back(service: Service) -> None:
    board = await Board.of(service, "a b c")
    await board.add("c", "a")
    await board.add("c", "b")
    assert code(await board.add("c", "a")) == (409, "DEPENDENCY_EXISTS")
    assert (await board.person.delete(board.place("c", "a"))).status_code == 204
    assert await board.state("c") == ("BLOCKED", "DEPENDENCY")
    assert (await board.person.delete(board.place("c", "b"))).status_code == 204
    assert await board.state("c") == ("TODO", None)
    assert code(await board.person.delete(board.place("c", "b"))) == (404, "DEPENDENCY_NOT_FOUND")


async def test_what_a_task_waits_for_unseen_is_not_there_to_be_taken_back(service: Service) -> None:
    board = await Board.of(service, "a b c")
    await board.add("c", "a")
    workspace_id, bob = board.path.rpartition("/")[2], await service.person("bob")
    await board.person.add(workspace_id, bob, "MEMBER")
    kind = await board.person.post(f"{board.path}/task-types", {"name": "Legal", "is_restricted": True})
    hide = {"task_type_id": kind.json()["id"]}
    assert (await board.person.patch(f"{board.path}/tasks/{board.ids['a']}", hide)).status_code == 200
    there, nowhere = [await bob.delete(board.place("c", parent)) for parent in "ab"]
    assert code(there) == code(nowhere) == (404, "DEPENDENCY_NOT_FOUND")
    assert await board.state("c") == ("BLOCKED", "DEPENDENCY")


async def test_what_is_listed(service: Service) -> None:
    board = await Board.of(service, "a b c d")
    for parent in "abc":
        await board.add("d", parent)
    first = (await board.person.get(board.place("d"), limit=2)).json()
    rest = (await board.person.get(board.place("d"), limit=2, cursor=first["next_cursor"])).json()
    assert [item["title"] for item in first["items"] + rest["items"]] == ["a", "b", "c"]
    assert rest["next_cursor"] is None
    below = (await board.person.get(board.place("a"), of="children")).json()["items"]
    assert [item["title"] for item in below] == ["d"]


async def test_no_task_waits_for_itself(service: Service) -> None:
    board = await Board.of(service, "a b c d")
    for child, parent in ("ba", "cb", "dc"):
        assert (await board.add(child, parent)).status_code == 201
    for child, parent in ("aa", "ab", "ac", "ad", "bd"):
        refused = await board.add(child, parent)
        assert code(refused) == (400, "DEPENDENCY_CYCLE"), (child, parent)
    assert refused.json()["details"]["tasks"] == ["ABC-2", "ABC-4"]
    assert (await board.add("d", "a")).status_code == 201


async def test_only_what_has_not_been_begun_waits(service: Service) -> None:
    board = await Board.of(service, "a b")
    for state, blocked_by in (("IN_PROGRESS", "NULL"), ("DONE", "NULL"), ("BLOCKED", "'MANUAL'")):
        change = f"UPDATE Task SET state = '{state}', blocked_by = {blocked_by} WHERE id = '{board.ids['b']}'"
        execute(service.settings, change)
        assert code(await board.add("b", "a")) == (409, "TASK_STARTED"), state


async def test_a_task_waits_for_none_of_another_project(service: Service) -> None:
    board = await Board.of(service, "a")
    other = await board.person.post(f"{board.path}/projects", {"key": "XYZ", "name": "y"})
    made = await board.person.post(f"{board.path}/tasks", {"project_id": other.json()["id"], "title": "b"})
    board.ids["b"] = made.json()["id"]
    assert code(await board.add("b", "a")) == (400, "DEPENDENCY_OUTSIDE_PROJECT")


@pytest.mark.parametrize("attempt", range(3))
async def test_of_two_that_close_a_cycle_together_one_is_refused(twins: Twins, attempt: int) -> None:
    board = await Board.of(twins[0], "a b c")
    await board.add("b", "a")
    ada = board.person
    again = Person(twins[1], ada.name, ada.user_id, ada.access_token, ada.pma_token)
    answers = await asyncio.gather(board.add("c", "b"), board.add("a", "c", again))
    assert sorted(answer.status_code for answer in answers) == [201, 400]


@pytest.mark.parametrize("seed", range(4))
async def test_who_waits_is_what_an_oracle_says(twins: Twins, seed: int) -> None:
    """Random graphs whose tasks go two at once, in two processes, while an edge is added: those wait that
    something holds, and each was let go once."""
    chance, names = random.Random(seed), "abcdefghij"
    board = await Board.of(twins[0], " ".join(names))
    ada = board.person
    again = Person(twins[1], ada.name, ada.user_id, ada.access_token, ada.pma_token)
    edges = {(c, p) for p in names for c in names if p < c and chance.random() < 0.3}
    for child, parent in sorted(edges):
        assert (await board.add(child, parent)).status_code == 201
    left = set(names)
    while len(left) > 2:
        gone = chance.sample(sorted(left), 2)
        edge = chance.choice([(c, p) for c in sorted(left) for p in sorted(left) if p < c])
        added, *answers = await asyncio.gather(
            board.add(*edge, again),
            *(
                who.delete(f"{board.path}/tasks/{board.ids[name]}")
                for who, name in zip((ada, again), gone, strict=True)
            ),
        )
        assert [answer.status_code for answer in answers] == [204, 204]
        edges |= {edge} if added.status_code == 201 else set()
        left -= set(gone)
        for name in left:
            is_held = any(child == name and parent in left for child, parent in edges)
            assert (await board.state(name))[0] == ("BLOCKED" if is_held else "TODO"), name
    assert (await ada.get(f"{board.path}/audit/verify")).json()["valid"]


@pytest.mark.parametrize("ends", ["done", "deleted"])
async def test_what_ended_while_a_task_was_deleted_holds_it_no_more(service: Service, ends: str) -> None:
    board = await Board.of(service, "a b c")
    for child in "bc":
        await board.add(child, "a")
    tasks = {name: f"{board.path}/tasks/{id_}" for name, id_ in board.ids.items()}
    await board.person.delete(tasks["b"])
    if ends == "done":
        await board.finish("a")
    else:
        await board.person.delete(tasks["a"])
    assert await board.state("c") == ("TODO", None)
    before = (await board.person.get(f"{board.path}/changes")).json()["last_seq"]
    restored = await board.person.post(f"{tasks['b']}/restore")
    assert (restored.json()["state"], restored.json()["blocked_by"]) == ("TODO", None)
    assert restored.json() == (await board.person.get(tasks["b"])).json()
    events = (await board.person.get(f"{board.path}/changes", after_seq=before)).json()["items"]
    assert [event["type"] for event in events] == ["task.restored", "task.transitioned"]
    if ends == "deleted":
        # Whoever was let go goes on: they may have begun.
        assert (await board.person.post(f"{tasks['a']}/restore")).status_code == 200
        assert await board.state("b") == ("TODO", None)
