"""One contract, four stores: a directory, memory, Azure Blob Storage as Azurite serves it, and S3 as SeaweedFS
does."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from jose import jwt

from app.core.clock import system_clock
from app.core.config import Settings
from app.core.errors import BlobStoreUnavailable
from app.integrations.blob_azure import AzureBlobStore
from app.integrations.blob_local import LocalBlobStore
from app.integrations.blob_store import BlobNotFound, BlobStore, attachment
from app.integrations.blob_stores import link_source, make_blob_store
from scripts import doctor
from tests.azurite import ACCOUNT, KEY, Azurite
from tests.entra_endpoint import TENANT, TokenEndpoint
from tests.full_disk import full_beyond
from tests.harness import SIGNING_KEY
from tests.http_client import httpx
from tests.local_server import free_port
from tests.s3_server import KEY_ID, SECRET, S3Server

ROOT = Path(__file__).resolve().parents[2]
STORES = ("local", "memory", "azure", "s3")


def settings(**values: Any) -> Settings:
    return Settings(_env_file=None, pma_signing_keys=SIGNING_KEY, **values)


@pytest.mark.parametrize(
    ("values", "source"),
    (
        ({"blob_store": "local"}, None),
        ({"blob_store": "azure", "blob_account_url": "https://Acme.blob.core.windows.net/", "blob_account_key": KEY},
         "https://acme.blob.core.windows.net/pm-assist/"),
        ({"blob_store": "azure", "blob_connection_string": f"AccountName=acme;AccountKey={KEY};EndpointSuffix=core.example.com"},
         "https://acme.blob.core.example.com/pm-assist/"),
        ({"blob_store": "azure", "blob_connection_string": f"BlobEndpoint=http://127.0.0.1:10000/acme;AccountName=acme;AccountKey={KEY}"},
         "http://127.0.0.1:10000/acme/pm-assist/"),
        # Who has a signature alone can sign nothing.
        ({"blob_store": "azure", "blob_connection_string": "BlobEndpoint=https://acme.blob.core.windows.net;SharedAccessSignature=sv=1&sig=2"},
         None),
        ({"blob_store": "s3", "blob_s3_region": "eu-west-1", "blob_container": "acme"}, "https://acme.s3.eu-west-1.amazonaws.com/"),
        # Everybody's buckets are at that host.
        ({"blob_store": "s3", "blob_s3_region": "eu-west-1", "blob_s3_virtual_host": False, "blob_container": "acme"},
         "https://s3.eu-west-1.amazonaws.com/acme/"),
        ({"blob_store": "s3", "blob_s3_endpoint": "http://minio:9000/", "blob_s3_virtual_host": False}, "http://minio:9000/pm-assist/"),
    ),
)  # fmt: skip
def test_the_policy_names_the_container_that_links_lead_to(
    values: dict[str, Any], source: str | None
) -> None:
    assert link_source(settings(**values)) == source


@pytest.fixture(params=STORES)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[BlobStore]:
    values: dict[str, Any] = {"blob_store": request.param}
    if request.param == "local":
        values["blob_local_root"] = tmp_path / "blobs"
    if request.param == "azure":
        server: Azurite = request.getfixturevalue("azurite")
        values["blob_connection_string"] = server.connection_string
        values["blob_container"] = f"test-{uuid.uuid4().hex}"
    if request.param == "s3":
        values |= request.getfixturevalue("s3_server").settings
    store = make_blob_store(settings(**values), system_clock)
    if request.param == "s3":
        await store.put("setup/bucket", chunks(b""))
    yield store
    if request.param == "s3":
        for folder in ("workspaces/w1", "workspaces/w10", "workspaces/w2"):
            await store.delete_folder(folder)
    await store.aclose()


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def content(store: BlobStore, path: str, *wanted: int) -> bytes:
    return b"".join([chunk async for chunk in await store.get(path, *wanted)])


async def test_what_was_put_is_got(store: BlobStore) -> None:
    await store.put("workspaces/w1/a", chunks(b"first ", b"second"))
    assert await content(store, "workspaces/w1/a") == b"first second"


@pytest.mark.parametrize("size", [0, 1, 262_144, 9_000_000])
async def test_blobs_of_every_size(store: BlobStore, size: int) -> None:
    blob = bytes(range(256)) * (size // 256 + 1)
    blob = blob[:size]
    await store.put("workspaces/w1/a", chunks(*(blob[at : at + 100_000] for at in range(0, size, 100_000))))
    assert await content(store, "workspaces/w1/a") == blob


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [((2,), b"23456789"), ((2, 3), b"234"), ((0, 1), b"0"), ((9,), b"9"), ((8, 100), b"89")],
)
async def test_a_range(store: BlobStore, wanted: tuple[int, ...], expected: bytes) -> None:
    await store.put("workspaces/w1/a", chunks(b"0123456789"))
    assert await content(store, "workspaces/w1/a", *wanted) == expected


async def test_a_range_of_a_large_blob(store: BlobStore) -> None:
    blob = bytes(range(251)) * 40_000
    await store.put("workspaces/w1/a", chunks(blob))
    assert await content(store, "workspaces/w1/a", 5_000_000, 1_000_000) == blob[5_000_000:6_000_000]


async def test_a_second_put_replaces_the_first(store: BlobStore) -> None:
    await store.put("workspaces/w1/a", chunks(b"a long first content"))
    await store.put("workspaces/w1/a", chunks(b"short"))
    assert await content(store, "workspaces/w1/a") == b"short"


async def test_of_several_puts_at_once_one_wins_whole(store: BlobStore) -> None:
    await asyncio.gather(
        *(store.put("workspaces/w1/a", chunks(*[bytes([letter])] * 1000)) for letter in b"abcdef")
    )
    found = await content(store, "workspaces/w1/a")
    assert len(found) == 1000
    assert len(set(found)) == 1


async def test_what_is_not_there(store: BlobStore) -> None:
    with pytest.raises(BlobNotFound):
        await store.get("workspaces/w1/a")
    await store.put("workspaces/w1/a", chunks(b"x"))
    with pytest.raises(BlobNotFound):
        await store.get("workspaces/w1/b")
    with pytest.raises(BlobNotFound):
        await store.get("workspaces/w1")


async def test_delete(store: BlobStore) -> None:
    await store.delete("workspaces/w1/a")
    await store.put("workspaces/w1/a", chunks(b"x"))
    await store.put("workspaces/w1/b", chunks(b"y"))
    await store.delete("workspaces/w1/a")
    await store.delete("workspaces/w1/a")
    with pytest.raises(BlobNotFound):
        await store.get("workspaces/w1/a")
    assert await content(store, "workspaces/w1/b") == b"y"


async def test_delete_folder_takes_what_is_below_it_and_nothing_beside(store: BlobStore) -> None:
    await store.delete_folder("workspaces/w1")
    for path in ("workspaces/w1/a", "workspaces/w1/b", "workspaces/w10/a", "workspaces/w2/a"):
        await store.put(path, chunks(b"x"))
    await store.delete_folder("workspaces/w1")
    await store.delete_folder("workspaces/w1")
    for path in ("workspaces/w1/a", "workspaces/w1/b"):
        with pytest.raises(BlobNotFound):
            await store.get(path)
    assert await content(store, "workspaces/w10/a") == b"x"
    assert await content(store, "workspaces/w2/a") == b"x"


@pytest.mark.parametrize("error", [RuntimeError("the sender went away"), asyncio.CancelledError()])
async def test_a_put_that_fails_half_way_leaves_what_was_there(
    store: BlobStore, error: BaseException
) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"new " * 100_000
        raise error

    await store.put("workspaces/w1/a", chunks(b"old"))
    for path in ("workspaces/w1/a", "workspaces/w1/b"):
        with pytest.raises(type(error)):
            await store.put(path, broken())
    assert await content(store, "workspaces/w1/a") == b"old"
    with pytest.raises(BlobNotFound):
        await store.get("workspaces/w1/b")


async def test_a_reader_that_stops_early_does_no_harm(store: BlobStore) -> None:
    await store.put("workspaces/w1/a", chunks(b"x" * 2_000_000))
    async for chunk in await store.get("workspaces/w1/a"):
        assert chunk
        break
    assert len(await content(store, "workspaces/w1/a")) == 2_000_000


@pytest.mark.parametrize(
    "path",
    [
        "../etc/passwd",
        "/etc/passwd",
        "workspaces/../w2/a",
        "workspaces//a",
        "a",
        "workspaces/w1/A b",
        "workspaces/.hidden",
        "workspaces/w1/",
        "workspaces/w1/a\n",
    ],
)
async def test_only_paths_of_identifiers(store: BlobStore, path: str) -> None:
    with pytest.raises(ValueError, match="identifiers"):
        await store.put(path, chunks(b"x"))
    for operation in (store.get, store.delete, store.delete_folder):
        with pytest.raises(ValueError, match="identifiers"):
            await operation(path)


async def test_a_link_downloads_the_blob_until_it_expires(store: BlobStore) -> None:
    name = "Bericht \u00e4.html"
    await store.put("workspaces/w1/a", chunks(b"<script>alert(1)</script>"), file_name=name)
    now = datetime.now(UTC)
    link = await store.link("workspaces/w1/a", file_name=name, expires_at=now + timedelta(minutes=5))
    if not has_links(store):
        assert link is None
        return
    assert link is not None
    async with httpx.AsyncClient() as client:
        answer = await client.get(link)
        assert answer.status_code == 200
        assert answer.content == b"<script>alert(1)</script>"
        assert answer.headers["content-disposition"] == attachment(name)
        assert answer.headers["content-type"] == "application/octet-stream"
        assert (
            await client.put(link, content=b"x", headers={"x-ms-blob-type": "BlockBlob"})
        ).status_code == 403
        assert (await client.get(link.replace("/workspaces/w1/a", "/workspaces/w1/b"))).status_code in (
            403,
            404,
        )
        over = await store.link("workspaces/w1/a", file_name="a", expires_at=now - timedelta(minutes=1))
        assert over is not None
        if "X-Amz-Expires=1&" in over:
            # S3 has none that never was good: this one is for a second.
            await asyncio.sleep(1.1)
        assert (await client.get(over)).status_code == 403


def has_links(store: BlobStore) -> bool:
    return any(each in type(store).__module__ for each in ("azure", "s3"))


async def test_an_upload_link_takes_a_blob_until_it_expires(store: BlobStore) -> None:
    now = datetime.now(UTC)
    upload = await store.upload_link("workspaces/w1/a", expires_at=now + timedelta(minutes=5))
    if not has_links(store):
        assert upload is None
        return
    assert upload is not None
    await store.put("workspaces/w1/other", chunks(b"other"))
    async with httpx.AsyncClient() as client:
        elsewhere = upload.url.replace("/workspaces/w1/a", "/workspaces/w1/other")
        assert (await client.put(elsewhere, content=b"x", headers=upload.headers)).status_code == 403
        answer = await client.put(upload.url, content=b"the content", headers=upload.headers)
        assert answer.status_code in (200, 201)
        assert (await client.get(upload.url)).status_code == 403
        assert (await client.delete(upload.url)).status_code == 403
        if "azure" in type(store).__module__:
            over = await store.upload_link("workspaces/w1/b", expires_at=now - timedelta(minutes=1))
            assert over is not None
            assert (await client.put(over.url, content=b"x", headers=over.headers)).status_code == 403
            again = await client.put(upload.url, content=b"again", headers=upload.headers)
            assert again.status_code in (403, 409)
    assert await content(store, "workspaces/w1/a") == b"the content"
    assert await content(store, "workspaces/w1/other") == b"other"


async def test_a_directory_that_cannot_be_written_is_a_store_that_is_away(tmp_path: Path) -> None:
    (tmp_path / "blobs").write_text("a file where a directory should be")
    store = make_blob_store(settings(blob_local_root=tmp_path / "blobs"), system_clock)
    with pytest.raises(BlobStoreUnavailable) as caught:
        await store.put("workspaces/w1/a", chunks(b"x"))
    assert str(tmp_path) not in str(caught.value.details)


async def test_a_folder_that_goes_while_a_blob_is_written_is_a_store_that_failed(tmp_path: Path) -> None:
    store = make_blob_store(settings(blob_local_root=tmp_path), system_clock)

    async def overtaken() -> AsyncIterator[bytes]:
        yield b"x"
        await store.delete_folder("workspaces/w1")

    with pytest.raises(BlobStoreUnavailable):
        await store.put("workspaces/w1/a", overtaken())
    with pytest.raises(BlobNotFound):
        await store.get("workspaces/w1/a")


async def test_nothing_is_left_beside_the_blobs(tmp_path: Path) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"x"
        raise RuntimeError

    store = make_blob_store(settings(blob_local_root=tmp_path), system_clock)
    await store.put("workspaces/w1/a", chunks(b"x"))
    with pytest.raises(RuntimeError):
        await store.put("workspaces/w1/b", broken())
    assert [name for _, _, names in os.walk(tmp_path) for name in names] == ["a"]


@pytest.mark.slow
def test_what_a_killed_writer_left_is_swept_and_what_a_living_one_writes_is_not(tmp_path: Path) -> None:
    store = make_blob_store(settings(blob_local_root=tmp_path), system_clock)
    parts = tmp_path / ".parts"
    writer = subprocess.Popen(
        [sys.executable, "-c", _HALF_A_BLOB, str(tmp_path)],
        stdout=subprocess.PIPE, cwd=ROOT,
    )  # fmt: skip
    assert writer.stdout is not None
    with writer, writer.stdout:
        writer.stdout.readline()
        (left,) = parts.iterdir()
        os.utime(left, (0, 0))
        asyncio.run(store.tidy())
        assert list(parts.iterdir()) == [left]  # old by a clock that jumped, and yet in use
        writer.kill()
        writer.wait()
    young = parts / "young.part"
    young.touch()
    of_2099 = parts / "ahead.part"
    of_2099.touch()
    os.utime(of_2099, (4_070_908_800, 4_070_908_800))
    asyncio.run(store.tidy())
    assert list(parts.iterdir()) == [young]
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [young]


_HALF_A_BLOB = """
import asyncio, sys
from pathlib import Path
from app.integrations.blob_local import LocalBlobStore

