"""The HTTP client that msal is given: it ends, whatever the other end does.

msal's own has no time-out. requests has one for each wait and none for an answer as a whole, and reads an
answer of any size.
"""

from __future__ import annotations

import io
import time
from typing import Any

import requests
from urllib3.exceptions import ReadTimeoutError

_MAX_BYTES = 1_048_576
_PIECE = 16_384


class BoundedSession(requests.Session):
    """An answer is here whole within ``total`` seconds and one wait more, is at most 1 MiB, and comes as it
    is: not compressed, not redirected. Raises ``requests.Timeout``, ``requests.TooManyRedirects`` for any,
    and ``requests.HTTPError`` for 429 and 5xx, which are no answers to what was asked."""

    def __init__(self, *, connect: float = 5.0, read: float = 8.0, total: float = 15.0) -> None:
        super().__init__()
        self._waits = (connect, read)
        self._total = total
        self.headers["Accept-Encoding"] = "identity"

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        ends = time.monotonic() + self._total
        answer = super().send(request, **options | {"timeout": self._waits, "stream": True})
        try:
            if answer.is_redirect:
                raise requests.TooManyRedirects("the answer is elsewhere")
            answer.raw = io.BytesIO(_whole(answer.raw, ends))
        except BaseException:
            answer.close()
            raise
        if answer.status_code == 429 or answer.status_code >= 500:
            answer.raise_for_status()
        return answer

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None is followed. Asked for where it leads, requests would first read the redirect's body, however
        large and slow it is."""
        return


def _whole(raw: Any, ends: float) -> bytes:
    body = bytearray()
    try:
        while piece := raw.read1(_PIECE, decode_content=False):
            body += piece
            if time.monotonic() > ends:
                raise requests.Timeout("the answer does not end")
            if len(body) > _MAX_BYTES:
                raise requests.ConnectionError("the answer is too large")
    except ReadTimeoutError:
        raise requests.Timeout("the answer stopped") from None
    return bytes(body)
