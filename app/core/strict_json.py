"""JSON as clients may send it: RFC 8259, read as strictly as I-JSON (RFC 7493) wants it.

What one reader takes and another does not, or takes for something else, is refused here once, before anything
looks at it: other encodings than UTF-8 (a byte order mark too), lone surrogates, a name twice in one object,
``NaN`` and ``Infinity``, numbers that neither a 64-bit integer nor a double holds, and values nested deeper
than anything here is.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

DEEPEST = 64
"""How many arrays and objects may lie in each other."""
_INT64 = 2**63
_LONGEST = len(str(-_INT64))
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def decode_json(content: bytes) -> Any:
    """The value. Raises ``json.JSONDecodeError`` whose text holds nothing of the content."""
    try:
        text = content.decode()
        value = _DECODER.decode(text)
    except UnicodeDecodeError:
        raise _refused("it is not UTF-8") from None
    except RecursionError:
        raise _refused(_TOO_DEEP) from None
    if content.count(b"[") + content.count(b"{") > DEEPEST and _is_deep(value):
        raise _refused(_TOO_DEEP)
    if _SURROGATE.search(text) and not _is_encodable(value):
        raise _refused("a text holds a lone surrogate")
    return value


_TOO_DEEP = f"it is nested more than {DEEPEST} deep"


def _is_deep(value: Any) -> bool:
    level: list[Any] = [[value]]
    for _ in range(DEEPEST + 1):
        within = (each.values() if isinstance(each, dict) else each for each in level)
        level = [child for children in within for child in children if isinstance(child, dict | list)]
    return bool(level)


def _is_encodable(value: Any) -> bool:
    """An escaped pair is one character by now; what is left alone cannot be written."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _refused(why: str) -> json.JSONDecodeError:
    return json.JSONDecodeError(why, "", 0)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _refused("an object holds a name twice")
    return members


def _integer(text: str) -> int:
    if len(text) <= _LONGEST and -_INT64 <= (number := int(text)) < _INT64:
        return number
    raise _refused("an integer takes more than 64 bits")


def _float(text: str) -> float:
    if math.isfinite(number := float(text)):
        return number
    raise _refused("a number is larger than a double holds")


def _constant(_: str) -> NoReturn:
    raise _refused("NaN and Infinity are no JSON")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant
)
