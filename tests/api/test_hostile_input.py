"""Every route under odd values, made from the OpenAPI document: never a 5xx, and each error in the one format
(``Contract`` holds every answer to it)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from app.core import errors
from app.http.openapi import COMMITTED
from tests.databases import TestDatabase
from tests.full_disk import full_beyond
from tests.harness import Person, Service, code, make_settings, running

DOCUMENT: dict[str, Any] = json.loads(COMMITTED.read_text(encoding="utf-8"))
Operation = tuple[str, dict[str, Any]]
"""Its path, and what the document says of it."""
GROUPS: dict[tuple[str, str], list[Operation]] = {}
"""Of one method, below one first segment: they share a service."""
for _path, _operations in DOCUMENT["paths"].items():
    for _method, _operation in _operations.items():
        if not _path.endswith("/stream"):
            GROUPS.setdefault((_method.upper(), _path.split("/")[1]), []).append((_path, _operation))
JSON, URLENCODED, MULTIPART = "application/json", "application/x-www-form-urlencoded", "multipart/form-data"
LONG = "x" * 5000
TEXTS = [
    "",
    " ",
    "\x00",
    "a\x00b",
    "\u202e",
    "\uffff",
    "\U0010ffff",
    "%",
    "%00",
    "%ff",
    "..",
    "../x",
    "'--",
    LONG,
]
NUMBERS = ["NaN", "1e999", "-1", "1.5", str(2**31), str(2**63), str(2**64), "9" * 400, "\u0663", "+1", "0x1"]
TIMES = [
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999999-14:00", "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z", "2016-12-31T23:59:60Z", "2026-02-30T00:00:00Z", "2026-01-01T00:00:00",
    "10000-01-01T00:00:00Z", "-0001-01-01T00:00:00Z", "1e400", "2026-01-01T00:00:00+99:99",
]  # fmt: skip
HEADERS = [
    "",
    " ",
    "\xe9",
    'W/"',
    '"' * 999,
    LONG,
    "bytes=-",
    "bytes=0-0,1-1",
    f"bytes={'9' * 19}-",
    "NaN",
    "*",
]
JSON_VALUES = [
    r'"\ud800"', r'"\udfff\ud800"', r'"\u0000"', r'"a\u202eb"', f'"{LONG}"', "NaN", "-Infinity", "1e999",
    str(2**63), str(2**64), "9" * 5000, "null", "true", "[]", "{}", '{"a": NaN}', r'{"\ud800": 1}',
    r'{"a": ["\ud800"]}', '{"a": 1e999}', f'{{"a": {2**64}}}', '{"a": 1, "a": 2}',
    '{"a":' * 960 + "1" + "}" * 960, "[" * 960 + "]" * 960,
]  # fmt: skip
BODIES = [
    b"", b"null", b"[]", b"1", b"{", b"\xff\xfe", b"\xef\xbb\xbf{}", '{"a": 1}'.encode("utf-16"), b"[" * 100_000,
    b'{"a":1}{"b":2}', b"\x00", b"%ff=%ed%a0%80&&=", b"--x\r\n\r\n\r\n--x--", b"--x\r\nA:" + b"b" * 9000,
]  # fmt: skip
PART = b'--x\r\nContent-Disposition: form-data; name="file"; filename="\xff\\ud800.txt"\r\n\r\n.\r\n--x--\r\n'
CONTENT_TYPES = [
    "application/json; charset=utf-16", "APPLICATION/JSON", "application/x+json", "application/json, text/plain",
    "text/plain", "", "/", "application/", "\xe9/\xe9", "application/json; =; ;", MULTIPART,
    f"{MULTIPART}; boundary=", f"{MULTIPART}; boundary={'x' * 300}", f"{MULTIPART}; boundary=\xe9",
    *(f"{MULTIPART}; boundary=x; charset={each}" for each in ("undefined", "idna", "unicode_escape", "hex", "?")),
    f"{URLENCODED}; charset=unicode_escape",
]  # fmt: skip


ENOUGH = 8
"""What more routes than these declare word for word alike is read in one place: they share its odd values, so that
each value is met by this many of them, whichever route joins or goes."""


def _declared(operation: dict[str, Any]) -> Iterator[str]:
    """What is swept of an operation, by what makes it alike."""
    for each in operation.get("parameters", []):
        yield _key(each["in"], each["name"], each["schema"])
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        yield _key("body", kind)
        for name, schema in _model(content["schema"])["properties"].items():
            yield _key(kind, name, schema)
    yield _key("content types", "requestBody" in operation)


def _key(*parts: Any) -> str:
    words = ("description", "title", "examples")
    return json.dumps([_without(part, words) for part in parts], sort_keys=True)


def _without(schema: Any, words: Sequence[str]) -> Any:
    if not isinstance(schema, dict):
        return schema
    return {key: _without(value, words) for key, value in schema.items() if key not in words}


class Sweep:
    """One route and one person who may use it; collects what went wrong."""

    def __init__(self, person: Person, method: str, path: str, operation: dict[str, Any]) -> None:
        self._person, self._method, self._path, self._operation = person, method, path, operation
        self.faults: list[str] = []

    def _share(self, values: Sequence[Any], *alike: Any) -> Sequence[Any]:
        sharers = SHARERS[_key(*alike)]
        step = max(1, len(sharers) // ENOUGH)
        return values[sharers.index(self._operation["operationId"]) % step :: step]

    async def run(self, also: Sequence[str], **ids: str) -> None:
        """``also`` are headers that no route reads, and the service does."""
        parameters = self._operation.get("parameters", [])
        usual = {each["name"]: ids.get(each["name"], "1") for each in parameters if each["in"] == "path"}
        path = self._path.format(**usual)
        for each in parameters:
            place, name = each["in"], each["name"]
            values = {"query": (*TEXTS, *NUMBERS, *TIMES), "path": TEXTS, "header": HEADERS}.get(place, ())
            for odd in self._share(values, place, name, each["schema"]):
                if place == "query":
                    await self._send(f"{path}?{name}={quote(odd, safe='%')}")
                elif place == "path":
                    await self._send(self._path.format(**(usual | {name: quote(odd, safe="%/") or "%"})))
                else:
                    await self._send(path, (name, odd))
        for name in also:
            for odd in HEADERS:
                await self._send(path, (name, odd))
        if "requestBody" in self._operation:
            await self._send_bodies(path)

    async def _send_bodies(self, path: str) -> None:
        for kind, content in self._operation["requestBody"]["content"].items():
            boundary = "; boundary=x" if kind == MULTIPART else ""
            for body in self._share(BODIES, "body", kind):
                await self._send(path, ("Content-Type", kind + boundary), body)
            model = _model(content["schema"])
            usual = {name: _example(model["properties"][name]) for name in model.get("required", ())}
            for name, schema in model["properties"].items():
                for body in self._share(list(_bodies(kind, usual, name)), kind, name, schema):
                    await self._send(path, ("Content-Type", kind), body)
        for kind in self._share(CONTENT_TYPES, "content types", True):
            for body in (b'{"name": "x"}', b"", PART):
                await self._send(path, ("Content-Type", kind), body)

    async def _send(self, path: str, header: tuple[str, str] = ("Accept", "*/*"), body: bytes = b"") -> None:
        headers = [*self._person.headers().items(), header]
        response = await self._person.service.client.request(
            self._method,
            path,
            headers=[(name.encode(), value.encode("latin-1")) for name, value in headers],
            content=body,
        )
        # No provider is set up here, and a link is to be looked up by default.
        if response.status_code >= 500 and code(response)[1] != errors.IntegrationFailure.code:
            self.faults.append(f"{path[:90]} {header} {body[:90]!r}: {code(response)}")


def _model(schema: dict[str, Any]) -> dict[str, Any]:
    """A body's own schema, behind references and "or null"."""
    while "properties" not in schema:
        schema = schema.get("anyOf", [schema])[0]
        if "$ref" not in schema:
            return {"properties": {}}  # a directory's: any object
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def _example(schema: dict[str, Any]) -> Any:
    return schema.get("examples", ["MEMBER" if "$ref" in schema else "a text of 16 ch"])[0]


