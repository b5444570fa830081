"""Mail, as it comes to a real server: who gets what, who does not, and how it reads."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from app.kernel.housekeeping import Housekeeping
from app.services.outbound_mail import send_digests
from tests.api.test_notification_preferences import PREFERENCES, wish
from tests.api.test_notifications import MINE, comment, tell
from tests.databases import TestDatabase, execute
from tests.harness import Person, code, make_outbox, make_settings, running
from tests.smtp_server import MailServer, parts_of, taking_mail
from tests.work import Place, make_place

BOB = "bob@example.com"


@pytest.fixture
async def server() -> AsyncIterator[MailServer]:
    async with taking_mail() as server:
        yield server


@pytest.fixture
async def place(database: TestDatabase, key_file: Path, server: MailServer) -> AsyncIterator[Place]:
    """Of ada's; bob is a MEMBER, and wants mail of mentions alone."""
    settings = make_settings(
        database,
        key_file,
        smtp_host="127.0.0.1",
        smtp_port=server.port,
        smtp_security="none",
        mail_from="noreply@pm.example.com",
        portal_url="https://pm.example.com/",
    )
    async with running(settings) as service:
        place = await make_place(service)
        bob = await place.member("bob")
        await tell(service)
        await wish(bob, channels={"added": ["in_app"]})
        execute(settings, "DELETE FROM OutboundMail", "DELETE FROM Notification", "DELETE FROM Job")
        yield place


async def deliver(place: Place, **span: float) -> list[tuple[str, str | None]]:
    """What became of mail, after a while."""
    await tell(place.service)
    place.service.clock.advance(**(span or {"seconds": 61}))
    await make_outbox(place.service.edge).run_due()
    return place.service.rows("SELECT state, outcome FROM OutboundMail ORDER BY created_at, id")


async def mention(place: Place, title: str = "Book the hall") -> tuple[dict[str, Any], Person]:
    bob, task = await place.service.person("bob"), await place.task(title)
    await comment(place, task, bob)
    return task, bob


async def test_who_is_mentioned_gets_a_mail_once(place: Place, server: MailServer) -> None:
    task, _ = await mention(place)
    assert await deliver(place) == [("SENT", None)]
    assert await deliver(place) == [("SENT", None)]
    (mail,) = server.to(BOB)
    assert mail["Subject"] == "Ada mentioned you on ABC-1 Book the hall"
    assert mail["From"] == "PM Assist <noreply@pm.example.com>"
    assert (mail["To"], mail["Auto-Submitted"], mail["Reply-To"]) == (BOB, "auto-generated", None)
    ((mail_id,),) = place.service.rows("SELECT id FROM OutboundMail")
    assert mail["Message-ID"] == f"<{mail_id}@pm.example.com>"
    link = f"https://pm.example.com/#/workspaces/{place.workspace_id}/tasks/{task['id']}"
    for body in parts_of(mail):
        assert "Ada mentioned you on ABC-1 Book the hall" in body
        assert link in body
        assert "In Roadmap." in re.sub("</?bdi>", "", body)
    assert server.raw[0].isascii()
    assert max(map(len, server.raw[0].split(b"\r\n"))) <= 998


Happening = Callable[[Place, Person, dict[str, Any]], Awaitable[object]]


async def _read(place: Place, person: Person, task: dict[str, Any]) -> None:
    (shown,) = (await person.get(MINE, state="unread")).json()["items"]
    await person.patch(f"{MINE}/{shown['id']}", {"state": "read"})


async def _hide(place: Place, person: Person, task: dict[str, Any]) -> None:
    place.user_type(1, person, hidden=["TODO"])


async def _delete(place: Place, person: Person, task: dict[str, Any]) -> None:
    await place.owner.delete(f"{place.tasks}/{task['id']}")


async def _mute(place: Place, person: Person, task: dict[str, Any]) -> None:
    await person.request("PUT", f"{place.path}/mute")


async def _want_none(place: Place, person: Person, task: dict[str, Any]) -> None:
    await wish(person, channels={"mentioned": ["in_app"]})


def _account(what: str) -> Happening:
    async def change(place: Place, person: Person, task: dict[str, Any]) -> None:
        execute(place.service.settings, f"UPDATE UserAccount SET {what} WHERE id = '{person.user_id}'")

    return change


