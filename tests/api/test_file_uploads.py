"""Uploads past the service: a link to the store, the bytes, and a job that looks at them."""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from app.core.errors import BlobStoreUnavailable
from app.db.handles.file_uploads import AnnouncedRow
from app.integrations.blob_store import BlobNotFound
from app.integrations.blob_stores import link_source
from app.services.file_uploads import take_over
from tests.clamd_server import EICAR, ClamdServer
from tests.databases import TestDatabase
from tests.harness import Person, Service, code, make_outbox, make_settings, move_workspace_into, running
from tests.http_client import httpx

CONTENT = b"the plan, in full\n" * 20_000


@pytest.fixture
async def begun(
    request: pytest.FixtureRequest, database: TestDatabase, key_file: Path
) -> AsyncIterator[Callable[..., Any]]:
    """Begins a service whose files are in such a store; with S3, everybody's in one bucket."""

    def begin(store: str, **more: Any) -> Any:
        if store == "s3":
            values = dict(request.getfixturevalue("s3_server").settings)
        else:
            server = request.getfixturevalue("azurite")
            values = {"blob_store": "azure", "blob_connection_string": server.connection_string}
            values["blob_container"] = f"test-{uuid.uuid4().hex}"
        return running(make_settings(database, key_file, **values, **more))

    yield begin


@pytest.fixture
async def service_on_s3(begun: Callable[..., Any]) -> AsyncIterator[Service]:
    async with begun("s3") as service:
        yield service


async def workspace(service: Service) -> tuple[Person, str]:
    ada = await service.person("ada")
    path = f"/workspaces/{(await ada.create_workspace())['id']}"
    await make_outbox(service.edge).run_due()
    return ada, path


def announced(content: bytes = CONTENT, **other: Any) -> dict[str, Any]:
    sha256 = hashlib.sha256(content).hexdigest()
    return {"name": "plan.txt", "content_type": "text/plain", "size": len(content), "sha256": sha256} | other


async def begin(person: Person, path: str, content: bytes = CONTENT, **other: Any) -> dict[str, Any]:
    response = await person.post(f"{path}/files/uploads", announced(content, **other))
    assert response.status_code == 201, response.text
    upload: dict[str, Any] = response.json()
    assert upload["url"].startswith(str(link_source(person.service.settings))), (
        "the console's policy names it"
    )
    return upload


async def send(upload: dict[str, Any], content: bytes = CONTENT) -> int:
    async with httpx.AsyncClient() as client:
        return (await client.put(upload["url"], content=content, headers=upload["headers"])).status_code


async def complete(person: Person, path: str, upload: dict[str, Any]) -> httpx.Response:
    return await person.post(f"{path}/files/uploads/{upload['upload_id']}/complete")


async def state(person: Person, path: str, upload: dict[str, Any]) -> tuple[str, str | None]:
    found = (await person.get(f"{path}/files/uploads/{upload['upload_id']}")).json()
    return found["state"], found["reason"]


async def used(person: Person, path: str) -> tuple[int, int]:
    found = (await person.get(f"{path}/file-usage")).json()
    return found["files"]["used"], found["file_bytes"]["used"]


async def in_store(service: Service, path: str, upload: dict[str, Any]) -> set[str]:
    """Which of the two places there is something at."""
    found = set()
    for name, place in (("staged", f"uploads/{upload['upload_id']}"), ("file", upload["upload_id"])):
        try:
            async for _ in await service.edge.parts.blobs.get(f"{path[1:]}/{place}"):
                pass
            found.add(name)
        except BlobNotFound:
            pass
    return found


