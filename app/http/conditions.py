"""Conditional requests (RFC 9110 section 13): If-Match on changes, If-None-Match on reads.

An entity tag is the stored version and a checksum of the answer: ``"3-1f00c0de"``. A change is held to the
version alone, because what the checksum also covers (the caller's role, the health of a link) is not what
the caller would overwrite. So ``"3"``, made from the ``version`` of a list's item, is good for If-Match too.

A proxy that compresses answers marks their tags: nginx makes them weak (``W/"3-1f00c0de"``), Apache adds a
suffix (``"3-1f00c0de-gzip"``). RFC 9110 section 13.1.1 has If-Match compare strongly, which no tag would
survive that went through one. But what is compared here is the version inside, which no coding changes: who
names it has seen what would be overwritten. So both marks are passed over.
https://httpd.apache.org/docs/2.4/mod/mod_deflate.html#deflatealteretag
"""

from __future__ import annotations

import re
import zlib
from typing import Annotated, Protocol

import msgspec
from fastapi import Depends, Header
from starlette.responses import Response

from app.core.preconditions import Expected

_TAG = re.compile(r'(?:W/)?"([^"]*?)(?:-(?:gzip|deflate|br|zstd))?"')
_VERSION = re.compile(r"(\d{1,9})(?:-[0-9a-f]{8})?")


class Versioned(Protocol):
    @property
    def version(self) -> int: ...


CONDITION_LENGTH = 1000


async def _if_match(
    if_match: Annotated[
        str | None,
        Header(
            description="Change it only if it is still what this ETag names, else 412.",
            max_length=CONDITION_LENGTH,
        ),
    ] = None,
) -> Expected:
    return expected_versions(if_match)


def expected_versions(if_match: str | None) -> Expected:
    """The versions that ``If-Match`` names; None where it names none in particular."""
    if if_match is None or if_match.strip() == "*":
        return None
    # What is no tag of ours matches nothing.
    tags = _TAG.finditer(if_match)
    return frozenset(int(match[1]) for tag in tags if (match := _VERSION.fullmatch(tag[1])))


async def _if_none_match(
    if_none_match: Annotated[
        str | None,
        Header(description="Answer 304 if it is still what this ETag names.", max_length=CONDITION_LENGTH),
    ] = None,
) -> str | None:
    return if_none_match


IfMatch = Annotated[Expected, Depends(_if_match)]
IfNoneMatch = Annotated[str | None, Depends(_if_none_match)]


def is_named(tag: str, if_none_match: str | None) -> bool:
    """Whether ``If-None-Match`` names this entity tag; the comparison is the weak one."""
    if if_none_match is None:
        return False
    return if_none_match.strip() == "*" or any(
        f'"{found[1]}"' == tag for found in _TAG.finditer(if_none_match)
    )


def versioned(value: Versioned, status: int = 200, if_none_match: str | None = None) -> Response:
    """JSON with its ETag; 304 without a body where the caller has it already."""
    return tagged(msgspec.json.encode(value), value.version, status, if_none_match)


def tagged(body: bytes, version: int, status: int = 200, if_none_match: str | None = None) -> Response:
    """As ``versioned``, for an answer that is JSON already."""
    tag = f'"{version}-{zlib.crc32(body):08x}"'
    # Everybody sees their own: a shared cache must ask each time.
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if is_named(tag, if_none_match):
        return Response(status_code=304, headers=headers)
    return Response(body, status, headers, "application/json")
