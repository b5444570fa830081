"""What a browser is shown: nothing of it from elsewhere, under a policy that says so."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.core.middleware import ANONYMOUS
from tests.databases import TestDatabase
from tests.harness import Service, code, make_settings, running
from tests.http_client import httpx

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.fixture
async def service(database: TestDatabase, key_file: Path) -> AsyncIterator[Service]:
    """Without the console, which is a site of its own (tests/console)."""
    async with running(make_settings(database, key_file, console_enabled=False)) as service:
        yield service


PAGES = ("/", "/docs", "/docs/oauth2-redirect", "/redoc")


def policy(page: httpx.Response) -> dict[str, str]:
    given = page.headers["content-security-policy"]
    return dict(each.strip().partition(" ")[::2] for each in given.split(";"))


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_loads_nothing_from_elsewhere_and_has_no_script_of_its_own(
    service: Service, path: str
) -> None:
    page = await service.client.get(path, headers=BROWSER)
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert not re.search(r"https?:|//[a-z]|<script>|\son[a-z]+=|\sstyle=", page.text)
    allowed = policy(page)
    assert allowed["default-src"] == "'none'"
    assert allowed["frame-ancestors"] == "'none'"
    assert allowed.get("script-src", "'self'") == "'self'"
    assert "unsafe" not in page.headers["content-security-policy"]
    for style in re.findall(r"<style>(.*?)</style>", page.text):
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        assert allowed["style-src"] == f"'sha256-{digest}'"
    for place in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        if place != "data:,":
            loaded = await service.client.get(str(page.url.join(place)))
            assert loaded.status_code == 200, place
            assert page.url.join(place).path in ANONYMOUS


async def test_what_the_pages_load_is_typed_cached_and_known_again(service: Service) -> None:
    for path, kind in (
        ("/docs/swagger-ui-bundle.js", "text/javascript"),
        ("/docs/start.js", "text/javascript"),
        ("/docs/swagger-ui.css", "text/css"),
        ("/redoc/redoc.standalone.js", "text/javascript"),
        ("/redoc/logo-mini.svg", "image/svg+xml"),
    ):
        asset = await service.client.get(path)
        assert asset.headers["content-type"].partition(";")[0] in (kind, "application/javascript"), path
        assert asset.headers["cache-control"] == "public, max-age=3600"
        assert asset.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"


async def test_a_nonce_is_used_once(service: Service) -> None:
    pages = [await service.client.get("/redoc") for _ in range(2)]
    nonces = [policy(page)["style-src"] for page in pages]
    assert nonces[0] != nonces[1]
    for page, nonce in zip(pages, nonces, strict=True):
        (told,) = re.findall('data-nonce="([^"]+)"', page.text)
        assert nonce.split()[0] == f"'nonce-{told}'"


async def test_the_start_says_what_this_is(database: TestDatabase, key_file: Path, service: Service) -> None:
    told = await service.client.get("/", headers={"Accept": "*/*"})
    assert told.json()["name"] == "PM Assist"
    assert told.json()["links"] == {
        "documentation": "docs",
        "reference": "redoc",
        "openapi": "openapi.json",
        "health": "livez",
        "readiness": "readyz",
    }
    assert told.headers["vary"] == "Accept"
    async with running(
        make_settings(database, key_file, docs_enabled=False, console_enabled=False)
    ) as closed:
        told = await closed.client.get("/")
        assert told.json()["links"] == {"health": "livez", "readiness": "readyz"}
        page = await closed.client.get("/", headers=BROWSER)
        assert "PM Assist" in page.text
        assert "docs" not in page.text
        for path in ANONYMOUS:
            if path.startswith(("/docs", "/redoc", "/openapi")):
                assert code(await closed.client.get(path)) == (404, "NOT_FOUND"), path


async def test_nothing_beside_or_below_them_is_open(service: Service) -> None:
    for path in (
        "/docs/",
        "/docs/x",
        "/redoc/",
        "/redoc/../workspaces",
        "/docs/../workspaces",
        "/docs%2f",
    ):
        assert (await service.client.get(path)).status_code == 401, path
