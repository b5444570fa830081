"""What the service knows of a person, as a file that they alone may take, for a day."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from app.integrations.blob_store import BlobNotFound
from app.services import data_exports
from tests.api.test_key_result_feeds import make_okr
from tests.api.test_user_status import organization
from tests.harness import Person, Service, code, make_outbox


@pytest.fixture
async def ada(service: Service) -> Person:
    return await service.person("ada")


def path(person: Person) -> str:
    return f"/users/{person.user_id}/data-exports"


async def started(person: Person) -> dict[str, Any]:
    answer = await person.post(path(person))
    assert answer.status_code == 202, answer.text
    export: dict[str, Any] = answer.json()
    return export


async def work(service: Service) -> None:
    await make_outbox(service.edge).run_due()


async def say_something(ada: Person, bob: Person, workspace_id: str) -> None:
    """Both of them, of a task."""
    place = f"/workspaces/{workspace_id}"
    await ada.add(workspace_id, bob, "MEMBER")
    project = (await ada.post(f"{place}/projects", {"key": "ABC", "name": "Fair"})).json()
    task = (await ada.post(f"{place}/tasks", {"project_id": project["id"], "title": "Tents"})).json()
    for number in range(5):
        await ada.post(f"{place}/tasks/{task['id']}/comments", {"body": f"Comment {number}"})
    await bob.post(f"{place}/tasks/{task['id']}/comments", {"body": "Bob's own"})


async def test_it_has_all_that_is_known_of_the_person_and_nothing_of_others(
    service: Service, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.services.personal_data._PAGE", 2)  # several pages of everything
    bob = await service.person("bob")
    places = [(await ada.create_workspace(f"Number {number}"))["id"] for number in range(5)]
    await bob.add((await bob.create_workspace("Bob's"))["id"], ada, "VIEWER")
    org = await organization(ada, (bob, "MEMBER"))
    for number in range(5):
        await ada.patch(f"/workspaces/{places[0]}", {"name": f"Name {number}"})
    await say_something(ada, bob, places[1])
    await ada.patch(f"/users/{ada.user_id}/profile", {"name": "Countess", "bio": "Counts."})
    refused = await bob.patch(f"/users/{ada.user_id}/profile", {"name": "Robert's"})
    assert code(refused) == (403, "USER_NOT_AUTHORIZED")
    export = await started(ada)
    assert (export["state"], export["expires_at"]) == ("PENDING", None)
    waiting = await ada.get(f"{path(ada)}/{export['id']}/download")
    assert code(waiting) == (404, "FILE_NOT_FOUND")
    await work(service)
    ready = (await ada.get(f"{path(ada)}/{export['id']}")).json()
    assert ready["state"] == "READY"
    file = await ada.get(f"{path(ada)}/{export['id']}/download")
    assert file.headers["content-disposition"].startswith("attachment")
    assert (len(file.content), hashlib.sha256(file.content).hexdigest()) == (ready["size"], ready["sha256"])
    found = file.json()
    assert found["account"]["email"] == "ada@example.com"
    assert found["profile"] == {"name": "Countess", "bio": "Counts."}
    assert [each["id"] for each in found["organizations"]] == [org]
    assert {each["name"] for each in found["workspaces"]} >= {"Bob's", "Name 4", "Number 3"}
    assert len(found["workspaces"]) == 6
    actions = [each["action"] for each in found["account_log"]]
    assert actions == ["account.created", "profile.updated", "access.denied", "data_export.started"]
    told = {each["actor_id"]: (each["ip"], each["details"]) for each in found["account_log"]}
    assert told[bob.user_id] == (None, None), "where bob was is not for ada to know"
    assert told[ada.user_id][0] is not None
    done = [each for each in found["workspace_logs"] if each["workspace_id"] == places[0]]
    assert [each["action"] for each in done] == ["workspace.created", *["workspace.updated"] * 5]
    assert {each["actor_id"] for each in found["workspace_logs"]} == {ada.user_id}
    said = [(each["workspace_id"], each["body"]) for each in found["comments"]]
    assert said == [(places[1], f"Comment {number}") for number in range(5)]
    assert "bob@example.com" not in file.text
    log = service.rows("SELECT action FROM PlatformAuditLog WHERE action LIKE 'data_export.%' ORDER BY seq")
    assert log == [("data_export.started",), ("data_export.downloaded",)]


async def test_what_was_said_of_objectives_is_in_it(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.services.personal_data._PAGE", 2)
    okr = await make_okr(service)
    owner = okr.place.owner
    for number in range(3):
        body = {"body": f"Comment {number}"}
        path_of_comments = f"{okr.place.path}/okr/objectives/{okr.objective_id}/comments"
        assert (await owner.post(path_of_comments, body)).status_code == 201
        said = {"value": str(number), "confidence": 5, "note": f"Note {number}"}
        assert (await owner.post(f"{okr.path}/check-ins", said)).status_code == 201
    export = await started(owner)
    await work(service)
    found = (await owner.get(f"{path(owner)}/{export['id']}/download")).json()
    assert [each["body"] for each in found["objective_comments"]] == [f"Comment {n}" for n in range(3)]
    assert [(each["note"], each["value"]) for each in found["check_ins"]] == [
        (f"Note {n}", str(n)) for n in range(3)
    ]


async def test_it_is_the_persons_alone(service: Service, ada: Person) -> None:
    bob = await service.person("bob")
    await ada.add((await ada.create_workspace())["id"], bob, "OWNER")
    export = await started(ada)
    await work(service)
    own = f"{path(ada)}/{export['id']}"
    for answer in (
        await bob.post(path(ada)),
        await bob.get(path(ada)),
        await bob.get(own),
        await bob.get(f"{own}/download"),
    ):
        assert code(answer) == (403, "USER_NOT_AUTHORIZED")
    mixed = f"{path(bob)}/{export['id']}"
    for answer in (await bob.get(mixed), await bob.get(f"{mixed}/download")):
        assert code(answer) == (404, "FILE_NOT_FOUND")


async def test_it_is_there_for_a_day_and_then_nowhere(service: Service, ada: Person) -> None:
    export = await started(ada)
    await work(service)
    service.clock.advance(hours=25)
    ada.access_token = service.access_token(ada.user_id, "ada")
    await ada.validate()
    assert code(await ada.get(f"{path(ada)}/{export['id']}/download")) == (404, "FILE_NOT_FOUND")
    assert (await ada.get(path(ada))).json()["items"] == []
    await data_exports.end_expired(service.edge.parts.database, service.edge.tools)
    await work(service)
    with pytest.raises(BlobNotFound):
        await service.edge.parts.blobs.get(data_exports.path_of(export["id"]))
    assert service.rows("SELECT 1 FROM UserDataExport") == []


async def test_one_waits_and_one_is_there_at_a_time(service: Service, ada: Person) -> None:
    first = await started(ada)
    assert (await started(ada))["id"] == first["id"]
    await work(service)
    second = await started(ada)
    assert second["id"] != first["id"]
    listed = (await ada.get(path(ada))).json()["items"]
    assert [each["id"] for each in listed] == [second["id"]]
    await work(service)
    with pytest.raises(BlobNotFound):
        await service.edge.parts.blobs.get(data_exports.path_of(first["id"]))
    assert (await ada.get(f"{path(ada)}/{second['id']}/download")).status_code == 200


async def test_an_erasure_takes_it(service: Service, ada: Person) -> None:
    export = await started(ada)
    await work(service)
    assert (await ada.post(f"/users/{ada.user_id}/erasure", {})).status_code == 202
    service.clock.advance(minutes=2)
    await work(service)
    await work(service)
    assert service.rows("SELECT 1 FROM UserDataExport") == []
    with pytest.raises(BlobNotFound):
        await service.edge.parts.blobs.get(data_exports.path_of(export["id"]))
