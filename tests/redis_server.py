"""A real Redis, started by the tests where its Debian package could be fetched."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts import _debian


class RedisServer:
    def __init__(self, program: str, libraries: str, directory: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._command = [program, "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(directory)]
        self._command += ["--save", "", "--appendonly", "no"]
        self._environment = os.environ | {"LD_LIBRARY_PATH": libraries}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            self._command, env=self._environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        for _ in range(200):
            if self._process.poll() is not None:
                said, _ = self._process.communicate()
                raise RuntimeError(f"Redis ended: {said.decode()[-500:]}")
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise RuntimeError("Redis did not begin to listen")

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


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
    server.stop()
