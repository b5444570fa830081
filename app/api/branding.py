"""How an organisation presents itself."""

import base64
from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from app.core import errors
from app.http.conditions import IfMatch, IfNoneMatch, is_named, versioned
from app.http.direct import DirectRoute
from app.http.edge import CallDep, EdgeDep, answer, no_content
from app.http.openapi import documented
from app.http.uploads import FORM, sent_content
from app.schemas import branding as wire
from app.schemas.common import Id
from app.services import branding

router = APIRouter(tags=["organizations"], route_class=DirectRoute)

_PUBLIC = {"Cache-Control": "public, max-age=300"}
Slug = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,63}$", examples=["analytical-engines"])]


@router.get(
    "/organizations/{org_id}/branding",
    operation_id="getBranding",
    summary="How the organisation presents itself",
    responses={200: {"model": wire.Branding}},
)
async def get(call: CallDep, org_id: Id, if_none_match: IfNoneMatch) -> Response:
    return versioned(await call.read(branding.get_branding, org_id=org_id), if_none_match=if_none_match)


@router.put(
    "/organizations/{org_id}/branding",
    operation_id="setBranding",
    summary="Another product name, colours and sender of mail (ADMIN)",
    responses={200: {"model": wire.Branding}},
)
async def put(call: CallDep, org_id: Id, body: wire.BrandingSet, if_match: IfMatch) -> Response:
    return versioned(
        await call.write(branding.set_branding, org_id=org_id, expected=if_match, **body.model_dump())
    )


@router.put(
    "/organizations/{org_id}/branding/logo",
    operation_id="setLogo",
    summary="Another logo (ADMIN)",
    description="A form with one part, `file`: a PNG, a JPEG or a WebP "
    f"of at most {branding.MOST_LOGO_BYTES} bytes.",
    openapi_extra=FORM,
    responses={
        200: {"model": wire.Branding},
        **documented(errors.PayloadTooLarge, errors.FileTypeNotAllowed),
    },
)
async def put_logo(call: CallDep, org_id: Id, request: Request) -> Response:
    content = await sent_content(request, branding.MOST_LOGO_BYTES)
    return versioned(await call.write(branding.set_logo, org_id=org_id, content=content))


@router.delete(
    "/organizations/{org_id}/branding/logo",
    operation_id="removeLogo",
    summary="No logo any more (ADMIN)",
    status_code=204,
    response_class=Response,
)
async def delete_logo(call: CallDep, org_id: Id) -> Response:
    await call.write(branding.set_logo, org_id=org_id, content=None)
    return no_content()


@router.get(
    "/branding/{slug}",
    operation_id="getPublicBranding",
    summary="How an organisation presents itself on a page to sign in at, for anybody",
    responses={200: {"model": wire.PublicBranding}, **documented(errors.OrganizationNotFound)},
)
async def get_public(edge: EdgeDep, slug: Slug) -> Response:
    async with edge.parts.database.read() as tx:
        response = answer(await branding.find_branding(tx, slug=slug))
    response.headers.update(_PUBLIC)
    return response


@router.get(
    "/branding/{slug}/logo",
    operation_id="getLogo",
    summary="The logo of an organisation, for anybody",
    response_class=Response,
    responses={
        200: {
            "content": {"image/*": {"schema": {"type": "string", "format": "binary"}}},
            "description": "It.",
        },
        **documented(errors.OrganizationNotFound),
    },
)
async def get_logo(edge: EdgeDep, slug: Slug, if_none_match: IfNoneMatch) -> Response:
    async with edge.parts.database.read() as tx:
        logo = await branding.find_logo(tx, slug=slug)
    headers = {**_PUBLIC, "ETag": f'"{logo.logo_sha256}"', "Cross-Origin-Resource-Policy": "cross-origin"}
    if is_named(headers["ETag"], if_none_match):
        return Response(status_code=304, headers=headers)
    return Response(base64.b64decode(logo.logo), 200, headers, logo.logo_type)
