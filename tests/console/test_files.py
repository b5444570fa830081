"""Files by the page: what one brings, another sees; what somebody else changed meanwhile is shown beside one's own."""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path
from typing import Any

import pytest
from azure.storage.blob import BlobServiceClient, CorsRule

from tests.azurite import Azurite
from tests.browser import session_of
from tests.chromium import needs_chromium
from tests.console.house import House, Now, Reader, session
from tests.databases import sqlite_database
from tests.harness import make_settings, serving
from tests.local_server import free_port

pytestmark = [pytest.mark.slow, needs_chromium]


def content_of(file: str) -> bytes:
    return Path(file).read_bytes()


@session
async def test_a_file_comes_and_goes_for_everybody(house: House) -> None:
    name = "<b>Q3 & more.txt"
    async with house.reader() as ada, house.reader("grace@example.com") as grace:
        address = "/w/{workspace}/files".format(**await house.ids(ada))
        await grace.open(address)
        await grace.page.wait_for_selector(".connection.live")
        await ada.open(address)
        await ada.page.wait_for_selector("tbody tr")
        await ada.page.set_input_files(
            "input[type=file]", {"name": name, "mimeType": "text/plain", "buffer": b"figures"}
        )
        row = f"tbody tr:has(button:text-is('{name}'))"
        await grace.page.wait_for_selector(row)
        await grace.page.click(f"{row} >> summary")
        async with grace.page.expect_download() as saved:
            await grace.page.click(f"{row} >> button:text-is('Download')")
        assert content_of(await (await saved.value).path()) == b"figures"
        await ada.page.click(f"{row} >> summary")
        await ada.page.click(f"{row} >> button:text-is('Delete')")
        await ada.page.click("dialog button.danger")
        await grace.page.wait_for_selector(row, state="detached")


@session
async def test_a_file_that_is_refused_says_why_and_can_be_sent_again(house: House) -> None:
    async with house.reader() as ada:
        ada.expected = ("415",)
        await ada.open("/w/{workspace}/files".format(**await house.ids(ada)))
        await ada.page.wait_for_selector("tbody tr")
        file = {"name": "virus.exe", "mimeType": "application/x-msdownload", "buffer": b"MZ"}
        await ada.page.set_input_files("input[type=file]", file)
        told = await ada.page.wait_for_selector("ul.rows [role=alert]")
        text = await told.text_content()
        assert "virus.exe" in text and "FILE_TYPE_NOT_ALLOWED" in text and "Request" in text
        await ada.page.click("text=Dismiss")
        await ada.page.wait_for_selector("ul.rows", state="detached")


@session
async def test_limits_that_somebody_else_changed_meanwhile_are_shown_beside_ones_own(house: House) -> None:
    async with house.reader() as ada:
        ada.expected = ("412",)
        ids = await house.ids(ada)
        path = f"/workspaces/{ids['workspace']}/file-limits"
        await ada.open(f"/w/{ids['workspace']}/files")
        await ada.page.click("text=Limits")
        await ada.page.fill("dialog input[name=files]", "50")
        await ada.call("PUT", path, {"files": 70})
        await ada.page.click("dialog button[type=submit]")
        row = await ada.page.wait_for_selector("dialog tbody tr:has-text('Most files')")
        assert [await each.text_content() for each in await row.query_selector_all("td")] == ["50", "70"]
        await ada.page.click("dialog >> text=Save mine over it")
        await ada.page.wait_for_selector("text=1 of 50")
        await ada.call("PUT", path, {})