NOT_SENT: dict[str, tuple[Happening, str]] = {
    "read": (_read, "read"),
    "hidden": (_hide, "hidden"),
    "deleted": (_delete, "hidden"),
    "muted": (_mute, "unwanted"),
    "unwanted": (_want_none, "unwanted"),
    "deactivated": (_account("status = 'DEACTIVATED'"), "nobody"),
    "without": (_account("email = NULL"), "no address"),
    "injecting": (_account("email = 'bob@x\r\nBcc: eve@x'"), "no address"),
}


async def test_what_changed_since_is_asked_when_it_is_sent(place: Place, server: MailServer) -> None:
    people = {case: await place.member(case) for case in NOT_SENT}
    await tell(place.service)
    execute(place.service.settings, "DELETE FROM OutboundMail", "DELETE FROM Notification", "DELETE FROM Job")
    tasks = {case: await place.task() for case in NOT_SENT}
    for case, person in people.items():
        await comment(place, tasks[case], person)
    await tell(place.service)
    for case, (happens, _) in NOT_SENT.items():
        await happens(place, people[case], tasks[case])
    await deliver(place)
    found = dict(place.service.rows("SELECT user_id, outcome FROM OutboundMail WHERE state = 'DROPPED'"))
    assert {case: found.get(people[case].user_id) for case in NOT_SENT} == {
        case: outcome for case, (_, outcome) in NOT_SENT.items()
    }
    assert server.mails == []


async def test_who_was_removed_is_sent_nothing_that_waits(place: Place, server: MailServer) -> None:
    _, bob = await mention(place)
    await tell(place.service)
    members = (await place.owner.get(f"{place.path}/members")).json()["items"]
    (member,) = (each for each in members if each["user_id"] == bob.user_id)
    assert (await place.owner.delete(f"{place.path}/members/{member['id']}")).status_code == 204
    assert await deliver(place) == []
    assert server.mails == []


