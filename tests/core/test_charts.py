"""Charts are well-formed, hold nothing that runs or loads, say what they show in words, and are legible on both themes."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from app.core.charts import COLORS, Chart, Panel, Series, Theme, in_units_of_time, svg
from tests.core.test_workflow_pictures import HOSTILE

SVG = "{http://www.w3.org/2000/svg}"
ELEMENTS = {"svg", "title", "desc", "rect", "text", "path", "g", "circle"}


def drawn(chart: Chart, theme: Theme = Theme.LIGHT) -> ElementTree.Element:
    """The picture, once it is sure that it is nothing else."""
    root = ElementTree.fromstring(svg(chart, theme))
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    for element in root.iter():
        assert element.tag.removeprefix(SVG) in ELEMENTS
        for name, value in element.attrib.items():
            assert name not in ("href", "style", "class") and not name.startswith("on")
            assert re.fullmatch(r"[\w #.-]*", value), (name, value)
            assert "url" not in value
        if element.tag == f"{SVG}rect":
            x, y = (float(element.attrib.get(name, 0)) for name in "xy")
            wide, high = (float(element.attrib[name]) for name in ("width", "height"))
            assert 0 <= x <= x + wide <= width + 0.1 and 0 <= y <= y + high <= height + 0.1
        if element.tag == f"{SVG}circle":
            assert 0 <= float(element.attrib["cx"]) <= width and 0 <= float(element.attrib["cy"]) <= height
    return root


def words(root: ElementTree.Element, name: str) -> list[str | None]:
    return [each.text for each in root.iter(f"{SVG}{name}")]


def chart_of(*series: Series, labels: int | None = None, title: str = "T", description: str = "D") -> Chart:
    count = len(series[0].values) if labels is None else labels
    return Chart(title, description, [f"l{number}" for number in range(count)], [Panel("P", "tasks", series)])


@pytest.mark.parametrize("text", HOSTILE)
def test_words_are_text_and_nothing_else(text: str) -> None:
    shown = re.sub("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]", "\ufffd", text)
    chart = Chart(
        text, text, [text], [Panel(text, text, [Series(text, [1]), Series(text, [2], is_line=True)])]
    )
    root = drawn(chart)
    assert words(root, "title") == [shown, f"{shown}: {shown} 1, {shown} 2"]
    assert words(root, "desc") == [shown]
    assert words(root, "text").count(shown) == 4


def test_each_bucket_says_its_figures_and_has_a_bar_of_their_height() -> None:
    root = drawn(
        chart_of(
            Series("made", [4, 0, 2]),
            Series("done", [1, None, 4]),
            Series("open", [3, None, 1.5], is_line=True),
        )
    )
    assert words(root, "title")[1:] == [
        "l0: made 4, done 1, open 3",
        "l1: made 0, done none, open none",
        "l2: made 2, done 4, open 1.5",
    ]
    assert (root.attrib["role"], root.attrib["aria-labelledby"]) == ("img", "t d")
    first, second, third = (group for group in root.iter(f"{SVG}g"))
    heights = [
        [float(bar.attrib["height"]) for bar in group.findall(f"{SVG}rect")[1:]]
        for group in (first, second, third)
    ]
    assert heights == [[170, 42.5], [], [85, 170]]
    assert [len(group.findall(f"{SVG}circle")) for group in (first, second, third)] == [1, 0, 1]
    line = next(each.attrib["d"] for each in root.iter(f"{SVG}path") if each.attrib.get("fill") == "none")
    assert line.count("M") == 2 and "L" not in line, "a line does not bridge what is not known"


@pytest.mark.parametrize(
    ("most", "ticks"),
    [
        (0, ["0", "0.5", "1"]),
        (1, ["0", "0.5", "1"]),
        (7, ["0", "2", "4", "6", "8"]),
        (100, ["0", "50", "100"]),
        (101, ["0", "50", "100", "150"]),
        (123456, ["0", "50000", "100000", "150000"]),
        (0.3, ["0", "0.5", "1"]),
    ],
)
def test_the_axis_reaches_to_the_most_by_round_steps(most: float, ticks: list[str]) -> None:
    root = drawn(chart_of(Series("a", [most])))
    assert [each.text for each in root.iter(f"{SVG}text") if each.attrib.get("text-anchor") == "end"] == ticks


def test_the_largest_is_bounded_and_the_emptiest_is_whole() -> None:
    chart = chart_of(*(Series("a" * 20, list(range(400)), is_line=bool(number % 2)) for number in range(4)))
    assert len(svg(chart, Theme.DARK)) < 400_000
    assert sum(each.attrib.get("text-anchor") == "middle" for each in drawn(chart).iter(f"{SVG}text")) <= 10
    assert words(drawn(chart_of(Series("a", []))), "title") == ["T"]


def luminance(color: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", Theme)
def test_what_is_shown_stands_out_on_its_background(theme: Theme) -> None:
    colors = COLORS[theme]
    root = drawn(chart_of(Series("a", [1])), theme)
    assert root.find(f"{SVG}rect").attrib["fill"] == colors.background  # type: ignore[union-attr]
    assert contrast(colors.text, colors.background) >= 4.5
    assert all(contrast(each, colors.background) >= 4.5 for each in colors.series)
    assert contrast(colors.grid, colors.background) >= 3


def test_time_is_told_in_the_unit_of_the_longest() -> None:
    assert in_units_of_time([[3600, None], [7200]]) == ("hours", [[1, None], [2]])
    assert in_units_of_time([[86400 * 2]]) == ("days", [[2]])
    assert in_units_of_time([[119]]) == ("seconds", [[119]])
    assert in_units_of_time([[None], []]) == ("seconds", [[None], []])
