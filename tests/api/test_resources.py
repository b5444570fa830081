"""What every resource promises, tried on each as it is declared (``tests/api/resources.py``). What is special
about one is in its own tests."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from itertools import chain
from typing import Any

import pytest

from tests.api.resources import RESOURCES
from tests.harness import Service, api_routes, code
from tests.resource import UNKNOWN, Resource, Scene

Promise = Callable[[Scene], Coroutine[Any, Any, None]]
NO_IDS = ("1", "not-an-id", "x" * 300, "' OR 1=1 --", "%00")
NO_CURSORS = ("", "\u00e9", "WyJhIiwgImIiXQ.AAAA")
NO_LIMITS = ("0", "-1", "201", "x", "1e3", "")


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.name)
async def test_a_resource_keeps(service: Service, resource: Resource, subtests: pytest.Subtests) -> None:
    for promise in promises_of(resource):
        with subtests.test(f"{resource.name}: {promise.__name__}"):
            await promise(await Scene.begin(service, resource))


def promises_of(resource: Resource) -> list[Promise]:
    promises: list[Promise] = [has_the_declared_routes, is_read_as_it_was_made, has_ids_that_are_checked]
    promises += [
        is_not_found_by_an_id_that_nothing_has,
        refuses_members_that_nobody_knows,
        tells_of_each_change,
    ]
    if resource.within:
        promises += [is_not_found_elsewhere, is_read_only_where_all_is_halted]
        if resource.within.remove and not resource.within.is_kept:
            promises.append(is_gone_with_what_it_is_within)
    if resource.make.method == "POST":
        promises.append(is_made_once_under_a_key)
    if resource.change and not resource.change.repeats_count:
        promises.append(is_not_changed_by_what_it_is)
    if resource.remove:
        promises.append(is_gone_when_it_is_removed)
    if resource.is_versioned:
        promises += [is_not_sent_again_unchanged, is_changed_only_as_it_was_seen]
    else:
        promises.append(has_no_etag)
    if resource.listed:
        promises += [is_listed_in_pages, is_listed_while_others_come_and_go]
        promises += [has_cursors_for_one_list_and_one_caller, has_pages_with_bounds]
    return promises


async def has_the_declared_routes(scene: Scene) -> None:
    item, rules = scene.resource.item, scene.resource.rules()
    routes = {
        (method, item)
        for route in api_routes(scene.service.app)
        if route.path == item
        for method in route.methods or ()
    }
    assert routes == {(method, path) for method, path in rules if path == item}


async def is_read_as_it_was_made(scene: Scene) -> None:
    made = await scene.make()
    read = await scene.send("GET", made.path)
    assert (read.status_code, read.json()) == (200, made.body)
    if listed := scene.resource.listed:
        shown = {name: value for name, value in made.body.items() if name not in listed.without}
        assert shown in (await scene.page()).json()["items"]


async def has_ids_that_are_checked(scene: Scene) -> None:
    made = await scene.make()
    shouted = await scene.send("GET", scene.place(made.id.upper()))
    if len(made.id) != len(UNKNOWN):  # a word of the product's, and no UUID
        assert code(shouted) == (422, "VALIDATION_FAILED")
    else:
        assert (shouted.status_code, shouted.json()) == (200, made.body)
    for text in NO_IDS:
        assert code(await scene.send("GET", scene.place(text))) == (422, "VALIDATION_FAILED"), text
    for method, body in scene.changes():
        answer = await scene.send(method, scene.place("not-an-id"), body)
        assert code(answer) == (422, "VALIDATION_FAILED"), method


async def is_not_found_by_an_id_that_nothing_has(scene: Scene) -> None:
    await scene.make()
    before = scene.written()
    for method, body in scene.ways():
        answer = await scene.send(method, scene.place(scene.unknown()), body)
        assert code(answer) == (404, scene.resource.missing), method
    within, listed = scene.resource.within, scene.resource.listed
    if within and listed and f"{{{within.id_name}}}" in listed.path:
        answer = await scene.send("GET", scene.list_path(scene.ids | {within.id_name: UNKNOWN}))
        assert code(answer) == (404, within.missing)
    assert scene.written() == before


async def is_not_found_elsewhere(scene: Scene) -> None:
    """Where it is not, its id is answered as one that nothing has, to whoever may be in both places."""
    made, other = await scene.make(), await scene.resource.around(scene.owner)
    before = scene.written()
    for method, body in scene.ways():
        here = await scene.send(method, scene.place(made.id, other), body)
        unknown = await scene.send(method, scene.place(scene.unknown(), other), body)
        assert code(here) == (404, scene.resource.missing), method
        assert here.json() == unknown.json() | {"request_id": here.json()["request_id"]}, method
    if scene.resource.listed:
        listed = (await scene.send("GET", scene.list_path(other))).json()["items"]
        assert made.id not in map(scene.id_of, listed)
    assert scene.written() == before
    assert (await scene.send("GET", made.path)).json() == made.body


async def refuses_members_that_nobody_knows(scene: Scene) -> None:
    made, before = await scene.make(), scene.written()
    unknown = {"unknown": "1"}
    answer = await scene.resource.asked_for(scene.owner, scene.ids, 1, more=unknown)
    assert code(answer) == (422, "VALIDATION_FAILED")
    if change := scene.resource.change:
        answer = await scene.send(change.method, made.path, {**change.bodies[0], **unknown})
        assert code(answer) == (422, "VALIDATION_FAILED")
    assert scene.written() == before
    assert (await scene.send("GET", made.path)).json() == made.body


async def tells_of_each_change(scene: Scene) -> None:
    """One audit entry each, and one event or none."""
    resource, before = scene.resource, scene.written()
    made = await scene.make()
    assert scene.since(before) == scene.expected(resource.make, made.id)
    if resource.change:
        before = scene.written()
        assert (await scene.change(made.path)).status_code == 200
        assert scene.since(before) == scene.expected(resource.change, made.id)
    if resource.remove:
        before = scene.written()
        assert (await scene.send("DELETE", made.path)).status_code == 204
        assert scene.since(before) == scene.expected(resource.remove, made.id)


async def is_made_once_under_a_key(scene: Scene) -> None:
    before = scene.written()
    first = await scene.make(0, Idempotency_Key="key")
    again = await scene.make(0, Idempotency_Key="key")
    assert "idempotency-replayed" not in first.answer.headers
    assert again.answer.headers["idempotency-replayed"] == "true"
    assert (again.id, again.body) == (first.id, first.body)
    for header in ("etag", "location", "content-type"):
        assert again.answer.headers.get(header) == first.answer.headers.get(header)
    headers = {"Idempotency-Key": "key"}
    other = await scene.resource.asked_for(scene.owner, scene.ids, 1, headers=headers)
    assert code(other) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert scene.since(before) == scene.expected(scene.resource.make, first.id)


async def is_not_changed_by_what_it_is(scene: Scene) -> None:
    made = await scene.make()
    changed = await scene.change(made.path)
    assert changed.json()["version"] == made.body["version"] + 1
    before = scene.written()
    again = await scene.change(made.path)
    assert (again.status_code, again.content) == (200, changed.content)
    assert again.headers["etag"] == changed.headers["etag"]
    assert scene.written() == before


async def is_gone_when_it_is_removed(scene: Scene) -> None:
    made, kept = await scene.make(0), await scene.make(1)
    answer = await scene.send("DELETE", made.path)
    assert (answer.status_code, answer.content) == (204, b"")
    before = scene.written()
    for method, body in scene.ways():
        assert code(await scene.send(method, made.path, body)) == (404, scene.resource.missing), method
    assert scene.written() == before
    if scene.resource.listed:
        listed = await scene.listed()
        assert (made.id in listed, kept.id in listed) == (False, True)
    assert (await scene.send("GET", kept.path)).json() == kept.body


async def is_gone_with_what_it_is_within(scene: Scene) -> None:
    made, within = await scene.make(), scene.resource.within
    assert within is not None
    assert (await scene.send("DELETE", within.item.format_map(scene.ids))).status_code == 204
    before = scene.written()
    answers = {method: await scene.send(method, made.path, body) for method, body in scene.ways()}
    # Where its path does not name what it is within, it is gone by itself.
    is_below = f"{{{within.id_name}}}" in scene.resource.item
    expected = dict.fromkeys(answers, (404, within.missing if is_below else scene.resource.missing))
    expected["make"] = (404, within.missing)
    answers["make"] = await scene.resource.asked_for(scene.owner, scene.ids)
    is_listed_below = scene.resource.listed and f"{{{within.id_name}}}" in scene.resource.listed.path
    if is_listed_below:
        answers["list"], expected["list"] = await scene.page(), (404, within.missing)
    assert {name: code(answer) for name, answer in answers.items()} == expected
    if scene.resource.listed and not is_listed_below:
        assert made.id not in await scene.listed()
    assert scene.written() == before


async def is_read_only_where_all_is_halted(scene: Scene) -> None:
    within = scene.resource.within
    assert within is not None
    for step, error in within.stops.items():
        halted = await Scene.begin(scene.service, scene.resource)
        made, path = await halted.make(), within.item.format_map(halted.ids)
        assert (await halted.send("POST", f"{path}/{step}", {})).status_code == 200
        before = halted.written()
        answers = {method: await halted.send(method, made.path, body) for method, body in halted.changes()}
        answers["make"] = await halted.resource.asked_for(halted.owner, halted.ids, 1)
        assert {name: code(answer) for name, answer in answers.items()} == dict.fromkeys(
            answers, (409, error)
        )
        assert (await halted.send("GET", made.path)).json() == made.body
        if scene.resource.listed:
            assert made.id in await halted.listed()
        assert halted.written() == before


async def is_not_sent_again_unchanged(scene: Scene) -> None:
    made = await scene.make()
    seen = await scene.send("GET", made.path)
    again = await scene.send("GET", made.path, If_None_Match=seen.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == seen.headers["etag"]
    if scene.resource.change:
        changed = await scene.change(made.path)
        assert changed.status_code == 200, changed.text
        fresh = await scene.send("GET", made.path, If_None_Match=seen.headers["etag"])
        assert (fresh.status_code, fresh.json()) == (200, changed.json())
        assert fresh.headers["etag"] == changed.headers["etag"]
        assert fresh.json()["version"] == seen.json()["version"] + 1


async def is_changed_only_as_it_was_seen(scene: Scene) -> None:
    made = await scene.make()
    seen = made.answer.headers["etag"]
    if scene.resource.change:
        changed = await scene.change(made.path, If_Match=seen)
        assert changed.status_code == 200, changed.text
        before, written = await scene.send("GET", made.path), scene.written()
        assert before.headers["etag"] == changed.headers["etag"] != seen
        for method, body in scene.changes():
            refused = await scene.send(method, made.path, body, If_Match=seen)
            assert code(refused) == (412, "VERSION_MISMATCH"), method
            assert refused.json()["details"] == {"version": before.json()["version"]}
        assert (await scene.send("GET", made.path)).content == before.content
        assert scene.written() == written
        version = before.json()["version"]
        assert (await scene.change(made.path, 1, If_Match=f'"{version}"')).status_code == 200
        changed = await scene.change(made.path, 0, If_Match="*")
        assert changed.status_code == 200
        seen = changed.headers["etag"]
    if scene.resource.remove:
        assert (await scene.send("DELETE", made.path, If_Match=seen)).status_code == 204


async def has_no_etag(scene: Scene) -> None:
    made = await scene.make()
    assert "etag" not in (await scene.send("GET", made.path)).headers


async def is_listed_in_pages(scene: Scene) -> None:
    made = {(await scene.make(number)).id for number in range(5)}
    whole = await scene.listed()
    assert made <= set(whole)
    assert len(whole) == len(set(whole))
    for limit in (1, 2, len(whole) - 1, len(whole)):
        pages = await scene.pages(limit)
        assert list(chain.from_iterable(pages)) == whole, limit
        # A page that is exactly full is the last.
        assert [len(page) for page in pages[:-1]] == [limit] * (-(-len(whole) // limit) - 1), limit


async def is_listed_while_others_come_and_go(scene: Scene) -> None:
    """Whatever is there all the while is listed once, also when the page before ended with what is gone."""
    made = {each.id: each for each in [await scene.make(number) for number in range(5)]}
    whole = await scene.listed()
    limit = 1 + next(index for index, id_ in enumerate(whole) if index and id_ in made)
    first = (await scene.page(limit)).json()
    seen = [scene.id_of(each) for each in first["items"]]
    if scene.resource.remove:
        assert (await scene.send("DELETE", made[seen[-1]].path)).status_code == 204
    newer = (await scene.make(5)).id
    rest = await scene.listed(2, first["next_cursor"])
    assert [id_ for id_ in seen + rest if id_ != newer] == whole


async def has_cursors_for_one_list_and_one_caller(scene: Scene) -> None:
    listed = scene.resource.listed
    assert listed is not None
    for number in range(2):
        await scene.make(number)
    cursor = (await scene.page(1)).json()["next_cursor"]
    bob = await scene.service.person("bob")
    await scene.resource.let_into(scene.owner, bob, scene.ids)
    answers = {"another caller": await bob.get(scene.list_path(), cursor=cursor)}
    for other in RESOURCES:
        if other.listed and other is not scene.resource and other.within is scene.resource.within:
            path = other.listed.path.format_map(scene.ids)
            answers[f"list of {other.name}s"] = await scene.owner.get(path, cursor=cursor)
    if scene.resource.within:
        path = scene.list_path(await scene.resource.around(scene.owner))
        answers["elsewhere"] = await scene.owner.get(path, cursor=cursor)
    for name, value in listed.filters.items():
        answers[f"filter {name}"] = await scene.page(1, cursor=cursor, **{name: value})
    for text in (*NO_CURSORS, cursor[:-1], f"x{cursor}"):
        answers[text] = await scene.page(1, cursor=text)
    assert {name: code(answer) for name, answer in answers.items()} == dict.fromkeys(
        answers, (400, "INVALID_CURSOR")
    )
    assert code(await scene.page(1, cursor="x" * 5000)) == (422, "VALIDATION_FAILED")
    assert (await scene.page(1, cursor=cursor)).status_code == 200


async def has_pages_with_bounds(scene: Scene) -> None:
    for limit in NO_LIMITS:
        assert code(await scene.page(limit)) == (422, "VALIDATION_FAILED"), limit
