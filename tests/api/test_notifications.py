"""What people are told of what happens, and of what they are not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.core.notices import DEFAULT, POSSIBLE, Channel, Reason, chosen, strength
from app.services import notifications as inbox
from tests.databases import TestDatabase, execute
from tests.harness import Person, Service, code, make_settings, running
from tests.work import Place, make_place

MINE = "/users/me/notifications"


async def tell(service: Service) -> None:
    """The consumers read what happened."""
    await service.edge.parts.consumers().run_due()


async def told(person: Person, **filters: Any) -> list[tuple[str, str]]:
    """Reasons and types of what somebody is shown, the oldest first."""
    await tell(person.service)
    answer = await person.get(MINE, **filters)
    assert answer.status_code == 200, answer.text
    return [(each["reason"], each["type"]) for each in reversed(answer.json()["items"])]


@pytest.fixture
async def place(service: Service) -> Place:
    """Of ada's; bob is a MEMBER who has been told so, and has put it away."""
    place = await make_place(service)
    bob = await place.member("bob")
    assert await told(bob) == [("added", "member.added")]
    (row,) = (await bob.get(MINE)).json()["items"]
    archived = await bob.patch(f"{MINE}/{row['id']}", {"state": "archived"})
    assert archived.json()["state"] == "archived"
    return place


async def comment(place: Place, task: dict[str, Any], *mentions: Person) -> dict[str, Any]:
    body = {"body": "Look", "mentions": [each.user_id for each in mentions]}
    said = await place.owner.post(f"{place.tasks}/{task['id']}/comments", body)
    assert said.status_code == 201, said.text
    made: dict[str, Any] = said.json()
    return made


async def test_whom_it_concerns_is_told_once_and_for_the_strongest_reason(place: Place) -> None:
    bob, carl = await place.service.person("bob"), await place.member("carl")
    task = await place.task("Book the hall")
    for person in (bob, carl):
        watched = await person.request("PUT", f"{place.tasks}/{task['id']}/watchers/me")
        assert watched.status_code == 204
    await comment(place, task, bob)
    await place.owner.patch(f"{place.tasks}/{task['id']}", {"title": "Book the big hall"})
    await place.owner.post(f"{place.tasks}/{task['id']}/assign", {"user_id": bob.user_id})
    assert await told(bob) == [
        ("mentioned", "comment.created"),
        ("watching", "task.updated"),
        ("assigned", "task.assigned"),
    ]
    assert await told(carl) == [
        ("added", "member.added"),
        ("watching", "comment.created"),
        ("watching", "task.updated"),
        ("watching", "task.assigned"),
    ]
    assert await told(place.owner) == [], "nobody is told of their own doing"
    assert await told(bob) == await told(bob), "and nobody twice"
    newest = (await bob.get(MINE)).json()["items"][0]
    assert newest | {"id": "", "created_at": ""} == {
        "id": "",
        "workspace_id": place.workspace_id,
        "workspace_name": "Roadmap",
        "type": "task.assigned",
        "reason": "assigned",
        "actor_id": place.owner.user_id,
        "actor_name": "Ada",
        "object_type": "task",
        "object_id": task["id"],
        "project_id": place.project_id,
        "project_key": "ABC",
        "project_name": "Launch",
        "task_id": task["id"],
        "task_number": 1,
        "task_title": "Book the big hall",
        "due_at": None,
        "invitation_id": None,
        "state": "unread",
        "created_at": "",
    }


async def test_a_comment_that_is_edited_tells_only_who_is_spoken_to_anew(place: Place) -> None:
    bob, carl = await place.service.person("bob"), await place.member("carl")
    said = await comment(place, await place.task(), bob)
    await tell(place.service)
    both = {"body": "Look here", "mentions": [bob.user_id, carl.user_id]}
    assert (await place.owner.patch(f"{place.path}/comments/{said['id']}", both)).status_code == 200
    assert await told(bob) == [("mentioned", "comment.created")]
    assert await told(carl) == [("added", "member.added"), ("mentioned", "comment.updated")]


