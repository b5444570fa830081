"""A real Redis, started by the tests where its Debian package could be fetched."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts import _debian
from tests.local_server import LocalServer


class RedisServer(LocalServer):
    def __init__(self, program: str, libraries: str, directory: Path) -> None:
        super().__init__()
        self._program, self._libraries, self._directory = program, libraries, directory

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def command(self) -> tuple[list[str], dict[str, str]]:
        command = [self._program, "--port", str(self.port), "--bind", "127.0.0.1"]
        command += ["--dir", str(self._directory), "--save", "", "--appendonly", "no"]
        return command, os.environ | {"LD_LIBRARY_PATH": self._libraries}


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    fetched = _debian.unpacked(_debian.REDIS)
    program = fetched / "usr/bin/redis-check-rdb"  # the server, under another name
    installed = shutil.which("redis-server")
    if installed is None and not program.exists():
        pytest.skip("no redis-server, and its Debian package could not be fetched")
    if installed is None:
        link = tmp_path / "redis-server"
        link.symlink_to(program)
        installed = str(link)
    libraries = ":".join(str(path) for path in fetched.glob("usr/lib/*"))
    server = RedisServer(installed, libraries, tmp_path)
    server.start()
    yield server
    server.kill()
