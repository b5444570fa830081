"""The gate: both tokens are verified before a handler, or the database, is touched.

Pure ASGI, for HTTP and websockets alike. Closed by default: a path that is not listed here needs both
tokens, so a route added without a thought is not open, and a stranger cannot even learn which paths exist.
"""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Awaitable, Callable, Container, Iterable, MutableMapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote

from app.core import browser_cookies
from app.core.azure_jwt_validator import AzureJwtValidator
from app.core.browser_cookies import Cookies
from app.core.browser_errors import (
    BrowserHeaderMissing,
    BrowserSessionRequired,
    CredentialsConflict,
    NotByCookie,
)
from app.core.caller import Caller, Origin
from app.core.client_address import TrustedProxies
from app.core.errors import (
    AppError,
    InvalidAzureToken,
    InvalidPmaToken,
    InvalidScimToken,
    InvalidTicket,
    MissingAzureToken,
    MissingPmaToken,
    NotAuthorized,
)
from app.core.request_counts import RequestCounts
from app.core.scim_secrets import ScimSecret
from app.core.token_service import PmaClaims, TokenService

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
ErrorResponder = Callable[[AppError, Scope, Receive, Send], Awaitable[None]]

ANONYMOUS = frozenset(
    {
        "/",
        "/livez",
        "/readyz",
        "/metrics",
        "/docs",
        "/docs/oauth2-redirect",
        "/docs/oauth2-redirect.js",
        "/docs/start.js",
        "/docs/swagger-ui-bundle.js",
        "/docs/swagger-ui.css",
        "/openapi.json",
        "/redoc",
        "/redoc/logo-mini.svg",
        "/redoc/redoc.standalone.js",
        "/redoc/start.js",
        "/auth/register",
        "/auth/token",
        "/auth/refresh",
        "/auth/local/authorize",
        "/auth/oauth/authorize",
        "/auth/oauth/callback",
        "/auth/oauth/providers",
        "/.well-known/openid-configuration",
        "/.well-known/jwks.json",
        "/.well-known/audit-jwks.json",
    }
)
"""Paths that need no token."""

CONSOLE = "/console/"
"""Below it are static files of this package and nothing else (app/http/console.py): they need no token."""

PUBLIC = frozenset(
    {
        "/branding/{slug}",
        "/branding/{slug}/logo",
        "/auth/oauth/callback/{provider}",
        "/auth/oauth/backchannel-logout/{provider}",
        "/unsubscribe",
    }
)
"""Routes that need no token either, by their template: anybody chooses a part of the path, or brings a link
that was signed here. They read the database, so they are counted by address."""
_PUBLIC_PATH = re.compile(
    r"/branding/[^/]+(/logo)?|/auth/oauth/(callback|backchannel-logout)/[^/]+|/unsubscribe"
)

ACCESS_TOKEN_ONLY = frozenset({"/auth/validate"})
"""Paths that need the access token alone: here it is exchanged for a PMA token."""

_TICKETED_PATHS = {
    "http": re.compile(r"/workspaces/[^/]+/stream"),
    "websocket": re.compile(r"/workspaces/[^/]+/ws"),
}
"""Paths where a ticket in the query stands in place of both tokens: who opens them cannot always send
headers. The route uses it up, and reads the database to do so; who brings one is counted by address."""
_LONGEST_TICKET = 100
NOT_BY_COOKIE = frozenset({"/auth/validate", "/auth/switch-organization", "/auth/logout"})
"""Routes that answer tokens, or end them: the tokens of a browser stay here."""
_NOT_BY_COOKIE = re.compile(r"/auth/(validate|switch-organization|logout)")

_SCIM_PATH = re.compile(r"/organizations/[^/]+/scim/v2(/.*)?", re.DOTALL)
"""Where directories provision: by the secret of a connection, and by nothing else."""

CALLER = "pma.caller"
ORIGIN = "pma.origin"
ACCESS_TOKEN = "pma.access-token"  # noqa: S105 - a name
PATH = "pma.path"
TICKET = "pma.ticket"
SCIM = "pma.scim"
"""Where the scope holds the ``Caller``, the ``Origin``, the access token, the path that routes are found by
(without the prefix that a proxy put before the service), the ticket that was sent instead of tokens, and the
``ScimSecret`` that a directory came with."""

ENCODED_SLASH = "\udc2f"
"""In ``scope["path"]``, for a slash that is none: half a character, which is decoded from nothing."""
_SLASH = re.compile("%2f", re.IGNORECASE)

_WORKSPACE_PATH = re.compile(r"/workspaces/([^/]+)")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}", re.ASCII)
log = logging.getLogger(__name__)


