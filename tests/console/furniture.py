"""What the demo lacks and screens are to show, made through the API; names that would do harm where they are not shown
as text."""

from __future__ import annotations

from typing import Any

from tests.browser import HEADER

HOSTILE = "<img src=x onerror=alert(1)>\u202e.txt"


async def furnish(context: Any, url: str, path: str) -> dict[str, str]:
    """``path`` is the workspace's. Answers ids by name."""
    file = await _upload(context, f"{url}{path}/files", HOSTILE, b"plain")
    return {"file": file["id"]}


async def _upload(context: Any, address: str, name: str, content: bytes) -> Any:
    part = {"name": name, "mimeType": "text/plain", "buffer": content}
    answer = await context.request.post(address, headers=HEADER, multipart={"file": part})
    assert answer.status == 201, await answer.text()
    return await answer.json()
