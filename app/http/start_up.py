"""The beginning of the application, for the server: what keeps it from starting is told in words."""

from __future__ import annotations

from collections.abc import Callable

from app.core.middleware import App, Message, Receive, Scope, Send

Explain = Callable[[BaseException], list[str] | None]
"""Sentences for an error that an installation's owner can mend."""


class StartUp:
    """Outermost. An error that ``explain`` knows leaves as its sentences, which the server logs as they are;
    any other with its trace, as ever."""

    def __init__(self, app: App, explain: Explain) -> None:
        self._app = app
        self._explain = explain

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return
        failure: Message | None = None

        async def hold_back(message: Message) -> None:
            nonlocal failure
            if message["type"] == "lifespan.startup.failed":
                failure = message
            else:
                await send(message)

        try:
            await self._app(scope, receive, hold_back)
        except Exception as error:
            sentences = self._explain(error) if failure is not None else None
            if sentences is None:
                if failure is not None:
                    await send(failure)
                raise
            await send({"type": "lifespan.startup.failed", "message": f"not started: {'; '.join(sentences)}"})
