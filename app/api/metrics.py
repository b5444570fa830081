"""Metrics of this process, and the middleware that times its requests."""

from __future__ import annotations

import hmac
import time
from typing import Annotated

from fastapi import APIRouter, Header
from starlette.responses import Response

from app.api.direct import DirectRoute
from app.api.edge import EdgeDep
from app.api.openapi import documented
from app.core import errors
from app.core.metrics import CONTENT_TYPE, Metrics
from app.core.middleware import App, Message, Receive, Scope, Send

router = APIRouter(tags=["health"], route_class=DirectRoute)


@router.get(
    "/metrics",
    operation_id="metrics",
    summary="Metrics of this process, for Prometheus",
    description="With `METRICS_TOKEN` as Bearer. Without it: open in development, off in production.",
    response_class=Response,
    responses={
        200: {"content": {"text/plain": {"schema": {"type": "string"}}}, "description": "Text format 0.0.4."},
        **documented(errors.NotFound, errors.InvalidAzureToken),
    },
)
async def metrics(edge: EdgeDep, authorization: Annotated[str | None, Header()] = None) -> Response:
    token = edge.settings.metrics_token
    if token is None and edge.settings.is_production:
        raise errors.NotFound
    if token is not None:
        expected = f"Bearer {token.get_secret_value()}"
        if not hmac.compare_digest((authorization or "").encode(), expected.encode()):
            raise errors.InvalidAzureToken("This needs METRICS_TOKEN as a Bearer token.")
    return Response(edge.metrics.text(), media_type=CONTENT_TYPE)


class RequestMetrics:
    """Times every request by the template of its route: paths hold ids, templates do not."""

    def __init__(self, app: App, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), 500

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watch)
        finally:
            route = getattr(scope.get("route"), "path", "none")
            self._metrics.request(scope["method"], route, status, time.perf_counter() - started)
