"""A workspace with a cycle of OKRs, as an ADMIN sets it up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.kernel.okr_access import hold_objective, put_in_force
from tests.harness import Person, Service
from tests.http_client import httpx

METRIC = {"direction": "INCREASE", "baseline": "0", "commit": "50", "target": "100", "stretch": "120"}
DAYS = {"starts_on": "2027-01-01", "ends_on": "2027-03-31"}


@dataclass
class Okrs:
    service: Service
    ada: Person
    workspace_id: str
    cycle_id: str = ""

    @property
    def path(self) -> str:
        return f"/workspaces/{self.workspace_id}/okr"

    @classmethod
    async def begin(cls, service: Service) -> Okrs:
        """Ada's, who is its OWNER; with one cycle."""
        ada = await service.person("ada")
        okrs = cls(service, ada, (await ada.create_workspace())["id"])
        okrs.cycle_id = (await okrs.cycle())["id"]
        return okrs

    async def post(self, path: str, body: dict[str, Any], by: Person | None = None) -> dict[str, Any]:
        """What is made below ``path``."""
        answer = await (by or self.ada).post(f"{self.path}/{path}", body)
        assert answer.is_success, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def cycle(self, name: str = "Q1") -> dict[str, Any]:
        return await self.post("cycles", {"name": name, **DAYS})

    async def objective(
        self, title: str = "Grow", *, by: Person | None = None, **more: Any
    ) -> dict[str, Any]:
        return await self.post("objectives", {"cycle_id": self.cycle_id, "title": title, **more}, by)

    async def key_result(
        self, objective_id: str, title: str = "Sold", *, by: Person | None = None, **more: Any
    ) -> dict[str, Any]:
        """A METRIC where nothing else is said."""
        body = {"title": title, **({} if "zones" in more else {"metric": METRIC}), **more}
        return await self.post(f"objectives/{objective_id}/key-results", body, by)

    async def put_in_force(self, *objective_ids: str) -> None:
        """They are ACTIVE, as after the last approval."""
        for objective_id in objective_ids:
            async with self.service.edge.parts.database.write() as tx:
                row = await hold_objective(tx, self.workspace_id, objective_id)
                await put_in_force(tx, self.service.edge.tools, self.workspace_id, row)

    async def check_in(self, key_result_id: str, value: str, **more: Any) -> dict[str, Any]:
        body = {"value": value, "confidence": 5, **more}
        return await self.post(f"key-results/{key_result_id}/check-ins", body)

    async def get(self, path: str, by: Person | None = None, **params: Any) -> dict[str, Any]:
        answer = await (by or self.ada).get(f"{self.path}/{path}", **params)
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def align(
        self, child: dict[str, Any], *parents: dict[str, Any], weight: int = 1, **headers: str
    ) -> httpx.Response:
        """``headers`` with underscores, as names of parameters are."""
        body = {"parents": [{"objective_id": each["id"], "weight": weight} for each in parents]}
        sent = self.ada.headers() | {name.replace("_", "-"): value for name, value in headers.items()}
        path = f"{self.path}/objectives/{child['id']}/parents"
        return await self.service.client.request("PUT", path, headers=sent, json=body)

    async def later(self, **span: float) -> None:
        """Time passes, and ada signs in again."""
        self.service.clock.advance(**span)
        self.ada.access_token = self.service.access_token(self.ada.user_id, self.ada.name)
        assert (await self.ada.validate()).status_code == 200

    async def member(self, name: str, role: str = "MEMBER", **more: Any) -> Person:
        person = await self.service.person(name)
        await self.ada.add(self.workspace_id, person, role, **more)
        return person
