"""Files that are made while they are sent."""

from collections.abc import AsyncIterator
from contextlib import ExitStack

from starlette.responses import StreamingResponse

from app.core.middleware import Receive, Scope, Send


class Export(StreamingResponse):
    """Keeps its caller's slot for as long as it is sent."""

    def __init__(
        self, content: AsyncIterator[bytes], slot: ExitStack, headers: dict[str, str], media_type: str
    ) -> None:
        super().__init__(content, headers=headers, media_type=media_type)
        self._slot = slot

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._slot:
            await super().__call__(scope, receive, send)
