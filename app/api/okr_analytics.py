"""Figures of OKRs."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from app.core import okr_errors
from app.core.okrs import Level
from app.http.direct import DirectRoute
from app.http.edge import CallDep
from app.http.figures import AskedDep, WantedDep, forms, shown
from app.http.openapi import documented
from app.schemas import okr_analytics as wire
from app.schemas.common import Id
from app.services import okr_analytics as analytics

router = APIRouter(tags=["analytics"], route_class=DirectRoute)


@router.get(
    "/workspaces/{workspace_id}/analytics/okr",
    operation_id="readOkrFigures",
    summary="How far objectives were, and how sure people were of them, by day, week or month",
    description="Of a cycle, or of all that are ACTIVE; of one objective, or of those of a level. Drafts and "
    "what was cancelled do not count. What was checked in is scored by what was to be reached then.",
    responses={
        **forms(wire.OkrFigures),
        **documented(okr_errors.OkrCycleNotFound, okr_errors.ObjectiveNotFound),
    },
)
async def read(
    call: CallDep,
    workspace_id: Id,
    asked: AskedDep,
    wanted: WantedDep,
    cycle_id: Id | None = None,
    objective_id: Id | None = None,
    level: Annotated[Level | None, Query()] = None,
) -> Response:
    figures = await call.read(
        analytics.read_okr_figures,
        workspace_id=workspace_id,
        asked=asked.range,
        now=asked.now,
        cycle_id=cycle_id,
        objective_id=objective_id,
        level=level,
    )
    return shown(wanted, "okr", figures, analytics.table(figures), analytics.chart(figures))
