"""Objectives."""

from fastapi import APIRouter
from starlette.responses import Response

from app.core import errors, okr_errors
from app.core.okrs import Level, ObjectiveState
from app.http.conditions import IfMatch, IfNoneMatch, versioned
from app.http.direct import DirectRoute
from app.http.edge import CallDep, PageDep, no_content
from app.http.idempotency import OnceDep
from app.http.openapi import documented
from app.schemas import objectives as wire
from app.schemas.common import Id, UserId
from app.services import objectives

router = APIRouter(tags=["okrs"], route_class=DirectRoute)
_PLACE = "/workspaces/{workspace_id}/okr/objectives"
_ONE = f"{_PLACE}/{{objective_id}}"
_CHANGED = (okr_errors.ObjectiveNotFound, okr_errors.OkrCycleClosed)


@router.post(
    _PLACE,
    operation_id="createObjective",
    summary="Make an objective (MEMBER, not of a read-only type)",
    status_code=201,
    responses={
        201: {"model": wire.Objective},
        **documented(
            errors.MemberNotFound,
            okr_errors.OkrCycleNotFound,
            okr_errors.OkrCycleClosed,
            okr_errors.OkrCycleFull,
        ),
    },
)
async def create(once: OnceDep, workspace_id: Id, body: wire.ObjectiveCreate) -> Response:
    done = await once.perform(objectives.create_objective, workspace_id=workspace_id, **body.model_dump())
    return done.response(201)


@router.get(
    _PLACE,
    operation_id="listObjectives",
    summary="The objectives, the oldest first",
    description="All that is asked must hold. `parent_id` asks for those that add to one. `deleted` shows "
    "what can be restored (ADMIN), whatever else is asked.",
    responses={200: {"model": wire.ObjectivePage}},
)
async def list_all(
    call: CallDep,
    workspace_id: Id,
    page: PageDep,
    cycle_id: Id | None = None,
    owner_id: UserId | None = None,
    level: Level | None = None,
    state: ObjectiveState | None = None,
    parent_id: Id | None = None,
    deleted: bool = False,
) -> Response:
    wanted = objectives.Wanted(cycle_id, owner_id, level, state, parent_id)
    return await call.paged(
        objectives.list_objectives, page, "", workspace_id=workspace_id, wanted=wanted, deleted=deleted
    )


@router.get(
    _ONE,
    operation_id="getObjective",
    summary="One objective",
    responses={200: {"model": wire.Objective}, **documented(okr_errors.ObjectiveNotFound)},
)
async def get(call: CallDep, workspace_id: Id, objective_id: Id, if_none_match: IfNoneMatch) -> Response:
    found = await call.read(objectives.get_objective, workspace_id=workspace_id, objective_id=objective_id)
    return versioned(found, if_none_match=if_none_match)


@router.patch(
    _ONE,
    operation_id="updateObjective",
    summary="Change a draft of an objective (its owner, a MANAGER of it, ADMIN)",
    description="In approval, the request is void, and it is a draft again. What was approved is reopened "
    "first.",
    responses={
        200: {"model": wire.Objective},
        **documented(*_CHANGED, okr_errors.ObjectiveInState, errors.MemberNotFound),
    },
)
async def update(
    call: CallDep, workspace_id: Id, objective_id: Id, body: wire.ObjectivePatch, if_match: IfMatch
) -> Response:
    changed = await call.write(
        objectives.update_objective,
        workspace_id=workspace_id,
        objective_id=objective_id,
        changes=body.model_dump(exclude_unset=True),
        expected=if_match,
    )
    return versioned(changed)


@router.delete(
    _ONE,
    operation_id="deleteObjective",
    summary="Put an objective where it can be restored from (its owner, a MANAGER of it, ADMIN)",
    status_code=204,
    response_class=Response,
    responses=documented(*_CHANGED),
)
async def delete(call: CallDep, workspace_id: Id, objective_id: Id, if_match: IfMatch) -> Response:
    await call.write(
        objectives.delete_objective,
        workspace_id=workspace_id,
        objective_id=objective_id,
        expected=if_match,
    )
    return no_content()


@router.post(
    f"{_ONE}/restore",
    operation_id="restoreObjective",
    summary="Take the deletion of an objective back (its owner, a MANAGER of it, ADMIN)",
    responses={
        200: {"model": wire.Objective},
        **documented(*_CHANGED, okr_errors.ObjectiveNotDeleted),
    },
)
async def restore(once: OnceDep, workspace_id: Id, objective_id: Id) -> Response:
    done = await once.perform(
        objectives.restore_objective, workspace_id=workspace_id, objective_id=objective_id
    )
    return done.response(200)


@router.post(
    f"{_ONE}/finish",
    operation_id="finishObjective",
    summary="Say how an ACTIVE objective ended (its owner, a MANAGER of it, ADMIN)",
    responses={200: {"model": wire.Objective}, **documented(*_CHANGED, okr_errors.ObjectiveInState)},
)
async def finish(once: OnceDep, workspace_id: Id, objective_id: Id, body: wire.ObjectiveFinish) -> Response:
    done = await once.perform(
        objectives.finish_objective,
        workspace_id=workspace_id,
        objective_id=objective_id,
        outcome=body.outcome,
    )
    return done.response(200)


@router.post(
    f"{_ONE}/reopen",
    operation_id="reopenObjective",
    summary="Make a draft again of what was approved (its owner, a MANAGER of it, ADMIN)",
    responses={200: {"model": wire.Objective}, **documented(*_CHANGED, okr_errors.ObjectiveInState)},
)
async def reopen(once: OnceDep, workspace_id: Id, objective_id: Id) -> Response:
    done = await once.perform(
        objectives.reopen_objective, workspace_id=workspace_id, objective_id=objective_id
    )
    return done.response(200)
