"""HEAD, OPTIONS and what is allowed (RFC 9110 sections 9.3.2, 9.3.7 and 15.5.6), over real sockets."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.core.middleware import ANONYMOUS
from tests.databases import TestDatabase
from tests.harness import Person, Service, api_routes, code, make_settings, serving
from tests.resource import UNKNOWN

# What is another for each answer, whatever the method.
VARYING = {
    "content-disposition",
    "content-length",
    "date",
    "location",
    "ratelimit",
    "set-cookie",
    "transfer-encoding",
    "x-audit-checkpoint",
    "x-audit-until",
    "x-request-id",
}


@pytest.fixture
async def service(database: TestDatabase, key_file: Path) -> AsyncIterator[Service]:
    settings = make_settings(database, key_file, rate_limit_read="1000/minute", rate_limit_write="500/minute")
    async with serving(settings) as service:
        yield service


@pytest.fixture
async def ids(service: Service) -> dict[str, str]:
    ada = await service.person("ada")
    workspace = (await ada.create_workspace())["id"]
    path = f"/workspaces/{workspace}"
    link = await ada.post(f"{path}/links/jira", {"external_id": "1", "verify": False})
    file = await ada.request("POST", f"{path}/files", files={"file": ("a.txt", b"some text", "text/plain")})
    members = (await ada.get(f"{path}/members")).json()["items"]
    return {
        "workspace_id": workspace,
        "member_id": members[0]["id"],
        "link_id": link.json()["id"],
        "file_id": file.json()["id"],
        "provider": "jira",
        "org_id": (await ada.post("/organizations", {"name": "One", "slug": "one"})).json()["id"],
        "slug": "one",
        "project_id": "1",
        "space_id": "1",
        "site_id": "1",
    }


async def head(person: Person, path: str) -> tuple[int, dict[str, str], bytes]:
    response = await person.request("HEAD", path)
    return response.status_code, dict(response.headers), response.content


async def test_head_is_answered_wherever_get_is(service: Service, ids: dict[str, str]) -> None:
    ada = await service.person("ada")
    asked = 0
    for route in api_routes(service.app):
        if "GET" not in (route.methods or ()):
            continue
        asked += 1
        path = route.path.format_map(defaultdict(lambda: UNKNOWN, ids))
        status, headers, body = await head(ada, path)
        assert body == b"", path
        if path.endswith("/stream"):
            assert (status, headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
            continue
        got = await ada.get(path)
        assert status == got.status_code, path
        for name, value in got.headers.items():
            if name not in VARYING:
                assert headers[name] == value, f"{path}: {name}"
    assert asked > 25
    download = f"/workspaces/{ids['workspace_id']}/files/{ids['file_id']}/download"
    assert (await head(ada, download))[1]["content-length"] == "9"
    async with asyncio.timeout(10):
        while service.edge.parts.feed._watches:  # noqa: ASYNC110 - a stream's HEAD leaves nobody watching
            await asyncio.sleep(0.01)


async def test_head_is_authorised_and_counted_as_get_is(service: Service, ids: dict[str, str]) -> None:
    path = f"/workspaces/{ids['workspace_id']}"
    response = await service.client.head(path)
    assert (response.status_code, response.content) == (401, b"")
    bob = await service.person("bob")
    assert (await head(bob, path))[0] == 403
    ada = await service.person("ada")
    before = (await ada.get(path)).headers["ratelimit"]
    after = (await head(ada, path))[1]["ratelimit"]
    left = [int(value.split("r=")[1].split(";")[0]) for value in (before, after)]
    assert left[0] - left[1] == 1
    metrics = (await service.client.get("/metrics")).text
    assert 'method="HEAD",route="/workspaces/{workspace_id}",status="200"' in metrics


async def test_allow_names_all_that_a_path_takes(service: Service, ids: dict[str, str]) -> None:
    ada = await service.person("ada")
    path = f"/workspaces/{ids['workspace_id']}"
    for where, allowed in (
        ("/workspaces", "GET, HEAD, OPTIONS, POST"),
        (path, "DELETE, GET, HEAD, OPTIONS, PATCH"),
        (f"{path}/restore", "OPTIONS, POST"),
        ("/livez", "GET, HEAD, OPTIONS"),
        ("/auth/token", "OPTIONS, POST"),
    ):
        options = await ada.request("OPTIONS", where)
        assert (options.status_code, options.headers["allow"], options.content) == (204, allowed, b"")
        refused = await ada.request("PUT", where)
        assert code(refused) == (405, "METHOD_NOT_ALLOWED")
        assert refused.headers["allow"] == allowed
    assert code(await ada.request("OPTIONS", "/nothing")) == (404, "NOT_FOUND")
    assert (await ada.request("HEAD", f"{path}/restore")).status_code == 405
    assert "/workspaces" not in ANONYMOUS
    assert (await service.client.options("/workspaces")).status_code == 401, "no path is told to a stranger"
