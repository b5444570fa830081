"""Object roles and access checks: what the check says, the routes do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest

from tests.harness import Person, Service, code
from tests.http_client import httpx
from tests.work import Place, make_place

REASON = "The author – gone."


@dataclass
class Scene:
    """A project with things that bob made, and people who are something to it."""

    place: Place
    people: dict[str, Person]
    made: int = 0

    @property
    def bob(self) -> Person:
        return self.people["bob"]

    async def grant(
        self, person: str, role: str, object_type: str, object_id: str, **more: Any
    ) -> httpx.Response:
        body = {"object_type": object_type, "object_id": object_id, "role": role}
        user_id = self.people[person].user_id
        return await self.place.owner.post(
            f"{self.place.path}/object-roles", {**body, "user_id": user_id, **more}
        )

    async def task(self) -> str:
        self.made += 1
        body = {"project_id": self.place.project_id, "title": f"Number {self.made}"}
        return str((await self.bob.post(self.place.tasks, body)).json()["id"])

    async def comment(self) -> str:
        path = f"{self.place.tasks}/{await self.task()}/comments"
        return str((await self.bob.post(path, {"body": "Said."})).json()["id"])

    async def file(self) -> str:
        answer = await self.bob.request(
            "POST", f"{self.place.path}/files", files={"file": ("a.txt", b"x", "text/plain")}
        )
        return str(answer.json()["id"])

    async def filter(self) -> str:
        self.made += 1
        body = {"name": f"Number {self.made}", "filter": {"state": ["TODO"]}, "is_shared": True}
        return str((await self.bob.post(f"{self.place.path}/filters", body)).json()["id"])

    async def check(self, person: Person, operation: str, **more: Any) -> dict[str, Any]:
        answer = await person.post(f"{self.place.path}/access/check", {"operation": operation, **more})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


@pytest.fixture
async def scene(service: Service) -> Scene:
    place = await make_place(service)
    roles = {
        "bob": "MEMBER",
        "eve": "ADMIN",
        "mia": "MEMBER",
        "ovi": "MEMBER",
        "lea": "MEMBER",
        "max": "MEMBER",
    }
    people = {name: await place.member(name, role) for name, role in roles.items()}
    people |= {"ada": place.owner, "vic": await place.member("vic", "VIEWER")}
    people["ron"] = await place.member("ron", "MEMBER")
    unit = place.user_type(1, people["bob"])
    place.user_type(2, people["ron"], is_read_only=True)
    scene = Scene(place, people)
    for name, role, object_type, object_id in (
        ("mia", "MANAGER", "project", place.project_id),
        ("ovi", "OVERRIDE", "project", place.project_id),
        ("vic", "MANAGER", "project", place.project_id),
        ("lea", "LEAD", "user_type", unit),
    ):
        assert (await scene.grant(name, role, object_type, object_id)).status_code == 201
    return scene


Do = Callable[[Scene, Person, str], Awaitable[httpx.Response]]


async def _share(scene: Scene, person: Person, id_: str) -> httpx.Response:
    return await person.patch(f"{scene.place.path}/filters/{id_}", {"is_shared": False})


async def _restore(scene: Scene, person: Person, id_: str) -> httpx.Response:
    await scene.bob.delete(f"{scene.place.tasks}/{id_}")
    return await person.post(f"{scene.place.tasks}/{id_}/restore")


async def _add_member(scene: Scene, person: Person, id_: str) -> httpx.Response:
    someone = scene.people["max"].user_id
    answer = await person.post(f"{scene.place.path}/projects/{id_}/members", {"user_id": someone})
    if answer.status_code == 201:
        await scene.place.owner.delete(f"{scene.place.path}/projects/{id_}/members/{someone}")
    return answer


ROUTES: dict[str, tuple[str, Do]] = {
    "task.delete": ("task", lambda s, p, i: p.delete(f"{s.place.tasks}/{i}")),
    "task.restore": ("task", _restore),
    "task.update": ("task", lambda s, p, i: p.patch(f"{s.place.tasks}/{i}", {"title": "Other"})),
    "task.pick": ("task", lambda s, p, i: p.post(f"{s.place.tasks}/{i}/pick")),
    "comment.update": ("comment", lambda s, p, i: p.patch(f"{s.place.path}/comments/{i}", {"body": "O"})),
    "comment.delete": ("comment", lambda s, p, i: p.delete(f"{s.place.path}/comments/{i}")),
    "file.delete": ("file", lambda s, p, i: p.delete(f"{s.place.path}/files/{i}")),
    "filter.share": ("filter", _share),
    "filter.delete": ("filter", lambda s, p, i: p.delete(f"{s.place.path}/filters/{i}")),
    "project_member.add": ("project", _add_member),
}


@pytest.mark.parametrize("operation", ROUTES)
async def test_what_the_check_says_the_route_does(scene: Scene, operation: str) -> None:
    kind, do = ROUTES[operation]
    verdicts = {}
    for name, person in scene.people.items():
        id_ = scene.place.project_id if kind == "project" else await getattr(scene, kind)()
        told = await scene.check(person, operation, object_type=kind, object_id=id_)
        of_admin = await scene.check(
            scene.place.owner, operation, object_type=kind, object_id=id_, user_id=person.user_id
        )
        assert of_admin == told
        answer = await do(scene, person, id_)
        assert told["is_allowed"] is (answer.status_code < 400), (name, told, answer.text)
        if not told["is_allowed"]:
            assert answer.status_code == 403
            needed = answer.json()["details"]["required"]
            # Whoever may not change it at all is told that first.
            assert needed == told["required"] or (operation, needed) == ("filter.share", "ADMIN")
        verdicts[name] = told["rule"]
    assert verdicts["vic"] == "role_too_low", "an object role lifts no role"
    assert len(set(verdicts.values())) >= 3


async def override(person: Person, path: str, reason: str) -> httpx.Response:
    headers = {**person.headers(), "X-Override-Reason": reason}
    return await person.service.client.request("DELETE", path, headers=headers)


async def test_override_takes_a_reason_which_is_kept(scene: Scene) -> None:
    ovi, task, place = scene.people["ovi"], await scene.task(), scene.place
    asked = {"object_type": "task", "object_id": task}
    assert (await scene.check(ovi, "task.delete", **asked))["rule"] == "nobody_else"
    assert (await scene.check(ovi, "task.delete", override_reason=REASON, **asked))["rule"] == "override"
    path = f"{place.tasks}/{task}"
    assert (await ovi.delete(path)).status_code == 403
    for bad in ("%00", "a%07b", "x" * 501, "%20"):
        refused = await override(ovi, path, bad)
        assert code(refused) == (422, "VALIDATION_FAILED"), bad
    done = await override(ovi, path, quote(REASON))
    assert done.status_code == 204, done.text
    (entry,) = (await place.owner.get(f"{place.path}/audit", action="task.deleted")).json()["items"]
    assert entry["details"] | {"key": ""} == {"key": "", "allowed_by": "override", "override_reason": REASON}
    mia = scene.people["mia"]
    assert (await mia.post(f"{path}/restore")).status_code == 200
    (entry,) = (await place.owner.get(f"{place.path}/audit", action="task.restored")).json()["items"]
    assert entry["details"]["allowed_by"] == "object_manager"


async def test_an_object_role_ends(scene: Scene, service: Service) -> None:
    place, someone = scene.place, scene.people["max"]
    soon = (service.clock.now.replace(microsecond=0)).isoformat()
    refused = await scene.grant("max", "MANAGER", "project", place.project_id, expires_at=soon)
    assert code(refused) == (400, "RULE_VIOLATED")
    service.clock.advance(seconds=-30)
    granted = await scene.grant("max", "MANAGER", "project", place.project_id, expires_at=soon)
    assert granted.status_code == 201, granted.text
    asked = {"object_type": "task", "object_id": await scene.task()}
    assert (await scene.check(someone, "task.delete", **asked))["is_allowed"]
    service.clock.advance(seconds=30)
    assert not (await scene.check(someone, "task.delete", **asked))["is_allowed"]
    again = await scene.grant("max", "MANAGER", "project", place.project_id)
    assert code(again) == (409, "OBJECT_ROLE_EXISTS")
    path = f"{place.path}/object-roles"
    assert (await place.owner.delete(f"{path}/{granted.json()['id']}")).status_code == 204
    assert code(await place.owner.delete(f"{path}/{granted.json()['id']}")) == (404, "OBJECT_ROLE_NOT_FOUND")
    assert (await scene.grant("max", "MANAGER", "project", place.project_id)).status_code == 201


async def test_who_has_what_is_listed_and_goes_with_the_membership(scene: Scene) -> None:
    place, mia = scene.place, scene.people["mia"]
    path = f"{place.path}/object-roles"
    assert (await scene.grant("mia", "OVERRIDE", "project", place.project_id)).status_code == 201
    everything = (await place.owner.get(path)).json()["items"]
    assert len(everything) == 5
    of_mia = (await place.owner.get(path, user_id=mia.user_id)).json()["items"]
    assert {(each["role"], each["user_id"]) for each in of_mia} == {
        ("MANAGER", mia.user_id),
        ("OVERRIDE", mia.user_id),
    }
    of_project = {"object_type": "project", "object_id": place.project_id}
    assert len((await place.owner.get(path, **of_project)).json()["items"]) == 4
    both = (await place.owner.get(path, user_id=scene.people["lea"].user_id, **of_project)).json()
    assert both["items"] == []
    for filters in ({}, {"user_id": mia.user_id}, of_project):
        seen: list[str] = []
        cursor: dict[str, str] = {}
        while True:
            page = (await place.owner.get(path, limit=1, **filters, **cursor)).json()
            seen += [each["id"] for each in page["items"]]
            if page["next_cursor"] is None:
                break
            cursor = {"cursor": page["next_cursor"]}
        whole = (await place.owner.get(path, **filters)).json()["items"]
        assert seen == [each["id"] for each in whole]
    assert (await place.owner.get(path, object_type="project")).status_code == 400

    assert (await mia.post(f"{place.path}/members/leave")).status_code == 204
    assert (await place.owner.get(path, user_id=mia.user_id)).json()["items"] == []


async def test_what_cannot_be_granted(scene: Scene) -> None:
    place, unit = scene.place, "00000000-0000-4000-8000-00000000dead"
    assert code(await scene.grant("max", "LEAD", "project", place.project_id))[0] == 422
    assert code(await scene.grant("max", "MANAGER", "project", unit)) == (404, "PROJECT_NOT_FOUND")
    assert code(await scene.grant("max", "LEAD", "user_type", unit)) == (404, "USER_TYPE_NOT_FOUND")
    stranger = await place.service.person("sam")
    body = {"object_type": "project", "object_id": place.project_id, "role": "MANAGER"}
    refused = await place.owner.post(f"{place.path}/object-roles", {**body, "user_id": stranger.user_id})
    assert code(refused) == (404, "MEMBER_NOT_FOUND")


async def test_what_a_check_does_not_tell(scene: Scene) -> None:
    place, someone = scene.place, scene.people["max"]
    body = {"name": "Hidden", "key": "HID", "visibility": "members"}
    hidden = (await place.owner.post(f"{place.path}/projects", body)).json()["id"]
    nowhere = "00000000-0000-4000-8000-00000000dead"
    told = [
        await scene.check(someone, "project.update", object_type="project", object_id=each)
        for each in (hidden, nowhere)
    ]
    assert told[0] == told[1]
    assert (told[0]["is_allowed"], told[0]["rule"]) == (False, "not_seen")
    path = f"{place.path}/access/check"
    denied = await someone.post(path, {"operation": "task.pick", "user_id": place.owner.user_id})
    assert code(denied) == (403, "USER_NOT_AUTHORIZED")
    for body in ({"operation": "task.fly"}, {"operation": "task.pick", "object_type": "task"}):
        assert code(await someone.post(path, body)) == (400, "RULE_VIOLATED")


async def test_a_user_type_goes_with_its_leads(scene: Scene) -> None:
    place = scene.place
    made = (await place.owner.post(f"{place.path}/user-types", {"name": "Crew"})).json()["id"]
    assert (await scene.grant("max", "LEAD", "user_type", made)).status_code == 201
    assert (await place.owner.delete(f"{place.path}/user-types/{made}")).status_code == 204
    left = (await place.owner.get(f"{place.path}/object-roles", user_id=scene.people["max"].user_id)).json()
    assert left["items"] == []
