"""Of which type a file is, and whether that type is wanted here."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Sequence
from fnmatch import fnmatchcase

from app.core.errors import FileTypeNotAllowed

HEAD_BYTES = 8192
"""How much of a file's beginning is looked at."""
_UNKNOWN = "application/octet-stream"
_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")
_SURE = 0.4
"""puremagic's confidence: a tenth for each byte that speaks for a type."""


def type_of(name: str, claimed: str | None, head: bytes, allowed: Sequence[str]) -> str:
    """The media type that was claimed, else the one that the name stands for. Raises ``FileTypeNotAllowed``
    when it is none of ``allowed`` (patterns such as ``image/*``), and also when the content is recognisably
    of other types, none of which is."""
    content_type = _claim(claimed)
    if content_type == _UNKNOWN:
        # An instance of its own: the module's functions read the machine's tables as well.
        content_type = mimetypes.MimeTypes().guess_type(name)[0] or _UNKNOWN
    if not _is_allowed(content_type, allowed):
        raise FileTypeNotAllowed(details={"content_type": content_type, "allowed": list(allowed)})
    found = _recognised(head)
    if found and not any(_is_allowed(each, allowed) for each in found):
        raise FileTypeNotAllowed(
            "The content of this file is of a type that this service does not take.",
            details={"content_type": found[0] or _UNKNOWN, "allowed": list(allowed)},
        )
    return content_type


def _claim(claimed: str | None) -> str:
    essence = (claimed or "").partition(";")[0].strip().lower()
    return essence if _TYPE.fullmatch(essence) else _UNKNOWN


def _is_allowed(content_type: str, allowed: Sequence[str]) -> bool:
    return any(fnmatchcase(content_type, pattern) for pattern in allowed)


def _recognised(head: bytes) -> list[str]:
    """Media types that the content may be of, the likeliest first; "" is a type without a name."""
    if not head:
        return []
    import puremagic

    try:
        return [match.mime_type for match in puremagic.magic_string(head) if match.confidence >= _SURE]
    except puremagic.PureError:
        return []
