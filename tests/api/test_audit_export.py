"""The audit log as a file, and its signed heads: what a reviewer takes away and holds against it later."""

from __future__ import annotations

import asyncio
import codecs
import csv
import io
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jose import jws

from app.db.handles.audit import ChainRow
from app.kernel.audit import scope_of
from app.kernel.audit_chain import ChainVerifier
from tests.databases import TestDatabase
from tests.harness import Clock, Person, Service, code, make_settings, running


@pytest.fixture
async def ada(service: Service) -> Person:
    return await service.person("ada")


async def eventful(ada: Person, changes: int = 5) -> str:
    path = f"/workspaces/{(await ada.create_workspace())['id']}"
    for number in range(changes):
        await ada.patch(path, {"name": f"N{number}"})
    return path


async def test_an_export_can_be_recomputed_elsewhere(ada: Person) -> None:
    path = await eventful(ada)
    answer = await ada.get(f"{path}/audit/export")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert answer.headers["content-disposition"].startswith("attachment;")
    rows = [msgspec.json.decode(line, type=ChainRow) for line in answer.content.splitlines()]
    assert [row.seq for row in rows] == list(range(1, 8))
    assert rows[-1].action == "audit.exported"
    assert answer.headers["x-audit-until"] == "7"
    verifier = ChainVerifier(scope_of(path.rpartition("/")[2]))
    assert list(verifier.check(rows)) == []
    claims = json.loads(jws.get_unverified_claims(answer.headers["x-audit-checkpoint"]))
    assert (claims["seq"], claims["entry_hash"]) == (7, rows[-1].entry_hash)
    assert (await ada.get(f"{path}/audit/verify")).json()["valid"]


async def test_an_export_goes_on_where_it_was_cut(ada: Person) -> None:
    path = await eventful(ada)
    whole = (await ada.get(f"{path}/audit/export")).content.splitlines()
    rest = await ada.get(f"{path}/audit/export", after_seq=4)
    assert rest.content.splitlines()[: len(whole) - 4] == whole[4:]
    log = (await ada.get(f"{path}/audit", action="audit.exported")).json()["items"]
    assert [entry["details"]["after_seq"] for entry in log] == [4, 0]


async def test_a_long_log_is_streamed_in_pages(ada: Person) -> None:
    path = await eventful(ada, 3)
    service, workspace = ada.service, path.rpartition("/")[2]
    columns = (
        "id, workspace_id, action, actor_id, details, timestamp, seq, prev_hash, entry_hash, details_salt, "
        "details_hash, target_type, target_id, outcome, request_id, ip, auth_method, credential_id, redacted"
    )
    if service.settings.db_type != "sqlite":
        pytest.skip("rows are multiplied with SQLite's own statements")
    service.tamper(
        f"WITH RECURSIVE n(i) AS (SELECT 5 UNION ALL SELECT i + 1 FROM n WHERE i < 1300) INSERT INTO AuditLog ({columns}) "
        "SELECT lower(hex(randomblob(16))), workspace_id, action, actor_id, details, timestamp, n.i, prev_hash, "
        "entry_hash, details_salt, details_hash, target_type, target_id, outcome, request_id, ip, auth_method, "
        f"credential_id, redacted FROM AuditLog, n WHERE seq = 4 AND workspace_id = '{workspace}'",
        "UPDATE WorkspaceHead SET audit_seq = 1300",
    )
    answer = await ada.get(f"{path}/audit/export")
    seqs = [json.loads(line)["seq"] for line in answer.content.splitlines()]
    assert seqs == list(range(1, 1302))


async def test_in_a_spreadsheet_nothing_is_a_formula(ada: Person) -> None:
    path = await eventful(ada, 1)
    ada.service.tamper("UPDATE AuditLog SET target_id = '=HYPERLINK(\"http://evil\")' WHERE seq = 2")
    answer = await ada.get(f"{path}/audit/export", format="csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith(codecs.BOM_UTF8)  # or Excel reads it in the machine's own character set
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["seq"] for row in rows] == ["1", "2", "3"]
    assert rows[1]["target_id"] == '\'=HYPERLINK("http://evil")'
    assert json.loads(rows[1]["details"])["changes"]["name"] == ["Roadmap", "N0"]