async def half():
    yield b"half"
    print("half", flush=True)
    await asyncio.sleep(60)

asyncio.run(LocalBlobStore(Path(sys.argv[1])).put("workspaces/w1/a", half()))
"""


async def test_a_full_disk_is_a_store_that_is_away(tmp_path: Path) -> None:
    store = make_blob_store(settings(blob_local_root=tmp_path), system_clock)
    with full_beyond(100_000), pytest.raises(BlobStoreUnavailable) as caught:
        await store.put("workspaces/w1/a", chunks(b"x" * 200_000))
    assert caught.value.details == {"reason": "EFBIG"}
    assert [name for _, _, names in os.walk(tmp_path) for name in names] == []
    await store.put("workspaces/w1/a", chunks(b"x" * 200_000))


async def test_azure_that_is_away_is_told_apart_from_a_missing_blob(tmp_path: Path) -> None:
    server = Azurite(tmp_path)  # never started
    store = make_blob_store(
        settings(blob_store="azure", blob_connection_string=server.connection_string), system_clock
    )
    try:
        answers = await asyncio.gather(
            store.put("workspaces/w1/a", chunks(b"x")),
            store.get("workspaces/w1/a"),
            store.delete("workspaces/w1/a"),
            store.delete_folder("workspaces/w1"),
            return_exceptions=True,
        )
        for answer in answers:
            assert isinstance(answer, BlobStoreUnavailable)
            assert str(server.port) not in str(answer.details)
    finally:
        await store.aclose()


async def test_a_wrong_account_key_is_a_store_that_is_away(azurite: Azurite) -> None:
    wrong = azurite.connection_string.replace(KEY, "d3Jvbmc=")
    store = make_blob_store(settings(blob_store="azure", blob_connection_string=wrong), system_clock)
    with pytest.raises(BlobStoreUnavailable):
        await store.put("workspaces/w1/a", chunks(b"x"))
    await store.aclose()


async def test_an_account_url_and_its_key(azurite: Azurite) -> None:
    values: dict[str, Any] = {
        "blob_account_url": azurite.url,
        "blob_account_key": KEY,
        "blob_container": "by-key",
    }
    store = make_blob_store(settings(blob_store="azure", **values), system_clock)
    await store.put("workspaces/w1/a", chunks(b"x"))
    assert await content(store, "workspaces/w1/a") == b"x"
    await store.aclose()
    assert azurite.url.endswith(ACCOUNT)


async def test_a_container_that_somebody_deleted_is_made_again(azurite: Azurite) -> None:
    from azure.storage.blob import BlobServiceClient

    values: dict[str, Any] = {"blob_connection_string": azurite.connection_string, "blob_container": "to-go"}
    store = make_blob_store(settings(blob_store="azure", **values), system_clock)
    await store.put("workspaces/w1/a", chunks(b"x"))
    with BlobServiceClient.from_connection_string(azurite.connection_string) as service:
        await asyncio.to_thread(service.delete_container, "to-go")
    large = bytes(range(256)) * 10_000
    await store.put("workspaces/w1/a", chunks(large))
    assert await content(store, "workspaces/w1/a") == large
    await store.aclose()


async def s3_content(values: dict[str, Any]) -> bytes:
    store = make_blob_store(settings(**values), system_clock)
    try:
        await store.put("workspaces/w1/a", chunks(b"x"))
        return await content(store, "workspaces/w1/a")
    finally:
        await store.aclose()


@pytest.mark.parametrize(
    "wrong",
    [
        {"blob_s3_secret_access_key": "another"},
        {"blob_s3_access_key_id": "UNKNOWN"},
        {"blob_s3_endpoint": f"http://127.0.0.1:{free_port()}"},
        {"blob_s3_endpoint": "http://no-such-host.invalid"},
    ],
)
async def test_s3_that_refuses_or_is_away(s3_server: S3Server, wrong: dict[str, Any]) -> None:
    store = make_blob_store(settings(**(s3_server.settings | wrong)), system_clock)
    answers = await asyncio.gather(
        store.put("workspaces/w1/a", chunks(b"x")),
        store.put("workspaces/w1/a", chunks(b"x" * 6_000_000)),
        store.get("workspaces/w1/a"),
        store.delete("workspaces/w1/a"),
        store.delete_folder("workspaces/w1"),
        return_exceptions=True,
    )
    for answer in answers:
        assert isinstance(answer, BlobStoreUnavailable)
        assert answer.__cause__ is None
        assert (answer.details or {})["reason"].isalpha()
    await store.aclose()


async def test_a_bucket_that_is_not_there_is_no_missing_blob(s3_server: S3Server) -> None:
    store = make_blob_store(settings(**s3_server.settings, blob_container="nowhere"), system_clock)
    with pytest.raises(BlobStoreUnavailable) as caught:
        await store.get("workspaces/w1/a")
    assert caught.value.details == {"reason": "NoSuchBucket"}
    await store.aclose()


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({}, "s3: pm-assist"),
        ({"blob_container": "nowhere"}, "the store is away or refuses (s3: NoSuchBucket)"),
        (
            {"blob_s3_secret_access_key": "another"},
            "the store is away or refuses (s3: PermissionDeniedError)",
        ),
    ],
)
async def test_doctor_asks_s3(s3_server: S3Server, values: dict[str, Any], told: str) -> None:
    assert await s3_content(s3_server.settings) == b"x"
    given = settings(**(s3_server.settings | values))
    assert [found.detail async for found in doctor.check_blobs(given)] == [told]


async def test_the_key_of_the_environment_where_the_settings_have_none(
    s3_server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY_ID)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    own = ("blob_s3_access_key_id", "blob_s3_secret_access_key")
    values = {name: value for name, value in s3_server.settings.items() if name not in own}
    assert await s3_content(values) == b"x"
    # What lies there beside an own key is of another.
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "UNKNOWN")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "stale")
    assert await s3_content(s3_server.settings) == b"x"


@pytest.mark.parametrize(
    ("values", "place"),
    [
        ({}, "https://files.s3.eu-central-1.amazonaws.com/workspaces/w1/a?"),
        ({"blob_s3_virtual_host": False}, "https://s3.eu-central-1.amazonaws.com/files/workspaces/w1/a?"),
        ({"blob_s3_endpoint": "https://s3.example.com/"}, "https://files.s3.example.com/workspaces/w1/a?"),
        (
            {"blob_s3_endpoint": "https://s3.example.com:9000", "blob_s3_virtual_host": False},
            "https://s3.example.com:9000/files/workspaces/w1/a?",
        ),
    ],
)
async def test_where_a_bucket_is_addressed(values: dict[str, Any], place: str) -> None:
    key = {"blob_s3_access_key_id": KEY_ID, "blob_s3_secret_access_key": SECRET, "blob_container": "files"}
    values = values | key | {"blob_store": "s3", "blob_s3_region": "eu-central-1"}
    store = make_blob_store(settings(**values), system_clock)
    link = await store.link(
        "workspaces/w1/a", file_name="a", expires_at=system_clock() + timedelta(minutes=5)
    )
    assert link is not None
    assert link.startswith(place)
    assert SECRET not in link
    await store.aclose()


async def test_s3_is_told_how_to_encrypt() -> None:
    heads = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append((await reader.readuntil(b"\r\n\r\n")).decode().lower())
        writer.write(b'HTTP/1.1 200 OK\r\nETag: "1"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        values: dict[str, Any] = {
            "blob_store": "s3", "blob_s3_endpoint": f"http://127.0.0.1:{port}", "blob_s3_virtual_host": False,
            "blob_s3_access_key_id": KEY_ID, "blob_s3_secret_access_key": SECRET,
            "blob_s3_encryption": "aws:kms", "blob_s3_kms_key_id": "the-key",
        }  # fmt: skip
        store = make_blob_store(settings(**values), system_clock)
        await store.put("workspaces/w1/a", chunks(b"x"), file_name="a.txt")
        await store.aclose()
    (head,) = heads
    assert head.startswith("put /pm-assist/workspaces/w1/a ")
    assert "x-amz-server-side-encryption: aws:kms" in head
    assert "x-amz-server-side-encryption-aws-kms-key-id: the-key" in head


async def test_s3_is_asked_for_little_at_a_time(s3_server: S3Server) -> None:
    async with Relay(s3_server.port) as relay:
        writing = make_blob_store(settings(**s3_server.settings), system_clock)
        await writing.put("workspaces/w1/large", chunks(*[b"x" * 1_000_000] * 5))
        values = s3_server.settings | {"blob_s3_endpoint": f"http://127.0.0.1:{relay.port}"}
        store = make_blob_store(settings(**values), system_clock)
        stream = await store.get("workspaces/w1/large", 1_000_000, 3_000_000)
        pieces = [len(await anext(stream))]
        assert relay.answered < 1_100_000
        # What it reads is one blob, whatever comes in its place meanwhile.
        await writing.put("workspaces/w1/large", chunks(*[b"y" * 1_000_000] * 5))
        with pytest.raises(BlobStoreUnavailable):
            pieces += [len(piece) async for piece in stream]
        await store.aclose()
        await writing.aclose()


class Relay:
    """Stands before a server and counts what it answers."""

    def __init__(self, port: int) -> None:
        self._behind = port
        self.answered = 0
        self._writers: list[asyncio.StreamWriter] = []

    async def __aenter__(self) -> Relay:
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *error: object) -> None:
        self._server.close()
        for writer in self._writers:
            # A client may keep its connections for longer than its user knows of.
            writer.transport.abort()
        await asyncio.sleep(0)
        await self._server.wait_closed()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs, behind = await asyncio.open_connection("127.0.0.1", self._behind)
        self._writers += [writer, behind]
        await asyncio.gather(self._pass_on(reader, behind), self._pass_on(theirs, writer, counts=True))

    async def _pass_on(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter, *, counts: bool = False
    ) -> None:
        while piece := await source.read(65_536):
            self.answered += len(piece) if counts else 0
            target.write(piece)
            await target.drain()
        target.close()
        await target.wait_closed()


async def test_azure_is_asked_for_little_at_a_time(azurite: Azurite) -> None:
    """The library reads 32 MiB whole before it hands on a byte, unless it is told otherwise."""
    async with Relay(azurite.port) as relay:
        text = azurite.connection_string.replace(f":{azurite.port}/", f":{relay.port}/")
        store = make_blob_store(settings(blob_store="azure", blob_connection_string=text), system_clock)
        await store.put("workspaces/w1/large", chunks(*[b"x" * 1_000_000] * 5))
        for wanted, size in (((), 5_000_000), ((1_000_000, 3_000_000), 3_000_000)):
            relay.answered = 0
            stream = await store.get("workspaces/w1/large", *wanted)
            pieces = [len(await anext(stream))]
            await asyncio.sleep(0.1)
            assert relay.answered < 600_000
            pieces += [len(piece) async for piece in stream]
            assert sum(pieces) == size
            assert max(pieces) <= 524_288
        await store.aclose()


async def test_a_signature_for_the_container_alone_is_enough(azurite: Azurite) -> None:
    """It may not make a container, and nothing can be signed with it."""
    from azure.storage.blob import ContainerSasPermissions, generate_container_sas

    values = {"blob_connection_string": azurite.connection_string, "blob_container": "by-signature"}
    whole = make_blob_store(settings(blob_store="azure", **values), system_clock)
    await whole.put("workspaces/w1/a", chunks(b"x"))
    await whole.aclose()
    now = datetime.now(UTC)
    signature = generate_container_sas(
        ACCOUNT,
        "by-signature",
        account_key=KEY,
        permission=ContainerSasPermissions(read=True, write=True, delete=True, list=True),
        expiry=now + timedelta(minutes=5),
    )
    values["blob_connection_string"] = f"BlobEndpoint={azurite.url};SharedAccessSignature={signature}"
    store = make_blob_store(settings(blob_store="azure", **values), system_clock)
    for blob in (b"small", b"large" * 300_000):
        await store.put("workspaces/w1/b", chunks(blob))
        assert await content(store, "workspaces/w1/b") == blob
    expires_at = now + timedelta(minutes=1)
    assert await store.link("workspaces/w1/b", file_name="b", expires_at=expires_at) is None
    await store.delete_folder("workspaces/w1")
    with pytest.raises(BlobNotFound):
        await store.get("workspaces/w1/b")
    await store.aclose()


async def test_azure_that_never_answers_is_given_up() -> None:
    listening = socket.create_server(("127.0.0.1", 0), backlog=16)  # whose connections nobody takes
    port = listening.getsockname()[1]
    hanging = f"AccountName={ACCOUNT};AccountKey={KEY};BlobEndpoint=http://127.0.0.1:{port}/{ACCOUNT}"
    store = AzureBlobStore(
        settings(blob_store="azure", blob_connection_string=hanging), system_clock, call_seconds=0.2
    )
    async with asyncio.timeout(5):
        answers = await asyncio.gather(
            store.put("workspaces/w1/a", chunks(b"x")),
            store.put("workspaces/w1/a", chunks(b"x" * 3_000_000)),
            store.get("workspaces/w1/a"),
            store.delete("workspaces/w1/a"),
            return_exceptions=True,
        )
    assert [getattr(each, "details", each) for each in answers] == [{"reason": "TimeoutError"}] * 4
    await store.aclose()
    listening.close()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="a pipe hangs as a file server that is away does")
async def test_a_directory_that_hangs_holds_nobody_up_for_ever(tmp_path: Path) -> None:
    (tmp_path / "workspaces" / "w1").mkdir(parents=True)
    pipe = tmp_path / "workspaces" / "w1" / "a"
    os.mkfifo(pipe)
    store = LocalBlobStore(tmp_path, deadline=0.1)
    await store.put("workspaces/w1/b", chunks(b"y"))
    hanging = await asyncio.gather(*(store.get("workspaces/w1/a") for _ in range(3)), return_exceptions=True)
    assert [getattr(each, "details", each) for each in hanging] == [{"reason": "Overdue"}] * 3
    assert await content(store, "workspaces/w1/b") == b"y"
    # Lets the threads go.
    os.close(os.open(pipe, os.O_RDWR))
    await store.aclose()


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"blob_store": "azure"}, "BLOB_CONNECTION_STRING or BLOB_ACCOUNT_URL"),
        ({"blob_account_url": "https://a.blob.core.windows.net"}, "need BLOB_STORE=azure"),
        ({"blob_store": "azure", "blob_account_url": "https://a"}, "BLOB_ACCOUNT_KEY"),
        ({"blob_store": "azure", "blob_account_url": "ftp://a", "blob_account_key": "a"}, "not a URL"),
        ({"blob_store": "azure", "blob_account_url": "http://a", "blob_authentication": "managed-identity"}, "must be https"),
        ({"blob_store": "azure", "blob_account_url": "https://a", "blob_authentication": "client-secret"}, "BLOB_ENTRA_TENANT_ID"),
        ({"blob_store": "memory", "environment": "production"}, "it forgets"),
        ({"blob_s3_endpoint": "https://a"}, "need BLOB_STORE=s3"),
        ({"blob_store": "s3", "blob_s3_access_key_id": "a"}, "go together"),
        ({"blob_store": "s3", "blob_s3_endpoint": "s3.example.com"}, "not a URL"),
        ({"blob_store": "s3", "blob_s3_endpoint": "http://s3", "environment": "production"}, "https in production"),
        ({"blob_store": "s3", "blob_s3_kms_key_id": "k"}, "BLOB_S3_ENCRYPTION=aws:kms"),
    ],
)  # fmt: skip
def test_settings_that_do_not_go_together(values: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        settings(**values)


AS_AN_IDENTITY = """
import asyncio, sys
from datetime import timedelta
from app.core.clock import system_clock
from app.core.config import Settings
from app.integrations.blob_stores import link_source, make_blob_store

