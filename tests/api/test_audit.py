"""The audit log: who may read it, its filters, and what verification finds."""

import json
from itertools import pairwise
from typing import Any

import pytest

from app.api import audit
from app.services import audit_verification
from tests.harness import Person, Service, code


@pytest.fixture
async def ada(service: Service) -> Person:
    return await service.person("ada")


@pytest.fixture
async def path(service: Service, ada: Person) -> str:
    """A workspace with ten entries: created, eight renames, a member."""
    workspace = await ada.create_workspace("v0")
    for number in range(1, 9):
        await ada.patch(f"/workspaces/{workspace['id']}", {"name": f"v{number}"})
    await ada.add(workspace["id"], await service.person("bob"), "MEMBER")
    return f"/workspaces/{workspace['id']}"


async def findings(ada: Person, path: str) -> list[dict[str, Any]]:
    report = (await ada.get(f"{path}/audit/verify")).json()
    assert report["valid"] == (not report["findings"])
    found: list[dict[str, Any]] = report["findings"]
    return found


async def test_sequence_is_gap_free_and_the_chain_verifies(ada: Person, path: str) -> None:
    items = (await ada.get(f"{path}/audit")).json()["items"]
    assert [item["seq"] for item in items] == list(range(10, 0, -1))
    for newer, older in pairwise(items):
        assert newer["prev_hash"] == older["entry_hash"]
    report = (await ada.get(f"{path}/audit/verify")).json()
    assert report == {
        "valid": True,
        "entries": 10,
        "head_seq": 10,
        "head_hash": items[0]["entry_hash"],
        "findings": [],
    }


async def test_how_far_a_verification_is_comes_while_it_is_under_way(
    ada: Person, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_verification, "_PAGE", 3)
    monkeypatch.setattr(audit, "_PROGRESS_SECONDS", 0)
    answer = await ada.get(f"{path}/audit/verify", progress=True)
    assert answer.headers["content-type"] == "application/x-ndjson"
    *progress, last = [json.loads(line) for line in answer.text.splitlines()]
    assert last == (await ada.get(f"{path}/audit/verify")).json()
    far = [told["entries"] for told in progress]
    assert far and far == sorted(set(far)) and set(far) <= {3, 6, 9, 10}
    assert {told["head_seq"] for told in progress} == {10}


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("action", "'nothing.happened'"),
        ("actor_id", "'somebody else'"),
        ("details", "'{}'"),
        ("details", "NULL"),
        ("timestamp", "'2020-01-01T00:00:00.000000Z'"),
        ("target_type", "'x'"),
        ("target_id", "'x'"),
        ("outcome", "'DENIED'"),
        ("request_id", "'x'"),
        ("ip", "'10.0.0.1'"),
        ("auth_method", "'x'"),
        ("credential_id", "NULL"),
        ("details_salt", "'00'"),
        ("details_hash", "'00'"),
        ("entry_hash", "'00'"),
        ("prev_hash", "'00'"),
        ("id", "'00000000-0000-0000-0000-000000000000'"),
    ],
)
async def test_a_changed_column_is_found_and_named(
    service: Service, ada: Person, path: str, column: str, value: str
) -> None:
    service.tamper(f"UPDATE AuditLog SET {column} = {value} WHERE seq = 5")
    assert 5 in {finding["seq"] for finding in await findings(ada, path)}


async def test_a_deleted_entry_is_found_and_named(service: Service, ada: Person, path: str) -> None:
    service.tamper("DELETE FROM AuditLog WHERE seq = 4")
    assert await findings(ada, path) == [
        {"seq": 4, "entry_id": None, "problem": "entry 4 is missing", "kind": "tampering"}
    ]


async def test_a_deleted_stretch_is_found(service: Service, ada: Person, path: str) -> None:
    service.tamper("DELETE FROM AuditLog WHERE seq BETWEEN 1 AND 3")
    assert [finding["seq"] for finding in await findings(ada, path)] == [1]


async def test_a_cut_tail_is_found(service: Service, ada: Person, path: str) -> None:
    service.tamper("DELETE FROM AuditLog WHERE seq > 8")
    assert await findings(ada, path) == [
        {"seq": 9, "entry_id": None, "problem": "the chain ends at 8, its head is at 10", "kind": "tampering"}
    ]