async def test_an_export_ends_with_the_role(
    service: Service, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.services.audit_export._PAGE", 2)
    path = await eventful(ada)
    bob = await service.person("bob")
    member = await ada.add(path.rpartition("/")[2], bob, "ADMIN")
    whole = await bob.get(f"{path}/audit/export")
    assert len(whole.content.splitlines()) == 8
    await ada.patch(f"{path}/members/{member['id']}", {"role": "MEMBER"})
    assert code(await bob.get(f"{path}/audit/export")) == (403, "USER_NOT_AUTHORIZED")


async def checkpoint(person: Person, path: str) -> dict[str, Any]:
    response = await person.post(f"{path}/audit/checkpoints")
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made


async def test_a_checkpoint_can_be_checked_with_the_public_key_alone(service: Service, ada: Person) -> None:
    path = await eventful(ada)
    made = await checkpoint(ada, path)
    keys = (await service.client.get("/.well-known/audit-jwks.json")).json()["keys"]
    claims = json.loads(jws.verify(made["jws"], keys[0], algorithms=["RS256"]))
    assert claims["workspace_id"] == path.rpartition("/")[2]
    assert (
        (claims["seq"], claims["entry_hash"]) == (made["seq"], made["entry_hash"]) == (6, made["entry_hash"])
    )
    assert jws.get_unverified_header(made["jws"])["kid"] == keys[0]["kid"]
    assert "d" not in keys[0]
    again = await checkpoint(ada, path)
    assert again == made  # the same head is signed once
    await ada.patch(path, {"name": "Later"})
    later = await checkpoint(ada, path)
    listed = (await ada.get(f"{path}/audit/checkpoints")).json()["items"]
    assert listed == [later, made]


CUT = "DELETE FROM AuditLog WHERE seq > 4"


async def test_a_tail_that_was_cut_shows(ada: Person) -> None:
    """Whoever writes the database takes the last entries, the head and the kept checkpoints with them."""
    path = await eventful(ada)
    kept = (await checkpoint(ada, path))["jws"]
    ada.service.tamper(
        CUT,
        "UPDATE WorkspaceHead SET audit_seq = 4, audit_hash = (SELECT entry_hash FROM AuditLog WHERE seq = 4)",
    )
    found = (await ada.get(f"{path}/audit/verify")).json()
    assert [each["problem"] for each in found["findings"]] == [
        "was signed and is not there: the log was cut before it"
    ]
    ada.service.tamper("DELETE FROM AuditCheckpoint")
    assert (await ada.get(f"{path}/audit/verify")).json()["valid"]  # the chain alone cannot tell
    found = (await ada.get(f"{path}/audit/verify", checkpoint=kept)).json()
    assert (found["valid"], found["findings"][0]["seq"]) == (False, 6)


async def test_a_log_that_was_written_anew_shows(ada: Person) -> None:
    path = await eventful(ada, 2)
    kept = (await checkpoint(ada, path))["jws"]
    forged = "f" * 64
    ada.service.tamper(
        f"UPDATE AuditLog SET entry_hash = '{forged}' WHERE seq = 3",
        f"UPDATE WorkspaceHead SET audit_hash = '{forged}'",
    )
    problems = [
        each["problem"]
        for each in (await ada.get(f"{path}/audit/verify", checkpoint=kept)).json()["findings"]
    ]
    assert "is not the entry that was signed" in problems


async def test_one_head_is_signed_once_however_many_ask(database: TestDatabase, key_file: Path) -> None:
    """From two applications that share only the database."""
    settings = make_settings(database, key_file)
    async with running(settings) as first, running(settings) as second:
        ada, also = await first.person("ada"), await second.person("ada")
        path = f"/workspaces/{(await ada.create_workspace())['id']}"
        answers = await asyncio.gather(
            *(who.post(f"{path}/audit/checkpoints") for _ in range(10) for who in (ada, also))
        )
        assert len({each.text for each in answers}) == 1, [each.text for each in answers]
        assert len((await ada.get(f"{path}/audit/checkpoints")).json()["items"]) == 1


async def test_what_is_no_checkpoint_of_this_log(service: Service, ada: Person) -> None:
    path, other = await eventful(ada, 1), await eventful(ada, 1)
    elsewhere = (await checkpoint(ada, other))["jws"]
    for given in (elsewhere, "x", "a.b.c", elsewhere[:-4] + "AAAA", ada.access_token, "." * 1999):
        found = (await ada.get(f"{path}/audit/verify", checkpoint=given)).json()
        assert found["valid"] is False
        assert (
            found["findings"][0]["problem"] == "a checkpoint was not signed here, or not for this workspace"
        )
    assert code(await ada.get(f"{path}/audit/verify", checkpoint="x" * 2001)) == (422, "VALIDATION_FAILED")


async def test_the_key_is_kept(database: TestDatabase, key_file: Path, tmp_path: Path) -> None:
    settings = make_settings(database, key_file, audit_key_file=tmp_path / "new" / "audit.pem")
    clock = Clock()
    async with running(settings, clock) as first:
        ada = await first.person("ada")
        path = await eventful(ada, 1)
        kept = (await checkpoint(ada, path))["jws"]
    async with running(settings, clock) as second:
        found = await (await second.person("ada")).get(f"{path}/audit/verify", checkpoint=kept)
        assert found.json()["valid"] is True
