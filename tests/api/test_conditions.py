"""Conditional requests: nobody overwrites what they have not seen, nobody fetches what they have."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from tests.harness import Person, Service, code


@pytest.fixture
async def ada(service: Service) -> Person:
    return await service.person("ada")


async def send(person: Person, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
    return await person.service.client.request(
        method,
        path,
        json=body,
        headers=person.headers() | {k.replace("_", "-"): v for k, v in headers.items()},
    )


CONNECTION = {"base_url": "https://example.atlassian.net", "secret": "s"}


async def things(ada: Person) -> dict[str, tuple[str, str, dict[str, Any]]]:
    """Of each kind of thing that can be changed: its path, and a method and body that change it."""
    workspace = f"/workspaces/{(await ada.create_workspace())['id']}"
    bob = await ada.service.person("bob")
    member = await ada.add(workspace.rpartition("/")[2], bob, "MEMBER")
    link = await ada.post(f"{workspace}/links/jira", {"external_id": "1", "verify": False})
    connection = f"{workspace}/integration-connections/jira"
    assert (await send(ada, "PUT", connection, CONNECTION)).status_code == 200
    return {
        "workspace": (workspace, "PATCH", {"name": "Other"}),
        "member": (f"{workspace}/members/{member['id']}", "PATCH", {"role": "VIEWER"}),
        "link": (f"{workspace}/links/{link.json()['id']}", "PATCH", {"display_name": "Other"}),
        "connection": (connection, "PUT", CONNECTION | {"secret": "other"}),
    }


KINDS = ("workspace", "member", "link", "connection")


@pytest.mark.parametrize("kind", KINDS)
async def test_a_change_is_held_to_what_was_seen(ada: Person, kind: str) -> None:
    path, method, body = (await things(ada))[kind]
    seen = (await ada.get(path)).headers["etag"]
    changed = await send(ada, method, path, body, If_Match=seen)
    assert changed.status_code == 200, changed.text
    assert changed.headers["etag"] not in ("", seen)
    assert changed.headers["etag"] == (await ada.get(path)).headers["etag"]
    before = (await ada.get(path)).json()
    for stale_method, stale_body in ((method, body), ("DELETE", None)):
        refused = await send(ada, stale_method, path, stale_body, If_Match=seen)
        assert code(refused) == (412, "VERSION_MISMATCH")
        assert refused.json()["details"] == {"version": before["version"]}
    assert (await ada.get(path)).json() == before
    gone = await send(ada, "DELETE", path, If_Match=changed.headers["etag"])
    assert gone.status_code == 204


@pytest.mark.parametrize("kind", KINDS)
async def test_what_has_not_changed_is_not_sent_again(ada: Person, kind: str) -> None:
    path, method, body = (await things(ada))[kind]
    seen = await ada.get(path)
    again = await send(ada, "GET", path, If_None_Match=seen.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == seen.headers["etag"]
    assert (await send(ada, method, path, body)).status_code == 200
    fresh = await send(ada, "GET", path, If_None_Match=seen.headers["etag"])
    assert fresh.status_code == 200
    assert fresh.json()["version"] == seen.json()["version"] + 1


@pytest.mark.parametrize(
    ("if_match", "status"),
    [
        ('"1"', 200),
        ('"1-00000000"', 200),  # the version counts
        ("*", 200),
        ('"7", "1"', 200),
        ('"2"', 412),
        ('W/"1"', 200),  # as nginx makes a tag of what it compressed: the version is what it was
        ('W/"1-00000000"', 200),
        ('"1-00000000-gzip"', 200),  # as Apache does
        ('"1-br"', 200),
        ('W/"2-00000000"', 412),
        ('"2-00000000-gzip"', 412),
        ('"1-00000000-other"', 412),
        ("1", 412),
        ('"one"', 412),
        ('""', 412),
        ('"99999999999999999999"', 412),
    ],
)
async def test_forms_of_if_match(ada: Person, if_match: str, status: int) -> None:
    path = f"/workspaces/{(await ada.create_workspace())['id']}"
    answer = await send(ada, "PATCH", path, {"name": "Other"}, If_Match=if_match)
    assert answer.status_code == status, answer.text


async def test_what_was_just_created_can_be_changed_on_condition(ada: Person) -> None:
    created = await ada.post("/workspaces", {"name": "New"})
    path = f"/workspaces/{created.json()['id']}"
    answer = await send(ada, "PATCH", path, {"name": "Other"}, If_Match=created.headers["etag"])
    assert answer.status_code == 200
    assert (await send(ada, "DELETE", path, If_Match=created.headers["etag"])).status_code == 412


async def test_forms_of_if_none_match(ada: Person) -> None:
    path = f"/workspaces/{(await ada.create_workspace())['id']}"
    tag = (await ada.get(path)).headers["etag"]
    for named in (tag, f"W/{tag}", f'"x", {tag}', "*", f'{tag[:-1]}-gzip"', f'W/{tag[:-1]}-br"'):
        assert (await send(ada, "GET", path, If_None_Match=named)).status_code == 304
    for other in ('"x"', tag.strip('"'), '"1"'):
        assert (await send(ada, "GET", path, If_None_Match=other)).status_code == 200


async def test_a_tag_is_of_what_the_caller_sees(service: Service, ada: Person) -> None:
    workspace = await ada.create_workspace()
    bob = await service.person("bob")
    await ada.add(workspace["id"], bob, "VIEWER")
    path = f"/workspaces/{workspace['id']}"
    assert (await ada.get(path)).headers["etag"] != (await bob.get(path)).headers["etag"]


async def test_of_many_who_change_what_they_saw_one_does(ada: Person) -> None:
    path = f"/workspaces/{(await ada.create_workspace())['id']}"
    seen = (await ada.get(path)).headers["etag"]
    answers = await asyncio.gather(
        *(send(ada, "PATCH", path, {"name": f"N{number}"}, If_Match=seen) for number in range(20))
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 19
    assert (await ada.get(path)).json()["version"] == 2


async def test_requests_that_the_direct_way_does_not_fit_are_validated_as_ever(ada: Person) -> None:
    workspace = (await ada.create_workspace())["id"]
    path = f"/workspaces/{workspace}"
    plain = await ada.get(path)
    for same in (
        f"/workspaces/{workspace.upper()}",
        f"/workspaces/{workspace.replace('-', '')}",
        f"{path}?more=1",
    ):
        assert (await send(ada, "GET", same)).content == plain.content
    assert code(await send(ada, "GET", "/workspaces/not-an-id")) == (422, "VALIDATION_FAILED")
    assert code(await send(ada, "GET", path, If_None_Match='"' + "x" * 1000 + '"')) == (
        422,
        "VALIDATION_FAILED",
    )
    assert code(await send(ada, "GET", "/workspaces?limit=0")) == (422, "VALIDATION_FAILED")
    assert code(await send(ada, "GET", "/workspaces?limit=201")) == (422, "VALIDATION_FAILED")
    for body, answer in (
        (b'{"name": "N"}', 200),
        (b'{"name": "N", "name": "M"}', 422),
        (b"\xef\xbb\xbf" + b'{"name": "N"}', 422),
        (b'{"name": "\\ud800"}', 422),
        (b'{"name": NaN}', 422),
        (b'{"name": 1}', 422),
        (b'{"title": "N"}', 422),
        (b"[" * 100_000, 422),
        (b"{", 422),
        (b"", 422),
    ):
        for kind in ("application/json", "application/json; charset=utf-8"):
            given = {"Content-Type": kind, **ada.headers()}
            found = await ada.service.client.patch(path, content=body, headers=given)
            assert found.status_code == answer, (body[:30], kind, found.text)
    keys = [*ada.headers().items(), ("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
    made = await ada.service.client.post("/workspaces", headers=keys, json={"name": "Two keys"})
    assert made.status_code in (201, 422)
    assert code(await send(ada, "POST", "/workspaces", {"name": "N"}, Idempotency_Key="a b")) == (
        422,
        "VALIDATION_FAILED",
    )
    two = [*ada.headers().items(), ("If-None-Match", '"x"'), ("If-None-Match", plain.headers["etag"])]
    assert (await ada.service.client.get(path, headers=two)).status_code in (200, 304)
