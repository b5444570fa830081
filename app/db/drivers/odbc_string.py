"""ODBC connection strings, read as drivers read them.

https://learn.microsoft.com/openspecs/sql_server_protocols/ms-odbcstr
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

# A value in braces may hold anything, semicolons too; a closing brace in it is doubled.
_PAIR = re.compile(r"\s*(?P<name>[^=;]*?)\s*=\s*(?P<value>\{(?:[^}]|\}\})*\}|[^;]*)\s*(?:;|$)")


class Pair(NamedTuple):
    name: str
    """As it was written."""
    value: str
    """Without braces."""
    text: str
    """Name and value as they stand in the string."""

    def is_named(self, *names: str) -> bool:
        return self.name.lower() in names


def pairs(text: str) -> Iterator[Pair]:
    """What the string says, in its order. What is no pair is passed over."""
    for match in _PAIR.finditer(text):
        written = match["value"].strip()
        in_braces = written.startswith("{") and written.endswith("}")
        value = written[1:-1].replace("}}", "}") if in_braces else written
        yield Pair(match["name"], value, match[0].strip().removesuffix(";").rstrip())


def braced(value: str) -> str:
    return "{" + value.replace("}", "}}") + "}"
