"""Files of a workspace: up, down, listed, deleted, and what may not be."""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.core.config import Settings
from app.core.errors import BlobStoreUnavailable
from app.services.file_types import type_of
from tests.azurite import Azurite
from tests.databases import TestDatabase
from tests.harness import Person, Service, code, make_outbox, make_settings, running
from tests.http_client import httpx

CONTENT = b"the plan, in full\n" * 100
EVERYTHING = ["*/*"]


async def upload(
    person: Person, path: str, content: bytes = CONTENT, name: str = "plan.txt", kind: str = "text/plain"
) -> dict[str, Any]:
    response = await person.request("POST", f"{path}/files", files={"file": (name, content, kind)})
    assert response.status_code == 201, response.text
    file: dict[str, Any] = response.json()
    return file


async def download(person: Person, path: str, **headers: str) -> httpx.Response:
    return await person.service.client.get(f"{path}/download", headers=person.headers() | headers)


@pytest.fixture
async def ada(service: Service) -> Person:
    return await service.person("ada")


@pytest.fixture
async def path(ada: Person) -> str:
    return f"/workspaces/{(await ada.create_workspace())['id']}"


async def test_what_goes_up_comes_down(ada: Person, path: str) -> None:
    file = await upload(ada, path)
    assert file["name"] == "plan.txt"
    assert file["content_type"] == "text/plain"
    assert file["size"] == len(CONTENT)
    assert file["sha256"] == hashlib.sha256(CONTENT).hexdigest()
    assert file["uploaded_by"] == ada.user_id
    answer = await download(ada, f"{path}/files/{file['id']}")
    assert answer.status_code == 200
    assert answer.content == CONTENT
    assert answer.headers["content-length"] == str(len(CONTENT))
    log = (await ada.get(f"{path}/audit", action="file.uploaded")).json()["items"]
    assert [(entry["target_id"], entry["details"]["sha256"]) for entry in log] == [
        (file["id"], file["sha256"])
    ]


async def test_a_finished_upload_leaves_nothing_to_do(service: Service, ada: Person, path: str) -> None:
    await make_outbox(service.edge).run_due()
    file = await upload(ada, path)
    assert service.rows("SELECT kind FROM Job") == []
    service.clock.advance(hours=2)
    assert await make_outbox(service.edge).run_due() == 0
    await ada.validate()
    assert (await download(ada, f"{path}/files/{file['id']}")).content == CONTENT


async def test_a_download_is_to_be_saved_and_never_shown(ada: Person, path: str) -> None:
    page = b"<html><script>alert(document.cookie)</script></html>"
    file = await upload(ada, path, page, 'r\u00e9sum\u00e9 "x".html', "text/html")
    answer = await download(ada, f"{path}/files/{file['id']}")
    assert answer.content == page
    disposition = answer.headers["content-disposition"]
    assert (
        disposition
        == "attachment; filename=\"r_sum_ _x_.html\"; filename*=UTF-8''r%C3%A9sum%C3%A9%20%22x%22.html"
    )
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert answer.headers["cache-control"] == "private, no-cache"


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("bytes=0-3", (0, 4)),
        ("bytes=5-", (5, 1800)),
        ("bytes=-7", (1793, 1800)),
        ("bytes=-5000", (0, 1800)),
        ("bytes=1790-99999", (1790, 1800)),
    ],
)
async def test_a_range(ada: Person, path: str, wanted: str, expected: tuple[int, int]) -> None:
    file = await upload(ada, path)
    start, end = expected
    answer = await download(ada, f"{path}/files/{file['id']}", Range=wanted)
    assert answer.status_code == 206
    assert answer.content == CONTENT[start:end]
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/1800"
    assert answer.headers["content-length"] == str(end - start)


