"""The four providers against servers that follow their descriptions, well behaved and not."""

from __future__ import annotations

import asyncio
import base64
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from app.core.clock import system_clock
from app.core.errors import ExternalItemNotFound, IntegrationFailure, InvalidCursor
from app.integrations.ado import Ado
from app.integrations.circuits import CircuitOpen, Circuits
from app.integrations.jira import Jira
from app.integrations.provider import Credential, ExternalItem, Provider
from app.integrations.sharepoint import Sharepoint, authority_of, fixed, scope_of
from app.integrations.snow import Snow
from app.integrations.upstream import UpstreamClients, UpstreamLimits, retry_after
from tests.integrations.upstreams import (
    EMAIL,
    PAT,
    TOKEN,
    Asked,
    FakeAdo,
    FakeGraph,
    FakeJira,
    FakeJiraDataCenter,
    FakeSnow,
    FakeUpstream,
    Reply,
    ado_items,
    graph_items,
    http_date,
    jira_items,
    snow_items,
)  # fmt: skip

COUNT = 337
# Generous where time is not the subject: a busy machine is not an outage.
LIMITS = UpstreamLimits(deadline=30.0, attempt_timeout=10.0, max_bytes=200_000)
TIGHT = UpstreamLimits(deadline=1.0, attempt_timeout=0.2, max_bytes=200_000)


@dataclass
class Pair:
    """A provider and the server it talks to."""

    name: str
    provider: Provider
    server: FakeUpstream
    some_id: str

    async def everything(self, search: str | None = None, limit: int = 50) -> list[ExternalItem]:
        found: list[ExternalItem] = []
        place: str | None = ""
        while place is not None:
            items, place = await self.provider.page(search=search, place=place, limit=limit)
            assert len(items) <= limit
            found += items
        return found


def jira(clients: UpstreamClients, url: str, account: str | None = EMAIL, secret: str = TOKEN) -> Jira:
    return Jira(clients, Credential("jira", url, account, secret))


def ado(clients: UpstreamClients, url: str, secret: str = PAT) -> Ado:
    return Ado(clients, Credential("ado", f"{url}/org", None, secret))


def snow(clients: UpstreamClients, url: str, secret: str = TOKEN) -> Snow:
    return Snow(clients, Credential("snow", url, None, secret), "pm_project")


def sharepoint(clients: UpstreamClients, url: str, secret: str = TOKEN) -> Sharepoint:
    return Sharepoint(clients, url, fixed(secret), whose=secret)


MAKE: dict[str, Callable[..., Provider]] = {
    "jira": jira,
    "jira-data-center": lambda clients, url, secret=TOKEN: jira(clients, url, None, secret),
    "ado": ado,
    "snow": snow,
    "sharepoint": sharepoint,
}
SOME_ID = {
    "jira": "10003",
    "jira-data-center": "10003",
    "ado": "00000000-0000-4000-8000-000000000003",
    "snow": f"{3:032x}",
    "sharepoint": "contoso.sharepoint.com,00000003,00000003",
}


def make(name: str, server: FakeUpstream, clients: UpstreamClients) -> tuple[Provider, str]:
    return MAKE[name](clients, server.url), SOME_ID[name]


SERVERS: dict[str, Callable[[], FakeUpstream]] = {
    "jira": lambda: FakeJira(jira_items(COUNT)),
    "jira-data-center": lambda: FakeJiraDataCenter(jira_items(COUNT)),
    "ado": lambda: FakeAdo(ado_items(COUNT)),
    "snow": lambda: FakeSnow(snow_items(COUNT)),
    "sharepoint": lambda: FakeGraph(graph_items(COUNT)),
}


@pytest.fixture
async def clients() -> AsyncIterator[UpstreamClients]:
    clients = UpstreamClients(system_clock, LIMITS)
    yield clients
    await clients.aclose()


@pytest.fixture(params=SERVERS)
def pair(request: pytest.FixtureRequest, clients: UpstreamClients) -> Iterator[Pair]:
    with SERVERS[request.param]() as server:
        provider, some_id = make(request.param, server, clients)
        yield Pair(request.param, provider, server, some_id)


