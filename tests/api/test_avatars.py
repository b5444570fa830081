"""Pictures of people: who sees them, and that no byte of one that is gone stays."""

from __future__ import annotations

import asyncio

import pytest

from app.integrations.blob_store import BlobNotFound
from app.services.avatars import MOST_BYTES
from tests.harness import Person, Service, code, make_outbox
from tests.http_client import httpx

PNG = b"\x89PNG\r\n\x1a\n" + b"a picture"
JPEG = b"\xff\xd8\xff" + b"another"
WEBP = b"RIFF\x00\x00\x00\x00WEBPVP8 " + b"a third"


@pytest.fixture
async def ada(service: Service) -> Person:
    return await service.person("ada")


def path(person: Person) -> str:
    return f"/users/{person.user_id}/avatar"


async def put(person: Person, content: bytes, *, whose: Person | None = None) -> httpx.Response:
    form = {"file": ("me.txt", content, "text/plain")}
    return await person.request("PUT", path(whose or person), files=form)


async def stored(service: Service) -> int:
    """How many pictures there are in the store, of those whose ids were ever given."""
    ids = {row[0] for row in service.rows("SELECT target_id FROM Job WHERE kind = 'avatar'")}
    ids |= {row[0] for row in service.rows("SELECT avatar_id FROM UserProfile") if row[0]}
    found = 0
    for avatar_id in ids:
        try:
            await service.edge.parts.blobs.get(f"users/{avatar_id}")
            found += 1
        except BlobNotFound:
            pass
    return found


async def test_a_picture_is_what_its_bytes_are_and_seen_as_its_person_is(
    service: Service, ada: Person
) -> None:
    bob = await service.person("bob")
    for content, kind in ((PNG, "image/png"), (JPEG, "image/jpeg"), (WEBP, "image/webp")):
        assert (await put(ada, content)).json()["has_avatar"] is True
        got = await ada.get(path(ada))
        assert (got.content, got.headers["content-type"]) == (content, kind)
        assert got.headers["x-content-type-options"] == "nosniff"
        headers = ada.headers() | {"If-None-Match": got.headers["etag"]}
        assert (await service.client.get(path(ada), headers=headers)).status_code == 304
    assert code(await bob.get(path(ada))) == (404, "USER_NOT_FOUND")
    await ada.add((await ada.create_workspace())["id"], bob, "VIEWER")
    assert (await bob.get(path(ada))).content == WEBP
    assert code(await put(bob, PNG, whose=ada)) == (403, "USER_NOT_AUTHORIZED")
    assert code(await bob.delete(path(ada))) == (403, "USER_NOT_AUTHORIZED")
    assert code(await bob.get(path(bob))) == (404, "FILE_NOT_FOUND")


async def test_what_is_no_picture_is_refused(ada: Person) -> None:
    for content in (b"", b"GIF89a", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"RIFF0000WAVE"):
        assert code(await put(ada, content)) == (415, "FILE_TYPE_NOT_ALLOWED"), content
    assert (await put(ada, PNG.ljust(MOST_BYTES, b"0"))).status_code == 200
    assert code(await put(ada, PNG.ljust(MOST_BYTES + 1, b"0"))) == (413, "PAYLOAD_TOO_LARGE")
    assert code(await ada.request("PUT", path(ada), content=PNG)) == (422, "VALIDATION_FAILED")


async def test_bytes_of_what_is_no_picture_any_more_go(service: Service, ada: Person) -> None:
    await put(ada, PNG)
    await asyncio.gather(*(put(ada, JPEG + bytes([number])) for number in range(4)))
    shown = (await ada.get(path(ada))).content
    await make_outbox(service.edge).run_due()
    assert await stored(service) == 1
    assert (await ada.get(path(ada))).content == shown
    assert (await ada.delete(path(ada))).status_code == 204
    assert code(await ada.delete(path(ada))) == (404, "FILE_NOT_FOUND")
    assert code(await ada.get(path(ada))) == (404, "FILE_NOT_FOUND")
    ids = {row[0] for row in service.rows("SELECT target_id FROM Job WHERE kind = 'avatar'")}
    await make_outbox(service.edge).run_due()
    assert service.rows("SELECT 1 FROM Job WHERE kind = 'avatar'") == []
    for avatar_id in ids:
        with pytest.raises(BlobNotFound):
            await service.edge.parts.blobs.get(f"users/{avatar_id}")


async def test_bytes_that_never_became_a_picture_go(service: Service, ada: Person) -> None:
    """Whoever is stopped between the bytes and the row leaves them to a job."""
    from app.services import avatars

    parts, tools = service.edge.parts, service.edge.tools
    caller_id = ada.user_id
    await put(ada, PNG)
    async with parts.database.write() as tx:
        from app.kernel.jobs import NO_WORKSPACE, JobKind, enqueue

        await enqueue(tx, tools, JobKind.AVATAR, workspace_id=NO_WORKSPACE, target_id=tools.new_id())
    ((lost,),) = service.rows("SELECT target_id FROM Job WHERE kind = 'avatar'")

    async def content() -> object:
        yield PNG

    await parts.blobs.put(avatars.path_of(lost), content())  # type: ignore[arg-type]
    await make_outbox(service.edge).run_due()
    with pytest.raises(BlobNotFound):
        await parts.blobs.get(avatars.path_of(lost))
    assert (await ada.get(f"/users/{caller_id}/avatar")).content == PNG


async def test_an_erasure_takes_it(service: Service, ada: Person) -> None:
    await put(ada, PNG)
    ((avatar_id,),) = service.rows("SELECT avatar_id FROM UserProfile")
    assert (await ada.post(f"/users/{ada.user_id}/erasure", {})).status_code == 202
    await make_outbox(service.edge).run_due()
    with pytest.raises(BlobNotFound):
        await service.edge.parts.blobs.get(f"users/{avatar_id}")
