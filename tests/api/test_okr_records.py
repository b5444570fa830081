"""What hangs on objectives: what is said, files, the history; and who is told that a check-in is late."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from app.db.handles.late_check_ins import list_late_key_results, take_reminder
from app.services.late_check_ins import tell_of_late_check_ins
from tests.databases import execute
from tests.harness import Person, Service, code
from tests.okrs import Okrs


@pytest.fixture
async def okrs(service: Service) -> Okrs:
    return await Okrs.begin(service)


async def upload(okrs: Okrs, name: str) -> str:
    sent = {"file": (name, b"notes", "text/plain")}
    made = await okrs.ada.request("POST", f"/workspaces/{okrs.workspace_id}/files", files=sent)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def test_a_comment_is_its_author_s(okrs: Okrs) -> None:
    bob, eve, ann = await okrs.member("bob"), await okrs.member("eve"), await okrs.member("ann", "ADMIN")
    objective = await okrs.objective()
    path = f"objectives/{objective['id']}/comments"
    said, other = [await okrs.post(path, {"body": body}, by=bob) for body in ("Said", "Other")]
    one = f"{okrs.path}/comments/{said['id']}"
    for person in (eve, ann, okrs.ada):
        assert code(await person.patch(one, {"body": "Mine"})) == (403, "USER_NOT_AUTHORIZED")
    assert code(await eve.delete(one)) == (403, "USER_NOT_AUTHORIZED")
    given = {"object_type": "objective", "object_id": objective["id"], "user_id": eve.user_id}
    roles = f"/workspaces/{okrs.workspace_id}/object-roles"
    assert (await okrs.ada.post(roles, {**given, "role": "MANAGER"})).status_code == 201
    assert (await eve.delete(one)).status_code == 204
    await okrs.ada.post(f"{okrs.path}/cycles/{okrs.cycle_id}/close")
    one = f"{okrs.path}/comments/{other['id']}"
    for answer in (
        await bob.patch(one, {"body": "Late"}),
        await bob.delete(one),
        await bob.post(f"{okrs.path}/{path}", {"body": "Late"}),
    ):
        assert code(answer) == (409, "OKR_CYCLE_CLOSED")
    assert [each["body"] for each in (await okrs.get(path))["items"]] == ["Other"]


async def test_a_file_is_attached_once_and_goes_with_itself(okrs: Okrs) -> None:
    bob = await okrs.member("bob")
    objective = await okrs.objective()
    path = f"{okrs.path}/objectives/{objective['id']}/files"
    first, second = await upload(okrs, "b.txt"), await upload(okrs, "a.txt")
    for file_id in (first, second, first):
        assert (
            await okrs.service.client.request("PUT", f"{path}/{file_id}", headers=okrs.ada.headers())
        ).status_code == 204
    assert [each["name"] for each in (await okrs.ada.get(path)).json()["items"]] == ["a.txt", "b.txt"]
    page = (await okrs.ada.get(path, limit=1)).json()
    rest = (await okrs.ada.get(path, limit=1, cursor=page["next_cursor"])).json()
    assert [each["id"] for each in (*page["items"], *rest["items"])] == [second, first]
    refused = await okrs.service.client.request("PUT", f"{path}/{first}", headers=bob.headers())
    assert code(refused) == (403, "USER_NOT_AUTHORIZED")
    assert (await okrs.ada.delete(f"{path}/{second}")).status_code == 204
    assert code(await okrs.ada.delete(f"{path}/{second}")) == (404, "FILE_NOT_ATTACHED")
    # The file's row goes later, and nothing holds it.
    assert (await okrs.ada.delete(f"/workspaces/{okrs.workspace_id}/files/{first}")).status_code == 204
    assert (await okrs.ada.get(path)).json()["items"] == []
    execute(okrs.service.settings, f"DELETE FROM WorkspaceFile WHERE id = '{first}'")
    gone = await okrs.service.client.request("PUT", f"{path}/{first}", headers=okrs.ada.headers())
    assert code(gone) == (404, "FILE_NOT_FOUND")


async def test_the_history_is_of_the_objective_and_its_key_results(okrs: Okrs) -> None:
    objective, other = await okrs.objective(), await okrs.objective("Other")
    measure, gone = [await okrs.key_result(objective["id"], title) for title in "AB"]
    await okrs.key_result(other["id"])
    await okrs.ada.delete(f"{okrs.path}/key-results/{gone['id']}")
    await okrs.put_in_force(objective["id"])
    await okrs.check_in(measure["id"], "50.5")
    path = f"objectives/{objective['id']}/activity"
    history = (await okrs.get(path))["items"]
    assert [(each["action"], each["object_id"]) for each in history] == [
        ("key_result.measured", measure["id"]),
        ("key_result.deleted", gone["id"]),
        ("key_result.created", gone["id"]),
        ("key_result.created", measure["id"]),
        ("objective.created", objective["id"]),
    ]
    assert (history[0]["details"]["value"], history[0]["actor_id"]) == ("50.5", okrs.ada.user_id)
    page = await okrs.get(path, limit=2)
    rest = await okrs.get(path, limit=9, cursor=page["next_cursor"])
    assert page["items"] + rest["items"] == history


@pytest.mark.parametrize("change", ["UPDATE CheckIn SET value = 1", "DELETE FROM CheckIn"])
async def test_what_was_checked_in_stays(okrs: Okrs, change: str) -> None:
    objective = await okrs.objective()
    measure = await okrs.key_result(objective["id"])
    await okrs.put_in_force(objective["id"])
    await okrs.check_in(measure["id"], "50")
    with pytest.raises(Exception, match="append-only: CheckIn"):
        execute(okrs.service.settings, change)


async def told(person: Person) -> list[tuple[str, str]]:
    listed = (await person.get("/users/me/notifications")).json()["items"]
    return [(each["reason"], each["object_id"]) for each in listed]


async def test_whose_check_in_is_late_is_told_until_it_is_there(okrs: Okrs) -> None:
    parts = okrs.service.edge.parts
    remind: Any = partial(tell_of_late_check_ins, parts.database, parts.teller)
    objective, draft = await okrs.objective(), await okrs.objective("Draft")
    late = await okrs.key_result(objective["id"], stale_after=2 * 86_400)
    for each in (objective, draft):
        await okrs.key_result(each["id"])
    await okrs.key_result(draft["id"], stale_after=86_400)
    await okrs.put_in_force(objective["id"])
    await okrs.later(days=2)
    await remind()
    # The cycle has not begun: nobody waits for anything.
    assert await told(okrs.ada) == []
    await okrs.ada.post(f"{okrs.path}/cycles/{okrs.cycle_id}/activate")
    await okrs.later(days=2)
    await remind()
    await remind()
    assert await told(okrs.ada) == [("check_in", late["id"])]
    await okrs.later(days=2)
    await remind()
    assert await told(okrs.ada) == [("check_in", late["id"])] * 2
    one = f"{okrs.path}/objectives/{objective['id']}"
    assert (await okrs.ada.delete(one)).status_code == 204
    due = "SELECT COUNT(*) FROM KeyResult WHERE remind_at IS NOT NULL"
    assert okrs.service.rows(due) == [(0,)], "nobody looks at what is deleted again and again"
    assert (await okrs.ada.post(f"{one}/restore")).status_code == 200
    assert okrs.service.rows(f"{due} AND id = '{late['id']}'") == [(1,)]
    await okrs.later(days=1)
    await okrs.check_in(late["id"], "50")
    await okrs.later(days=1)
    await remind()
    assert len(await told(okrs.ada)) == 2
    await okrs.later(days=1)
    await okrs.ada.post(f"{okrs.path}/cycles/{okrs.cycle_id}/close")
    await remind()
    assert len(await told(okrs.ada)) == 2


async def test_of_two_that_see_it_late_one_tells(okrs: Okrs) -> None:
    objective = await okrs.objective()
    await okrs.key_result(objective["id"], stale_after=3600)
    await okrs.put_in_force(objective["id"])
    later = okrs.service.clock() + timedelta(hours=1)
    database = okrs.service.edge.parts.database
    async with database.read() as tx:
        (row,) = await list_late_key_results(tx, now=later, page_size=9)
    assert row.remind_at is not None
    values: dict[str, Any] = {
        "workspace_id": okrs.workspace_id,
        "key_result_id": row.key_result_id,
        "seen_at": row.remind_at,
        "remind_at": later + timedelta(days=1),
    }
    taken = []
    for _ in range(2):
        async with database.write() as tx:
            taken.append(await take_reminder(tx, **values))
    assert taken == [1, 0]
