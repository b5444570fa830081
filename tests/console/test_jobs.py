"""Jobs by the page: what waits is tried at once, or not done at all."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.kernel.jobs import JobKind, enqueue
from tests.chromium import needs_chromium
from tests.console.house import House, session

pytestmark = [pytest.mark.slow, needs_chromium]


@session
async def test_a_job_is_tried_again_or_cancelled_where_it_was_not_promised(house: House) -> None:
    promised, other = (
        f"tbody tr:has-text('{name}')" for name in ("Deliver to a webhook", "Push to a browser")
    )
    async with house.reader() as reader:
        ids = await house.ids(reader)
        edge = house.service.edge
        async with edge.parts.database.write() as tx:
            place = {"workspace_id": ids["workspace"], "target_id": ids["file"]}
            await enqueue(tx, edge.tools, JobKind.PUSH, delay=timedelta(hours=1), **place)
        page = reader.page
        await reader.open(f"/w/{ids['workspace']}/jobs")
        await page.click(f"{promised} >> summary")
        assert not await page.query_selector(f"{promised} >> button.danger")
        await page.click(f"{promised} >> text=Try now")
        await page.wait_for_selector(".toast:has-text('It is tried at once')")
        await page.click(f"{other} >> summary")
        await page.click(f"{other} >> button.danger")
        await page.click("dialog button.danger")
        await page.wait_for_selector(other, state="detached")