async def test_hundreds_of_items_are_paged_each_once(pair: Pair) -> None:
    found = await pair.everything()
    assert [item.name for item in found] == [f"Project {n:04}" for n in range(COUNT)]
    assert len({item.id for item in found}) == COUNT
    assert {item.provider for item in found} == {pair.name.removesuffix("-data-center")}
    assert all(item.url is None or item.url.startswith("http") for item in found)


async def test_a_search_finds_what_it_should_and_pages_too(pair: Pair) -> None:
    found = await pair.everything(search="project 03", limit=7)
    assert [item.name for item in found] == [f"Project {n:04}" for n in range(300, COUNT)]
    assert await pair.everything(search="^nothing*&sysparm_query=x") == []
    for asked in pair.server.asked:
        assert "nothing" not in asked.query.get("sysparm_query", "")


async def test_one_item(pair: Pair) -> None:
    item = await pair.provider.get(pair.some_id)
    assert (item.id, item.name) == (pair.some_id, "Project 0003")
    with pytest.raises(ExternalItemNotFound):
        await pair.provider.get("nowhere")
    for hostile in ("../../secrets", "a/b", "?x=1", "#f", "%2e%2e", "..", ".", "a b", "%00"):
        with pytest.raises((ExternalItemNotFound, IntegrationFailure)):
            await pair.provider.get(hostile)
    prefix = {
        "jira": ("/rest/api/3/project/", "/rest/api/3/myself"),
        "jira-data-center": ("/rest/api/2/project/", "/rest/api/2/myself"),
        "ado": ("/org/_apis/projects/", "/org/_apis/projects"),
        "snow": ("/api/now/table/pm_project/", "/api/now/table/pm_project"),
    }
    for asked in pair.server.asked:
        assert asked.path.startswith(prefix.get(pair.name, "/v1.0/sites/")), asked.path
        assert not asked.path.endswith(("/..", "/.")), asked.path
        assert "/../" not in asked.path


def always(reply: Reply) -> Callable[[Asked], Reply]:
    return lambda asked: reply


def first(count: int, reply: Reply) -> Callable[[Asked], Reply | None]:
    left = [count]

    def fault(asked: Asked) -> Reply | None:
        left[0] -= 1
        return reply if left[0] >= 0 else None

    return fault


