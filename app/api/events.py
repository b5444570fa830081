"""Events of a workspace: projects of that kind. All else is done to them as to projects, by their id."""

from fastapi import APIRouter
from starlette.responses import Response

from app.api.projects import Mine, NamePrefix, ProjectStatusQuery
from app.core import work_errors
from app.core.work import ProjectKind, ProjectStatus
from app.http.conditions import IfNoneMatch, versioned
from app.http.direct import DirectRoute
from app.http.edge import CallDep, PageDep
from app.http.idempotency import OnceDep
from app.http.openapi import documented
from app.schemas import projects as wire
from app.schemas.common import Id
from app.services import projects

router = APIRouter(tags=["projects"], route_class=DirectRoute)


@router.post(
    "/workspaces/{workspace_id}/events",
    operation_id="createEvent",
    summary="Create an event (MEMBER)",
    status_code=201,
    responses={201: {"model": wire.Project}, **documented(work_errors.ProjectKeyTaken)},
)
async def create(once: OnceDep, workspace_id: Id, body: wire.EventCreate) -> Response:
    done = await once.perform(
        projects.create_project, workspace_id=workspace_id, kind=ProjectKind.EVENT, **dict(body)
    )
    return done.response(201)


@router.get(
    "/workspaces/{workspace_id}/events",
    operation_id="listEvents",
    summary="The events that I may see, by name",
    responses={200: {"model": wire.ProjectPage}},
)
async def list_all(
    call: CallDep,
    workspace_id: Id,
    page: PageDep,
    status: ProjectStatusQuery = ProjectStatus.ACTIVE,
    name: NamePrefix = None,
    mine: Mine = False,
) -> Response:
    return await call.paged(
        projects.list_projects,
        page,
        "",
        workspace_id=workspace_id,
        kind=ProjectKind.EVENT,
        status=status,
        name_prefix=name,
        mine=mine,
        deleted=False,
    )


@router.get(
    "/workspaces/{workspace_id}/events/{event_id}",
    operation_id="getEvent",
    summary="One event, by its id or by a key that it has or had",
    responses={200: {"model": wire.Project}, **documented(work_errors.ProjectNotFound)},
)
async def get(
    call: CallDep, workspace_id: Id, event_id: wire.ProjectRef, if_none_match: IfNoneMatch
) -> Response:
    event = await call.read(
        projects.get_project, workspace_id=workspace_id, project_id=event_id, kind=ProjectKind.EVENT
    )
    return versioned(event, if_none_match=if_none_match)
