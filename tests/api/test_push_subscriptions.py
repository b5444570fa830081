"""Browsers, and what they are pushed by a real service on loopback."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.core.clock import utc_text
from app.core.opaque_tokens import token_digest
from tests.api.test_notification_preferences import PREFERENCES, wish
from tests.api.test_notifications import MINE, comment, tell
from tests.api.test_user_status import platform_admin
from tests.browser import HEADER, session_of
from tests.core.test_web_push import VAPID_KEY, Browser, read_authorization
from tests.databases import TestDatabase, execute
from tests.harness import Person, Service, code, make_outbox, make_settings, running
from tests.receivers import Receiver, answers, receiving
from tests.work import Place, make_place

BROWSERS = "/users/me/push-subscriptions"


@pytest.fixture
async def push_service() -> AsyncIterator[Receiver]:
    async with receiving(answers(201)) as receiver:
        yield receiver


@pytest.fixture
async def place(database: TestDatabase, key_file: Path) -> AsyncIterator[Place]:
    settings = make_settings(
        database,
        key_file,
        vapid_private_key=VAPID_KEY,
        vapid_contact="mailto:ops@example.com",
        outbound_http=True,
        outbound_networks="127.0.0.0/8",
        portal_url="https://pm.example.com/",
    )
    async with running(settings) as service:
        place = await make_place(service)
        await place.member("bob")
        await tell(service)
        execute(settings, "DELETE FROM Notification", "DELETE FROM Job")
        yield place


async def subscribe(person: Person, endpoint: str, browser: Browser) -> dict[str, Any]:
    body = {"endpoint": endpoint, "expirationTime": None, "keys": browser.keys}
    answer = await person.post(BROWSERS, body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def push(place: Place, **span: float) -> None:
    await tell(place.service)
    place.service.clock.advance(**(span or {"seconds": 1}))
    await make_outbox(place.service.edge).run_due()


async def test_a_browser_is_told_once_of_what_its_person_may_see(
    place: Place, push_service: Receiver
) -> None:
    bob, browser = await place.service.person("bob"), Browser()
    assert (await bob.get(PREFERENCES)).json()["push_key"] is not None
    await subscribe(bob, push_service.url("/bob"), browser)
    place.service.clock.advance(seconds=1)
    task = await place.task("Book the hall")
    await comment(place, task, bob)
    for _ in range(2):
        await push(place)
    (sent,) = push_service.received
    (shown,) = (await bob.get(MINE)).json()["items"]
    assert json.loads(browser.read(sent.body)) == {
        "id": shown["id"],
        "reason": "mentioned",
        "workspace_id": place.workspace_id,
        "task_id": task["id"],
        "object_type": "comment",
        "object_id": shown["object_id"],
        "title": "Ada mentioned you on ABC-1 Book the hall",
        "body": "Roadmap",
        "url": f"https://pm.example.com/#/workspaces/{place.workspace_id}/tasks/{task['id']}",
    }
    assert (sent.method, sent.target, sent.headers["content-encoding"]) == ("POST", "/bob", "aes128gcm")
    assert (sent.headers["ttl"], sent.headers["topic"]) == ("86400", shown["id"].replace("-", ""))
    assert read_authorization(sent.headers["authorization"])["aud"] == push_service.url("")
    # What is hidden, unwanted, or of a workspace that was silenced by then, is not pushed.
    for happens in ("hidden", "unwanted", "silenced", "gone"):
        await comment(place, task, bob)
        await tell(place.service)
        if happens == "hidden":
            place.put(task["id"], "DONE")
            place.user_type(1, bob, hidden=["DONE"])
        elif happens == "unwanted":
            place.put(task["id"], "TODO")
            await wish(bob, channels={"mentioned": ["in_app"]})
        elif happens == "silenced":
            await bob.request("PUT", f"{place.path}/mute")
            await wish(bob)
        else:
            await bob.post(f"{place.path}/members/leave")
        await push(place)
    assert len(push_service.received) == 1


async def test_what_is_committed_late_is_pushed_and_nothing_twice(
    place: Place, push_service: Receiver
) -> None:
    bob, browser = await place.service.person("bob"), Browser()
    await subscribe(bob, push_service.url("/bob"), browser)
    began = utc_text(place.service.clock() + timedelta(seconds=1))
    place.service.clock.advance(seconds=2)
    task = await place.task("Book the hall")
    await comment(place, task, bob)
    await push(place)
    # As a process tells that began before, and whose clock is behind.
    await comment(place, task, bob)
    await tell(place.service)
    late = (await bob.get(MINE)).json()["items"][0]["id"]
    execute(
        place.service.settings,
        f"UPDATE Notification SET created_at = '{began}', list_key = '{began}\x1f{late}' WHERE id = '{late}'",
    )
    await push(place)
    await push(place)
    for minutes in (1, 9):
        await comment(place, task, bob)
        await push(place, minutes=minutes)
    pushed = [json.loads(browser.read(each.body))["id"] for each in push_service.received]
    assert pushed[1] == late
    assert len(pushed) == len(set(pushed)) == 4
    # What nothing can come before any more is not kept one by one.
    ((since,),) = place.service.rows("SELECT pushed_since FROM PushSubscription")
    assert len(json.loads(since)) < 2


async def test_a_browser_that_is_gone_is_forgotten_and_a_service_that_is_away_is_asked_again(
    place: Place, push_service: Receiver
) -> None:
    bob, browser = await place.service.person("bob"), Browser()
    await subscribe(bob, push_service.url("/bob"), browser)
    task = await place.task()
    push_service.behaviours += [answers(503), answers(201), answers(410)]
    place.service.clock.advance(seconds=1)
    await comment(place, task, bob)
    await push(place)
    await push(place, minutes=5)
    assert len(push_service.received) == 2
    assert browser.read(push_service.received[0].body) == browser.read(push_service.received[1].body)
    await comment(place, task, bob)
    await push(place)
    assert (await bob.get(BROWSERS)).json()["items"] == []
    assert len(push_service.received) == 3


async def test_browsers_are_ones_own(place: Place, push_service: Receiver) -> None:
    ada, bob = place.owner, await place.service.person("bob")
    first = await subscribe(bob, push_service.url("/a"), Browser())
    assert code(await ada.delete(f"{BROWSERS}/{first['id']}")) == (404, "PUSH_SUBSCRIPTION_NOT_FOUND")
    # Whoever signs in there next takes it over.
    second = await subscribe(ada, push_service.url("/a"), Browser())
    assert (await bob.get(BROWSERS)).json()["items"] == []
    assert [each["id"] for each in (await ada.get(BROWSERS)).json()["items"]] == [second["id"]]
    assert (await ada.delete(f"{BROWSERS}/{second['id']}")).status_code == 204
    for number in range(22):
        place.service.clock.advance(seconds=1)
        await subscribe(ada, push_service.url(f"/{number}"), Browser())
    kept = (await ada.get(BROWSERS)).json()["items"]
    assert (len(kept), kept[-1]["endpoint"]) == (20, push_service.url("/2"))


async def test_a_browser_is_told_as_long_as_its_session_lasts(place: Place, push_service: Receiver) -> None:
    service = place.service
    bob, task = await service.person("bob"), await place.task()

    async def sign_in(cookie: str | None, path: str) -> str:
        """Subscribes there, where somebody may have been signed in; answers the cookie of the session."""
        made = cookie or await session_of(service, bob)
        body = {"endpoint": push_service.url(path), "keys": Browser().keys}
        answer = await service.client.post(BROWSERS, json=body, headers=by(made))
        assert answer.status_code == 201, answer.text
        return made

    def subscribed() -> list[str]:
        rows = service.rows("SELECT endpoint FROM PushSubscription ORDER BY endpoint")
        return [endpoint.rpartition("/")[2] for (endpoint,) in rows]

    await subscribe(bob, push_service.url("/by-tokens"), Browser())
    ended, out, over = [await sign_in(None, path) for path in ("/ended", "/out", "/over")]
    service.clock.advance(seconds=1)
    await comment(place, task, bob)
    await tell(service)  # their jobs are there
    session = (await service.client.get("/auth/oauth/session", headers=by(ended))).json()["id"]
    assert (await bob.delete(f"/auth/oauth/sessions/{session}")).status_code == 204
    assert (await service.client.post("/auth/oauth/logout", headers=by(out))).status_code == 200
    assert subscribed() == ["by-tokens", "over"]
    execute(
        service.settings,
        f"UPDATE BrowserSession SET expires_at = '{utc_text(service.clock())}'"
        f" WHERE token_hash = '{token_digest(over)}'",
    )
    await push(place)
    assert [sent.target for sent in push_service.received] == ["/by-tokens"]
    # All sessions of a browser, and all sessions.
    await sign_in(None, "/all")
    assert (await bob.delete("/auth/oauth/sessions")).status_code == 204
    assert subscribed() == ["by-tokens"]
    await sign_in(None, "/revoked")
    assert (await bob.post("/auth/revoke-all")).status_code == 204
    assert subscribed() == []
    eve = await service.person("eve")
    await subscribe(eve, push_service.url("/eve"), Browser())
    root = await platform_admin(service)
    assert (await root.post(f"/platform/users/{eve.user_id}/suspend", {"reason": "x"})).status_code == 200
    assert subscribed() == []


def by(cookie: str) -> dict[str, str]:
    return {"Cookie": f"pma-session={cookie}"} | HEADER


async def test_what_is_no_subscription(place: Place, service: Service) -> None:
    bob, keys = await place.service.person("bob"), Browser().keys
    for endpoint in (
        "https://169.254.169.254/a",
        "https://10.0.0.1/a",
        "ftp://push.example.com/a",
        "https://a@b.example/",
        "x",
    ):
        answer = await bob.post(BROWSERS, {"endpoint": endpoint, "keys": keys})
        assert code(answer) == (422, "VALIDATION_FAILED"), endpoint
    bad = {"endpoint": "https://push.example.com/a", "keys": keys | {"p256dh": keys["p256dh"][:-1] + "!"}}
    assert code(await bob.post(BROWSERS, bad)) == (422, "VALIDATION_FAILED")
    # Without keys of its own this service pushes nothing.
    eve = await service.person("eve")
    answer = await eve.post(BROWSERS, {"endpoint": "https://push.example.com/a", "keys": keys})
    assert code(answer) == (400, "PUSH_NOT_AVAILABLE")
    assert (await eve.get(PREFERENCES)).json()["push_key"] is None
