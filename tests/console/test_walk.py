"""All screens, in three widths, light and dark: nothing for axe to find, nothing that the policy stops, no error in
the browser's console, nothing wider than the window. Pictures of all of them stay in ``.pictures/console``.

One page is walked through; that addresses are come to from outside, the other tests show, which begin at them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from scripts._environment import ROOT
from tests.chromium import needs_chromium
from tests.console.house import SETTLED, House, Reader, session
from tests.console.screens import SCREENS, Row
from tests.console.test_addresses import NOT_LISTED

PICTURES = ROOT / ".pictures" / "console"
WIDTHS = (1280, 768, 320)
HEIGHT = 800
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
UNREACHABLE = """() => [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [role=button], [role=link]")]
  .filter((each) => each.checkVisibility() && !each.disabled && each.tabIndex < 0)
  .map((each) => each.outerHTML.slice(0, 120))"""
AXE = """async ([place, hasShapes]) => {
  // Rows are alike: of a long list the first are looked at.
  const most = ["tbody tr", ".timeline li", ".card-task"].map((each) => `${each}:nth-child(n+8)`);
  const run = (include, given) => axe.run({include, exclude: most.map((each) => [each])}, {preload: false, iframes: false, selectors: false, ...given});
  const told = ({violations}) => violations.flatMap((each) => each.nodes.map(({html, failureSummary}) => `${each.id}: ${html.slice(0, 200)} ${failureSummary}`));
  const found = hasShapes ? told(await run([[place]], {resultTypes: ["violations"], rules: {"color-contrast": {enabled: false}}})) : [];
  // Whether a text can be read hangs on its colour, size and weight and on what is behind it: of alike ones, one is asked for.
  const known = (window.looksKnown ??= new Set());
  const grounds = new Map();
  const ground = (element) => {
    if (!element) return "";
    if (!grounds.has(element)) {
      const {backgroundColor: color, backgroundImage: image, opacity, filter} = getComputedStyle(element);
      const isWhole = image === "none" && opacity === "1" && filter === "none" && color.startsWith("rgb(");
      grounds.set(element, [color, image, opacity, filter, isWhole ? "" : ground(element.parentElement)].join("|"));
    }
    return grounds.get(element);
  };
  const fresh = new Map();
  for (const each of document.querySelector(place).querySelectorAll("*")) {
    const isField = each.matches("input:not([type=checkbox], [type=radio]), select:has(option), textarea");
    if (!isField && ![...each.childNodes].some(({nodeType, data}) => nodeType === 3 && data.trim())) continue;
    if (each.closest(`[aria-hidden=true], option, ${most}`) || each.offsetWidth < 2 || !each.checkVisibility({visibilityProperty: true})) continue;
    const {color, fontSize, fontWeight, textShadow, position} = getComputedStyle(each);
    const isOff = each.closest(":disabled, [aria-disabled=true]") || each.closest("label")?.control?.disabled;
    const look = [color, fontSize, fontWeight, textShadow, position, Boolean(isOff), ground(each)].join();
    if (!known.has(look)) fresh.set(look, each);
  }
  if (fresh.size) {
    const results = await run([...fresh.values()], {runOnly: ["color-contrast"], resultTypes: ["violations", "passes", "incomplete"], elementRef: true});
    found.push(...told(results));
    // What axe was not sure of is asked for again where it stands otherwise; of a picture behind a text it never is.
    const nodes = [...results.passes, ...results.incomplete].flatMap((each) => each.nodes);
    const seen = new Set(nodes.filter(({any: [check]}) => !check.data?.messageKey || check.data.messageKey === "bgImage").map((node) => node.element));
    for (const [look, each] of fresh) if (seen.has(each)) known.add(look);
  }
  return found;
}"""
FRAMED = next(row for row in SCREENS if row.name == "overview")
INSIDE = "document.querySelector('dialog[open]').contains(document.activeElement)"
GO = """(address) => {
  for (const each of document.querySelectorAll("main h1")) each.dataset.passed = "";
  history.pushState(null, "", address);
  dispatchEvent(new PopStateEvent("popstate"));
}"""


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
@pytest.mark.parametrize("half", (0, 1))
async def test_the_walk(house: House, half: int) -> None:
    """In two halves, for two workers."""
    rows = SCREENS[half::2]
    PICTURES.mkdir(parents=True, exist_ok=True)
    others = {row.name for row in SCREENS} - {row.name for row in rows}
    for old in PICTURES.iterdir():
        if old.name.partition("-")[0] not in others:
            old.unlink()
    found: list[str] = []
    from playwright.async_api import TimeoutError as TooLate

    async with house.reader() as reader:
        ids = await house.ids(reader)
        await reader.open("/me" if half else "/join")
        await reader.page.evaluate(axe_source())
        for row in rows:
            try:
                found += await look(reader, row, ids)
            except TooLate as late:
                found.append(f"{row.name} at {reader.page.url}: {str(late).splitlines()[-1]}")
            found += [f"{row.name}: console: {each}" for each in reader.wrong]
            reader.wrong.clear()
    assert not found, "\n".join(found)


async def look(reader: Reader, row: Row, ids: dict[str, str]) -> list[str]:
    """Each width and each scheme once: what colours are does not hang on the width, nor how it lies on colours."""
    page, found = reader.page, []
    # The frame is the same around all of them.
    part = "body" if row is SCREENS[0] or row is FRAMED else "main"
    path = row.path.format(**ids)
    await page.set_viewport_size({"width": WIDTHS[0], "height": HEIGHT})
    await page.emulate_media(color_scheme="light", reduced_motion="reduce")
    await page.evaluate(GO, f"/console{path}")
    await page.wait_for_selector("main h1:not([data-passed])")
    await page.wait_for_selector(f"main >> {row.ready}")
    for width, scheme, has_shapes in zip(
        WIDTHS, ("light", "dark", "light"), (True, False, True), strict=True
    ):
        await page.set_viewport_size({"width": width, "height": HEIGHT})
        await page.emulate_media(color_scheme=scheme)
        label = f"{row.name} {width} {scheme}"
        found += [f"{label}: {each}" for each in await page.evaluate(AXE, [part, has_shapes])]
        if over := await page.evaluate(OVERFLOW):
            found.append(f"{label}: {over} px too wide")
        await picture(page, f"{row.name}-{width}-{scheme}")
    found += [f"{row.name}: by no key: {each}" for each in await page.evaluate(UNREACHABLE)]
    for number, state in enumerate(row.states, 1):
        await page.evaluate(GO, f"/console{path.partition('?')[0]}{state.format(**ids)}")
        place = "dialog[open]" if "dialog=" in state else "main"
        await page.wait_for_selector(place)
        await page.wait_for_function(SETTLED)
        if await page.locator(place, has_text=NOT_LISTED).count():
            found.append(f"{row.name}{state}: it is of nothing")
        found += [f"{row.name}{state}: {each}" for each in await page.evaluate(AXE, [place, True])]
        if over := await page.evaluate(OVERFLOW):
            found.append(f"{row.name}{state}: {over} px too wide")
        await picture(page, f"{row.name}-{WIDTHS[-1]}-state{number}")
        # On another ground: only what reads otherwise there is new.
        await page.emulate_media(color_scheme="dark")
        found += [f"{row.name}{state} dark: {each}" for each in await page.evaluate(AXE, [place, False])]
        await page.emulate_media(color_scheme="light")
        if place != "main":
            if not await page.evaluate(INSIDE):
                found.append(f"{row.name}{state}: the focus is not in the dialog")
            await page.keyboard.press("Escape")
            await page.wait_for_selector(place, state="detached")
    return found


async def picture(page: Any, name: str) -> None:
    await page.screenshot(path=PICTURES / f"{name}.jpeg", type="jpeg", quality=80)