def _bodies(kind: str, usual: dict[str, Any], name: str) -> Iterator[bytes]:
    """The usual body, with one member as it should not be."""
    if kind == JSON:
        for odd in JSON_VALUES:
            yield json.dumps({**usual, name: "@"}).replace('"@"', odd).encode()
    for odd in (*TEXTS, *NUMBERS, "\\ud800") if kind == URLENCODED else ():
        yield "&".join(f"{each}={quote(str(value))}" for each, value in {**usual, name: odd}.items()).encode()


SHARERS: dict[str, list[str]] = {}
for _operation in (each for group in GROUPS.values() for _, each in group):
    for _alike in dict.fromkeys(_declared(_operation)):
        SHARERS.setdefault(_alike, []).append(_operation["operationId"])


@pytest.mark.no_cover
@pytest.mark.passwords("cheapest")
@pytest.mark.parametrize(("method", "below"), GROUPS)
async def test_odd_values(
    database: TestDatabase, key_file: Path, method: str, below: str, subtests: pytest.Subtests
) -> None:
    # More attempts to sign in than are made, so that the last is looked at as the first is.
    async with running(make_settings(database, key_file, sign_in_max_failures_address=100_000)) as service:
        ids: dict[str, str] = {}
        for number, (path, operation) in enumerate(GROUPS[method, below]):
            if method != "GET" or not ids:  # what is only read is there for the next one too
                ada, bob = [await service.person(f"{name}{number}") for name in ("ada", "bob")]
                ids = await things_of(ada, bob)
            with subtests.test(operation["operationId"]):
                sweep = Sweep(ada, method, path, operation)
                # Outermost, it is read before there is a route.
                await sweep.run(() if number else ("X-Request-Id",), provider="jira", **ids)
                assert sweep.faults == []


