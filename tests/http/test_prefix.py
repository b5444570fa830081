"""Behind a proxy that takes a prefix off: all is found by the path without it, and told with it."""

from __future__ import annotations

import re
from pathlib import Path

from tests.databases import TestDatabase
from tests.harness import code, make_settings, serving
from tests.http.raw import ask

PASSWORD = "correct horse battery staple"


async def test_signing_in_limits_and_links_behind_a_prefix(database: TestDatabase, key_file: Path) -> None:
    settings = make_settings(
        database,
        key_file,
        root_path="/pma",
        rate_limit_read="100/minute",
        rate_limit_sign_in="100/minute",
        max_body_bytes=100_000,
    )
    async with serving(settings) as service:
        client = service.client
        who = {"email": "ada@example.com", "password": PASSWORD, "display_name": "Ada"}
        assert (await client.post("/auth/register", json=who)).status_code == 201
        form = {"username": "ada@example.com", "password": PASSWORD}
        token = await client.post("/auth/token", data=form)
        assert token.headers["ratelimit-policy"].startswith('"sign-in"')
        headers = {"Authorization": f"Bearer {token.json()['access_token']}"}
        session = await client.post("/auth/validate", headers=headers)
        assert session.status_code == 200, session.text
        headers["X-PMA-Token"] = session.json()["pma_token"]

        made = await client.post("/workspaces", json={"name": "Roadmap"}, headers=headers)
        workspace = made.json()["id"]
        assert made.headers["location"] == f"/pma/workspaces/{workspace}"
        read = await client.get(f"/workspaces/{workspace}", headers=headers)
        assert read.headers["ratelimit-policy"].startswith('"read"')
        file = {"file": ("a.txt", b"x" * 200_000, "text/plain")}
        uploaded = await client.post(f"/workspaces/{workspace}/files", files=file, headers=headers)
        assert uploaded.status_code == 201, "an upload may be larger than other bodies"
        assert code(await client.post("/auth/register", content=b" " * 70_000)) == (413, "PAYLOAD_TOO_LARGE")
        page = await client.get("/workspaces", params={"limit": 1}, headers=headers)
        assert page.status_code == 200

        # A token for one workspace opens that one and no other.
        bound = await client.post("/auth/validate", headers=headers, json={"workspace_id": workspace})
        headers["X-PMA-Token"] = bound.json()["pma_token"]
        assert (await client.get(f"/workspaces/{workspace}", headers=headers)).status_code == 200
        assert (await client.get("/workspaces", headers=headers)).status_code == 403

        for path in ("/", "/docs", "/redoc", "/readyz", "/docs/start.js", "/.well-known/jwks.json"):
            assert (await client.get(path)).status_code == 200, path
        console = (await client.get("/console/")).text
        for place in re.findall(r'(?:src|href)="([^"]+)"', console):
            assert place.startswith("/pma/console/-/")
            assert (await client.get(place.removeprefix("/pma"))).status_code == 200, place
        assert (await client.get("/openapi.json")).json()["servers"] == [{"url": "/pma"}]
        assert (await client.get("/metrics")).text.count('route="/workspaces/{workspace_id}"')
        for path in ("/pma/livez", "/pma", "/pmax/livez"):
            assert (await client.get(path)).status_code == 401, (
                f"{path}: the prefix is taken off, not asked for"
            )


async def test_no_redirect_goes_where_the_host_header_says(database: TestDatabase, key_file: Path) -> None:
    async with serving(make_settings(database, key_file)) as service:
        ada = await service.person("ada")
        fields = "".join(f"{name}: {value}\r\n" for name, value in ada.headers().items())
        for path in ("/workspaces/", "/workspaces//", "/auth/me/"):
            request = f"GET {path} HTTP/1.1\r\nHost: evil.example.com\r\n{fields}\r\n"
            answer = await ask(service, request.encode())
            assert answer.code == (404, "NOT_FOUND"), path
            assert "location" not in answer.headers
