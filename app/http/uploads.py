"""A form with one file, as it is sent: multipart/form-data (RFC 7578), and what clients make of it."""

from __future__ import annotations

import logging
import re
from contextlib import aclosing
from typing import Any
from urllib.parse import unquote

from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from app.core.errors import InvalidInput, ServiceUnavailable
from app.core.middleware import ORIGIN
from app.core.private_files import os_reason

log = logging.getLogger(__name__)
FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            }
        },
    }
}
"""The body of a route that takes a file, for the document."""
_EXTENDED_NAME = re.compile(
    rb";\s*filename\*\s*=\s*(utf-8|iso-8859-1)'[^']*'([!#$&+.^_`|~0-9A-Za-z%-]+)", re.IGNORECASE
)
_ENCODED_WORD = re.compile(r"=\?[^?]+\?[BbQq]\?[^?]*\?=")


async def sent_file(request: Request) -> tuple[FormData, UploadFile]:
    """The part named ``file``, and its form, which is to be closed. A file that is not small lies in a
    temporary one. Raises ``InvalidInput``, and ``ServiceUnavailable`` where there is no room."""
    form = await _received(request)
    file = form.get("file")
    if isinstance(file, UploadFile):
        return form, file
    await form.close()
    raise InvalidInput("Send a form with one part named 'file' that has a file name.")


async def sent_content(request: Request, most: int) -> bytes:
    """As ``sent_file``, of one that is small: its first ``most`` bytes, and one more where there are more."""
    form, file = await sent_file(request)
    try:
        return await file.read(most + 1)
    finally:
        await form.close()


async def _received(request: Request) -> FormData:
    kind, _ = parse_options_header(request.headers.get("content-type"))
    if kind != b"multipart/form-data":
        return FormData()
    try:
        async with aclosing(request.stream()) as stream:
            return await _Parser(request.headers, stream, max_files=1, max_fields=0).parse()
    except MultiPartException as error:
        raise InvalidInput(error.message) from None
    except ClientDisconnect:
        raise InvalidInput("The request ended before its body did.") from None
    except UnicodeError:
        # Of a `charset` that Python knows and no form has, such as "undefined" or "idna".
        raise InvalidInput("The form's names are not in the charset that it announces.") from None
    except OSError as error:
        log.error(
            "no place for an upload",
            extra={"request_id": request.scope[ORIGIN].request_id, "reason": os_reason(error)},
        )
        raise ServiceUnavailable("There is no room to take a file in. Try again.", retry_after=5) from None


class _Parser(MultiPartParser):
    """Understands ``filename*`` (RFC 8187). RFC 7578 section 4.2 wants it sent by nobody, so a plain name has
    precedence; some clients send it alone, and .NET beside an encoded word (RFC 2047) as the plain one."""

    def on_headers_finished(self) -> None:
        part = self._current_part
        extended = _extended_name(part.content_disposition or b"")
        if extended is not None:
            _, options = parse_options_header(part.content_disposition)
            if b"filename" not in options:
                part.content_disposition = (part.content_disposition or b"") + b'; filename=""'
        super().on_headers_finished()
        if extended is not None and part.file is not None:
            plain = part.file.filename or ""
            if not plain or _ENCODED_WORD.fullmatch(plain):
                part.file.filename = extended


def _extended_name(disposition: bytes) -> str | None:
    match = _EXTENDED_NAME.search(disposition)
    if match is None:
        return None
    try:
        return unquote(match[2].decode("ascii"), encoding=match[1].decode("ascii"), errors="strict")
    except UnicodeDecodeError:
        return None
