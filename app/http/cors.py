"""Which web pages may call this service (https://fetch.spec.whatwg.org/#http-cors-protocol)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response

from app.core.errors import OriginNotAllowed
from app.core.middleware import App, Receive, Scope, Send
from app.http.errors import respond


class Cors:
    """Pages of ``portals`` may send the cookie of a browser session, and ``portal_headers`` with it; those of
    ``allow_origins`` send tokens."""

    def __init__(
        self,
        app: App,
        *,
        portals: Sequence[str],
        allow_origins: Sequence[str],
        allow_headers: Sequence[str],
        portal_headers: Sequence[str],
        allow_methods: Sequence[str],
        expose_headers: Sequence[str],
    ) -> None:
        options: dict[str, Any] = {"allow_methods": allow_methods, "expose_headers": expose_headers}
        self._portals = frozenset(portal.encode() for portal in portals)
        self._for_portals = _Cors(
            app,
            allow_origins=portals,
            allow_headers=[*allow_headers, *portal_headers],
            allow_credentials=True,
            **options,
        )
        self._for_others = _Cors(app, allow_origins=allow_origins, allow_headers=allow_headers, **options)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        origins = [value for name, value in scope.get("headers", ()) if name == b"origin"]
        is_portal = len(origins) == 1 and origins[0] in self._portals
        await (self._for_portals if is_portal else self._for_others)(scope, receive, send)


class _Cors(CORSMiddleware):
    """Starlette's, with a refusal in the one format."""

    def preflight_response(self, request_headers: Headers) -> Response:
        response = super().preflight_response(request_headers)
        return response if response.status_code < 400 else _Refusal()


class _Refusal(Response):
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await respond(OriginNotAllowed(), scope, receive, send)
