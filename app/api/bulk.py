"""Many changes of tasks in one request."""

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from app.api.task_moves import spot_of
from app.core import work_errors
from app.core.errors import AppError, VersionMismatch
from app.db.connection import WriteTransaction
from app.http.direct import DirectRoute
from app.http.edge import CallDep
from app.http.errors import body_of, status_of
from app.http.idempotency import OnceDep
from app.http.openapi import documented
from app.kernel.access import AccessDenied
from app.kernel.task_access import as_listed
from app.schemas import bulk as wire
from app.schemas.common import Id
from app.services import bulk
from app.services.bulk import Item, Mode, Outcome
from app.services.tasks import NewTask

router = APIRouter(tags=["tasks"], route_class=DirectRoute)

_SUCCESS = {"create": 201, "delete": 204}
"""Of the routes of their own; of the others 200."""


@router.post(
    "/workspaces/{workspace_id}/tasks/bulk",
    operation_id="changeTasks",
    summary="Up to 200 changes of tasks at once (MEMBER, and what each needs)",
    description="Each item is what one request would be, and is judged, audited and told of as that. With "
    "`atomic` the error of the first item that fails is the answer, `details.index` says which, and nothing "
    "is changed.",
    responses={
        200: {"model": wire.Bulk},
        **documented(
            work_errors.TaskNotFound,
            work_errors.ProjectNotFound,
            work_errors.TaskTypeNotFound,
            work_errors.ColumnNotFound,
            work_errors.ProjectArchived,
            work_errors.AssigneeNotEligible,
            work_errors.InvalidTransition,
            work_errors.TaskAlreadyAssigned,
            work_errors.TaskDone,
            work_errors.TaskNotInColumn,
            work_errors.TransitionIdUsed,
            work_errors.WipLimit,
            VersionMismatch,
        ),
    },
)
async def change(call: CallDep, once: OnceDep, workspace_id: Id, body: wire.BulkAdd) -> Response:
    items = [_item(each) for each in body.items]
    denied: list[AccessDenied] = []

    async def work(tx: WriteTransaction) -> dict[str, Any]:
        denied.clear()
        outcomes = await bulk.change_tasks(
            tx, call.caller, call.tools, workspace_id=workspace_id, mode=Mode(body.mode), items=items
        )
        denied.extend(each.error for each in outcomes if isinstance(each.error, AccessDenied))
        results = [_result(index, each, call.caller.origin.request_id) for index, each in enumerate(outcomes)]
        failed = sum(each.error is not None for each in outcomes)
        return {"succeeded": len(outcomes) - failed, "failed": failed, "results": results}

    done = await once.run(work)
    for error in denied:
        await call.record(error)
    return done.response(200)


def _item(sent: wire.Item) -> Item:
    if isinstance(sent, wire.CreateItem):
        new = NewTask(**sent.body.model_dump(exclude={"project_id"}))
        return Item(sent.op, {"project_id": sent.body.project_id, "new": new})
    values: dict[str, Any] = {}
    if isinstance(sent, wire.UpdateItem):
        values = {"changes": sent.body.model_dump(exclude_unset=True)}
    elif isinstance(sent, wire.MoveItem):
        values = {"column_id": sent.body.column_id, "spot": spot_of(sent.body)}
    elif isinstance(sent, wire.AssignItem | wire.TransitionItem):
        values = sent.body.model_dump()
    expected = None if sent.version is None else frozenset({sent.version})
    return Item(sent.op, {"task_id": sent.task_id, "expected": expected, **values})


def _result(index: int, outcome: Outcome, request_id: str) -> dict[str, Any]:
    error: AppError | None = outcome.error
    op = outcome.item.op
    return {
        "index": index,
        "op": op,
        "status": _SUCCESS.get(op, 200) if error is None else status_of(error),
        "task": None if outcome.task is None else as_listed(outcome.task),
        "error": None if error is None else body_of(error, request_id),
    }
