"""Servers of others that the tests start for themselves, each a process on a port of its own."""

from __future__ import annotations

import ctypes
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from filelock import FileLock, Timeout

# Below what operating systems give to whoever asks for any port.
_PORTS = range(20_000, 32_000)
_HELD: list[FileLock] = []
_PR_SET_PDEATHSIG = 1


def free_port() -> int:
    """A port that nobody else is given while this process lives: neither another worker of the tests, nor
    whoever asks the operating system for any."""
    directory = Path(tempfile.gettempdir()) / "pm-assist-test-ports"
    directory.mkdir(exist_ok=True)
    while True:
        port = random.choice(_PORTS)
        lock = FileLock(directory / str(port))
        try:
            lock.acquire(timeout=0)
        except Timeout:
            continue
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                lock.release()
                continue
        _HELD.append(lock)
        return port


def with_parent() -> Callable[[], None] | None:
    """For ``Popen(preexec_fn=…)``: has the child end when whoever started it is killed, where the system can."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    return lambda: libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class LocalServer:
    def __init__(self) -> None:
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def command(self) -> tuple[Sequence[str], Mapping[str, str] | None]:
        """What starts it, and in which environment."""
        raise NotImplementedError

    def start(self) -> None:
        """Begins it, and waits until it listens."""
        command, environment = self.command()
        self._process = subprocess.Popen(
            command,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            preexec_fn=with_parent(),  # noqa: PLW1509 - it makes one system call
        )
        for _ in range(600):
            if self._process.poll() is not None:
                said, _ = self._process.communicate()
                raise RuntimeError(f"{command[0]} ended: {said.decode()[-500:]}")
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.025)
        raise RuntimeError(f"{command[0]} did not begin to listen")

    def send(self, how: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(how)

    def kill(self, how: signal.Signals = signal.SIGKILL) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.communicate()
            self._process = None
