"""The keys of checkpoints: rotated, lost, and kept in either half."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from jose import jws

from app.core.rsa_key import load_or_create_key
from tests.databases import TestDatabase
from tests.harness import Clock, Person, Service, code, make_settings, running

CLOCK = Clock()


async def checkpoint(service: Service, path: str) -> str:
    response = await (await service.person("ada")).post(f"{path}/audit/checkpoints")
    assert response.status_code == 201, response.text
    made: str = response.json()["jws"]
    return made


async def verified(service: Service, path: str, *given: str) -> dict[str, Any]:
    ada: Person = await service.person("ada")
    report: dict[str, Any] = (await ada.get(f"{path}/audit/verify", checkpoint=list(given))).json()
    return report


async def kids(service: Service) -> list[str]:
    return [key["kid"] for key in (await service.client.get("/.well-known/audit-jwks.json")).json()["keys"]]


def kid(token: str) -> str:
    return str(jws.get_unverified_header(token)["kid"])


@pytest.fixture
async def before(database: TestDatabase, key_file: Path, tmp_path: Path) -> tuple[str, str, Path]:
    """A workspace, a checkpoint of it, and the key that it was signed with."""
    old = tmp_path / "old.pem"
    async with running(make_settings(database, key_file, audit_key_file=old), CLOCK) as service:
        ada = await service.person("ada")
        path = f"/workspaces/{(await ada.create_workspace())['id']}"
        return path, await checkpoint(service, path), old


@pytest.mark.parametrize("half", ["private", "public"])
async def test_after_a_rotation_both_keys_count(
    database: TestDatabase, key_file: Path, tmp_path: Path, before: tuple[str, str, Path], half: str
) -> None:
    path, kept, old = before
    if half == "public":
        public = load_or_create_key(old).public_key()
        old.write_bytes(
            public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        )
    settings = make_settings(
        database, key_file, audit_key_file=tmp_path / "new.pem", audit_earlier_key_files=[old]
    )
    async with running(settings, CLOCK) as service:
        found = await verified(service, path, kept)
        assert (found["valid"], found["findings"]) == (True, [])
        ada = await service.person("ada")
        await ada.patch(path, {"name": "Later"})
        later = await checkpoint(service, path)
        assert await kids(service) == [kid(later), kid(kept)]
        assert kid(later) != kid(kept)
        assert (await verified(service, path, kept, later))["valid"] is True
        service.tamper(f"UPDATE AuditLog SET entry_hash = '{'f' * 64}' WHERE seq = 1")
        found = await verified(service, path)
        assert "is not the entry that was signed" in {each["problem"] for each in found["findings"]}


async def test_a_lost_key_is_not_tampering(
    database: TestDatabase, key_file: Path, tmp_path: Path, before: tuple[str, str, Path]
) -> None:
    path, kept, _ = before
    settings = make_settings(database, key_file, audit_key_file=tmp_path / "new.pem")
    async with running(settings, CLOCK) as service:
        found = await verified(service, path)
        told = {
            "seq": 0,
            "entry_id": None,
            "problem": f"1 kept checkpoints: their key {kid(kept)} is not here",
            "kind": "unknown_key",
        }
        assert (found["valid"], found["findings"]) == (True, [told])
        # Who sends one along asks whether the log is as it says: what nobody can check is no pass.
        found = await verified(service, path, kept)
        assert found["valid"] is False
        assert [each["kind"] for each in found["findings"]] == ["unknown_key", "unknown_key"]


async def test_a_signature_that_is_wrong_is_tampering_under_a_known_key(
    database: TestDatabase, key_file: Path, before: tuple[str, str, Path]
) -> None:
    path, kept, old = before
    async with running(make_settings(database, key_file, audit_key_file=old), CLOCK) as service:
        service.tamper(f"UPDATE AuditCheckpoint SET jws = '{kept[:-6]}AAAAAA'")
        found = await verified(service, path)
        assert (found["valid"], found["findings"][0]["kind"]) == (False, "tampering")


@pytest.mark.parametrize("content", [b"", b"garbage", None])
async def test_an_earlier_key_that_cannot_be_read_is_said_at_the_start(
    database: TestDatabase, key_file: Path, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "earlier.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises((OSError, ValueError)):
        async with running(make_settings(database, key_file, audit_earlier_key_files=[path])):
            pass


async def test_a_key_that_cannot_be_made_is_no_fault_of_the_request(
    database: TestDatabase, key_file: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("where a directory should be")
    settings = make_settings(database, key_file, audit_key_file=tmp_path / "file" / "audit.pem")
    async with running(settings, CLOCK) as service:
        ada = await service.person("ada")
        path = f"/workspaces/{(await ada.create_workspace())['id']}"
        for response in (
            await ada.post(f"{path}/audit/checkpoints"),
            await ada.get(f"{path}/audit/verify"),
            await ada.get(f"{path}/audit/export"),
            await service.client.get("/.well-known/audit-jwks.json"),
        ):
            assert code(response) == (503, "SERVICE_UNAVAILABLE")
