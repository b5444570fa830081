"""Credentials of a workspace's own: they go in, are used, and never come out."""

from __future__ import annotations

import asyncio
import base64
import logging
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.services.link_checker import LinkChecker
from tests import odbc
from tests.databases import TestDatabase
from tests.harness import SECRET_KEY, SIGNING_KEY, Person, Service, code, make_settings, running
from tests.http_client import httpx
from tests.integrations.upstreams import EMAIL, TOKEN, Asked, FakeJira, Reply, jira_items

ROOT = Path(__file__).resolve().parents[2]
SECRET = "workspace-secret-9431"
HOSTS = ["127.0.0.1", "*.atlassian.net"]


class OwnJira(FakeJira):
    """Takes the workspace's token."""

    def answer(self, asked: Asked) -> Any:
        basic = base64.b64encode(f"team@example.com:{SECRET}".encode()).decode()
        right = base64.b64encode(f"{EMAIL}:{TOKEN}".encode()).decode()
        authorization = f"Basic {right}" if asked.authorization == f"Basic {basic}" else "Basic wrong"
        return super().answer(Asked(asked.path, asked.query, authorization))


@pytest.fixture
def shared() -> Iterator[FakeJira]:
    with FakeJira(jira_items(5)) as server:
        yield server


@pytest.fixture
def own() -> Iterator[OwnJira]:
    items = [{"id": "77", "key": "OWN", "name": "Our own"}]
    with OwnJira(items) as server:
        yield server


def settings_of(database: TestDatabase, key_file: Path, shared: FakeJira, **more: Any) -> Any:
    values = {
        "jira_base_url": shared.url,
        "jira_user_email": EMAIL,
        "jira_api_token": TOKEN,
        "integration_allowed_hosts": HOSTS,
    }
    return make_settings(database, key_file, **(values | more))


@pytest.fixture
async def service(database: TestDatabase, key_file: Path, shared: FakeJira) -> AsyncIterator[Service]:
    async with running(settings_of(database, key_file, shared)) as service:
        yield service


@pytest.fixture
async def ada(service: Service) -> Person:
    return await service.person("ada")


@pytest.fixture
async def workspace(ada: Person) -> str:
    return str((await ada.create_workspace())["id"])


async def put(person: Person, workspace: str, url: str, **more: Any) -> httpx.Response:
    body = {"base_url": url, "account": "team@example.com", "secret": SECRET} | more
    return await person.request("PUT", f"/workspaces/{workspace}/integration-connections/jira", json=body)


async def test_it_counts_instead_of_the_installation_s(
    ada: Person, workspace: str, own: OwnJira, shared: FakeJira
) -> None:
    path = f"/workspaces/{workspace}/integration-connections/jira"
    made = await put(ada, workspace, own.url)
    assert made.status_code == 200, made.text
    assert made.json()["base_url"] == own.url
    assert (await ada.get(f"/workspaces/{workspace}/integration-connections")).json()["items"] == [
        made.json()
    ]

    listed = (await ada.get("/integrations/jira/projects", workspace_id=workspace)).json()["items"]
    assert [item["name"] for item in listed] == ["Our own"]
    assert shared.asked == []
    assert len((await ada.get("/integrations/jira/projects")).json()["items"]) == 5
    item = await ada.get("/integrations/jira/projects/OWN", workspace_id=workspace)
    assert item.json()["id"] == "77"
    link = (await ada.post(f"/workspaces/{workspace}/links/jira", {"external_id": "OWN"})).json()
    assert (link["external_id"], link["status"]) == ("77", "OK")
    checked = (await ada.post(f"/workspaces/{workspace}/links/{link['id']}/check")).json()
    assert checked["status"] == "OK"

    assert (await ada.delete(path)).status_code == 204
    assert (await ada.post(f"/workspaces/{workspace}/links/{link['id']}/check")).json()[
        "status"
    ] == "ORPHANED"


