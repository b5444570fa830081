"""SeaweedFS, a real S3 server that checks signatures, started by the tests from its package of PyPI."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.local_server import LocalServer, free_port

KEY_ID = "PMATESTKEY"
SECRET = "a-secret-of-the-tests"


class S3Server(LocalServer):
    """A bucket is there once somebody has written to it."""

    def __init__(self, place: Path) -> None:
        super().__init__()
        self._place = place

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def settings(self) -> dict[str, object]:
        return {
            "blob_store": "s3",
            "blob_s3_endpoint": self.url,
            "blob_s3_virtual_host": False,
            "blob_s3_access_key_id": KEY_ID,
            "blob_s3_secret_access_key": SECRET,
        }

    def command(self) -> tuple[list[str], None]:
        credentials = [{"accessKey": KEY_ID, "secretKey": SECRET}]
        identity = {
            "name": "tests",
            "credentials": credentials,
            "actions": ["Admin", "Read", "Write", "List"],
        }
        config = self._place / "s3.json"
        config.write_text(json.dumps({"identities": [identity]}))
        (self._place / "data").mkdir(exist_ok=True)
        # Beside the interpreter, where pip puts programs. It says more than fits a pipe that nobody reads.
        command = [
            str(Path(sys.executable).with_name("weed")),
            "-logtostderr=false",
            "-alsologtostderr=false",
        ]
        command += [f"-logdir={self._place}", "server", "-dir", str(self._place / "data")]
        command += ["-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-filer", "-s3", f"-s3.config={config}"]
        command += ["-master.peers=none", "-master.telemetry=false", "-master.volumeSizeLimitMB=64"]
        command += [
            f"-s3.port={self.port}",
            "-s3.port.iceberg=0",
            "-s3.port.lance=0",
            "-s3.iam=false",
            "-volume.max=16",
        ]
        command += [f"-{part}.port={free_port()}" for part in ("master", "volume", "filer")]
        command += [f"-{part}.port.grpc={free_port()}" for part in ("master", "volume", "filer", "s3")]
        return command, None


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """One for the whole process; for tests that leave it running."""
    server = S3Server(tmp_path_factory.mktemp("s3"))
    server.start()
    yield server
    server.kill()
