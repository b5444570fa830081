"""Metrics of this process."""

import hmac
from typing import Annotated

from fastapi import APIRouter, Header
from starlette.responses import Response

from app.core import errors
from app.core.metrics import CONTENT_TYPE
from app.http.direct import DirectRoute
from app.http.edge import EdgeDep
from app.http.openapi import documented

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
    token = edge.parts.settings.metrics_token
    if token is None and edge.parts.settings.is_production:
        raise errors.NotFound
    if token is not None:
        expected = f"Bearer {token.get_secret_value()}"
        if not hmac.compare_digest((authorization or "").encode(), expected.encode()):
            raise errors.InvalidAzureToken("This needs METRICS_TOKEN as a Bearer token.")
    return Response(edge.parts.metrics.text(), media_type=CONTENT_TYPE)