@pytest.mark.parametrize("wanted", ["bytes=5-2", "bytes=a-b", "bytes=-", "lines=1-2", "bytes=0-1,3-4", ""])
async def test_what_is_no_range_is_answered_whole(ada: Person, path: str, wanted: str) -> None:
    file = await upload(ada, path)
    answer = await download(ada, f"{path}/files/{file['id']}", Range=wanted)
    assert (answer.status_code, answer.content) == (200, CONTENT)


@pytest.mark.parametrize("wanted", ["bytes=1800-", "bytes=9999-10000", "bytes=-0"])
async def test_a_range_behind_the_end(ada: Person, path: str, wanted: str) -> None:
    file = await upload(ada, path)
    answer = await download(ada, f"{path}/files/{file['id']}", Range=wanted)
    assert code(answer) == (416, "RANGE_NOT_SATISFIABLE")
    assert answer.headers["content-range"] == "bytes */1800"


async def test_conditions_on_a_download(ada: Person, path: str) -> None:
    file = await upload(ada, path)
    place = f"{path}/files/{file['id']}"
    etag = (await download(ada, place)).headers["etag"]
    assert etag == f'"{file["sha256"]}"'
    same = await download(ada, place, **{"If-None-Match": f'"other", {etag}'})
    assert (same.status_code, same.content) == (304, b"")
    assert (await download(ada, place, **{"If-None-Match": '"other"'})).status_code == 200
    assert (await download(ada, place, **{"Range": "bytes=0-3", "If-Range": etag})).status_code == 206
    assert (await download(ada, place, **{"Range": "bytes=0-3", "If-Range": '"old"'})).status_code == 200


async def test_an_empty_file(ada: Person, path: str) -> None:
    file = await upload(ada, path, b"")
    assert file["size"] == 0
    answer = await download(ada, f"{path}/files/{file['id']}")
    assert (answer.status_code, answer.content) == (200, b"")
    assert code(await download(ada, f"{path}/files/{file['id']}", Range="bytes=0-"))[0] == 416


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("C:\\Users\\ada\\plan.txt", "plan.txt"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("  Pl\u00e4ne 2027.txt ", "Pl\u00e4ne 2027.txt"),
        ("\u200einvoice\u202efdp.txt", "invoicefdp.txt"),
        ("x" * 251 + ".txt", "x" * 251 + ".txt"),
    ],
)
async def test_names(ada: Person, path: str, given: str, stored: str) -> None:
    assert (await upload(ada, path, name=given))["name"] == stored


@pytest.mark.parametrize(
    ("names", "stored"),
    [
        ("filename*=UTF-8''na%C3%AFve%20%E2%82%AC.txt", "na\u00efve \u20ac.txt"),
        ("filename*=iso-8859-1'en'na%EFve.txt", "na\u00efve.txt"),
        ("filename=\"plain.txt\"; filename*=UTF-8''other.exe", "plain.txt"),
        ("filename=\"=?utf-8?B?bmHDr3ZlLnR4dA==?=\"; filename*=utf-8''na%C3%AFve.txt", "na\u00efve.txt"),
        ("filename*=UTF-8''..%2F..%5Cpasswd.txt", "passwd.txt"),
        ("filename*=UTF-8''%FF.txt", None),
        ("filename*=utf-16''a.txt", None),
        ("filename*=UTF-8''a%00.txt", None),
        ("filename*=UTF-8''", None),
        ('filename=""', None),
        ("no=name", None),
    ],
)
async def test_names_in_the_extended_notation(ada: Person, path: str, names: str, stored: str | None) -> None:
    form = f'--x\r\nContent-Disposition: form-data; name="file"; {names}\r\n\r\ncontent\r\n--x--\r\n'
    headers = ada.headers() | {"Content-Type": "multipart/form-data; boundary=x"}
    response = await ada.service.client.post(f"{path}/files", headers=headers, content=form.encode())
    if stored is None:
        assert code(response) == (422, "VALIDATION_FAILED")
    else:
        assert (response.status_code, response.json()["name"]) == (201, stored)


