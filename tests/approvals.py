"""A workspace that has its templates of workflows approved, and people who do that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from tests.harness import Person, Service
from tests.http_client import httpx
from tests.work import Place, make_place

TEMPLATES = "workflow_template"
PEOPLE = {"eve": "ADMIN", "abe": "ADMIN", "bob": "MEMBER", "cat": "MEMBER", "dan": "MEMBER", "vic": "VIEWER"}


def stage(key: str, required: int = 1, **asked: Any) -> dict[str, Any]:
    """``asked``: whom; ``deadline_hours`` and ``escalate_to`` may be among it."""
    late: dict[str, Any] = {
        name: asked.pop(name) for name in ("deadline_hours", "escalate_to") if name in asked
    }
    return {"key": key, "name": key.title(), "required": required, "deciders": asked, **late}


TWO_STAGES = (
    stage("team", 2, roles=["MEMBER"]),
    stage("board", roles=["OWNER", "ADMIN"], object_roles=["APPROVER"]),
)


@dataclass
class Office:
    """ada is its OWNER; eve makes templates."""

    place: Place
    people: dict[str, Person]
    made: int = 0
    drafts: dict[str, int] = field(default_factory=dict)

    @property
    def service(self) -> Service:
        return self.place.service

    def __getitem__(self, name: str) -> Person:
        return self.people[name]

    def id_of(self, name: str) -> str:
        return self.people[name].user_id

    async def set_flow(self, *stages: dict[str, Any], who: str = "ada", **headers: str) -> httpx.Response:
        person = self[who]
        return await self.service.client.put(
            f"{self.place.path}/approval-flows/{TEMPLATES}",
            json={"stages": list(stages)},
            headers=person.headers() | headers,
        )

    async def change_flow(self, *stages: dict[str, Any]) -> None:
        answer = await self.set_flow(*stages)
        assert answer.status_code == 200, answer.text

    async def template(self, author: str = "eve") -> str:
        """The id of a new one with a draft."""
        self.made += 1
        answer = await self[author].post(
            f"{self.place.path}/workflow-templates", {"name": f"Template {self.made}", "graph": self._graph()}
        )
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def edit(self, template_id: str, author: str = "eve") -> httpx.Response:
        self.made += 1
        path = f"{self.place.path}/workflow-templates/{template_id}/draft"
        return await self[author].request("PUT", path, json=self._graph())

    async def duplicated(self, template_id: str, version: int | None = None, who: str = "abe") -> str:
        """The id of the copy."""
        self.made += 1
        answer = await self[who].post(
            f"{self.place.path}/workflow-templates/{template_id}/duplicate",
            {"name": f"Template {self.made}", "template_version": version},
        )
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def _graph(self) -> dict[str, Any]:
        return {"nodes": [{"id": "a", "title": f"Do {self.made}"}], "edges": []}

    async def submit(self, template_id: str, who: str = "eve") -> httpx.Response:
        body = {"object_type": TEMPLATES, "object_id": template_id}
        return await self[who].post(f"{self.place.path}/approvals", body)

    async def submitted(self, author: str = "eve", by: str | None = None) -> dict[str, Any]:
        answer = await self.submit(await self.template(author), by or author)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def act(
        self, who: str, act: str, request: dict[str, Any], reason: str | None = None
    ) -> httpx.Response:
        path = f"{self.place.path}/approvals/{request['id']}/{act}"
        if act == "override":
            headers = self[who].headers() | ({"X-Override-Reason": quote(reason)} if reason else {})
            return await self.service.client.post(path, headers=headers)
        return await self[who].post(path, None if reason is None else {"reason": reason})

    async def approve(self, request: dict[str, Any], *people: str) -> dict[str, Any]:
        """By each of them; answers what became of it."""
        found: dict[str, Any] = {}
        for who in people:
            answer = await self.act(who, "approve", request)
            assert answer.status_code == 200, answer.text
            found = answer.json()
        return found

    async def read(self, who: str, request: dict[str, Any]) -> dict[str, Any]:
        answer = await self[who].get(f"{self.place.path}/approvals/{request['id']}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def listed(self, who: str, whose: str = "to_decide", **more: Any) -> list[str]:
        answer = await self[who].get(f"{self.place.path}/approvals", whose=whose, **more)
        assert answer.status_code == 200, answer.text
        return [each["id"] for each in answer.json()["items"]]

    async def delegate(self, who: str, to: str, request: dict[str, Any] | None = None) -> httpx.Response:
        """For a day, or about one request."""
        if request is not None:
            path = f"{self.place.path}/approvals/{request['id']}/delegate"
            return await self[who].post(path, {"user_id": self.id_of(to)})
        self.service.clock.advance(microseconds=1)
        ends_at = self.service.clock().replace(year=self.service.clock().year + 1).isoformat()
        body = {"user_id": self.id_of(to), "ends_at": ends_at}
        return await self[who].post(f"{self.place.path}/approval-delegations", body)

    async def grant(self, who: str, role: str, template_id: str, *, giver: str = "ada", **more: Any) -> None:
        body = {"object_type": TEMPLATES, "object_id": template_id, "role": role, "user_id": self.id_of(who)}
        answer = await self[giver].post(f"{self.place.path}/object-roles", body | more)
        assert answer.status_code == 201, answer.text

    async def status(self, template_id: str) -> tuple[int | None, int | None]:
        """The latest version that is published, and the draft."""
        found = (await self["ada"].get(f"{self.place.path}/workflow-templates/{template_id}")).json()
        return found["latest_version"], found["draft_version"]

    def actions(self) -> Sequence[str]:
        rows = self.service.rows("SELECT action FROM AuditLog WHERE target_type = 'approval' ORDER BY seq")
        return [row[0] for row in rows]


async def make_office(service: Service, *stages: dict[str, Any]) -> Office:
    place = await make_place(service)
    people = {"ada": place.owner}
    for name, role in PEOPLE.items():
        people[name] = await place.member(name, role)
    office = Office(place, people)
    await office.change_flow(*(stages or TWO_STAGES))
    return office
