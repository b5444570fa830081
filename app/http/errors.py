"""Errors as answers: the one table from error class to status, and the one format of the body."""

from __future__ import annotations

import base64
import logging
import re
from collections.abc import Mapping
from typing import Any

import msgspec
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError, WebSocketRequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.responses import Response
from starlette.websockets import WebSocket

from app.core import errors
from app.core.caller import Origin
from app.core.middleware import (
    ANONYMOUS,
    ORIGIN,
    PATH,
    App,
    Message,
    Receive,
    Scope,
    Send,
    is_console,
    is_scim,
)
from app.db.constraints import product_error
from app.db.errors import ConstraintError, DatabaseError, TransientError
from app.http.closing import close_for
from app.http.methods import allowed_methods

log = logging.getLogger(__name__)

STATUS: Mapping[type[errors.AppError], int] = {
    errors.AuthenticationError: 401,
    errors.NotAuthorized: 403,
    errors.RegistrationDisabled: 403,
    errors.NotFound: 404,
    errors.MethodNotAllowed: 405,
    errors.RequestTimeout: 408,
    errors.Conflict: 409,
    errors.VersionMismatch: 412,
    errors.PayloadTooLarge: 413,
    errors.RequestTargetTooLong: 414,
    errors.FileTypeNotAllowed: 415,
    errors.RangeNotSatisfiable: 416,
    errors.InvalidInput: 422,
    errors.BusinessRule: 400,
    errors.MalformedRequest: 400,
    errors.RateLimited: 429,
    errors.TooManyAttempts: 429,
    errors.RequestHeaderTooLarge: 431,
    errors.DbQueryFailed: 500,
    errors.IntegrationFailure: 502,
    errors.ServiceUnavailable: 503,
}


_ANONYMOUS_BYTES = 65_536
SCIM_ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
SCIM_JSON = "application/scim+json"


def status_of(error: errors.AppError | type[errors.AppError]) -> int:
    """The HTTP status of an error, by the nearest class in the table."""
    kind = error if isinstance(error, type) else type(error)
    return next((STATUS[each] for each in kind.__mro__ if each in STATUS), 500)


def body_of(error: errors.AppError, request_id: str) -> dict[str, Any]:
    """An error in the one format."""
    return {
        "error_code": error.code,
        "message": error.message,
        "details": error.details,
        "request_id": request_id,
    }


def scim_body(status: int, detail: str, scim_type: str | None = None) -> dict[str, Any]:
    """An error as directories read it (RFC 7644, section 3.12)."""
    more = {"scimType": scim_type} if scim_type else {}
    return {"schemas": [SCIM_ERROR], "status": str(status), **more, "detail": detail}


def answer_to(scope: Scope, error: errors.AppError) -> Response:
    """An error in the one format, or in that of RFC 7644 where a directory asked."""
    response = error_response(error, scope[ORIGIN])
    if is_scim(scope[PATH]):
        body = msgspec.json.encode(scim_body(response.status_code, error.message))
        response = Response(body, response.status_code, dict(response.headers), SCIM_JSON)
        response.headers["Content-Type"] = SCIM_JSON
        response.headers["Content-Length"] = str(len(body))
    return response


def error_response(error: errors.AppError, origin: Origin) -> Response:
    status = status_of(error)
    headers: dict[str, str] = {}
    if status == 401:
        # RFC 6750 section 3: a challenge, with the error only when a token was there.
        missing = isinstance(error, errors.MissingAzureToken | errors.MissingPmaToken)
        headers["WWW-Authenticate"] = "Bearer" if missing else 'Bearer error="invalid_token"'
        if isinstance(error, errors.InteractionRequired):
            claims = base64.b64encode((error.claims or "").encode()).decode()
            headers["WWW-Authenticate"] = f'Bearer error="insufficient_claims", claims="{claims}"'
    if isinstance(error, errors.RangeNotSatisfiable):
        headers["Content-Range"] = f"bytes */{error.size}"
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    return Response(
        msgspec.json.encode(body_of(error, origin.request_id)), status, headers, "application/json"
    )


async def respond(error: errors.AppError, scope: Scope, receive: Receive, send: Send) -> None:
    """Answers from a middleware. A websocket is refused before it is accepted, with the same body where
    the server can send one."""
    if scope["type"] == "http":
        await answer_to(scope, error)(scope, receive, send)
        return
    websocket = WebSocket(scope, receive, send)
    if "websocket.http.response" in scope.get("extensions", {}):
        await websocket.send_denial_response(error_response(error, scope[ORIGIN]))
    else:
        await websocket.close(close_for(status_of(error)))


