"""The servers that are compared. uvicorn makes the one that BENCH_APP names: scripts.bench.apps:make"""

from __future__ import annotations

import gc
import os
from typing import Any

ANSWER = b'{"id":"0199f3f0-7c5a-7b6e-9f1d-2c3b4a5d6e7f","name":"Roadmap","description":null,"version":1}'


def make() -> Any:
    app = _APPS[os.environ["BENCH_APP"]]()
    gc.collect()
    gc.freeze()
    return app


def __getattr__(name: str) -> Any:
    """The service's own protocol, which uvicorn asks for by name."""
    if name != "protocol":
        raise AttributeError(name)
    from app.main import protocol

    return protocol


def _bare_asgi() -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            while (await receive())["type"] != "lifespan.shutdown":
                await send({"type": "lifespan.startup.complete"})
            await send({"type": "lifespan.shutdown.complete"})
            return
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(ANSWER)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": ANSWER})

    return app


def _bare_fastapi() -> Any:
    from fastapi import FastAPI

    app = FastAPI()

    @app.get("/workspaces/{workspace_id}")
    async def get(workspace_id: str) -> dict[str, Any]:
        return {"id": workspace_id, "name": "Roadmap", "description": None, "version": 1}

    return app


def _service() -> Any:
    from app.main import app

    return app


def _twin() -> Any:
    from app.core.config import Settings
    from scripts.bench.twin import make_twin

    return make_twin(Settings(_env_file=None))


_APPS = {"asgi": _bare_asgi, "fastapi": _bare_fastapi, "service": _service, "twin": _twin}
