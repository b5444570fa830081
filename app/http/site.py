"""What a browser is shown: what this service is, and its documentation, nothing of it from elsewhere.

Swagger UI and Redoc are files of the package fastapi-standalone-docs; its own pages are not used, because
they hold scripts in their text, which the policy here forbids.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Awaitable, Callable
from importlib.resources import files
from pathlib import Path
from string import Template

from fastapi import FastAPI, Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from app.core.middleware import CONSOLE
from app.http import console

_OWN = Path(__file__).resolve().parents[1] / "pages"
STYLE = "body{font:1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem}"
STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
ALONE = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_SCRIPTED = f"{ALONE}; script-src 'self'; img-src 'self' data:; connect-src 'self'"
_CACHED = {"Cache-Control": "public, max-age=3600"}
_REDOC_STYLES = (
    "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=' "
    "'sha256-QMIg+bpjm3JdElJ388KYke01izlUW0UoNOeKjpMxdgc='"
)
"""An empty one, and that of its scroll bars, as of Redoc 2.5.4."""
Endpoint = Callable[[Request], Awaitable[Response]]
_ASSETS = {
    "/docs/swagger-ui.css": "swagger/swagger-ui.css",
    "/docs/swagger-ui-bundle.js": "swagger/swagger-ui-bundle.js",
    "/redoc/redoc.standalone.js": "redoc/redoc.standalone.js",
    "/redoc/logo-mini.svg": "redoc/logo-mini.svg",
}
_SCRIPTS = {
    "/docs/start.js": "docs.js",
    "/docs/oauth2-redirect.js": "oauth2-redirect.js",
    "/redoc/start.js": "redoc.js",
}


def install(
    app: FastAPI,
    *,
    has_docs: bool,
    has_console: bool,
    store: str | None,
    random_bytes: Callable[[int], bytes],
) -> None:
    """Each of these paths stands in ``ANONYMOUS`` by itself: a prefix there would open whatever is below.
    ``store`` is the origin that the console may send files to."""
    routes = [Route("/", _home(app.version, has_docs=has_docs, has_console=has_console))]
    if has_docs:
        packaged = Path(str(files("fastapi_standalone_docs"))) / "static"
        routes += [Route(path, _file(packaged / name)) for path, name in _ASSETS.items()]
        routes += [Route(path, _file(_OWN / name)) for path, name in _SCRIPTS.items()]
        routes += [
            Route("/docs", _page("docs.html", f"{_SCRIPTED}; style-src 'self'")),
            Route("/docs/oauth2-redirect", _page("oauth2-redirect.html", f"{ALONE}; script-src 'self'")),
            Route("/redoc", _redoc(random_bytes)),
        ]
    app.router.routes.extend(routes)
    if has_console:
        console.install(app, store=store)


def _home(version: str, *, has_docs: bool, has_console: bool) -> Endpoint:
    """Browsers are led to the console, where it is."""
    links = {"health": "livez", "readiness": "readyz"}
    if has_docs:
        links = {"documentation": "docs", "reference": "redoc", "openapi": "openapi.json"} | links
    if has_console:
        links = {"console": "console/"} | links
    items = "".join(f'<li><a href="{place}">{name}</a></li>' for name, place in links.items())
    page = template("home.html").substitute(style=STYLE, version=html.escape(version), links=items)
    told = json.dumps({"name": "PM Assist", "version": version, "readme": "README.md", "links": links})
    policy = f"{ALONE}; style-src 'sha256-{STYLE_HASH}'; img-src data:"

    async def home(request: Request) -> Response:
        headers = {"Vary": "Accept"}
        if "text/html" not in request.headers.get("accept", ""):
            return Response(told, 200, headers, "application/json")
        if has_console:
            place = f"{request.scope.get('root_path', '')}{CONSOLE}"
            return Response(None, 307, headers | {"Location": place})
        return Response(page, 200, headers | {"Content-Security-Policy": policy}, "text/html")

    return home


def _page(name: str, policy: str) -> Endpoint:
    content = (_OWN / name).read_text(encoding="utf-8")

    async def page(request: Request) -> Response:
        return Response(content, 200, {"Content-Security-Policy": policy}, "text/html")

    return page


def _redoc(random_bytes: Callable[[int], bytes]) -> Endpoint:
    """Redoc writes its styles itself, and marks all but two with a nonce; it searches in a worker."""
    redoc_page = template("redoc.html")

    async def redoc(request: Request) -> Response:
        nonce = base64.b64encode(random_bytes(16)).decode()
        policy = f"{_SCRIPTED}; style-src 'nonce-{nonce}' {_REDOC_STYLES}; worker-src blob:"
        content = redoc_page.substitute(nonce=nonce)
        return Response(content, 200, {"Content-Security-Policy": policy}, "text/html")

    return redoc


def _file(path: Path) -> Endpoint:
    async def asset(request: Request) -> Response:
        return FileResponse(path, headers=_CACHED)

    return asset


def template(name: str) -> Template:
    return Template((_OWN / name).read_text(encoding="utf-8"))
