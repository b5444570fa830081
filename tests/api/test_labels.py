"""Labels, who watches, and what happened: what hangs on a task beside its comments."""

from __future__ import annotations

import pytest

from app.services import labels
from tests.api.test_comments import Team
from tests.harness import Person, Service, code


@pytest.fixture
async def team(service: Service) -> Team:
    return await Team.begin(service)


async def label(person: Person, team: Team, name: str, **more: str) -> str:
    made = await person.post(f"{team.place}/labels", {"name": name, **more})
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def names(person: Person, path: str, **more: object) -> list[str]:
    answer = await person.get(path, **more)
    assert answer.status_code == 200, answer.text
    return [each["name"] for each in answer.json()["items"]]


async def test_a_name_is_one_labels_in_whatever_case(team: Team) -> None:
    path = f"{team.place}/labels"
    first = await label(team.ada, team, "Straße", color="#1f6feb")
    assert (await team.ada.get(f"{path}/{first}")).json()["color"] == "#1F6FEB"
    second = await label(team.ada, team, "Weg")
    for answer in (
        await team.ada.post(path, {"name": "STRASSE"}),
        await team.ada.patch(f"{path}/{second}", {"name": "strasse"}),
    ):
        assert code(answer) == (409, "LABEL_EXISTS")
    for color in ("red", "#12345", "#12345G", "1F6FEB"):
        answer = await team.ada.post(path, {"name": "other", "color": color})
        assert code(answer) == (422, "VALIDATION_FAILED"), color
    assert await names(team.ada, path, name="stra") == ["Straße"]


async def test_whoever_may_change_a_task_labels_it(team: Team) -> None:
    bob = await team.member("bob")
    customer = await team.member("customer", user_type_id=await team.type(read_only=True))
    label_id = await label(bob, team, "urgent")
    path = f"{team.place}/tasks/{team.task_id}/labels"
    for _ in range(2):
        assert (await bob.request("PUT", f"{path}/{label_id}")).status_code == 204
    assert await names(customer, path) == ["urgent"]
    assert code(await customer.delete(f"{path}/{label_id}")) == (403, "USER_NOT_AUTHORIZED")
    for _ in range(2):
        assert (await bob.delete(f"{path}/{label_id}")).status_code == 204
    assert await names(customer, path) == []
    missing = await bob.request("PUT", f"{path}/{team.task_id}")
    assert code(missing) == (404, "LABEL_NOT_FOUND")
    told = (await bob.get(f"{team.place}/changes")).json()["items"]
    mine = [(each["type"], each["data"]["label_id"]) for each in told if "label_" in each["type"]]
    assert mine == [("task.label_added", label_id), ("task.label_removed", label_id)]


