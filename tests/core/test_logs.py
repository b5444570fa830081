"""Log lines as text: everything that is known of an event, and nothing that somebody wrote into one."""

from __future__ import annotations

import logging
import sys
from typing import Any

import pytest

from app.core.logs import TextFormatter


def line(message: str = "refused", *arguments: Any, **extra: Any) -> str:
    made = logging.getLogger("app").makeRecord(
        "app", logging.INFO, __file__, 1, message, arguments, None, extra=extra
    )
    return TextFormatter().format(made).partition("app: ")[2]


def test_what_else_is_known_stands_behind_the_message() -> None:
    assert (
        line(code="INVALID_AZURE_TOKEN", request_id="0199")
        == "refused code=INVALID_AZURE_TOKEN request_id=0199"
    )
    assert line("%d of %s", 1, "two", query=None, seconds=0.5) == "1 of two query=None seconds=0.5"
    assert line(color_message="\x1b[1mfor a terminal") == "refused"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("two words", '"two words"'),
        ("", '""'),
        ('a "quote"', r'"a \"quote\""'),
        ("a=b", '"a=b"'),
        ("a\nb", r"a\nb"),
        ("a\r\n2026 ERROR app: forged", r'"a\r\n2026 ERROR app: forged"'),
        ("a\\nb", r"a\\nb"),
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("a\u2028b\u0085c", r"a\u2028b\x85c"),
        ("\u202eabc", r"\u202eabc"),
        ("Bjørn", "Bjørn"),
    ],
)
def test_nothing_ends_a_line_or_speaks_to_the_terminal(value: str, written: str) -> None:
    assert line(reason=value) == f"refused reason={written}"
    assert line("%s", value).isprintable()


def test_a_trace_is_indented() -> None:
    try:
        raise ValueError("one\n2026-01-01 ERROR app: forged")
    except ValueError:
        made = logging.getLogger("app").makeRecord("app", logging.ERROR, __file__, 1, "m", (), sys.exc_info())
    first, *rest = TextFormatter().format(made).split("\n")
    assert first.endswith("app: m")
    assert rest
    assert all(each.startswith("  ") for each in rest)
