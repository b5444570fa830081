"""Keys sort and compare the same wherever they are stored."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.text import after_prefix, clean_line, fold, sort_key, utf16_length

text = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\uffff"), max_size=40)


@given(text)
def test_folding_twice_is_folding_once(value: str) -> None:
    assert fold(fold(value)) == fold(value)
    assert fold(f"  {value} ") == fold(value)


@given(text, text)
def test_every_key_with_the_prefix_lies_below_the_bound(prefix: str, rest: str) -> None:
    folded = fold(prefix)
    bound = after_prefix(folded)
    key = f"{folded}{rest}\x1fid"
    if bound is not None:
        assert folded < key < bound
        # SQL Server's BIN2 compares UTF-16 code units.
        assert key.encode("utf-16-be") < bound.encode("utf-16-be")


@given(text, st.integers(1, 30))
def test_keys_stay_within_the_index(name: str, limit: int) -> None:
    key = sort_key(name * 5, "id", limit)
    assert utf16_length(key) <= limit + 3
    assert key.endswith("\x1fid")


def test_a_prefix_sorts_before_what_it_begins() -> None:
    assert sort_key("ab", "z") < sort_key("ab c", "a") < sort_key("abc", "a")


@pytest.mark.parametrize("bad", ["", " ", "\t", "a\nb", "a\x00", "\ud800", "\uffff", "x" * 11, "😀" * 6])
def test_lines_that_cannot_be_stored(bad: str) -> None:
    with pytest.raises(ValueError, match="must"):
        clean_line(bad, limit=10)