@pytest.mark.parametrize("secret", ["schlüssel", "two words", "line\nfeed", "nul\x00", "", "x" * 4097])
@pytest.mark.parametrize("provider", ["jira", "ado", "snow", "sharepoint"])
async def test_a_secret_that_no_header_can_carry_is_refused(
    ada: Person, workspace: str, own: OwnJira, provider: str, secret: str
) -> None:
    path = f"/workspaces/{workspace}/integration-connections/{provider}"
    answer = await ada.request("PUT", path, json={"base_url": own.url, "secret": secret})
    assert code(answer) == (422, "VALIDATION_FAILED")
    if secret:
        assert secret not in answer.text
    assert code(await ada.get(path)) == (404, "CONNECTION_NOT_FOUND")


async def test_the_secret_never_comes_out(
    service: Service, ada: Person, workspace: str, own: OwnJira, caplog: pytest.LogCaptureFixture
) -> None:
    path = f"/workspaces/{workspace}"
    with caplog.at_level(logging.DEBUG):
        answers = [
            await put(ada, workspace, own.url),
            await put(ada, workspace, own.url, more=1),
            await put(ada, workspace, "https://evil.example"),
            await ada.get(f"{path}/integration-connections/jira"),
            await ada.get("/integrations/jira/projects", workspace_id=workspace),
            await ada.get(f"{path}/audit"),
        ]
    assert [answer.status_code for answer in answers] == [200, 422, 400, 200, 200, 200]
    for answer in answers:
        assert SECRET not in answer.text
    assert SECRET not in caplog.text
    assert SECRET not in str(service.rows("SELECT * FROM IntegrationConnection"))
    assert SECRET not in str(service.rows("SELECT details FROM AuditLog"))
    entry = answers[-1].json()["items"][0]
    assert (entry["action"], entry["details"]) == ("connection.set", {"base_url": own.url})


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example", "https://evil.example/.atlassian.net", "https://xatlassian.net",
        "https://atlassian.net", "http://a.atlassian.net", "https://a.atlassian.net:8443",
        "https://user@a.atlassian.net", "https://a.atlassian.net@evil.example", "https://a.atlassian.net?x=1",
        "https://a.atlassian.net#f", "http://169.254.169.254/latest", "https://[::1]", "https://localhost",
        "https://a.atlassian.net.evil.example", "https://a.atlassian.net:notaport", "https://a.atlassian.net.",
        "https://@a.atlassian.net", "https://xn--.atlassian.net", "https://a..atlassian.net",
    ],
)  # fmt: skip
async def test_hosts_that_nobody_allowed_are_refused(ada: Person, workspace: str, url: str) -> None:
    assert code(await put(ada, workspace, url)) == (400, "HOST_NOT_ALLOWED")


async def test_a_refusal_says_what_is_wrong_with_the_address(ada: Person, workspace: str) -> None:
    for url, reason in (
        ("https://xn--.atlassian.net", "host"),
        ("https://evil.example", "not_allowed"),
        ("http://a.atlassian.net", "scheme"),
        ("https://a.atlassian.net:8443", "port"),
        ("https://a.atlassian.net?x=1", "query"),
        ("https://u@a.atlassian.net", "user"),
    ):
        assert (await put(ada, workspace, url)).json()["details"] == {"reason": reason}


async def test_one_tenant_s_bad_host_is_nobody_else_s_trouble(
    service: Service, ada: Person, workspace: str, own: OwnJira, caplog: pytest.LogCaptureFixture
) -> None:
    """Of a connection that was set before such addresses were refused, and one whose answers are broken."""
    broken = str((await ada.create_workspace("Broken"))["id"])
    bad = str((await ada.create_workspace("Bad host"))["id"])
    for each in (broken, bad, workspace):
        await put(ada, each, own.url)
        made = await ada.post(f"/workspaces/{each}/links/jira", {"external_id": "OWN"})
        assert made.status_code == 201
    service.tamper(
        f"UPDATE IntegrationConnection SET base_url = 'https://xn--.atlassian.net' WHERE workspace_id = '{bad}'",
        f"UPDATE IntegrationConnection SET base_url = '{own.url}/broken' WHERE workspace_id = '{broken}'",
    )
    own.fault = lambda asked: Reply(200, b'{"id": "\xff\xfe"}') if asked.path.startswith("/broken") else None
    service.clock.advance(minutes=1)
    edge = service.edge
    checker = LinkChecker(
        database=edge.parts.database,
        tools=edge.tools,
        providers=edge.parts.providers,
        credentials=edge.parts.credentials,
        interval=timedelta(minutes=60),
    )
    assert await checker.check_due() == 3
    found = dict(service.rows("SELECT workspace_id, last_reason FROM WorkspaceExternalLink"))
    assert {str(key).lower(): value for key, value in found.items()} == {
        workspace: None, bad: "bad_address", broken: "bad_answer",
    }  # fmt: skip
    # Asked for, it is the other system's failure and none of this service's.
    listed = await ada.get("/integrations/jira/projects", workspace_id=bad)
    assert code(listed) == (502, "INTEGRATION_FAILURE")


