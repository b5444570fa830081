"""Text that is compared, sorted or measured the same on SQL Server and SQLite."""

import re
import unicodedata
from datetime import datetime

from app.core.clock import utc_text

KEY_SEPARATOR = "\x1f"
"""Sorts before every character a name may hold, so that 'ab' comes before 'ab c'."""

# Default_Ignorable_Code_Point of Unicode's DerivedCoreProperties.txt, which Python does not know; the
# separators of lines and paragraphs; marks of annotations. They have no look, and some turn what follows.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_BLANK = re.compile(r"[\s\u2800]*")
_ZWNJ, _ZWJ, _FLAG = "\u200c", "\u200d", "\U0001f3f4"
_VIRAMA = 9
_LOCAL_PART = re.compile("[!-?A-~]+")
_DOMAIN = re.compile(r"[A-Za-z0-9._-]+|\[[0-9A-Fa-f.:]+\]")
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\uffff]")
_UNSAFE_IN_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


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
    return f"{utf16_prefix(fold(name), limit)}{KEY_SEPARATOR}{identifier}"


def name_key(name: str | None, identifier: str) -> str:
    """``sort_key`` for what has a UUID, without its hyphens."""
    return sort_key(name or "", identifier.replace("-", ""))


def moment_key(moment: datetime, identifier: str) -> str:
    """A key that sorts by time and is unique by identifier."""
    return f"{utc_text(moment)}{KEY_SEPARATOR}{identifier.replace('-', '')}"


def change_key(moment: datetime, identifier: str) -> str:
    """As ``moment_key`` for rows that a statement may change many of at once: SQL makes the same key of the
    row's own id. ASCII, 64 characters."""
    return f"{utc_text(moment)}/{identifier}"


def member_key(display_name: str | None, user_id: str) -> str:
    """By which a workspace lists a member: the same in each, so that a new name reaches all at once."""
    return sort_key(display_name or "", user_id, 200)


def after_prefix(prefix: str) -> str | None:
    """The bound below which every key that begins with ``prefix`` sorts; None when there is none.

    The next character after the last, not a "largest character": SQL Server's BIN2 orders by UTF-16
    code unit and SQLite by code point, and they do not agree which is the largest.
    """
    if not prefix or prefix[-1] in "\uffff\U0010ffff":
        return None
    following = ord(prefix[-1]) + 1
    return prefix[:-1] + chr(0xE000 if following == 0xD800 else following)


def key_range(name: str | None, place: str) -> tuple[str, str | None]:
    """Beyond which key a list goes on, and before which it ends: ``place`` is where the page before ended,
    empty for the first, and what is listed begins with ``name``, whatever its case, where one is given."""
    prefix = fold(name) if name else ""
    return place or prefix, after_prefix(prefix)


def utf16_length(text: str) -> int:
    """How many of NVARCHAR's code units the text takes; a character outside the BMP takes two."""
    return len(text) + sum(character > "\uffff" for character in text)


def utf16_prefix(text: str, limit: int) -> str:
    """As much of the beginning as takes ``limit`` of NVARCHAR's code units at most."""
    prefix = text[:limit]
    while utf16_length(prefix) > limit:
        prefix = prefix[:-1]
    return prefix


def clean_line(text: str, *, limit: int) -> str:
    """A one-line text as it is stored: trimmed, NFC, every kind of space as U+0020 (PRECIS, RFC 8264 and
    RFC 8266). Raises ``ValueError`` when nothing in it can be seen, when it is longer than ``limit`` UTF-16
    code units, or holds a control character, a lone surrogate, or what is invisible or turns the direction,
    unless a script or an emoji is written so."""
    text = _SPACES.sub(" ", text).strip()
    if _BLANK.fullmatch(text):
        raise ValueError("must not be blank")
    if _UNSAFE.search(text):
        raise ValueError("must not contain control characters or lone surrogates")
    if visible(text) != text:
        raise ValueError("must not contain invisible or direction-changing characters")
    text = unicodedata.normalize("NFC", text)
    if utf16_length(text) > limit:
        raise ValueError(f"must be at most {limit} characters (UTF-16 code units)")
    return text


def tidy_line(text: str, *, limit: int) -> str | None:
    """A line that nobody here has typed: what ``clean_line`` would refuse is left out, and what is too long
    is cut. None when nothing is left."""
    line = unicodedata.normalize("NFC", visible(_UNSAFE.sub("", _SPACES.sub(" ", text)))).strip()
    # A joiner whose other half was cut off is one more that has no look.
    line = visible(utf16_prefix(line, limit)).strip()
    return None if _BLANK.fullmatch(line) else line


def visible(text: str) -> str:
    """The text without what is invisible or turns the direction, unless it is written so."""
    return _INVISIBLE.sub(lambda found: found[0] if _has_its_place(text, found.start()) else "", text)


def _has_its_place(text: str, at: int) -> bool:
    """Whether an invisible character makes a difference that is meant: joiners (RFC 5892, appendix A),
    variants of emoji and of Han and Mongolian letters, flags of regions (UTS #51)."""
    character, before, after = text[at], text[at - 1 : at], text[at + 1 : at + 2]
    if not before:
        return False
    if character in (_ZWNJ, _ZWJ) and unicodedata.combining(before) == _VIRAMA:
        return True
    if character == _ZWNJ:
        return all(each and unicodedata.bidirectional(each) == "AL" for each in (before, after))
    if character == _ZWJ:
        return _is_pictorial(text[:at].rstrip("\ufe0f")[-1:]) and _is_pictorial(after)
    if character in "\ufe0e\ufe0f":
        return _is_pictorial(before) or after == "\u20e3"
    if "\ufe00" <= character <= "\ufe0d" or "\U000e0100" <= character <= "\U000e01ef":
        return unicodedata.name(before, "").startswith("CJK ")
    if "\u180b" <= character <= "\u180f":
        return "\u1820" <= before <= "\u18aa"
    if "\U000e0020" <= character <= "\U000e007f":
        return text[:at].rstrip(_TAGS).endswith(_FLAG)
    return False


_TAGS = "".join(map(chr, range(0xE0020, 0xE0080)))


def _is_pictorial(character: str) -> bool:
    return bool(character) and unicodedata.category(character) in ("So", "Sk", "Sm")


def clean_address(text: str) -> str:
    """An e-mail address as it is kept and shown: ASCII, so that none looks like another. A domain of other
    letters is in the form that DNS knows (UTS #46, RFC 5891), letters of other widths are the usual ones.
    Raises ``ValueError``; also for another local part than RFC 5321 has."""
    local, _, domain = text.strip().rpartition("@")
    local = unicodedata.normalize("NFKC", local)
    if not domain.isascii():
        import idna

        try:
            domain = idna.encode(domain, uts46=True).decode()
        except idna.IDNAError:
            raise ValueError("must have a domain that can be registered") from None
    if not _LOCAL_PART.fullmatch(local) or not _DOMAIN.fullmatch(domain):
        raise ValueError("must be an address in letters of ASCII, but for its domain")
    if len(local) + len(domain) > 253:
        raise ValueError("must be at most 254 characters")
    return f"{local}@{domain}"


def email_key(text: str) -> str:
    """The twin under which addresses are compared; of what is none, as ``fold`` has it, up to 320 code
    units."""
    try:
        return fold(clean_address(text))
    except ValueError:
        return utf16_prefix(fold(text), 320)


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