def to_app_error(error: Exception, request_id: str) -> errors.AppError:
    """What the client is told about an error of the database. What it does not need to know is logged."""
    if isinstance(error, ConstraintError) and (known := product_error(error)) is not None:
        return known
    log.error(
        "database error",
        extra={
            "request_id": request_id,
            "error": type(error).__name__,
            "query": getattr(error, "query", None),
            "constraint": getattr(error, "constraint", None),
            "reason": str(error),
        },
    )
    if isinstance(error, TransientError):
        return errors.ServiceUnavailable(retry_after=error.retry_after)
    return errors.DbQueryFailed()


def install(app: FastAPI) -> None:
    """Every error leaves in the one format: this service's, the database's, the framework's."""
    not_found = app.router.default

    async def nowhere(scope: Scope, receive: Receive, send: Send) -> None:
        # The framework closes a socket of no route without a word, which servers tell as a bare 403.
        if scope["type"] == "websocket":
            await respond(errors.NotFound(), scope, receive, send)
        else:
            await not_found(scope, receive, send)

    app.router.default = nowhere

    @app.exception_handler(errors.AppError)
    async def on_app_error(request: Request, error: errors.AppError) -> Response:
        return answer_to(request.scope, error)

    @app.exception_handler(DatabaseError)
    async def on_database_error(request: Request, error: DatabaseError) -> Response:
        return answer_to(request.scope, to_app_error(error, request.scope[ORIGIN].request_id))

    @app.exception_handler(RequestValidationError)
    @app.exception_handler(WebSocketRequestValidationError)
    async def on_validation_error(
        request: HTTPConnection, error: RequestValidationError | WebSocketRequestValidationError
    ) -> Response:
        # Never the input: it may be a password, and a lone surrogate in it could not even be sent back.
        problems = [
            {"field": ".".join(_printable(part) for part in each["loc"]), "problem": _problem(each)}
            for each in error.errors()[:20]
        ]
        return answer_to(request.scope, errors.InvalidInput(details={"problems": problems}))

    @app.exception_handler(HTTPException)
    async def on_http_exception(request: Request, error: HTTPException) -> Response:
        if error.status_code == 405:
            allow = {"Allow": allowed_methods(request.app.router.routes, request.scope)}
            if request.method == "OPTIONS":
                return Response(status_code=204, headers=allow)
            response = answer_to(request.scope, errors.MethodNotAllowed())
            response.headers.update(allow)
            return response
        known = {404: errors.NotFound(), 413: errors.PayloadTooLarge()}
        answer = known.get(error.status_code, errors.InvalidInput(str(error.detail)))
        response = answer_to(request.scope, answer)
        for name, value in (error.headers or {}).items():
            response.headers[name] = value
        return response


def _problem(error: Mapping[str, Any]) -> str:
    """What does not fit; of JSON that could not be read, why."""
    return f"{error['msg']}: {error['ctx']['error']}" if error["type"] == "json_invalid" else error["msg"]


def _printable(part: object) -> str:
    return str(part).encode("ascii", "replace").decode()[:80]


class LastResort:
    """Whatever nobody expected: logged with its trace, answered as a plain 500 in the one format."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watch(message: Message) -> None:
            nonlocal started
            started = started or message["type"].endswith(".start") or message["type"] == "websocket.accept"
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except ClientDisconnect:
            return  # nobody is left to be answered
        except Exception:
            if scope["type"] not in ("http", "websocket"):
                raise
            log.exception("unexpected error", extra={"request_id": scope[ORIGIN].request_id})
            if not started:
                await respond(errors.AppError(), scope, receive, send)


class BodyLimit:
    """Refuses a request body over ``limit`` bytes before anything parses it; where the path is an
    ``upload_path``, over ``upload_limit``; of anybody, over what signing in takes."""

    def __init__(self, app: App, limit: int, upload_path: re.Pattern[str], upload_limit: int) -> None:
        self._app = app
        self._limit = limit
        self._upload_path = upload_path
        self._upload_limit = upload_limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_upload = scope["method"] == "POST" and self._upload_path.fullmatch(scope[PATH])
        limit = self._upload_limit if is_upload else self._limit
        if scope[PATH] in ANONYMOUS or is_console(scope[PATH]):
            limit = min(limit, _ANONYMOUS_BYTES)
        for name, value in scope["headers"]:
            if name == b"content-length" and (not value.isdigit() or int(value) > limit):
                await respond(errors.PayloadTooLarge(), scope, receive, send)
                return
        read = 0

        async def receive_counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > limit:
                raise HTTPException(413)
            return message

        await self._app(scope, receive_counted, send)
