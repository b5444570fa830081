"""Figures of tasks."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from app.http.direct import DirectRoute
from app.http.edge import CallDep
from app.http.figures import AskedDep, WantedDep, forms, shown
from app.schemas import task_analytics as wire
from app.schemas.common import Id, UserId
from app.services import task_analytics as analytics

router = APIRouter(tags=["analytics"], route_class=DirectRoute)


@router.get(
    "/workspaces/{workspace_id}/analytics/tasks",
    operation_id="readTaskFlow",
    summary="Tasks made and finished, and how long they took, by day, week or month",
    description="Only tasks that you may see count, by their project and type as they are now, and none that "
    "was deleted.",
    responses=forms(wire.TaskFlow),
)
async def read(
    call: CallDep,
    workspace_id: Id,
    asked: AskedDep,
    wanted: WantedDep,
    project_id: Id | None = None,
    task_type_id: Id | None = None,
    assignee_id: Annotated[UserId | None, Query()] = None,
) -> Response:
    flow = await call.read(
        analytics.read_task_flow,
        workspace_id=workspace_id,
        asked=asked.range,
        project_id=project_id,
        task_type_id=task_type_id,
        assignee_id=assignee_id,
    )
    return shown(wanted, "tasks", flow, analytics.table(flow), analytics.chart(flow))
