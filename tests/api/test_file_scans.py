"""What a virus scanner finds in files, and who may have them then. A real clamd, and ones that are none."""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from app.core.config import Settings
from app.integrations.clamd import Clamd, ScannerUnavailable, Verdict
from scripts import admin, doctor
from tests.clamd_server import EICAR, LARGEST, NAME, ClamdServer, clamd_in
from tests.databases import TestDatabase
from tests.harness import SIGNING_KEY, Person, Service, code, make_outbox, make_settings, running
from tests.local_server import free_port

TYPES = {"file_types": ["*/*"]}
BLOCKED = {"file_scan_policy": "block_until_clean", **TYPES}


@pytest.fixture
def service_with(database: TestDatabase, key_file: Path) -> Callable[..., Any]:
    def begin(**values: Any) -> Any:
        return running(make_settings(database, key_file, **values))

    return begin


async def upload(person: Person, path: str, content: bytes, name: str = "a.txt") -> dict[str, Any]:
    response = await person.request("POST", f"{path}/files", files={"file": (name, content, "text/plain")})
    assert response.status_code == 201, response.text
    file: dict[str, Any] = response.json()
    return file


async def workspace(service: Service) -> tuple[Person, str]:
    ada = await service.person("ada")
    return ada, f"/workspaces/{(await ada.create_workspace())['id']}"


async def scanned(service: Service, person: Person, path: str, file: dict[str, Any]) -> dict[str, Any]:
    await make_outbox(service.edge).run_due()
    found: dict[str, Any] = (await person.get(f"{path}/files/{file['id']}")).json()
    return found


async def reasons(person: Person) -> list[str]:
    """Why somebody was notified."""
    notices = (await person.get("/users/me/notifications")).json()["items"]
    return [notice["reason"] for notice in notices]


def zipped(content: bytes, times: int = 1) -> bytes:
    for _ in range(times):
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("inner", content)
        content = made.getvalue()
    return content


async def test_a_clean_file_is_had_once_it_was_looked_at(
    service_with: Callable[..., Any], clamd: ClamdServer
) -> None:
    async with service_with(**BLOCKED, **clamd.settings) as service:
        ada, path = await workspace(service)
        file = await upload(ada, path, b"harmless")
        assert (file["scan_status"], file["scanned_at"], file["threat"]) == ("PENDING", None, None)
        place = f"{path}/files/{file['id']}"
        early = await ada.get(f"{place}/download")
        assert code(early) == (409, "FILE_WITHHELD")
        assert early.json()["details"] == {"scan_status": "PENDING"}
        part = await service.client.get(f"{place}/download", headers=ada.headers() | {"Range": "bytes=0-1"})
        assert code(part) == (409, "FILE_WITHHELD")
        same = {"If-None-Match": f'"{file["sha256"]}"'}
        assert code(await service.client.get(f"{place}/download", headers=ada.headers() | same))[0] == 409
        assert code(await ada.post(f"{place}/link")) == (409, "FILE_WITHHELD")
        found = await scanned(service, ada, path, file)
        assert (found["scan_status"], found["threat"]) == ("CLEAN", None)
        assert found["scanned_at"] is not None
        assert (await ada.get(f"{place}/download")).content == b"harmless"
        assert service.rows("SELECT kind FROM Job") == []


@pytest.mark.parametrize("policy", ["flag", "block_until_clean"])
@pytest.mark.parametrize(
    "content",
    [
        pytest.param(EICAR, id="plain"),
        pytest.param(b"x" * 262_130 + EICAR + b"y" * 700_000, id="across the pieces of a stream"),
        pytest.param(zipped(EICAR, 3), id="in a zip in a zip"),
    ],
)
async def test_an_infected_file_is_had_by_nobody(
    service_with: Callable[..., Any], clamd: ClamdServer, policy: str, content: bytes
) -> None:
    values = {"file_scan_policy": policy, **TYPES, **clamd.settings}
    async with service_with(**values) as service:
        ada, path = await workspace(service)
        bob, carl = await service.person("bob"), await service.person("carl")
        for person in (bob, carl):
            await ada.add(path.rpartition("/")[2], person, "MEMBER")
        file = await upload(bob, path, content)
        found = await scanned(service, bob, path, file)
        assert (found["scan_status"], found["threat"]) == ("INFECTED", NAME)
        for person in (ada, bob):
            for refused in (
                await person.get(f"{path}/files/{file['id']}/download"),
                await person.post(f"{path}/files/{file['id']}/link"),
            ):
                assert code(refused) == (409, "FILE_WITHHELD")
                assert refused.json()["details"] == {"scan_status": "INFECTED"}
        (entry,) = (await ada.get(f"{path}/audit", action="file.infected")).json()["items"]
        assert (entry["actor_id"], entry["target_id"]) == ("service:scanner", file["id"])
        told = {"sha256": file["sha256"], "threat": NAME, "uploaded_by": bob.user_id}
        assert entry["details"] == told
        await service.edge.parts.consumers().run_due()
        for person in (ada, bob):
            events = (await person.get(f"{path}/changes")).json()["items"]
            assert "file.infected" in [event["type"] for event in events]
            assert "infected" in await reasons(person)
        assert await reasons(carl) == ["added"]
        # Its owner may still take it away.
        assert (await bob.delete(f"{path}/files/{file['id']}")).status_code == 204


