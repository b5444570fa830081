"""A real clamd, started by the tests where its Debian packages could be fetched, with a signature of the tests' own
and none of anybody else's."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts import _debian
from tests.local_server import LocalServer

# https://www.eicar.org/download-anti-malware-testfile/, in two parts so that no scanner finds this file.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-" + b"STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
NAME = "Local.Eicar.Ndb.UNOFFICIAL"
LARGEST = 30_000_000


class ClamdServer(LocalServer):
    def __init__(self, program: str, libraries: str, directory: Path) -> None:
        super().__init__()
        self._program, self._libraries, self._directory = program, libraries, directory

    @property
    def settings(self) -> dict[str, object]:
        return {"clamd_host": "127.0.0.1", "clamd_port": self.port}

    @property
    def socket(self) -> Path:
        return self._directory / "clamd.sock"

    def command(self) -> tuple[list[str], dict[str, str]]:
        signatures = self._directory / "signatures"
        signatures.mkdir(exist_ok=True)
        # Of files of every kind, anywhere in them.
        (signatures / "tests.ndb").write_text(f"Local.Eicar.Ndb:0:*:{EICAR.hex()}\n")
        config = self._directory / "clamd.conf"
        config.write_text(
            f"DatabaseDirectory {signatures}\nTemporaryDirectory {self._directory}\n"
            f"TCPSocket {self.port}\nTCPAddr 127.0.0.1\nLocalSocket {self.socket}\nFixStaleSocket yes\n"
            f"Foreground yes\nStreamMaxLength {LARGEST}\nMaxFileSize {LARGEST}\nMaxScanSize {LARGEST}\n"
            "AlertExceedsMax yes\nCommandReadTimeout 5\nMaxThreads 4\n"
        )
        command = [self._program, f"--config-file={config}"]
        return command, os.environ | {"LD_LIBRARY_PATH": self._libraries}


def clamd_in(directory: Path) -> ClamdServer:
    """Skips the test where there is none."""
    fetched = _debian.unpacked(_debian.CLAMD)
    program = fetched / "usr/sbin/clamd"
    installed = shutil.which("clamd")
    if installed is None and not program.exists():
        pytest.skip("no clamd, and its Debian packages could not be fetched")
    libraries = ":".join(str(path) for path in (*fetched.glob("usr/lib/*"), *fetched.glob("lib/*")))
    return ClamdServer(installed or str(program), libraries if installed is None else "", directory)


@pytest.fixture(scope="session")
def clamd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClamdServer]:
    """One for the whole process; for tests that leave it running."""
    server = clamd_in(tmp_path_factory.mktemp("clamd"))
    server.start()
    yield server
    server.kill()