class HeldTokens(NamedTuple):
    """What the cookie of a browser session stands for."""

    access_token: str
    pma_token: str
    session_id: str


OfCookie = Callable[[str, Origin], Awaitable[HeldTokens]]
"""Raises ``BrowserSessionRequired`` for a cookie that stands for nothing, or no longer, ``RateLimited`` where
too many such came from an address, and ``ServiceUnavailable`` where nobody can say."""


class OriginMiddleware:
    """Gives every request an id, its own if it brings a fitting one, and answers with it. Every answer gets
    the headers given that it has not already."""

    def __init__(
        self,
        app: App,
        new_id: Callable[[], str],
        headers: Sequence[tuple[bytes, bytes]] = (),
        proxies: TrustedProxies | None = None,
    ) -> None:
        self._app = app
        self._new_id = new_id
        self._headers = tuple(headers)
        self._proxies = proxies or TrustedProxies()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        given = _only(scope["headers"], b"x-request-id")
        request_id = given if given and _REQUEST_ID.fullmatch(given) else self._new_id()
        scope[ORIGIN] = Origin(request_id, self._proxies.resolve(scope))
        if b"%2" in scope.get("raw_path", b""):
            scope["path"] = _with_slashes_kept(scope)
        scope[PATH] = _route_path(scope)

        async def send_with_id(message: Message) -> None:
            if message["type"] == "websocket.accept":
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id.encode())]
            elif message["type"] in ("http.response.start", "websocket.http.response.start"):
                own = message.get("headers", ())
                names = {name.lower() for name, _ in own}
                more = [header for header in self._headers if header[0] not in names]
                message["headers"] = [*own, *more, (b"x-request-id", request_id.encode())]
            await send(message)

        await self._app(scope, receive, send_with_id)


def _with_slashes_kept(scope: Scope) -> str:
    """The path with ``ENCODED_SLASH`` for each ``%2F``: a character of what stands between slashes, and none
    itself (RFC 3986, section 2.2). Ids of other issuers' people may hold one."""
    raw: str = scope["raw_path"].decode("ascii")
    return unquote(_SLASH.sub(ENCODED_SLASH, raw)) if _SLASH.search(raw) else scope["path"]


def _route_path(scope: Scope) -> str:
    """As the router sees it: the path holds its prefix, ``root_path`` (ASGI specification, "HTTP")."""
    path: str = scope["path"]
    root = scope.get("root_path")
    return path[len(root) :] if root and path.startswith(f"{root}/") else path


class AuthMiddleware:
    """Verifies the access token and the PMA token and puts the ``Caller`` into the scope, or the ticket that
    the route is to verify. The tokens come in headers, or a cookie stands for them: this is the one place
    where credentials are read. Where directories provision it takes their secrets and no token, as it takes
    none of these anywhere else: whether a secret is any connection's is for the transaction that it opens.

    Answers MISSING_AZURE_TOKEN, INVALID_AZURE_TOKEN, MISSING_PMA_TOKEN, INVALID_PMA_TOKEN, INVALID_TICKET,
    BROWSER_SESSION_REQUIRED, INVALID_SCIM_TOKEN (401), for a PMA token that was minted for another workspace
    USER_NOT_AUTHORIZED, BROWSER_HEADER_MISSING (403), CREDENTIALS_CONFLICT and NOT_BY_COOKIE (400),
    RATE_LIMITED (429).
    """

    def __init__(
        self,
        app: App,
        validator: AzureJwtValidator,
        tokens: TokenService,
        respond: ErrorResponder,
        cookies: Cookies,
        of_cookie: OfCookie,
        platform_admins: Container[str] = frozenset(),
    ) -> None:
        self._app = app
        self._platform_admins = platform_admins
        self._validator = validator
        self._tokens = tokens
        self._respond = respond
        self._cookies = cookies
        self._of_cookie = of_cookie

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or is_anonymous(scope[PATH]):
            await self._app(scope, receive, send)
            return
        try:
            ticket = _ticket(scope)
            if is_scim(scope[PATH]):
                scope[SCIM] = _scim_secret(scope["headers"])
            elif ticket is None:
                scope[CALLER] = await self._authenticate(scope)
            else:
                scope[TICKET] = ticket
        except AppError as error:
            log.info("refused", extra={"code": error.code, "request_id": scope[ORIGIN].request_id})
            await self._respond(error, scope, receive, send)
            return
        await self._app(scope, receive, send)

    async def _authenticate(self, scope: Scope) -> Caller:
        held = await self._held(scope)
        access_token = scope[ACCESS_TOKEN] = held.access_token if held else _bearer(scope["headers"])
        identity = await self._validator.validate(access_token)
        if scope[PATH] in ACCESS_TOKEN_ONLY:
            return Caller(identity, None, scope[ORIGIN])
        claims = self._tokens.verify(held.pma_token if held else _pma_token(scope["headers"]), identity)
        _require_within(claims, scope[PATH])
        is_appointed = identity.user_id in self._platform_admins
        session_id = held.session_id if held else None
        counts = RequestCounts(identity.user_id)
        return Caller(identity, claims, scope[ORIGIN], is_appointed, counts, session_id)

    async def _held(self, scope: Scope) -> HeldTokens | None:
        """The tokens that a cookie stands for; None where there is none, and the headers count."""
        headers = scope["headers"]
        cookies = self._cookies.sessions_in(headers)
        if not cookies:
            if _count(headers, browser_cookies.HEADER) and not _has_tokens(headers):
                raise BrowserSessionRequired
            return None
        if _has_tokens(headers) or len(cookies) > 1:
            raise CredentialsConflict
        if _only(headers, browser_cookies.HEADER) != "1":
            raise BrowserHeaderMissing
        if _NOT_BY_COOKIE.fullmatch(scope[PATH]):
            raise NotByCookie
        if not self._cookies.may_be_session(cookies[0]):
            raise BrowserSessionRequired
        return await self._of_cookie(cookies[0], scope[ORIGIN])