@pytest.mark.parametrize("store", ["s3", "azure"])
async def test_what_was_announced_and_came_is_a_file(begun: Callable[..., Any], store: str) -> None:
    async with begun(store) as service:
        ada, path = await workspace(service)
        upload = await begin(ada, path)
        assert await used(ada, path) == (1, len(CONTENT))
        assert (await ada.get(f"{path}/files")).json()["items"] == []
        assert await state(ada, path, upload) == ("OPEN", None)
        assert await send(upload) in (200, 201)
        answers = await asyncio.gather(*(complete(ada, path, upload) for _ in range(3)))
        assert [(each.status_code, each.json()["state"]) for each in answers] == [(202, "VERIFYING")] * 3
        await make_outbox(service.edge).run_due()
        assert await state(ada, path, upload) == ("DONE", None)
        assert (await complete(ada, path, upload)).json()["state"] == "DONE"
        (file,) = (await ada.get(f"{path}/files")).json()["items"]
        assert (file["id"], file["sha256"]) == (upload["upload_id"], announced()["sha256"])
        assert (await ada.get(f"{path}/files/{file['id']}/download")).content == CONTENT
        assert await in_store(service, path, upload) == {"file"}
        assert await used(ada, path) == (1, len(CONTENT))
        log = (await ada.get(f"{path}/audit")).json()["items"]
        assert [entry["action"] for entry in log if entry["target_id"] == file["id"]] == [
            "file.uploaded", "file.upload_completed", "file.upload_link_issued",
        ]  # fmt: skip
        assert log[0]["details"]["uploaded_by"] == ada.user_id
        assert upload["url"] not in str(log)
        # Nothing of the upload is left once nothing can come any more, and the file stays.
        await later(service, 3)
        assert service.rows("SELECT file_id FROM FileUpload") == []
        assert service.rows("SELECT kind FROM Job") == []
        await ada.validate()
        assert (await ada.get(f"{path}/files/{file['id']}/download")).content == CONTENT


async def later(service: Service, hours: int) -> None:
    """Time passes, and the jobs of each hour are done."""
    for _ in range(hours):
        service.clock.advance(hours=1)
        await make_outbox(service.edge).run_due()


PROGRAM = b"MZ\x90\x00" + bytes(100)


@pytest.mark.parametrize(
    ("sent", "said", "reason"),
    [
        (CONTENT[:-1], announced(), "SIZE"),
        (CONTENT + b"x", announced(), "SIZE"),
        (CONTENT[:-1] + b"x", announced(), "SHA256"),
        (PROGRAM, announced(PROGRAM, name="a.png", content_type="image/png"), "TYPE"),
        (None, announced(), "MISSING"),
    ],
    ids=["too few", "too many", "others", "a program", "none"],
)
async def test_other_bytes_than_announced_are_no_file(
    service_on_s3: Service, sent: bytes | None, said: dict[str, Any], reason: str
) -> None:
    ada, path = await workspace(service_on_s3)
    upload = (await ada.post(f"{path}/files/uploads", said)).json()
    if sent is not None:
        assert await send(upload, sent) == 200
    await complete(ada, path, upload)
    await make_outbox(service_on_s3.edge).run_due()
    assert await state(ada, path, upload) == ("FAILED", reason)
    assert await in_store(service_on_s3, path, upload) == set()
    assert await used(ada, path) == (0, 0)
    assert code(await ada.get(f"{path}/files/{upload['upload_id']}")) == (404, "FILE_NOT_FOUND")
    refused = await complete(ada, path, upload)
    assert code(refused) == (409, "UPLOAD_ENDED")
    assert refused.json()["details"] == {"state": "FAILED", "reason": reason}
    (entry,) = (await ada.get(f"{path}/audit", action="file.upload_failed")).json()["items"]
    assert entry["details"]["reason"] == reason


async def test_a_link_is_of_no_use_against_a_file_that_is_there(service_on_s3: Service) -> None:
    ada, path = await workspace(service_on_s3)
    upload = await begin(ada, path)
    await send(upload)
    await complete(ada, path, upload)
    await make_outbox(service_on_s3.edge).run_due()
    assert await send(upload, b"something else") == 200  # S3 lets it
    assert (await ada.get(f"{path}/files/{upload['upload_id']}/download")).content == CONTENT
    await complete(ada, path, upload)
    await make_outbox(service_on_s3.edge).run_due()
    assert (await ada.get(f"{path}/files/{upload['upload_id']}/download")).content == CONTENT
    await later(service_on_s3, 1)
    await ada.validate()
    assert await in_store(service_on_s3, path, upload) == {"file"}


