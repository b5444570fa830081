"""Tasks in the columns of boards."""

from fastapi import APIRouter
from starlette.responses import Response

from app.core import work_errors
from app.core.gaps import BELOW_ALL
from app.http.conditions import IfMatch
from app.http.direct import DirectRoute
from app.http.edge import CallDep, PageDep
from app.http.idempotency import OnceDep
from app.http.openapi import documented
from app.kernel.placing import End, Spot
from app.schemas import task_moves as wire
from app.schemas.common import Id
from app.schemas.tasks import Task, TaskPage
from app.services import task_moves
from app.services.tasks import NewTask

router = APIRouter(tags=["boards"], route_class=DirectRoute)

_PLACED = (
    work_errors.ColumnNotFound,
    work_errors.TaskNotInColumn,
    work_errors.WipLimit,
    work_errors.InvalidTransition,
    work_errors.ProjectArchived,
)


def spot_of(body: wire.TaskMove | wire.ColumnTaskAdd) -> Spot:
    return (body.after or End.TOP) if "after" in body.model_fields_set else End.BOTTOM


@router.get(
    "/workspaces/{workspace_id}/columns/{column_id}/tasks",
    operation_id="listColumnTasks",
    summary="The tasks of a column that you may see, in order",
    description="A task that is moved while you read on may come twice, or not at all.",
    responses={200: {"model": TaskPage}, **documented(work_errors.ColumnNotFound)},
)
async def list_all(call: CallDep, workspace_id: Id, column_id: Id, page: PageDep) -> Response:
    return await call.paged(
        task_moves.list_column_tasks, page, BELOW_ALL, workspace_id=workspace_id, column_id=column_id
    )


@router.post(
    "/workspaces/{workspace_id}/columns/{column_id}/tasks",
    operation_id="createColumnTask",
    summary="Create a task in a column (MEMBER, `take` on its type)",
    status_code=201,
    responses={201: {"model": Task}, **documented(*_PLACED, work_errors.TaskTypeNotFound)},
)
async def create(
    call: CallDep, once: OnceDep, workspace_id: Id, column_id: Id, body: wire.ColumnTaskAdd
) -> Response:
    done = await once.perform(
        task_moves.create_in_column,
        workspace_id=workspace_id,
        column_id=column_id,
        new=NewTask(**body.model_dump(exclude={"after"})),
        spot=spot_of(body),
    )
    return done.response(201)


@router.post(
    "/workspaces/{workspace_id}/tasks/{task_id}/move",
    operation_id="moveTask",
    summary="Put a task into a place of a column, or out of any (MEMBER, `move_state`)",
    description="Into a column that stands for a state it is a transition as well, with the column's name as "
    "its reason; where the state machine has no such one, nothing is done.",
    responses={200: {"model": Task}, **documented(work_errors.TaskNotFound, *_PLACED)},
)
async def move(
    call: CallDep, once: OnceDep, workspace_id: Id, task_id: Id, body: wire.TaskMove, if_match: IfMatch
) -> Response:
    done = await once.perform(
        task_moves.move_task,
        workspace_id=workspace_id,
        task_id=task_id,
        column_id=body.column_id,
        spot=spot_of(body),
        expected=if_match,
    )
    return done.response(200)
