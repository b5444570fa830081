"""What the service knows of a person, for them to take along."""

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response, StreamingResponse

from app.core import errors
from app.db.paging import Asked
from app.http.direct import DirectRoute
from app.http.edge import CallDep, Listing, PageDep, answer
from app.http.idempotency import OnceDep
from app.http.openapi import documented
from app.integrations.blob_store import BlobNotFound, attachment
from app.schemas import data_exports as wire
from app.schemas.common import Id, UserId
from app.services import data_exports

router = APIRouter(tags=["users"], route_class=DirectRoute)
_FILE: dict[str, Any] = {"application/json": {"schema": {"type": "object"}}}


@router.post(
    "/users/{user_id}/data-exports",
    operation_id="startDataExport",
    summary="Have a file made of what is known of you",
    description="Account, profile, memberships, organisations, sign-ins, and what the logs tell you did, of "
    "workspaces those that you are in. It ends the one before; one that is being made is answered instead.",
    status_code=202,
    responses={202: {"model": wire.DataExport}, **documented(errors.UserNotFound)},
)
async def start(once: OnceDep, user_id: UserId) -> Response:
    return (await once.perform(data_exports.start_export, user_id=user_id)).response(202)


@router.get(
    "/users/{user_id}/data-exports",
    operation_id="listDataExports",
    summary="What was made, the newest first",
    responses={200: {"model": wire.DataExportPage}, **documented(errors.UserNotFound)},
)
async def list_all(call: CallDep, user_id: UserId, page: PageDep) -> Response:
    now = call.tools.clock()
    listing = Listing(call, "data exports", {"user_id": user_id})
    asked = Asked(listing.place(page.cursor, data_exports.LAST), page.limit)
    return listing.answer(*await call.read(data_exports.list_exports, asked, now, user_id=user_id))


@router.get(
    "/users/{user_id}/data-exports/{export_id}",
    operation_id="getDataExport",
    summary="Whether it is made, and until when it can be had",
    responses={200: {"model": wire.DataExport}, **documented(errors.UserNotFound, errors.FileNotFound)},
)
async def get(call: CallDep, user_id: UserId, export_id: Id) -> Response:
    now = call.tools.clock()
    return answer(await call.read(data_exports.get_export, now, user_id=user_id, export_id=export_id))


@router.get(
    "/users/{user_id}/data-exports/{export_id}/download",
    operation_id="downloadDataExport",
    summary="The file, for a day",
    response_class=StreamingResponse,
    responses={
        200: {"content": _FILE, "description": "The file."},
        **documented(errors.UserNotFound, errors.FileNotFound, errors.BlobStoreUnavailable),
    },
)
async def download(call: CallDep, user_id: UserId, export_id: Id) -> Response:
    export = await call.write(data_exports.begin_download, user_id=user_id, export_id=export_id)
    headers = {
        "Content-Disposition": attachment("personal-data.json"),
        "Content-Length": str(export.size),
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    try:
        chunks = await call.parts.blobs.get(data_exports.path_of(export_id))
    except BlobNotFound:
        raise errors.BlobStoreUnavailable(details={"reason": "missing"}) from None
    return StreamingResponse(chunks, 200, headers, "application/json")
