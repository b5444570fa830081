"""The OpenAPI document: which errors a route answers, and which tokens it needs."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from app.core import browser_errors, errors
from app.core.middleware import ACCESS_TOKEN_ONLY, ANONYMOUS, NOT_BY_COOKIE, PUBLIC, is_scim
from app.http.errors import status_of
from app.http.rate_limits import UNLIMITED
from app.http.route_table import RouteTable
from app.schemas.common import Error

TOKEN_URL = "auth/token"  # noqa: S105 - a path
COMMITTED = Path(__file__).resolve().parents[1] / "openapi.json"
_ERROR = {"$ref": "#/components/schemas/Error"}
_ACCESS_TOKEN, _PMA_TOKEN = "AccessToken", "PMAToken"
_COOKIE, _COOKIE_HEADER = "BrowserSession", "BrowserHeader"
_SCIM_SECRET = "ScimSecret"  # noqa: S105 - a name
_ANONYMOUS_ERRORS = (errors.ServiceUnavailable, errors.AppError, errors.DbQueryFailed)
_SIGNED_IN_ERRORS = (
    errors.MissingAzureToken,
    errors.InvalidAzureToken,
    errors.NotAuthorized,
    errors.IdentityProviderUnavailable,
    browser_errors.BrowserSessionRequired,
    browser_errors.BrowserHeaderMissing,
    browser_errors.CredentialsConflict,
)
_OF_ORGANIZATION = (errors.OrganizationSuspended, errors.OrganizationArchived)
HELD_ERRORS = (errors.WorkspaceSuspended, errors.WorkspaceArchived, *_OF_ORGANIZATION)
"""Of what changes something in a workspace, or in an organisation, that is not in work."""
_HELD_ERRORS: Mapping[str, tuple[type[errors.AppError], ...]] = {
    "workspace_id": HELD_ERRORS,
    "org_id": _OF_ORGANIZATION,
}
"""Of what changes something below them; the platform's administrators change what is held."""
_BOTH_TOKENS_ERRORS = (errors.MissingPmaToken, errors.InvalidPmaToken)
_PARAMETER_ERRORS: Mapping[str, tuple[type[errors.AppError], ...]] = {
    "workspace_id": (errors.WorkspaceNotFound,),
    "org_id": (errors.OrganizationNotFound,),
    "if-match": (errors.VersionMismatch,),
    "idempotency-key": (errors.IdempotencyKeyInUse, errors.IdempotencyKeyReused),
    "cursor": (errors.InvalidCursor,),
}

DESCRIPTION = """
Workspaces with members, roles and an audit log that can be proved.

**Signing in takes two tokens.** Send an access token of a trusted issuer (Entra ID, or the local issuer in
development) as `Authorization: Bearer …` to `POST /auth/validate`; it answers a PMA token. Every other call
carries both, the second as `X-PMA-Token`.

**A browser holds neither.** `GET /auth/oauth/authorize` signs it in with the directory; it gets a cookie that
stands for the same two tokens, and sends `X-PMA-Browser: 1` with each call.

**Here:** press *Authorize*, sign in under *AccessToken*, run `POST /auth/validate`, and paste its `pma_token`
under *PMAToken*.
"""


def documented(*kinds: type[errors.AppError]) -> dict[int | str, dict[str, Any]]:
    """The ``responses`` of a route for the errors it answers beside those that follow from its tokens and
    parameters."""
    by_status: dict[int, list[type[errors.AppError]]] = {}
    for kind in kinds:
        by_status.setdefault(status_of(kind), []).append(kind)
    return {
        status: {
            "description": ", ".join(f"`{kind.code}`" for kind in same),
            # By reference: of a model FastAPI would make a validator for each route and status.
            "content": {"application/json": {"schema": _ERROR, "examples": _examples(same)}},
        }
        for status, same in by_status.items()
    }


def _examples(kinds: Iterable[type[errors.AppError]]) -> dict[str, Any]:
    return {kind.code: {"$ref": f"#/components/examples/{kind.code}"} for kind in kinds}


def _all_examples() -> dict[str, Any]:
    """One answer of each error, for the routes to refer to."""
    return {
        kind.code: {
            "value": {
                "error_code": kind.code,
                "message": kind.default_message,
                "details": None,
                "request_id": "0199f3f0-7c5a-7b6e-9f1d-2c3b4a5d6e7f",
            }
        }
        for kind in sorted(_kinds_below(errors.AppError), key=lambda kind: kind.code)
    }


def _kinds_below(kind: type[errors.AppError]) -> set[type[errors.AppError]]:
    own = {kind} if "code" in vars(kind) else set()
    return own.union(*(_kinds_below(each) for each in kind.__subclasses__()))


