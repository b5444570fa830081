"""Key results of objectives."""

from fastapi import APIRouter
from starlette.responses import Response

from app.core import okr_errors
from app.http.conditions import IfMatch, IfNoneMatch, versioned
from app.http.direct import DirectRoute
from app.http.edge import CallDep, PageDep, no_content
from app.http.idempotency import OnceDep
from app.http.openapi import documented
from app.schemas import key_results as wire
from app.schemas.common import Id
from app.services import key_results

router = APIRouter(tags=["okrs"], route_class=DirectRoute)
_PLACE = "/workspaces/{workspace_id}/okr/objectives/{objective_id}/key-results"
_ONE = "/workspaces/{workspace_id}/okr/key-results/{key_result_id}"
_CHANGED = (okr_errors.OkrCycleClosed, okr_errors.ObjectiveInState)


@router.post(
    _PLACE,
    operation_id="createKeyResult",
    summary="Give a draft of an objective something to be measured by (its owner, a MANAGER of it, ADMIN)",
    description="In approval, the request is void, and the objective is a draft again.",
    status_code=201,
    responses={
        201: {"model": wire.KeyResult},
        **documented(
            *_CHANGED,
            okr_errors.ObjectiveNotFound,
            okr_errors.ObjectiveFull,
            okr_errors.KeyResultUnmeasurable,
        ),
    },
)
async def create(once: OnceDep, workspace_id: Id, objective_id: Id, body: wire.KeyResultCreate) -> Response:
    done = await once.perform(
        key_results.create_key_result,
        workspace_id=workspace_id,
        objective_id=objective_id,
        new=body.model_dump(),
    )
    return done.response(201)


@router.get(
    _PLACE,
    operation_id="listKeyResults",
    summary="What an objective is measured by",
    responses={200: {"model": wire.KeyResultPage}, **documented(okr_errors.ObjectiveNotFound)},
)
async def list_all(call: CallDep, workspace_id: Id, objective_id: Id, page: PageDep) -> Response:
    return await call.paged(
        key_results.list_key_results,
        page,
        "",
        call.tools.clock,
        workspace_id=workspace_id,
        objective_id=objective_id,
    )


@router.get(
    _ONE,
    operation_id="getKeyResult",
    summary="One key result, and how far it is",
    responses={200: {"model": wire.KeyResult}, **documented(okr_errors.KeyResultNotFound)},
)
async def get(call: CallDep, workspace_id: Id, key_result_id: Id, if_none_match: IfNoneMatch) -> Response:
    found = await call.read(
        key_results.get_key_result,
        call.tools.clock,
        workspace_id=workspace_id,
        key_result_id=key_result_id,
    )
    return versioned(found, if_none_match=if_none_match)


@router.patch(
    _ONE,
    operation_id="updateKeyResult",
    summary="Change what is measured (the objective's owner, a MANAGER of it, ADMIN)",
    description="All but `stale_after` is approved with the objective: it can be changed in a draft, and in "
    "approval, whose request is then void.",
    responses={
        200: {"model": wire.KeyResult},
        **documented(*_CHANGED, okr_errors.KeyResultNotFound, okr_errors.KeyResultUnmeasurable),
    },
)
async def update(
    call: CallDep, workspace_id: Id, key_result_id: Id, body: wire.KeyResultPatch, if_match: IfMatch
) -> Response:
    changed = await call.write(
        key_results.update_key_result,
        workspace_id=workspace_id,
        key_result_id=key_result_id,
        changes=body.model_dump(exclude_unset=True),
        expected=if_match,
    )
    return versioned(changed)


@router.delete(
    _ONE,
    operation_id="deleteKeyResult",
    summary="Take a key result away (the objective's owner, a MANAGER of it, ADMIN)",
    status_code=204,
    response_class=Response,
    responses=documented(*_CHANGED, okr_errors.KeyResultNotFound),
)
async def delete(call: CallDep, workspace_id: Id, key_result_id: Id, if_match: IfMatch) -> Response:
    await call.write(
        key_results.delete_key_result,
        workspace_id=workspace_id,
        key_result_id=key_result_id,
        expected=if_match,
    )
    return no_content()
