"""Figures over time as a picture: SVG without a script, a style sheet or a reference.

Colours stand as attributes on a background of the picture's own, so that it is the same wherever it is shown;
text has a contrast of 4.5 to 1 and what else tells something of 3 to 1 (WCAG 2.2, 1.4.3 and 1.4.11). Who
hears it hears the title and the description; lines differ by their dashes too, and every bucket says its
figures in words when it is pointed at.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

from app.core.xml_text import xml_text

_WIDTH, _LEFT, _RIGHT, _TOP = 760, 56, 16, 56
_PLOT, _HEAD, _FOOT = 170, 46, 34
"""Of a panel: the height of what is drawn, and of what is written above and below."""
_TICKS, _LABELS = 4, 10
"""So many of them at most, about."""
_DASHES = ("", "6 3", "2 3", "8 3 2 3", "1 5")


class Theme(StrEnum):
    LIGHT = "light"
    DARK = "dark"


class Colors(NamedTuple):
    background: str
    text: str
    grid: str
    series: tuple[str, ...]


COLORS = {
    Theme.LIGHT: Colors("#ffffff", "#1f2328", "#8c959f", ("#0b62c4", "#1a7f37", "#9a3412", "#6d28d9")),
    Theme.DARK: Colors("#0d1117", "#e6edf3", "#6e7681", ("#58a6ff", "#3fb950", "#f0883e", "#bc8cff")),
}


class Series(NamedTuple):
    """A value for each bucket; None where there is none."""

    name: str
    values: Sequence[float | None]
    is_line: bool = False


class Panel(NamedTuple):
    """Series that share an axis. ``unit``: what one of it is. ``top``: where the axis ends, at least."""

    title: str
    unit: str
    series: Sequence[Series]
    top: float = 1


class Chart(NamedTuple):
    """``description``: what it comes to, in a sentence or two. ``labels``: of the buckets."""

    title: str
    description: str
    labels: Sequence[str]
    panels: Sequence[Panel]


def in_units_of_time(seconds: Sequence[Sequence[float | None]]) -> tuple[str, list[list[float | None]]]:
    """The unit that the longest of these spans is told in, and all of them in it."""
    longest = max((each for some in seconds for each in some if each is not None), default=0)
    unit, length = next(
        (unit, length) for unit, length in (("days", 86400), ("hours", 3600), ("minutes", 60), ("seconds", 1))
        if longest >= 2 * length or length == 1
    )  # fmt: skip
    return unit, [[None if each is None else each / length for each in some] for some in seconds]


def svg(chart: Chart, theme: Theme) -> str:
    colors = COLORS[theme]
    height = _TOP + len(chart.panels) * (_HEAD + _PLOT + _FOOT)
    return "".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}"'
            f' height="{height}" role="img" aria-labelledby="t d" font-family="sans-serif" font-size="12">'
            f'<title id="t">{xml_text(chart.title)}</title><desc id="d">{xml_text(chart.description)}</desc>'
            f'<rect width="{_WIDTH}" height="{height}" fill="{colors.background}"/>',
            _text(_LEFT, 30, chart.title, colors, ' font-size="16"'),
            *(
                piece
                for place, panel in enumerate(chart.panels)
                for piece in _panel(
                    panel, chart.labels, colors, _TOP + place * (_HEAD + _PLOT + _FOOT) + _HEAD
                )
            ),
            "</svg>\n",
        ]
    )


def _text(x: float, y: float, text: str, colors: Colors, more: str = "") -> str:
    return f'<text x="{_round(x)}" y="{_round(y)}" fill="{colors.text}"{more}>{xml_text(text)}</text>'


def _panel(panel: Panel, labels: Sequence[str], colors: Colors, top: int) -> Iterator[str]:
    """``top``: where what is drawn begins."""
    most = max((each for series in panel.series for each in series.values if each is not None), default=0)
    step = _step(max(most, panel.top))
    steps = math.ceil(max(most, panel.top) / step)
    bottom, scale = top + _PLOT, _PLOT / (steps * step)
    yield _text(_LEFT, top - 26, f"{panel.title} ({panel.unit})", colors)
    yield from _legend(panel.series, colors, top - 10)
    for number in range(steps + 1):
        y, thin = bottom - number * step * scale, "" if number == 0 else ' stroke-width="0.3"'
        yield f'<path d="M{_LEFT} {_round(y)}H{_WIDTH - _RIGHT}" stroke="{colors.grid}"{thin}/>'
        yield _text(_LEFT - 6, y + 4, _round(number * step), colors, ' text-anchor="end"')
    if not labels:
        return
    width = (_WIDTH - _LEFT - _RIGHT) / len(labels)
    for place in range(0, len(labels), math.ceil(len(labels) / _LABELS)):
        more = ' text-anchor="middle" font-size="10"'
        yield _text(_LEFT + (place + 0.5) * width, bottom + 16, labels[place], colors, more)
    yield from _lines(panel.series, colors, width, bottom, scale)
    for place, label in enumerate(labels):
        yield from _bucket(panel, place, label, colors, width, bottom, scale)


def _bucket(
    panel: Panel, place: int, label: str, colors: Colors, width: float, bottom: int, scale: float
) -> Iterator[str]:
    """The bars and points of one bucket, with its figures in words."""
    told = ", ".join(
        f"{series.name} {'none' if (value := series.values[place]) is None else _round(value)}"
        for series in panel.series
    )
    left = _LEFT + place * width
    bars = [number for number, series in enumerate(panel.series) if not series.is_line]
    yield (
        f"<g><title>{xml_text(f'{label}: {told}')}</title>"
        f'<rect x="{_round(left)}" y="{bottom - _PLOT}" width="{_round(width)}" height="{_PLOT}"'
        ' fill-opacity="0"/>'
    )
    for number, series in enumerate(panel.series):
        value, color = series.values[place], colors.series[number % len(colors.series)]
        if value is None:
            continue
        length = value * scale
        if series.is_line:
            radius = min(3.0, width / 2)
            yield (
                f'<circle cx="{_round(left + width / 2)}" cy="{_round(bottom - length)}" r="{_round(radius)}"'
                f' fill="{color}"/>'
            )
        elif length:
            wide = width * 0.8 / len(bars)
            x = left + width * 0.1 + bars.index(number) * wide
            yield (
                f'<rect x="{_round(x)}" y="{_round(bottom - length)}" width="{_round(wide)}"'
                f' height="{_round(length)}" fill="{color}"/>'
            )
    yield "</g>"


def _lines(every: Sequence[Series], colors: Colors, width: float, bottom: int, scale: float) -> Iterator[str]:
    """Each is broken where a bucket has no value."""
    for number, series in enumerate(every):
        if not series.is_line:
            continue
        path, pen = "", "M"
        for place, value in enumerate(series.values):
            if value is None:
                pen = "M"
                continue
            path += f"{pen}{_round(_LEFT + (place + 0.5) * width)} {_round(bottom - value * scale)}"
            pen = "L"
        color = colors.series[number % len(colors.series)]
        yield f'<path d="{path}" fill="none" stroke="{color}" stroke-width="2"{_dashes(every, number)}/>'


def _dashes(every: Sequence[Series], number: int) -> str:
    place = sum(series.is_line for series in every[:number])
    dashes = _DASHES[place % len(_DASHES)]
    return f' stroke-dasharray="{dashes}"' if dashes else ""


def _legend(every: Sequence[Series], colors: Colors, y: int) -> Iterator[str]:
    x = float(_LEFT)
    for number, series in enumerate(every):
        color = colors.series[number % len(colors.series)]
        if series.is_line:
            yield f'<path d="M{x:g} {y - 4}h18" stroke="{color}" stroke-width="2"{_dashes(every, number)}/>'
        else:
            yield f'<rect x="{x + 4:g}" y="{y - 9}" width="10" height="10" fill="{color}"/>'
        yield _text(x + 24, y, series.name, colors)
        x += 40 + 7 * len(series.name)


def _step(most: float) -> float:
    """Of 1, 2 or 5 times a power of ten: the least that needs no more than ``_TICKS`` of it."""
    power = 10.0 ** math.floor(math.log10(most / _TICKS))
    return next(power * each for each in (1, 2, 5, 10) if power * each * _TICKS >= most)


def _round(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
