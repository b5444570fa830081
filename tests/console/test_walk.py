"""All screens, in three widths, light and dark: nothing for axe to find, nothing that the policy stops, no error in
the browser's console, nothing wider than the window. Pictures of all of them stay in ``.pictures/console``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from scripts._environment import ROOT
from tests.chromium import needs_chromium
from tests.console.house import SETTLED, House, Reader, session
from tests.console.screens import SCREENS, Row

PICTURES = ROOT / ".pictures" / "console"
WIDTHS = (1280, 768, 320)
HEIGHT = 800
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
UNREACHABLE = """() => [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [role=button], [role=link]")]
  .filter((each) => each.checkVisibility() && !each.disabled && each.tabIndex < 0)
  .map((each) => each.outerHTML.slice(0, 120))"""
AXE = """async ([place, options]) => {
  // Rows are alike: of a long list the first are looked at.
  const exclude = ["tbody tr", ".timeline li", ".card-task"].map((each) => [`${each}:nth-child(n+8)`]);
  const given = {resultTypes: ["violations"], preload: false, iframes: false, ...options};
  return (await axe.run({include: [[place]], exclude}, given)).violations
    .flatMap((each) => each.nodes.map((node) => `${each.id}: ${node.target} ${node.failureSummary}`));
}"""
COLOURS = {"runOnly": ["color-contrast"]}
SHAPES = {"rules": {"color-contrast": {"enabled": False}}}
FRAMED = next(row for row in SCREENS if row.name == "overview")
GO = (
    """(address) => { history.pushState(null, "", address); dispatchEvent(new PopStateEvent("popstate")); }"""
)


def axe_source() -> str:
    import axe_playwright_python

    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


def test_every_screen_has_a_row() -> None:
    registry = (ROOT / "app/console/screens.js").read_text(encoding="utf-8")
    listed = re.findall(r'^  \{ name: "(\w+)", path: "([^"]+)"', registry, re.MULTILINE)
    assert len(listed) == len(re.findall(r"\bload:", registry)), "a row of the registry is one line"
    patterns = {row.name: re.sub(r"\{(\w+)\}", r":\1", row.path.partition("?")[0]) for row in SCREENS}
    assert patterns == dict(listed)


@pytest.mark.slow
@needs_chromium
@session
async def test_the_walk(house: House) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    for old in PICTURES.iterdir():
        old.unlink()
    found: list[str] = []
    from playwright.async_api import TimeoutError as TooLate

    source = axe_source()
    async with house.reader() as reader:
        ids = await house.ids(reader)
        for row in SCREENS:
            try:
                found += await look(reader, row, ids, source)
            except TooLate as late:
                found.append(f"{row.name} at {reader.page.url}: {str(late).splitlines()[-1]}")
        found += [f"console: {each}" for each in reader.wrong]
        reader.wrong.clear()
    assert not found, "\n".join(found)


async def look(reader: Reader, row: Row, ids: dict[str, str], source: str) -> list[str]:
    """Each width and each scheme once: what colours are does not hang on the width, nor how it lies on colours."""
    page, found = reader.page, []
    # The frame is the same around all of them.
    part = "body" if row is SCREENS[0] or row is FRAMED else "main"
    path = row.path.format(**ids)
    await page.set_viewport_size({"width": WIDTHS[0], "height": HEIGHT})
    await page.emulate_media(color_scheme="light", reduced_motion="reduce")
    await reader.open(path)
    await page.evaluate(source)
    await page.wait_for_selector(f"main >> {row.ready}")
    for width, scheme, options in zip(WIDTHS, ("light", "dark", "light"), ({}, COLOURS, SHAPES), strict=True):
        await page.set_viewport_size({"width": width, "height": HEIGHT})
        await page.emulate_media(color_scheme=scheme)
        label = f"{row.name} {width} {scheme}"
        found += [f"{label}: {each}" for each in await page.evaluate(AXE, [part, options])]
        if over := await page.evaluate(OVERFLOW):
            found.append(f"{label}: {over} px too wide")
        await picture(page, f"{row.name}-{width}-{scheme}")
    found += [f"{row.name}: by no key: {each}" for each in await page.evaluate(UNREACHABLE)]
    for number, state in enumerate(row.states, 1):
        await page.evaluate(GO, f"/console{path.partition('?')[0]}{state.format(**ids)}")
        place = "dialog[open]" if "dialog=" in state else "main"
        await page.wait_for_selector(place)
        await page.wait_for_function(SETTLED)
        found += [f"{row.name}{state}: {each}" for each in await page.evaluate(AXE, [place, {}])]
        if over := await page.evaluate(OVERFLOW):
            found.append(f"{row.name}{state}: {over} px too wide")
        await picture(page, f"{row.name}-{WIDTHS[-1]}-state{number}")
    return found


async def picture(page: Any, name: str) -> None:
    await page.screenshot(path=PICTURES / f"{name}.png")
