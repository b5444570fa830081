"""The console: static files that a browser runs. It calls the API as any other client does, by the cookie of
its session, and nothing of the API needs it.

Every address below ``/console/`` is answered with the one page, whose script shows what the address names.
What the page loads lies under the digest of all files, so that relative imports stay within one version and
each file is kept for ever; a file is read, and compressed, when it is first asked for. Nothing is built: what
is in ``app/console`` is what runs, but for comments.
"""

from __future__ import annotations

import gzip
import hashlib
import posixpath
import re
from pathlib import Path
from string import Template

from fastapi import FastAPI, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route

from app.core.errors import NotFound
from app.core.middleware import CONSOLE
from app.http.conditions import is_named

_FILES = Path(__file__).resolve().parents[1] / "console"
_PAGE = "index.html"
_WORKER = "worker.js"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_WORKER_POLICY = "default-src 'none'"
"""It calls nobody."""
_COMMENT = re.compile(rb"/\*\*.*?\*/ ?", re.DOTALL)
_IMPORT = re.compile(r"""^(?:import|export)\b(?:[^;"]*\bfrom)? "(\.[^"]+)";""", re.MULTILINE)
_FOR_EVER = "public, max-age=31536000, immutable"


def policy(store: str | None = None) -> str:
    """What the page may load and whom it may call: this service, and the ``store`` that files are sent to
    past it, where there is one."""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            # Pictures that the API gives to whoever sends the header come as blobs.
            "img-src 'self' data: blob:",
            f"connect-src 'self' {store}" if store else "connect-src 'self'",
            "worker-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            # The one for the address of the worker (core/push.js).
            "trusted-types pma-worker",
        )
    )


class Console:
    """Its files, as they are at the moment: whoever changes one sees it at the next loading of the page."""

    def __init__(self, place: Path = _FILES) -> None:
        self._place = place
        self._looks: tuple[tuple[str, int, int], ...] = ()
        self._version = ""
        self._page = Template("")
        self._first: list[str] = []
        self._packed: dict[str, bytes] = {}

    def page(self, root: str, store: str | None = None) -> tuple[str, str]:
        """The page, and the version of all that it loads; ``root`` is the prefix of the service's paths, and
        ``store`` the origin that files may be sent to."""
        self._look()
        base = f"{root}{CONSOLE}-/{self._version}"
        preloads = "\n".join(f'<link rel="modulepreload" href="{base}/{name}">' for name in self._first)
        return self._page.substitute(base=base, preloads=preloads, store=store or ""), self._version

    def packed(self, version: str, name: str) -> bytes | None:
        """A file, compressed; None where this version has none of that name."""
        if not self._version:
            self._look()
        if version != self._version or name not in {each[0] for each in self._looks}:
            return None
        if name not in self._packed:
            content = (self._place / name).read_bytes()
            self._packed[name] = gzip.compress(without_comments(name, content), 9, mtime=0)
        return self._packed[name]

    def worker(self) -> bytes:
        """What runs while no page is open."""
        return without_comments(_WORKER, (self._place / _WORKER).read_bytes())

    def _look(self) -> None:
        looks = tuple(
            (path.relative_to(self._place).as_posix(), found.st_mtime_ns, found.st_size)
            for path in sorted(self._place.rglob("*"))
            if path.suffix in _TYPES or path.name == _PAGE
            for found in (path.stat(),)
        )
        if looks == self._looks:
            return
        digest = hashlib.sha256()
        for name, _, _ in looks:
            content = (self._place / name).read_bytes()
            digest.update(f"{name}\n{len(content)}\n".encode() + content)
        self._page = Template((self._place / _PAGE).read_text(encoding="utf-8"))
        self._first = imported(self._place, "main.js")
        self._packed = {}
        self._version = digest.hexdigest()[:16]
        self._looks = looks


def without_comments(name: str, content: bytes) -> bytes:
    """A quarter of what our modules weigh are their types, which stand in comments and mean nothing to a
    browser. Lines keep their numbers."""
    if not name.endswith(".js") or name.startswith("vendor/"):
        return content
    return _COMMENT.sub(lambda comment: b"\n" * comment[0].count(b"\n"), content)


def imported(place: Path, name: str) -> list[str]:
    """A module and all that it imports before it runs, which a browser need not find out one by one."""
    found, waiting = {name: None}, [name]
    while waiting:
        module = waiting.pop()
        path = place / module
        if not path.is_file():
            continue
        for target in _IMPORT.findall(path.read_text(encoding="utf-8")):
            other = posixpath.normpath(posixpath.join(posixpath.dirname(module), target))
            if other not in found:
                found[other] = None
                waiting.append(other)
    return list(found)


def install(app: FastAPI, *, store: str | None) -> None:
    """The paths below ``CONSOLE`` are for everybody: what is there are files of this package. ``store`` is
    the origin that files are sent to past the service."""
    console = Console()
    allowed = policy(store)

    async def lead(request: Request) -> Response:
        return Response(None, 307, {"Location": f"{request.scope.get('root_path', '')}{CONSOLE}"})

    async def show(request: Request) -> Response:
        root = request.scope.get("root_path", "")
        content, version = await run_in_threadpool(console.page, root, store)
        tag = f'"{version}-{hashlib.sha256(f"{root} {store}".encode()).hexdigest()[:8]}"'
        headers = {
            "Cache-Control": "no-cache",
            "Content-Security-Policy": allowed,
            "Cross-Origin-Opener-Policy": "same-origin",
            "ETag": tag,
        }
        if is_named(tag, request.headers.get("if-none-match")):
            return Response(None, 304, headers)
        return Response(content, 200, headers, "text/html")

    async def load(request: Request) -> Response:
        version, name = request.path_params["version"], request.path_params["name"]
        content = await run_in_threadpool(console.packed, version, name)
        kind = _TYPES.get(Path(name).suffix)
        if content is None or kind is None:
            raise NotFound
        headers = {"Cache-Control": _FOR_EVER, "Content-Type": kind, "Vary": "Accept-Encoding"}
        if "gzip" not in request.headers.get("accept-encoding", ""):
            return Response(gzip.decompress(content), 200, headers)
        return Response(content, 200, headers | {"Content-Encoding": "gzip"})

    async def work(request: Request) -> Response:
        """At an address that stays, and above all that it may be told of (Service Workers, section 3.4.3)."""
        content = await run_in_threadpool(console.worker)
        headers = {"Cache-Control": "no-cache", "Content-Security-Policy": _WORKER_POLICY}
        return Response(content, 200, headers, _TYPES[".js"])

    app.router.routes.extend(
        (
            Route(f"{CONSOLE}{_WORKER}", work),
            Route(CONSOLE.removesuffix("/"), lead),
            Route(f"{CONSOLE}-/{{version}}/{{name:path}}", load),
            Route(f"{CONSOLE}{{path:path}}", show),
        )
    )