async def test_what_is_flagged_is_had_until_something_is_found(
    service_with: Callable[..., Any], clamd: ClamdServer
) -> None:
    async with service_with(file_scan_policy="flag", **TYPES, **clamd.settings) as service:
        ada, path = await workspace(service)
        file = await upload(ada, path, b"harmless")
        assert file["scan_status"] == "PENDING"
        assert (await ada.get(f"{path}/files/{file['id']}/download")).status_code == 200
        # A link would outlive what is found.
        assert code(await ada.post(f"{path}/files/{file['id']}/link")) == (409, "FILE_WITHHELD")
        await scanned(service, ada, path, file)
        assert code(await ada.post(f"{path}/files/{file['id']}/link")) == (400, "LINKS_NOT_SUPPORTED")


@pytest.mark.parametrize(
    "values",
    [
        {"file_scan_policy": "flag"},
        {"clamd_host": "127.0.0.1"},
        {"file_scan_policy": "flag", "clamd_host": "127.0.0.1", "clamd_max_bytes": 5},
    ],
)
async def test_what_nobody_looks_at_is_skipped(
    service_with: Callable[..., Any], values: dict[str, Any]
) -> None:
    async with service_with(**values) as service:
        ada, path = await workspace(service)
        file = await upload(ada, path, EICAR)
        assert (await scanned(service, ada, path, file))["scan_status"] == "SKIPPED"
        assert (await ada.get(f"{path}/files/{file['id']}/download")).content == EICAR
        assert code(await ada.post(f"{path}/files/{file['id']}/scan")) == (409, "NOT_SCANNED")


async def test_what_was_found_once_stays_found_when_scanning_is_switched_off(
    service_with: Callable[..., Any], clamd: ClamdServer
) -> None:
    async with service_with(file_scan_policy="flag", **TYPES, **clamd.settings) as service:
        ada, path = await workspace(service)
        file = await upload(ada, path, EICAR)
        await scanned(service, ada, path, file)
    async with service_with(**TYPES) as service:
        ada = await service.person("ada")
        assert code(await ada.get(f"{path}/files/{file['id']}/download")) == (409, "FILE_WITHHELD")


async def test_a_large_file_and_one_that_unpacks_to_more_than_is_looked_at(
    service_with: Callable[..., Any], clamd: ClamdServer
) -> None:
    async with service_with(**BLOCKED, **clamd.settings) as service:
        ada, path = await workspace(service)
        large = await upload(ada, path, (b"the plan, in full, " * 14_000)[:262_144] * 80, "large.txt")
        bomb = await upload(ada, path, zipped(bytes(LARGEST + 1)), "bomb.bin")
        assert (await scanned(service, ada, path, large))["scan_status"] == "CLEAN"
        assert (await scanned(service, ada, path, bomb))["scan_status"] == "SKIPPED"
        assert code(await ada.get(f"{path}/files/{bomb['id']}/download")) == (409, "FILE_WITHHELD")


async def test_a_scanner_that_is_away_and_comes_back(
    service_with: Callable[..., Any], tmp_path: Path
) -> None:
    server = clamd_in(tmp_path)
    async with service_with(**BLOCKED, **server.settings) as service:
        ada, path = await workspace(service)
        file = await upload(ada, path, b"harmless")
        assert (await scanned(service, ada, path, file))["scan_status"] == "ERROR"
        assert code(await ada.get(f"{path}/files/{file['id']}/download")) == (409, "FILE_WITHHELD")
        assert service.rows("SELECT kind, last_error FROM Job") == [("scan", "ScannerUnavailable")]
        server.start()
        try:
            service.clock.advance(minutes=10)
            assert (await scanned(service, ada, path, file))["scan_status"] == "CLEAN"
            assert service.rows("SELECT kind FROM Job") == []
        finally:
            server.kill()


