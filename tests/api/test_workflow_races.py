"""Several tasks of a workflow done at once, in two processes, against an oracle that reads the graph alone.

WORKFLOW_GRAPHS: how many graphs are tried, each with some thirty moments at which two to four are done at once.
"""

from __future__ import annotations

import asyncio
import os
import random

import pytest

from tests.databases import execute
from tests.harness import Person, Service
from tests.work import make_place
from tests.workflows import publish

GRAPHS = int(os.environ.get("WORKFLOW_GRAPHS", "12"))
NODES = 60


class Oracle:
    """Which node is free, from the graph and from what is done."""

    def __init__(self, chance: random.Random, nodes: int) -> None:
        self.names = [f"n{number}" for number in range(nodes)]
        self.parents: dict[str, set[str]] = {}
        for number, name in enumerate(self.names):
            near = self.names[max(0, number - 8) : number]
            count = min(len(near), chance.choice((0, 1, 2, 2, 2, 3, 5)))
            self.parents[name] = set(chance.sample(near, count))
        self.any_done = {name for name in self.names if chance.random() < 0.15}
        self.done: set[str] = set()
        self.let_go = {name for name in self.names if not self.parents[name]}

    def finish(self, names: set[str]) -> None:
        self.done |= names
        for name, parents in self.parents.items():
            met = parents & self.done if name in self.any_done else parents <= self.done
            if met:
                self.let_go.add(name)

    def ready(self) -> list[str]:
        return sorted(self.let_go - self.done)

    def edges(self) -> list[tuple[str, str]]:
        return [(parent, name) for name, parents in self.parents.items() for parent in sorted(parents)]


@pytest.mark.parametrize("seed", range(GRAPHS))
async def test_whoever_is_done_at_once_lets_go_once(twins: tuple[Service, Service], seed: int) -> None:
    chance = random.Random(seed)
    oracle, place = Oracle(chance, NODES), await make_place(twins[0])
    ada, more = place.owner, {name: {"trigger_rule": "ANY_DONE"} for name in oracle.any_done}
    people = (ada, Person(twins[1], ada.name, ada.user_id, ada.access_token, ada.pma_token))
    template = publish(
        twins[0].settings, place.workspace_id, ada.user_id, oracle.names, oracle.edges(), more=more
    )
    sent = {"template_id": template, "project_id": place.project_id, "name": "Race"}
    instance = (await ada.post(f"{place.path}/workflows/instantiate", sent)).json()["id"]
    path = f"{place.path}/workflow-instances/{instance}"
    ids = {name: str(id_).lower() for name, id_ in twins[0].rows("SELECT node_id, id FROM Task")}

    async def finish(who: Person, name: str) -> None:
        await asyncio.sleep(chance.random() / 200)
        body = {"to": "DONE", "reason": "done"}
        answer = await who.post(f"{place.tasks}/{ids[name]}/transition", body)
        assert answer.status_code == 200, answer.text

    async def hold(what: str) -> None:
        assert (await chance.choice(people).post(f"{path}/{what}")).status_code == 200

    while ready := oracle.ready():
        going = chance.sample(ready, min(len(ready), chance.choice((2, 2, 2, 3, 4))))
        named = ", ".join(f"'{ids[name]}'" for name in going)
        execute(twins[0].settings, f"UPDATE Task SET state = 'IN_PROGRESS' WHERE id IN ({named})")
        is_held = chance.random() < 0.2
        finishing = [finish(who, name) for who, name in zip(people * 2, going, strict=False)]
        await asyncio.gather(
            *finishing, *([hold("pause")] if is_held and len(oracle.done) < NODES // 2 else [])
        )
        if is_held and len(oracle.done) < NODES // 2:
            await hold("resume")
        oracle.finish(set(going))
        found = twins[0].rows("SELECT node_id, state FROM Task")
        assert {name for name, state in found if state != "BLOCKED"} == oracle.let_go
        assert {name for name, state in found if state == "DONE"} == oracle.done
    assert oracle.done == set(oracle.names)
    let_go = twins[0].rows(
        "SELECT task_id, COUNT(*) FROM TaskTransition WHERE to_state = 'TODO' GROUP BY task_id"
    )
    assert len(let_go) == sum(bool(parents) for parents in oracle.parents.values())
    assert {count for _, count in let_go} == {1}
    assert (await people[1].get(path)).json()["state"] == "COMPLETED"
    ended = twins[0].rows("SELECT COUNT(*) FROM Event WHERE type = 'workflow_instance.completed'")
    assert ended == [(1,)]
    assert (await ada.get(f"{place.path}/audit/verify")).json()["valid"]
