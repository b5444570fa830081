"""People of several trusted tenants: who creates workspaces, and who uses the installation's credentials."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.core.config import Settings
from app.services.link_checker import LinkChecker
from tests.databases import TestDatabase
from tests.harness import Person, Service, code, make_settings, running
from tests.integrations.upstreams import EMAIL, TOKEN, FakeJira, jira_items
from tests.keyserver import CLIENT, OTHER_TENANT, TENANT, KeyServer, Signer

NOT_ALLOWED = (403, "USER_NOT_AUTHORIZED")
JIRA = "/integrations/jira/projects"


@pytest.fixture
def keys() -> Iterator[KeyServer]:
    with KeyServer() as server:
        yield server


@pytest.fixture
def jira() -> Iterator[FakeJira]:
    with FakeJira(jira_items(5)) as server:
        yield server


class Setting:
    """An installation of TENANT's, which trusts a partner's directory and a Keycloak besides."""

    def __init__(self, database: TestDatabase, key_file: Path, keys: KeyServer, jira: FakeJira) -> None:
        self._parts = database, key_file
        self._keys = keys
        partner = {"kind": "entra", "name": "partner", "tenants": [OTHER_TENANT], "audiences": [CLIENT]}
        oidc = {"kind": "oidc", "name": "keycloak", "issuer": f"{keys.url}/oidc", "audiences": ["pm-assist"]}
        self._values: dict[str, Any] = {
            "azure_tenant_id": TENANT,
            "azure_client_id": CLIENT,
            "azure_authority": keys.url,
            "azure_allow_guests": True,
            "trusted_issuers": [partner | {"authority": keys.url}, oidc],
            "local_issuer_enabled": False,
            "jira_base_url": jira.url,
            "jira_user_email": EMAIL,
            "jira_api_token": TOKEN,
            "integration_allowed_hosts": ["127.0.0.1"],
        }

    def settings(self, **more: Any) -> Settings:
        return make_settings(*self._parts, **(self._values | more))

    async def person(self, service: Service, name: str, kind: str = "own") -> Person:
        """Signed in; ``kind`` is own, guest, partner or keycloak."""
        signer, user_id = Signer(self._keys), str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{name} {kind}"))
        if kind == "keycloak":
            claims, user_id = signer.oidc(sub=name), f"keycloak:{name}"
        elif kind == "partner":
            iss = f"{self._keys.url}/{OTHER_TENANT}/v2.0"
            claims = signer.v2(oid=user_id, tid=OTHER_TENANT, iss=iss)
        else:
            claims = signer.v2(oid=user_id, acct=1 if kind == "guest" else 0)
        person = Person(service, name, user_id, signer.token(claims))
        assert (await person.validate()).status_code == 200
        return person


@pytest.fixture
def setting(database: TestDatabase, key_file: Path, keys: KeyServer, jira: FakeJira) -> Setting:
    return Setting(database, key_file, keys, jira)


@pytest.fixture
async def service(setting: Setting) -> AsyncIterator[Service]:
    async with running(setting.settings()) as service:
        yield service


OTHERS = ("guest", "partner", "keycloak")


def setting_for(kind: str, what: str) -> str:
    """What keeps them out."""
    return f"{what}_GUESTS" if kind == "guest" else f"{what}_TENANTS"


async def test_workspaces_are_created_by_the_installation_s_own_people(
    service: Service, setting: Setting
) -> None:
    ada = await setting.person(service, "ada")
    workspace = (await ada.create_workspace())["id"]
    for kind in OTHERS:
        other = await setting.person(service, "bob", kind)
        refused = await other.post("/workspaces", {"name": "Mine"})
        assert code(refused) == NOT_ALLOWED, kind
        assert refused.json()["details"] == {"required": setting_for(kind, "WORKSPACE")}
        # In one that somebody else made they are what they were made.
        await ada.add(workspace, other, "OWNER")
        assert (await other.patch(f"/workspaces/{workspace}", {"name": kind})).status_code == 200
    assert service.rows("SELECT COUNT(*) FROM Workspace") == [(1,)]


async def test_where_nobody_is_known_to_be_its_own_the_log_says_what_to_set(
    setting: Setting, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(setting.settings(azure_tenant_id=None, azure_client_id=None)) as service:
        other = await setting.person(service, "bob", "keycloak")
        assert code(await other.post("/workspaces", {"name": "Mine"})) == NOT_ALLOWED
    warned = [record.message for record in caplog.records if record.name == "app.main"]
    assert [line.partition(" until ")[2].split()[0] for line in warned] == [
        "WORKSPACE_TENANTS", "INTEGRATION_TENANTS", "INVITATION_TENANTS",
    ]  # fmt: skip


async def test_settings_let_others_create_workspaces(setting: Setting) -> None:
    for more, let_in in (
        ({"workspace_tenants": ["*"]}, {"partner", "keycloak"}),
        ({"workspace_tenants": ["keycloak"]}, {"keycloak"}),
        ({"workspace_guests": True}, {"guest"}),
    ):
        async with running(setting.settings(**more)) as service:
            for kind in OTHERS:
                other = await setting.person(service, "bob", kind)
                status = (await other.post("/workspaces", {"name": "Mine"})).status_code
                assert status == (201 if kind in let_in else 403), (more, kind)


async def test_lists_with_the_installation_s_credential_are_for_its_own_people(
    service: Service, setting: Setting, jira: FakeJira
) -> None:
    ada = await setting.person(service, "ada")
    workspace = (await ada.create_workspace())["id"]
    assert len((await ada.get(JIRA)).json()["items"]) == 5
    jira.asked.clear()
    for kind in OTHERS:
        other = await setting.person(service, "bob", kind)
        await ada.add(workspace, other, "OWNER")
        for response in (
            await other.get(JIRA),
            await other.get(f"{JIRA}/10003"),
            await other.get(JIRA, workspace_id=workspace),
            await other.get(f"{JIRA}/10003", workspace_id=workspace),
        ):
            assert code(response) == NOT_ALLOWED, kind
            assert response.json()["details"]["required"] == setting_for(kind, "INTEGRATION")
    assert jira.asked == []


@pytest.mark.parametrize("minimum", ["OWNER", "ADMIN", "MEMBER", "VIEWER"])
async def test_a_setting_says_from_which_role(setting: Setting, minimum: str) -> None:
    ranks = ["VIEWER", "MEMBER", "ADMIN", "OWNER"]
    async with running(setting.settings(integration_minimum_role=minimum)) as service:
        ada = await setting.person(service, "ada")
        workspace = (await ada.create_workspace())["id"]
        nobody = await setting.person(service, "nobody")
        assert code(await nobody.get(JIRA)) == NOT_ALLOWED
        for role in ranks:
            person = await setting.person(service, role)
            await ada.add(workspace, person, role)
            response = await person.get(JIRA)
            may = ranks.index(role) >= ranks.index(minimum)
            assert response.status_code == (200 if may else 403), role
            if not may:
                assert response.json()["details"] == {"required": minimum}
        # A link is its workspace's ADMINs', and needs what the lists need where it is asked for.
        admin = await setting.person(service, "ADMIN")
        linked = await admin.post(f"/workspaces/{workspace}/links/jira", {"external_id": "10003"})
        assert linked.status_code == (403 if minimum == "OWNER" else 201)


async def test_a_link_is_not_asked_for_with_it_on_behalf_of_others(
    service: Service, setting: Setting, jira: FakeJira
) -> None:
    ada = await setting.person(service, "ada")
    workspace = (await ada.create_workspace())["id"]
    path = f"/workspaces/{workspace}/links"
    for number, kind in enumerate(OTHERS):
        other = await setting.person(service, "bob", kind)
        await ada.add(workspace, other, "ADMIN")
        assert code(await other.post(f"{path}/jira", {"external_id": "10003"})) == NOT_ALLOWED
        unasked = await other.post(f"{path}/jira", {"external_id": f"1000{number}", "verify": False})
        assert unasked.status_code == 201
        assert code(await other.post(f"{path}/{unasked.json()['id']}/check")) == NOT_ALLOWED
        (entry,) = (await ada.get(f"/workspaces/{workspace}/audit", actor_id=other.user_id, outcome="DENIED",
                                  action="access.denied")).json()["items"][-1:]  # fmt: skip
        assert entry["details"]["required"] == setting_for(kind, "INTEGRATION")
    assert jira.asked == []
    # Whoever may use it checks the links of the others too.
    link = (await ada.get(path)).json()["items"][0]["id"]
    assert (await ada.post(f"{path}/{link}/check")).json()["status"] == "OK"


def checker(service: Service) -> LinkChecker:
    edge = service.edge
    return LinkChecker(
        database=edge.parts.database,
        tools=edge.tools,
        providers=edge.parts.providers,
        credentials=edge.parts.credentials,
        interval=timedelta(minutes=60),
    )


async def test_the_schedule_uses_it_for_links_of_the_installation_s_own_people(
    service: Service, setting: Setting, jira: FakeJira
) -> None:
    ada = await setting.person(service, "ada")
    workspace = (await ada.create_workspace())["id"]
    statuses = {}
    for number, kind in enumerate(("own", *OTHERS)):
        person = await setting.person(service, "bob", kind)
        await ada.add(workspace, person, "ADMIN")
        body = {"external_id": f"1000{number}", "verify": False, "display_name": kind}
        assert (await person.post(f"/workspaces/{workspace}/links/jira", body)).status_code == 201
        statuses[kind] = ("OK", 1) if kind == "own" else ("UNKNOWN", 0)
    service.clock.advance(minutes=1)
    assert await checker(service).check_due() == 4
    query = "SELECT display_name, status, checks FROM WorkspaceExternalLink"
    assert {name: (status, checks) for name, status, checks in service.rows(query)} == statuses
    assert len(jira.asked) == 1


@pytest.mark.parametrize(
    ("more", "asked"),
    [
        ({"integration_minimum_role": "OWNER"}, {"OWNER own"}),
        ({"integration_guests": True}, {"OWNER own", "ADMIN own", "ADMIN guest"}),
        ({"integration_tenants": ["keycloak"]}, {"ADMIN keycloak"}),
        ({"integration_tenants": ["*"]}, {"OWNER own", "ADMIN own", "ADMIN partner", "ADMIN keycloak"}),
    ],
)
async def test_the_schedule_goes_by_the_settings_of_today(
    setting: Setting, more: dict[str, Any], asked: set[str]
) -> None:
    """And by what whoever made a link was then: that they have left meanwhile stops nothing."""
    async with running(setting.settings()) as service:
        ada = await setting.person(service, "ada")
        workspace = (await ada.create_workspace())["id"]
        people = [("OWNER", "own"), ("ADMIN", "own"), *(("ADMIN", kind) for kind in OTHERS)]
        for number, (role, kind) in enumerate(people):
            person = await setting.person(service, role, kind)
            member = await ada.add(workspace, person, role)
            body = {"external_id": f"1000{number}", "verify": False, "display_name": f"{role} {kind}"}
            assert (await person.post(f"/workspaces/{workspace}/links/jira", body)).status_code == 201
            left = await ada.delete(f"/workspaces/{workspace}/members/{member['id']}")
            assert left.status_code == 204
    async with running(setting.settings(**more)) as service:
        service.clock.advance(minutes=1)
        assert await checker(service).check_due() == len(people)
        found = service.rows("SELECT display_name FROM WorkspaceExternalLink WHERE status = 'OK'")
        assert {name for (name,) in found} == asked


async def test_a_workspace_s_own_credential_is_its_admins_whoever_they_are(
    service: Service, setting: Setting
) -> None:
    ada = await setting.person(service, "ada")
    workspace = (await ada.create_workspace())["id"]
    other = await setting.person(service, "bob", "partner")
    await ada.add(workspace, other, "ADMIN")
    path = f"/workspaces/{workspace}"
    with FakeJira(jira_items(3)) as own:
        connection = {"base_url": own.url, "account": EMAIL, "secret": TOKEN}
        put = await other.request("PUT", f"{path}/integration-connections/jira", json=connection)
        assert put.status_code == 200, put.text
        assert len((await other.get(JIRA, workspace_id=workspace)).json()["items"]) == 3
        linked = await other.post(f"{path}/links/jira", {"external_id": "10002"})
        assert linked.status_code == 201
        assert (await other.post(f"{path}/links/{linked.json()['id']}/check")).json()["status"] == "OK"
        service.clock.advance(minutes=1)
        assert await checker(service).check_due() == 1
    assert service.rows("SELECT status, checks FROM WorkspaceExternalLink") == [("OK", 2)]
    assert code(await other.get(JIRA)) == NOT_ALLOWED


async def test_whoever_is_asked_as_themselves_needs_no_credential_of_the_installation_s(
    setting: Setting,
) -> None:
    """SharePoint on behalf of the caller: their own rights, which here end at an Entra ID that is away."""
    application = {"tenant_id": TENANT, "client_id": "app", "client_secret": "s", "on_behalf_of": True}
    more = {f"sharepoint_{name}": value for name, value in application.items()}
    more["sharepoint_authority"] = "https://127.0.0.1:9"
    async with running(setting.settings(**more)) as service:
        ada = await setting.person(service, "ada")
        workspace = (await ada.create_workspace())["id"]
        other = await setting.person(service, "bob", "partner")
        assert code(await other.get("/integrations/sharepoint/sites")) == NOT_ALLOWED
        await ada.add(workspace, other, "ADMIN")
        for response in (
            await other.get("/integrations/sharepoint/sites"),
            await other.get("/integrations/sharepoint/sites", workspace_id=workspace),
            await other.post(f"/workspaces/{workspace}/links/sharepoint", {"external_id": "a"}),
        ):
            assert code(response) == (502, "INTEGRATION_FAILURE")
            assert response.json()["details"]["reason"] != "not_configured"
        assert code(await other.get(JIRA)) == NOT_ALLOWED
