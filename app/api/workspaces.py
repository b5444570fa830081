"""Workspaces. The path names the tenant; the database decides the role."""

from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from app.core import errors
from app.http.conditions import NOT_MODIFIED, IfMatch, IfNoneMatch, versioned
from app.http.direct import DirectRoute
from app.http.edge import CallerDep, EdgeDep, Listing, answer, no_content
from app.http.idempotency import ONCE_ERRORS, OnceDep
from app.http.openapi import WORKSPACE_ERRORS, documented
from app.schemas import workspaces as wire
from app.services import accounts, workspaces

router = APIRouter(tags=["workspaces"], route_class=DirectRoute)
Limit = Annotated[int, Query(ge=1, le=200, description="How many items a page holds at most.")]
Cursor = Annotated[str | None, Query(max_length=4096, description="`next_cursor` of the page before.")]


@router.get(
    "/workspaces/{workspace_id}",
    operation_id="getWorkspace",
    summary="A workspace",
    responses={200: {"model": wire.Workspace}, **NOT_MODIFIED, **documented(*WORKSPACE_ERRORS)},
)
async def get(edge: EdgeDep, caller: CallerDep, workspace_id: UUID, if_none_match: IfNoneMatch) -> Response:
    workspace = await edge.read(
        caller, lambda tx: workspaces.get_workspace(tx, caller, workspace_id=str(workspace_id))
    )
    return versioned(workspace, if_none_match=if_none_match)


@router.post(
    "/workspaces",
    operation_id="createWorkspace",
    summary="Create a workspace; you are its OWNER",
    description="For people of the tenants that `WORKSPACE_TENANTS` names, by default the installation's "
    "own; others are 403 with `details.required`.",
    status_code=201,
    responses={201: {"model": wire.WorkspaceCreated}, **documented(*ONCE_ERRORS)},
)
async def create(
    edge: EdgeDep, caller: CallerDep, once: OnceDep, request: Request, body: wire.WorkspaceCreate
) -> Response:
    done = await once.perform(
        lambda tx: workspaces.create_workspace(
            tx,
            caller,
            edge.tools,
            founders=edge.parts.founders,
            name=body.name,
            description=body.description,
        )
    )
    # The token is made for every answer, also for a retry's: it is kept nowhere.
    token, expires_at = await edge.read(
        caller,
        lambda tx: accounts.renew(
            tx, caller, edge.parts.tokens, max_workspaces=edge.parts.settings.pma_max_workspaces
        ),
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
    responses={200: {"model": wire.WorkspacePage}, **documented(errors.InvalidCursor)},
)
async def list_mine(
    edge: EdgeDep,
    caller: CallerDep,
    limit: Limit = 50,
    cursor: Cursor = None,
    deleted: Annotated[bool, Query(description="The deleted ones that I may restore.")] = False,
) -> Response:
    listing = Listing(edge, caller, "workspaces", {"deleted": deleted})
    after = listing.place(cursor, "")
    return listing.answer(
        *await edge.read(
            caller,
            lambda tx: workspaces.list_workspaces(tx, caller, deleted=deleted, after_key=after, limit=limit),
        )
    )


@router.patch(
    "/workspaces/{workspace_id}",
    operation_id="updateWorkspace",
    summary="Change name or description (ADMIN)",
    responses={200: {"model": wire.Workspace}, **documented(*WORKSPACE_ERRORS, errors.VersionMismatch)},
)
async def update(
    edge: EdgeDep, caller: CallerDep, workspace_id: UUID, body: wire.WorkspacePatch, if_match: IfMatch
) -> Response:
    description = body.description if "description" in body.model_fields_set else msgspec.UNSET
    return versioned(
        await edge.write(
            caller,
            lambda tx: workspaces.update_workspace(
                tx,
                caller,
                edge.tools,
                workspace_id=str(workspace_id),
                name=body.name,
                description=description,
                expected=if_match,
            ),
        )
    )


@router.delete(
    "/workspaces/{workspace_id}",
    operation_id="deleteWorkspace",
    summary="Soft-delete a workspace (OWNER)",
    status_code=204,
    response_class=Response,
    responses=documented(*WORKSPACE_ERRORS, errors.VersionMismatch),
)
async def delete(edge: EdgeDep, caller: CallerDep, workspace_id: UUID, if_match: IfMatch) -> Response:
    await edge.write(
        caller,
        lambda tx: workspaces.delete_workspace(
            tx, caller, edge.tools, workspace_id=str(workspace_id), expected=if_match
        ),
    )
    return no_content()


@router.post(
    "/workspaces/{workspace_id}/restore",
    operation_id="restoreWorkspace",
    summary="Take a soft delete back (OWNER)",
    responses={
        200: {"model": wire.Workspace},
        **documented(*WORKSPACE_ERRORS, *ONCE_ERRORS, errors.WorkspaceNotDeleted),
    },
)
async def restore(edge: EdgeDep, caller: CallerDep, once: OnceDep, workspace_id: UUID) -> Response:
    done = await once.perform(
        lambda tx: workspaces.restore_workspace(tx, caller, edge.tools, workspace_id=str(workspace_id))
    )
    return done.response(200)
