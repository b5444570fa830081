"""Pictures of people."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.core import errors
from app.http.conditions import IfNoneMatch, is_named, versioned
from app.http.direct import DirectRoute
from app.http.edge import CallDep, no_content
from app.http.openapi import documented
from app.http.uploads import FORM, sent_content
from app.integrations.blob_store import BlobNotFound, whole
from app.schemas import users as wire
from app.schemas.common import UserId
from app.services import avatars

router = APIRouter(tags=["users"], route_class=DirectRoute)
_SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cache-Control": "private, no-cache",
}
_PICTURE: dict[str, Any] = {"image/*": {"schema": {"type": "string", "format": "binary"}}}


@router.put(
    "/users/{user_id}/avatar",
    operation_id="setAvatar",
    summary="Another picture of yourself",
    description="A form with one part, `file`: a PNG, a JPEG or a WebP, by its content, "
    f"of at most {avatars.MOST_BYTES} bytes.",
    openapi_extra=FORM,
    responses={
        200: {"model": wire.UserProfile},
        **documented(
            errors.UserNotFound,
            errors.PayloadTooLarge,
            errors.FileTypeNotAllowed,
            errors.BlobStoreUnavailable,
        ),
    },
)
async def put(call: CallDep, user_id: UserId, request: Request) -> Response:
    content = await sent_content(request, avatars.MOST_BYTES)
    avatar_type = avatars.accepted_type(content)
    # No transaction is open while the bytes go.
    avatar_id = await call.write(avatars.begin_avatar, user_id=user_id)
    await call.parts.blobs.put(avatars.path_of(avatar_id), whole(content))
    user = await call.write(
        avatars.finish_avatar, user_id=user_id, avatar_id=avatar_id, avatar_type=avatar_type, content=content
    )
    return versioned(user)


@router.get(
    "/users/{user_id}/avatar",
    operation_id="getAvatar",
    summary="The picture of somebody you see",
    response_class=Response,
    responses={
        200: {"content": _PICTURE, "description": "It."},
        **documented(errors.UserNotFound, errors.FileNotFound, errors.BlobStoreUnavailable),
    },
)
async def get(call: CallDep, user_id: UserId, if_none_match: IfNoneMatch) -> Response:
    avatar = await call.read(avatars.get_avatar, user_id=user_id)
    headers = {**_SAFE, "ETag": f'"{avatar.avatar_sha256}"'}
    if is_named(headers["ETag"], if_none_match):
        return Response(status_code=304, headers=headers)
    try:
        chunks = await call.parts.blobs.get(avatars.path_of(avatar.avatar_id or ""))
        content = b"".join([chunk async for chunk in chunks])
    except BlobNotFound:
        raise errors.BlobStoreUnavailable(details={"reason": "missing"}) from None
    return Response(content, 200, headers, avatar.avatar_type)


@router.delete(
    "/users/{user_id}/avatar",
    operation_id="removeAvatar",
    summary="No picture of yourself any more",
    status_code=204,
    response_class=Response,
    responses=documented(errors.UserNotFound, errors.FileNotFound),
)
async def delete(call: CallDep, user_id: UserId) -> Response:
    await call.write(avatars.remove_avatar, user_id=user_id)
    return no_content()
