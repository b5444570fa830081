"""An address that somebody sent opens what it names, and does nothing to anything else."""

from __future__ import annotations

import re
from typing import Any

import pytest

from scripts._environment import ROOT
from tests.chromium import needs_chromium
from tests.console.house import House, session

UP = "%252e%252e%2F%252e%252e%2Fworkspaces%2F{workspace}"
NOT_LISTED = "It is not in this list"
LINKS = (
    (f"/w/{{workspace}}/invitations?dialog=revoke:{UP}", NOT_LISTED),
    (f"/w/{{workspace}}/okrs?view=cycles&dialog=close:{UP}", NOT_LISTED),
    (f"/w/{{workspace}}/okrs?view=cycles&dialog=clone:{UP}", NOT_LISTED),
    (f"/w/{{workspace}}/jobs?dialog=cancel:{UP}", NOT_LISTED),
    (f"/w/{{workspace}}/jobs?dialog=job:{UP}", "It is done"),
    (f"/w/{{workspace}}/approval-delegations?dialog=end:{UP}", NOT_LISTED),
    (f"/organizations/{{org}}?view=workspaces&dialog=limits:{UP}", NOT_LISTED),
    ("/organizations/{org}?view=workspaces&dialog=step:members~{org_workspace}", NOT_LISTED),
    (f"/platform?dialog=limits:{UP}", NOT_LISTED),
    ("/platform?dialog=act:limits~{org}", NOT_LISTED),
    (f"/platform?view=people&dialog=erase:{UP}", NOT_LISTED),
    (f"/platform?view=workspaces&dialog=act:suspend~{UP}", NOT_LISTED),
)
ASTRAY = (
    "/workspaces/../w",
    "/workspaces/%2e%2E/w",
    "/workspaces/.%2E/w",
    "/workspaces/.\t./w",
    "/workspaces/a%2Fb",
    "/workspaces/a%5cb",
    "/workspaces/a\\b",
    "/workspaces/%",
    "/workspaces//w",
    "/workspaces/a?b=c",
    "/workspaces/a#b",
    "//elsewhere.example.com/a",
)
TRY = """async (path) => {
  const of = (file) => import(new URL(file, document.querySelector("script[type=module]").src).href);
  const { request } = await of("core/api.js");
  const { upload } = await of("core/transfer.js");
  const ways = [request("DELETE", path), upload(path, new File([], "a"), { onProgress() {} })];
  return (await Promise.allSettled(ways)).map(({ reason }) => reason?.status);
}"""
# What stands in the address, as it is, in a path of the API.
GIVEN = re.compile(r"`(?:\$\{(?:path|address)\}|/)[^`]*\$\{(?:\w+\.item|params\.\w+|query\.value[^}]*)\}")


@pytest.mark.slow
@needs_chromium
@session
async def test_a_link_that_leads_astray_sends_nothing_and_says_so(house: House) -> None:
    async with house.reader() as ada:
        ids = await house.ids(ada)
        sent: list[str] = []

        def heard(request: Any) -> None:
            if request.method != "GET" and not request.url.endswith("/ws-tickets"):
                sent.append(f"{request.method} {request.url}")

        ada.page.on("request", heard)
        await ada.open("/")
        await ada.page.wait_for_selector("h1")
        for path in ASTRAY:
            assert await ada.page.evaluate(TRY, path) == [404, 404], path
        for link, told in LINKS:
            await ada.go(link.format(**ids))
            dialog = ada.page.locator("dialog[open]", has_text=told)
            await dialog.wait_for()
            assert await dialog.locator(".danger, form").count() == 0, link
        assert sent == []


def test_no_path_is_made_of_what_stands_in_the_address() -> None:
    files = (ROOT / "app/console").glob("[!v]*/*.js")
    assert [(each.name, found) for each in files for found in GIVEN.findall(each.read_text("utf-8"))] == []
    assert GIVEN.search("`${path}/jobs/${shown.item}`")
