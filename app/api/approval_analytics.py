"""Figures of approvals."""

from fastapi import APIRouter
from starlette.responses import Response

from app.http.direct import DirectRoute
from app.http.edge import CallDep
from app.http.figures import AskedDep, WantedDep, forms, shown
from app.schemas import approval_analytics as wire
from app.schemas.approval_flows import Approved
from app.schemas.common import Id
from app.services import approval_analytics as analytics

router = APIRouter(tags=["analytics"], route_class=DirectRoute)


@router.get(
    "/workspaces/{workspace_id}/analytics/approvals",
    operation_id="readApprovalFigures",
    summary="Approvals: how they ended and how long they took, by day, week or month and by stage",
    responses=forms(wire.ApprovalFigures),
)
async def read(
    call: CallDep,
    workspace_id: Id,
    asked: AskedDep,
    wanted: WantedDep,
    object_type: Approved | None = None,
) -> Response:
    figures = await call.read(
        analytics.read_approval_figures,
        workspace_id=workspace_id,
        asked=asked.range,
        now=asked.now,
        object_type=object_type,
    )
    return shown(wanted, "approvals", figures, analytics.table(figures), analytics.chart(figures))
