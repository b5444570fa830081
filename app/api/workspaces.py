"""Workspaces. The path names the tenant; the database decides the role."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from app.core import errors
from app.http.conditions import IfMatch, IfNoneMatch, versioned
from app.http.direct import DirectRoute
from app.http.edge import Call, CallDep, PageDep, answer, no_content
from app.http.idempotency import Done, OnceDep
from app.http.openapi import documented
from app.schemas import workspaces as wire
from app.schemas.common import Id, StatusChange
from app.services import accounts, workspaces

router = APIRouter(tags=["workspaces"], route_class=DirectRoute)


@router.get(
    "/workspaces/{workspace_id}",
    operation_id="getWorkspace",
    summary="A workspace",
    responses={200: {"model": wire.Workspace}},
)
async def get(call: CallDep, workspace_id: Id, if_none_match: IfNoneMatch) -> Response:
    workspace = await call.read(workspaces.get_workspace, workspace_id=workspace_id)
    return versioned(workspace, if_none_match=if_none_match)


@router.post(
    "/workspaces",
    operation_id="createWorkspace",
    summary="Create a workspace; you are its OWNER",
    description="For people of the tenants that `WORKSPACE_TENANTS` names, by default the installation's "
    "own; others are 403 with `details.required`.",
    status_code=201,
    responses={201: {"model": wire.WorkspaceCreated}, **documented(errors.WorkspaceNotFound)},
)
async def create(call: CallDep, once: OnceDep, request: Request, body: wire.WorkspaceCreate) -> Response:
    done = await once.perform(
        workspaces.create_workspace,
        founders=call.parts.founders,
        name=body.name,
        description=body.description,
    )
    return await created(call, request, done)


async def created(call: Call, request: Request, done: Done) -> Response:
    """The answer to whoever has made a workspace."""
    # The token is made for every answer, also for a retry's: it is kept nowhere.
    token, expires_at = await call.read(
        accounts.renew, call.parts.tokens, max_workspaces=call.parts.settings.pma_max_workspaces
    )
    created = msgspec.json.decode(done.body)
    response = done.marked(answer(created | {"pma_token": token, "pma_token_expires_at": expires_at}, 201))
    response.headers["Location"] = f"{request.scope.get('root_path', '')}/workspaces/{created['id']}"
    response.headers["Cache-Control"] = "no-store"
    response.headers["ETag"] = f'"{created["version"]}"'
    return response


@router.get(
    "/workspaces",
    operation_id="listWorkspaces",
    summary="My workspaces, by name",
    responses={200: {"model": wire.WorkspacePage}},
)
async def list_mine(
    call: CallDep,
    page: PageDep,
    deleted: Annotated[bool, Query(description="The deleted ones that I may restore.")] = False,
    archived: Annotated[bool, Query(description="The archived ones too.")] = False,
) -> Response:
    return await call.paged(workspaces.list_workspaces, page, "", deleted=deleted, archived=archived)


@router.patch(
    "/workspaces/{workspace_id}",
    operation_id="updateWorkspace",
    summary="Change name or description (ADMIN)",
    responses={200: {"model": wire.Workspace}},
)
async def update(call: CallDep, workspace_id: Id, body: wire.WorkspacePatch, if_match: IfMatch) -> Response:
    workspace = await call.write(
        workspaces.update_workspace,
        workspace_id=workspace_id,
        name=body.name,
        description=body.description if "description" in body.model_fields_set else msgspec.UNSET,
        expected=if_match,
    )
    return versioned(workspace)


@router.delete(
    "/workspaces/{workspace_id}",
    operation_id="deleteWorkspace",
    summary="Soft-delete a workspace (OWNER)",
    status_code=204,
    response_class=Response,
)
async def delete(call: CallDep, workspace_id: Id, if_match: IfMatch) -> Response:
    await call.write(workspaces.delete_workspace, workspace_id=workspace_id, expected=if_match)
    return no_content()


@router.post(
    "/workspaces/{workspace_id}/restore",
    operation_id="restoreWorkspace",
    summary="Take a soft delete back (OWNER)",
    responses={
        200: {"model": wire.Workspace},
        **documented(errors.WorkspaceNotDeleted, errors.LimitExceeded),
    },
)
async def restore(once: OnceDep, workspace_id: Id) -> Response:
    done = await once.perform(workspaces.restore_workspace, workspace_id=workspace_id)
    return done.response(200)


def _add_step(step: str, operation_id: str, summary: str) -> None:
    async def change(once: OnceDep, workspace_id: Id, body: StatusChange) -> Response:
        done = await once.perform(
            workspaces.change_status, workspace_id=workspace_id, step=step, reason=body.reason
        )
        return done.response(200)

    router.add_api_route(
        f"/workspaces/{{workspace_id}}/{step}",
        change,
        methods=["POST"],
        operation_id=operation_id,
        summary=summary,
        responses={200: {"model": wire.Workspace}, **documented(errors.InvalidStatus)},
    )


_add_step("suspend", "suspendWorkspace", "Nothing in it is changed any more, until it is activated (OWNER)")
_add_step("archive", "archiveWorkspace", "As suspend, and out of lists unless asked for (OWNER)")
_add_step("activate", "activateWorkspace", "Put a suspended or archived workspace back to work (OWNER)")
