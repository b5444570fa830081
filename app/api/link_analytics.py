"""Figures of links."""

from fastapi import APIRouter
from starlette.responses import Response

from app.http.direct import DirectRoute
from app.http.edge import CallDep
from app.http.figures import AskedDep, WantedDep, forms, shown
from app.integrations.registry import ProviderName
from app.schemas import link_analytics as wire
from app.schemas.common import Id
from app.services import link_analytics as analytics

router = APIRouter(tags=["analytics"], route_class=DirectRoute)


@router.get(
    "/workspaces/{workspace_id}/analytics/links",
    operation_id="readLinkHealth",
    summary="Links by their health now, and what checks of them found, by day, week or month",
    description="Links that were deleted do not count. Of each the last 100 checks do: see `complete_since`.",
    responses=forms(wire.LinkHealth),
)
async def read(
    call: CallDep, workspace_id: Id, asked: AskedDep, wanted: WantedDep, provider: ProviderName | None = None
) -> Response:
    health = await call.read(
        analytics.read_link_health, workspace_id=workspace_id, asked=asked.range, provider=provider
    )
    return shown(wanted, "links", health, analytics.table(health), analytics.chart(health))