@pytest.mark.parametrize("name", ["x" * 256, "folder/", " "])
async def test_names_that_are_none(ada: Person, path: str, name: str) -> None:
    response = await ada.request("POST", f"{path}/files", files={"file": (name, b"x", "text/plain")})
    assert code(response) == (422, "VALIDATION_FAILED")
    assert (await ada.get(f"{path}/files")).json()["items"] == []


@pytest.mark.parametrize(
    "options",
    [
        {"json": {"file": "x"}},
        {"content": b"raw"},
        {"data": {"file": "text"}},
        {"files": {"other": ("a.txt", b"x", "text/plain")}},
        {"files": [("file", ("a.txt", b"x", "text/plain")), ("file", ("b.txt", b"y", "text/plain"))]},
        {"files": {"file": ("a.txt", b"x", "text/plain")}, "data": {"more": "fields"}},
        {"content": b"--x\r\nbroken", "headers": {"Content-Type": "multipart/form-data; boundary=x"}},
        {"content": b"", "headers": {"Content-Type": "multipart/form-data"}},
    ],
)
async def test_what_is_not_such_a_form(ada: Person, path: str, options: dict[str, Any]) -> None:
    headers = ada.headers() | options.pop("headers", {})
    response = await ada.service.client.post(f"{path}/files", headers=headers, **options)
    assert code(response) == (422, "VALIDATION_FAILED")
    assert ada.service.rows("SELECT id FROM WorkspaceFile") == []


async def test_they_are_listed_by_name(ada: Person, path: str) -> None:
    for name in ("b.txt", "A.txt", "c.txt", "a.txt", "B.txt"):
        await upload(ada, path, name=name)
    names = [file["name"] for file in (await ada.get(f"{path}/files")).json()["items"]]
    assert [name.lower() for name in names] == ["a.txt", "a.txt", "b.txt", "b.txt", "c.txt"]


async def test_whoever_uploaded_it_may_delete_it_and_an_admin(
    service: Service, ada: Person, path: str
) -> None:
    bob, eve = await service.person("bob"), await service.person("eve")
    workspace_id = path.rpartition("/")[2]
    await ada.add(workspace_id, bob, "MEMBER")
    await ada.add(workspace_id, eve, "MEMBER")
    first, second = await upload(bob, path), await upload(bob, path)
    refused = await eve.delete(f"{path}/files/{first['id']}")
    assert code(refused) == (403, "USER_NOT_AUTHORIZED")
    assert (await bob.delete(f"{path}/files/{first['id']}")).status_code == 204
    assert (await ada.delete(f"{path}/files/{second['id']}")).status_code == 204
    assert code(await download(bob, f"{path}/files/{first['id']}")) == (404, "FILE_NOT_FOUND")


async def test_the_bytes_of_a_deleted_file_go_too(service: Service, ada: Person, path: str) -> None:
    kept, gone = await upload(ada, path), await upload(ada, path)
    await ada.delete(f"{path}/files/{gone['id']}")
    await make_outbox(service.edge).run_due()
    assert service.rows("SELECT id FROM WorkspaceFile") == [(kept["id"],)]
    assert stored(service) == {f"{path[1:]}/{kept['id']}", f"{path[1:]}/workspace.json"}
    assert (await download(ada, f"{path}/files/{kept['id']}")).content == CONTENT


def stored(service: Service) -> set[str]:
    """What is in the store of these tests."""
    return set(service.edge.parts.blobs._blobs)  # type: ignore[attr-defined]


