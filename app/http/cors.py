"""Which web pages may call this service (https://fetch.spec.whatwg.org/#http-cors-protocol)."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response

from app.core.errors import OriginNotAllowed
from app.core.middleware import Receive, Scope, Send
from app.http.errors import respond


class Cors(CORSMiddleware):
    """Starlette's, with a refusal in the one format."""

    def preflight_response(self, request_headers: Headers) -> Response:
        response = super().preflight_response(request_headers)
        return response if response.status_code < 400 else _Refusal()


class _Refusal(Response):
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await respond(OriginNotAllowed(), scope, receive, send)
