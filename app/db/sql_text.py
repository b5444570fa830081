"""Just enough SQL lexing to read a query: strings, quoted names and comments are told apart from code."""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

_TOKEN = re.compile(
    r"""
    \s*(?:
      (?P<comment>--[^\n]*|/\*.*?\*/)
    | (?P<string>[Nn]?'(?:[^']|'')*')
    | (?P<quoted>"(?:[^"]|"")*"|\[(?:[^\]]|\]\])*\])
    | (?P<system>@@\w+)
    | (?P<param>@\w+)
    | (?P<number>\d[\w.]*)
    | (?P<word>[^\W\d][\w$]*)
    | (?P<other>\S)
    )
    """,
    re.VERBOSE | re.DOTALL,
)
_PARAM = re.compile(
    r"""--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|"(?:[^"]|"")*"|\[(?:[^\]]|\]\])*\]|@@\w+|(?P<param>@\w+)""",
    re.DOTALL,
)
"""A parameter, or what one may only seem to stand in."""


Token = tuple[str, str, int]
"""Kind, text, offset."""


@lru_cache(maxsize=8)
def tokens(sql: str) -> Sequence[Token]:
    """Everything but white space."""
    return tuple(
        (kind, match[kind], match.start(kind))
        for match in _TOKEN.finditer(sql)
        if (kind := match.lastgroup) is not None
    )


def replace_params(sql: str, replacement: Callable[[str], str]) -> str:
    """The text with each ``@name`` outside strings and comments replaced."""

    def substitute(match: re.Match[str]) -> str:
        return replacement(match[0][1:]) if match.lastgroup else match[0]

    return _PARAM.sub(substitute, sql)


def same_code(one: str, other: str) -> bool:
    """Whether they differ in nothing but white space, comments and the case of words."""
    return _code(one) == _code(other)


def _code(sql: str) -> list[str]:
    return [text.upper() if kind == "word" else text for kind, text, _ in tokens(sql) if kind != "comment"]


def words(sql: str) -> frozenset[str]:
    """The key words and bare names, upper case."""
    return frozenset(text.upper() for kind, text, _ in tokens(sql) if kind == "word")
