"""Conditional requests: nobody overwrites what they have not seen, nobody fetches what they have."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.harness import Person, Service, code
from tests.http_client import httpx


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