def is_console(path: str) -> bool:
    return path.startswith(CONSOLE) or f"{path}/" == CONSOLE


def is_anonymous(path: str) -> bool:
    if path in ANONYMOUS or is_console(path):
        return True
    return (
        path.startswith(("/branding/", "/auth/oauth/", "/unsubscribe"))
        and _PUBLIC_PATH.fullmatch(path) is not None
    )


def _ticket(scope: Scope) -> str | None:
    """None where there is none, or none would open this. Raises ``InvalidTicket`` for what cannot be one."""
    query: bytes = scope.get("query_string", b"")
    if b"ticket" not in query or not _TICKETED_PATHS[scope["type"]].fullmatch(scope[PATH]):
        return None
    if scope["type"] == "http" and scope["method"] != "GET":
        return None
    given = parse_qs(query.decode("latin-1"), keep_blank_values=True).get("ticket")
    if given is None:
        return None
    if len(given) > 1 or not 0 < len(given[0]) <= _LONGEST_TICKET:
        raise InvalidTicket
    return given[0]


def is_scim(path: str) -> bool:
    """Whether a directory is to be answered, as RFC 7644 says."""
    return path.startswith("/organizations/") and _SCIM_PATH.fullmatch(path) is not None


def _scim_secret(headers: Iterable[tuple[bytes, bytes]]) -> ScimSecret:
    scheme, _, text = (_only(headers, b"authorization") or "").partition(" ")
    secret = ScimSecret.read(text.strip()) if scheme.lower() == "bearer" else None
    if secret is None:
        raise InvalidScimToken
    return secret


def _bearer(headers: Iterable[tuple[bytes, bytes]]) -> str:
    value = _only(headers, b"authorization")
    if value is None:
        if _count(headers, b"authorization"):
            raise InvalidAzureToken(details={"reason": "header"})
        raise MissingAzureToken
    scheme, _, token = value.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise MissingAzureToken
    return token.strip()


def _pma_token(headers: Iterable[tuple[bytes, bytes]]) -> str:
    token = _only(headers, b"x-pma-token")
    if token is None:
        if _count(headers, b"x-pma-token"):
            raise InvalidPmaToken(details={"reason": "header"})
        raise MissingPmaToken
    return token


def _only(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> str | None:
    """The header's value when it is there exactly once and is ASCII."""
    values = [value for key, value in headers if key == name]
    if len(values) != 1 or not values[0].isascii() or not values[0]:
        return None
    return values[0].decode("ascii")


def _has_tokens(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    return _count(headers, b"authorization") + _count(headers, b"x-pma-token") > 0


def _count(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> int:
    return sum(key == name and bool(value) for key, value in headers)


def _require_within(claims: PmaClaims, path: str) -> None:
    """A token minted for one workspace opens that one and the caller's own session, nothing else."""
    if claims.workspace_id is None or path.startswith("/auth/"):
        return
    match = _WORKSPACE_PATH.match(path)
    if match is None or _canonical(match[1]) != claims.workspace_id:
        raise NotAuthorized("This PMA token was given for another workspace.")


def _canonical(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return text
