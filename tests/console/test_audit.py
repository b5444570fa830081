"""The audit log by the page: an entry at its own address, and what proves the log elsewhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.chromium import needs_chromium
from tests.console.house import House, session

pytestmark = [pytest.mark.slow, needs_chromium]


def lines_of(file: str) -> list[str]:
    return Path(file).read_text(encoding="utf-8").splitlines()


@session
async def test_the_log_is_signed_taken_away_and_held_to_what_was_signed(house: House) -> None:
    async with house.reader() as reader:
        page = reader.page
        await reader.open("/w/{workspace}/audit?action=member.added".format(**await house.ids(reader)))
        await page.click("tbody tr >> nth=0 >> button")
        told = await page.text_content("dialog")
        await page.goto(page.url.replace("action=member.added&", ""))
        await page.wait_for_selector("dialog >> text=member.added")
        assert await page.text_content("dialog") == told, "also where it is not on the first page"
        await page.click("dialog >> text=All that happened to it")
        await page.wait_for_selector("tbody tr")
        assert {await each.text_content() for each in await page.query_selector_all("tbody th")} == {
            "member.added"
        }

        await page.click(".tabs >> text=Checkpoints")
        await page.click("main button:text-is('Sign the end')")
        signature = await page.input_value("dialog input")
        await page.click("dialog footer >> text=Close")
        await page.wait_for_selector("tbody tr")

        await page.click("main header >> text=Export")
        async with page.expect_download() as saved:
            await page.click("dialog >> button[type=submit]")
        download = await saved.value
        lines = lines_of(await download.path())
        assert [json.loads(line)["seq"] for line in lines] == list(range(1, len(lines) + 1))
        assert download.suggested_filename.endswith(f"-1-{len(lines)}.ndjson")
        await page.wait_for_selector(f"dialog >> text=up to entry {len(lines)}")
        await page.click("dialog footer >> text=Close")

        await page.click("main header >> text=Verify")
        await page.wait_for_selector("dialog >> text=The log is whole")
        await page.click("dialog summary")
        await page.fill("dialog textarea", signature)
        await page.click("text=Verify against them")
        await page.wait_for_selector("dialog >> text=The log is whole")
        head, claims, signed = signature.split(".")
        other = signed[:-2] + ("AA" if signed[-2:] != "AA" else "BB")
        await page.click("dialog summary")
        await page.fill("dialog textarea", f"{head}.{claims}.{other}")
        await page.click("text=Verify against them")
        await page.wait_for_selector("dialog >> text=was not signed here")


@session
async def test_whoever_may_not_read_it_is_told_so_and_offered_nothing(house: House) -> None:
    async with house.reader() as ada:
        ids = await house.ids(ada)
    async with house.reader("katherine@example.com") as reader:
        reader.expected = ("403",)
        await reader.open(f"/w/{ids['workspace']}/audit")
        await reader.page.wait_for_selector("main h1:focus >> text=You may not see this")
        assert not await reader.page.query_selector("nav >> text=Audit log")
        assert not await reader.page.query_selector("main header.page button")
