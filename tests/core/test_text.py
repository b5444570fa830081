"""Keys sort and compare the same wherever they are stored."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.text import (
    after_prefix,
    clean_address,
    clean_line,
    clean_text,
    email_key,
    fold,
    sort_key,
    tidy_line,
    utf16_length,
    visible,
)

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


@pytest.mark.parametrize(
    "bad", ["", " ", "\t", "a\nb", "a\x00", "a\x85b", "\x9b2J", "\ud800", "\uffff", "x" * 11, "😀" * 6]
)
def test_lines_that_cannot_be_stored(bad: str) -> None:
    with pytest.raises(ValueError, match="must"):
        clean_line(bad, limit=10)


@pytest.mark.parametrize(
    "name",
    [
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # Persian, with a ZWNJ between letters
        "\u0915\u094d\u200d\u0937",  # Devanagari, with a ZWJ after a virama
        "\U0001f469\u200d\U0001f680",  # an astronaut
        "\U0001f468\U0001f3fd\u200d\U0001f4bb",  # with a skin tone
        "\u2764\ufe0f\u200d\U0001f525 team",
        "1\ufe0f\u20e3",
        "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",  # the flag of England
        "\u845b\U000e0100",  # a variant of a Han letter
        "\u1820\u180b",
        "\u05d0\u05d1 and abc",
    ],
)
def test_what_scripts_and_emoji_are_written_with_stays(name: str) -> None:
    assert clean_line(name, limit=50) == name
    assert tidy_line(name, limit=50) == name


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("a\u2066b\u2069", "ab"),
        ("\u200fab", "ab"),
        ("a\u200bb", "ab"),
        ("a\u200db", "ab"),
        ("a\u200cb", "ab"),
        ("pay\u00adpal", "paypal"),
        ("\ufeffab", "ab"),
        ("a\ufe0fb", "ab"),
        ("a\u2028b", "ab"),
        ("ab\U000e0041", "ab"),
        ("a\ufe0f\u200d\U0001f680", "a\U0001f680"),
        ("a\x00b", "ab"),
        ("a\x9bb\x80", "ab"),
        ("a\ud800b", "ab"),
        ("\u3164", None),
        ("\u115f\u1160", None),
        ("\u2800 \u2800", None),
        ("\u200b", None),
    ],
)
def test_what_cannot_be_seen_is_refused_or_left_out(name: str, seen: str | None) -> None:
    with pytest.raises(ValueError, match="must not"):
        clean_line(name, limit=50)
    assert tidy_line(name, limit=50) == seen


@pytest.mark.parametrize("bad", ["a\x00", "\x1b[2J", "\x7f", "\x9b2J", "a\x85b"])
def test_text_of_several_lines_holds_no_other_controls(bad: str) -> None:
    """C1 too: a terminal takes U+009B for the beginning of a command (ECMA-48)."""
    assert clean_text("a\tb\r\nc", limit=10) == "a\tb\r\nc"
    with pytest.raises(ValueError, match="control characters"):
        clean_text(bad, limit=10)


def test_every_kind_of_space_is_one() -> None:
    assert clean_line("\u00a0a\u3000b\u2009c\u202f", limit=9) == "a b c"


def test_a_joiner_whose_other_half_is_cut_off_goes_too() -> None:
    assert tidy_line("x" * 17 + "\U0001f680\u200d\U0001f680", limit=20) == "x" * 17 + "\U0001f680"
    assert tidy_line("a\u200c\x00b", limit=20) == "ab"


@given(st.text(max_size=20), st.text("\u200c\u200d\ufe0f\u202e\U0001f680\u2764a\u0645\u094d", max_size=12))
def test_what_was_tidied_is_clean_and_stays(before: str, after: str) -> None:
    line = tidy_line(before + after, limit=20)
    assert visible(visible(after)) == visible(after)
    if line is not None:
        assert clean_line(line, limit=20) == line
        assert tidy_line(line, limit=20) == line


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (" Ada.L+x@Example.com ", "Ada.L+x@Example.com"),
        ("\uff41\uff44\uff41@example.com", "ada@example.com"),
        ("ada@\uff25\uff38\uff21\uff2d\uff30\uff2c\uff25.com", "ada@example.com"),
        ("ada@b\u00fccher.example", "ada@xn--bcher-kva.example"),
        ("ada@\u0435xample.com", "ada@xn--xample-2of.com"),  # a Cyrillic letter
        ("ada@exa\u200bmple.com", "ada@example.com"),
        ("ada@localhost", "ada@localhost"),
        ("ada@[192.0.2.1]", "ada@[192.0.2.1]"),
    ],
)
def test_addresses_are_kept_in_letters_that_look_like_no_others(given: str, kept: str) -> None:
    assert clean_address(given) == kept
    assert clean_address(kept) == kept
    assert email_key(given) == email_key(kept.upper()) == kept.lower()


@pytest.mark.parametrize(
    "bad",
    ["\u0430da@example.com", "j\u00f6rg@example.com", "a\u200bda@example.com", "ada@\u2100.com", "a@b@c", "a@",
     "@a", "ada@-\u00fc.com", "ada@a/b", "a b@c", "x" * 250 + "@a.de"],
)  # fmt: skip
def test_addresses_that_are_none_or_look_like_others(bad: str) -> None:
    with pytest.raises(ValueError, match="must"):
        clean_address(bad)
    assert email_key(bad) == fold(bad)


def test_the_twin_of_what_is_no_address_fits_its_column() -> None:
    assert utf16_length(email_key("ΐ" * 320)) == 320
