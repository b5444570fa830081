"""The audit log of an organisation: read, filtered, recomputed."""

from __future__ import annotations

from typing import Any

import pytest

from app.core.clock import utc_text
from app.kernel.platform_audit import Chain
from app.services.platform_audit_log import PlatformLog
from tests.harness import Person, Service, add_org_member, code


@pytest.fixture
async def ada(service: Service) -> Person:
    return await service.person("ada")


async def organization(person: Person, name: str = "Engines") -> str:
    made: dict[str, Any] = (await person.post("/organizations", {"name": name})).json()
    return f"/organizations/{made['id']}"


async def seqs(person: Person, path: str, **filters: Any) -> list[int]:
    response = await person.get(f"{path}/audit", **filters)
    assert response.status_code == 200, response.text
    return [each["seq"] for each in response.json()["items"]]


async def test_it_is_read_the_newest_first_and_filtered(service: Service, ada: Person) -> None:
    path, other = await organization(ada), await organization(ada, "Other")
    service.clock.advance(minutes=1)
    await ada.patch(path, {"name": "Machines"})
    later = utc_text(service.clock())
    grace = await service.person("grace")
    await add_org_member(service, path.rpartition("/")[2], grace, "ADMIN")
    service.clock.advance(minutes=1)
    await grace.post(f"{path}/suspend", {})
    await grace.post(f"{path}/activate", {})
    assert await seqs(ada, path) == [4, 3, 2, 1]
    assert await seqs(ada, other) == [1]
    assert await seqs(ada, path, actor_id=grace.user_id) == [4, 3]
    assert await seqs(ada, path, action="organization.updated") == [2]
    assert await seqs(ada, path, actor_id=grace.user_id, action="organization.suspended") == [3]
    assert await seqs(ada, path, since=later) == [4, 3, 2]
    assert await seqs(ada, path, until=later) == [1]
    assert await seqs(ada, path, until=later, action="organization.updated") == []
    page = (await ada.get(f"{path}/audit", limit=3)).json()
    assert await seqs(ada, path, limit=3, cursor=page["next_cursor"]) == [1]
    entry = page["items"][2]
    assert (entry["actor_id"], entry["target_id"]) == (ada.user_id, path.rpartition("/")[2])
    assert entry["details"] == {"changes": {"name": ["Engines", "Machines"]}}
    stolen = await ada.get(f"{other}/audit", cursor=page["next_cursor"])
    assert code(stolen) == (400, "INVALID_CURSOR")


async def test_its_chain_is_recomputed_and_tells_what_was_changed(service: Service, ada: Person) -> None:
    path = await organization(ada)
    await ada.patch(path, {"name": "Machines"})
    whole = (await ada.get(f"{path}/audit/verify")).json()
    assert (whole["valid"], whole["entries"], whole["head_seq"], whole["findings"]) == (True, 2, 2, [])
    service.tamper("UPDATE PlatformAuditLog SET actor_id = 'somebody' WHERE scope_type = 'org' AND seq = 2")
    changed = (await ada.get(f"{path}/audit/verify")).json()
    assert (changed["valid"], [each["seq"] for each in changed["findings"]]) == (False, [2])
    service.tamper("DELETE FROM PlatformAuditLog WHERE scope_type = 'org' AND seq = 2")
    cut = (await ada.get(f"{path}/audit/verify")).json()
    assert [each["problem"] for each in cut["findings"]] == ["the chain ends at 1, its head is at 2"]


async def test_only_the_platforms_chain_may_have_no_beginning(service: Service) -> None:
    async with service.edge.parts.database.read() as tx:
        empty = await PlatformLog(Chain.PLATFORM).head(tx)
        gone = await PlatformLog(Chain.ORGANIZATION, service.edge.tools.new_id()).head(tx)
    assert empty is not None
    assert (empty.audit_seq, gone) == (0, None)
