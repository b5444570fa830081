"""A real RabbitMQ, started by the tests where its Debian packages and Erlang's could be fetched."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from scripts import _debian
from tests.local_server import LocalServer, free_port, with_parent


class RabbitServer(LocalServer):
    """With a name server of Erlang's own, which would otherwise be the machine's, on all its addresses, and
    outlive it."""

    def __init__(self, fetched: Path, directory: Path) -> None:
        super().__init__()
        self._fetched, self._directory = fetched, directory
        self._names, self._distribution = free_port(), free_port()
        self._erlang = fetched / "usr/lib/erlang"
        (self._binaries,) = self._erlang.glob("erts-*/bin")
        self._epmd: subprocess.Popen[bytes] | None = None
        for name in ("bin", "home"):
            (directory / name).mkdir(parents=True, exist_ok=True)
        erl = directory / "bin/erl"
        erl.write_text(f'#!/bin/sh\nexec "{self._binaries}/erlexec" "$@"\n')
        erl.chmod(0o755)

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}//"

    def command(self) -> tuple[Sequence[str], Mapping[str, str] | None]:
        (home,) = self._fetched.glob("usr/lib/rabbitmq/lib/rabbitmq_server-*")
        ours = {
            "PATH": f"{self._directory}/bin:{os.environ['PATH']}",
            "HOME": str(self._directory / "home"),
            "ROOTDIR": str(self._erlang),
            "BINDIR": str(self._binaries),
            "EMU": "beam",
            "PROGNAME": "erl",
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self._names),
            "RABBITMQ_HOME": str(home),
            "RABBITMQ_NODENAME": "pma@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._distribution),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_MNESIA_BASE": str(self._directory / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self._directory / "log"),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self._directory / "enabled_plugins"),
            "RABBITMQ_PLUGINS_DIR": str(home / "plugins"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-noinput -start_epmd false +sbwt none +S 1",
            "RABBITMQ_ALLOW_INPUT": "1",
        }
        return [str(home / "sbin/rabbitmq-server")], os.environ | ours

    def start(self) -> None:
        if self._epmd is None:
            command = [str(self._binaries / "epmd"), "-address", "127.0.0.1", "-port", str(self._names)]
            self._epmd = subprocess.Popen(command, preexec_fn=with_parent())  # noqa: PLW1509
        super().start()

    def close(self) -> None:
        self.kill()
        if self._epmd is not None:
            self._epmd.kill()
            self._epmd.wait()


@pytest.fixture(scope="session")
def rabbit_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitServer]:
    fetched = _debian.unpacked(_debian.RABBITMQ)
    if not fetched.exists():
        pytest.skip("RabbitMQ's Debian packages could not be fetched")
    server = RabbitServer(fetched, tmp_path_factory.mktemp("rabbit"))
    server.start()
    yield server
    server.close()
