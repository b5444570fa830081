"""What a workspace has in files: counted where it changes, held to its own limits and to those that were granted."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from app.core.permissions import OrgRole
from tests.harness import Person, Service, add_org_member, code
from tests.http_client import httpx


async def upload(person: Person, path: str, size: int) -> httpx.Response:
    return await person.request("POST", f"{path}/files", files={"file": ("a.txt", b"x" * size, "text/plain")})


async def used(person: Person, path: str) -> tuple[int, int]:
    found = (await person.get(f"{path}/file-usage")).json()
    return found["files"]["used"], found["file_bytes"]["used"]


@pytest.fixture
async def ada(service: Service) -> Person:
    return await service.person("ada")


@pytest.fixture
async def path(ada: Person) -> str:
    return f"/workspaces/{(await ada.create_workspace())['id']}"


async def test_files_count_until_they_are_deleted(ada: Person, path: str) -> None:
    assert await used(ada, path) == (0, 0)
    first = (await upload(ada, path, 10)).json()
    await upload(ada, path, 5)
    assert await used(ada, path) == (2, 15)
    deleting = [ada.delete(f"{path}/files/{first['id']}") for _ in range(3)]
    answers = sorted(answer.status_code for answer in await asyncio.gather(*deleting))
    assert answers == [204, 404, 404]
    assert await used(ada, path) == (1, 5)


async def test_the_lower_limit_holds(service: Service, ada: Person, path: str) -> None:
    workspace_id = path.rpartition("/")[2]
    platform = f"/platform{path}/file-limits"
    assert code(await ada.request("PUT", platform, json={"files": 1}))[0] == 403
    own = await ada.request("PUT", f"{path}/file-limits", json={"files": 3, "file_bytes": 100})
    assert own.json() == {
        "files": {"used": 0, "limit": 3}, "file_bytes": {"used": 0, "limit": 100},
        "own": {"files": 3, "file_bytes": 100}, "granted": {"files": None, "file_bytes": None}, "version": 2,
    }  # fmt: skip
    refused = await upload(ada, path, 101)
    assert code(refused) == (409, "LIMIT_EXCEEDED")
    assert refused.json()["details"] == {"limit": "workspace_file_bytes", "max": 100, "used": 0}
    assert (await upload(ada, path, 100)).status_code == 201
    assert (await upload(ada, path, 0)).status_code == 201

    async with service.edge.parts.database.write() as tx:
        values = {"workspace_id": workspace_id, "max_files": 2, "max_file_bytes": None}
        await tx.execute(tx.registry["set_file_limits"], values)
    refused = await upload(ada, path, 0)
    assert refused.json()["details"] == {"limit": "workspace_files", "max": 2, "used": 2}
    # What the OWNER lifts is the OWNER's.
    lifted = (await ada.request("PUT", f"{path}/file-limits", json={})).json()
    assert (lifted["files"]["limit"], lifted["file_bytes"]["limit"]) == (2, None)
    assert code(await upload(ada, path, 0)) == (409, "LIMIT_EXCEEDED")


async def test_an_organisation_grants_and_tells(service: Service, ada: Person) -> None:
    org = (await ada.post("/organizations", {"name": "Engines"})).json()["id"]
    grace = await service.person("grace")
    await add_org_member(service, org, grace, OrgRole.ADMIN)
    made = await ada.post(f"/organizations/{org}/workspaces", {"name": "Works"})
    path = f"/workspaces/{made.json()['id']}"
    place = f"/organizations/{org}{path}/file-limits"
    granted = await grace.request("PUT", place, json={"file_bytes": 10})
    assert granted.json()["granted"] == {"files": None, "file_bytes": 10}
    shown = await grace.get(place)
    assert (shown.json(), shown.headers["etag"]) == (granted.json(), granted.headers["etag"])
    assert code(await upload(ada, path, 11)) == (409, "LIMIT_EXCEEDED")
    stale: dict[str, Any] = {"If-Match": '"1-00000000"'}
    headers = grace.headers() | stale
    answer = await service.client.put(place, headers=headers, json={"file_bytes": 20})
    assert code(answer)[0] == 412
    for log in (f"{path}/audit", f"/organizations/{org}/audit"):
        (entry,) = (await ada.get(log, action="workspace.file_limits_set")).json()["items"]
        told = {"which": "granted", "from": {"files": None, "file_bytes": None}}
        assert entry["details"].items() >= (told | {"to": {"files": None, "file_bytes": 10}}).items()
    other = f"/organizations/{org}/workspaces/{(await ada.create_workspace())['id']}/file-limits"
    assert code(await grace.request("PUT", other, json={})) == (404, "WORKSPACE_NOT_FOUND")
    assert code(await grace.get(other)) == (404, "WORKSPACE_NOT_FOUND")


async def test_of_many_at_once_as_many_as_there_is_room_for(ada: Person, path: str) -> None:
    await ada.request("PUT", f"{path}/file-limits", json={"files": 3})
    answers = await asyncio.gather(*(upload(ada, path, 1) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [409] * 5
    assert await used(ada, path) == (3, 3)


@pytest.mark.parametrize("body", [{"files": -1}, {"files": "x"}, {"file_bytes": 2**60}, {"seats": 1}])
async def test_what_is_no_limit(ada: Person, path: str, body: dict[str, Any]) -> None:
    assert code(await ada.request("PUT", f"{path}/file-limits", json=body))[0] == 422
