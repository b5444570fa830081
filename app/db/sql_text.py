"""Just enough SQL lexing to read a query: strings, quoted names and comments are told apart from code."""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

_TOKEN = re.compile(
    r"""
      (?P<comment>--[^\n]*|/\*.*?\*/)
    | (?P<string>N?'(?:[^']|'')*')
    | (?P<quoted>"(?:[^"]|"")*"|\[(?:[^\]]|\]\])*\])
    | (?P<system>@@\w+)
    | (?P<param>@\w+)
    | (?P<word>[A-Za-z_]\w*)
    | (?P<space>\s+)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)


@lru_cache(maxsize=8)
def tokens(sql: str) -> Sequence[tuple[str, str, int]]:
    """(kind, text, offset) of everything but white space."""
    return tuple(
        (str(match.lastgroup), match[0], match.start())
        for match in _TOKEN.finditer(sql)
        if match.lastgroup != "space"
    )


def replace_params(sql: str, replacement: Callable[[str], str]) -> str:
    """The text with each ``@name`` outside strings and comments replaced."""

    def substitute(match: re.Match[str]) -> str:
        return replacement(match[0][1:]) if match.lastgroup == "param" else match[0]

    return _TOKEN.sub(substitute, sql)


def words(sql: str) -> list[str]:
    """The key words and bare names, upper case, in order."""
    return [text.upper() for kind, text, _ in tokens(sql) if kind == "word"]
