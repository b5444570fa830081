"""Uploads in two steps: the bytes go to the store past the service."""

from datetime import timedelta

import msgspec
from fastapi import APIRouter
from starlette.responses import Response

from app.api.files import clean_name
from app.core import errors
from app.http.direct import DirectRoute
from app.http.edge import CallDep, answer, no_content
from app.http.idempotency import OnceDep
from app.http.openapi import documented
from app.integrations.blob_store import Upload
from app.schemas import file_uploads as wire
from app.schemas.common import Id
from app.services import file_uploads, files
from app.services.file_types import type_of

router = APIRouter(tags=["files"], route_class=DirectRoute)
_NO_LINKS = "The store of files here has no links. Send the file as a form to POST .../files instead."


@router.post(
    "/workspaces/{workspace_id}/files/uploads",
    operation_id="beginUpload",
    summary="Announce a file, and get a link to send it to past the service (MEMBER)",
    description="Only where files are in Azure Blob Storage or in S3. Send the bytes by PUT to `url` with "
    "`headers`, then complete the upload. The room that the file takes is taken now.",
    status_code=201,
    responses={
        201: {"model": wire.UploadBegun},
        **documented(
            errors.LimitExceeded,
            errors.PayloadTooLarge,
            errors.FileTypeNotAllowed,
            errors.LinksNotSupported,
            errors.BlobStoreUnavailable,
        ),
    },
)
async def begin(call: CallDep, once: OnceDep, workspace_id: Id, body: wire.UploadBegin) -> Response:
    await call.read(files.enter_to_upload, workspace_id=workspace_id)
    settings, store = call.parts.settings, call.parts.blobs
    if body.size > settings.file_max_bytes:
        raise errors.PayloadTooLarge(details={"max_bytes": settings.file_max_bytes})
    name = clean_name(body.name)
    content_type = type_of(name, body.content_type, b"", settings.file_types)

    upload_id = call.tools.new_id()
    expires_at = call.tools.clock() + timedelta(minutes=settings.file_upload_minutes)
    upload = await store.upload_link(file_uploads.staged_path(workspace_id, upload_id), expires_at=expires_at)
    if upload is None:
        raise errors.LinksNotSupported(_NO_LINKS)
    announced = file_uploads.Announced(
        name=name, content_type=content_type, size=body.size, sha256=body.sha256
    )
    done = await once.perform(
        file_uploads.begin_upload,
        workspace_id=workspace_id,
        upload_id=upload_id,
        file=announced,
        expires_at=expires_at,
    )
    if done.is_replay:
        # The link itself is kept nowhere; a retry's is good for as long as the first one.
        begun = msgspec.json.decode(done.body, type=file_uploads.UploadBegun)
        upload_id, expires_at = begun.upload_id, min(expires_at, begun.expires_at)
        path = file_uploads.staged_path(workspace_id, upload_id)
        upload = await store.upload_link(path, expires_at=expires_at) or upload
    response = done.marked(answer(_begun(upload_id, upload, expires_at.isoformat()), 201))
    response.headers["Cache-Control"] = "no-store"
    return response


def _begun(upload_id: str, upload: Upload, expires_at: str) -> dict[str, object]:
    return {
        "upload_id": upload_id,
        "url": upload.url,
        "headers": upload.headers,
        "expires_at": expires_at,
    }


@router.get(
    "/workspaces/{workspace_id}/files/uploads/{upload_id}",
    operation_id="getUpload",
    summary="What became of an upload of yours (an ADMIN: of any)",
    description="For an hour after its link has expired.",
    responses={200: {"model": wire.Upload}, **documented(errors.FileNotFound)},
)
async def get(call: CallDep, workspace_id: Id, upload_id: Id) -> Response:
    return answer(await call.read(file_uploads.get_upload, workspace_id=workspace_id, upload_id=upload_id))


@router.post(
    "/workspaces/{workspace_id}/files/uploads/{upload_id}/complete",
    operation_id="completeUpload",
    summary="Say that the bytes are there (MEMBER, their own; an ADMIN any)",
    description="A job then reads them, and makes them the file if size, SHA-256 and type are as announced; "
    "`GET` says when. Saying it twice changes nothing.",
    status_code=202,
    responses={202: {"model": wire.Upload}, **documented(errors.FileNotFound, errors.UploadEnded)},
)
async def complete(once: OnceDep, workspace_id: Id, upload_id: Id) -> Response:
    place = {"workspace_id": workspace_id, "upload_id": upload_id}
    return (await once.perform(file_uploads.complete_upload, **place)).response(202)


@router.delete(
    "/workspaces/{workspace_id}/files/uploads/{upload_id}",
    operation_id="cancelUpload",
    summary="Give an upload up (MEMBER, their own; an ADMIN any)",
    status_code=204,
    response_class=Response,
    responses=documented(errors.FileNotFound, errors.UploadEnded),
)
async def cancel(call: CallDep, workspace_id: Id, upload_id: Id) -> Response:
    await call.write(file_uploads.cancel_upload, workspace_id=workspace_id, upload_id=upload_id)
    return no_content()
