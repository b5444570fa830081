"""Colours of the web, and whether text can be read on them."""

import re

_HEX = re.compile(r"#[0-9a-f]{6}")
READABLE = 4.5
"""The least contrast of text (WCAG 2.2, success criterion 1.4.3)."""


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21, as WCAG 2.2 defines it. Both are ``#rrggbb``."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def clean_color(text: str) -> str:
    """The colour in lower case. Raises ``ValueError`` for what is none."""
    color = text.strip().lower()
    if not _HEX.fullmatch(color):
        raise ValueError("must be a colour as #rrggbb")
    return color


def _luminance(color: str) -> float:
    red, green, blue = (_linear(int(color[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: float) -> float:
    linear: float = value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
    return linear
