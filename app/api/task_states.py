"""What becomes of a task: who does it, how far it is, and who may."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from app.core import errors, work_errors
from app.http.conditions import IfMatch
from app.http.direct import DirectRoute
from app.http.edge import CallDep, PageDep, answer
from app.http.idempotency import OnceDep
from app.http.openapi import documented
from app.schemas import task_states as wire
from app.schemas.common import Id, UserId
from app.schemas.tasks import Task
from app.services import task_states

router = APIRouter(tags=["tasks"], route_class=DirectRoute)

_TASK = "/workspaces/{workspace_id}/tasks/{task_id}"
_CHANGED = (work_errors.TaskNotFound, work_errors.ProjectArchived)


@router.post(
    f"{_TASK}/pick",
    operation_id="pickTask",
    summary="Take up a task that nobody is assigned to (MEMBER, `take`)",
    description="Of many who pick one task at once, one is assigned; the others get `TASK_ALREADY_ASSIGNED`.",
    responses={
        200: {"model": Task},
        **documented(*_CHANGED, work_errors.TaskAlreadyAssigned, work_errors.TaskDone),
    },
)
async def pick(call: CallDep, once: OnceDep, workspace_id: Id, task_id: Id, if_match: IfMatch) -> Response:
    done = await once.perform(
        task_states.pick_task, workspace_id=workspace_id, task_id=task_id, expected=if_match
    )
    return done.response(200)


@router.post(
    f"{_TASK}/assign",
    operation_id="assignTask",
    summary="Assign somebody who may take the task up (MEMBER, `assign`)",
    responses={
        200: {"model": Task},
        **documented(*_CHANGED, work_errors.AssigneeNotEligible, work_errors.TaskDone),
    },
)
async def assign(
    call: CallDep, once: OnceDep, workspace_id: Id, task_id: Id, body: wire.Assign, if_match: IfMatch
) -> Response:
    done = await once.perform(
        task_states.assign_task,
        workspace_id=workspace_id,
        task_id=task_id,
        user_id=body.user_id,
        expected=if_match,
    )
    return done.response(200)


@router.post(
    f"{_TASK}/unassign",
    operation_id="unassignTask",
    summary="Give a task back (MEMBER, `take`), or take it from somebody (`assign`)",
    responses={200: {"model": Task}, **documented(*_CHANGED, work_errors.TaskDone)},
)
async def unassign(
    call: CallDep, once: OnceDep, workspace_id: Id, task_id: Id, if_match: IfMatch
) -> Response:
    done = await once.perform(
        task_states.unassign_task, workspace_id=workspace_id, task_id=task_id, expected=if_match
    )
    return done.response(200)


@router.post(
    f"{_TASK}/transition",
    operation_id="transitionTask",
    summary="Move a task into another state, with the reason (MEMBER, `move_state`)",
    description="TODO to IN_PROGRESS, IN_PROGRESS to BLOCKED or DONE, BLOCKED to IN_PROGRESS; DONE is final, "
    "and what waits for other tasks is let go by the service. Anything else is 400 with what is allowed.",
    responses={
        200: {"model": wire.Transition},
        **documented(*_CHANGED, work_errors.InvalidTransition, work_errors.TransitionIdUsed),
    },
)
async def transition(
    call: CallDep, once: OnceDep, workspace_id: Id, task_id: Id, body: wire.TransitionAdd, if_match: IfMatch
) -> Response:
    done = await once.perform(
        task_states.transition_task,
        workspace_id=workspace_id,
        task_id=task_id,
        to=body.to,
        reason=body.reason,
        transition_id=body.transition_id,
        expected=if_match,
    )
    return done.response(200)


@router.get(
    f"{_TASK}/transitions",
    operation_id="listTransitions",
    summary="The transitions of a task, the last one first",
    description="Those between states in which you may see such a task.",
    responses={200: {"model": wire.TransitionPage}, **documented(work_errors.TaskNotFound)},
)
async def list_transitions(call: CallDep, workspace_id: Id, task_id: Id, page: PageDep) -> Response:
    return await call.paged(
        task_states.list_transitions,
        page,
        task_states.BEYOND_EVERY_VERSION,
        workspace_id=workspace_id,
        task_id=task_id,
    )


@router.get(
    f"{_TASK}/eligibility",
    operation_id="explainEligibility",
    summary="What I may do to a task, rule by rule; of somebody else for an ADMIN",
    responses={
        200: {"model": wire.Eligibility},
        **documented(work_errors.TaskNotFound, errors.MemberNotFound),
    },
)
async def eligibility(
    call: CallDep,
    workspace_id: Id,
    task_id: Id,
    user_id: Annotated[UserId | None, Query(description="Somebody else; for an ADMIN.")] = None,
) -> Response:
    return answer(
        await call.read(
            task_states.explain_eligibility, workspace_id=workspace_id, task_id=task_id, user_id=user_id
        )
    )
