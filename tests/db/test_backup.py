"""A backup that is made under writes, restored elsewhere, and looked at as README says."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import stat
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from app.core.config import Settings
from scripts import admin
from scripts.backup import BackupFailed, back_up
from tests.databases import TestDatabase
from tests.harness import Person, make_settings, running


def settings_in(directory: Path, key_file: Path, **more: Any) -> Settings:
    database = TestDatabase(directory, {"db_name": str(directory / "test.db"), "sqlite_readers": 2})
    blobs = {"blob_store": "local", "blob_local_root": directory / "blobs"}
    return make_settings(database, key_file, **blobs, **more)


async def upload(ada: Person, path: str, name: str) -> str:
    file = {"file": (name, name.encode(), "text/plain")}
    return str((await ada.request("POST", f"{path}/files", files=file)).json()["id"])


async def test_what_was_acknowledged_before_a_backup_is_there_after_its_restore(
    directory: Path, key_file: Path, tmp_path: Path
) -> None:
    kept, restored = tmp_path / "kept", tmp_path / "restored"
    kept.mkdir()
    restored.mkdir()
    acknowledged: dict[str, str] = {}
    enough = asyncio.Event()
    async with running(settings_in(directory, key_file)) as service:
        ada = await service.person("ada")
        path = f"/workspaces/{(await ada.create_workspace())['id']}"

        async def write() -> None:
            while True:
                name = f"{len(acknowledged)}.txt"
                acknowledged[await upload(ada, path, name)] = name
                if len(acknowledged) == 5:
                    enough.set()

        writers = [asyncio.create_task(write()) for _ in range(2)]
        await enough.wait()
        before = dict(acknowledged)
        await asyncio.to_thread(back_up, directory / "test.db", kept / "test.db")
        await asyncio.to_thread(shutil.copytree, directory / "blobs", kept / "blobs",
                                ignore=shutil.ignore_patterns(".parts"))  # fmt: skip
        for writer in writers:
            writer.cancel()
        await asyncio.gather(*writers, return_exceptions=True)
    assert [each.name for each in kept.iterdir() if each.is_file()] == ["test.db"], "no -wal, no .part"
    if os.name != "nt":
        assert stat.S_IMODE((kept / "test.db").stat().st_mode) == 0o600
    shutil.copytree(kept, restored, dirs_exist_ok=True)
    settings = settings_in(restored, key_file)
    async with running(settings) as service:
        service.people["ada"] = Person(service, "ada", ada.user_id, ada.access_token, ada.pma_token)
        ada = service.people["ada"]
        assert (await ada.get(f"{path}/audit/verify")).json()["valid"] is True
        listed = (await ada.get(f"{path}/files", limit=200)).json()["items"]
        assert before.items() <= {item["id"]: item["name"] for item in listed}.items()
        for item in listed:
            assert (await ada.get(f"{path}/files/{item['id']}/download")).text == item["name"]
        assert await upload(ada, path, "after.txt")
    for name in ("verify_audit_chain", "find_orphans"):
        assert admin.run(settings, admin.load("sqlite")[name], {})[0].rows == []


def test_a_backup_takes_no_other_file_s_place(directory: Path) -> None:
    (directory / "kept.db").write_bytes(b"yesterday's")
    with pytest.raises(BackupFailed, match="there already"):
        back_up(directory / "test.db", directory / "kept.db")
    assert (directory / "kept.db").read_bytes() == b"yesterday's"


def test_nothing_is_no_backup_of_something(directory: Path) -> None:
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        back_up(directory / "misspelt.db", directory / "kept.db")
    with closing(sqlite3.connect(directory / "test.db")) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    content = bytearray((directory / "test.db").read_bytes())
    content[8192:16384] = bytes(8192)
    (directory / "damaged.db").write_bytes(content)
    with pytest.raises((BackupFailed, sqlite3.DatabaseError)):
        back_up(directory / "damaged.db", directory / "kept.db")
    assert not list(directory.glob("kept*"))
    assert not (directory / "misspelt.db").exists()