async def test_an_allowed_host_is_taken_whatever_its_case(ada: Person, workspace: str) -> None:
    assert (await put(ada, workspace, "https://A.Atlassian.NET/")).status_code == 200


async def test_a_row_copied_to_another_workspace_does_not_open(
    service: Service, ada: Person, workspace: str, own: OwnJira
) -> None:
    await put(ada, workspace, own.url)
    other = (await ada.create_workspace("Other"))["id"]
    columns = "provider, base_url, account, secret, key_id, updated_at, updated_by"
    service.tamper(
        f"INSERT INTO IntegrationConnection (workspace_id, {columns}) SELECT '{other}', {columns} FROM IntegrationConnection"
    )
    response = await ada.get("/integrations/jira/projects", workspace_id=other)
    assert code(response) == (502, "INTEGRATION_FAILURE")
    assert response.json()["details"]["reason"] == "credential_unreadable"
    assert own.asked == []


async def test_a_workspace_s_list_is_its_admins(
    service: Service, ada: Person, workspace: str, own: OwnJira
) -> None:
    await put(ada, workspace, own.url)
    bob = await service.person("bob")
    await bob.create_workspace("Bob's")  # ADMIN, elsewhere
    response = await bob.get("/integrations/jira/projects", workspace_id=workspace)
    assert code(response) == (403, "USER_NOT_AUTHORIZED")
    assert own.asked == []


async def test_two_that_set_it_at_once(service: Service, ada: Person, workspace: str, own: OwnJira) -> None:
    answers = await asyncio.gather(*(put(ada, workspace, own.url) for _ in range(6)))
    assert {answer.status_code for answer in answers} == {200}
    assert service.rows("SELECT version FROM IntegrationConnection") == [(6,)]


async def test_without_keys_nothing_is_kept(database: TestDatabase, key_file: Path, shared: FakeJira) -> None:
    async with running(settings_of(database, key_file, shared, secret_keys=None)) as service:
        ada = await service.person("ada")
        workspace = (await ada.create_workspace())["id"]
        assert code(await put(ada, workspace, "https://a.atlassian.net")) == (503, "SERVICE_UNAVAILABLE")


async def test_keys_are_rotated_by_the_script(
    database: TestDatabase, key_file: Path, shared: FakeJira, own: OwnJira
) -> None:
    new = f"s2:{base64.urlsafe_b64encode(os.urandom(32)).decode().rstrip('=')}"
    async with running(settings_of(database, key_file, shared)) as service:
        ada = await service.person("ada")
        workspace = (await ada.create_workspace())["id"]
        await put(ada, workspace, own.url)

    def rotate(keys: str) -> tuple[int, str]:
        values = {name.upper(): str(value) for name, value in database.settings.items()}
        done = subprocess.run(
            [sys.executable, str(ROOT / "scripts" / "rotate_keys.py")],
            env={"PATH": os.environ["PATH"], "PMA_SIGNING_KEYS": SIGNING_KEY, "SECRET_KEYS": keys}
            | odbc.environment()
            | values,
            cwd=database.directory,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    code_, text = await asyncio.to_thread(rotate, new)
    assert (code_, f"{workspace}/jira" in text) == (1, True)  # the old key has gone too early
    for expected in ("sealed 1 with key s2\n", "sealed 0 with key s2\n"):
        code_, text = await asyncio.to_thread(rotate, f"{new},{SECRET_KEY}")
        assert (code_, text.startswith(expected)) == (0, True), text
    async with running(settings_of(database, key_file, shared, secret_keys=new)) as service:
        ada = await service.person("ada")
        listed = await ada.get("/integrations/jira/projects", workspace_id=workspace)
        assert [item["name"] for item in listed.json()["items"]] == ["Our own"]
