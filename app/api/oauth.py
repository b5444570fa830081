"""Sign-in for browsers by the authorisation code with PKCE."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import Response

from app.core import browser_errors, errors
from app.core.caller import Origin
from app.http.direct import DirectRoute
from app.http.edge import CallDep, Edge, EdgeDep, OriginDep, answer
from app.http.openapi import documented
from app.http.sign_in_pages import shown
from app.schemas import oauth as wire
from app.services import browser_sessions
from app.services.oauth import Answered, BrowserSignIn

router = APIRouter(tags=["browser sign-in"], route_class=DirectRoute)
_Opaque = Annotated[str | None, Query(max_length=4096)]
_BACK: dict[int | str, dict[str, Any]] = {
    303: {"description": "To `return_to`, with a session cookie or with `error`."}
}


@router.get(
    "/auth/oauth/providers",
    operation_id="listOauthProviders",
    summary="With whom browsers sign in",
    responses={200: {"model": wire.Providers}, **documented(errors.NotFound)},
)
async def providers(edge: EdgeDep) -> Response:
    return answer({"items": browsers(edge).listed()})


@router.get(
    "/auth/oauth/authorize",
    operation_id="beginBrowserSignIn",
    summary="Sign in by a browser",
    description="Sends the browser to the directory. `return_to` is where it comes back to: one of "
    "`OAUTH_RETURN_TO`, letter by letter; without it the first of them.",
    status_code=303,
    response_class=Response,
    responses={
        303: {"description": "To the directory."},
        **documented(
            errors.NotFound,
            errors.IdentityProviderUnavailable,
            browser_errors.OAuthProviderNotFound,
            browser_errors.ReturnToNotAllowed,
        ),
    },
)
async def authorize(
    edge: EdgeDep,
    request: Request,
    return_to: Annotated[str | None, Query(max_length=2000)] = None,
    provider: Annotated[str | None, Query(max_length=40)] = None,
) -> Response:
    async def begin() -> Response:
        cookies, headers = edge.parts.cookies, request.scope["headers"]
        sessions = cookies.sessions_in(headers)
        begun = await browsers(edge).begin(
            provider_name=provider,
            return_to=return_to,
            browser=cookies.flow_in(headers),
            session_cookie=sessions[0] if len(sessions) == 1 else None,
        )
        return _redirect(begun.url, cookies.set_flow(begun.browser))

    return await shown(request, begin())


async def _finish(
    edge: Edge, request: Request, origin: Origin, answered: Answered, provider: str | None
) -> Response:
    async def finish() -> Response:
        cookies, headers = edge.parts.cookies, request.scope["headers"]
        finished = await browsers(edge).finish(
            origin,
            answered,
            path_provider=provider,
            browser=cookies.flow_in(headers),
            agent=request.headers.get("user-agent", "")[:1000],
        )
        return _redirect(finished.url, cookies.set_session(finished.cookie) if finished.cookie else None)

    return await shown(request, finish())


@router.get(
    "/auth/oauth/callback",
    operation_id="finishBrowserSignIn",
    summary="Where the directory sends the browser back to",
    status_code=303,
    response_class=Response,
    responses={**_BACK, **documented(errors.NotFound, browser_errors.SignInFailed)},
)
async def callback(
    edge: EdgeDep,
    request: Request,
    origin: OriginDep,
    state: _Opaque = None,
    code: _Opaque = None,
    error: _Opaque = None,
    iss: _Opaque = None,
) -> Response:
    return await _finish(edge, request, origin, Answered(state or "", code, error, iss), None)


@router.get(
    "/auth/oauth/callback/{provider}",
    operation_id="finishBrowserSignInOf",
    summary="The same, where there are several providers: each has its own",
    status_code=303,
    response_class=Response,
    responses={**_BACK, **documented(errors.NotFound, browser_errors.SignInFailed)},
)
async def callback_of(
    edge: EdgeDep,
    request: Request,
    origin: OriginDep,
    provider: str,
    state: _Opaque = None,
    code: _Opaque = None,
    error: _Opaque = None,
    iss: _Opaque = None,
) -> Response:
    return await _finish(edge, request, origin, Answered(state or "", code, error, iss), provider)


@router.post(
    "/auth/oauth/logout",
    operation_id="endBrowserSession",
    summary="Sign out of this browser",
    responses={
        200: {"model": wire.SignedOut},
        **documented(errors.NotFound, browser_errors.ReturnToNotAllowed),
    },
)
async def logout(call: CallDep, body: wire.BrowserLogout | None = None) -> Response:
    signed_out = await browsers(call.edge).log_out(call.caller, return_to=body.return_to if body else None)
    response = answer(signed_out)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Set-Cookie"] = call.parts.cookies.clear_session()
    return response


@router.post(
    "/auth/oauth/backchannel-logout/{provider}",
    operation_id="endSessionsOfDirectory",
    summary="The directory says that somebody signed out there",
    description="OpenID Connect Back-Channel Logout 1.0.",
    response_class=Response,
    responses={
        200: {"description": "The sessions have ended."},
        **documented(
            errors.NotFound,
            errors.IdentityProviderUnavailable,
            browser_errors.OAuthProviderNotFound,
            browser_errors.InvalidLogoutToken,
        ),
    },
)
async def backchannel_logout(
    edge: EdgeDep,
    origin: OriginDep,
    provider: str,
    logout_token: Annotated[str, Form(max_length=16_384, examples=["eyJ0eXAiOiJsb2dvdXQrand0Iiwi…"])],
) -> Response:
    name, named = await browsers(edge).named_by(provider, logout_token)
    await browser_sessions.end_of_directory(
        edge.parts.database, edge.tools, origin, provider=name, named=named
    )
    return Response(status_code=200, headers={"Cache-Control": "no-store"})


def browsers(edge: Edge) -> BrowserSignIn:
    if edge.parts.browsers is None:
        raise errors.NotFound("Nobody signs in by a browser here.")
    return edge.parts.browsers


def _redirect(url: str, cookie: str | None) -> Response:
    headers = {"Location": url, "Cache-Control": "no-store"}
    return Response(status_code=303, headers=headers | ({"Set-Cookie": cookie} if cookie else {}))
