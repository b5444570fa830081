"""How an organisation presents itself, to its people and to anybody."""

from __future__ import annotations

from typing import Any

import pytest

from app.core.colors import contrast
from tests.harness import Person, Service, code

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(200))
ALL: dict[str, Any] = {
    "product_name": "Engines",
    "accent_color": "#1A56DB",
    "text_color": "#ffffff",
    "sender_name": "Engines Ltd",
    "sender_address": "mail@example.com",
}


@pytest.fixture
async def ada(service: Service) -> Person:
    return await service.person("ada")


@pytest.fixture
async def org(ada: Person) -> str:
    made = await ada.post("/organizations", {"name": "Engines Limited", "slug": "engines"})
    return f"/organizations/{made.json()['id']}"


async def send_logo(person: Person, org: str, content: bytes) -> Any:
    files = {"file": ("logo.png", content, "image/png")}
    return await person.request("PUT", f"{org}/branding/logo", files=files)


async def test_it_is_set_read_and_shown_to_anybody(service: Service, ada: Person, org: str) -> None:
    first = (await ada.get(f"{org}/branding")).json()
    assert (first["product_name"], first["version"]) == (None, 0)
    made = await ada.request("PUT", f"{org}/branding", json=ALL)
    assert made.json() | {"accent_color": "#1A56DB"} == made.json() | ALL | {"accent_color": "#1A56DB"}
    assert (made.json()["accent_color"], made.json()["version"]) == ("#1a56db", 1)
    shown = await service.client.get("/branding/engines")
    assert shown.json() == {
        "name": "Engines Limited",
        "product_name": "Engines",
        "accent_color": "#1a56db",
        "text_color": "#ffffff",
        "logo_sha256": None,
    }
    assert shown.headers["cache-control"] == "public, max-age=300"
    again = await ada.request("PUT", f"{org}/branding", json={"product_name": "Other"})
    assert (again.json()["accent_color"], again.json()["sender_address"]) == (None, None)
    headers = ada.headers() | {"If-Match": '"1"'}
    stale = await service.client.put(f"{org}/branding", json=ALL, headers=headers)
    assert code(stale) == (412, "VERSION_MISMATCH")


@pytest.mark.parametrize(
    "wrong",
    [
        {"accent_color": "#1a56db"},
        {"accent_color": "#777777", "text_color": "#ffffff"},  # 4.48
        {"accent_color": "blue", "text_color": "#ffffff"},
        {"product_name": "a\u202eb"},
        {"sender_address": "nobody"},
        {"logo": "x"},
    ],
)
async def test_what_cannot_be_read_is_refused(ada: Person, org: str, wrong: dict[str, Any]) -> None:
    refused = await ada.request("PUT", f"{org}/branding", json=wrong)
    assert code(refused) == (422, "VALIDATION_FAILED")
    assert (await ada.get(f"{org}/branding")).json()["version"] == 0


def test_contrast_is_that_of_the_guidelines() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#ffffff", "#ffffff") == 1
    assert contrast("#777777", "#ffffff") == contrast("#ffffff", "#777777") == pytest.approx(4.478, abs=0.001)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.542, abs=0.001)


async def test_a_logo_is_a_small_picture(service: Service, ada: Person, org: str) -> None:
    made = await send_logo(ada, org, PNG)
    assert made.status_code == 200, made.text
    shown = await service.client.get("/branding/engines/logo")
    assert (shown.content, shown.headers["content-type"]) == (PNG, "image/png")
    assert shown.headers["etag"] == f'"{made.json()["logo_sha256"]}"'
    assert shown.headers["x-content-type-options"] == "nosniff"
    cached = await service.client.get(
        "/branding/engines/logo", headers={"If-None-Match": shown.headers["etag"]}
    )
    assert (cached.status_code, cached.content) == (304, b"")
    svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
    assert code(await send_logo(ada, org, svg)) == (415, "FILE_TYPE_NOT_ALLOWED")
    assert code(await send_logo(ada, org, b"RIFF1234WAVE")) == (415, "FILE_TYPE_NOT_ALLOWED")
    assert code(await send_logo(ada, org, PNG + bytes(65_536))) == (413, "PAYLOAD_TOO_LARGE")
    for content, kind in (
        (b"\xff\xd8\xff\xe0" + bytes(9), "image/jpeg"),
        (b"RIFF1234WEBPVP8 ", "image/webp"),
    ):
        assert (await send_logo(ada, org, content)).status_code == 200
        assert (await service.client.get("/branding/engines/logo")).headers["content-type"] == kind
    await ada.request("PUT", f"{org}/branding", json=ALL)
    assert (await service.client.get("/branding/engines")).json()["logo_sha256"] is not None
    assert (await ada.delete(f"{org}/branding/logo")).status_code == 204
    assert code(await service.client.get("/branding/engines/logo")) == (404, "ORGANIZATION_NOT_FOUND")
    assert (await ada.get(f"{org}/branding")).json()["product_name"] == "Engines"


async def test_strangers_are_shown_nothing_else(service: Service, ada: Person, org: str) -> None:
    for path in ("/branding/nobody", "/branding/nobody/logo", "/branding/engines/logo"):
        assert code(await service.client.get(path)) == (404, "ORGANIZATION_NOT_FOUND"), path
    for path in (
        "/branding/",
        "/branding/a/b",
        "/branding/a/logo/",
        "/branding/a%2flogo/x",
    ):
        assert (await service.client.get(path)).status_code == 401, path
    assert code(await service.client.get("/branding/Engines")) == (422, "VALIDATION_FAILED")
    assert code(await service.client.post("/branding/engines")) == (405, "METHOD_NOT_ALLOWED")
    await ada.post(f"{org}/suspend", {})
    assert (await service.client.get("/branding/engines")).status_code == 200
    await ada.post(f"{org}/activate", {})
    await ada.post(f"{org}/archive", {})
    assert code(await service.client.get("/branding/engines")) == (404, "ORGANIZATION_NOT_FOUND")
