"""Projects of a workspace. What the caller may not see is not found."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from app.core import errors, work_errors
from app.core.work import ProjectKind, ProjectStatus
from app.http.conditions import IfMatch, IfNoneMatch, versioned
from app.http.direct import DirectRoute
from app.http.edge import CallDep, PageDep, no_content
from app.http.idempotency import OnceDep
from app.http.openapi import documented
from app.schemas import projects as wire
from app.schemas.common import Id
from app.services import projects

router = APIRouter(tags=["projects"], route_class=DirectRoute)

ProjectStatusQuery = Annotated[
    ProjectStatus, Query(description="Archived ones are listed only where they are asked for.")
]
NamePrefix = Annotated[wire.ProjectName | None, Query(description="The name begins with this.")]
Mine = Annotated[bool, Query(description="Only those that I am a member of.")]
_ARCHIVED = work_errors.ProjectArchived


@router.post(
    "/workspaces/{workspace_id}/projects",
    operation_id="createProject",
    summary="Create a project or an event (MEMBER)",
    status_code=201,
    responses={201: {"model": wire.Project}, **documented(work_errors.ProjectKeyTaken)},
)
async def create(once: OnceDep, workspace_id: Id, body: wire.ProjectCreate) -> Response:
    done = await once.perform(projects.create_project, workspace_id=workspace_id, **dict(body))
    return done.response(201)


@router.get(
    "/workspaces/{workspace_id}/projects",
    operation_id="listProjects",
    summary="The projects that I may see, by name",
    responses={200: {"model": wire.ProjectPage}},
)
async def list_all(
    call: CallDep,
    workspace_id: Id,
    page: PageDep,
    kind: ProjectKind = ProjectKind.PROJECT,
    status: ProjectStatusQuery = ProjectStatus.ACTIVE,
    name: NamePrefix = None,
    mine: Mine = False,
    deleted: Annotated[bool, Query(description="The deleted ones, of any status (ADMIN).")] = False,
) -> Response:
    return await call.paged(
        projects.list_projects,
        page,
        "",
        workspace_id=workspace_id,
        kind=kind,
        status=status,
        name_prefix=name,
        mine=mine,
        deleted=deleted,
    )


@router.get(
    "/workspaces/{workspace_id}/projects/{project_id}",
    operation_id="getProject",
    summary="One project, by its id or by a key that it has or had",
    responses={200: {"model": wire.Project}, **documented(work_errors.ProjectNotFound)},
)
async def get(
    call: CallDep, workspace_id: Id, project_id: wire.ProjectRef, if_none_match: IfNoneMatch
) -> Response:
    project = await call.read(projects.get_project, workspace_id=workspace_id, project_id=project_id)
    return versioned(project, if_none_match=if_none_match)


@router.patch(
    "/workspaces/{workspace_id}/projects/{project_id}",
    operation_id="updateProject",
    summary="Change a project (MEMBER; its visibility: ADMIN or whoever made it)",
    responses={
        200: {"model": wire.Project},
        **documented(work_errors.ProjectNotFound, work_errors.ProjectKeyTaken, _ARCHIVED),
    },
)
async def update(
    call: CallDep, workspace_id: Id, project_id: Id, body: wire.ProjectPatch, if_match: IfMatch
) -> Response:
    changes: Mapping[str, Any] = body.model_dump(exclude_unset=True)
    project = await call.write(
        projects.update_project,
        workspace_id=workspace_id,
        project_id=project_id,
        changes=changes,
        expected=if_match,
    )
    return versioned(project)


@router.delete(
    "/workspaces/{workspace_id}/projects/{project_id}",
    operation_id="deleteProject",
    summary="Soft-delete a project with all that is in it (ADMIN)",
    status_code=204,
    response_class=Response,
    responses=documented(work_errors.ProjectNotFound),
)
async def delete(call: CallDep, workspace_id: Id, project_id: Id, if_match: IfMatch) -> Response:
    await call.write(
        projects.delete_project, workspace_id=workspace_id, project_id=project_id, expected=if_match
    )
    return no_content()


@router.post(
    "/workspaces/{workspace_id}/projects/{project_id}/archive",
    operation_id="archiveProject",
    summary="Nothing in it is changed any more, until it is restored (ADMIN)",
    responses={
        200: {"model": wire.Project},
        **documented(work_errors.ProjectNotFound, errors.InvalidStatus),
    },
)
async def archive(once: OnceDep, workspace_id: Id, project_id: Id) -> Response:
    done = await once.perform(projects.archive_project, workspace_id=workspace_id, project_id=project_id)
    return done.response(200)


@router.post(
    "/workspaces/{workspace_id}/projects/{project_id}/restore",
    operation_id="restoreProject",
    summary="Take back that a project was deleted, or else that it was archived (ADMIN)",
    responses={
        200: {"model": wire.Project},
        **documented(work_errors.ProjectNotFound, errors.InvalidStatus),
    },
)
async def restore(once: OnceDep, workspace_id: Id, project_id: Id) -> Response:
    done = await once.perform(projects.restore_project, workspace_id=workspace_id, project_id=project_id)
    return done.response(200)
