"""Azurite, Microsoft's emulator of Azure Storage: a real server over HTTP, started by the tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts import _node
from tests.local_server import LocalServer

ACCOUNT = "devstoreaccount1"
# Azurite's account key is the same everywhere, and public.
# https://learn.microsoft.com/azure/storage/common/storage-connect-azurite
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="  # gitleaks:allow


class Azurite(LocalServer):
    """On a port of its own, with its data in ``place``: what was written is there after a kill."""

    def __init__(self, place: Path, *options: str) -> None:
        super().__init__()
        self._place = place
        self._options = options

    @property
    def url(self) -> str:
        scheme = "https" if "--cert" in self._options else "http"
        return f"{scheme}://127.0.0.1:{self.port}/{ACCOUNT}"

    @property
    def connection_string(self) -> str:
        return (
            f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={KEY};BlobEndpoint={self.url};"
        )

    def command(self) -> tuple[list[str], None]:
        program = _node.installed() / "node_modules/azurite/dist/src/blob/main.js"
        command = [_node.node(), str(program), "--location", str(self._place)]
        command += ["--blobHost", "127.0.0.1", "--blobPort", str(self.port)]
        # The client speaks a newer version of the protocol than the emulator knows of.
        command += ["--silent", "--skipApiVersionCheck", "--disableTelemetry", *self._options]
        return command, None


@pytest.fixture(scope="session")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azurite]:
    """One for the whole process; for tests that leave it running."""
    server = Azurite(tmp_path_factory.mktemp("azurite"))
    server.start()
    yield server
    server.kill()
