"""The pages that a person sees who signs in by a browser: the local issuer's form, and what went wrong. No
scripts, nothing from elsewhere, nothing of a code or a token; a state is in the form that sends it back."""

from __future__ import annotations

import html
from collections.abc import Awaitable, Mapping
from urllib.parse import urlsplit

from fastapi import Request
from starlette.responses import Response

from app.core.caller import Origin
from app.core.config import Settings
from app.core.errors import AppError
from app.core.middleware import ORIGIN
from app.http.errors import error_response
from app.http.site import STYLE, STYLE_HASH, template

_POLICY = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; img-src data:"


async def shown(request: Request, work: Awaitable[Response]) -> Response:
    """What ``work`` answers; an error of ours as a page, where a person is there to read it."""
    try:
        return await work
    except AppError as error:
        if "text/html" not in request.headers.get("accept", ""):
            raise
        return failed(request, error)


def failed(request: Request, error: AppError) -> Response:
    origin: Origin = request.scope[ORIGIN]
    plain = error_response(error, origin)
    page = template("sign-in-failed.html").substitute(
        style=STYLE,
        message=html.escape(error.message),
        code=html.escape(error.code),
        reason=html.escape(str((error.details or {}).get("reason", ""))),
        request_id=html.escape(origin.request_id),
        again=f"{html.escape(request.scope.get('root_path', ''))}/auth/oauth/authorize",
    )
    headers = {"Content-Security-Policy": f"{_POLICY}; form-action 'none'; style-src 'sha256-{STYLE_HASH}'"}
    if "retry-after" in plain.headers:
        headers["Retry-After"] = plain.headers["retry-after"]
    return Response(page, plain.status_code, headers, "text/html")


def sign_in_form(
    settings: Settings,
    *,
    action: str,
    asked: Mapping[str, str],
    people: Mapping[str, str],
    problem: AppError | None = None,
) -> Response:
    """``asked`` is sent back with the form. ``people``, by address, get in with one press."""
    hidden = "\n".join(
        f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
        for name, value in asked.items()
    )
    buttons = "\n".join(
        f'<p><button name="demo" value="{html.escape(address)}">{html.escape(name)} '
        f"({html.escape(address)})</button></p>"
        for address, name in people.items()
    )
    if buttons:
        # A form of its own: whoever types a password and presses Enter is none of them.
        form = f'<form method="post" action="{html.escape(action)}">\n{hidden}\n{buttons}\n</form>'
        buttons = f"<h2>People of the demo</h2>\n{form}\n<h2>Somebody else</h2>"
    page = template("sign-in.html").substitute(
        style=STYLE,
        problem=html.escape(problem.message) if problem else "",
        action=html.escape(action),
        hidden=hidden,
        demo=buttons,
    )
    # A form's policy counts for the redirects that follow it too, which lead to where sign-in began.
    origins = {
        f"{parts.scheme}://{parts.netloc}"
        for parts in map(urlsplit, settings.oauth_return_to)
        if parts.netloc
    }
    allowed = " ".join(["'self'", *sorted(origins)])
    policy = f"{_POLICY}; form-action {allowed}; style-src 'sha256-{STYLE_HASH}'"
    status = error_response(problem, Origin("", None)).status_code if problem else 200
    return Response(page, status, {"Content-Security-Policy": policy}, "text/html")
