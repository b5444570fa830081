"""The task that looks for changes on behalf of all who follow."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from app.db.errors import DatabaseError
from app.kernel.feed import Feed
from tests.databases import TestDatabase
from tests.harness import Service, make_settings, running


async def test_a_workspace_that_cannot_be_read_keeps_no_other_waiting(
    directory: Path, key_file: Path
) -> None:
    """Its head is one whose number cannot be computed; all are read in one query."""
    settings = make_settings(TestDatabase(directory, {"db_name": str(directory / "test.db")}), key_file)
    async with running(settings) as service:
        ada = await service.person("ada")
        ids = [(await ada.create_workspace(f"W{number}"))["id"] for number in range(5)]
        feed = Feed(service.edge.parts.database, service.clock)
        with feed.watch(ids[0]) as one, feed.watch(ids[2]) as broken, feed.watch(ids[4]) as other:
            service.tamper(
                "ALTER TABLE WorkspaceHead RENAME TO Heads",
                "CREATE VIEW WorkspaceHead AS SELECT workspace_id, CASE workspace_id WHEN "
                f"'{ids[2]}' THEN abs(-9223372036854775807 - 1) ELSE event_seq END AS event_seq FROM Heads",
            )
            with pytest.raises(DatabaseError):
                await feed.look()
            assert await one.wait(0)
            assert await other.wait(0)
            assert not await broken.wait(0)


async def test_a_commit_is_told_at_once_to_those_who_follow(service: Service) -> None:
    """With a round that never comes again."""
    ada = await service.person("ada")
    workspace, other = await ada.create_workspace(), await ada.create_workspace()
    feed = service.edge.parts.feed
    with feed.watch(workspace["id"]) as watch, feed.watch(other["id"]) as idle:
        await feed.look()
        assert await watch.wait(0)
        assert await idle.wait(0)
        await ada.patch(f"/workspaces/{workspace['id']}", {"name": "Other"})
        async with asyncio.timeout(10):
            assert await watch.wait()
        assert not await idle.wait(0)
