"""Just enough SQL lexing to read a query: strings, quoted names and comments are told apart from code."""

import re
from collections.abc import Callable, Iterator

_TOKEN = re.compile(
    r"""
      (?P<comment>--[^\n]*|/\*.*?\*/)
    | (?P<string>N?'(?:[^']|'')*')
    | (?P<quoted>"(?:[^"]|"")*"|\[(?:[^\]]|\]\])*\])
    | (?P<system>@@\w+)
    | (?P<param>@\w+)
    | (?P<word>[A-Za-z_]\w*)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)


def tokens(sql: str) -> Iterator[tuple[str, str, int]]:
    """Yields (kind, text, offset) for everything but white space."""
    for match in _TOKEN.finditer(sql):
        if not match[0].isspace():
            yield str(match.lastgroup), match[0], match.start()


def replace_params(sql: str, replacement: Callable[[str], str]) -> str:
    """The text with each ``@name`` outside strings and comments replaced."""

    def substitute(match: re.Match[str]) -> str:
        return replacement(match[0][1:]) if match.lastgroup == "param" else match[0]

    return _TOKEN.sub(substitute, sql)


def words(sql: str) -> list[str]:
    """The key words and bare names, upper case, in order."""
    return [text.upper() for kind, text, _ in tokens(sql) if kind == "word"]