async def test_a_server_that_says_later_is_asked_again_and_one_that_says_never_is_not(
    place: Place, server: MailServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.answers[BOB] = "450 Greylisted"
    await mention(place)
    assert await deliver(place) == [("WAITING", None)]
    server.answers[BOB] = f"550 No {BOB} here"
    assert await deliver(place) == [("FAILED", "refused")]
    server.answers.clear()
    await mention(place)
    assert await deliver(place) == [("FAILED", "refused"), ("DROPPED", "blocked")]
    execute(place.service.settings, "UPDATE MailBlock SET blocked_at = '2020-01-01T00:00:00.000000Z'")
    server.answers["DATA"] = "554 Spam"
    await mention(place)
    assert (await deliver(place))[2:] == [("FAILED", "rejected")]
    assert server.mails == []
    assert "example.com" not in caplog.text
    execute(
        place.service.settings,
        "INSERT INTO MailBlock (address_hash, covers, reason, blocked_at)"
        " SELECT address_hash, 'invitations', 'unsubscribed', blocked_at FROM MailBlock",
    )
    parts = place.service.edge.parts
    housekeeping = Housekeeping(parts.database, parts.tools, timedelta(minutes=15))
    for days in (0, 2):
        place.service.clock.advance(days=days)
        await housekeeping.run()
    kept = place.service.rows("SELECT reason FROM MailBlock")
    assert kept == [("unsubscribed",)], "a refusal that is over is forgotten, a wish is not"


async def test_what_no_server_takes_is_given_up(place: Place, server: MailServer) -> None:
    server.answers[BOB] = "451 Later"
    await mention(place)
    assert await deliver(place) == [("WAITING", None)]
    assert await deliver(place, days=4) == [("FAILED", "late")]


async def test_one_click_is_the_way_out(place: Place, server: MailServer) -> None:
    _, bob = await mention(place)
    await deliver(place)
    (mail,) = server.to(BOB)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    url = re.sub(r"[<>\s]", "", mail["List-Unsubscribe"])
    assert url in parts_of(mail)[0]
    client = place.service.client
    page = await client.get(url)
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "<button>" in page.text
    assert "mention you" in page.text
    assert "form-action 'self'" in page.headers["content-security-policy"]
    assert (await bob.get(PREFERENCES)).json()["channels"]["mentioned"] == ["in_app", "email", "push"]
    for _ in range(2):
        left = await client.post(url, data={"List-Unsubscribe": "One-Click"})
        assert left.status_code == 200, left.text
    changed = (await bob.get(PREFERENCES)).json()
    assert (changed["channels"]["mentioned"], changed["channels"]["due"]) == (
        ["in_app", "push"],
        ["in_app", "email", "push"],
    )
    log = "SELECT actor_id, auth_method FROM PlatformAuditLog WHERE action = 'profile.mail_left'"
    assert place.service.rows(log) == [(bob.user_id, "mail-link")]
    token = parse_qs(urlsplit(url).query)["token"][0]
    for bad in (token[:-2], f"x{token}", "", "e30.x", token * 20):
        for method in ("GET", "POST"):
            answer = await client.request(method, "/unsubscribe", params={"token": bad})
            assert answer.status_code in (404, 422), bad
    assert code(await client.post("/unsubscribe", params={"token": token[:-2]})) == (404, "MAIL_LINK_INVALID")


async def test_a_digest_gathers_what_is_unread(place: Place, server: MailServer) -> None:
    service, bob = place.service, await place.service.person("bob")
    await wish(bob, digest="daily", digest_hour=(service.clock() + timedelta(minutes=90)).hour)
    for title in ("First", "Second", "Third"):
        await mention(place, title)
        service.clock.advance(seconds=1)
        await tell(service)
    shown = (await bob.get(MINE)).json()["items"]
    await bob.patch(f"{MINE}/{shown[0]['id']}", {"state": "read"})
    assert await deliver(place) == [], "nothing goes out at once"
    await send_digests(service.edge.parts.database, service.edge.tools)
    assert await deliver(place) == [], "it is not due"
    service.clock.advance(hours=2)
    for _ in range(2):
        await send_digests(service.edge.parts.database, service.edge.tools)
        assert await deliver(place) == [("SENT", None)]
    (mail,) = server.to(BOB)
    assert mail["Subject"] == "2 things you were told"
    for body in parts_of(mail):
        assert body.index("ABC-2 Second") < body.index("ABC-1 First")
        assert "Third" not in body
    service.clock.advance(hours=24)
    await send_digests(service.edge.parts.database, service.edge.tools)
    assert await deliver(place) == [("SENT", None), ("DROPPED", "nothing")]
    url = re.sub(r"[<>\s]", "", mail["List-Unsubscribe"])
    assert (await service.client.post(url)).status_code == 200
    await bob.validate()
    left = "SELECT digest, next_digest_at FROM NotificationPreference"
    assert service.rows(left) == [("off", None)]


async def test_much_at_once_is_one_mail(place: Place, server: MailServer) -> None:
    for number in range(7):
        await mention(place, f"Task {number}")
    assert await deliver(place) == [("SENT", None)]
    (mail,) = server.to(BOB)
    assert mail["Subject"] == "7 things you were told"
    assert all(f"Task {number}" in parts_of(mail)[0] for number in range(7))


async def test_an_invitation_goes_to_whom_it_is_for(place: Place, server: MailServer) -> None:
    ada, sent = place.owner, {"email": "Zoe@Example.com", "role": "MEMBER"}
    invited = (await ada.post(f"{place.path}/invitations", sent)).json()
    assert invited["is_mailed"] is True
    assert await deliver(place) == [("SENT", None)]
    (mail,) = server.to("Zoe@Example.com")
    assert mail["Subject"] == "Ada invites you to Roadmap"
    text, _ = parts_of(mail)
    found = re.search(r"https://pm\.example\.com/#/invitation\?token=(\S+)", text)
    assert found
    assert found[1] == invited["token"]
    assert place.service.rows("SELECT sealed, key_id FROM OutboundMail") == [(None, None)]
    zoe = await place.service.person("zoe")
    accepted = await zoe.post("/invitations/accept", {"token": found[1]})
    assert accepted.status_code == 200, accepted.text


async def test_an_invitation_that_ended_or_was_sent_anew_is_not_sent(
    place: Place, server: MailServer
) -> None:
    ada, path = place.owner, f"{place.path}/invitations"
    first = (await ada.post(path, {"email": "zoe@example.com", "role": "MEMBER"})).json()
    again = (await ada.post(f"{path}/{first['id']}/resend")).json()
    other = (await ada.post(path, {"email": "yan@example.com", "role": "MEMBER"})).json()
    await ada.delete(f"{path}/{other['id']}")
    assert sorted(await deliver(place), key=str) == [
        ("DROPPED", "ended"),
        ("DROPPED", "outdated"),
        ("SENT", None),
    ]
    (mail,) = server.to("zoe@example.com")
    assert again["token"] in parts_of(mail)[0]
    url = re.sub(r"[<>\s]", "", mail["List-Unsubscribe"])
    assert (await place.service.client.post(url)).status_code == 200
    await ada.post(f"{path}/{first['id']}/resend")
    assert (await deliver(place))[-1] == ("DROPPED", "blocked")
    assert len(server.mails) == 1
