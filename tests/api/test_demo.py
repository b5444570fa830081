"""A database that was seeded with the demo, in production."""

from __future__ import annotations

import asyncio
import logging
import re
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import argon2.profiles
import pytest

from app.core.config import Settings
from app.core.demo_accounts import DEMO_PASSWORD, DEMO_PEOPLE, EVENTFLOW_TYPES
from app.services.sign_in import Passwords
from scripts import run, seed
from tests.databases import TestDatabase, sqlite_database
from tests.harness import Clock, Service, code, make_settings, running

pytestmark = pytest.mark.passwords("cheapest")
ADA = "ada@example.com"


@pytest.fixture
def settings(database: TestDatabase, key_file: Path) -> Settings:
    return make_settings(database, key_file)


@pytest.fixture(scope="module")
def told(migrated: Path, key_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the demo, to be copied: to tell it takes longer than most tests."""
    database = sqlite_database(migrated, tmp_path_factory.mktemp("demo"))
    cost, Passwords.cost = Passwords.cost, argon2.profiles.CHEAPEST
    try:
        seed.run(settings := make_settings(database, key_file))
    finally:
        Passwords.cost = cost
    return Path(settings.db_name)


@pytest.fixture
def demo(settings: Settings, told: Path) -> Settings:
    """Where the demo is."""
    if settings.db_type == "sqlite":
        shutil.copy(told, settings.db_name)
    else:
        seed.run(settings)
    return settings


@pytest.fixture
def production(database: TestDatabase, key_file: Path) -> Settings:
    """With the local issuer, on purpose."""
    return make_settings(
        database,
        key_file,
        environment="production",
        blob_store="local",
        blob_local_root=database.directory / "blobs",
        local_issuer_enabled=True,
        allow_local_issuer_in_production=True,
        public_url="https://pm.example.com",
    )


async def sign_in(service: Service, email: str = ADA, password: str = DEMO_PASSWORD) -> Any:
    return await service.client.post("/auth/token", data={"username": email, "password": password})


async def test_production_closes_the_demo_and_ends_what_it_was_given(
    demo: Settings, production: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    # The issuer has one name all along, so that what was ended is refused for being ended.
    settings = demo.model_copy(update={"public_url": production.public_url})
    async with running(settings, clock) as service:
        given = (await sign_in(service)).json()
        bearer = {"Authorization": f"Bearer {given['access_token']}"}
        session = await service.client.post("/auth/validate", headers=bearer)
        both = bearer | {"X-PMA-Token": session.json()["pma_token"]}
        assert len((await service.client.get("/workspaces", headers=both)).json()["items"]) == 4
    with caplog.at_level(logging.WARNING, "app.services.demo"):
        async with running(production, clock) as first, running(production, clock) as service:
            for email in DEMO_PEOPLE:
                assert code(await sign_in(service, email)) == (401, "INVALID_CREDENTIALS")
            refreshed = await service.client.post(
                "/auth/refresh", json={"refresh_token": given["refresh_token"]}
            )
            assert code(refreshed) == (401, "INVALID_REFRESH_TOKEN")
            assert code(await first.client.get("/workspaces", headers=both)) == (401, "INVALID_AZURE_TOKEN")
            again = await service.client.post("/auth/validate", headers=bearer)
            assert code(again) == (401, "INVALID_AZURE_TOKEN")
    told = [record for record in caplog.records if "demo account was closed" in record.message]
    assert len(told) == len(DEMO_PEOPLE), "once each, although two processes started"
    audited = service.rows("SELECT actor_id FROM PlatformAuditLog WHERE action = 'account.demo_closed'")
    assert audited == [("service:start-up",)] * len(DEMO_PEOPLE)


async def test_a_demo_that_is_seeded_while_production_runs_is_refused_at_its_door(
    settings: Settings, production: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(production) as service:
        await asyncio.to_thread(seed.run, settings)
        with caplog.at_level(logging.WARNING, "app.services.sign_in"):
            assert code(await sign_in(service)) == (401, "INVALID_CREDENTIALS")
        assert "everybody can know" in caplog.text
        body = {"email": "new@example.com", "password": DEMO_PASSWORD, "display_name": "New"}
        refused = await service.client.post("/auth/register", json=body)
        assert code(refused) == (422, "VALIDATION_FAILED")


async def test_who_has_a_demo_address_and_a_password_of_their_own_stays(production: Settings) -> None:
    body = {"email": ADA, "password": "correct horse battery staple", "display_name": "Ada"}
    async with running(production) as service:
        assert (await service.client.post("/auth/register", json=body)).status_code == 201
    async with running(production) as service:
        assert (await sign_in(service, password=body["password"])).status_code == 200


async def test_development_keeps_its_demo(demo: Settings) -> None:
    async with running(demo) as service:
        assert (await sign_in(service)).status_code == 200


async def test_the_demo_shows_two_organisations_and_somebody_in_both(settings: Settings) -> None:
    told = await asyncio.to_thread(seed.run, settings)
    assert await asyncio.to_thread(seed.run, settings) == "The demo is there already."
    async with running(settings) as service:
        bearer = {"Authorization": f"Bearer {(await sign_in(service)).json()['access_token']}"}
        session = await service.client.post("/auth/validate", headers=bearer)
        both = bearer | {"X-PMA-Token": session.json()["pma_token"]}

        async def items(path: str) -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = (await service.client.get(path, headers=both)).json()["items"]
            return found

        mine = await items("/organizations")
        assert [(each["name"], each["role"]) for each in mine] == [
            ("Analytical Engines Ltd", "OWNER"),
            ("Flight Research", "MEMBER"),
        ]
        own = f"/organizations/{mine[0]['id']}"
        assert [(each["display_name"], each["role"]) for each in await items(f"{own}/members")] == [
            ("Ada Lovelace", "OWNER"),
            ("Alan Turing", "MEMBER"),
            ("Grace Hopper", "ADMIN"),
        ]
        assert [(each["name"], each["status"]) for each in await items(f"{own}/workspaces")] == [
            ("Jacquard looms", "SUSPENDED"),
            ("Punched cards", "ACTIVE"),
        ]
        workspaces = service.rows("SELECT COUNT(*) FROM Workspace")[0][0]
        counts = f"{len(DEMO_PEOPLE)} people, 2 organisations, {workspaces} workspaces"
        assert told == f"Seeded a demo: {counts}, 2 projects and 2 events."


class Visitor:
    """Somebody of the demo who looks round."""

    def __init__(self, service: Service, headers: dict[str, str]) -> None:
        self.service, self.headers = service, headers

    @classmethod
    async def arrive(cls, service: Service, email: str) -> Visitor:
        bearer = {"Authorization": f"Bearer {(await sign_in(service, email)).json()['access_token']}"}
        session = await service.client.post("/auth/validate", headers=bearer)
        return cls(service, bearer | {"X-PMA-Token": session.json()["pma_token"]})

    async def get(self, path: str) -> Any:
        answer = await self.service.client.get(path, headers=self.headers)
        assert answer.status_code == 200, (path, answer.text)
        return answer.json()

    async def items(self, path: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.get(path))["items"]
        return found


async def test_the_demo_has_eventflow_s_sample(demo: Settings) -> None:
    seen: dict[str, tuple[list[str], Counter[str], set[str]]] = {}
    async with running(demo) as service:
        for email, user_type in EVENTFLOW_TYPES.items():
            person = await Visitor.arrive(service, email)
            (workspace,) = await person.items("/workspaces")
            path = f"/workspaces/{workspace['id']}"
            types = {each["id"]: each["name"] for each in await person.items(f"{path}/user-types")}
            kinds = {each["id"]: each["name"] for each in await person.items(f"{path}/task-types")}
            assert (sorted(types.values()), len(kinds)) == (sorted(EVENTFLOW_TYPES.values()), 5)
            tasks = await person.items(f"{path}/tasks?limit=200")
            seen[user_type] = (
                [each["key"] for each in await person.items(f"{path}/events")],
                Counter(each["state"] for each in tasks),
                {kinds[each["task_type_id"]] for each in tasks},
            )
        everybody = await person.items(f"{path}/members")
        mappings = await person.items(f"{path}/eligibility-mappings")
        (template,) = await person.items(f"{path}/workflow-templates")
        version = await person.get(f"{path}/workflow-templates/{template['id']}/versions/1")
    assert (template["latest_version"], version["status"]) == (1, "PUBLISHED")
    assert (len(version["graph"]["nodes"]), len(version["graph"]["edges"])) == (7, 9)
    given = {each["display_name"]: types.get(each["user_type_id"]) for each in everybody}
    names = {DEMO_PEOPLE[email]: user_type for email, user_type in EVENTFLOW_TYPES.items()}
    assert given == names | {DEMO_PEOPLE["admin@eventflow.com"]: None}, "its OWNER is narrowed by no type"
    mapped = Counter(types[each["user_type_id"]] for each in mappings)
    assert mapped == {"EventManager": 5, "Vendor": 2, "Customer": 3, "Coordinator": 5}
    every = {"TODO", "IN_PROGRESS", "BLOCKED", "DONE"}
    assert [events for events, _, _ in seen.values()] == [
        ["SUMMIT", "GALA"], ["SUMMIT", "GALA"], ["GALA"], ["GALA"], ["SUMMIT", "GALA"]
    ]  # fmt: skip
    assert seen["SystemAdmin"][1] == seen["EventManager"][1] == seen["Coordinator"][1]
    assert seen["SystemAdmin"][1].keys() == every
    assert seen["Vendor"][2] == {"Catering", "Sound and light"}
    assert seen["Customer"][1].keys() == every - {"TODO"}
    assert seen["Customer"][2] == {"Venue", "Catering", "Guest services"}


async def test_what_run_says_to_try_is_there(demo: Settings) -> None:
    """Each address of its commands, in their order, by whom they are for."""
    text = run._welcome("http://here", seeded=True, has_console=True)
    addresses = re.findall(r"http://here(/(?:organizations|workspaces)\S*?)[ \"]", text)
    assert len(addresses) == 9
    async with running(demo) as service:
        ada = await Visitor.arrive(service, seed.OWNER_EMAIL)
        workspace = (await ada.items("/workspaces"))[0]["id"]
        for address in addresses[:-1]:
            answer = await ada.get(address.replace("$WORKSPACE", workspace))
            assert answer.get("items", answer), address
        picture = await service.client.get(
            addresses[-1].replace("$WORKSPACE", workspace), headers=ada.headers
        )
        assert "At its end 3 objectives count" in picture.text
        project, cards = await ada.items(f"/workspaces/{workspace}/projects")
        assert (cards["key"], project["key"]) == ("CARDS", "ENGINE")
        of_engine = f"/workspaces/{workspace}/tasks?limit=200&project_id={project['id']}"
        tasks = Counter(each["state"] for each in await ada.items(of_engine))
        flow = await ada.get(f"/workspaces/{workspace}/analytics/tasks")
        requests = await ada.items(f"/workspaces/{workspace}/approvals")
        waiting = await ada.items(f"/workspaces/{workspace}/approvals?whose=to_decide")
        (board,) = await ada.items(f"/workspaces/{workspace}/projects/{project['id']}/boards")
        columns = (await ada.get(f"/workspaces/{workspace}/boards/{board['id']}"))["columns"]
        talked_of = await ada.get(f"/workspaces/{workspace}/tasks/ENGINE-11")
        said = await ada.items(f"/workspaces/{workspace}/tasks/{talked_of['id']}/comments")
        labels = await ada.items(f"/workspaces/{workspace}/labels")
        order = await ada.get(f"/workspaces/{workspace}/tasks/ENGINE-12")
        brass = await ada.items(f"/workspaces/{workspace}/tasks/{order['id']}/labels")
    of_templates = [each["state"] for each in requests if each["object_type"] == "workflow_template"]
    assert of_templates == ["PENDING", "APPROVED", "CHANGES_REQUESTED"]
    assert [each["title"] for each in waiting] == ["Order cards"]
    assert [each["name"] for each in labels] == ["brass", "money", "paper"]
    assert [each["name"] for each in brass] == ["brass", "money"]
    assert (sum(each["task_count"] for each in columns), len(columns), len(said)) == (24, 4, 3)
    assert (set(tasks), tasks.total()) == ({"TODO", "IN_PROGRESS", "BLOCKED", "DONE"}, 24)
    busy = [each["bucket"] for each in flow["buckets"] if each["created"] and each["finished"]]
    assert len(busy) >= 8, "figures over time show something"
    assert flow["overall"]["cycle_time"]["p50_seconds"] > 86400


async def test_the_demo_has_okrs_that_are_agreed_on_and_measured(demo: Settings) -> None:
    async with running(demo) as service:
        ada = await Visitor.arrive(service, seed.OWNER_EMAIL)
        path = f"/workspaces/{(await ada.items('/workspaces'))[0]['id']}"
        aims = await ada.items(f"{path}/okr/objectives")
        weeks = (await ada.get(f"{path}/analytics/okr"))["buckets"]
        approvals = [
            each for each in await ada.items(f"{path}/approvals") if each["object_type"] == "objective"
        ]
        (connector,) = await ada.items(f"{path}/connectors")
        value = await ada.get(f"{path}/connectors/{connector['id']}/value")
    assert [(each["level"], each["state"]) for each in aims] == [
        ("COMPANY", "ACTIVE"),
        ("DEPARTMENT", "ACTIVE"),
        ("TEAM", "ACTIVE"),
        ("TEAM", "IN_APPROVAL"),
    ]
    assert [(each["state"], each["stage_number"]) for each in approvals] == [
        ("PENDING", 2),
        *[("APPROVED", 3)] * 3,
    ]
    scores = [float(each["total"]["score"]) for each in weeks if each["total"]["score"]]
    assert len(scores) >= 10
    assert scores == sorted(scores)
    assert weeks[-1]["total"]["overdue"] == 1
    assert (value["fallback"], value["is_stale"], value["status"]) == ("STATIC", True, "FAILED")
