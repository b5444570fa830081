"""Access reviews, as JSON and CSV, and when somebody was last seen."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.core.clock import utc_text
from tests.databases import execute
from tests.harness import Person, Service, add_org_member, code

NAMES = [
    "user_id", "display_name", "role", "source", "added_at", "added_by", "added_by_name", "account_status",
    "is_expected", "last_seen_at",
]  # fmt: skip


@pytest.fixture
async def ada(service: Service) -> Person:
    return await service.person("ada")


def lines(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


async def test_it_says_who_has_what_since_when_and_from_whom(service: Service, ada: Person) -> None:
    workspace = (await ada.create_workspace())["id"]
    path = f"/workspaces/{workspace}/access-review"
    bob = await service.person("bob")
    service.clock.advance(minutes=5)
    await ada.add(workspace, bob, "ADMIN")
    expected = "00000000-0000-4000-8000-00000000beef"
    named = {"user_id": expected, "role": "VIEWER", "display_name": "Zoe"}
    assert (await bob.post(f"/workspaces/{workspace}/members", named)).status_code == 201
    execute(
        service.settings, f"UPDATE WorkspaceMember SET source = 'directory' WHERE user_id = '{bob.user_id}'"
    )
    items = (await ada.get(path)).json()["items"]
    assert [list(each) for each in items] == [NAMES] * 3
    assert [
        (each["display_name"], each["role"], each["source"], each["added_by_name"]) for each in items
    ] == [
        ("Ada", "OWNER", "manual", "Ada"),
        ("Bob", "ADMIN", "directory", "Ada"),
        ("Zoe", "VIEWER", "manual", "Bob"),
    ]
    assert items[1]["added_at"] == utc_text(service.clock())
    assert items[1]["added_by"] == ada.user_id
    assert [(each["is_expected"], each["last_seen_at"] is None) for each in items] == [
        (False, False), (False, True), (True, True),
    ]  # fmt: skip
    first = (await bob.get(path, limit=2)).json()
    rest = (await bob.get(path, limit=2, cursor=first["next_cursor"])).json()
    assert first["items"] + rest["items"] == items
    text = await ada.get(path, format="csv")
    assert text.headers["content-type"] == "text/csv; charset=utf-8"
    assert text.headers["content-disposition"].startswith("attachment")
    told = lines(text.content)
    assert told[0] == NAMES
    shown = [["" if each[name] is None else str(each[name]) for name in NAMES] for each in items]
    assert told[1:] == shown
    (entry,) = (await ada.get(f"/workspaces/{workspace}/audit", action="access_review.exported")).json()[
        "items"
    ]
    assert (entry["actor_id"], entry["target_id"]) == (ada.user_id, workspace)
    assert (await ada.get(f"/workspaces/{workspace}/audit/verify")).json()["valid"] is True


async def test_who_was_added_by_others_is_seen_from_then_on(service: Service, ada: Person) -> None:
    org_id = (await ada.post("/organizations", {"name": "Engines"})).json()["id"]
    places = [f"/workspaces/{(await ada.create_workspace())['id']}", f"/organizations/{org_id}"]
    bob = await service.person("bob")
    earlier = utc_text(service.clock() - timedelta(hours=2))
    execute(service.settings, f"UPDATE UserAccount SET last_seen_at = '{earlier}' WHERE id = '{bob.user_id}'")
    added = {"user_id": bob.user_id}
    for place in places:
        await ada.post(f"{place}/members", added | ({"role": "MEMBER"} if place is places[0] else {}))

    async def told(place: str) -> list[str | None]:
        return [each["last_seen_at"] for each in (await ada.get(f"{place}/access-review")).json()["items"]]

    founded = utc_text(seen(service, ada))
    for place in places:
        assert await told(place) == [founded, None]
    await bob.validate()
    for place in places:
        assert await told(place) == [founded, utc_text(service.clock())]
    # Who has accepted an invitation was here to do so.
    service.clock.advance(minutes=10)
    for table in ("WorkspaceMember", "OrganizationMember"):
        moved = f"added_at = '{utc_text(service.clock())}' WHERE user_id = '{bob.user_id}'"
        execute(service.settings, f"UPDATE {table} SET source = 'invitation', {moved}")
    for place in places:
        assert (await told(place))[1] is not None


async def test_a_name_is_no_formula_and_a_file_goes_on_beyond_a_page(service: Service, ada: Person) -> None:
    workspace = (await ada.create_workspace())["id"]
    number = 501
    people = ", ".join(f"('u{n}', 't', '=cmd|{n:03}', '2026-01-01', '2026-01-01')" for n in range(number))
    execute(
        service.settings,
        f"INSERT INTO UserAccount (id, tid, display_name, created_at, updated_at) VALUES {people}",
    )
    members = ", ".join(
        f"('{service.edge.tools.new_id()}', '{workspace}', 'u{n}', '=cmd|{n:03}', 'VIEWER', '2026-01-01', 'u1', "
        f"'2026-01-01', 'k', '=cmd|{n:03}\x1fu{n}')"
        for n in range(number)
    )
    execute(
        service.settings,
        "INSERT INTO WorkspaceMember (id, workspace_id, user_id, display_name, role, added_at, added_by, updated_at, "
        f"list_key, member_key) VALUES {members}",
    )
    told = lines((await ada.get(f"/workspaces/{workspace}/access-review", format="csv")).content)
    assert len({line[0] for line in told}) == number + 2
    assert [line[1] for line in told[1:4]] == ["'=cmd|000", "'=cmd|001", "'=cmd|002"]


async def test_the_organisations_is_for_its_admins(service: Service, ada: Person) -> None:
    org_id = (await ada.post("/organizations", {"name": "Engines"})).json()["id"]
    path = f"/organizations/{org_id}/access-review"
    bob, eve = await service.person("bob"), await service.person("eve")
    await add_org_member(service, org_id, bob, "MEMBER")
    items = (await ada.get(path)).json()["items"]
    assert [(each["user_id"], each["role"]) for each in items] == [
        (ada.user_id, "OWNER"), (bob.user_id, "MEMBER"),
    ]  # fmt: skip
    assert len(lines((await ada.get(path, format="csv")).content)) == 3
    (entry,) = (await ada.get(f"/organizations/{org_id}/audit", action="access_review.exported")).json()[
        "items"
    ]
    assert (entry["actor_id"], entry["target_id"]) == (ada.user_id, org_id)
    for query in ({}, {"format": "csv"}):
        assert code(await bob.get(path, **query)) == (403, "USER_NOT_AUTHORIZED")
        assert code(await eve.get(path, **query)) == (404, "ORGANIZATION_NOT_FOUND")
    assert code(await ada.get(path, format="xlsx")) == (422, "VALIDATION_FAILED")


async def test_a_suspended_tenant_is_reviewed_too(ada: Person) -> None:
    workspace = (await ada.create_workspace())["id"]
    await ada.post(f"/workspaces/{workspace}/suspend", {})
    for query in ({}, {"format": "csv"}):
        assert (await ada.get(f"/workspaces/{workspace}/access-review", **query)).status_code == 200


def seen(service: Service, person: Person) -> Any:
    ((when,),) = service.rows("SELECT last_seen_at FROM UserAccount WHERE id = ?", person.user_id)
    if isinstance(when, datetime):
        return when.replace(tzinfo=UTC)  # as the driver of SQL Server answers it
    return None if when is None else datetime.fromisoformat(when)


def writes(service: Service) -> int:
    text = service.edge.parts.metrics.text().decode()
    counts = [
        line.rpartition(" ")[2]
        for line in text.splitlines()
        if line.startswith('pma_db_query_duration_seconds_count{query="mark_seen"}')
    ]
    return int(float(counts[0])) if counts else 0


async def test_coming_back_is_written_down_once_an_hour(service: Service, ada: Person) -> None:
    began = service.clock()
    assert seen(service, ada) == began
    assert writes(service) == 1
    service.clock.advance(minutes=59)
    await ada.validate()
    assert (seen(service, ada), writes(service)) == (began, 1)
    service.clock.advance(minutes=2)
    assert (await ada.validate()).status_code == 200
    assert (seen(service, ada), writes(service)) == (service.clock(), 2)
    # A time to come was told by a clock that was wrong.
    service.clock.jump(days=-1)
    assert (await service.person("bob")).pma_token
    ada.access_token = service.access_token(ada.user_id, "ada")
    assert (await ada.validate()).status_code == 200
    assert seen(service, ada) == service.clock()


async def test_who_is_let_in_no_more_was_not_here(service: Service, ada: Person) -> None:
    before = seen(service, ada)
    execute(service.settings, "UPDATE UserAccount SET status = 'SUSPENDED'")
    service.clock.advance(hours=2)
    assert (await ada.validate()).status_code == 403
    assert seen(service, ada) == before


async def test_a_refreshed_session_is_a_visit(service: Service) -> None:
    form = {"username": "grace@example.com", "password": "a-long-password-1906"}
    account = {"email": form["username"], "password": form["password"], "display_name": "Grace"}
    user_id = (await service.client.post("/auth/register", json=account)).json()["user_id"]
    grace = Person(service, "grace", user_id, "")
    tokens = (await service.client.post("/auth/token", data=form)).json()
    assert seen(service, grace) is None
    refresh = {"refresh_token": tokens["refresh_token"]}
    assert (await service.client.post("/auth/refresh", json=refresh)).status_code == 200
    assert seen(service, grace) - service.clock() < timedelta(seconds=1)
