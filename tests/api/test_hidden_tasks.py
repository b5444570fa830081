"""What somebody is not shown they do not learn of, whichever route they ask.

People of a type from which TODO is hidden, in a project that they see: one reads only, as EventFlow's customers,
the other may do all that a type can grant. Tasks are made that neither sees: by their state, by their type, and by
their project. No answer changes for that, but by numbers that are skipped; and no answer tells the id of such a
task from one that nothing has.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

import pytest

from tests.api.test_authorization_matrix import RULES
from tests.harness import Person, Service
from tests.http_client import httpx
from tests.resource import UNKNOWN, WORKSPACE, filled
from tests.work import Place, make_place

MARK = "zanzibar"
GETS = sorted(path for method, path in RULES if method == "GET" and path.startswith(WORKSPACE))
CHANGES = sorted(
    (method, path)
    for method, path in RULES
    if method != "GET" and path.startswith(f"{WORKSPACE}/tasks/{{task_id}}")
)


class Scene:
    """A board with one task in it that all see."""

    def __init__(self, place: Place) -> None:
        self.place, self.ids = place, {"workspace_id": place.workspace_id, "project_id": place.project_id}

    @classmethod
    async def begin(cls, service: Service) -> Scene:
        # A stream that has begun ends there.
        service.app.state.edge.parts.feed.close()
        scene = cls(await make_place(service))
        ada, path = scene.place.owner, scene.place.path
        scene.customer = await scene.place.member("customer")
        scene.helper = await scene.place.member("helper")
        kind = scene.place.user_type(1, scene.customer, granted={"view"}, hidden={"TODO"}, is_read_only=True)
        scene.place.user_type(2, scene.helper, hidden={"TODO"})
        scene.outsider = await scene.place.member("outsider")
        scene.other_type = scene.place.user_type(3)
        scene.secret_type = scene.place.task_type(1, scene.other_type)
        board = await made(ada, f"{path}/projects/{scene.place.project_id}/boards", {"name": "Board"})
        column = await made(ada, f"{path}/boards/{board['id']}/columns", {"name": "Column", "wip_limit": 50})
        task = await made(ada, f"{path}/columns/{column['id']}/tasks", {"title": "Seen"})
        comment = await made(ada, f"{path}/tasks/{task['id']}/comments", {"body": "Nice"})
        await ada.post(f"{path}/tasks/{task['id']}/transition", {"to": "IN_PROGRESS", "reason": "begun"})
        member = await ada.get(f"{path}/members", name="customer")
        scene.ids |= {
            "board_id": board["id"],
            "column_id": column["id"],
            "task_id": task["id"],
            "comment_id": comment["id"],
            "member_id": member.json()["items"][0]["id"],
            "user_id": scene.customer.user_id,
            "user_type_id": kind,
            "task_type_id": scene.secret_type,
            "provider": "jira",
        }
        return scene

    customer: Person
    helper: Person
    outsider: Person
    """No state is hidden from them, and the type is."""
    other_type: str
    secret_type: str

    async def hide(self) -> dict[str, str]:
        """Makes a task of each kind that neither sees, with all that hangs on one, and answers their ids."""
        ada, path, column = self.place.owner, self.place.path, self.ids["column_id"]
        closed = {"name": f"Closed {MARK}", "key": "SECRET", "visibility": "members"}
        project = await made(ada, f"{path}/projects", closed)
        new = {"title": f"Task {MARK}", "description": MARK, "due_at": "2026-12-24T12:00:00Z"}
        tasks = {
            "state": await made(ada, f"{path}/columns/{column}/tasks", new),
            "type": await made(
                ada, f"{path}/columns/{column}/tasks", new | {"task_type_id": self.secret_type}
            ),
            "project": await made(ada, f"{path}/tasks", new | {"project_id": project["id"]}),
        }
        external = await ada.request(
            "PUT",
            f"{path}/tasks/by-external/jira/{MARK}",
            json=new | {"project_id": self.place.project_id},
        )
        tasks["external"] = external.json()
        for task in tasks.values():
            one = f"{path}/tasks/{task['id']}"
            await made(ada, f"{one}/comments", {"body": f"Look, {MARK}", "mentions": []})
            assert (await ada.post(f"{one}/pick")).status_code == 200
        moved = await ada.post(f"{path}/tasks/{tasks['state']['id']}/move", {"column_id": column})
        assert moved.status_code == 200, moved.text
        await ada.patch(f"{path}/tasks/{tasks['type']['id']}", {"priority": "urgent"})
        await ada.post(
            f"{path}/tasks/{tasks['type']['id']}/transition", {"to": "IN_PROGRESS", "reason": MARK}
        )
        return {kind: task["id"] for kind, task in tasks.items()}

    def with_others(self, more: dict[str, str]) -> defaultdict[str, str]:
        """The ids of this scene; of what it has none of, one that nothing has."""
        return defaultdict(lambda: UNKNOWN, self.ids | more)

    async def seen(self, person: Person) -> dict[str, Any]:
        """All that reading answers somebody, by route."""
        found: dict[str, Any] = {}
        for template in GETS:
            path = template.format_map(self.with_others({}))
            for query in queries(template, self.place.owner):
                answer = await person.get(path, **query)
                found[f"{template} {query}"] = (answer.status_code, told(answer))
        return found


def queries(template: str, owner: Person) -> list[dict[str, Any]]:
    """With what a list is asked for beside nothing at all."""
    asked: dict[str, list[dict[str, Any]]] = {
        "search": [{"q": word} for word in (MARK, MARK[:3], "task", "Seen", "ABC-2", "ABC-3")],
        "tasks": [
            {"limit": 1},
            {"assignee_id": owner.user_id},
            {"state": "TODO"},
            {"state": "IN_PROGRESS"},
        ],
        "columns": [{}, {"counts": True}],
        "stream": [{"after_seq": 0}],
        "dependencies": [{}, {"of": "children"}],
    }
    return asked.get(template.rpartition("/")[2], [{}])


def told(answer: httpx.Response) -> Any:
    """What an answer says, without what differs in each: the name of the request, and how far events are numbered."""
    if answer.headers["content-type"].startswith("text/event-stream"):
        return [line for line in answer.text.splitlines() if line.startswith("data:")]
    if answer.headers["content-type"] != "application/json":
        return answer.text
    body = answer.json()
    return {name: value for name, value in body.items() if name not in ("request_id", "last_seq")}


async def made(person: Person, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await person.post(path, body)
    assert answer.status_code == 201, (path, answer.text)
    value: dict[str, Any] = answer.json()
    return value


async def test_no_answer_changes_by_what_is_hidden(service: Service) -> None:
    scene = await Scene.begin(service)
    before = {person.name: await scene.seen(person) for person in (scene.customer, scene.helper)}
    await scene.hide()
    for person in (scene.customer, scene.helper):
        now = await scene.seen(person)
        changed = [route for route, answer in now.items() if before[person.name][route] != answer]
        assert not changed, [(route, before[person.name][route], now[route]) for route in changed]
        assert MARK not in json.dumps([answer for route, answer in now.items() if "/search" not in route])
    # The owner is told: the sweep looks where there is something to see.
    told_to_owner = await scene.seen(scene.place.owner)
    assert sum(MARK in json.dumps(answer) for answer in told_to_owner.values()) > 5


async def test_what_waits_for_something_hidden_does_not_name_it(service: Service) -> None:
    scene = await Scene.begin(service)
    hidden = await scene.hide()
    ada, path = scene.place.owner, scene.place.path
    for kind in ("state", "type", "external"):
        child = await scene.place.task("Waits")
        one = f"{path}/tasks/{child['id']}"
        key = (await ada.get(f"{path}/tasks/{hidden[kind]}")).json()["key"]
        await made(ada, f"{one}/dependencies", {"parent_id": hidden[kind]})
        scene.ids["task_id"] = child["id"]
        for person in (scene.outsider,) if kind == "type" else (scene.customer, scene.helper):
            for route, answer in (await scene.seen(person)).items():
                text = json.dumps(answer)
                is_named = hidden[kind] in text or f'"{key}"' in text or f" {key}" in text
                assert not is_named or "/search" in route, (kind, route, text)


@pytest.mark.parametrize("who", ["customer", "helper"])
async def test_the_id_of_a_hidden_task_is_an_id_like_any_other(service: Service, who: str) -> None:
    scene = await Scene.begin(service)
    hidden = await scene.hide()
    person: Person = getattr(scene, who)
    path, seen, here = scene.place.path, scene.ids["task_id"], {"column_id": scene.ids["column_id"]}
    closed = (await scene.place.owner.get(f"{path}/projects/SECRET")).json()["id"]

    def calls(id_: str) -> list[tuple[str, str, Any, Any]]:
        ids = scene.with_others(
            {
                "task_id": id_,
                "parent_id": id_,
                "founder": person.user_id,
                "member": person.user_id,
            }
        )
        every = [
            (method, template.format_map(ids), RULES[method, template].body, RULES[method, template].query)
            for method, template in [*CHANGES, *(("GET", each) for each in GETS if "{task_id}" in each)]
        ]
        every = [(*call[:2], call[2] and filled(call[2], ids), call[3]) for call in every]
        update = {"op": "update", "task_id": id_, "body": {"title": "Mine"}}
        return [
            *every,
            ("POST", f"{path}/tasks/{seen}/dependencies", {"parent_id": id_}, None),
            ("DELETE", f"{path}/tasks/{seen}/dependencies/{id_}", None, None),
            ("POST", f"{path}/tasks/{seen}/move", here | {"after": id_}, None),
            ("POST", f"{path}/tasks/{id_}/move", here, None),
            *(
                ("POST", f"{path}/tasks/bulk", {"mode": mode, "items": [update]}, None)
                for mode in ("atomic", "partial")
            ),
            ("GET", f"{path}/tasks", None, {"project_id": id_}),
        ]

    async def answers(id_: str) -> list[Any]:
        found = []
        for method, where, body, query in calls(id_):
            answer = await person.request(method, where, json=body, params=query)
            text = answer.text.replace(id_, "").replace(UNKNOWN, "")
            cleaned = json.loads(text)
            cleaned.pop("request_id", None)
            for result in cleaned.get("results", ()):
                (result["error"] or {}).pop("request_id", None)
            found.append((method, where.replace(id_, "").replace(UNKNOWN, ""), answer.status_code, cleaned))
        return found

    expected = await answers(UNKNOWN)
    assert {status for _, _, status, _ in expected} <= {200, 400, 403, 404, 409, 422}
    for kind, id_ in (hidden | {"project of": closed}).items():
        assert await answers(id_) == expected, kind