async def test_an_admin_has_a_file_looked_at_again(
    service_with: Callable[..., Any], clamd: ClamdServer, tmp_path: Path
) -> None:
    kept = {"blob_store": "local", "blob_local_root": tmp_path / "blobs", **TYPES}
    async with service_with(**kept) as service:
        ada, path = await workspace(service)
        old = await upload(ada, path, EICAR)
        assert old["scan_status"] == "SKIPPED"
    async with service_with(file_scan_policy="flag", **kept, **clamd.settings) as service:
        ada = await service.person("ada")
        await ada.validate()

        async def looked_at_by(reply: bytes) -> dict[str, Any]:
            await ada.post(f"{path}/files/{old['id']}/scan")
            async with scanner_that(says(reply)) as service.edge.parts.scanner:
                return await scanned(service, ada, path, old)

        scan_files = admin.load(service.settings.db_type)["scan_files"]
        for number in (1, 0):
            assert admin.run(service.settings, scan_files, {})[0].rows == [(number,)]
        asked = await ada.post(f"{path}/files/{old['id']}/scan")
        assert (asked.status_code, asked.json()["scan_status"]) == (202, "PENDING")
        assert len(service.rows("SELECT id FROM Job WHERE kind = 'scan'")) == 1
        assert (await scanned(service, ada, path, old))["scan_status"] == "INFECTED"
        # What was found stands until something else is, and a second look tells nobody twice.
        asked = await ada.post(f"{path}/files/{old['id']}/scan")
        assert asked.json()["scan_status"] == "INFECTED"
        assert (await scanned(service, ada, path, old))["scan_status"] == "INFECTED"
        assert len((await ada.get(f"{path}/audit", action="file.infected")).json()["items"]) == 1
        assert len((await ada.get(f"{path}/audit", action="file.scan_asked")).json()["items"]) == 2
        # The signature was wrong.
        found = await looked_at_by(b"stream: OK\0")
        assert (found["scan_status"], found["threat"]) == ("CLEAN", None)
        assert len((await ada.get(f"{path}/audit", action="file.cleared")).json()["items"]) == 1
        # That it is no more looked at takes nothing back.
        for reply in (
            b"stream: X FOUND\0",
            b"stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND\0",
            b"ERROR\0",
        ):
            found = await looked_at_by(reply)
            assert (found["scan_status"], found["threat"]) == ("INFECTED", "X")


async def test_a_file_that_goes_while_it_is_looked_at(
    service_with: Callable[..., Any], clamd: ClamdServer
) -> None:
    async with service_with(**BLOCKED, **clamd.settings) as service:
        ada, path = await workspace(service)
        file = await upload(ada, path, EICAR)

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await ada.delete(f"{path}/files/{file['id']}")
            writer.write(b"stream: X FOUND\0")
            await writer.drain()
            await reader.read()

        async with scanner_that(answer) as service.edge.parts.scanner:
            await make_outbox(service.edge).run_due()
        await make_outbox(service.edge).run_due()
        assert service.rows("SELECT kind FROM Job") == []
        assert service.rows("SELECT id FROM WorkspaceFile") == []
        assert (await ada.get(f"{path}/audit", action="file.infected")).json()["items"] == []


async def test_what_is_said_is_said_of_the_bytes_in_the_store(
    service_with: Callable[..., Any], clamd: ClamdServer
) -> None:
    async with service_with(**BLOCKED, **clamd.settings) as service:
        ada, path = await workspace(service)
        file = await upload(ada, path, b"harmless")
        service.edge.parts.blobs._blobs[f"{path[1:]}/{file['id']}"] = b"altered"
        assert (await scanned(service, ada, path, file))["scan_status"] == "ERROR"
        assert service.rows("SELECT last_error FROM Job") == [("BytesAltered",)]
        service.edge.parts.blobs._blobs[f"{path[1:]}/{file['id']}"] = EICAR
        service.clock.advance(minutes=10)
        assert (await scanned(service, ada, path, file))["scan_status"] == "INFECTED"


async def test_of_two_scans_at_once_one_tells(service_with: Callable[..., Any], clamd: ClamdServer) -> None:
    async with service_with(**BLOCKED, **clamd.settings) as service:
        ada, path = await workspace(service)
        file = await upload(ada, path, EICAR)
        await ada.post(f"{path}/files/{file['id']}/scan")
        await asyncio.gather(make_outbox(service.edge).run_due(), make_outbox(service.edge).run_due())
        assert (await scanned(service, ada, path, file))["scan_status"] == "INFECTED"
        assert len((await ada.get(f"{path}/audit", action="file.infected")).json()["items"]) == 1