async def test_an_upload_that_stopped_half_way_leaves_nothing(
    service: Service, ada: Person, path: str
) -> None:
    store = service.edge.parts.blobs
    put = store.put

    async def dies(path: str, chunks: AsyncIterator[bytes], **named: Any) -> None:
        await put(path, chunks, **named)
        raise BlobStoreUnavailable

    store.put = dies  # type: ignore[method-assign]
    response = await ada.request("POST", f"{path}/files", files={"file": ("a.txt", b"x", "text/plain")})
    assert code(response) == (503, "BLOB_STORE_UNAVAILABLE")
    store.put = put  # type: ignore[method-assign]
    assert (await ada.get(f"{path}/files")).json()["items"] == []
    worker = make_outbox(service.edge)
    await worker.run_due()
    assert len(service.rows("SELECT id FROM WorkspaceFile")) == 1  # it may yet be on its way
    service.clock.advance(hours=2)
    await worker.run_due()
    assert service.rows("SELECT id FROM WorkspaceFile") == []
    assert service.rows("SELECT id FROM Job") == []
    assert stored(service) == {f"{path[1:]}/workspace.json"}


async def test_an_upload_that_was_given_up_cannot_finish(service: Service, ada: Person, path: str) -> None:
    store, worker = service.edge.parts.blobs, make_outbox(service.edge)
    put = store.put

    async def slow(path: str, chunks: AsyncIterator[bytes], **named: Any) -> None:
        await put(path, chunks, **named)
        service.clock.advance(hours=2)
        store.put = put  # type: ignore[method-assign]
        await worker.run_due()

    store.put = slow  # type: ignore[method-assign]
    response = await ada.request("POST", f"{path}/files", files={"file": ("a.txt", b"x", "text/plain")})
    assert code(response) == (404, "FILE_NOT_FOUND")
    assert service.rows("SELECT id FROM WorkspaceFile") == []


async def test_a_file_that_the_store_has_lost(service: Service, ada: Person, path: str) -> None:
    file = await upload(ada, path)
    await service.edge.parts.blobs.delete(f"{path[1:]}/{file['id']}")
    assert code(await download(ada, f"{path}/files/{file['id']}")) == (503, "BLOB_STORE_UNAVAILABLE")


async def test_a_large_file(database: TestDatabase, key_file: Path) -> None:
    content = bytes(range(256)) * 4096 * 4
    settings = make_settings(
        database,
        key_file,
        blob_store="local",
        blob_local_root=database.directory / "blobs",
        file_types=EVERYTHING,
    )
    async with running(settings) as service:
        ada = await service.person("ada")
        path = f"/workspaces/{(await ada.create_workspace())['id']}"
        file = await upload(ada, path, content, "a.bin", "application/x-thing")
        answer = await download(ada, f"{path}/files/{file['id']}")
        assert hashlib.sha256(answer.content).hexdigest() == file["sha256"]
        assert len(answer.content) == len(content)
        answer = await download(ada, f"{path}/files/{file['id']}", Range="bytes=3000000-3999999")
        assert answer.content == content[3_000_000:4_000_000]


async def test_the_size_limit(database: TestDatabase, key_file: Path) -> None:
    async with running(make_settings(database, key_file, file_max_bytes=1000)) as service:
        ada = await service.person("ada")
        path = f"/workspaces/{(await ada.create_workspace())['id']}"
        await upload(ada, path, b"x" * 1000)
        over = {"file": ("a.txt", b"x" * 1001, "text/plain")}
        response = await ada.request("POST", f"{path}/files", files=over)
        assert code(response) == (413, "PAYLOAD_TOO_LARGE")
        assert response.json()["details"] == {"max_bytes": 1000}
        far_over = {"file": ("a.txt", b"x" * 200_000, "text/plain")}
        assert code(await ada.request("POST", f"{path}/files", files=far_over)) == (413, "PAYLOAD_TOO_LARGE")

        async def unannounced() -> AsyncIterator[bytes]:
            yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
            for _ in range(100):
                yield b"x" * 10_000

        headers = ada.headers() | {"Content-Type": "multipart/form-data; boundary=b"}
        response = await service.client.post(f"{path}/files", headers=headers, content=unannounced())
        assert code(response) == (413, "PAYLOAD_TOO_LARGE")
        # Every other route keeps the small limit.
        response = await ada.post("/workspaces", {"name": "n", "description": "x" * 2_000_000})
        assert code(response) == (413, "PAYLOAD_TOO_LARGE")
        assert len((await ada.get(f"{path}/files")).json()["items"]) == 1


