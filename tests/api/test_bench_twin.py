"""The benchmark's twin answers what the service answers, or the comparison would mean nothing."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest

from scripts.bench.twin import make_twin
from tests.databases import TestDatabase, rows
from tests.harness import Clock, make_settings, running
from tests.http_client import httpx


async def test_the_twin_answers_and_writes_the_same(database: TestDatabase, key_file: Path) -> None:
    settings = make_settings(database, key_file)
    if settings.db_type != "sqlite":
        pytest.skip("the twin is written for SQLite")
    async with running(settings, Clock()) as service:
        ada = await service.person("ada")
        for number in range(3):
            created = await ada.create_workspace(f"W{number}")
        path = f"/workspaces/{created['id']}"
        twin = make_twin(settings)
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(twin), base_url="http://twin", headers=ada.headers()
        ) as client:
            one, many = (await client.get(path)).json(), (await client.get("/workspaces")).json()
            assert one == (await ada.get(path)).json()
            assert many == (await ada.get("/workspaces")).json()
            made = await client.post("/workspaces", json={"name": "By the twin"})
            assert made.status_code == 201, made.text
            assert set(made.json()) == set(created)
            for headers in ({"X-PMA-Token": "x"}, {"Authorization": "Bearer x"}):
                assert (await client.get(path, headers=headers)).status_code == 401
        # Every row that the service writes: its own chain is whole over what the twin wrote.
        verified = await ada.get(f"/workspaces/{made.json()['id']}/audit/verify")
        assert verified.json()["valid"], verified.text
        for table in ("WorkspaceMember", "WorkspaceHead", "AuditLog", "Event", "Job"):
            counts: list[tuple[Any, ...]] = rows(settings, f"SELECT COUNT(*) FROM {table}")
            assert counts == [(4,)], table
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            await twin.state.engine.dispose()
