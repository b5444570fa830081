"""Search in a workspace's tasks, comments and projects."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from app.http.direct import DirectRoute
from app.http.edge import CallDep, PageDep
from app.schemas import search as wire
from app.schemas.common import Id
from app.services import search

router = APIRouter(tags=["search"], route_class=DirectRoute)


@router.get(
    "/workspaces/{workspace_id}/search",
    operation_id="search",
    summary="Tasks, comments and projects with these words, the newest first",
    description=f"A page looks at {search.LOOKED_AT} places of the rarest word at most, in each kind: it may "
    "be short, or empty, and go on; where `next_cursor` is null, that is all.",
    responses={200: {"model": wire.HitPage}},
)
async def find(
    call: CallDep,
    workspace_id: Id,
    page: PageDep,
    q: Annotated[wire.Query, Query()],
    kind: wire.Kind | None = None,
    project_id: Annotated[Id | None, Query(description="In this project alone.")] = None,
) -> Response:
    return await call.paged(
        search.search,
        page,
        search.NEWEST,
        workspace_id=workspace_id,
        query=q,
        kind=kind,
        project_id=project_id,
    )