async def test_roles_transfers_and_projects(place: Place) -> None:
    ada, bob = place.owner, await place.service.person("bob")
    members = (await ada.get(f"{place.path}/members")).json()["items"]
    (member,) = (each for each in members if each["user_id"] == bob.user_id)
    assert (await ada.patch(f"{place.path}/members/{member['id']}", {"role": "ADMIN"})).status_code == 200
    project = f"{place.path}/projects/{place.project_id}"
    assert (await ada.post(f"{project}/members", {"user_id": bob.user_id})).status_code == 201
    assert (await ada.patch(project, {"name": "Landing"})).status_code == 200
    asked = await ada.post(f"{place.path}/transfers", {"user_id": bob.user_id})
    assert asked.status_code == 201
    declined = await bob.post(f"{place.path}/transfers/{asked.json()['id']}/decline")
    assert declined.status_code == 200
    assert await told(bob) == [
        ("role_changed", "member.role_changed"),
        ("added", "project_member.added"),
        ("watching", "project.updated"),
        ("transfer", "transfer.created"),
    ]
    assert await told(ada) == [("transfer", "transfer.declined")]


async def test_admins_hear_of_what_is_amiss_while_they_are_that(place: Place) -> None:
    bob = await place.service.person("bob")
    execute(
        place.service.settings,
        f"UPDATE WorkspaceMember SET role = 'ADMIN' WHERE user_id = '{bob.user_id}'",
        *(
            "INSERT INTO Event (workspace_id, seq, type, actor_id, object_type, object_id, minimum_rank, at)"
            f" SELECT workspace_id, event_seq + {number}, '{kind}', 'service:outbox', 'x', 'x', 10, '2026-01-01 00:00:00'"
            f" FROM WorkspaceHead WHERE workspace_id = '{place.workspace_id}'"
            for number, kind in enumerate(("workspace.without_owner", "webhook.disabled"), 1)
        ),
        f"UPDATE WorkspaceHead SET event_seq = event_seq + 2, has_news = 1 WHERE workspace_id = '{place.workspace_id}'",
    )
    assert await told(bob) == [
        ("without_owner", "workspace.without_owner"),
        ("webhook_disabled", "webhook.disabled"),
    ]
    execute(
        place.service.settings, f"UPDATE WorkspaceMember SET role = 'MEMBER' WHERE user_id = '{bob.user_id}'"
    )
    assert await told(bob) == []


async def test_what_is_hidden_since_is_told_of_no_more(place: Place) -> None:
    bob = await place.service.person("bob")
    task = await place.task("Secret")
    await comment(place, task, bob)
    assert await told(bob) == [("mentioned", "comment.created")]
    (shown,) = (await bob.get(MINE)).json()["items"]
    place.user_type(1, bob, hidden=["TODO"])
    assert await told(bob) == []
    assert (await bob.get(f"{MINE}/unread-count")).json() == {"unread": 0, "has_more": False}
    hidden = await bob.patch(f"{MINE}/{shown['id']}", {"state": "read"})
    assert code(hidden) == (404, "NOTIFICATION_NOT_FOUND")
    place.put(task["id"], "IN_PROGRESS")
    assert [each["task_title"] for each in (await bob.get(MINE)).json()["items"]] == ["Secret"]
    assert (await place.owner.delete(f"{place.tasks}/{task['id']}")).status_code == 204
    assert await told(bob) == []


async def test_who_leaves_takes_nothing_along_and_is_told_nothing_more(place: Place) -> None:
    bob = await place.service.person("bob")
    await comment(place, await place.task(), bob)
    await tell(place.service)
    await comment(place, await place.task(), bob)  # which nobody has read when he leaves
    assert (await bob.post(f"{place.path}/members/leave")).status_code == 204
    assert await told(bob) == []
    assert place.service.rows("SELECT COUNT(*) FROM Notification WHERE user_id = ?", bob.user_id) == [(0,)]


