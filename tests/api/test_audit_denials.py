"""Somebody who is refused again and again: the first is told at once, the others together."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from app.core.clock import utc_text
from tests.databases import TestDatabase
from tests.harness import Person, Service, code, make_settings, running

SQL = "SELECT details FROM AuditLog WHERE action = 'access.denied' ORDER BY seq"


def told(service: Service) -> list[dict[str, Any]]:
    return [json.loads(details) for (details,) in service.rows(SQL)]


async def knock(person: Person, path: str, times: int = 1) -> None:
    answers = await asyncio.gather(*(person.get(path) for _ in range(times)))
    assert {code(answer) for answer in answers} == {(403, "USER_NOT_AUTHORIZED")}


@pytest.fixture
async def path(service: Service) -> str:
    ada = await service.person("ada")
    return f"/workspaces/{(await ada.create_workspace())['id']}"


async def test_what_repeats_is_one_entry_a_window(service: Service, path: str) -> None:
    bob = await service.person("bob")
    await knock(bob, path, 20)
    assert told(service) == [{"operation": "workspace.read", "required": "VIEWER", "role": None}]
    first = utc_text(service.clock())
    service.clock.advance(seconds=40)
    await knock(bob, path, 10)
    await service.edge.parts.audit.denials.flush()
    assert told(service)[1:] == [
        {
            "operation": "workspace.read",
            "required": "VIEWER",
            "role": None,
            "count": 29,
            "first_at": first,
            "last_at": utc_text(service.clock()),
            "addresses": ["127.0.0.1"],
        }
    ]
    await knock(bob, path, 5)
    assert len(told(service)) == 2, "the next window counts on"
    await service.edge.parts.audit.denials.flush()
    assert told(service)[-1]["count"] == 5
    await service.edge.parts.audit.denials.flush()
    await knock(bob, path)
    assert len(told(service)) == 4, "after a quiet window it is told at once again"
    assert "count" not in told(service)[-1]
    ada = await service.person("ada")
    assert (await ada.get(f"{path}/audit/verify")).json()["valid"]
    assert len((await ada.get(f"{path}/audit", outcome="DENIED")).json()["items"]) == 4


async def test_another_person_thing_or_role_is_another_entry(service: Service, path: str) -> None:
    bob, cyd = await service.person("bob"), await service.person("cyd")
    await knock(bob, path, 3)
    await knock(cyd, path, 3)
    await knock(bob, f"{path}/members", 3)
    ada = await service.person("ada")
    await ada.add(path.rpartition("/")[2], bob, "VIEWER")
    await knock(bob, f"{path}/audit", 3)
    assert [each["operation"] for each in told(service)] == [
        "workspace.read",
        "workspace.read",
        "member.list",
        "audit.read",
    ]
    await service.edge.parts.audit.denials.flush()
    assert [each["count"] for each in told(service)[4:]] == [2, 2, 2, 2]


def counted(service: Service) -> Counter[str]:
    text = service.edge.parts.metrics.text().decode()
    pattern = r'pma_db_query_duration_seconds_count\{query="(\w+)"\} ([\d.]+)'
    return Counter({name: int(float(count)) for name, count in re.findall(pattern, text)})


async def test_a_refusal_that_repeats_costs_one_read(service: Service, path: str) -> None:
    bob = await service.person("bob")
    await knock(bob, path)
    before = counted(service)
    await knock(bob, path)
    assert counted(service) - before == Counter({"read_access": 1})


async def test_what_is_counted_is_told_before_the_end(database: TestDatabase, key_file: Path) -> None:
    async with running(make_settings(database, key_file)) as service:
        ada, bob = await service.person("ada"), await service.person("bob")
        path = f"/workspaces/{(await ada.create_workspace())['id']}"
        await knock(bob, path, 7)
    assert [each.get("count") for each in told(service)] == [None, 6]


async def test_beyond_what_is_remembered_each_is_told(
    service: Service, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.kernel.audit_denials._MOST", 1)
    await knock(await service.person("bob"), path, 3)
    await knock(await service.person("cyd"), path, 3)
    await service.edge.parts.audit.denials.flush()
    assert [each.get("count") for each in told(service)] == [None, None, None, None, 2]


async def test_while_the_database_refuses_they_are_counted_on(database: TestDatabase, key_file: Path) -> None:
    settings = make_settings(database, key_file, sqlite_busy_timeout_seconds=0.05)
    if settings.db_type != "sqlite":
        pytest.skip("another connection takes SQLite's write lock")
    async with running(settings) as service:
        ada, bob = await service.person("ada"), await service.person("bob")
        path = f"/workspaces/{(await ada.create_workspace())['id']}"
        with closing(sqlite3.connect(settings.db_name, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            await knock(bob, path, 2)
            await service.edge.parts.audit.denials.flush()
            await knock(bob, path)
            other.execute("ROLLBACK")
        assert told(service) == []
        await service.edge.parts.audit.denials.flush()
        assert [each["count"] for each in told(service)] == [3]


async def test_a_workspace_that_was_purged_has_nothing_to_be_told(service: Service, path: str) -> None:
    bob, ada = await service.person("bob"), await service.person("ada")
    await knock(bob, path, 2)
    other = f"/workspaces/{(await ada.create_workspace())['id']}"
    await knock(bob, other, 2)
    workspace = path.rpartition("/")[2]
    service.tamper(f"DELETE FROM WorkspaceHead WHERE workspace_id = '{workspace}'")
    await service.edge.parts.audit.denials.flush()
    await service.edge.parts.audit.denials.flush()
    assert [each.get("count") for each in told(service)] == [None, None, 1]


async def test_a_window_that_is_ended_half_way_tells_each_refusal_once(
    database: TestDatabase, key_file: Path
) -> None:
    settings = make_settings(database, key_file)
    if settings.db_type != "sqlite":
        pytest.skip("another connection takes SQLite's write lock")
    async with running(settings) as service:
        ada, bob = await service.person("ada"), await service.person("bob")
        path = f"/workspaces/{(await ada.create_workspace())['id']}"
        await knock(bob, path, 8)
        with closing(sqlite3.connect(settings.db_name, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            flush = asyncio.ensure_future(service.edge.parts.audit.denials.flush())
            await asyncio.sleep(0.05)
            flush.cancel()
            await asyncio.sleep(0.05)
            other.execute("ROLLBACK")
        await asyncio.gather(flush, return_exceptions=True)
        await service.edge.parts.audit.denials.flush()
        assert [each.get("count") for each in told(service)] == [None, 7]