async def chunks():
    yield b"x"

async def main():
    store = make_blob_store(Settings(_env_file=None), system_clock)
    await store.put("workspaces/w1/a", chunks())
    print(b"".join([chunk async for chunk in await store.get("workspaces/w1/a")]).decode())
    expires_at = system_clock() + timedelta(minutes=5)
    print(await store.link("workspaces/w1/a", file_name="a.txt", expires_at=expires_at))
    await store.aclose()

asyncio.run(main())
"""


@pytest.mark.slow
@pytest.mark.parametrize("endpoint", ["https"], indirect=True)
def test_an_identity_of_entra_id(tmp_path: Path, certificate: Path, endpoint: TokenEndpoint) -> None:
    """In a process of its own: the Azure library's HTTP client reads whom to trust when it is imported.
    Azurite looks at a token's claims, and signs with a delegation key by rules older than the library's, so
    that its link is made here and not followed."""
    now = datetime.now(UTC)
    claims = {
        "aud": "https://storage.azure.com", "iss": f"https://sts.windows.net/{TENANT}/", "tid": TENANT,
        "oid": TENANT, "iat": now, "nbf": now, "exp": now + timedelta(hours=1),
    }  # fmt: skip
    endpoint.token = jwt.encode(claims, "azurite does not look at the signature", algorithm="HS256")
    server = Azurite(tmp_path, "--oauth", "basic", "--cert", str(certificate), "--key", str(certificate))
    server.start()
    environment = {
        "SSL_CERT_FILE": str(certificate), "REQUESTS_CA_BUNDLE": str(certificate),
        "PMA_SIGNING_KEYS": SIGNING_KEY, "BLOB_STORE": "azure", "BLOB_ACCOUNT_URL": server.url,
        "BLOB_AUTHENTICATION": "client-secret", "BLOB_ENTRA_TENANT_ID": TENANT, "BLOB_ENTRA_CLIENT_ID": "c",
        "BLOB_ENTRA_CLIENT_SECRET": "s", "BLOB_ENTRA_AUTHORITY": endpoint.url,
    }  # fmt: skip
    try:
        done = subprocess.run(
            [sys.executable, "-c", AS_AN_IDENTITY],
            env=os.environ | environment, cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
    finally:
        server.kill()
    assert done.returncode == 0, done.stderr[-2000:]
    read, link = done.stdout.split()
    assert read == "x"
    (asked,) = [each for each in endpoint.asked if "scope" in each]
    assert asked["scope"] == "https://storage.azure.com/.default"
    query = parse_qs(urlsplit(link).query)
    assert query["skoid"] == [TENANT]
    assert query["sp"] == ["r"]
    # Azure's clock may be behind this one.
    assert datetime.fromisoformat(query["skt"][0]) <= now - timedelta(minutes=4)
    assert query["rscd"] == [attachment("a.txt")]
    assert query["sig"]
