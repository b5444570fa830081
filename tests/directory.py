"""A directory that provisions an organisation, as Entra ID and others do."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from tests.harness import Person, Service
from tests.http_client import httpx

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


@dataclass
class Directory:
    """Somebody with the secret of a connection."""

    service: Service
    org_id: str
    connection_id: str
    secret: str
    root: str

    async def request(self, method: str, path: str, body: Any = None, **options: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.secret}", **options.pop("headers", {})}
        if body is not None:
            headers["Content-Type"] = "application/scim+json"
        return await self.service.client.request(
            method, f"{self.root}{path}", headers=headers, json=body, **options
        )

    async def add_user(self, name: str, external_id: str | None = None, **more: Any) -> dict[str, Any]:
        body = {
            "schemas": [USER],
            "userName": f"{name}@contoso.local",
            "externalId": external_id or str(uuid.uuid5(uuid.NAMESPACE_DNS, name)),
            "displayName": name.title(),
            "active": True,
            "emails": [{"type": "work", "value": f"{name}@contoso.local", "primary": True}],
            **more,
        }
        made = await self.request("POST", "/Users", body)
        assert made.status_code == 201, made.text
        created: dict[str, Any] = made.json()
        return created

    async def add_group(self, name: str, *members: str) -> dict[str, Any]:
        body = {
            "schemas": [GROUP],
            "displayName": name,
            "externalId": str(uuid.uuid4()),
            "members": [{"value": each} for each in members],
        }
        made = await self.request("POST", "/Groups", body)
        assert made.status_code == 201, made.text
        created: dict[str, Any] = made.json()
        return created

    async def patch(self, path: str, *operations: Any, **options: Any) -> httpx.Response:
        return await self.request("PATCH", path, {"schemas": [PATCH], "Operations": operations}, **options)

    async def set_active(self, scim_id: str, active: object) -> None:
        done = await self.patch(f"/Users/{scim_id}", {"op": "Replace", "path": "active", "value": active})
        assert done.status_code == 204, done.text


async def connect(
    admin: Person, org_id: str | None = None, name: str = "Entra", *, ends_sessions: bool = True
) -> Directory:
    """The directory of an organisation's OWNER, connected to it, or to a new one of theirs; by somebody who
    administers the platform where it ``ends_sessions``."""
    if org_id is None:
        made = await admin.post("/organizations", {"name": f"Of {admin.name}"})
        assert made.status_code == 201, made.text
        org_id = made.json()["id"]
    is_platform = f"UPDATE UserAccount SET is_platform_admin = {{}} WHERE id = '{admin.user_id}'"
    if ends_sessions:
        admin.service.tamper(is_platform.format(1))
    made = await admin.post(f"/organizations/{org_id}/scim-connections", {"name": name})
    if ends_sessions:
        admin.service.tamper(is_platform.format(0))
    assert made.status_code == 201, made.text
    root = f"/organizations/{org_id}/scim/v2"
    return Directory(admin.service, org_id, made.json()["id"], made.json()["secret"], root)
