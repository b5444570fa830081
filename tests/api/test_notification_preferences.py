"""How people want to be told, and what falls due."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from app.services.due_dates import tell_of_due_dates
from tests.api.test_notifications import MINE, comment, place, tell, told
from tests.harness import Person, Service, code
from tests.work import Place

__all__ = ["place"]
PREFERENCES = "/users/me/notification-preferences"


async def wish(person: Person, **preferences: Any) -> dict[str, Any]:
    answer = await person.request("PUT", PREFERENCES, json=preferences)
    assert answer.status_code == 200, answer.text
    set_: dict[str, Any] = answer.json()
    return set_


async def test_they_are_as_by_default_until_they_are_set(service: Service) -> None:
    ada = await service.person("ada")
    first = await ada.get(PREFERENCES)
    assert first.json() | {"channels": {}} == {
        "channels": {},
        "digest": "off",
        "digest_hour": 8,
        "digest_weekday": 1,
        "time_zone": "UTC",
        "muted_workspaces": [],
        "sends_mail": False,
        "push_key": None,
        "version": 0,
    }
    assert first.json()["channels"]["watching"] == ["in_app"]
    assert first.json()["channels"]["mentioned"] == ["in_app", "email", "push"]
    wanted = {"watching": ["push", "in_app", "push"], "mentioned": [], "invited": ["in_app", "email"]}
    weekly = {"digest": "weekly", "digest_hour": 18, "digest_weekday": 5, "time_zone": "Asia/Kolkata"}
    headers = ada.headers() | {"If-Match": first.headers["etag"]}
    body = {"channels": wanted, **weekly}
    changed = await service.client.put(PREFERENCES, json=body, headers=headers)
    assert changed.status_code == 200, changed.text
    assert changed.json() == {
        **first.json(),
        **weekly,
        "channels": changed.json()["channels"],
        "version": 1,
    }
    told_by = changed.json()["channels"]
    assert (told_by["watching"], told_by["mentioned"], told_by["invited"]) == (
        ["in_app", "push"],
        [],
        ["in_app"],
    )
    assert (await ada.get(PREFERENCES)).json() == changed.json()
    assert code(await service.client.put(PREFERENCES, json=body, headers=headers)) == (
        412,
        "VERSION_MISMATCH",
    )
    assert (await wish(ada))["channels"] == first.json()["channels"]
    log = "SELECT COUNT(*) FROM PlatformAuditLog WHERE action = 'profile.notifications_set'"
    assert service.rows(log) == [(2,)]


UNHEARD_OF: list[dict[str, Any]] = [
    {"channels": {"gossip": ["in_app"]}},
    {"channels": {"due": ["pigeon"]}},
    {"channels": {"due": ["in_app"] * 4}},
    {"digest": "hourly"},
    {"digest_hour": 24},
    {"digest_weekday": 0},
    {"time_zone": "Europe/Nowhere"},
    {"time_zone": "../../etc/passwd"},
    {"muted_workspaces": []},
]


async def test_what_cannot_be_wished_for(service: Service) -> None:
    ada = await service.person("ada")
    for body in UNHEARD_OF:
        assert code(await ada.request("PUT", PREFERENCES, json=body)) == (422, "VALIDATION_FAILED"), body


async def test_who_wants_no_channel_is_not_told(place: Place) -> None:
    bob = await place.service.person("bob")
    await wish(bob, channels={"mentioned": ["email"], "assigned": []})
    task = await place.task()
    await comment(place, task, bob)
    await place.owner.post(f"{place.tasks}/{task['id']}/assign", {"user_id": bob.user_id})
    assert await told(bob) == []
    kept = "SELECT reason, in_app, by_mail, by_push FROM Notification WHERE user_id = ? AND state = 'unread'"
    assert place.service.rows(kept, bob.user_id) == [("mentioned", 0, 1, 0)]


async def test_of_a_silenced_workspace_nothing_is_heard(place: Place) -> None:
    bob, task = await place.service.person("bob"), await place.task()
    for _ in range(2):
        assert (await bob.request("PUT", f"{place.path}/mute")).status_code == 204
    assert (await bob.get(PREFERENCES)).json()["muted_workspaces"] == [place.workspace_id]
    await comment(place, task, bob)
    assert await told(bob) == []
    assert (await bob.delete(f"{place.path}/mute")).status_code == 204
    await comment(place, task, bob)
    assert await told(bob) == [("mentioned", "comment.created")]
    await bob.request("PUT", f"{place.path}/mute")
    assert (await bob.post(f"{place.path}/members/leave")).status_code == 204
    assert place.service.rows("SELECT COUNT(*) FROM NotificationMute") == [(0,)]


async def due(service: Service) -> None:
    await tell_of_due_dates(service.edge.parts.database, service.edge.parts.teller)


async def test_who_has_it_to_do_is_told_once_before_it_is_due(place: Place) -> None:
    service, bob = place.service, await place.service.person("bob")
    await wish(bob, channels={"assigned": []})
    at = (service.clock() + timedelta(hours=24, minutes=10)).isoformat()
    task = await place.task("Book", due_at=at)
    path = f"{place.tasks}/{task['id']}"
    assert (await place.owner.post(f"{path}/assign", {"user_id": bob.user_id})).status_code == 200
    await due(service)
    assert await told(bob) == [], "it is more than a day away"
    service.clock.advance(minutes=20)
    for _ in range(2):
        await due(service)
    assert await told(bob) == [("due", "task.due")]
    (shown,) = (await bob.get(MINE)).json()["items"]
    assert (shown["task_title"], shown["actor_id"]) == ("Book", None)
    assert shown["due_at"] is not None
    # Another due date is another notice; somebody else who has it to do is told of it; what is done is not due.
    moved = await place.owner.patch(path, {"due_at": (service.clock() + timedelta(hours=20)).isoformat()})
    assert moved.status_code == 200, moved.text
    await due(service)
    assert await told(bob) == [("due", "task.due")] * 2
    place.put(task["id"], "DONE")
    carl = await place.member("carl")
    other = await place.task("Pack", due_at=(service.clock() + timedelta(hours=1)).isoformat())
    await wish(carl, channels={"assigned": [], "added": [], "due": []})
    await place.owner.post(f"{place.tasks}/{other['id']}/assign", {"user_id": carl.user_id})
    for _ in range(2):
        await due(service)
    assert await told(carl) == []
    await tell(service)
