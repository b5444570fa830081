"""What is written is found by what is typed, in whatever form either has."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.search_words import MOST_TERMS, MOST_WORDS, TERM_LENGTH, terms, wanted
from app.core.text import fold, utf16_length

text = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=80)
word = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=20)


@given(text)
def test_a_word_is_folded_short_and_made_of_letters_and_digits(value: str) -> None:
    for term in terms(value):
        assert term == fold(term)
        assert 0 < utf16_length(term) <= TERM_LENGTH
        assert term[0].isalnum()
        assert all(
            each.isalnum() or each == "-" or unicodedata.combining(each) or each > "\x7f" for each in term
        )


@given(text)
def test_the_form_of_a_text_makes_no_difference(value: str) -> None:
    composed, decomposed = (unicodedata.normalize(form, value) for form in ("NFC", "NFD"))
    assert terms(composed) == terms(decomposed)
    assert terms(value.casefold()) == terms(value)


@given(text)
def test_the_words_of_the_words_are_the_same_words(value: str) -> None:
    found = terms(value)
    assert set(terms(" ".join(found))) == set(found)


@given(st.lists(word, min_size=1, max_size=5))
def test_whoever_types_words_of_a_text_finds_it(words: list[str]) -> None:
    written = set(terms("; ".join(words)))
    for each in words:
        try:
            asked = wanted(each)
        except ValueError:
            assert not terms(each)  # nothing but what folding takes away
            continue
        assert set(asked.whole) <= written
        assert any(term.startswith(asked.prefix) for term in written)


@given(word, st.integers(1, 5))
def test_the_beginning_of_the_last_word_is_enough(value: str, length: int) -> None:
    for term in terms(value):
        asked = wanted(f"{term} {term[:length]}") if terms(term[:length]) else wanted(term)
        assert term.startswith(asked.prefix) and all(each in terms(value) for each in asked.whole)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Straße, STRASSE", ["strasse"]),
        ("snake_case don't", ["snake", "case", "don", "t"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("می\u200cروم", ["میروم"]),
        ("3.14 ½", ["3", "14", "½"]),
        ("see ABC-123.", ["see", "abc-123", "abc", "123"]),
        ("xABC-0 12-3", ["xabc", "0", "12", "3"]),
        ("\u0301lone mark", ["lone", "mark"]),
        ("a\u00adb\u200dc", ["abc"]),
        ("— … 😀", []),
    ],
)
def test_words_of(written: str, expected: list[str]) -> None:
    assert terms(written) == expected


def test_a_document_has_so_many_words_and_no_more() -> None:
    every = terms(" ".join(f"w{number}" for number in range(2 * MOST_TERMS)), "last")
    assert every == [f"w{number}" for number in range(MOST_TERMS)]
    assert terms("𝔸" * 100)[0] == fold("𝔸" * (TERM_LENGTH // 2))


def test_a_query_is_read() -> None:
    asked = wanted("Venue  of ABC-12 conf")
    assert (asked.whole, asked.prefix, asked.key) == (("venue", "of", "abc-12"), "conf", None)
    assert wanted(" abc-12 ").key == "ABC-12"
    assert wanted("conf CONF").whole == ("conf",)
    for none in ("", " . ", "😀"):
        with pytest.raises(ValueError, match="letter"):
            wanted(none)
    wanted(" ".join(f"w{number}" for number in range(MOST_WORDS)))
    with pytest.raises(ValueError, match="at most"):
        wanted(" ".join(f"w{number}" for number in range(MOST_WORDS + 1)))