async def test_swapped_entries_are_found(service: Service, ada: Person, path: str) -> None:
    service.tamper(
        "UPDATE AuditLog SET seq = 1000 WHERE seq = 3",
        "UPDATE AuditLog SET seq = 3 WHERE seq = 4",
        "UPDATE AuditLog SET seq = 4 WHERE seq = 1000",
    )
    assert {3, 4} <= {finding["seq"] for finding in await findings(ada, path)}


async def test_an_entry_put_in_behind_the_head_is_found(service: Service, ada: Person, path: str) -> None:
    columns = "workspace_id, action, actor_id, details, timestamp"
    rest = "prev_hash, entry_hash, details_salt, details_hash, target_type, target_id, outcome, request_id"
    service.tamper(
        f"INSERT INTO AuditLog (id, seq, auth_method, {columns}, {rest})"
        f" SELECT '00000000-0000-4000-8000-000000000bad', 11, auth_method, {columns}, {rest} FROM AuditLog WHERE seq = 10"
    )
    assert 11 in {finding["seq"] for finding in await findings(ada, path)}


async def test_a_chain_with_its_head_moved_back_is_found(service: Service, ada: Person, path: str) -> None:
    service.tamper("UPDATE WorkspaceHead SET audit_seq = 9")
    assert [finding["seq"] for finding in await findings(ada, path)] == [10]


async def test_erased_details_leave_the_chain_whole(service: Service, ada: Person, path: str) -> None:
    service.tamper(
        "UPDATE AuditLog SET details = NULL, details_salt = NULL, ip = NULL, redacted = 1 WHERE seq = 5"
    )
    assert await findings(ada, path) == []
    erased = [item for item in (await ada.get(f"{path}/audit")).json()["items"] if item["seq"] == 5]
    assert (erased[0]["redacted"], erased[0]["details"], erased[0]["ip"]) == (True, None, None)


async def test_filters(service: Service, ada: Person, path: str) -> None:
    async def seqs(**filters: Any) -> list[int]:
        response = await ada.get(f"{path}/audit", **filters)
        assert response.status_code == 200, response.text
        return [item["seq"] for item in response.json()["items"]]

    member = (await ada.get(f"{path}/audit", action="member.added")).json()["items"][0]
    bob = await service.person("bob")
    service.clock.advance(hours=1)
    moment = service.clock().isoformat()
    assert code(await bob.delete(path))[0] == 403

    assert await seqs(action="member.added") == [10]
    assert await seqs(action="member.added", target_type="workspace") == []
    assert await seqs(actor_id=bob.user_id) == [11]
    assert await seqs(actor_id=ada.user_id, action="workspace.created") == [1]
    assert await seqs(target_type="member", target_id=member["target_id"]) == [10]
    assert await seqs(outcome="DENIED") == [11]
    assert await seqs(since=moment) == [11]
    assert await seqs(until=moment, limit=2) == [10, 9]
    assert await seqs(actor_id="nobody") == []
    assert code(await ada.get(f"{path}/audit", target_id="x")) == (400, "RULE_VIOLATED")
    assert code(await ada.get(f"{path}/audit", target_type="x")) == (400, "RULE_VIOLATED")
    for bad in ({"since": "yesterday"}, {"since": "2026-01-01T00:00:00"}, {"outcome": "MAYBE"}):
        assert code(await ada.get(f"{path}/audit", **bad)) == (422, "VALIDATION_FAILED")


async def test_pages_go_back_to_the_first_entry(ada: Person, path: str) -> None:
    seen: list[int] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await ada.get(f"{path}/audit", limit=3, **cursor)).json()
        seen += [item["seq"] for item in page["items"]]
        if not page["next_cursor"]:
            break
        cursor = {"cursor": page["next_cursor"]}
        await ada.patch(path, {"name": f"between pages {len(seen)}"})
    assert seen == list(range(10, 0, -1))


async def test_a_chain_longer_than_a_page_of_the_verifier(
    service: Service, ada: Person, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.services.audit_verification._PAGE", 3)
    assert await findings(ada, path) == []
    service.tamper("DELETE FROM AuditLog WHERE seq = 7")
    assert [finding["seq"] for finding in await findings(ada, path)] == [7]