async def test_they_are_read_counted_paged_and_filtered(place: Place) -> None:
    bob = await place.service.person("bob")
    task = await place.task()
    for _ in range(3):
        await comment(place, task, bob)
        place.service.clock.advance(seconds=1)
        await tell(place.service)
    other = (await place.owner.create_workspace("Elsewhere"))["id"]
    await place.owner.add(other, bob, "VIEWER")
    await tell(place.service)
    assert (await bob.get(f"{MINE}/unread-count")).json() == {"unread": 4, "has_more": False}
    assert (await bob.get(f"{MINE}/unread-count", workspace_id=other)).json()["unread"] == 1
    first = (await bob.get(MINE, limit=3)).json()
    rest = (await bob.get(MINE, limit=3, cursor=first["next_cursor"])).json()
    assert (len(first["items"]), len(rest["items"]), rest["next_cursor"]) == (3, 1, None)
    assert [each["workspace_id"] for each in first["items"]] == [other, *[place.workspace_id] * 2]
    assert await told(bob, workspace_id=other) == [("added", "member.added")]
    assert await told(bob, state="archived") == [("added", "member.added")]
    marked = await bob.post(
        f"{MINE}/read", {"up_to": first["items"][1]["id"], "workspace_id": place.workspace_id}
    )
    assert marked.json() == {"marked": 3}
    assert await told(bob, state="unread") == [("added", "member.added")]
    again = await bob.patch(f"{MINE}/{rest['items'][0]['id']}", {"state": "unread"})
    assert again.json()["state"] == "unread"
    assert (await bob.get(f"{MINE}/unread-count")).json()["unread"] == 2


async def test_a_count_ends_somewhere(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    bob = await place.service.person("bob")
    for _ in range(3):
        await comment(place, await place.task(), bob)
    await tell(place.service)
    monkeypatch.setattr(inbox, "MOST_COUNTED", 2)
    assert (await bob.get(f"{MINE}/unread-count")).json() == {"unread": 2, "has_more": True}


async def test_somebody_elses_are_not_there(place: Place) -> None:
    bob = await place.service.person("bob")
    await comment(place, await place.task(), bob)
    await tell(place.service)
    (own,) = (await bob.get(MINE)).json()["items"]
    answers = (
        await place.owner.patch(f"{MINE}/{own['id']}", {"state": "read"}),
        await place.owner.post(f"{MINE}/read", {"up_to": own["id"]}),
    )
    assert [code(each) for each in answers] == [(404, "NOTIFICATION_NOT_FOUND")] * 2
    assert (await bob.get(f"{MINE}/unread-count")).json()["unread"] == 1


@pytest.mark.parametrize("is_verified", [True, False])
async def test_who_is_invited_is_told_by_an_address_that_is_theirs(
    database: TestDatabase, key_file: Path, is_verified: bool
) -> None:
    """The local issuer vouches for addresses where nobody registers by themselves."""
    settings = make_settings(database, key_file, enable_registration=not is_verified)
    async with running(settings) as service:
        place, zoe = await make_place(service), await service.person("zoe")
        body = {"email": "Zoe@example.com", "role": "MEMBER"}
        invited = (await place.owner.post(f"{place.path}/invitations", body)).json()
        again = await place.owner.post(f"{place.path}/invitations/{invited['id']}/resend")
        assert again.status_code == 200
        await tell(service)
        shown = (await zoe.get(MINE)).json()["items"]
        assert [(each["reason"], each["invitation_id"], each["workspace_name"]) for each in shown] == [
            ("invited", invited["id"], "Roadmap")
        ] * is_verified
        await place.owner.delete(f"{place.path}/invitations/{invited['id']}")
        assert (await zoe.get(MINE)).json()["items"] == []


def test_reasons_have_an_order_and_channels() -> None:
    assert strength(Reason.MENTIONED) < strength(Reason.ASSIGNED) < strength(Reason.WATCHING)
    assert all(DEFAULT[reason] <= POSSIBLE[reason] for reason in Reason)
    assert chosen({}, Reason.WATCHING) == {Channel.IN_APP}
    assert chosen({"watching": ["email"]}, Reason.WATCHING) == {Channel.EMAIL}
    assert chosen({"watching": []}, Reason.WATCHING) == frozenset()
    assert chosen({"invited": ["in_app", "push", "email"]}, Reason.INVITED) == {Channel.IN_APP}