# -- the client ------------------------------------------------------------------------------------------------


def client(**values: Any) -> Clamd:
    return Clamd(Settings(_env_file=None, pma_signing_keys=SIGNING_KEY, **values))


async def pieces(*content: bytes) -> AsyncIterator[bytes]:
    for each in content:
        yield each


async def test_it_is_asked_over_its_socket_too(clamd: ClamdServer) -> None:
    scanner = client(clamd_socket=str(clamd.socket))
    await scanner.ping()
    assert await scanner.scan(pieces(b"", EICAR[:20], EICAR[20:])) == Verdict("INFECTED", NAME)
    assert await scanner.scan(pieces()) == Verdict("CLEAN")


async def test_more_than_it_takes_is_no_verdict(clamd: ClamdServer) -> None:
    with pytest.raises(ScannerUnavailable):
        await client(**clamd.settings).scan(pieces(*[b"x" * 1_000_000] * (LARGEST // 1_000_000 + 10)))


@asynccontextmanager
async def scanner_that(
    answers: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[Clamd]:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await answers(reader, writer)
        finally:
            writer.transport.abort()

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        yield client(clamd_host="127.0.0.1", clamd_port=port, clamd_deadline_seconds=0.2)


def says(reply: bytes) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(bytes(4))
        writer.write(reply)
        await writer.drain()

    return answer


@pytest.mark.parametrize(
    "reply",
    [
        b"", b"stream: OK", b"OK\0", b"stream: OK\n", b"stream: CLEAN\0", b"stream:  FOUND\0", b" FOUND\0",
        b"stream: OK FOUND OK\0", b"INSTREAM: Can't open file ERROR\0", b"x" * 5000 + b"\0", b"\xff\0", b"\0",
        b"HTTP/1.1 400 Bad Request\r\n\r\n\0",
    ],
)  # fmt: skip
async def test_what_it_says_is_understood_or_no_verdict(reply: bytes) -> None:
    async with scanner_that(says(reply)) as scanner:
        with pytest.raises(ScannerUnavailable):
            await scanner.scan(pieces(b"content"))


async def test_it_says_ok_before_it_has_everything() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(100)
        writer.write(b"stream: OK\0")
        await writer.drain()

    async with scanner_that(answer) as scanner:
        with pytest.raises(ScannerUnavailable):
            await scanner.scan(pieces(*[b"x" * 262_144] * 200))


async def test_one_that_says_nothing_or_takes_nothing_has_a_deadline() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(30)

    async with scanner_that(answer) as scanner:
        for content in ([b"x"], [b"x" * 262_144] * 200):
            with pytest.raises(ScannerUnavailable) as caught:
                await scanner.scan(pieces(*content))
            assert caught.value.details == {"reason": "TimeoutError"}


@pytest.mark.slow
async def test_one_that_is_killed_in_the_middle(tmp_path: Path) -> None:
    server = clamd_in(tmp_path)
    server.start()

    async def half() -> AsyncIterator[bytes]:
        yield EICAR
        server.kill()
        yield b"x" * 262_144

    with pytest.raises(ScannerUnavailable):
        await client(**server.settings).scan(half())


async def test_doctor_asks_for_it(clamd: ClamdServer) -> None:
    async def told(**values: Any) -> list[tuple[str, str]]:
        given = Settings(_env_file=None, pma_signing_keys=SIGNING_KEY, **values)
        return [(each.outcome.name, each.detail) async for each in doctor.check_scanner(given)]

    assert await told() == []
    assert await told(**clamd.settings, file_scan_policy="flag") == [("OK", "answers")]
    nobody = {"clamd_host": "127.0.0.1", "clamd_port": free_port(), "file_scan_policy": "flag"}
    assert await told(**nobody) == [("FAILED", "does not answer: ConnectionRefusedError")]
    warned = ("WARNING", "nothing is scanned without CLAMD_HOST or CLAMD_SOCKET")
    assert await told(file_scan_policy="flag") == [warned]


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({}, "needs CLAMD_HOST or CLAMD_SOCKET"),
        ({"clamd_host": "a", "clamd_max_bytes": 10}, "less than FILE_MAX_BYTES"),
        ({"clamd_host": "a", "clamd_socket": "b"}, "listens at one of them"),
    ],
)
def test_settings_with_which_no_file_could_be_had(values: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        Settings(_env_file=None, pma_signing_keys=SIGNING_KEY, file_scan_policy="block_until_clean", **values)