HTML = Reply(200, b"<html>Please sign in</html>", content_type="text/html")
FAULTS: dict[str, tuple[Callable[[], Reply], str]] = {
    "401": (lambda: Reply(401, {"message": TOKEN}), "unauthorized"),
    "403": (lambda: Reply(403, {}), "forbidden"),
    "400": (lambda: Reply(400, {}), "refused"),
    "429 for long": (lambda: Reply(429, {}, {"Retry-After": "600"}), "rate_limited"),
    "429 with a date": (lambda: Reply(429, {}, {"Retry-After": http_date(600)}), "rate_limited"),
    "500": (lambda: Reply(500, {}, {"Retry-After": "0"}), "unavailable"),
    "503": (lambda: Reply(503, b"down", {"Retry-After": "0"}, content_type="text/plain"), "unavailable"),
    "truncated": (lambda: Reply(200, {"x": "y" * 1000}, cut=True), "unavailable"),
    "HTML with 200": (lambda: HTML, "bad_answer"),
    "not JSON": (lambda: Reply(200, b"{nonsense"), "bad_answer"),
    "another shape": (lambda: Reply(200, ["what"]), "bad_answer"),
    "deep": (lambda: Reply(200, b"[" * 50_000), "bad_answer"),
    "50 MB": (lambda: Reply(200, b'{"a":"' + b"x" * 50_000_000 + b'"}'), "too_large"),
    "a Retry-After without an end": (lambda: Reply(429, {}, {"Retry-After": "9" * 400}), "rate_limited"),
    "a Retry-After in no time zone": (
        lambda: Reply(429, {}, {"Retry-After": "Sat, 21 Nov 2026 08:01:30 +9" + "9" * 17}), "rate_limited"
    ),
    "redirected": (lambda: Reply(302, {}, {"Location": "http://127.0.0.1:9/elsewhere"}), "redirected"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
async def test_what_goes_wrong_is_told_in_our_words_within_the_deadline(pair: Pair, fault: str) -> None:
    reply, reason = FAULTS[fault]
    pair.server.fault = always(reply())
    with pytest.raises(IntegrationFailure) as failure:
        await pair.provider.page(search=None, place="", limit=50)
    assert failure.value.details == {"provider": pair.name.removesuffix("-data-center"), "reason": reason}
    if fault.startswith("429"):
        assert 590 <= (failure.value.retry_after or 0) <= 600
    if fault == "a Retry-After without an end":
        assert failure.value.retry_after == 24 * 3600
    assert TOKEN not in str(failure.value)
    assert len(pair.server.asked) <= 3


@pytest.mark.parametrize("name", SERVERS)
async def test_who_is_slow_is_given_up_at_the_deadline(name: str) -> None:
    clients = UpstreamClients(system_clock, TIGHT)
    with SERVERS[name]() as server:
        provider, _ = make(name, server, clients)
        server.fault = always(Reply(200, {}, delay=30.0))
        started = time.monotonic()
        with pytest.raises(IntegrationFailure) as failure:
            await provider.page(search=None, place="", limit=5)
        assert failure.value.reason == "timeout"
        assert time.monotonic() - started < TIGHT.deadline + 1
    await clients.aclose()


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_passing_fault_is_passed_over(pair: Pair, status: int) -> None:
    pair.server.fault = first(2, Reply(status, {}, {"Retry-After": "0"}))
    items, _ = await pair.provider.page(search=None, place="", limit=5)
    assert len(items) == 5


async def test_a_wait_that_was_asked_for_is_kept(pair: Pair) -> None:
    pair.server.fault = first(1, Reply(429, {}, {"Retry-After": "1"}))
    started = time.monotonic()
    await pair.provider.page(search=None, place="", limit=5)
    assert time.monotonic() - started >= 1.0


async def test_a_provider_that_is_down_is_left_alone_for_a_while(pair: Pair) -> None:
    pair.server.fault = always(Reply(503, {}, {"Retry-After": "0"}))
    reasons = []
    for _ in range(8):
        with pytest.raises(IntegrationFailure) as failure:
            await pair.provider.get(pair.some_id)
        reasons.append(failure.value.reason)
    assert reasons == ["unavailable"] * 5 + ["circuit_open"] * 3
    assert len(pair.server.asked) == 15


@pytest.mark.parametrize("name", SERVERS)
async def test_a_provider_that_never_answers_is_left_alone_too(name: str) -> None:
    clients = UpstreamClients(system_clock, UpstreamLimits(deadline=0.15, attempt_timeout=0.1))
    with SERVERS[name]() as server:
        provider, some_id = make(name, server, clients)
        server.fault = always(Reply(200, {}, delay=30.0))
        reasons = []
        for number in range(7):
            call = provider.get(some_id) if number % 2 else provider.page(search=None, place="", limit=5)
            with pytest.raises(IntegrationFailure) as failure:
                await call
            reasons.append(failure.value.reason)
        assert reasons == ["timeout"] * 5 + ["circuit_open"] * 2
    await clients.aclose()


async def test_refusals_and_missing_items_open_no_circuit(pair: Pair) -> None:
    for reply in (Reply(404, {}), Reply(401, {})):
        pair.server.fault = always(reply)
        for _ in range(7):
            with pytest.raises(IntegrationFailure):
                await pair.provider.get(pair.some_id)
    pair.server.fault = None
    for _ in range(7):
        with pytest.raises(ExternalItemNotFound):
            await pair.provider.get("nowhere")
    pair.server.fault = None
    assert (await pair.provider.get(pair.some_id)).id == pair.some_id


@pytest.mark.parametrize("name", SERVERS)
async def test_a_credential_that_is_wrong(clients: UpstreamClients, name: str) -> None:
    with SERVERS[name]() as upstream:
        provider = MAKE[name](clients, upstream.url, secret="wrong")
        for call in (provider.page(search=None, place="", limit=5), provider.get(SOME_ID[name])):
            with pytest.raises(IntegrationFailure) as failure:
                await call
            assert failure.value.reason == "unauthorized"


@pytest.mark.parametrize("name", SERVERS)
async def test_a_404_for_whoever_is_not_known_any_more_is_no_missing_item(
    clients: UpstreamClients, name: str
) -> None:
    with SERVERS[name]() as upstream:
        provider, some_id = make(name, upstream, clients)
        single = upstream.url and (await provider.get(some_id)) and upstream.asked[-1].path

        def forgotten(asked: Asked) -> Reply:
            return Reply(404, {}) if asked.path == single else Reply(401, {})

        upstream.fault = forgotten
        with pytest.raises(IntegrationFailure) as failure:
            await provider.get(some_id)
        assert failure.value.reason == "unauthorized"
        # Known as before: it is gone, or hidden.
        upstream.fault = lambda asked: Reply(404, {}) if asked.path == single else None
        before = len(upstream.asked)
        with pytest.raises(ExternalItemNotFound):
            await provider.get(some_id)
        assert len(upstream.asked) - before == 2


async def test_jira_cloud_that_does_not_say_why_nothing_is_there(clients: UpstreamClients) -> None:
    """Without the header: an empty list, and 404 for every project."""
    with FakeJira(jira_items(3)) as upstream:
        upstream.says_why = False
        provider = jira(clients, upstream.url, secret="expired")
        for call in (provider.page(search=None, place="", limit=5), provider.get("10001")):
            with pytest.raises(IntegrationFailure) as failure:
                await call
            assert failure.value.reason == "unauthorized"


async def test_a_list_that_is_not_there_is_a_wrong_address(pair: Pair) -> None:
    pair.server.fault = always(Reply(404, b"<html>", content_type="text/html"))
    for search in (None, "x"):
        with pytest.raises(IntegrationFailure) as failure:
            await pair.provider.page(search=search, place="", limit=5)
        assert failure.value.reason == "bad_address"
    with pytest.raises(IntegrationFailure) as failure:
        await pair.provider.get(pair.some_id)
    assert failure.value.reason == "bad_address"


async def test_sites_that_were_chosen_one_by_one(clients: UpstreamClients) -> None:
    """With Sites.Selected the root is forbidden, to somebody who is known."""
    with FakeGraph(graph_items(3)) as graph:
        graph.fault = lambda asked: Reply(403, {}) if asked.path.endswith("/root") else None
        with pytest.raises(ExternalItemNotFound):
            await sharepoint(clients, graph.url).get("contoso.sharepoint.com,9,9")


@pytest.mark.parametrize(("name", "count"), [("ado", 3_000), ("sharepoint", 2_000), ("snow", 2_000)])
async def test_thousands_are_paged_to_the_end(clients: UpstreamClients, name: str, count: int) -> None:
    items: dict[str, Callable[[int], list[dict[str, Any]]]] = {
        "ado": ado_items, "sharepoint": graph_items, "snow": snow_items,
    }  # fmt: skip
    with SERVERS[name]() as server:
        server.items = items[name](count)
        if isinstance(server, FakeGraph):
            server.page = 200
        pair = Pair(name, *make(name, server, clients)[:1], server, "")
        found = await pair.everything(limit=100)
        assert len(found) == len({item.id for item in found}) == count
        wanted = {item.id for item in found if "Project 4" in item.name}
        assert {item.id for item in await pair.everything(search="PROJECT 4", limit=100)} == wanted
        server.asked.clear()
        await pair.provider.page(search="nothing has this name", place="", limit=100)
        assert len(server.asked) <= 10


@pytest.mark.parametrize("name", ["jira", "ado", "snow", "sharepoint"])
async def test_a_place_in_another_kind_of_list_is_no_place_here(clients: UpstreamClients, name: str) -> None:
    """As after a workspace's connection was changed from Data Center to Cloud."""
    with SERVERS[name]() as server:
        provider, _ = make(name, server, clients)
        with pytest.raises(InvalidCursor):
            await provider.page(search=None, place="project a\x1f10001", limit=5)
        assert server.asked == []


async def test_jira_cloud_by_way_of_atlassian_s_gateway(clients: UpstreamClients) -> None:
    with FakeJira(jira_items(120)) as server:
        server.prefix = "/ex/jira/11111111-2222-4333-8444-555555555555"
        provider = jira(clients, server.url + server.prefix)
        assert len(await Pair("jira", provider, server, "").everything()) == 120
        item = await provider.get("P0003")
        assert (item.id, item.url) == ("10003", None)
        with pytest.raises(ExternalItemNotFound):
            await provider.get("NONE")
        server.items = []
        assert await provider.page(search=None, place="", limit=5) == ([], None)
        expired = jira(clients, server.url + server.prefix, secret="expired")
        with pytest.raises(IntegrationFailure) as failure:
            await expired.get("P0003")
        assert failure.value.reason == "unauthorized"
    for url, is_cloud in (
        ("https://api.atlassian.com/ex/jira/1", True),
        ("https://x.atlassian.net", True),
        ("https://jira.example.com/jira", False),
    ):
        assert jira(clients, url, None)._is_cloud is is_cloud


async def test_names_as_people_give_them(clients: UpstreamClients) -> None:
    with FakeAdo(ado_items(2)) as server:
        server.items[1]["name"] = "Größe & Umfang (2. Stufe)"
        provider = ado(clients, server.url)
        item = await provider.get("Größe & Umfang (2. Stufe)")
        assert item.id == server.items[1]["id"]
        assert item.url == f"{server.url}/org/Gr%C3%B6%C3%9Fe%20%26%20Umfang%20%282.%20Stufe%29"


async def test_what_nobody_could_see_or_store_does_not_come_through(pair: Pair) -> None:
    """A list is read by whoever links from it, and an id that is cut is another item's."""
    names = ("name", "displayName", "short_description")
    first, *others = pair.server.items[:5]
    first.update((name, "in\u202evoice\x00\x9b \u200bA\r\nB") for name in names if name in first)
    ids = [name for name in ("id", "sys_id") if name in first]
    for item, bad in zip(others, ("a\r\nb", "\U0001f600" * 128, "a\x1fb", "\u202e1"), strict=True):
        item.update((name, bad) for name in ids)
    items = await pair.everything()
    assert len(items) == COUNT - len(others)
    assert [item.name for item in items if "B" in item.name] == ["invoice A B"]


def test_each_cloud_has_a_graph_a_scope_and_an_endpoint_of_its_own() -> None:
    expected = {
        "https://graph.microsoft.com": "https://login.microsoftonline.com",
        "https://graph.microsoft.us": "https://login.microsoftonline.us",
        "https://dod-graph.microsoft.us": "https://login.microsoftonline.us",
        "https://microsoftgraph.chinacloudapi.cn": "https://login.chinacloudapi.cn",
    }
    for url, authority in expected.items():
        assert authority_of(url) == authority
        assert scope_of(url) == f"{url}/.default"


async def test_one_tenant_s_outage_and_crowd_are_its_own(clients: UpstreamClients) -> None:
    """At an address that is everybody's."""
    other = base64.b64encode(b":other").decode()
    with FakeAdo(ado_items(3)) as server:
        server.fault = lambda asked: (
            Reply(200, {}, delay=1.0) if asked.authorization == f"Basic {other}" else None
        )
        slow = [
            asyncio.create_task(ado(clients, server.url, "other").get(str(number))) for number in range(100)
        ]
        await asyncio.sleep(0.1)
        assert (await ado(clients, server.url).page(search=None, place="", limit=5))[0]
        # Ten are asked, sixty wait, the rest are told at once.
        told = [each.exception() for each in slow if each.done()]
        assert {getattr(each, "reason", None) for each in told} == {"busy"}
        assert len(told) == 30
        for each in slow:
            each.cancel()
        await asyncio.gather(*slow, return_exceptions=True)
        server.fault = lambda asked: (
            Reply(503, {}, {"Retry-After": "0"}) if asked.authorization == f"Basic {other}" else None
        )
        for _ in range(5):
            with pytest.raises(IntegrationFailure):
                await ado(clients, server.url, "other").get("x")
        with pytest.raises(IntegrationFailure) as failure:
            await ado(clients, server.url, "other").get("x")
        assert failure.value.reason == "circuit_open"
        assert (await ado(clients, server.url).page(search=None, place="", limit=5))[0]


async def test_of_an_open_circuit_one_call_finds_out_whether_it_is_back() -> None:
    circuits = Circuits()
    outage = IntegrationFailure("ado", "timeout")
    for _ in range(5):
        with pytest.raises(IntegrationFailure):
            async with circuits.closed("a"):
                raise outage
    with pytest.raises(CircuitOpen) as circuit:
        async with circuits.closed("a"):
            pass
    assert 29 < circuit.value.seconds <= 30
    async with circuits.closed("b"):
        pass
    circuits._failing["a"].until -= 30
    async with circuits.closed("a"):
        with pytest.raises(CircuitOpen):
            async with circuits.closed("a"):
                pass
    async with circuits.closed("a"):
        pass
    assert not circuits._failing


@pytest.mark.parametrize(
    "url", ["https://xn--.atlassian.net", "https://[::1", "https://a:b", f"https://{'a' * 64}.atlassian.net"]
)
@pytest.mark.parametrize("name", SERVERS)
async def test_an_address_that_can_be_none(clients: UpstreamClients, name: str, url: str) -> None:
    """Of a connection that was set before such were refused."""
    with pytest.raises(IntegrationFailure) as failure:
        await MAKE[name](clients, url).get("x")
    assert failure.value.reason == "bad_address"


async def test_an_expired_jira_token_that_answers_200(clients: UpstreamClients) -> None:
    with FakeJira(jira_items(3)) as server:
        empty = {"values": [], "isLast": True, "total": 0}
        server.fault = always(Reply(200, empty, {"x-seraph-loginreason": "AUTHENTICATED_FAILED"}))
        with pytest.raises(IntegrationFailure) as failure:
            await jira(clients, server.url).page(search=None, place="", limit=5)
        assert failure.value.reason == "unauthorized"
        server.fault = None
        assert len((await jira(clients, server.url).page(search=None, place="", limit=5))[0]) == 3


async def refuse_to_follow(clients: UpstreamClients, link: str, reason: str) -> None:
    with FakeGraph(graph_items(3)) as graph:
        graph.fault = always(Reply(200, {"value": graph.items, "@odata.nextLink": link}))
        with pytest.raises(IntegrationFailure) as failure:
            await sharepoint(clients, graph.url).page(search="x", place="", limit=5)
        assert failure.value.reason == reason


async def test_a_next_link_to_another_host_gets_nothing(clients: UpstreamClients) -> None:
    with FakeUpstream() as elsewhere:
        await refuse_to_follow(clients, f"{elsewhere.url}/v1.0/sites?page=2", "other_origin")
        assert elsewhere.asked == []


@pytest.mark.parametrize("link", ["https://h:99999/x", "https://[::1/x", "//[", "https://h:a/"])
async def test_a_next_link_that_is_no_url_is_a_bad_answer(clients: UpstreamClients, link: str) -> None:
    await refuse_to_follow(clients, link, "bad_answer")


async def test_a_count_that_is_none_ends_a_list_where_its_items_end(clients: UpstreamClients) -> None:
    with FakeJira() as jira_server, FakeSnow() as snow_server:
        totals: list[Any] = ["many", [], {}, None, "9" * 5000, 1e308, -1, True]
        for total in totals:
            jira_server.fault = always(Reply(200, {"values": jira_items(2), "total": total}))
            items, _ = await jira(clients, jira_server.url).page(search=None, place="", limit=5)
            assert len(items) == 2, total
        snow_server.fault = always(Reply(200, {"result": snow_items(2)}, {"X-Total-Count": "9" * 5000}))
        items, _ = await snow(clients, snow_server.url).page(search=None, place="", limit=5)
        assert len(items) == 2


async def test_a_credential_that_no_header_can_carry_is_refused_before_it_is_sent(
    clients: UpstreamClients,
) -> None:
    with FakeSnow(snow_items(3)) as snow_server:
        for secret in ("schlüssel", "a\nHost: elsewhere", "a\x00"):
            with pytest.raises(IntegrationFailure) as failure:
                await snow(clients, snow_server.url, secret).page(search=None, place="", limit=5)
            assert failure.value.reason == "credential_unreadable"
        assert snow_server.asked == []


async def test_a_session_of_one_credential_is_not_another_s(clients: UpstreamClients) -> None:
    """ServiceNow gives every caller a session cookie, and would know the next caller by it."""
    cookies: list[str | None] = []
    with FakeSnow(snow_items(3)) as snow_server:
        normal = snow_server.answer

        def with_session(asked: Asked) -> Reply:
            cookies.append(asked.cookie)
            reply = normal(asked)
            reply.headers["Set-Cookie"] = "JSESSIONID=of-the-first; Path=/"
            return reply

        snow_server.fault = with_session
        for _ in range(2):
            await snow(clients, snow_server.url).page(search=None, place="", limit=5)
    assert cookies == [None, None]


async def test_a_list_that_leads_back_to_itself_ends(clients: UpstreamClients) -> None:
    with FakeGraph(graph_items(3)) as graph, FakeAdo(ado_items(3)) as ado_server:
        link = f"{graph.url}/v1.0/sites?search=*&$skiptoken=1"
        graph.fault = always(Reply(200, {"value": graph.items, "@odata.nextLink": link}))
        ado_server.fault = always(Reply(200, {"value": ado_server.items}, {"x-ms-continuationtoken": "same"}))
        for provider in (sharepoint(clients, graph.url), ado(clients, ado_server.url)):
            with pytest.raises(IntegrationFailure) as failure:
                await provider.page(search=None, place="", limit=5)
            assert failure.value.reason == "loop"
        assert len(graph.asked) + len(ado_server.asked) <= 4


async def test_a_list_without_an_end_is_given_in_parts(clients: UpstreamClients) -> None:
    with FakeAdo() as ado_server:
        numbers = iter(range(10_000))
        ado_server.fault = lambda asked: Reply(
            200, {"value": []}, {"x-ms-continuationtoken": str(next(numbers))}
        )
        place: str | None = ""
        for calls in range(1, 4):
            items, place = await ado(clients, ado_server.url).page(search=None, place=place or "", limit=5)
            assert (items, bool(place), len(ado_server.asked)) == ([], True, 10 * calls)


async def test_azure_devops_asks_for_patience_with_a_200(clients: UpstreamClients) -> None:
    with FakeAdo(ado_items(150)) as ado_server:
        normal = ado_server.answer

        def slow_down(asked: Asked) -> Reply:
            reply = normal(asked)
            reply.headers["Retry-After"] = "1"
            return reply

        ado_server.fault = slow_down
        started = time.monotonic()
        items, _ = await ado(clients, ado_server.url).page(search=None, place="", limit=200)
        assert len(items) == 150
        assert time.monotonic() - started >= 1.0


async def test_rows_that_are_hidden_do_not_end_a_list(clients: UpstreamClients) -> None:
    with FakeSnow(snow_items(120)) as snow_server:
        snow_server.hidden = frozenset(f"{n:032x}" for n in range(20, 80))
        pair = Pair("snow", snow(clients, snow_server.url), snow_server, "")
        assert len(await pair.everything(limit=20)) == 60
        assert len(await pair.everything(search="project", limit=20)) == 60


async def test_fifty_listings_at_once_pile_up_no_threads(pair: Pair) -> None:
    before = threading.active_count()
    peak = 0

    async def watch() -> None:
        nonlocal peak
        while True:
            peak = max(peak, sum(not each.name.startswith("Thread-") for each in threading.enumerate()))
            await asyncio.sleep(0.01)

    watcher = asyncio.create_task(watch())
    answers = await asyncio.gather(
        *(pair.provider.page(search=None, place="", limit=5) for _ in range(50)), return_exceptions=True
    )
    watcher.cancel()
    assert [each for each in answers if isinstance(each, BaseException)] == []
    assert peak <= before + 2


async def test_a_cancelled_listing_leaves_nothing_open(pair: Pair, clients: UpstreamClients) -> None:
    pair.server.fault = always(Reply(200, {}, delay=0.4))
    tasks = [asyncio.create_task(pair.provider.page(search=None, place="", limit=5)) for _ in range(10)]
    await asyncio.sleep(0.1)
    for task in tasks:
        task.cancel()
    assert all(
        isinstance(each, asyncio.CancelledError)
        for each in await asyncio.gather(*tasks, return_exceptions=True)
    )
    pair.server.fault = None
    assert len((await pair.provider.page(search=None, place="", limit=5))[0]) == 5


def test_retry_after_is_seconds_or_a_date() -> None:
    now = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
    cases: list[tuple[dict[str, str], float | None]] = [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": " 0 "}, 0.0),
        ({"retry-after": "Sat, 21 Nov 2026 08:01:30 GMT"}, 90.0),
        ({"retry-after": "Sat, 21 Nov 2026 07:00:00 GMT"}, 0.0),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "٣"}, None),
        ({}, None),
    ]
    for headers, expected in cases:
        assert retry_after(headers, now) == expected
