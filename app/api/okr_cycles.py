"""Cycles of OKRs."""

from fastapi import APIRouter
from starlette.responses import Response

from app.core import errors, okr_errors
from app.core.okrs import CycleState
from app.http.conditions import IfMatch, IfNoneMatch, versioned
from app.http.direct import DirectRoute
from app.http.edge import CallDep, PageDep, no_content
from app.http.idempotency import OnceDep
from app.http.openapi import documented
from app.schemas import okr_cycles as wire
from app.schemas.common import Id
from app.services import okr_cycles

router = APIRouter(tags=["okrs"], route_class=DirectRoute)
_PLACE = "/workspaces/{workspace_id}/okr/cycles"
_ONE = f"{_PLACE}/{{cycle_id}}"


@router.post(
    _PLACE,
    operation_id="createOkrCycle",
    summary="Make a cycle (ADMIN)",
    status_code=201,
    responses={201: {"model": wire.Cycle}, **documented(errors.BusinessRule, okr_errors.OkrCycleExists)},
)
async def create(once: OnceDep, workspace_id: Id, body: wire.CycleCreate) -> Response:
    done = await once.perform(okr_cycles.create_cycle, workspace_id=workspace_id, **body.model_dump())
    return done.response(201)


@router.get(
    _PLACE,
    operation_id="listOkrCycles",
    summary="The cycles, by name",
    responses={200: {"model": wire.CyclePage}},
)
async def list_all(
    call: CallDep, workspace_id: Id, page: PageDep, state: CycleState | None = None
) -> Response:
    return await call.paged(okr_cycles.list_cycles, page, "", workspace_id=workspace_id, state=state)


@router.get(
    _ONE,
    operation_id="getOkrCycle",
    summary="One cycle",
    responses={200: {"model": wire.Cycle}, **documented(okr_errors.OkrCycleNotFound)},
)
async def get(call: CallDep, workspace_id: Id, cycle_id: Id, if_none_match: IfNoneMatch) -> Response:
    found = await call.read(okr_cycles.get_cycle, workspace_id=workspace_id, cycle_id=cycle_id)
    return versioned(found, if_none_match=if_none_match)


@router.patch(
    _ONE,
    operation_id="updateOkrCycle",
    summary="Change a cycle's name or days (ADMIN)",
    responses={
        200: {"model": wire.Cycle},
        **documented(
            errors.BusinessRule,
            okr_errors.OkrCycleNotFound,
            okr_errors.OkrCycleExists,
            okr_errors.OkrCycleClosed,
        ),
    },
)
async def update(
    call: CallDep, workspace_id: Id, cycle_id: Id, body: wire.CyclePatch, if_match: IfMatch
) -> Response:
    changed = await call.write(
        okr_cycles.update_cycle,
        workspace_id=workspace_id,
        cycle_id=cycle_id,
        changes=body.model_dump(exclude_unset=True),
        expected=if_match,
    )
    return versioned(changed)


@router.delete(
    _ONE,
    operation_id="deleteOkrCycle",
    summary="Remove a cycle in which nothing is (ADMIN)",
    status_code=204,
    response_class=Response,
    responses=documented(okr_errors.OkrCycleNotFound, okr_errors.OkrCycleInUse, okr_errors.OkrCycleClosed),
)
async def delete(call: CallDep, workspace_id: Id, cycle_id: Id, if_match: IfMatch) -> Response:
    await call.write(okr_cycles.delete_cycle, workspace_id=workspace_id, cycle_id=cycle_id, expected=if_match)
    return no_content()


@router.post(
    f"{_ONE}/activate",
    operation_id="activateOkrCycle",
    summary="Begin a cycle (ADMIN)",
    responses={
        200: {"model": wire.Cycle},
        **documented(okr_errors.OkrCycleNotFound, okr_errors.OkrCycleState, okr_errors.OkrCycleClosed),
    },
)
async def activate(once: OnceDep, workspace_id: Id, cycle_id: Id) -> Response:
    done = await once.perform(okr_cycles.activate_cycle, workspace_id=workspace_id, cycle_id=cycle_id)
    return done.response(200)


@router.post(
    f"{_ONE}/close",
    operation_id="closeOkrCycle",
    summary="Close a cycle, for good (ADMIN)",
    description="What is in it can be read and copied from then on, and not changed.",
    responses={
        200: {"model": wire.Cycle},
        **documented(okr_errors.OkrCycleNotFound, okr_errors.OkrCycleClosed, okr_errors.OkrCycleInApproval),
    },
)
async def close(once: OnceDep, workspace_id: Id, cycle_id: Id) -> Response:
    done = await once.perform(okr_cycles.close_cycle, workspace_id=workspace_id, cycle_id=cycle_id)
    return done.response(200)


@router.post(
    f"{_ONE}/clone",
    operation_id="cloneOkrCycle",
    summary="Make a cycle with the objectives of this one, as drafts (ADMIN)",
    description="With their key results, of which nothing is measured yet, and with what they add to.",
    status_code=201,
    responses={
        201: {"model": wire.Cycle},
        **documented(
            errors.BusinessRule,
            okr_errors.OkrCycleNotFound,
            okr_errors.OkrCycleExists,
            okr_errors.TooManyFed,
        ),
    },
)
async def clone(once: OnceDep, workspace_id: Id, cycle_id: Id, body: wire.CycleCreate) -> Response:
    done = await once.perform(
        okr_cycles.clone_cycle, workspace_id=workspace_id, cycle_id=cycle_id, **body.model_dump()
    )
    return done.response(201)