def install(app: FastAPI, *, token_url: str | None) -> None:
    """Serves the committed document. To make it takes FastAPI's analysis of every route, a second and many
    MiB, for what a test holds to be the same."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = json.loads(COMMITTED.read_bytes())
            app.openapi_schema["components"]["securitySchemes"] = _schemes(token_url)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def document(app: FastAPI) -> dict[str, Any]:
    """The document of an installation with an issuer of its own, made of the routes."""
    made = get_openapi(
        title=app.title,
        version=app.version,
        description=DESCRIPTION,
        routes=[route for table in app.routes if isinstance(table, RouteTable) for route in table.routes],
        tags=app.openapi_tags,
    )
    components = made["components"]
    components["schemas"]["Error"] = Error.model_json_schema()
    components["schemas"] = dict(sorted(components["schemas"].items()))
    components["securitySchemes"] = _schemes(TOKEN_URL)
    components["examples"] = _all_examples()
    for name in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(name, None)
    for path, operations in made["paths"].items():
        for method, operation in operations.items():
            operation["security"] = _security(path)
            _add_errors(operation["responses"], _implied_errors(path, method, operation))
            if "if-none-match" in _parameters(operation):
                operation["responses"]["304"] = {"description": "It is what `If-None-Match` names."}
    return made


def _schemes(token_url: str | None) -> dict[str, Any]:
    bearer = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    password = {"type": "oauth2", "flows": {"password": {"tokenUrl": token_url, "scopes": {}}}}
    return {
        _ACCESS_TOKEN: password if token_url else bearer,
        _PMA_TOKEN: {"type": "apiKey", "in": "header", "name": "X-PMA-Token"},
        _SCIM_SECRET: {
            "type": "http",
            "scheme": "bearer",
            "description": "For directories: the secret of a connection (`POST …/scim-connections`).",
        },
        _COOKIE: {
            "type": "apiKey",
            "in": "cookie",
            "name": "__Host-pma-session",
            "description": "Of `GET /auth/oauth/authorize`. On plain HTTP (development) `pma-session`.",
        },
        _COOKIE_HEADER: {
            "type": "apiKey",
            "in": "header",
            "name": "X-PMA-Browser",
            "description": "`1`, with each call by cookie: a page of somebody else cannot send it.",
        },
    }


def _security(path: str) -> list[dict[str, list[str]]]:
    """One entry with both schemes means both are needed; two entries would mean either."""
    if path in ANONYMOUS | PUBLIC:
        return []
    if is_scim(path):
        return [{_SCIM_SECRET: []}]
    if path in ACCESS_TOKEN_ONLY:
        return [{_ACCESS_TOKEN: []}]
    by_tokens: dict[str, list[str]] = {_ACCESS_TOKEN: [], _PMA_TOKEN: []}
    return [by_tokens] if path in NOT_BY_COOKIE else [by_tokens, {_COOKIE: [], _COOKIE_HEADER: []}]


def _parameters(operation: Mapping[str, Any]) -> list[str]:
    return [parameter["name"].lower() for parameter in operation.get("parameters", ())]


def _implied_errors(path: str, method: str, operation: Mapping[str, Any]) -> Iterable[type[errors.AppError]]:
    if is_scim(path):
        return  # these have a format of their own
    yield from _ANONYMOUS_ERRORS
    if path not in ANONYMOUS | PUBLIC:
        yield from _SIGNED_IN_ERRORS
        if path in NOT_BY_COOKIE:
            yield browser_errors.NotByCookie
        if path not in ACCESS_TOKEN_ONLY:
            yield from _BOTH_TOKENS_ERRORS
    if path not in UNLIMITED:
        yield errors.RateLimited
    for name in _parameters(operation):
        yield from _PARAMETER_ERRORS.get(name, ())
        if method != "get" and not path.startswith("/platform/"):
            yield from _HELD_ERRORS.get(name, ())
    if "{" in path or operation.get("parameters") or "requestBody" in operation:
        yield errors.InvalidInput
    if "requestBody" in operation:
        yield errors.PayloadTooLarge


def _add_errors(responses: dict[str, Any], kinds: Iterable[type[errors.AppError]]) -> None:
    for kind in kinds:
        response = responses.setdefault(str(status_of(kind)), {"description": "", "content": {}})
        if not response["description"].startswith("`"):
            response |= {"description": "", "content": {}}  # FastAPI's own 422 is of another shape
        content = response["content"].setdefault("application/json", {})
        content["schema"] = _ERROR
        examples = content.setdefault("examples", {})
        if kind.code not in examples:
            response["description"] = ", ".join(filter(None, [response["description"], f"`{kind.code}`"]))
            examples |= _examples([kind])
