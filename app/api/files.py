"""Files of a workspace. They are served to be saved, never to be shown."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Header, Request
from starlette.datastructures import UploadFile
from starlette.responses import Response, StreamingResponse

from app.core import errors
from app.core.text import clean_line, visible
from app.db.handles.files import FileRow
from app.http.conditions import IfNoneMatch, is_named
from app.http.direct import DirectRoute
from app.http.edge import Call, CallDep, PageDep, answer, no_content
from app.http.idempotency import Once, OnceDep
from app.http.openapi import documented
from app.http.uploads import FORM, sent_file
from app.integrations.blob_store import BlobNotFound, attachment
from app.schemas import files as wire
from app.schemas.common import Id
from app.services import file_scans, files
from app.services.file_types import HEAD_BYTES, type_of

router = APIRouter(tags=["files"], route_class=DirectRoute)

UPLOAD_PATH = re.compile(r"/workspaces/[^/]+/files")
"""Where a body may be as large as a file."""
FORM_OVERHEAD_BYTES = 65_536
"""What a form may take beside its file."""
_RANGE = re.compile(r"bytes=(\d{0,19})-(\d{0,19})")
_SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cache-Control": "private, no-cache",
    "Accept-Ranges": "bytes",
}
_BYTES: dict[str, Any] = {"*/*": {"schema": {"type": "string", "format": "binary"}}}


@router.post(
    "/workspaces/{workspace_id}/files",
    operation_id="uploadFile",
    summary="Upload a file (MEMBER)",
    description="A form with one part, `file`, that has a file name and, best, a content type.",
    status_code=201,
    openapi_extra=FORM,
    responses={
        201: {"model": wire.File},
        **documented(
            errors.FileNotFound,
            errors.LimitExceeded,
            errors.PayloadTooLarge,
            errors.FileTypeNotAllowed,
            errors.BlobStoreUnavailable,
        ),
    },
)
async def upload(call: CallDep, once: OnceDep, workspace_id: Id, request: Request) -> Response:
    await call.read(files.enter_to_upload, workspace_id=workspace_id)
    form, file = await sent_file(request)
    try:
        return await _store(call, once, workspace_id, file)
    finally:
        await form.close()


async def _store(call: Call, once: Once, workspace_id: str, file: UploadFile) -> Response:
    limit = call.parts.settings.file_max_bytes
    size = file.size or 0
    if size > limit:
        raise errors.PayloadTooLarge(details={"max_bytes": limit})
    name = clean_name(file.filename)
    content_type = type_of(
        name, file.content_type, await file.read(HEAD_BYTES), call.parts.settings.file_types
    )
    await file.seek(0)
    chunks = files.Hashed(files.in_chunks(file.read))
    file_id = ""

    async def put() -> None:
        # No transaction is open while the bytes go; what stops in between is tidied by a job.
        nonlocal file_id
        file_id = await call.write(
            files.begin_upload, workspace_id=workspace_id, name=name, content_type=content_type, size=size
        )
        try:
            async with asyncio.timeout(files.UPLOAD_SECONDS):
                path = files.path_of(workspace_id, file_id)
                await call.parts.blobs.put(path, aiter(chunks), file_name=name)
        except TimeoutError:
            raise errors.BlobStoreUnavailable(details={"reason": "timeout"}) from None

    done = await once.run(
        lambda tx: files.finish_upload(
            tx,
            call.caller,
            call.tools,
            workspace_id=workspace_id,
            file_id=file_id,
            sha256=chunks.sha256,
            size=size,
            scans=call.parts.scans,
        ),
        before=put,
        content=await _fingerprint(once, file, name, content_type),
    )
    return done.response(201)


async def _fingerprint(once: Once, file: UploadFile, name: str, content_type: str) -> bytes:
    """What makes a retry the same upload; a form's text is another each time."""
    if once.key is None:
        return b""
    content = files.Hashed(files.in_chunks(file.read))
    async for _ in content:
        pass
    await file.seek(0)
    return msgspec.json.encode([name, content_type, content.sha256])


def clean_name(given: str | None) -> str:
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
    responses={200: {"model": wire.FilePage}},
)
async def list_all(call: CallDep, workspace_id: Id, page: PageDep) -> Response:
    return await call.paged(files.list_files, page, "", workspace_id=workspace_id)


