"""Signing in and out, and exchanging an access token for a PMA token."""

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import Response

from app.core import errors
from app.http.direct import DirectRoute
from app.http.edge import CallDep, Edge, EdgeDep, OriginDep, answer, no_content
from app.http.openapi import documented
from app.kernel.access import AccessDenied
from app.schemas import auth as wire
from app.schemas.common import SecretText, Text
from app.services import accounts
from app.services.sign_in import Founding, SignIn

router = APIRouter(tags=["auth"], route_class=DirectRoute)


@router.post(
    "/auth/validate",
    operation_id="validateToken",
    summary="Exchange an access token for a PMA token",
    responses={200: {"model": wire.Session}, **documented(errors.WorkspaceNotFound)},
)
async def validate(call: CallDep, body: wire.ValidateRequest | None = None) -> Response:
    try:
        session = await accounts.exchange(
            call.parts.database,
            call.caller,
            call.tools,
            call.parts.tokens,
            workspace_id=body.workspace_id if body else None,
            max_workspaces=call.parts.settings.pma_max_workspaces,
            auto_accept=call.parts.welcomed if call.parts.settings.invitations_auto_accept else None,
        )
    except AccessDenied as denied:
        await call.record(denied)
        raise
    return _secret(session)


@router.get("/auth/me", operation_id="getMe", summary="Who am I", responses={200: {"model": wire.Me}})
async def me(call: CallDep) -> Response:
    return answer(await call.read(accounts.me, max_workspaces=call.parts.settings.pma_max_workspaces))


@router.post(
    "/auth/switch-organization",
    operation_id="switchOrganization",
    summary="Work in one organisation, or in all",
    description="Answers a PMA token that opens this organisation and its workspaces only, and remembers "
    "which; with null one that opens all of your workspaces. The token before goes on until it ends.",
    responses={200: {"model": wire.Session}, **documented(errors.OrganizationNotFound)},
)
async def switch_organization(call: CallDep, body: wire.SwitchOrganization) -> Response:
    session = await call.write(
        accounts.switch_organization,
        call.parts.tokens,
        org_id=body.org_id,
        max_workspaces=call.parts.settings.pma_max_workspaces,
    )
    return _secret(session)


@router.post(
    "/auth/logout",
    operation_id="logout",
    summary="End this PMA token",
    status_code=204,
    response_class=Response,
)
async def logout(call: CallDep, body: wire.Logout | None = None) -> Response:
    token = body.refresh_token.get_secret_value() if body and body.refresh_token else None
    await call.write(accounts.logout, refresh_token=token)
    return no_content()


@router.post(
    "/auth/revoke-all",
    operation_id="revokeAll",
    summary="End all of my sessions",
    status_code=204,
    response_class=Response,
)
async def revoke_all(call: CallDep) -> Response:
    await call.write(accounts.revoke_all)
    return no_content()


@router.post(
    "/auth/register",
    operation_id="register",
    summary="Make an account of the local issuer",
    status_code=201,
    responses={
        201: {"model": wire.Registered},
        **documented(
            errors.RegistrationDisabled,
            errors.NotAuthorized,
            errors.NotFound,
            errors.AccountExists,
            errors.SlugTaken,
            errors.TooManyAttempts,
        ),
    },
)
async def register(edge: EdgeDep, origin: OriginDep, body: wire.Register) -> Response:
    sign_in = _sign_in(edge)
    if not edge.parts.settings.enable_registration:
        raise errors.RegistrationDisabled
    registered = await sign_in.register(
        origin,
        email=body.email,
        password=body.password.get_secret_value(),
        display_name=body.display_name,
        organization=Founding(body.organization.name, body.organization.slug) if body.organization else None,
    )
    return answer(registered, 201)


@router.post(
    "/auth/token",
    operation_id="signIn",
    summary="Sign in with the local issuer (OAuth 2.0 password form)",
    responses={
        200: {"model": wire.Tokens},
        **documented(
            errors.InvalidCredentials, errors.NotAuthorized, errors.NotFound, errors.TooManyAttempts
        ),
    },
)
async def token(
    edge: EdgeDep,
    origin: OriginDep,
    username: Annotated[
        Text, Form(max_length=254, description="The e-mail address.", examples=["ada@example.com"])
    ],
    password: Annotated[SecretText, Form(max_length=256)],
    grant_type: Annotated[str, Form(pattern="^password$")] = "password",
) -> Response:
    tokens = await _sign_in(edge).with_password(origin, email=username, password=password.get_secret_value())
    return _secret(tokens)


@router.post(
    "/auth/refresh",
    operation_id="refreshToken",
    summary="Spend a refresh token for new tokens",
    responses={200: {"model": wire.Tokens}, **documented(errors.InvalidRefreshToken, errors.NotFound)},
)
async def refresh(edge: EdgeDep, origin: OriginDep, body: wire.Refresh) -> Response:
    tokens = await _sign_in(edge).with_refresh_token(
        origin, refresh_token=body.refresh_token.get_secret_value()
    )
    return _secret(tokens)


@router.get(
    "/.well-known/openid-configuration",
    operation_id="getOpenidConfiguration",
    summary="Metadata of the local issuer",
    responses=documented(errors.NotFound),
)
async def openid_configuration(edge: EdgeDep) -> Response:
    return answer(_sign_in(edge).issuer.metadata())


@router.get(
    "/.well-known/jwks.json",
    operation_id="getJwks",
    summary="Public keys of the local issuer",
    responses=documented(errors.NotFound),
)
async def jwks(edge: EdgeDep) -> Response:
    return answer(_sign_in(edge).issuer.jwks())


def _sign_in(edge: Edge) -> SignIn:
    if edge.parts.sign_in is None:
        raise errors.NotFound("The local issuer is switched off.")
    return edge.parts.sign_in


def _secret(tokens: object) -> Response:
    # RFC 6749 section 5.1: no cache may keep tokens.
    response = answer(tokens)
    response.headers["Cache-Control"] = "no-store"
    return response
