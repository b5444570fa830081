"""Servers that answer as Jira, Azure DevOps, ServiceNow and Microsoft Graph are described to, on loopback,
and that can be told to misbehave."""

from __future__ import annotations

import base64
import email.utils
import json
import socket
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

TOKEN, PAT, EMAIL = "upstream-token-1843", "upstream-pat-1843", "robot@example.com"


@dataclass
class Asked:
    path: str
    query: dict[str, str]
    authorization: str | None
    cookie: str | None = None
    accept_encoding: str | None = None


@dataclass
class Reply:
    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    delay: float = 0.0
    cut: bool = False

    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


Fault = Callable[[Asked], Reply | None]


class FakeUpstream:
    """One server with ``items``. ``fault`` may answer instead of it."""

    def __init__(self, items: Iterable[dict[str, Any]] = ()) -> None:
        self.items = list(items)
        self.asked: list[Asked] = []
        self.fault: Fault | None = None
        upstream = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                headers = self.headers
                known = (headers.get(name) for name in ("Authorization", "Cookie", "Accept-Encoding"))
                asked = Asked(parts.path, query, *known)
                upstream.asked.append(asked)
                reply = (upstream.fault(asked) if upstream.fault else None) or upstream.answer(asked)
                time.sleep(reply.delay)
                content = reply.content()
                try:
                    self.send_response(reply.status)
                    self.send_header("Content-Type", reply.content_type)
                    self.send_header("Content-Length", str(len(content)))
                    for name, value in reply.headers.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(content[: len(content) // 2] if reply.cut else content)
                except OSError:
                    return  # the client has gone
                if reply.cut:
                    self.connection.shutdown(socket.SHUT_RDWR)
                    self.close_connection = True

            def log_message(self, *arguments: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *arguments: Any) -> None:
                pass

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(
            target=lambda: self._server.serve_forever(poll_interval=0.01), daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, asked: Asked) -> Reply:
        return Reply(404, {"message": "no such path"})


def http_date(seconds: float) -> str:
    return email.utils.formatdate(time.time() + seconds, usegmt=True)


class FakeJira(FakeUpstream):
    """Jira Cloud. Whoever it does not know is somebody who is not signed in: sees an empty list, and 404 for
    every project, and of late a header that says why. With a ``prefix`` it is behind Atlassian's gateway, which
    lets nobody in whom it does not know, and the token's scopes are about projects only.

    https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-projects/
    """

    prefix = ""
    says_why = True

    def answer(self, asked: Asked) -> Reply:
        basic = base64.b64encode(f"{EMAIL}:{TOKEN}".encode()).decode()
        is_known = asked.authorization == f"Basic {basic}"
        items = self.items if is_known else []
        why = {"X-Seraph-LoginReason": "AUTHENTICATED_FAILED"} if self.says_why and not is_known else {}
        path = asked.path.removeprefix(self.prefix)
        if self.prefix and not (is_known and path.startswith("/rest/api/3/project")):
            return Reply(401, {"code": 401, "message": "Unauthorized; scope does not match"})
        if path == "/rest/api/3/myself":
            return (
                Reply(200, {"accountId": "1"}) if is_known else Reply(401, {"message": "not signed in"}, why)
            )
        if path == "/rest/api/3/project/search":
            wanted = asked.query.get("query", "").lower()
            found = [each for each in items if wanted in each["name"].lower()]
            start, most = int(asked.query.get("startAt", 0)), min(int(asked.query["maxResults"]), 100)
            values = found[start : start + most]
            body = {"startAt": start, "maxResults": most, "total": len(found), "values": values}
            return Reply(200, body | {"isLast": start + len(values) >= len(found)}, why)
        name = path.removeprefix("/rest/api/3/project/")
        for each in items:
            if name in (each["id"], each["key"]):
                return Reply(200, each)
        return Reply(404, {"errorMessages": ["No project could be found"]}, why)


class FakeJiraDataCenter(FakeUpstream):
    """One list without pages, and no version 3.

    https://developer.atlassian.com/server/jira/platform/rest/v10004/api-group-project/
    """

    def answer(self, asked: Asked) -> Reply:
        if asked.authorization != f"Bearer {TOKEN}":
            return Reply(401, b"<html>Unauthorized (401)</html>", content_type="text/html")
        if asked.path == "/rest/api/2/myself":
            return Reply(200, {"key": "robot", "name": "robot"})
        if asked.path == "/rest/api/2/project":
            return Reply(200, self.items)
        name = asked.path.removeprefix("/rest/api/2/project/")
        for each in self.items:
            if name in (each["id"], each["key"]):
                return Reply(200, each)
        return Reply(404, {"errorMessages": ["No project could be found with id or key"], "errors": {}})


class FakeAdo(FakeUpstream):
    def answer(self, asked: Asked) -> Reply:
        if asked.authorization != f"Basic {base64.b64encode(f':{PAT}'.encode()).decode()}":
            return Reply(203, b"<html>Sign in</html>", content_type="text/html")
        if asked.query.get("api-version") != "7.1":
            return Reply(400, {"message": "no version"})
        if asked.path == "/org/_apis/projects":
            start, most = int(asked.query.get("continuationToken", 0)), min(int(asked.query["$top"]), 100)
            values = self.items[start : start + most]
            more = {"x-ms-continuationtoken": str(start + most)} if start + most < len(self.items) else {}
            return Reply(200, {"count": len(values), "value": values}, more)
        name = unquote(asked.path.removeprefix("/org/_apis/projects/"))
        for each in self.items:
            if name in (each["id"], each["name"]):
                return Reply(200, each)
        return Reply(404, {"message": "TF200016: The following project does not exist"})


class FakeSnow(FakeUpstream):
    """``hidden``: rows that an access rule leaves out of a page."""

    hidden: frozenset[str] = frozenset()

    def answer(self, asked: Asked) -> Reply:
        if asked.authorization != f"Bearer {TOKEN}":
            return Reply(401, {"error": {"message": "User Not Authenticated"}, "status": "failure"})
        base = "/api/now/table/pm_project"
        if asked.path == base:
            start, most = int(asked.query["sysparm_offset"]), int(asked.query["sysparm_limit"])
            values = [each for each in self.items[start : start + most] if each["sys_id"] not in self.hidden]
            headers = {"X-Total-Count": str(len(self.items))}
            if start + most < len(self.items):
                query = f"sysparm_offset={start + most}&sysparm_limit={most}"
                headers["Link"] = f'<{self.url}{base}?{query}>;rel="next"'
            return Reply(200, {"result": values}, headers)
        for each in self.items:
            if asked.path == f"{base}/{each['sys_id']}":
                return Reply(200, {"result": each})
        return Reply(404, {"error": {"message": "No Record found"}, "status": "failure"})


class FakeGraph(FakeUpstream):
    """Pages overlap by one, as Graph's sometimes do."""

    page = 40

    def answer(self, asked: Asked) -> Reply:
        if asked.authorization != f"Bearer {TOKEN}":
            return Reply(401, {"error": {"code": "InvalidAuthenticationToken"}})
        if asked.path == "/v1.0/sites":
            wanted = asked.query.get("search", "*").lower()
            found = [each for each in self.items if wanted == "*" or wanted in each["displayName"].lower()]
            start = int(asked.query.get("$skiptoken", 0))
            body: dict[str, Any] = {"value": found[max(0, start - 1) : start + self.page]}
            if start + self.page < len(found):
                body["@odata.nextLink"] = (
                    f"{self.url}/v1.0/sites?search={wanted}&$skiptoken={start + self.page}"
                )
            return Reply(200, body)
        if asked.path == "/v1.0/sites/root":
            return Reply(200, {"id": "contoso.sharepoint.com,root,root"})
        for each in self.items:
            if asked.path == f"/v1.0/sites/{each['id']}":
                return Reply(200, each)
        return Reply(404, {"error": {"code": "itemNotFound"}})


def jira_items(count: int) -> list[dict[str, Any]]:
    return [
        {"id": str(10_000 + n), "key": f"P{n:04}", "name": f"Project {n:04}", "projectTypeKey": "software"}
        for n in range(count)
    ]


def ado_items(count: int) -> list[dict[str, Any]]:
    return [
        {"id": f"00000000-0000-4000-8000-{n:012}", "name": f"Project {n:04}", "state": "wellFormed"}
        for n in range(count)
    ]


def snow_items(count: int) -> list[dict[str, Any]]:
    return [
        {
            "sys_id": f"{n:032x}",
            "number": f"PRJ{n:07}",
            "short_description": f"Project {n:04}",
            "description": "",
        }
        for n in range(count)
    ]


def graph_items(count: int) -> list[dict[str, Any]]:
    return [
        {
            "id": f"contoso.sharepoint.com,{n:08},{n:08}",
            "displayName": f"Project {n:04}",
            "webUrl": f"https://contoso.sharepoint.com/sites/{n}",
        }
        for n in range(count)
    ]
