"""What key results are fed by."""

from fastapi import APIRouter
from starlette.responses import Response

from app.core import connector_errors, okr_errors, work_errors
from app.core.key_result_sources import ConnectorSource, TasksSource
from app.http.direct import DirectRoute
from app.http.edge import CallDep, answer, no_content
from app.http.openapi import documented
from app.schemas import key_result_feeds as wire
from app.schemas.common import Id
from app.services import key_result_feeds

router = APIRouter(tags=["okrs"], route_class=DirectRoute)
_PLACE = "/workspaces/{workspace_id}/okr/key-results/{key_result_id}/feed"


@router.get(
    _PLACE,
    operation_id="getKeyResultFeed",
    summary="What a key result is fed by, and how that went last",
    responses={
        200: {"model": wire.Feed},
        **documented(okr_errors.KeyResultNotFound, okr_errors.KeyResultNotFed),
    },
)
async def get(call: CallDep, workspace_id: Id, key_result_id: Id) -> Response:
    found = await call.read(
        key_result_feeds.get_feed, call.tools.clock, workspace_id=workspace_id, key_result_id=key_result_id
    )
    return answer(found)


@router.put(
    _PLACE,
    operation_id="setKeyResultFeed",
    summary="Feed a key result by a connector or by tasks (the objective's owner, a MANAGER of it, ADMIN)",
    description="It is not checked in by hand from then on. Only METRICs are fed, while their objective is "
    "ACTIVE and its cycle is not closed.",
    responses={
        200: {"model": wire.Feed},
        **documented(
            okr_errors.KeyResultNotFound,
            okr_errors.KeyResultUnmeasurable,
            okr_errors.OkrCycleClosed,
            okr_errors.TooManyFed,
            connector_errors.ConnectorNotFound,
            work_errors.ProjectNotFound,
            work_errors.TaskTypeNotFound,
        ),
    },
)
async def put(call: CallDep, workspace_id: Id, key_result_id: Id, body: wire.FeedSet) -> Response:
    sent = body.model_dump(exclude_none=True)
    source = ConnectorSource(**sent["connector"]) if body.connector else TasksSource(**sent["tasks"])
    made = await call.write(
        key_result_feeds.set_feed, workspace_id=workspace_id, key_result_id=key_result_id, source=source
    )
    return answer(made)


@router.delete(
    _PLACE,
    operation_id="removeKeyResultFeed",
    summary="Have a key result checked in by hand again (the objective's owner, a MANAGER of it, ADMIN)",
    status_code=204,
    response_class=Response,
    responses=documented(okr_errors.KeyResultNotFound, okr_errors.KeyResultNotFed, okr_errors.OkrCycleClosed),
)
async def delete(call: CallDep, workspace_id: Id, key_result_id: Id) -> Response:
    await call.write(key_result_feeds.remove_feed, workspace_id=workspace_id, key_result_id=key_result_id)
    return no_content()
