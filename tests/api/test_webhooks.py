"""Webhooks against receivers on loopback: who is sent what, once and in order, how each try ends, and what is
never sent."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from standardwebhooks.webhooks import Webhook

from app.core.client_address import parse_networks
from app.core.clock import utc_text
from app.core.outbound import OutboundRules
from app.core.secret_box import SecretBox
from app.core.token_service import KeyRing
from app.db.handles.jobs import DueJobRow
from app.integrations.guarded_client import GuardedClient
from app.kernel.housekeeping import Housekeeping
from app.kernel.job_worker import JobWorker
from app.kernel.jobs import JobKind
from app.services.webhook_sending import WebhookSender
from app.services.webhooks import rotate_keys
from tests.databases import TestDatabase
from tests.harness import SECRET_KEY, Clock, Person, Service, code, make_outbox, make_settings, running
from tests.local_server import free_port
from tests.receivers import Behave, Receiver, answers, endless, hangs_up, late, receiving

OPEN: dict[str, Any] = {
    "outbound_networks": "127.0.0.0/8",
    "outbound_http": True,
}
JOB: dict[str, Any] = {
    "id": "",
    "kind": "webhook",
    "attempts": 1,
    "fence": 1,
    "is_once": True,
    "is_held": False,
}
SCHEDULE = (5, 300, 1800, 7200, 18_000, 36_000, 36_000)
"""Seconds between tries, by Standard Webhooks."""


@pytest.fixture
async def service(database: TestDatabase, key_file: Any) -> AsyncIterator[Service]:
    async with running(make_settings(database, key_file, **OPEN)) as service:
        yield service


@pytest.fixture
async def ada(service: Service) -> Person:
    return await service.person("ada")


@pytest.fixture
async def place(ada: Person) -> str:
    return f"/workspaces/{(await ada.create_workspace())['id']}"


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


async def hook(by: Person, place: str, url: str, **more: Any) -> dict[str, Any]:
    made = await by.post(f"{place}/webhooks", {"url": url, "event_types": ["workspace.updated"], **more})
    assert made.status_code == 201, made.text
    return cast(dict[str, Any], made.json())


async def happen(by: Person, place: str, *names: str) -> None:
    """An event for each name."""
    for name in names:
        assert (await by.patch(place, {"name": name})).status_code == 200


async def send(service: Service) -> None:
    """What follows from events, and what is due."""
    await service.edge.parts.consumers().run_due()
    await make_outbox(service.edge).run_due()


def sender_of(
    service: Service,
    *,
    client: GuardedClient | None = None,
    box: SecretBox | None = None,
    seconds: float = 5.0,
) -> WebhookSender:
    parts = service.edge.parts
    client, box = client or parts.outbound, box or parts.credentials.box
    return WebhookSender(parts.database, parts.tools, client, box, seconds, parts.metrics.webhook)


async def deliveries(by: Person, place: str, made: dict[str, Any], **filters: Any) -> list[dict[str, Any]]:
    """The oldest first."""
    listed = await by.get(f"{place}/webhooks/{made['id']}/deliveries", **filters)
    assert listed.status_code == 200, listed.text
    return cast(list[dict[str, Any]], listed.json()["items"][::-1])


async def tries(
    by: Person, place: str, made: dict[str, Any], delivery: dict[str, Any]
) -> list[dict[str, Any]]:
    found = await by.get(f"{place}/webhooks/{made['id']}/deliveries/{delivery['id']}")
    return cast(list[dict[str, Any]], found.json()["tries"][::-1])


async def shown(by: Person, place: str, made: dict[str, Any]) -> dict[str, Any]:
    return cast(dict[str, Any], (await by.get(f"{place}/webhooks/{made['id']}")).json())


async def later(by: Person, **span: float) -> None:
    """Time passes, and they have signed in again."""
    service = by.service
    service.clock.advance(**span)
    by.access_token = service.access_token(by.user_id, by.name)
    assert (await by.validate()).status_code == 200


def seqs(receiver: Receiver) -> list[int]:
    return [json.loads(each.body)["data"]["seq"] for each in receiver.received]


async def test_a_message_says_what_happened_and_can_be_verified(
    service: Service, ada: Person, place: str, receiver: Receiver
) -> None:
    made = await hook(ada, place, receiver.url("/hook?code=1"))
    receiver.usual = answers(202, b"thanks \x00\xff" + b"!" * 2000)
    await happen(ada, place, "Second")
    await send(service)
    (event,) = [
        each
        for each in (await ada.get(f"{place}/changes", after_seq=0)).json()["items"]
        if each["type"] == "workspace.updated"
    ]
    (sent,) = receiver.received
    told = Webhook(made["secret"]).verify(sent.body, dict(sent.headers))
    assert told == {
        "type": "workspace.updated",
        "timestamp": event["at"],
        "data": {**event, "workspace_id": place.rpartition("/")[2]},
    }
    assert (sent.method, sent.target) == ("POST", "/hook?code=1")
    assert sent.headers["content-type"] == "application/json"
    (delivery,) = await deliveries(ada, place, made)
    assert delivery["id"] == sent.headers["webhook-id"]
    assert (delivery["state"], delivery["attempts"], delivery["due_at"]) == ("DELIVERED", 1, None)
    (tried,) = await tries(ada, place, made, delivery)
    assert (tried["number"], tried["status"], tried["reason"]) == (1, 202, None)
    assert tried["answer"] == "thanks \ufffd\ufffd" + "!" * 1015
    # The secret was told once, is kept sealed, and no other answer has it.
    text = (await ada.get(f"{place}/webhooks")).text + str(service.rows("SELECT * FROM WebhookEndpoint"))
    assert made["secret"] not in text
    assert "secret" not in await shown(ada, place, made)


async def test_a_retry_of_the_request_is_not_told_the_secret(ada: Person, place: str) -> None:
    body = {"url": "https://hooks.example.com/"}
    headers = {**ada.headers(), "Idempotency-Key": "k1"}
    first, second = [
        await ada.service.client.post(f"{place}/webhooks", json=body, headers=headers) for _ in range(2)
    ]
    assert first.json()["secret"].startswith("whsec_")
    assert second.json() == {**first.json(), "secret": None}
    stored = ada.service.rows("SELECT * FROM IdempotencyRecord")
    assert first.json()["secret"] not in str(stored)


async def test_both_secrets_sign_for_a_day(
    service: Service, ada: Person, place: str, receiver: Receiver
) -> None:
    made = await hook(ada, place, receiver.url())
    newer = (await ada.post(f"{place}/webhooks/{made['id']}/rotate-secret")).json()
    assert newer["secret"] != made["secret"]
    for name, signatures in (("a", 2), ("b", 1)):
        await happen(ada, place, name)
        await send(service)
        sent = receiver.received[-1]
        assert len(sent.headers["webhook-signature"].split(" ")) == signatures
        await later(ada, hours=25)
    first, last = (dict(each.headers) for each in receiver.received)
    for secret in (newer["secret"], made["secret"]):
        Webhook(secret).verify(receiver.received[0].body, first)
    signed = Webhook(newer["secret"]).sign(
        last["webhook-id"],
        datetime.fromtimestamp(int(last["webhook-timestamp"]), UTC),
        receiver.received[1].body.decode(),
    )
    assert signed == last["webhook-signature"]


async def test_what_is_chosen_is_sent_and_nothing_from_before(
    service: Service, ada: Person, place: str, receiver: Receiver
) -> None:
    async with receiving() as everything, receiving() as labels:
        await happen(ada, place, "before")
        await hook(ada, place, everything.url(), event_types=["*"])
        await hook(ada, place, labels.url(), event_types=["label.*", "member.added"])
        await ada.post(f"{place}/labels", {"name": "urgent"})
        await happen(ada, place, "after")
        await send(service)
        types = [json.loads(each.body)["type"] for each in everything.received]
        assert sorted(types) == ["label.created", "webhook.created", "webhook.created", "workspace.updated"]
        assert [json.loads(each.body)["type"] for each in labels.received] == ["label.created"]
    for patterns in (["task.nothing"], ["nothing.*"], ["*.created"], ["task"], []):
        refused = await ada.post(f"{place}/webhooks", {"url": receiver.url(), "event_types": patterns})
        assert refused.status_code in (400, 422), patterns


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://[::ffff:127.0.0.1]/", "address"),
        ("https://169.254.169.254/latest/meta-data", "address"),
        ("https://10.0.0.7/", "address"),
        ("https://ada:secret@hooks.example.com/", "user"),
        ("https://hooks.example.com:22/", "port"),
        ("https://2130706433/", "host"),
    ],
)
async def test_an_address_that_is_none_of_the_public_is_refused_at_once(
    ada: Person, place: str, url: str, reason: str
) -> None:
    made = await hook(ada, place, "https://hooks.example.com/")
    for answer in (
        await ada.post(f"{place}/webhooks", {"url": url}),
        await ada.patch(f"{place}/webhooks/{made['id']}", {"url": url}),
    ):
        assert code(answer) == (400, "ADDRESS_NOT_ALLOWED")
        assert answer.json()["details"] == {"reason": reason}


async def test_a_workspace_has_so_many(ada: Person, place: str) -> None:
    answers_ = [
        await ada.post(f"{place}/webhooks", {"url": f"https://hooks.example.com/{number}"})
        for number in range(21)
    ]
    assert [answer.status_code for answer in answers_] == [201] * 20 + [409]
    assert code(answers_[-1]) == (409, "TOO_MANY_WEBHOOKS")
    gone = answers_[0].json()["id"]
    assert (await ada.delete(f"{place}/webhooks/{gone}")).status_code == 204
    assert (await ada.post(f"{place}/webhooks", {"url": "https://hooks.example.com/"})).status_code == 201


ENDINGS: dict[str, tuple[Behave, int | None, str | None, str]] = {
    "2xx after the deadline": (late(30, answers(200)), None, "timeout", "PENDING"),
    "hangs up": (hangs_up, None, "broken", "PENDING"),
    "drips its headers": (endless(b"HTTP/1.1 200 OK\r\nX: ", b"x", 0.01), None, "timeout", "PENDING"),
    "endless headers": (endless(b"HTTP/1.1 200 OK\r\nX: ", b"x" * 65536), None, "broken", "PENDING"),
    "500": (answers(500), 500, None, "PENDING"),
    "404": (answers(404), 404, None, "PENDING"),
    "304": (answers(304, b""), 304, None, "PENDING"),
    "204": (answers(204, b""), 204, None, "DELIVERED"),
    # The receiver has it: what else it says is its own affair.
    "endless body": (endless(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65536), 200, None, "DELIVERED"),
    "drips its body": (endless(b"HTTP/1.1 200 OK\r\n\r\n", b"x", 0.01), 200, None, "DELIVERED"),
}


async def test_each_ends_as_it_should_and_holds_up_no_other(
    database: TestDatabase, key_file: Any, receiver: Receiver
) -> None:
    """All at once: an endpoint for each ending, and one that is well, which waits for none of them."""
    settings = make_settings(database, key_file, **OPEN, webhook_seconds=0.8)
    async with running(settings) as service, receiving() as elsewhere:
        ada = await service.person("ada")
        place = f"/workspaces/{(await ada.create_workspace())['id']}"
        receivers = dict(ENDINGS)
        receivers["302"] = (answers(302, Location=elsewhere.url()), 302, None, "PENDING")
        async with all_receiving({name: ending[0] for name, ending in receivers.items()}) as started:
            made = {name: await hook(ada, place, each.url()) for name, each in started.items()}
            made["refuses"] = await hook(ada, place, f"http://127.0.0.1:{free_port()}/")
            made["well"] = await hook(ada, place, receiver.url())
            await happen(ada, place, "a")
            await send(service)
            for name, (_, status, reason, state) in receivers.items():
                (delivery,) = await deliveries(ada, place, made[name])
                (tried,) = await tries(ada, place, made[name], delivery)
                assert (tried["status"], tried["reason"], delivery["state"]) == (status, reason, state), name
                assert len(tried["answer"] or "") <= 1024
            (delivery,) = await deliveries(ada, place, made["refuses"])
            assert (await tries(ada, place, made["refuses"], delivery))[0]["reason"] == "unreachable"
        assert len(receiver.received) == 1
        assert elsewhere.connections == 0


@asynccontextmanager
async def all_receiving(behaviours: dict[str, Behave]) -> AsyncIterator[dict[str, Receiver]]:
    if not behaviours:
        yield {}
        return
    name, behave = next(iter(behaviours.items()))
    rest = {key: value for key, value in behaviours.items() if key != name}
    async with receiving(behave) as first, all_receiving(rest) as others:
        yield {name: first, **others}


async def test_it_is_tried_again_by_the_schedule_and_then_no_more(
    service: Service, ada: Person, place: str, receiver: Receiver
) -> None:
    receiver.usual = answers(500, b"oh dear")
    made = await hook(ada, place, receiver.url())
    await happen(ada, place, "a")
    await send(service)
    for number, seconds in enumerate(SCHEDULE, 1):
        (delivery,) = await deliveries(ada, place, made)
        wait = datetime.fromisoformat(delivery["due_at"]) - service.clock()
        assert timedelta(seconds=seconds) <= wait <= timedelta(seconds=seconds * 1.2)
        await later(ada, seconds=wait.total_seconds() - 1)
        await send(service)
        assert len(receiver.received) == number
        await later(ada, seconds=seconds * 0.2 + 400)
        await send(service)
        assert len(receiver.received) == number + 1
    (delivery,) = await deliveries(ada, place, made)
    assert (delivery["state"], delivery["attempts"], delivery["due_at"]) == ("FAILED", 8, None)
    assert len({each.headers["webhook-id"] for each in receiver.received}) == 1
    assert [each["status"] for each in await tries(ada, place, made, delivery)] == [500] * 8
    assert (await shown(ada, place, made))["failing_since"] is not None
    # Four days later the next one fails too: it has not succeeded once in five days.
    await later(ada, days=4)
    await happen(ada, place, "b")
    await send(service)
    webhook = await shown(ada, place, made)
    assert (webhook["is_enabled"], webhook["disabled_reason"]) == (False, "failing")
    # What follows is not kept for it; what waited is sent when it is enabled.
    receiver.usual = answers(200)
    await happen(ada, place, "c")
    await send(service)
    assert (await ada.post(f"{place}/webhooks/{made['id']}/enable")).json()["is_enabled"]
    await later(ada, minutes=1)
    await send(service)
    states = [each["state"] for each in await deliveries(ada, place, made)]
    assert states == ["FAILED", "DELIVERED"]


async def test_a_dead_one_is_asked_by_one_of_many_and_then_told_all(
    service: Service, ada: Person, place: str, receiver: Receiver
) -> None:
    receiver.usual = late(0.05, answers(503))
    made = await hook(ada, place, receiver.url())
    await happen(ada, place, *(f"name {number}" for number in range(25)))
    await send(service)
    assert len(receiver.received) == 10
    for more in range(1, 4):
        await later(ada, seconds=6 if more == 1 else 361)
        await send(service)
        assert len(receiver.received) == 10 + more
    assert (await shown(ada, place, made))["failing_since"]
    receiver.usual = answers(200)
    await later(ada, hours=1)
    await send(service)
    assert {each["state"] for each in await deliveries(ada, place, made)} == {"DELIVERED"}
    assert len(set(seqs(receiver))) == 25
    assert receiver.most_under_way == 10
    assert (await shown(ada, place, made))["failing_since"] is None


async def test_in_order_nothing_passes_what_waits(
    service: Service, ada: Person, place: str, receiver: Receiver
) -> None:
    receiver.behaviours = [answers(200), answers(500), answers(500)]
    receiver.usual = late(0.01, answers(200))
    made = await hook(ada, place, receiver.url(), is_ordered=True)
    await happen(ada, place, "a", "b", "c", "d")
    await send(service)
    first, second = seqs(receiver)
    await happen(ada, place, "e")
    await send(service)
    assert seqs(receiver) == [first, second]
    # One that does not wait for its turn is for whoever asked: it is sent at once, and the others wait on.
    assert (await ada.post(f"{place}/webhooks/{made['id']}/test")).status_code == 202
    await send(service)
    assert json.loads(receiver.received[2].body)["type"] == "webhook.test"
    receiver.received.pop(2)
    receiver.behaviours = []
    await later(ada, hours=1)
    await send(service)
    sent = seqs(receiver)
    assert sent == sorted(sent)
    assert len(set(sent)) == 5
    assert receiver.most_under_way == 1


async def test_what_the_receiver_asks_for_is_heeded_within_bounds(
    service: Service, ada: Person, place: str, receiver: Receiver
) -> None:
    receiver.behaviours = [
        answers(429, Retry_After="3600"),
        answers(503, Retry_After="864000"),
        answers(429, Retry_After="0"),
        answers(500, Retry_After="36000"),
    ]
    made = await hook(ada, place, receiver.url())
    await happen(ada, place, "a")
    for least, most in ((3600, 3600), (36_000, 36_000), (1800, 2160), (7200, 8640)):
        await send(service)
        (delivery,) = await deliveries(ada, place, made)
        wait = datetime.fromisoformat(delivery["due_at"]) - service.clock()
        assert timedelta(seconds=least) <= wait <= timedelta(seconds=most)
        # Whatever else there is waits too, where it asked.
        await later(ada, seconds=wait.total_seconds())
    await send(service)
    (delivery,) = await deliveries(ada, place, made)
    assert (delivery["state"], delivery["attempts"]) == ("DELIVERED", 5)


async def test_whoever_is_gone_is_left_alone(
    service: Service, ada: Person, place: str, receiver: Receiver
) -> None:
    receiver.usual = answers(410)
    made = await hook(ada, place, receiver.url())
    await happen(ada, place, "a")
    await send(service)
    webhook = await shown(ada, place, made)
    assert (webhook["is_enabled"], webhook["disabled_reason"]) == (False, "gone")
    events = (await ada.get(f"{place}/changes", after_seq=0)).json()["items"]
    assert (events[-1]["type"], events[-1]["object_id"]) == ("webhook.disabled", made["id"])
    (entry,) = (await ada.get(f"{place}/audit", action="webhook.disabled")).json()["items"]
    assert (entry["actor_id"], entry["details"]) == ("service:webhooks", {"reason": "gone"})
    bob = await service.person("bob")
    await ada.add(place.rpartition("/")[2], bob, "MEMBER")
    told = (await bob.get(f"{place}/changes", after_seq=0)).json()["items"]
    assert not [each for each in told if each["type"].startswith("webhook.")]
    for path in ("test", f"deliveries/{(await deliveries(ada, place, made))[0]['id']}/resend"):
        assert code(await ada.post(f"{place}/webhooks/{made['id']}/{path}")) == (409, "WEBHOOK_DISABLED")
    await later(ada, days=1)
    await send(service)
    assert len(receiver.received) == 1


@pytest.mark.parametrize("end", ["removed", "demoted", "suspended"])
async def test_for_whoever_is_no_admin_any_more_nothing_is_sent(
    service: Service, ada: Person, place: str, receiver: Receiver, end: str
) -> None:
    bob = await service.person("bob")
    member = await ada.add(place.rpartition("/")[2], bob, "ADMIN")
    made = await hook(bob, place, receiver.url(), event_types=["*"])
    await send(service)
    receiver.received.clear()
    await happen(ada, place, "waits")
    if end == "removed":
        assert (await ada.delete(f"{place}/members/{member['id']}")).status_code == 204
    elif end == "demoted":
        await ada.patch(f"{place}/members/{member['id']}", {"role": "MEMBER"})
    else:
        service.tamper(f"UPDATE UserAccount SET status = 'SUSPENDED' WHERE id = '{bob.user_id}'")
    await send(service)
    assert receiver.connections == 1  # of before
    webhook = await shown(ada, place, made)
    assert (webhook["disabled_reason"], webhook["acts_for"]) == ("not_admin", bob.user_id)
    # Somebody who may takes it over, and what waited goes out on their behalf.
    assert (await ada.post(f"{place}/webhooks/{made['id']}/enable")).json()["acts_for"] == ada.user_id
    await send(service)
    assert "workspace.updated" in [json.loads(each.body)["type"] for each in receiver.received]


@pytest.mark.parametrize(
    ("halt", "sets_going"), [("suspend", "activate"), ("archive", "activate"), ("", "restore")]
)
async def test_a_workspace_that_is_not_in_work_sends_nothing(
    service: Service, ada: Person, place: str, receiver: Receiver, halt: str, sets_going: str
) -> None:
    await hook(ada, place, receiver.url())
    await happen(ada, place, "a")
    await service.edge.parts.consumers().run_due()
    done = await (ada.post(f"{place}/{halt}", {"reason": "r"}) if halt else ada.delete(place))
    assert done.status_code in (200, 204)
    for _ in range(3):
        await send(service)
        await later(ada, minutes=10)
    assert receiver.connections == 0
    assert (await ada.post(f"{place}/{sets_going}", {} if halt else None)).status_code == 200
    await send(service)
    assert len(receiver.received) == 1


async def test_what_may_not_be_told_any_more_is_withheld(
    service: Service, ada: Person, place: str, receiver: Receiver
) -> None:
    """Of what was purged nobody can say who may hear of it."""
    made = await hook(ada, place, receiver.url())
    await happen(ada, place, "a", "b")
    await service.edge.parts.consumers().run_due()
    service.tamper("DELETE FROM Event WHERE seq = (SELECT MIN(event_seq) FROM WebhookDelivery)")
    await send(service)
    states = [each["state"] for each in await deliveries(ada, place, made)]
    assert sorted(states) == ["DELIVERED", "WITHHELD"]
    assert len(receiver.received) == 1


async def test_two_processes_send_each_once(twins: tuple[Service, Service], receiver: Receiver) -> None:
    first, second = twins
    ada = await first.person("ada")
    place = f"/workspaces/{(await ada.create_workspace())['id']}"
    receiver.usual = late(0.005, answers(200))
    made = [
        await hook(ada, place, receiver.url(f"/{is_ordered}"), is_ordered=is_ordered)
        for is_ordered in (False, True)
    ]
    await happen(ada, place, *(f"name {number}" for number in range(30)))
    for _ in range(2):
        await asyncio.gather(send(first), send(second))
    # And as if each took the other's job for abandoned.
    await happen(ada, place, *(f"more {number}" for number in range(30)))
    await first.edge.parts.consumers().run_due()
    jobs = [DueJobRow(**JOB, workspace_id=place.rpartition("/")[2], target_id=each["id"]) for each in made]
    senders = [sender_of(each) for each in twins]
    await asyncio.gather(*(sender.send_due(job) for job in jobs for sender in (*senders, *senders)))
    for target in ("/False", "/True"):
        sent = [json.loads(each.body)["data"]["seq"] for each in receiver.received if each.target == target]
        assert len(sent) == len(set(sent)) == 60
        assert target == "/False" or sent == sorted(sent)


@pytest.fixture
async def twins(database: TestDatabase, key_file: Any) -> AsyncIterator[tuple[Service, Service]]:
    settings, clock = make_settings(database, key_file, **OPEN), Clock()
    async with running(settings, clock) as first, running(settings, clock) as second:
        yield first, second


async def test_who_dies_between_has_it_sent_again_under_its_id(
    service: Service, ada: Person, place: str, receiver: Receiver
) -> None:
    receiver.behaviours = [late(0.3, answers(200))]
    made = await hook(ada, place, receiver.url())
    await happen(ada, place, "a")
    dying = asyncio.create_task(send(service))
    async with asyncio.timeout(5):
        await receiver.arrived.wait()
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    worker = make_outbox(service.edge)
    await worker.run_due()
    assert len(receiver.received) == 1  # it may still be under way
    await later(ada, minutes=2)
    await worker.run_due()
    assert len(receiver.received) == 2
    assert len({each.headers["webhook-id"] for each in receiver.received}) == 1
    (delivery,) = await deliveries(ada, place, made)
    assert (delivery["state"], delivery["attempts"]) == ("DELIVERED", 2)


async def test_a_name_that_leads_home_the_second_time_is_not_followed(
    service: Service, ada: Person, place: str, receiver: Receiver
) -> None:
    found = [["127.0.0.1"], ["127.0.0.1", "10.0.0.1"], ["::ffff:127.0.0.1"]]
    rules = OutboundRules(parse_networks("127.0.0.1"), http=True)
    client = GuardedClient(rules, look_up=lambda _: found.pop(0))
    parts = service.edge.parts
    sender = sender_of(service, client=client)
    worker = JobWorker(parts.database, parts.tools, {JobKind.WEBHOOK: sender.send_due})
    made = await hook(ada, place, f"http://hooks.example.com:{receiver.port}/")
    for name in ("a", "b"):
        await happen(ada, place, name)
        await parts.consumers().run_due()
        await worker.run_due()
    await later(ada, seconds=400)
    await worker.run_due()
    await client.aclose()
    assert (receiver.connections, found) == (1, [])
    taken, refused = await deliveries(ada, place, made)
    assert (taken["state"], refused["state"]) == ("DELIVERED", "PENDING")
    assert [each["reason"] for each in await tries(ada, place, made, refused)] == ["address", "address"]


async def test_a_name_server_that_hangs_for_one_holds_up_no_other(
    service: Service, ada: Person, place: str, receiver: Receiver
) -> None:
    released = threading.Event()

    def look_up(host: str) -> list[str]:
        if host.startswith("slow"):
            released.wait(10)
        return ["127.0.0.1"]

    client = GuardedClient(service.edge.parts.outbound.rules, look_up=look_up)
    sender = sender_of(service, client=client, seconds=2.5)
    parts = service.edge.parts
    worker = JobWorker(parts.database, parts.tools, {JobKind.WEBHOOK: sender.send_due})
    hosts = ("slow.example.com", "well.example.com", "slow.example.org")
    made = [await hook(ada, place, f"http://{host}:{receiver.port}/") for host in hosts]
    await happen(ada, place, "a", "b", "c", "d", "e")
    await parts.consumers().run_due()
    await worker.run_due()
    released.set()
    await client.aclose()
    states = [{each["state"] for each in await deliveries(ada, place, one)} for one in made]
    assert states == [{"PENDING"}, {"DELIVERED"}, {"PENDING"}]


async def test_what_was_sent_is_sent_again_when_somebody_asks(
    service: Service, ada: Person, place: str, receiver: Receiver
) -> None:
    made = await hook(ada, place, receiver.url())
    at = f"{place}/webhooks/{made['id']}"
    await ada.post(f"{place}/labels", {"name": "urgent"})
    await happen(ada, place, "a", "b", "c")
    await send(service)
    ids = [each["id"] for each in await deliveries(ada, place, made)]
    again = await ada.post(f"{at}/deliveries/{ids[1]}/resend")
    assert (again.status_code, again.json()["state"]) == (202, "PENDING")
    await send(service)
    assert [each.headers["webhook-id"] for each in receiver.received[3:]] == [ids[1]]
    # A range: what was sent, under its id, and what it has chosen since.
    await ada.patch(at, {"event_types": ["workspace.updated", "label.*"]})
    sent = sorted(seqs(receiver)[:3])
    replayed = await ada.post(f"{at}/replay", {"from_seq": 1, "to_seq": sent[1]})
    assert (replayed.status_code, replayed.json()) == (202, {"deliveries": 3})
    await send(service)
    assert sorted(seqs(receiver)[4:]) == [sent[0] - 1, *sent[:2]]
    assert {each.headers["webhook-id"] for each in receiver.received[4:]} >= set(ids[:2])
    for body in ({"from_seq": 3, "to_seq": 2}, {"from_seq": 1, "to_seq": 1001}, {"from_seq": 0, "to_seq": 1}):
        assert code(await ada.post(f"{at}/replay", body)) == (422, "VALIDATION_FAILED")
    acts = [each["action"] for each in (await ada.get(f"{place}/audit")).json()["items"]]
    assert {"webhook.resent", "webhook.replayed"} < set(acts)
    # Of its log, what is in one state, a page at a time.
    page = (await ada.get(f"{at}/deliveries", state="DELIVERED", limit=3)).json()
    rest = (await ada.get(f"{at}/deliveries", state="DELIVERED", limit=3, cursor=page["next_cursor"])).json()
    assert [len(page["items"]), len(rest["items"]), rest["next_cursor"]] == [3, 1, None]
    assert (await ada.get(f"{at}/deliveries", state="FAILED")).json()["items"] == []
    unknown = await ada.get(f"{at}/deliveries/{made['id']}")
    assert code(unknown) == (404, "DELIVERY_NOT_FOUND")


async def test_one_that_waits_is_tried_at_once_when_somebody_asks(
    service: Service, ada: Person, place: str, receiver: Receiver
) -> None:
    receiver.behaviours = [answers(500), answers(500)]
    made = await hook(ada, place, receiver.url())
    await happen(ada, place, "a")
    await send(service)
    await later(ada, seconds=10)
    await send(service)
    (delivery,) = await deliveries(ada, place, made)
    await ada.post(f"{place}/webhooks/{made['id']}/deliveries/{delivery['id']}/resend")
    await send(service)
    (delivery,) = await deliveries(ada, place, made)
    assert (delivery["state"], delivery["attempts"]) == ("DELIVERED", 3)


async def test_a_test_is_sent_once_and_says_nothing_of_the_rest(
    service: Service, ada: Person, place: str, receiver: Receiver
) -> None:
    receiver.usual = answers(500)
    made = await hook(ada, place, receiver.url())
    assert (await ada.post(f"{place}/webhooks/{made['id']}/test")).json()["event_type"] == "webhook.test"
    for _ in range(3):
        await send(service)
        await later(ada, hours=1)
    (sent,) = receiver.received
    assert json.loads(sent.body)["type"] == "webhook.test"
    (delivery,) = await deliveries(ada, place, made)
    assert (delivery["state"], delivery["event_seq"]) == ("FAILED", None)
    assert (await shown(ada, place, made))["failing_since"] is None


async def test_what_was_deleted_is_sent_nothing_and_keeps_no_secret(
    service: Service, ada: Person, place: str, receiver: Receiver
) -> None:
    made = await hook(ada, place, receiver.url())
    await ada.post(f"{place}/webhooks/{made['id']}/rotate-secret")
    await happen(ada, place, "a")
    await service.edge.parts.consumers().run_due()
    assert (await ada.delete(f"{place}/webhooks/{made['id']}")).status_code == 204
    await send(service)
    assert receiver.connections == 0
    assert service.rows("SELECT secret, earlier_secret FROM WebhookEndpoint") == [("", None)]


async def test_deliveries_are_kept_for_a_while(
    service: Service, ada: Person, place: str, receiver: Receiver
) -> None:
    made = await hook(ada, place, receiver.url())
    await happen(ada, place, "a")
    await send(service)
    await ada.delete(f"{place}/webhooks/{made['id']}")
    await hook(ada, place, receiver.url())
    edge = service.edge
    keep = Housekeeping(edge.parts.database, edge.tools, timedelta(minutes=15))
    counts = []
    for days in (0, 32, 34):
        then = utc_text(service.clock() - timedelta(days=days))
        service.tamper(
            f"UPDATE WebhookDelivery SET created_at = '{then}'",
            f"UPDATE WebhookEndpoint SET deleted_at = '{then}' WHERE deleted_at IS NOT NULL",
        )
        for _ in range(2):
            await keep.run()
        kept = "(SELECT COUNT(*) FROM WebhookAttempt), (SELECT COUNT(*) FROM WebhookDelivery)"
        counts += service.rows(f"SELECT {kept}, (SELECT COUNT(*) FROM WebhookEndpoint)")
    assert counts == [(1, 1, 2), (1, 1, 2), (0, 0, 1)]


async def test_secrets_are_sealed_anew_with_the_newest_key(
    service: Service, ada: Person, place: str, receiver: Receiver
) -> None:
    made = await hook(ada, place, receiver.url())
    await ada.post(f"{place}/webhooks/{made['id']}/rotate-secret")
    parts = service.edge.parts
    ring = KeyRing.parse("n1:" + "q7Jx0mWcN5cVf3bqYV1o2tH8dRk4sLzUeGpXaB6yMiA" + "," + SECRET_KEY)
    newer = SecretBox(ring, parts.tools.random_bytes)
    assert await rotate_keys(parts.database, newer) == (1, [])
    assert await rotate_keys(parts.database, newer) == (0, [])
    assert service.rows("SELECT key_id, earlier_key_id FROM WebhookEndpoint") == [("n1", "n1")]
    sender = sender_of(service, box=newer)
    await happen(ada, place, "a")
    await parts.consumers().run_due()
    await JobWorker(parts.database, parts.tools, {JobKind.WEBHOOK: sender.send_due}).run_due()
    (sent,) = receiver.received
    Webhook(made["secret"]).verify(sent.body, dict(sent.headers))