async def things_of(owner: Person, other: Person) -> dict[str, str]:
    """Something behind every kind of id, so that what is odd gets as far as it can."""
    workspace = (await owner.create_workspace())["id"]
    path = f"/workspaces/{workspace}"
    link = await owner.post(f"{path}/links/jira", {"external_id": "1", "verify": False})
    form = {"file": ("a.txt", b"0123456789", "text/plain")}
    file = await owner.request("POST", f"{path}/files", files=form)
    member = await owner.add(workspace, other, "MEMBER")
    return {
        "workspace_id": workspace,
        "link_id": link.json()["id"],
        "file_id": file.json()["id"],
        "member_id": member["id"],
    }


async def test_surrogates_of_an_odd_charset_in_a_form(service: Service) -> None:
    for charset in ("unicode_escape", "utf-7"):
        for name in ("username", "password", "grant_type"):
            fields = {"username": "a@b", "password": "x"} | {name: "\\ud800+2AA-"}
            parts = "".join(
                f'--x\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
                for key, value in fields.items()
            )
            response = await service.client.post(
                "/auth/token",
                content=f"{parts}--x--\r\n",
                headers={"Content-Type": f"{MULTIPART}; boundary=x; charset={charset}"},
            )
            assert code(response) == (422, "VALIDATION_FAILED")


@pytest.mark.parametrize("config", [f'{{"a":{"[" * 960 + "]" * 960}}}', '{"a": NaN}', '{"a": 1e999}'])
async def test_a_config_that_cannot_be_kept_is_told_why(service: Service, config: str) -> None:
    ada = await service.person("ada")
    path = f"/workspaces/{(await ada.create_workspace())['id']}/links/jira"
    body = f'{{"external_id": "1", "verify": false, "config": {config}}}'
    headers = ada.headers() | {"Content-Type": JSON}
    response = await service.client.post(path, content=body, headers=headers)
    assert code(response) == (422, "VALIDATION_FAILED")
    (problem,) = response.json()["details"]["problems"]
    assert problem["problem"].startswith("JSON decode error: ")
    assert service.rows("SELECT id FROM WorkspaceExternalLink") == []


@pytest.mark.parametrize("edge", ["0001-01-01T00:00:00", "9999-12-31T23:59:59.999999"])
async def test_the_first_and_the_last_moment_that_can_be_stored(service: Service, edge: str) -> None:
    ada = await service.person("ada")
    path = f"/workspaces/{(await ada.create_workspace())['id']}/audit"
    for name in ("since", "until"):
        assert (await ada.get(path, **{name: f"{edge}Z"})).status_code == 200
        beyond = f"{edge}+14:00" if edge < "1" else f"{edge}-14:00"
        assert code(await ada.get(path, **{name: beyond})) == (422, "VALIDATION_FAILED")


@pytest.mark.parametrize("is_full", [True, False])
async def test_uploads_without_room_for_temporary_files(
    database: TestDatabase, key_file: Path, monkeypatch: pytest.MonkeyPatch, is_full: bool
) -> None:
    async with running(make_settings(database, key_file)) as service:
        ada = await service.person("ada")
        path = f"/workspaces/{(await ada.create_workspace())['id']}/files"
        large = {"file": ("a.txt", b"x" * 3_000_000, "text/plain")}
        if is_full:
            with full_beyond(2_000_000):
                refused = await ada.request("POST", path, files=large)
        else:
            with monkeypatch.context() as patch:
                patch.setattr("tempfile.tempdir", str(database.directory / "gone"))
                refused = await ada.request("POST", path, files=large)
        assert code(refused) == (503, "SERVICE_UNAVAILABLE")
        assert refused.headers["retry-after"] == "5"
        assert (await ada.request("POST", path, files=large)).status_code == 201
