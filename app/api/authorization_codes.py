"""The page of the local issuer that browsers sign in at."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from app.api.oauth import browsers
from app.core import browser_errors, errors
from app.core.caller import Origin
from app.core.oauth_settings import LOCAL
from app.http.direct import DirectRoute
from app.http.edge import Edge, EdgeDep, OriginDep
from app.http.openapi import documented
from app.http.sign_in_pages import shown, sign_in_form
from app.schemas.common import SecretText
from app.services.authorization_codes import PATH, Asking, LocalProvider

router = APIRouter(tags=["browser sign-in"], route_class=DirectRoute)
_ASKED = (
    "client_id", "response_type", "redirect_uri", "state", "nonce", "code_challenge", "code_challenge_method",
)  # fmt: skip
_REFUSED = (errors.InvalidCredentials, errors.NotAuthorized, errors.TooManyAttempts)


@router.get(
    PATH,
    operation_id="showSignInForm",
    summary="The local issuer's form to sign in",
    response_class=Response,
    responses={
        200: {"description": "A page.", "content": {"text/html": {}}},
        **documented(errors.NotFound, browser_errors.SignInFailed),
    },
)
async def form(edge: EdgeDep, request: Request) -> Response:
    return await shown(request, _form(edge, request, dict(request.query_params)))


@router.post(
    PATH,
    operation_id="sendSignInForm",
    summary="Sign in at the local issuer's form",
    status_code=303,
    response_class=Response,
    responses={
        303: {"description": "Back to this service, with a code."},
        **documented(errors.NotFound, browser_errors.SignInFailed, *_REFUSED),
    },
)
async def send(
    edge: EdgeDep,
    request: Request,
    origin: OriginDep,
    client_id: Annotated[str, Form(max_length=200)] = "",
    response_type: Annotated[str, Form(max_length=200)] = "",
    redirect_uri: Annotated[str, Form(max_length=2000)] = "",
    state: Annotated[str, Form(max_length=200)] = "",
    nonce: Annotated[str, Form(max_length=200)] = "",
    code_challenge: Annotated[str, Form(max_length=200)] = "",
    code_challenge_method: Annotated[str, Form(max_length=200)] = "",
    demo: Annotated[str | None, Form(max_length=254)] = None,
    username: Annotated[str, Form(max_length=254)] = "",
    password: Annotated[SecretText | None, Form(max_length=256)] = None,
) -> Response:
    values = (client_id, response_type, redirect_uri, state, nonce, code_challenge, code_challenge_method)
    asked = dict(zip(_ASKED, values, strict=True))

    async def sign_in() -> Response:
        provider = _local(edge)
        asking = provider.check(asked)
        try:
            given = password.get_secret_value() if password else ""
            url = await _code(provider, origin, asking, demo, username, given)
        except _REFUSED as error:
            if "text/html" not in request.headers.get("accept", ""):
                raise
            return await _form(edge, request, asked, error)
        return Response(status_code=303, headers={"Location": url, "Cache-Control": "no-store"})

    return await shown(request, sign_in())


async def _code(
    provider: LocalProvider, origin: Origin, asking: Asking, demo: str | None, username: str, password: str
) -> str:
    if demo is not None:
        return await provider.as_demo(origin, asking, email=demo)
    return await provider.give_code(origin, asking, email=username, password=password)


async def _form(
    edge: Edge, request: Request, query: dict[str, str], problem: errors.AppError | None = None
) -> Response:
    provider = _local(edge)
    provider.check(query)
    return sign_in_form(
        edge.parts.settings,
        action=f"{request.scope.get('root_path', '')}{PATH}",
        asked={name: query[name] for name in _ASKED},
        people=await provider.demo_people(),
        problem=problem,
    )


def _local(edge: Edge) -> LocalProvider:
    provider = browsers(edge).providers.get(LOCAL)
    if not isinstance(provider, LocalProvider):
        raise errors.NotFound("The local issuer is switched off.")
    return provider
