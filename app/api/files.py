"""Files of a workspace. They are served to be saved, never to be shown."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Header, Request
from starlette.datastructures import UploadFile
from starlette.responses import Response, StreamingResponse

from app.api.workspaces import Cursor, Limit
from app.core import errors
from app.core.caller import Caller
from app.core.text import clean_line, visible
from app.http.conditions import NOT_MODIFIED, IfNoneMatch, is_named
from app.http.direct import DirectRoute
from app.http.edge import CallerDep, Edge, EdgeDep, Listing, answer, no_content
from app.http.idempotency import ONCE_ERRORS, Once, OnceDep
from app.http.openapi import WORKSPACE_ERRORS, documented
from app.http.uploads import sent_file
from app.integrations.blob_store import BlobNotFound, attachment
from app.schemas import files as wire
from app.services import files
from app.services.file_types import HEAD_BYTES, type_of

router = APIRouter(tags=["files"], route_class=DirectRoute)

UPLOAD_PATH = re.compile(r"/workspaces/[^/]+/files")
"""Where a body may be as large as a file."""
FORM_OVERHEAD_BYTES = 65_536
"""What a form may take beside its file."""
_FILE_ERRORS = (*WORKSPACE_ERRORS, errors.FileNotFound)
_RANGE = re.compile(r"bytes=(\d{0,19})-(\d{0,19})")
_SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cache-Control": "private, no-cache",
    "Accept-Ranges": "bytes",
}
_FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            }
        },
    }
}
_BYTES: dict[str, Any] = {"*/*": {"schema": {"type": "string", "format": "binary"}}}


@router.post(
    "/workspaces/{workspace_id}/files",
    operation_id="uploadFile",
    summary="Upload a file (MEMBER)",
    description="A form with one part, `file`, that has a file name and, best, a content type.",
    status_code=201,
    openapi_extra=_FORM,
    responses={
        201: {"model": wire.File},
        **documented(
            *_FILE_ERRORS,
            *ONCE_ERRORS,
            errors.PayloadTooLarge,
            errors.FileTypeNotAllowed,
            errors.BlobStoreUnavailable,
        ),
    },
)
async def upload(
    edge: EdgeDep, caller: CallerDep, once: OnceDep, workspace_id: UUID, request: Request
) -> Response:
    workspace = str(workspace_id)
    await edge.read(caller, lambda tx: files.enter_to_upload(tx, caller, workspace_id=workspace))
    form, file = await sent_file(request)
    try:
        return await _store(edge, caller, once, workspace, file)
    finally:
        await form.close()


async def _store(edge: Edge, caller: Caller, once: Once, workspace_id: str, file: UploadFile) -> Response:
    limit = edge.parts.settings.file_max_bytes
    size = file.size or 0
    if size > limit:
        raise errors.PayloadTooLarge(details={"max_bytes": limit})
    name = _name(file.filename)
    content_type = type_of(
        name, file.content_type, await file.read(HEAD_BYTES), edge.parts.settings.file_types
    )
    await file.seek(0)
    chunks = files.Hashed(file.read)
    file_id = ""

    async def put() -> None:
        # No transaction is open while the bytes go; what stops in between is tidied by a job.
        nonlocal file_id
        file_id = await edge.write(
            caller,
            lambda tx: files.begin_upload(
                tx,
                caller,
                edge.tools,
                workspace_id=workspace_id,
                name=name,
                content_type=content_type,
                size=size,
            ),
        )
        try:
            async with asyncio.timeout(files.UPLOAD_SECONDS):
                await edge.parts.blobs.put(files.path_of(workspace_id, file_id), aiter(chunks))
        except TimeoutError:
            raise errors.BlobStoreUnavailable(details={"reason": "timeout"}) from None

    done = await once.perform(
        lambda tx: files.finish_upload(
            tx, caller, edge.tools, workspace_id=workspace_id, file_id=file_id, sha256=chunks.sha256
        ),
        before=put,
        content=await _fingerprint(once, file, name, content_type),
    )
    return done.response(201)


async def _fingerprint(once: Once, file: UploadFile, name: str, content_type: str) -> bytes:
    """What makes a retry the same upload; a form's text is another each time."""
    if once.key is None:
        return b""
    content = files.Hashed(file.read)
    async for _ in content:
        pass
    await file.seek(0)
    return msgspec.json.encode([name, content_type, content.sha256])


def _name(given: str | None) -> str:
    """Some browsers send the whole path of a file; only its last part is its name. In a form a quotation mark
    is written %22 (HTML Standard, "multipart/form-data encoding algorithm"). Nobody has typed what cannot be
    seen in it, and what turns the direction hides an ending: it is left out."""
    try:
        return clean_line(visible(re.split(r"[/\\]", given or "")[-1].replace("%22", '"')), limit=255)
    except ValueError as error:
        raise errors.InvalidInput(f"The file's name {error}.") from None


@router.get(
    "/workspaces/{workspace_id}/files",
    operation_id="listFiles",
    summary="The files, by name",
    responses={200: {"model": wire.FilePage}, **documented(*WORKSPACE_ERRORS, errors.InvalidCursor)},
)
async def list_all(
    edge: EdgeDep, caller: CallerDep, workspace_id: UUID, limit: Limit = 50, cursor: Cursor = None
) -> Response:
    workspace = str(workspace_id)
    listing = Listing(edge, caller, "files", {"workspace_id": workspace})
    after = listing.place(cursor, "")
    return listing.answer(
        *await edge.read(
            caller,
            lambda tx: files.list_files(tx, caller, workspace_id=workspace, after_key=after, limit=limit),
        )
    )


