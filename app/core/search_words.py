"""The words by which texts are found: the same for what is written and for what is looked for.

A word is a run of letters and digits of any script with the marks on them, in NFC and case folded, cut at
64 UTF-16 code units. What looks like the key of a task (``ABC-123``) is one word more. Scripts that put no
blanks between words are found by the beginning of a run.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from app.core.text import fold, utf16_prefix

MOST_TERMS = 500
"""Of one document; what stands further down is not found."""
MOST_WORDS = 8
"""Of one query."""
TERM_LENGTH = 64
_RUN = re.compile(r"[^\W_]+|[^\x00-\x7f]")
_KEY = re.compile(r"(?<![^\W_])[a-z][a-z0-9]{1,9}-[1-9][0-9]{0,8}(?![^\W_])")
# No break between words (UAX #29), and nothing to be seen: joiners, soft hyphens, marks of direction.
_IGNORED = dict.fromkeys(map(ord, "\u00ad\u200c\u200d\u200e\u200f\u2060\ufeff"))


@dataclass(frozen=True)
class Wanted:
    """What is looked for: all of ``whole``, and a word that begins with ``prefix``."""

    whole: tuple[str, ...]
    prefix: str
    key: str | None
    """Where it is the key of a task and nothing else."""


def terms(*texts: str | None) -> list[str]:
    """The words of a document, each once, in the order of their first place; at most ``MOST_TERMS``."""
    found: dict[str, None] = {}
    for text in texts:
        for word in _words(_folded(text or "")):
            found[word] = None
            if len(found) == MOST_TERMS:
                return list(found)
    return list(found)


def wanted(text: str) -> Wanted:
    """Reads a query; its last word may be the beginning of one. Raises ``ValueError`` where it has no word,
    or more than ``MOST_WORDS``."""
    folded = _folded(text)
    words, place = list[str](), 0
    for key in _KEY.finditer(folded):
        words += [*_runs(folded[place : key.start()]), key[0]]
        place = key.end()
    words += _runs(folded[place:])
    if not words:
        raise ValueError("must have a letter or a digit")
    *whole, last = words
    kept = tuple(dict.fromkeys(whole))
    if len(kept) >= MOST_WORDS:
        raise ValueError(f"must have at most {MOST_WORDS} words")
    return Wanted(kept, last, last.upper() if _KEY.fullmatch(folded.strip()) else None)


def _folded(text: str) -> str:
    return fold(text.translate(_IGNORED))


def _words(folded: str) -> Iterator[str]:
    keys = _KEY.finditer(folded)
    key = next(keys, None)
    for start, word in _placed_runs(folded):
        if key is not None and key.start() <= start:
            yield key[0]
            key = next(keys, None)
        yield word


def _runs(folded: str) -> Iterator[str]:
    return (word for _, word in _placed_runs(folded))


def _placed_runs(folded: str) -> Iterator[tuple[int, str]]:
    start = end = 0
    for found in _RUN.finditer(folded):
        is_attached = start < end == found.start()
        if not found[0][0].isalnum():
            if is_attached and unicodedata.category(found[0]).startswith("M"):
                end = found.end()
            continue
        if not is_attached:
            if start < end:
                yield start, utf16_prefix(folded[start:end], TERM_LENGTH)
            start = found.start()
        end = found.end()
    if start < end:
        yield start, utf16_prefix(folded[start:end], TERM_LENGTH)