async def test_a_task_has_so_many_labels(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(labels, "MOST_LABELS", 2)
    path = f"{team.place}/tasks/{team.task_id}/labels"
    made = [await label(team.ada, team, f"label {number}") for number in range(3)]
    answers = [await team.ada.request("PUT", f"{path}/{each}") for each in made]
    assert [each.status_code for each in answers] == [204, 204, 409]
    assert code(answers[-1]) == (409, "TOO_MANY_LABELS")
    assert await names(team.ada, path) == ["label 0", "label 1"]
    assert (await team.ada.request("PUT", f"{path}/{made[0]}")).status_code == 204, "it has it"
    page = (await team.ada.get(path, limit=1)).json()
    assert await names(team.ada, path, limit=1, cursor=page["next_cursor"]) == ["label 1"]


async def test_a_label_that_is_gone_is_off_every_task(team: Team) -> None:
    bob = await team.member("bob")
    label_id = await label(bob, team, "urgent")
    for task_id in (team.task_id, await team.task("Second")):
        await bob.request("PUT", f"{team.place}/tasks/{task_id}/labels/{label_id}")
    assert code(await bob.delete(f"{team.place}/labels/{label_id}")) == (403, "USER_NOT_AUTHORIZED")
    assert (await team.ada.delete(f"{team.place}/labels/{label_id}")).status_code == 204
    assert team.service.rows("SELECT COUNT(*) FROM TaskLabel") == [(0,)]
    assert await names(team.ada, f"{team.place}/tasks/{team.task_id}/labels") == []


async def test_a_guest_makes_no_labels(team: Team) -> None:
    guest = await team.member("guest", is_guest=1)
    label_id = await label(team.ada, team, "urgent")
    answers = [
        await guest.post(f"{team.place}/labels", {"name": "mine"}),
        await guest.patch(f"{team.place}/labels/{label_id}", {"name": "mine"}),
    ]
    assert {code(each) for each in answers} == {(403, "USER_NOT_AUTHORIZED")}


async def test_what_is_hidden_has_no_labels_watchers_or_activity(team: Team) -> None:
    label_id = await label(team.ada, team, "urgent")
    other = await team.member("customer", user_type_id=await team.type(hidden_states=["TODO"]))
    path = f"{team.place}/tasks/{team.task_id}"
    for method, tail in (
        ("GET", "labels"),
        ("PUT", f"labels/{label_id}"),
        ("DELETE", f"labels/{label_id}"),
        ("GET", "watchers"),
        ("PUT", "watchers/me"),
        ("DELETE", "watchers/me"),
        ("GET", "activity"),
    ):
        assert code(await other.request(method, f"{path}/{tail}")) == (404, "TASK_NOT_FOUND"), tail


async def test_watching_ends_with_the_membership(team: Team) -> None:
    viewer = await team.member("viewer", "VIEWER")
    path = f"{team.place}/tasks/{team.task_id}/watchers"
    for person in (viewer, team.ada, viewer):
        assert (await person.request("PUT", f"{path}/me")).status_code == 204
    found = (await team.ada.get(path)).json()["items"]
    assert [each["user_id"] for each in found] == sorted([viewer.user_id, team.ada.user_id])
    assert {each["display_name"] for each in found} == {"Ada", "Viewer"}
    first = (await team.ada.get(path, limit=1)).json()
    rest = (await team.ada.get(path, limit=1, cursor=first["next_cursor"])).json()
    assert [*first["items"], *rest["items"]] == found
    for _ in range(2):
        assert (await team.ada.delete(f"{path}/me")).status_code == 204
    assert [each["user_id"] for each in (await team.ada.get(path)).json()["items"]] == [viewer.user_id]
    assert (await viewer.post(f"{team.place}/members/leave")).status_code == 204
    assert (await team.ada.get(path)).json()["items"] == []
    told = (await team.ada.get(f"{team.place}/changes")).json()["items"]
    assert not [each for each in told if "watch" in each["type"]]


async def test_activity_is_what_the_log_says_of_a_task_and_no_more(team: Team) -> None:
    bob = await team.member("bob")
    other = await team.task("Second")
    path = f"{team.place}/tasks/{team.task_id}"
    await bob.patch(path, {"title": "Tents and stages", "description": "Four"})
    await bob.post(f"{path}/dependencies", {"parent_id": other})
    await bob.request("PUT", f"{path}/watchers/me")
    await team.ada.patch(f"{team.place}/tasks/{other}", {"title": "Another's"})
    found = (await bob.get(f"{path}/activity")).json()["items"]
    assert [(each["action"], each["actor_id"]) for each in found] == [
        ("task.watched", bob.user_id),
        ("task.dependency_added", bob.user_id),
        ("task.updated", bob.user_id),
        ("task.created", team.ada.user_id),
    ]
    assert found[2]["details"] == {"key": "ABC-1", "changed": ["description", "title"]}
    assert other not in str(found), "which may be hidden from who reads this"
    assert set(found[0]) == {"seq", "action", "actor_id", "at", "details"}
    first = (await bob.get(f"{path}/activity", limit=3)).json()
    rest = (await bob.get(f"{path}/activity", limit=3, cursor=first["next_cursor"])).json()
    assert ([*first["items"], *rest["items"]], rest["next_cursor"]) == (found, None)