@router.get(
    "/workspaces/{workspace_id}/files/{file_id}",
    operation_id="getFile",
    summary="What is known of a file",
    responses={200: {"model": wire.File}, **documented(*_FILE_ERRORS)},
)
async def get(edge: EdgeDep, caller: CallerDep, workspace_id: UUID, file_id: UUID) -> Response:
    return answer(await _get(edge, caller, workspace_id, file_id))


async def _get(edge: Edge, caller: Caller, workspace_id: UUID, file_id: UUID) -> files.File:
    place = {"workspace_id": str(workspace_id), "file_id": str(file_id)}
    return await edge.read(caller, lambda tx: files.get_file(tx, caller, **place))


@router.get(
    "/workspaces/{workspace_id}/files/{file_id}/download",
    operation_id="downloadFile",
    summary="A file's content",
    description="One range of bytes can be asked for (RFC 9110, section 14); several are answered whole.",
    response_class=StreamingResponse,
    responses={
        200: {"content": _BYTES, "description": "The whole content."},
        206: {"content": _BYTES, "description": "The range that was asked for."},
        **NOT_MODIFIED,
        **documented(*_FILE_ERRORS, errors.RangeNotSatisfiable, errors.BlobStoreUnavailable),
    },
)
async def download(
    edge: EdgeDep,
    caller: CallerDep,
    workspace_id: UUID,
    file_id: UUID,
    if_none_match: IfNoneMatch,
    range_: Annotated[str | None, Header(alias="Range")] = None,
    if_range: Annotated[str | None, Header()] = None,
) -> Response:
    file = await _get(edge, caller, workspace_id, file_id)
    etag = f'"{file.sha256}"'
    headers = {**_SAFE, "ETag": etag, "Content-Disposition": attachment(file.name)}
    if is_named(etag, if_none_match):
        return Response(status_code=304, headers=headers)
    wanted = _range(range_, file.size) if if_range in (None, etag) else None
    start, length = wanted or (0, file.size)
    headers["Content-Length"] = str(length)
    if wanted:
        headers["Content-Range"] = f"bytes {start}-{start + length - 1}/{file.size}"
    chunks = await _open(edge, file, start, length)
    return StreamingResponse(chunks, 206 if wanted else 200, headers, file.content_type)


async def _open(edge: Edge, file: files.File, start: int, length: int) -> AsyncIterator[bytes]:
    try:
        whole = length == file.size
        return await edge.parts.blobs.get(
            files.path_of(file.workspace_id, file.id), start, None if whole else length
        )
    except BlobNotFound:
        # The database says that it is there: the store has lost it, or is another than before.
        raise errors.BlobStoreUnavailable(details={"reason": "missing"}) from None


def _range(header: str | None, size: int) -> tuple[int, int] | None:
    """Start and length of the one range asked for; None for no range, and for what need not be understood.
    Raises ``RangeNotSatisfiable``."""
    match = _RANGE.fullmatch((header or "").strip())
    if match is None or not any(match.groups()):
        return None
    first, last = match.groups()
    if not first:
        start, end = max(0, size - int(last)), size - 1
    else:
        start, end = int(first), min(int(last or size - 1), size - 1)
        if last and int(last) < int(first):
            return None
    if start > end:
        raise errors.RangeNotSatisfiable(size)
    return start, end - start + 1


@router.post(
    "/workspaces/{workspace_id}/files/{file_id}/link",
    operation_id="linkFile",
    summary="A link that downloads the file without signing in, for a few minutes",
    description="Only where files are in Azure Blob Storage. Handing one out is audited.",
    responses={
        200: {"model": wire.FileLink},
        **documented(*_FILE_ERRORS, *ONCE_ERRORS, errors.LinksNotSupported, errors.BlobStoreUnavailable),
    },
)
async def link(
    edge: EdgeDep, caller: CallerDep, once: OnceDep, workspace_id: UUID, file_id: UUID
) -> Response:
    file = await _get(edge, caller, workspace_id, file_id)

    async def sign(expires_at: datetime) -> str | None:
        path = files.path_of(file.workspace_id, file.id)
        return await edge.parts.blobs.link(path, file_name=file.name, expires_at=expires_at)

    expires_at = edge.tools.clock() + timedelta(minutes=edge.parts.settings.file_link_minutes)
    url = await sign(expires_at)
    if url is None:
        raise errors.LinksNotSupported
    done = await once.perform(
        lambda tx: files.record_link(
            tx, caller, edge.tools, workspace_id=file.workspace_id, file_id=file.id, expires_at=expires_at
        )
    )
    if done.is_replay:
        # The link itself is kept nowhere; a retry's is good for as long as the first one, but no longer than
        # one of now: the first may be of a clock that was ahead.
        expires_at = min(expires_at, msgspec.json.decode(done.body, type=files.LinkIssued).expires_at)
        url = await sign(expires_at)
    response = done.marked(answer({"url": url, "expires_at": expires_at}))
    response.headers["Cache-Control"] = "no-store"
    return response


@router.delete(
    "/workspaces/{workspace_id}/files/{file_id}",
    operation_id="deleteFile",
    summary="Remove a file (MEMBER for their own, else ADMIN)",
    status_code=204,
    response_class=Response,
    responses=documented(*_FILE_ERRORS),
)
async def delete(edge: EdgeDep, caller: CallerDep, workspace_id: UUID, file_id: UUID) -> Response:
    place = {"workspace_id": str(workspace_id), "file_id": str(file_id)}
    await edge.write(caller, lambda tx: files.delete_file(tx, caller, edge.tools, **place))
    return no_content()
