"""For load balancers and orchestrators."""

from fastapi import APIRouter
from starlette.responses import Response

from app.core.errors import ServiceUnavailable
from app.db.handles.health import read_schema_version
from app.http.direct import DirectRoute
from app.http.edge import EdgeDep, answer
from app.schemas import health as wire

router = APIRouter(tags=["health"], route_class=DirectRoute)


@router.get("/livez", operation_id="live", summary="The process runs", responses={200: {"model": wire.Live}})
async def live() -> Response:
    return answer({"status": "ok"})


@router.get(
    "/readyz",
    operation_id="ready",
    summary="The database answers, takes writes and has this code's schema",
    responses={200: {"model": wire.Ready}},
)
async def ready(edge: EdgeDep) -> Response:
    async with edge.parts.database.read() as tx:
        version = await read_schema_version(tx)
    if version != edge.parts.schema_version:
        raise ServiceUnavailable(
            f"The database has schema {version}, this code needs {edge.parts.schema_version}."
        )
    await edge.parts.write_probe.check()
    return answer({"status": "ok", "database": edge.parts.settings.db_type, "schema_version": version})
