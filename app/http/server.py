"""The server that the application runs on: uvicorn with our protocol, and an end that waits for no stream."""

from __future__ import annotations

import contextlib
import errno
import os
import socket

import uvicorn
from fastapi import FastAPI

from app.core.config import SettingFault, Settings

_OTHER_FILES = 500
"""What a process opens beside its clients' connections: databases, uploads, calls to other systems."""


class Server(uvicorn.Server):
    """uvicorn, which at its end waits for open connections; streams are told to end first."""

    def __init__(self, app: FastAPI, settings: Settings) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                host=settings.host,
                port=settings.port,
                http=app.state.protocol,
                ws=app.state.protocol.sockets,
                root_path=settings.root_path,
                log_config=None,
                access_log=False,
                proxy_headers=False,  # ``TrustedProxies`` reads them
                timeout_graceful_shutdown=settings.shutdown_grace_seconds,
            )
        )
        self._app = app
        self._files = settings.max_connections + settings.max_sockets + _OTHER_FILES

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        raise_file_limit(self._files)
        await super().startup(sockets)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._app.state.edge.parts.feed.close()
        await super().shutdown(sockets)


def require_free(settings: Settings) -> None:
    """Raises ``SettingFault`` where nothing can listen at HOST and PORT; another may still be faster."""
    try:
        family, _, _, _, address = socket.getaddrinfo(
            settings.host or None, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family) as probe:
            if os.name != "nt":  # where it would let two servers share a port
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise SettingFault(f"PORT: {settings.port} is taken") from None
        if error.errno == errno.EACCES:
            raise SettingFault(f"PORT: {settings.port} is not for this user to listen at") from None
        raise SettingFault(f"HOST: {settings.host} is no address of this machine") from None


def raise_file_limit(wanted: int) -> None:
    """Lets this process open as many files, where the machine lets it. A soft limit of 1,024 is usual, and a
    process that reaches it cannot even open its database; Windows has none."""
    try:
        import resource
    except ImportError:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
