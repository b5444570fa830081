"""Search: held against a plain scan in Python over random worlds, and tried as its user does."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from app.core.caller import Caller, Origin
from app.core.identity import Identity
from app.db.paging import Asked
from app.kernel.search_index import index_comment, index_project, index_task
from app.services import search
from tests.databases import TestDatabase, connected
from tests.db.test_eligibility import PLACES, SPACES
from tests.harness import Person, Service, code
from tests.worlds import World, load, make_world, may, number, sees

WORDS = ("venue", "ven", "vendor", "stage", "light", "lights", "lamp", "zero")
MOMENT = "2026-01-01 00:00:00"


@dataclass(frozen=True)
class Document:
    """What was written, in the order in which it was."""

    space: str
    kind: str
    id: str
    project: str
    text: str
    task: Any = None

    def key(self) -> tuple[str, str]:
        return self.kind, self.id


def documents(rng: random.Random, world: World) -> list[Document]:
    """The tasks, some comments on them, and the projects of a world, each of a few words, in any order."""

    def words() -> str:
        return " ".join(rng.choices(WORDS, k=rng.randint(1, 4)))

    found = [Document(each.workspace, "project", id_, id_, words()) for id_, each in world.projects.items()]
    for place, task in enumerate(world.tasks):
        found.append(Document(task.workspace, "task", task.id, task.project, words(), task))
        found += [
            Document(task.workspace, "comment", number(8, place, count), task.project, words(), task)
            for count in range(rng.randint(0, 2))
        ]
    rng.shuffle(found)
    return found


def expected(
    world: World, every: Sequence[Document], space: str, user: str, query: Sequence[str], **only: str | None
) -> list[tuple[str, str]]:
    """A plain scan."""

    def is_seen(each: Document) -> bool:
        if each.kind == "project":
            return sees(world, space, user, each.project)
        return may(world, space, user, "view", each.task)

    def fits(each: Document) -> bool:
        words = each.text.split()
        return all(word in words for word in query[:-1]) and any(w.startswith(query[-1]) for w in words)

    return [
        each.key()
        for each in reversed(every)
        if each.space == space
        and fits(each)
        and is_seen(each)
        and only.get("kind") in (None, each.kind)
        and only.get("project_id") in (None, each.project)
    ]


@dataclass
class Row:
    """As much of a task or a project as the index reads."""

    id: str
    project_id: str
    text: str
    project_key: str = "QQ"
    number: int = 1
    description: str | None = None
    key: str = "QQ"

    @property
    def title(self) -> str:
        return self.text

    name = title


async def written(service: Service, every: Sequence[Document]) -> None:
    async with service.edge.parts.database.write() as tx:
        for each in every:
            row = Row(each.id, each.project, each.text)
            if each.kind == "task":
                index_task(tx, each.space, row)
            elif each.kind == "project":
                index_project(tx, each.space, row)
            else:
                index_comment(tx, each.space, each.id, each.project, each.text)


async def walked(service: Service, user: str, limit: int, **asked: Any) -> AsyncIterator[search.Hit]:
    """Every page of a search."""
    now = service.clock()
    caller = Caller(Identity(user, "t", "local", None, None, now, now), None, Origin("request", None))
    place: int | None = search.NEWEST
    while place is not None:
        async with service.edge.parts.database.read() as tx:
            found = await search.search(tx, caller, Asked(place, limit), **asked)
        assert len(found.items) <= limit
        assert found.place is None or found.place < place
        place = found.place
        for each in found.items:
            assert isinstance(each, search.Hit)
            yield each


@pytest.mark.parametrize("looked_at", [3, 500])
async def test_search_finds_what_a_plain_scan_does(
    service: Service, database: TestDatabase, monkeypatch: pytest.MonkeyPatch, looked_at: int
) -> None:
    monkeypatch.setattr(search, "LOOKED_AT", looked_at)
    rng = random.Random(f"search {looked_at}")
    people = [await service.person(f"person {count}") for count in range(4)]
    users = [person.user_id for person in people]
    compared = 0
    with connected(database.settings) as connection:
        cursor = connection.cursor()
        for sql, values in PLACES[1:]:
            cursor.executemany(
                sql, [tuple(users[0] if v == number(7, 0) else v for v in row) for row in values]
            )
        world = make_world(rng, SPACES, users)
        while len(world.tasks) < 30:
            world = make_world(rng, SPACES, users)
        load(cursor, world)
        every = documents(rng, world)
        cursor.executemany(
            "INSERT INTO Comment (id, workspace_id, task_id, body, list_key, created_by, created_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (each.id, each.space, each.task.id, each.text, each.id, users[0], MOMENT)
                for each in every
                if each.kind == "comment"
            ],
        )
        connection.commit()
    await written(service, every)
    for space, user in sorted(world.members):
        for _ in range(12):
            query = [*rng.choices(WORDS, k=rng.randint(0, 2)), rng.choice(WORDS)[: rng.randint(1, 6)]]
            only = {
                "kind": rng.choice((None, None, "task", "comment", "project")),
                "project_id": rng.choice((None, None, *world.projects)),
            }
            asked = {"workspace_id": space, "query": " ".join(query), **only}
            found = [
                (hit.kind, hit.id) async for hit in walked(service, user, rng.choice((1, 2, 50)), **asked)
            ]
            assert found == expected(world, every, space, user, query, **only), asked
            compared += len(found)
    assert compared > 50, "searches for nothing"


async def started(service: Service) -> tuple[Person, str, str]:
    owner = await service.person("ada")
    workspace_id = (await owner.create_workspace())["id"]
    project = await owner.post(
        f"/workspaces/{workspace_id}/projects",
        {"key": "ABC", "name": "Summer fair", "description": "Tents and stages"},
    )
    return owner, f"/workspaces/{workspace_id}", project.json()["id"]


async def hits(person: Person, place: str, q: str, **more: Any) -> list[str]:
    answer = await person.get(f"{place}/search", q=q, **more)
    assert answer.status_code == 200, answer.text
    return [f"{each['kind']} {each['title']}" for each in answer.json()["items"]]


async def test_what_is_written_is_found_and_what_was_is_not(service: Service) -> None:
    owner, place, project_id = await started(service)
    sent = {"project_id": project_id, "title": "Straße sperren", "description": "Ask the POLICE"}
    task = (await owner.post(f"{place}/tasks", sent)).json()
    for q in ("strasse", "STRAẞE", "pol", "ask str", "ABC-1", "abc-1 police"):
        assert await hits(owner, place, q) == ["task Straße sperren"], q
    assert await hits(owner, place, "tents") == ["project Summer fair"]
    await owner.patch(f"{place}/tasks/{task['id']}", {"title": "Road closed"})
    assert await hits(owner, place, "strasse") == []
    assert await hits(owner, place, "road police") == ["task Road closed"]
    await owner.patch(f"{place}/projects/{project_id}", {"name": "Winter fair", "description": None})
    assert await hits(owner, place, "tents") == []
    assert await hits(owner, place, "fair win", kind="project") == ["project Winter fair"]
    assert await hits(owner, place, "road", kind="project") == []
    await owner.delete(f"{place}/tasks/{task['id']}")
    assert await hits(owner, place, "road") == []
    await owner.post(f"{place}/tasks/{task['id']}/restore")
    assert await hits(owner, place, "road") == ["task Road closed"]


async def test_a_key_that_a_project_has_now_names_its_tasks(service: Service) -> None:
    owner, place, project_id = await started(service)
    for title in ("first", "second", "as XYZ-1"):
        await owner.post(f"{place}/tasks", {"project_id": project_id, "title": title})
    await owner.patch(f"{place}/projects/{project_id}", {"key": "XYZ"})
    assert await hits(owner, place, "xyz-1") == ["task first", "task as XYZ-1"]
    assert await hits(owner, place, "ABC-1") == ["task first"]
    page = (await owner.get(f"{place}/search", q="xyz-1", limit=1)).json()
    assert [each["key"] for each in page["items"]] == ["XYZ-1"]
    rest = await hits(owner, place, "xyz-1", cursor=page["next_cursor"], limit=1)
    assert rest == ["task as XYZ-1"]


async def test_a_stranger_and_a_query_without_a_word_find_nothing(service: Service) -> None:
    owner, place, _ = await started(service)
    assert code(await owner.get(f"{place}/search", q="...")) == (422, "VALIDATION_FAILED")
    assert code(await owner.get(f"{place}/search", q="a b c d e f g h i")) == (422, "VALIDATION_FAILED")
    assert (await owner.get(f"{place}/search")).status_code == 422
    stranger = await service.person("eve")
    assert (await stranger.get(f"{place}/search", q="fair")).status_code == 403