@session
async def test_a_large_file_goes_past_the_service_to_the_store_that_the_policy_names(
    migrated: Path, key_file: Path, tmp_path: Path, azurite: Azurite, house: House
) -> None:
    port = free_port()
    settings = make_settings(
        sqlite_database(migrated, tmp_path),
        key_file,
        public_url=f"http://127.0.0.1:{port}",
        blob_store="azure",
        blob_connection_string=azurite.connection_string,
        blob_container=f"test-{uuid.uuid4().hex}",
        outbox_poll_seconds=0.1,
    )
    await asyncio.to_thread(allow_from, azurite, settings.base_url)
    async with serving(settings, Now(), port=port) as service:
        ada = await service.person("ada")
        path = f"/workspaces/{(await ada.create_workspace())['id']}"
        async with House(service, house.browser, "").reader(None) as reader:
            cookie = {
                "name": "pma-session",
                "value": await session_of(service, ada),
                "url": settings.base_url,
            }
            await reader.context.add_cookies([cookie])
            sent: list[str] = []
            reader.page.on(
                "request", lambda request: sent.append(f"{request.method} {request.url.partition('?')[0]}")
            )
            await reader.open(path.replace("/workspaces/", "/w/") + "/files")
            await reader.page.wait_for_selector("main .room")
            file = tmp_path / "plan.txt"
            file.write_bytes(b"to the moon\n" * 800_000)
            await reader.page.set_input_files("input[type=file]", file)
            await reader.page.wait_for_selector("main tbody tr >> text=plan.txt")
            await reader.page.wait_for_selector(".toast >> text=plan.txt was uploaded")
            puts = [each for each in sent if each.startswith(f"PUT {azurite.url}/")]
            await give_up_what_is_announced(reader, tmp_path)
            assert [each for each in sent if each.startswith("PUT ")] == puts
            await leave_what_is_verified_for_long(reader, file)
        (found,) = (await ada.get(f"{path}/files")).json()["items"]
        assert found["size"] == file.stat().st_size
        assert len(puts) == 1
        assert f"POST {settings.base_url}{path}/files" not in sent


async def give_up_what_is_announced(reader: Reader, directory: Path) -> None:
    """Two at once are announced, and a third waits. Whoever cancels meanwhile has nothing sent, nor room kept."""
    page = reader.page
    files = [directory / f"{name}.txt" for name in ("one", "two", "three")]
    for each in files:
        each.write_bytes(each.name.encode() * 1_200_000)
    announced, going = asyncio.Semaphore(0), asyncio.Event()
    given_up = asyncio.Semaphore(0)

    async def hold(route: Any) -> None:
        announced.release()
        await going.wait()
        await route.continue_()

    page.on("request", lambda each: given_up.release() if each.method == "DELETE" else None)
    await page.route("**/uploads", hold)
    await page.set_input_files("input[type=file]", files)
    for _ in range(2):
        await asyncio.wait_for(announced.acquire(), 20)
    rows = page.locator("ul[aria-label='Files on their way'] li")
    for name in ("three.txt waits for its turn", "two.txt", "one.txt"):
        await rows.filter(has_text=name).get_by_role("button", name="Cancel").click()
    await rows.first.wait_for(state="detached")
    going.set()
    for _ in range(2):
        await asyncio.wait_for(given_up.acquire(), 20)
    await page.unroute("**/uploads")


async def leave_what_is_verified_for_long(reader: Reader, file: Path) -> None:
    """The page asks no more after some minutes, and says so."""
    page = reader.page

    async def verifying(route: Any) -> None:
        if route.request.method == "GET":
            await page.evaluate("const then = Date.now() + 600_000; Date.now = () => then")
        await route.fulfill(json={"state": "VERIFYING", "reason": None})

    await page.route("**/uploads/*/complete", verifying)
    await page.route("**/uploads/*", verifying)
    await page.set_input_files("input[type=file]", file)
    await page.wait_for_selector(".toast >> text=plan.txt was sent, and is still being verified")
    await page.unroute_all()


def allow_from(azurite: Azurite, origin: str) -> None:
    """The rule that README asks for."""
    rule = CorsRule([origin], ["PUT"], allowed_headers=["x-ms-blob-type"], max_age_in_seconds=3600)
    with BlobServiceClient.from_connection_string(azurite.connection_string) as client:
        client.set_service_properties(cors=[rule])
