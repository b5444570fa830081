"""The whole of scim2-tester, an independent reading of RFC 7643 and RFC 7644, against the running service."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from scim2_client.engines.wsgi import WSGISCIMClient
from scim2_tester import Status, check_server

from tests.databases import TestDatabase
from tests.directory import Directory, connect
from tests.harness import BASE_URL, Service, make_settings, serving
from tests.http_client import httpx


def forwarding(to: httpx.Client) -> Callable[[Any, Any], Iterable[bytes]]:
    """The service as the checker's client calls one: over a socket, to where it listens."""

    def app(environ: Any, start_response: Any) -> Iterable[bytes]:
        headers = {
            name[5:].replace("_", "-"): value for name, value in environ.items() if name.startswith("HTTP_")
        }
        headers.pop("HOST", None)
        if environ.get("CONTENT_TYPE"):
            headers["Content-Type"] = environ["CONTENT_TYPE"]
        path = environ.get("SCRIPT_NAME", "") + environ["PATH_INFO"]
        answered = to.request(
            environ["REQUEST_METHOD"],
            f"{path}?{environ.get('QUERY_STRING', '')}",
            headers=headers,
            content=environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)),
        )
        skipped = {"transfer-encoding", "connection", "date", "server"}
        told = [(name, value) for name, value in answered.headers.items() if name not in skipped]
        start_response(f"{answered.status_code} {answered.reason_phrase}", told)
        return [answered.content]

    return app


def checked(service: Service, directory: Directory) -> list[Any]:
    with httpx.Client(base_url=str(service.client.base_url), timeout=60) as to:
        client = WSGISCIMClient(
            forwarding(to),
            base_url=f"{BASE_URL}{directory.root}",
            headers={"Authorization": f"Bearer {directory.secret}"},
        )
        return check_server(client)


@pytest.mark.slow
async def test_nothing_that_the_checker_looks_at_is_amiss(database: TestDatabase, key_file: Path) -> None:
    async with serving(make_settings(database, key_file)) as service:
        directory = await connect(await service.person("ada"))
        results = await asyncio.to_thread(checked, service, directory)
    amiss = [
        f"{each.title}: {each.reason}" for each in results if each.status in (Status.ERROR, Status.CRITICAL)
    ]
    assert not amiss, os.linesep.join(amiss)
    done = [each for each in results if each.status is Status.SUCCESS]
    assert len(done) > 100, len(done)
