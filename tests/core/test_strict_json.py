"""What one reader of JSON takes and another does not is refused before anything looks at it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.strict_json import DEEPEST, decode_json

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab\U0001f600"), inner, max_size=3),
    max_leaves=10,
)


@given(values, st.booleans())
def test_what_is_json_comes_through(value: Any, escaped: bool) -> None:
    assert decode_json(json.dumps(value, ensure_ascii=escaped).encode()) == value


def test_the_edges_that_are_in() -> None:
    assert decode_json(b"[" * DEEPEST + b"]" * DEEPEST)
    assert decode_json(b"[[]," + b"[" * (DEEPEST - 1) + b"]" * DEEPEST)
    assert decode_json(b"[%d, %d]" % (-(2**63), 2**63 - 1)) == [-(2**63), 2**63 - 1]
    assert decode_json(rb'"\\ud800"') == r"\ud800"
    assert decode_json(b'"' + b"[" * 100 + b'"') == "[" * 100


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1), "deep"),
        (b'{"a":' * (DEEPEST + 1) + b"1" + b"}" * (DEEPEST + 1), "deep"),
        (b"[" * 100_000 + b"]" * 100_000, "deep"),
        (b"NaN", "NaN"),
        (b"[-Infinity]", "NaN"),
        (b"1e999", "double"),
        (b"-1e999", "double"),
        (b"9" * 400 + b".0", "double"),
        (b"%d" % 2**63, "64 bits"),
        (b"%d" % -(2**63 + 1), "64 bits"),
        (b"9" * 5000, "64 bits"),
        (b'{"a": 1, "a": 1}', "twice"),
        (b'[{"b": {"\\u0061": 1, "a": 2}}]', "twice"),
        (rb'"\ud800"', "surrogate"),
        (rb'{"\uDFFF": 1}', "surrogate"),
        (rb'["\ud83d\ude00", "\ude00\ud83d"]', "surrogate"),
        (b'"\xed\xa0\x80"', "UTF-8"),
        ('{"a": 1}'.encode("utf-16"), "UTF-8"),
        ('{"a": 1}'.encode("utf-32-be"), ""),
        (b"\xef\xbb\xbf{}", ""),
        (b"", ""),
        (b"{}{}", ""),
        (b'"\x00"', ""),
    ],
)
def test_what_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(json.JSONDecodeError) as refused:
        decode_json(content)
    assert why in refused.value.msg