ALLOWED = Settings.model_fields["file_types"].default
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\x00" * 50
EXE = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff" + b"\x00" * 100
SMALL_EXE = b"MZ" + bytes(58) + b"\x40\x00\x00\x00PE\x00\x00d\x86\x02\x00" + bytes(300)
"""Without the program for DOS that others begin with; Windows runs it all the same."""
ELF = b"\x7fELF\x02\x01\x01" + b"\x00" * 60
ZIP = b"PK\x03\x04\x14\x00\x06\x00" + b"\x00" * 60


@pytest.mark.parametrize(
    ("name", "claimed", "head", "expected"),
    [
        ("a.png", "image/png", PNG, "image/png"),
        ("a.png", None, PNG, "image/png"),
        ("a.PDF", "application/octet-stream", b"%PDF-1.7\n", "application/pdf"),
        ("a.csv", "text/csv; charset=utf-8", b"a,b\n1,2\n", "text/csv"),
        ("a.txt", "not a type", b"", "text/plain"),
        ("a.json", "application/json", b'{"a": 1}', "application/json"),
        ("a.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", ZIP,
         "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("a.txt", "text/plain", "\ufeffwith a mark".encode(), "text/plain"),
        ("a.txt", "text/plain", "UTF-16 text".encode("utf-16"), "text/plain"),
        ("a.svg", "image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg'></svg>", "image/svg+xml"),
        ("a.md", "text/markdown", b"# MZ and other beginnings", "text/markdown"),
        ("a.zip", "application/x-zip-compressed", ZIP, "application/zip"),
        ("a.docx", "application/octet-stream", ZIP,
         "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("a.XLSX", "", ZIP, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("a.odt", None, ZIP, "application/vnd.oasis.opendocument.text"),
        ("a.md", "", b"# Title", "text/markdown"),
        ("a.md", "text/x-markdown", b"# Title", "text/markdown"),
        ("a.log", None, b"started", "text/plain"),
        ("a.txt", "text/plain", b"From here on we go\n", "text/plain"),
        ("a.txt", "text/plain", "From h\u00e9re on\n".encode("latin-1"), "text/plain"),
        ("a.txt", None, b"Received: a parcel\n", "text/plain"),
        ("a.txt", "text/plain", b"%!PS is how it begins\n", "text/plain"),
        ("a.csv", "text/csv", b"Return-Path: x,y\n", "text/csv"),
        ("a.html", "text/html", b"<!DOCTYPE html><html>", "text/html"),
        ("a.svg", None, b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"),
        ("a.jpg", "image/jpeg", PNG, "image/jpeg"),
        ("a.ts", "video/mp2t", b"import { a } from 'b'\n", "video/mp2t"),
    ],
)  # fmt: skip
def test_types_that_are_taken(name: str, claimed: str | None, head: bytes, expected: str) -> None:
    assert type_of(name, claimed, head, ALLOWED) == expected


@pytest.mark.parametrize(
    ("name", "claimed", "head"),
    [
        ("a.exe", "application/x-msdownload", EXE),
        ("a.exe", None, EXE),
        ("holiday.png", "image/png", EXE),
        ("holiday.png", "image/png", SMALL_EXE),
        ("report.pdf", "application/pdf", SMALL_EXE),
        ("holiday.png", "image/png", b"\x00asm\x01\x00\x00\x00"),
        ("holiday.png", "image/png", b"#!/bin/sh\nexec rm -rf ~\n"),
        ("holiday.png", "image/png", "\ufeff<html><script>".encode("utf-16-le")),
        ("notes.txt", "text/plain", ELF),
        ("a.bin", None, b"anything"),
        ("a", "application/octet-stream", b"anything"),
        ("holiday.png", "image/png", b"<html><script>alert(1)</script>"),
        ("holiday.png", None, b" \n<!-- x --><p>"),
        ("holiday.png", "text/html", b"<!doctype html><p>"),
        ("holiday", "image/png", b"\xef\xbb\xbf<ScRiPt>alert(1)</ScRiPt>"),
        ("holiday.png", "image/png", b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("song.mp3", "audio/mpeg", b"%PDF-1.7\n"),
        ("notes.txt", "text/plain", b"From \x7fELF\x00\x00"),
    ],
)
async def test_types_that_are_not(
    ada: Person, path: str, name: str, claimed: str | None, head: bytes
) -> None:
    response = await ada.request("POST", f"{path}/files", files={"file": (name, head, claimed or "")})
    assert code(response) == (415, "FILE_TYPE_NOT_ALLOWED")
    assert ada.service.rows("SELECT id FROM WorkspaceFile") == []


async def test_a_store_without_links_says_so(ada: Person, path: str) -> None:
    file = await upload(ada, path)
    assert code(await ada.post(f"{path}/files/{file['id']}/link")) == (400, "LINKS_NOT_SUPPORTED")


async def test_in_azure(database: TestDatabase, key_file: Path, azurite: Azurite) -> None:
    settings = make_settings(
        database,
        key_file,
        blob_store="azure",
        blob_connection_string=azurite.connection_string,
        blob_container=f"api-{uuid.uuid4().hex}",
    )
    async with running(settings) as service:
        service.clock.now = service.clock.now.replace(microsecond=0)
        ada = await service.person("ada")
        path = f"/workspaces/{(await ada.create_workspace())['id']}"
        file = await upload(ada, path, name="plan \u00fc.txt")
        answer = await download(ada, f"{path}/files/{file['id']}", Range="bytes=4-7")
        assert (answer.status_code, answer.content) == (206, CONTENT[4:8])
        given = await ada.post(f"{path}/files/{file['id']}/link")
        assert given.status_code == 200
        assert given.headers["cache-control"] == "no-store"
        async with httpx.AsyncClient() as anybody:
            found = await anybody.get(given.json()["url"])
        assert (found.status_code, found.content) == (200, CONTENT)
        assert found.headers["content-disposition"].startswith("attachment;")
        log = (await ada.get(f"{path}/audit", action="file.link_issued")).json()["items"]
        assert [entry["target_id"] for entry in log] == [file["id"]]
        assert "sig=" not in str(log)
        await _a_link_of_another_year_is_none(ada, f"{path}/files/{file['id']}/link")
        await ada.delete(f"{path}/files/{file['id']}")
        await make_outbox(service.edge).run_due()
        async with httpx.AsyncClient() as anybody:
            assert (await anybody.get(given.json()["url"])).status_code == 404


async def _a_link_of_another_year_is_none(person: Person, path: str) -> None:
    async def give() -> dict[str, Any]:
        person.access_token = person.service.access_token(person.user_id, person.name)
        await person.validate()
        headers = person.headers() | {"Idempotency-Key": "link"}
        given = await person.service.client.post(path, headers=headers)
        assert given.status_code == 200
        body: dict[str, Any] = given.json()
        return body

    person.service.clock.jump(days=27_000)
    there = await give()
    person.service.clock.jump(days=-27_000)
    back = await give()
    ends = datetime.fromisoformat(back["expires_at"])
    minutes = person.service.settings.file_link_minutes
    assert ends - person.service.clock.now == timedelta(minutes=minutes)
    async with httpx.AsyncClient() as anybody:
        assert (await anybody.get(there["url"])).status_code == 403
        assert (await anybody.get(back["url"])).status_code == 200


async def test_uploads_at_once(ada: Person, path: str) -> None:
    files = await asyncio.gather(
        *(upload(ada, path, b"%d" % number, f"{number}.txt") for number in range(20))
    )
    assert len({file["id"] for file in files}) == 20
    for number, file in enumerate(files):
        assert (await download(ada, f"{path}/files/{file['id']}")).content == b"%d" % number
    assert (await ada.get(f"{path}/audit/verify")).json()["valid"]
