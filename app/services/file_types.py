"""Of which type a file is, and whether that type is wanted here."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Sequence
from fnmatch import fnmatchcase

from app.core.errors import FileTypeNotAllowed, PayloadTooLarge

HEAD_BYTES = 8192
"""How much of a file's beginning is looked at."""
_UNKNOWN = "application/octet-stream"
_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")
_SURE = 0.4
"""puremagic's confidence: a tenth for each byte that speaks for a type."""

_OFFICE = "application/vnd.openxmlformats-officedocument"
_OPEN = "application/vnd.oasis.opendocument"
_BY_NAME = {
    ".docx": f"{_OFFICE}.wordprocessingml.document",
    ".dotx": f"{_OFFICE}.wordprocessingml.template",
    ".xlsx": f"{_OFFICE}.spreadsheetml.sheet",
    ".xltx": f"{_OFFICE}.spreadsheetml.template",
    ".pptx": f"{_OFFICE}.presentationml.presentation",
    ".potx": f"{_OFFICE}.presentationml.template",
    ".ppsx": f"{_OFFICE}.presentationml.slideshow",
    ".odt": f"{_OPEN}.text",
    ".ods": f"{_OPEN}.spreadsheet",
    ".odp": f"{_OPEN}.presentation",
    ".odg": f"{_OPEN}.graphics",
    ".rtf": "application/rtf",
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".log": "text/plain",
    ".yaml": "text/yaml",
    ".yml": "text/yaml",
    ".ics": "text/calendar",
    ".webp": "image/webp",
    ".flac": "audio/flac",
    ".m4a": "audio/mp4",
    ".ogg": "audio/ogg",
    ".mkv": "video/x-matroska",
}
"""Of the IANA registry, as far as some Python this runs on does not know them."""
_USUAL_NAMES = {
    "application/x-zip-compressed": "application/zip",
    "application/x-zip": "application/zip",
    "application/x-pdf": "application/pdf",
    "application/x-rtf": "application/rtf",
    "text/x-markdown": "text/markdown",
}
"""Types as Windows and older clients call them."""

_TEXTS = ("text/*", "application/json", "application/xml", "application/*+json", "application/*+xml")
_MEDIA = ("image/*", "audio/*", "video/*")
_MARKUP_MEDIA = ("image/*+xml",)
# WHATWG, "MIME Sniffing": section 3, binary data bytes, and section 7.1, what is HTML, XML and PDF.
_BINARY = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_DOCUMENT = re.compile(
    rb"(?:\xef\xbb\xbf)?[\t\n\x0c\r ]*(?:<!--|<\?xml|<svg|%PDF-|<(?:!DOCTYPE HTML|HTML|HEAD|SCRIPT|IFRAME|H1|"
    rb"DIV|FONT|TABLE|A|STYLE|TITLE|B|BODY|BR|P)[ >\t\n\x0c\r/])",
    re.IGNORECASE,
)
_EXECUTABLE = (
    "application/vnd.microsoft.portable-executable",
    "application/x-msdownload",
    "application/x-dosexec",
)
_PROGRAMS = ((b"MZ", _EXECUTABLE), (b"\x00asm", ("application/wasm",)))
"""Beginnings that no other format has, and that suffice to be run: puremagic wants more of a Windows program
than Windows does."""


def type_of(name: str, claimed: str | None, head: bytes, allowed: Sequence[str]) -> str:
    """The media type that was claimed, else the one that the name stands for. Raises ``FileTypeNotAllowed``
    when it is none of ``allowed`` (patterns such as ``image/*``), and when the content is recognisably
    something else: of types none of which is allowed, or a document under the name or type of a picture, a
    sound or a film. Text that is claimed to be text is not looked into: much of it begins like something."""
    by_name = _type_by_name(name)
    content_type = _claim(claimed)
    if content_type == _UNKNOWN:
        content_type = by_name
    if not _is_one_of(content_type, allowed):
        raise FileTypeNotAllowed(details={"content_type": content_type, "allowed": list(allowed)})
    if _passes_for_media(content_type, by_name) and (document := _document(head)):
        raise _different(document, allowed)
    if _is_one_of(content_type, _TEXTS) and _is_text(head):
        return content_type
    found = _recognised(head)
    if found and not any(_is_one_of(each, allowed) for each in found):
        raise _different(found[0] or _UNKNOWN, allowed)
    return content_type


def _different(found: str, allowed: Sequence[str]) -> FileTypeNotAllowed:
    return FileTypeNotAllowed(
        "The content of this file is of a type that this service does not take, or not under this name.",
        details={"content_type": found, "allowed": list(allowed)},
    )


def _claim(claimed: str | None) -> str:
    essence = (claimed or "").partition(";")[0].strip().lower()
    return _USUAL_NAMES.get(essence, essence) if _TYPE.fullmatch(essence) else _UNKNOWN


def _type_by_name(name: str) -> str:
    ending = name[name.rfind(".") :].lower() if "." in name else ""
    # An instance of its own: the module's functions read the machine's tables as well.
    return _BY_NAME.get(ending) or mimetypes.MimeTypes().guess_type(name)[0] or _UNKNOWN


def _passes_for_media(*types: str) -> bool:
    return any(_is_one_of(each, _MEDIA) and not _is_one_of(each, _MARKUP_MEDIA) for each in types)


def _is_one_of(content_type: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(content_type, pattern) for pattern in patterns)


def _document(head: bytes) -> str | None:
    """The type of what a browser or a shell would take for its own."""
    if head.startswith(b"#!"):
        return "text/x-shellscript"
    text = head.decode("utf-16", "replace").encode() if head.startswith(_UTF16_MARKS) else head
    return "text/html" if _DOCUMENT.match(text) else None


def _is_text(head: bytes) -> bool:
    return head.startswith(_UTF16_MARKS) or not _BINARY.search(head)


def _recognised(head: bytes) -> Sequence[str]:
    """Media types that the content may be of, the likeliest first; "" is a type without a name."""
    if not head:
        return []
    for beginning, types in _PROGRAMS:
        if head.startswith(beginning):
            return types
    import puremagic

    try:
        return [match.mime_type for match in puremagic.magic_string(head) if match.confidence >= _SURE]
    except puremagic.PureError:
        return []


def require_picture(content: bytes, *, what: str, most_bytes: int) -> str:
    """The type of a picture that is not too large. Raises ``PayloadTooLarge``, and ``FileTypeNotAllowed`` for
    what is none of the kinds that carry no script."""
    if len(content) > most_bytes:
        raise PayloadTooLarge(details={"max_bytes": most_bytes})
    kind = picture_type(content)
    if kind is None:
        raise FileTypeNotAllowed(f"A {what} is a PNG, a JPEG or a WebP.")
    return kind


def picture_type(content: bytes) -> str | None:
    """Of a picture that browsers show and that holds no script; None for anything else. By its first bytes
    (WHATWG, "MIME Sniffing", section 6.1)."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    return "image/webp" if content[:4] == b"RIFF" and content[8:14] == b"WEBPVP" else None
