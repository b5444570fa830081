"""Forgetting what processes keep of a workspace."""

from fastapi import APIRouter
from starlette.responses import Response

from app.http.direct import DirectRoute
from app.http.edge import no_content
from app.http.idempotency import OnceDep
from app.schemas.common import Id
from app.services import caches

router = APIRouter(tags=["types"], route_class=DirectRoute)


@router.post(
    "/workspaces/{workspace_id}/caches/invalidate",
    operation_id="invalidateCaches",
    summary="Have every process read types and mappings anew (ADMIN)",
    description="A change of them does so by itself. This is for what somebody changed in the database.",
    status_code=204,
    response_class=Response,
)
async def invalidate(once: OnceDep, workspace_id: Id) -> Response:
    done = await once.perform(caches.invalidate, workspace_id=workspace_id)
    return done.marked(no_content())
