"""Text that is compared, sorted or measured the same on SQL Server and SQLite."""

import re
import unicodedata

KEY_SEPARATOR = "\x1f"
"""Sorts before every character a name may hold, so that 'ab' comes before 'ab c'."""

_UNSAFE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff\uffff]")
_UNSAFE_IN_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def fold(text: str) -> str:
    """The twin under which text is compared: NFC, trimmed, case folded.

    SQL Server's collations usually ignore case and trailing spaces, SQLite's do neither, and
    SQLite's NOCASE knows ASCII only; so the comparing is done here.
    """
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).strip().casefold())


def sort_key(name: str, identifier: str, limit: int = 300) -> str:
    """A key that sorts by folded name and is unique by identifier: one column pages a list.

    At most ``limit`` characters of the name count, which keeps SQL Server's index keys
    below their 1,700 bytes.
    """
    return f"{_utf16_prefix(fold(name), limit)}{KEY_SEPARATOR}{identifier}"


def after_prefix(prefix: str) -> str | None:
    """The bound below which every key that begins with ``prefix`` sorts; None when there is none.

    The next character after the last, not a "largest character": SQL Server's BIN2 orders by UTF-16
    code unit and SQLite by code point, and they do not agree which is the largest.
    """
    if not prefix or prefix[-1] in "\uffff\U0010ffff":
        return None
    following = ord(prefix[-1]) + 1
    return prefix[:-1] + chr(0xE000 if following == 0xD800 else following)


def utf16_length(text: str) -> int:
    """How many of NVARCHAR's code units the text takes; a character outside the BMP takes two."""
    return len(text) + sum(character > "\uffff" for character in text)


def _utf16_prefix(text: str, limit: int) -> str:
    prefix = text[:limit]
    while utf16_length(prefix) > limit:
        prefix = prefix[:-1]
    return prefix


def clean_line(text: str, *, limit: int) -> str:
    """A one-line text as it is stored: trimmed, NFC. Raises ``ValueError`` when empty, longer than
    ``limit`` UTF-16 code units, or holding a control character or a lone surrogate."""
    text = text.strip()
    if not text:
        raise ValueError("must not be blank")
    if _UNSAFE.search(text):
        raise ValueError("must not contain control characters or lone surrogates")
    text = unicodedata.normalize("NFC", text)
    if utf16_length(text) > limit:
        raise ValueError(f"must be at most {limit} characters (UTF-16 code units)")
    return text


def plain(text: str) -> str:
    """The text as it is. Raises ``ValueError`` where it holds a control character, other than a tab or the
    end of a line, or a lone surrogate: no encoding writes that, and the databases part at a NUL."""
    if _UNSAFE_IN_TEXT.search(text):
        raise ValueError("must not contain control characters or lone surrogates")
    return text


def clean_text(text: str, *, limit: int) -> str:
    """As ``clean_line`` for text of several lines, which may be empty."""
    plain(text)
    if utf16_length(text) > limit:
        raise ValueError(f"must be at most {limit} characters (UTF-16 code units)")
    return text