@pytest.mark.parametrize("again", [CONTENT, CONTENT[:-1] + b"x"])
async def test_a_job_that_dies_between_its_steps(service_on_s3: Service, again: bytes) -> None:
    """What is sent in the meantime is looked at anew, and what was written of it before is served to nobody."""
    ada, path = await workspace(service_on_s3)
    upload = await begin(ada, path)
    await send(upload)
    await complete(ada, path, upload)
    store = service_on_s3.edge.parts.blobs
    put = store.put

    async def dies(path: str, chunks: AsyncIterator[bytes], **named: Any) -> None:
        await put(path, chunks, **named)
        raise BlobStoreUnavailable

    store.put = dies  # type: ignore[method-assign]
    await make_outbox(service_on_s3.edge).run_due()
    store.put = put  # type: ignore[method-assign]
    assert await state(ada, path, upload) == ("VERIFYING", None)
    assert await in_store(service_on_s3, path, upload) == {"staged", "file"}
    assert code(await ada.get(f"{path}/files/{upload['upload_id']}/download")) == (404, "FILE_NOT_FOUND")
    await send(upload, again)
    service_on_s3.clock.advance(minutes=10)
    await make_outbox(service_on_s3.edge).run_due()
    if again == CONTENT:
        assert await state(ada, path, upload) == ("DONE", None)
        assert (await ada.get(f"{path}/files/{upload['upload_id']}/download")).content == CONTENT
    else:
        assert await state(ada, path, upload) == ("FAILED", "SHA256")
        assert await in_store(service_on_s3, path, upload) == set()


async def test_what_changes_under_the_job_is_not_written(service_on_s3: Service) -> None:
    """Two jobs at once, after a lease that was lost: the slower one meets other bytes."""
    ada, path = await workspace(service_on_s3)
    upload = await begin(ada, path)
    await send(upload)
    await complete(ada, path, upload)
    await make_outbox(service_on_s3.edge).run_due()
    # As the slower one would, on what lies there now.
    await send(upload, CONTENT[:-1] + b"x")
    file = AnnouncedRow(
        id=upload["upload_id"],
        workspace_id=path.rpartition("/")[2],
        uploaded_by=ada.user_id,
        **announced(),
    )
    assert await take_over(service_on_s3.edge.parts.blobs, file, ["text/*"]) == "SHA256"
    assert (await ada.get(f"{path}/files/{upload['upload_id']}/download")).content == CONTENT


async def test_what_is_given_up_leaves_nothing(service_on_s3: Service) -> None:
    ada, path = await workspace(service_on_s3)
    upload = await begin(ada, path)
    await send(upload)
    place = f"{path}/files/uploads/{upload['upload_id']}"
    answers = await asyncio.gather(*(ada.delete(place) for _ in range(3)))
    assert [each.status_code for each in answers] == [204] * 3
    assert await used(ada, path) == (0, 0)
    assert code(await complete(ada, path, upload)) == (409, "UPLOAD_ENDED")
    await make_outbox(service_on_s3.edge).run_due()
    assert await in_store(service_on_s3, path, upload) == set()
    await send(upload)  # the link is good still
    await later(service_on_s3, 3)
    await ada.validate()
    assert await in_store(service_on_s3, path, upload) == set()
    for table in ("FileUpload", "WorkspaceFile", "Job"):
        assert service_on_s3.rows(f"SELECT workspace_id FROM {table}") == []


async def test_what_nobody_completes_is_over_when_its_link_is(service_on_s3: Service) -> None:
    ada, path = await workspace(service_on_s3)
    upload = await begin(ada, path)
    await send(upload)
    await later(service_on_s3, 1)
    await ada.validate()
    assert await state(ada, path, upload) == ("FAILED", "EXPIRED")
    assert await used(ada, path) == (0, 0)
    assert await in_store(service_on_s3, path, upload) == set()
    await later(service_on_s3, 2)
    assert service_on_s3.rows("SELECT file_id FROM FileUpload") == []
    assert service_on_s3.rows("SELECT id FROM WorkspaceFile") == []


async def test_a_file_that_came_so_is_cancelled_by_nobody(service_on_s3: Service) -> None:
    ada, path = await workspace(service_on_s3)
    upload = await begin(ada, path)
    await send(upload)
    await complete(ada, path, upload)
    await make_outbox(service_on_s3.edge).run_due()
    assert code(await ada.delete(f"{path}/files/uploads/{upload['upload_id']}")) == (409, "UPLOAD_ENDED")
    assert (await ada.delete(f"{path}/files/{upload['upload_id']}")).status_code == 204
    await later(service_on_s3, 3)
    assert service_on_s3.rows("SELECT id FROM WorkspaceFile") == []


