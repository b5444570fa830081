"""Moves of workspaces into organisations, and out of them: the routes of both sides."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from app.core import errors
from app.http.direct import DirectRoute
from app.http.edge import CallDep, PageDep
from app.http.idempotency import OnceDep
from app.http.openapi import documented
from app.schemas import workspace_moves as wire
from app.schemas.common import Id
from app.services import workspace_moves
from app.services.workspace_moves import START, Answer, Side

router = APIRouter(tags=["organizations"], route_class=DirectRoute)
Pending = Annotated[bool, Query(description="Only those that wait.")]
_ASKED: dict[int | str, dict[str, Any]] = {201: {"model": wire.WorkspaceMove}}
_LISTED: dict[int | str, dict[str, Any]] = {200: {"model": wire.WorkspaceMovePage}}


@router.post(
    "/workspaces/{workspace_id}/moves",
    operation_id="askToMoveWorkspace",
    summary="Ask an organisation to take the workspace in, or to let it go (OWNER)",
    description="An ADMIN of the organisation accepts or declines within 14 days.",
    status_code=201,
    responses={
        **_ASKED,
        **documented(errors.MoveExists, errors.BusinessRule, errors.OrganizationNotFound),
    },
)
async def ask_as_workspace(once: OnceDep, workspace_id: Id, body: wire.MoveByWorkspace) -> Response:
    done = await once.perform(workspace_moves.ask_as_workspace, workspace_id=workspace_id, org_id=body.org_id)
    return done.response(201)


@router.get(
    "/workspaces/{workspace_id}/moves",
    operation_id="listWorkspaceMoves",
    summary="The moves of the workspace that were asked for, the newest first (OWNER)",
    responses=_LISTED,
)
async def list_of_workspace(
    call: CallDep, workspace_id: Id, page: PageDep, pending: Pending = False
) -> Response:
    side = Side("workspace", workspace_id)
    return await call.paged(
        workspace_moves.list_moves, page, START, call.tools.clock(), side=side, pending=pending
    )


@router.post(
    "/organizations/{org_id}/moves",
    operation_id="askForWorkspaceMove",
    summary="Ask a workspace to come into the organisation, or to go (ADMIN)",
    description="An OWNER of the workspace accepts or declines within 14 days.",
    status_code=201,
    responses={
        **_ASKED,
        **documented(
            errors.MoveExists,
            errors.BusinessRule,
            errors.WorkspaceNotFound,
            errors.WorkspaceSuspended,
            errors.WorkspaceArchived,
        ),
    },
)
async def ask_as_organization(once: OnceDep, org_id: Id, body: wire.MoveByOrganization) -> Response:
    done = await once.perform(
        workspace_moves.ask_as_organization,
        org_id=org_id,
        workspace_id=body.workspace_id,
        direction=body.direction,
    )
    return done.response(201)


@router.get(
    "/organizations/{org_id}/moves",
    operation_id="listOrganizationMoves",
    summary="The moves into the organisation and out of it that were asked for, the newest first (ADMIN)",
    responses=_LISTED,
)
async def list_of_organization(
    call: CallDep, org_id: Id, page: PageDep, pending: Pending = False
) -> Response:
    side = Side("organization", org_id)
    return await call.paged(
        workspace_moves.list_moves, page, START, call.tools.clock(), side=side, pending=pending
    )


def _add_answer(answer: Answer, summary: str) -> None:
    async def as_workspace(once: OnceDep, workspace_id: Id, move_id: Id) -> Response:
        side = Side("workspace", workspace_id)
        done = await once.perform(workspace_moves.answer_move, side=side, move_id=move_id, answer=answer)
        return done.response(200)

    async def as_organization(once: OnceDep, org_id: Id, move_id: Id) -> Response:
        side = Side("organization", org_id)
        done = await once.perform(workspace_moves.answer_move, side=side, move_id=move_id, answer=answer)
        return done.response(200)

    raised: list[type[errors.AppError]] = [errors.MoveNotFound, errors.MoveEnded, errors.BusinessRule]
    if answer == "accept":
        raised += [errors.InviterMayNot, errors.LimitExceeded, errors.WorkspaceNotFound]
        raised += [errors.WorkspaceSuspended, errors.WorkspaceArchived]
    responses: dict[int | str, dict[str, Any]] = {
        200: {"model": wire.WorkspaceMove},
        **documented(*raised),
    }
    router.add_api_route(
        f"/workspaces/{{workspace_id}}/moves/{{move_id}}/{answer}",
        as_workspace,
        methods=["POST"],
        operation_id=f"{answer}MoveAsWorkspace",
        summary=f"{summary} (OWNER)",
        responses=responses,
    )
    router.add_api_route(
        f"/organizations/{{org_id}}/moves/{{move_id}}/{answer}",
        as_organization,
        methods=["POST"],
        operation_id=f"{answer}MoveAsOrganization",
        summary=f"{summary} (ADMIN of the organisation)",
        responses=responses,
    )


_add_answer("accept", "Agree to a move that the other side asked for: it is made at once")
_add_answer("decline", "Refuse a move that the other side asked for")
_add_answer("cancel", "Take back a move that your side asked for")