@router.get(
    "/workspaces/{workspace_id}/files/{file_id}",
    operation_id="getFile",
    summary="What is known of a file",
    responses={200: {"model": wire.File}, **documented(errors.FileNotFound)},
)
async def get(call: CallDep, workspace_id: Id, file_id: Id) -> Response:
    return answer(await call.read(files.get_file, workspace_id=workspace_id, file_id=file_id))


@router.get(
    "/workspaces/{workspace_id}/files/{file_id}/download",
    operation_id="downloadFile",
    summary="A file's content",
    description="One range of bytes can be asked for (RFC 9110, section 14); several are answered whole.",
    response_class=StreamingResponse,
    responses={
        200: {"content": _BYTES, "description": "The whole content."},
        206: {"content": _BYTES, "description": "The range that was asked for."},
        **documented(
            errors.FileNotFound,
            errors.FileWithheld,
            errors.RangeNotSatisfiable,
            errors.BlobStoreUnavailable,
        ),
    },
)
async def download(
    call: CallDep,
    workspace_id: Id,
    file_id: Id,
    if_none_match: IfNoneMatch,
    range_: Annotated[str | None, Header(alias="Range")] = None,
    if_range: Annotated[str | None, Header()] = None,
) -> Response:
    file = await call.read(
        files.get_file_to_hand_out, workspace_id=workspace_id, file_id=file_id, scans=call.parts.scans
    )
    etag = f'"{file.sha256}"'
    headers = {**_SAFE, "ETag": etag, "Content-Disposition": attachment(file.name)}
    if is_named(etag, if_none_match):
        return Response(status_code=304, headers=headers)
    wanted = _range(range_, file.size) if if_range in (None, etag) else None
    start, length = wanted or (0, file.size)
    headers["Content-Length"] = str(length)
    if wanted:
        headers["Content-Range"] = f"bytes {start}-{start + length - 1}/{file.size}"
    chunks = await _open(call, file, start, length)
    return StreamingResponse(chunks, 206 if wanted else 200, headers, file.content_type)


async def _open(call: Call, file: FileRow, start: int, length: int) -> AsyncIterator[bytes]:
    try:
        whole = length == file.size
        return await call.parts.blobs.get(
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
    description="Only where files are in Azure Blob Storage or in S3. Handing one out is audited. There is "
    "none of a file that the virus scanner has yet to look at: it would outlive what is found.",
    responses={
        200: {"model": wire.FileLink},
        **documented(
            errors.FileNotFound,
            errors.FileWithheld,
            errors.LinksNotSupported,
            errors.BlobStoreUnavailable,
        ),
    },
)
async def link(call: CallDep, once: OnceDep, workspace_id: Id, file_id: Id) -> Response:
    scans = call.parts.scans
    file = await call.read(
        files.get_file_to_hand_out,
        workspace_id=workspace_id,
        file_id=file_id,
        scans=scans,
        by_link=True,
    )

    async def sign(expires_at: datetime) -> str | None:
        path = files.path_of(file.workspace_id, file.id)
        return await call.parts.blobs.link(path, file_name=file.name, expires_at=expires_at)

    expires_at = call.tools.clock() + timedelta(minutes=call.parts.settings.file_link_minutes)
    url = await sign(expires_at)
    if url is None:
        raise errors.LinksNotSupported
    done = await once.perform(
        files.record_link, workspace_id=workspace_id, file_id=file_id, expires_at=expires_at, scans=scans
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
    responses=documented(errors.FileNotFound),
)
async def delete(call: CallDep, workspace_id: Id, file_id: Id) -> Response:
    await call.write(files.delete_file, workspace_id=workspace_id, file_id=file_id)
    return no_content()


@router.post(
    "/workspaces/{workspace_id}/files/{file_id}/scan",
    operation_id="scanFile",
    summary="Have the virus scanner look at the file, again or for the first time (ADMIN)",
    description="What it found before stands until it has found something else.",
    status_code=202,
    responses={202: {"model": wire.File}, **documented(errors.FileNotFound, errors.NotScanned)},
)
async def scan(call: CallDep, once: OnceDep, workspace_id: Id, file_id: Id) -> Response:
    scans = call.parts.scans
    place = {"workspace_id": workspace_id, "file_id": file_id}
    return (await once.perform(file_scans.ask_for_scan, scans=scans, **place)).response(202)