async def test_the_room_is_taken_when_it_is_announced(service_on_s3: Service) -> None:
    ada, path = await workspace(service_on_s3)
    await ada.request("PUT", f"{path}/file-limits", json={"file_bytes": len(CONTENT)})
    posts = (ada.post(f"{path}/files/uploads", announced()) for _ in range(4))
    answers = await asyncio.gather(*posts)
    assert sorted(each.status_code for each in answers) == [201, 409, 409, 409]
    assert await used(ada, path) == (1, len(CONTENT))


async def test_an_upload_of_a_workspace_that_is_deleted_meanwhile(service_on_s3: Service) -> None:
    """Its organisation counts it once: with the workspace, or by itself."""
    ada, path = await workspace(service_on_s3)
    org = (await ada.post("/organizations", {"name": "Engines"})).json()["id"]
    await move_workspace_into(service_on_s3, path.rpartition("/")[2], org)
    await begin(ada, path)
    organization = f"/organizations/{org}/usage"
    assert (await ada.get(organization)).json()["file_bytes"]["used"] == len(CONTENT)
    await ada.delete(path)
    assert (await ada.get(organization)).json()["file_bytes"]["used"] == 0
    await later(service_on_s3, 2)
    await ada.validate()
    assert (await ada.get(organization)).json()["file_bytes"]["used"] == 0
    await ada.post(f"{path}/restore")
    assert (await ada.get(organization)).json()["file_bytes"]["used"] == 0


async def test_an_upload_is_its_owners_and_the_admins(service_on_s3: Service) -> None:
    ada, path = await workspace(service_on_s3)
    bob, eve = await service_on_s3.person("bob"), await service_on_s3.person("eve")
    for person in (bob, eve):
        await ada.add(path.rpartition("/")[2], person, "MEMBER")
    upload = await begin(bob, path)
    place = f"{path}/files/uploads/{upload['upload_id']}"
    for answer in (await eve.get(place), await eve.post(f"{place}/complete"), await eve.delete(place)):
        assert code(answer) == (404, "FILE_NOT_FOUND")
    assert (await ada.get(place)).json()["begun_by"] == bob.user_id
    assert (await ada.delete(place)).status_code == 204


async def test_a_retry_gets_another_link_to_the_same_upload(service_on_s3: Service) -> None:
    ada, path = await workspace(service_on_s3)
    headers = ada.headers() | {"Idempotency-Key": "the-same"}
    post = service_on_s3.client.post
    first = await post(f"{path}/files/uploads", headers=headers, json=announced())
    again = await post(f"{path}/files/uploads", headers=headers, json=announced())
    assert first.json()["upload_id"] == again.json()["upload_id"]
    assert first.headers["cache-control"] == "no-store"
    assert await send(again.json()) == 200
    assert await used(ada, path) == (1, len(CONTENT))


async def test_what_came_so_is_scanned_too(begun: Callable[..., Any], clamd: ClamdServer) -> None:
    async with begun("s3", file_scan_policy="block_until_clean", **clamd.settings) as service:
        ada, path = await workspace(service)
        upload = await begin(ada, path, EICAR)
        await send(upload, EICAR)
        await complete(ada, path, upload)
        await make_outbox(service.edge).run_due()
        place = f"{path}/files/{upload['upload_id']}"
        assert code(await ada.get(f"{place}/download")) == (409, "FILE_WITHHELD")
        await make_outbox(service.edge).run_due()
        assert (await ada.get(place)).json()["scan_status"] == "INFECTED"


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ({"size": 10**9}, (413, "PAYLOAD_TOO_LARGE")),
        ({"name": "a.exe", "content_type": "application/x-msdownload"}, (415, "FILE_TYPE_NOT_ALLOWED")),
        ({"name": " "}, (422, "VALIDATION_FAILED")),
        ({"size": -1}, (422, "VALIDATION_FAILED")),
        ({"sha256": "X" * 64}, (422, "VALIDATION_FAILED")),
        ({}, (400, "LINKS_NOT_SUPPORTED")),
    ],
)
async def test_what_cannot_be_announced(
    service: Service, other: dict[str, Any], expected: tuple[int, str]
) -> None:
    """In a store without links, too: nothing is left of it."""
    ada = await service.person("ada")
    path = f"/workspaces/{(await ada.create_workspace())['id']}"
    assert code(await ada.post(f"{path}/files/uploads", announced(**other))) == expected
    assert service.rows("SELECT id FROM WorkspaceFile") == []
    assert await used(ada, path) == (0, 0)
