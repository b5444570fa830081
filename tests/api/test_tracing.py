"""Traces: one span a request, to a real collector's address, and nothing in them that is anybody's business."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.databases import TestDatabase
from tests.harness import make_settings, running

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Collector:
    """OTLP over HTTP, as far as taking spans goes."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                collector.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *arguments: object) -> None:
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=lambda: self._server.serve_forever(0.01), daemon=True)

    def __enter__(self) -> Collector:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


async def test_a_span_a_request(
    database: TestDatabase, key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Collector() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "none")
        async with running(make_settings(database, key_file, otel_enabled=True)) as service:
            ada = await service.person("ada")
            workspace = await ada.create_workspace("Very Secret")
            headers = ada.headers() | {"traceparent": PARENT}
            path = f"/workspaces/{workspace['id']}/members"
            await service.client.get(path, params={"name": "Searched"}, headers=headers)
            await service.client.get("/workspaces")
        spans = [
            span
            for body in collector.bodies
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]
    names = [span.name for span in spans]
    assert names[-3:] == ["POST /workspaces", "GET /workspaces/{workspace_id}/members", "GET"]
    child = spans[-2]
    assert child.trace_id.hex() == "0af7651916cd43dd8448eb211c80319c"
    assert child.parent_span_id.hex() == "b7ad6b7169203331"
    told = {each.key: each.value.string_value or each.value.int_value for each in child.attributes}
    assert told["http.response.status_code"] == 200
    assert told["http.route"] == "/workspaces/{workspace_id}/members"
    everything = b"".join(collector.bodies)
    for secret in (workspace["id"], "Very Secret", "Searched", ada.user_id, ada.pma_token, "127.0.0.1"):
        assert secret.encode() not in everything
