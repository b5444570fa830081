"""What Prometheus is told: numbers of every part, and nothing about anybody."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from app.db.errors import DatabaseError
from app.kernel.jobs import measure_backlog
from tests.databases import TestDatabase
from tests.harness import Service, code, make_outbox, make_settings, running
from tests.integrations.upstreams import FakeUpstream

QUEUE = (("queue", "default"),)


async def samples(service: Service) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    answer = await service.client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


async def test_requests_by_route_and_queries_by_name(service: Service) -> None:
    ada = await service.person("ada")
    workspace = await ada.create_workspace()
    for _ in range(3):
        await ada.get(f"/workspaces/{workspace['id']}")
    await ada.get("/workspaces/00000000-0000-4000-8000-000000000000")
    await service.client.get("/workspaces")
    found = await samples(service)
    count = "pma_http_request_duration_seconds_count"
    route = ("route", "/workspaces/{workspace_id}")
    assert found[count, (("method", "GET"), route, ("status", "200"))] == 3
    assert found[count, (("method", "GET"), route, ("status", "404"))] == 1
    assert found[count, (("method", "GET"), ("route", "none"), ("status", "401"))] == 1
    assert found["pma_db_query_duration_seconds_count", (("query", "read_access"),)] == 4
    assert found["pma_db_query_duration_seconds_count", (("query", "insert_workspace"),)] == 1
    assert found["pma_db_connections", (("state", "open"),)] >= 1
    assert found["pma_db_connections", (("state", "busy"),)] == 0


async def test_the_outbox_s_backlog(service: Service) -> None:
    ada = await service.person("ada")
    await ada.create_workspace()
    service.clock.advance(seconds=90)
    edge = service.edge
    measure = partial(measure_backlog, edge.parts.database, edge.tools, edge.parts.metrics.outbox)
    await measure()
    found = await samples(service)
    assert (found["pma_outbox_waiting", QUEUE], found["pma_outbox_lag_seconds", QUEUE]) == (1, 90)
    await make_outbox(edge).run_due()
    await measure()
    found = await samples(service)
    assert (found["pma_outbox_waiting", QUEUE], found["pma_outbox_lag_seconds", QUEUE]) == (0, 0)
    assert (found["pma_outbox_waiting", (("queue", "scan"),)], found["pma_outbox_dead", ()]) == (0, 0)
    done = (("kind", "folder"), ("outcome", "done"))
    assert found["pma_job_duration_seconds_count", done] == 1
    await edge.parts.database.close()
    with pytest.raises(DatabaseError):
        await measure()
    found = await samples(service)  # of which nothing asks the database
    assert ("pma_outbox_waiting", QUEUE) not in found
    assert found["pma_db_connections", (("state", "busy"),)] == 0


async def test_calls_to_other_systems_by_outcome(database: TestDatabase, key_file: Path) -> None:
    with FakeUpstream() as upstream:
        settings = make_settings(
            database, key_file, snow_base_url=upstream.url, snow_api_token="t", integration_deadline_seconds=5
        )
        async with running(settings) as service:
            ada = await service.person("ada")
            await ada.create_workspace()
            await ada.get("/integrations/snow/spaces/0123456789abcdef0123456789abcdef")
            found = await samples(service)
            labels = [dict(labels) for name, labels in found if name == "pma_integration_calls_total"]
            assert {each["provider"] for each in labels} == {"snow"}
            # The item, and what was asked then to see whether the credential still works.
            assert {each["outcome"] for each in labels} == {"not_found", "bad_address"}


async def test_nobody_is_named(service: Service) -> None:
    ada = await service.person("ada")
    workspace = await ada.create_workspace("Very Secret")
    await ada.get(f"/workspaces/{workspace['id']}/members")
    text = (await service.client.get("/metrics")).text
    for name in (ada.user_id, workspace["id"], "ada@example.com", "Very Secret", ada.pma_token):
        assert name not in text


async def test_methods_that_clients_make_up_are_one(service: Service) -> None:
    """Every label is kept for the life of the process: a stranger must not be able to make more."""
    for number in range(20):
        assert (await service.client.request(f"MADE{number}", "/workspaces")).status_code == 401
        assert (await service.client.request(f"MADE{number}", "/livez")).status_code == 405
    found = await samples(service)
    methods = {dict(labels)["method"] for name, labels in found if name.startswith("pma_http_request")}
    assert methods <= {"GET", "_OTHER"}
    count = "pma_http_request_duration_seconds_count"
    assert found[count, (("method", "_OTHER"), ("route", "none"), ("status", "401"))] == 20


async def test_who_may_ask(database: TestDatabase, key_file: Path) -> None:
    production = {
        "environment": "production", "azure_tenant_id": "7f3a1f64-5c1e-4b3e-9a57-1d0c2f1a9b10",
        "azure_client_id": "c", "public_url": "https://pm.example.com", "blob_store": "local",
    }  # fmt: skip
    async with running(make_settings(database, key_file, **production)) as service:
        assert code(await service.client.get("/metrics")) == (404, "NOT_FOUND")
    async with running(
        make_settings(database, key_file, metrics_token="Zr4tP0wq8LmX2vBn6KsJ9dHf3GcY7aTe", **production)
    ) as service:
        for headers in (
            {},
            {"Authorization": "Bearer wrong"},
            {"Authorization": "Zr4tP0wq8LmX2vBn6KsJ9dHf3GcY7aTe"},
        ):
            assert code(await service.client.get("/metrics", headers=headers))[0] == 401
        good = {"Authorization": "Bearer Zr4tP0wq8LmX2vBn6KsJ9dHf3GcY7aTe"}
        assert (await service.client.get("/metrics", headers=good)).status_code == 200
