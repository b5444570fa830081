"""The OpenAPI document as a product: current, with examples, true, and good to generate a client from."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.core.middleware import is_scim
from app.http.openapi import COMMITTED
from scripts import _node, openapi
from tests.databases import TestDatabase
from tests.harness import make_settings, serving
from tests.integrations.upstreams import (
    EMAIL,
    PAT,
    TOKEN,
    FakeAdo,
    FakeGraph,
    FakeJira,
    FakeSnow,
    ado_items,
    graph_items,
    jira_items,
    snow_items,
)

NODE = Path(__file__).resolve().parents[1] / "node"
DOCUMENT: dict[str, Any] = json.loads(COMMITTED.read_text(encoding="utf-8"))
OPERATIONS = [
    (method, path, operation)
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
]


def test_the_committed_document_is_current() -> None:
    assert openapi.made() == COMMITTED.read_text(encoding="utf-8"), "run: python scripts/openapi.py"


def test_operation_ids_make_good_function_names() -> None:
    names = [operation["operationId"] for _, _, operation in OPERATIONS]
    assert len(set(names)) == len(names)
    for name in names:
        assert re.fullmatch(r"[a-z][A-Za-z]+", name), name


def test_everything_that_is_sent_has_an_example_or_is_told_by_its_type() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    sent = {
        reference.rpartition("/")[2]
        for _, _, operation in OPERATIONS
        for reference in re.findall(r'"\$ref": "([^"]+)"', json.dumps(operation.get("requestBody", {})))
    }
    assert sent
    for name in sent:
        for member in schemas[name].get("required", []):
            schema = schemas[name]["properties"][member]
            told = {"examples", "enum", "$ref", "const"} & set(schema) or "enum" in json.dumps(schema)
            assert told or schema.get("format") in ("password", "uuid"), f"{name}.{member}"


def test_every_error_is_documented_with_an_example_of_itself() -> None:
    for method, path, operation in OPERATIONS:
        for status, response in operation["responses"].items():
            if int(status) < 400:
                continue
            if is_scim(path):
                assert list(response["content"]) == ["application/scim+json"]
                continue
            content = response["content"]["application/json"]
            assert content["schema"] == {"$ref": "#/components/schemas/Error"}, (method, path, status)
            codes = re.findall(r"`([A-Z_]+)`", response["description"])
            assert codes == list(content["examples"]), (method, path, status)
            for code in codes:
                assert content["examples"][code] == {"$ref": f"#/components/examples/{code}"}
                assert DOCUMENT["components"]["examples"][code]["value"]["error_code"] == code


@pytest.mark.slow
def test_a_typescript_client_compiles(tmp_path: Path) -> None:
    modules = _node.installed() / "node_modules"
    (tmp_path / "node_modules").symlink_to(modules, target_is_directory=True)
    shutil.copy(NODE / "client.ts", tmp_path)

    def run(program: str, *arguments: str) -> None:
        done = subprocess.run(
            [_node.node(), str(modules / program), *arguments],
            cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr

    cli = "openapi-typescript/bin/cli.js"
    run(cli, str(COMMITTED), "--output", "schema.ts", "--default-non-nullable", "false")
    # The library's own declarations are its makers' matter; the schema is no declaration file, and is checked.
    options = "--strict --noEmit --skipLibCheck --target es2022 --module esnext --moduleResolution bundler --lib es2022,dom"
    run("typescript/bin/tsc", *options.split(), "client.ts")


CONFIG = """
headers = {{ "Authorization" = "Bearer {access}", "X-PMA-Token" = "{pma}" }}

[parameters]
{parameters}

[checks.not_a_server_error]
# What an example points a workspace's connection at may not answer, which is 502 and documented.
expected-statuses = ["2xx", "3xx", "4xx", 502]
"""


@pytest.fixture
def providers() -> Iterator[dict[str, Any]]:
    """All four, on loopback, and nothing else that may be called: no example leaves this machine."""
    with (
        FakeJira(jira_items(30)) as jira,
        FakeAdo(ado_items(30)) as ado,
        FakeSnow(snow_items(30)) as snow,
        FakeGraph(graph_items(30)) as graph,
    ):
        yield {
            "jira_base_url": jira.url,
            "jira_user_email": EMAIL,
            "jira_api_token": TOKEN,
            "ado_org_url": f"{ado.url}/org",
            "ado_pat_token": PAT,
            "snow_base_url": snow.url,
            "snow_api_token": TOKEN,
            "sharepoint_base_url": graph.url,
            "sharepoint_access_token": TOKEN,
            "integration_allowed_hosts": ["127.0.0.1"],
        }


@pytest.mark.slow
async def test_what_the_document_promises_is_what_is_answered(
    database: TestDatabase, key_file: Path, providers: dict[str, Any]
) -> None:
    """Schemathesis over the whole document with both tokens. The gate tries the same examples every time, so
    that it fails for what a change did; ``SCHEMATHESIS_EXAMPLES`` and ``SCHEMATHESIS_SEED`` look further."""
    async with serving(make_settings(database, key_file, **providers)) as service:
        ada, bob = await service.person("ada"), await service.person("bob")
        workspace = (await ada.create_workspace())["id"]
        path = f"/workspaces/{workspace}"
        link = await ada.post(f"{path}/links/jira", {"external_id": "1", "verify": False})
        file = await ada.request("POST", f"{path}/files", files={"file": ("a.txt", b"x", "text/plain")})
        ids = {
            "workspace_id": workspace,
            "member_id": (await ada.add(workspace, bob, "MEMBER"))["id"],
            "link_id": link.json()["id"],
            "file_id": file.json()["id"],
            "project_id": jira_items(1)[0]["id"],
            "space_id": snow_items(1)[0]["sys_id"],
            "site_id": graph_items(1)[0]["id"],
        }
        parameters = "\n".join(f'"path.{name}" = "{value}"' for name, value in ids.items())
        config = CONFIG.format(access=ada.access_token, pma=ada.pma_token, parameters=parameters)
        (database.directory / "schemathesis.toml").write_text(config)
        # Streams do not end, and these would end the session or the workspace that the rest needs.
        left_out = ["streamChanges", "logout", "revokeAll", "deleteWorkspace", "leaveWorkspace"]
        command = ["run", f"{service.client.base_url}/openapi.json", "--no-color", "--continue-on-failure"]
        command += ["--phases", "examples,fuzzing", "--workers", "2"]
        command += ["--max-examples", os.environ.get("SCHEMATHESIS_EXAMPLES", "2")]
        command += ["--seed", os.environ.get("SCHEMATHESIS_SEED", "20261121")]
        checks = (
            "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
        )
        command += ["--checks", checks]
        for name in left_out:
            command += ["--exclude-operation-id", name]
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "schemathesis.cli", *command,
            cwd=database.directory, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()[-6000:]
    tested = re.search(r"Tested: (\d+)", said.decode())
    assert tested is not None
    assert int(tested[1]) == len(OPERATIONS) - len(left_out)
