"""Connectors against a real PostgreSQL: what is kept and shown of them, what a refresh comes to, and what stands
for a value that cannot be fetched."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from functools import partial
from typing import Any, cast

import pytest

from app.core.caller import Tools
from app.core.secret_box import SecretBox
from app.core.token_service import KeyRing
from app.db.connection import WriteTransaction
from app.integrations.connector import Caps, Fault, Table
from app.kernel.connector_feeds import Refreshed
from app.kernel.job_schedules import make_jobs
from app.services.connector_asking import Asked, Attempt
from app.services.connector_refresh import _settle_due
from app.services.connectors import config_of, find_connector, rotate_keys
from tests.databases import TestDatabase
from tests.harness import SECRET_KEY, Person, Service, make_outbox, make_settings, running
from tests.harness import code as status_and_code
from tests.postgres_server import PASSWORD, READER, PostgresServer

OPEN: dict[str, Any] = {"outbound_networks": "127.0.0.0/8", "outbound_http": True}


@pytest.fixture
async def service(database: TestDatabase, key_file: Any) -> AsyncIterator[Service]:
    async with running(make_settings(database, key_file, **OPEN)) as service:
        yield service


@pytest.fixture
async def ada(service: Service) -> Person:
    return await service.person("ada")


@pytest.fixture
async def place(ada: Person) -> str:
    return f"/workspaces/{(await ada.create_workspace())['id']}/connectors"


@pytest.fixture
def figures(postgres: PostgresServer) -> Iterator[PostgresServer]:
    """A table whose rows a test may change."""
    postgres.owner(
        "CREATE SCHEMA box",
        f"GRANT USAGE ON SCHEMA box TO {READER}",
        "ALTER ROLE postgres SET search_path = box",
        "CREATE TABLE box.figures (label text, amount numeric(10, 2))",
        "INSERT INTO box.figures VALUES ('revenue', 1234.50)",
        f"GRANT SELECT ON box.figures TO {READER}",
    )
    yield postgres
    postgres.owner("DROP SCHEMA box CASCADE", "ALTER ROLE postgres RESET search_path")


def config(server: PostgresServer, **values: Any) -> dict[str, Any]:
    place = {"host": "127.0.0.1", "port": server.port, "database": "postgres", "user": READER}
    return {
        **place,
        "schema": "box",
        "tls": "disable",
        "query": "SELECT label, amount FROM figures ORDER BY 1",
        **values,
    }


def code(response: Any) -> str:
    return status_and_code(response)[1]


async def make(by: Person, place: str, server: PostgresServer, **values: Any) -> str:
    """The path of one."""
    sent = {"name": "Revenue", "kind": "postgres_ro", "config": config(server), "secret": PASSWORD, **values}
    made = await by.post(place, sent)
    assert made.status_code == 201, made.text
    return f"{place}/{made.json()['id']}"


async def refresh(by: Person, path: str) -> dict[str, Any]:
    done = await by.post(f"{path}/refresh")
    assert done.status_code == 200, done.text
    return cast(dict[str, Any], done.json())


async def selections(by: Person, path: str) -> list[dict[str, Any]]:
    """The oldest first."""
    return cast(list[dict[str, Any]], (await by.get(f"{path}/selections")).json()["items"][::-1])


async def later(by: Person, **span: float) -> None:
    by.service.clock.advance(**span)
    by.access_token = by.service.access_token(by.user_id, by.name)
    assert (await by.validate()).status_code == 200


async def test_a_value_is_fetched_and_says_where_it_is_from(
    ada: Person, place: str, figures: PostgresServer
) -> None:
    path = await make(ada, place, figures)
    assert code(await ada.get(f"{path}/value")) == "CONNECTOR_NOT_REFRESHED"
    done = await refresh(ada, path)
    selection = done["selection"]
    assert (selection["outcome"], selection["rows"], selection["actor_id"]) == ("OK", 1, ada.user_id)
    assert selection["asked"].startswith("sha256:") and selection["bytes"] == len(
        '["revenue",{"decimal":"1234.50"}]'
    )
    await later(ada, seconds=90)
    value = (await ada.get(f"{path}/value")).json()
    assert (value["columns"], value["rows"]) == (["label", "amount"], [["revenue", "1234.50"]])
    assert (value["selection_id"], value["checksum"]) == (selection["id"], selection["checksum"])
    assert (value["age_seconds"], value["is_stale"], value["fallback"], value["status"]) == (
        90,
        False,
        None,
        "OK",
    )
    assert await selections(ada, path) == [selection]


async def test_it_is_tried_before_it_is_kept_and_previewed_after(
    ada: Person, service: Service, place: str, figures: PostgresServer
) -> None:
    figures.owner("INSERT INTO figures SELECT 'x', n FROM generate_series(1, 30) AS n")
    wanted = {"kind": "postgres_ro", "config": config(figures), "secret": PASSWORD}
    tried = (await ada.post(f"{place}/test", wanted)).json()
    assert (tried["outcome"], tried["columns"]) == ("OK", ["label", "amount"])
    wrong = (await ada.post(f"{place}/test", {**wanted, "secret": "wrong"})).json()
    assert (wrong["outcome"], wrong["error"], wrong["columns"]) == ("FAILED", "SOURCE_REFUSED", [])
    missing = {**wanted, "config": config(figures, query="SELECT 1 AS n FROM none")}
    tried = (await ada.post(f"{place}/test", missing)).json()
    assert (tried["error"], tried["detail"]) == ("QUERY_FAILED", "42P01")
    hostile = {**wanted, "config": config(figures, query="DELETE FROM figures")}
    refused = await ada.post(f"{place}/test", hostile)
    assert (refused.status_code, code(refused)) == (400, "QUERY_REFUSED")
    assert refused.json()["details"] == {"reason": "writes", "what": "Delete"}
    assert code(await ada.post(f"{place}/test", {**wanted, "secret": None})) == "SECRET_NEEDED"
    assert service.rows("SELECT COUNT(*) FROM ConnectorSelection") == [(0,)]
    path = await make(ada, place, figures)
    preview = (await ada.post(f"{path}/preview")).json()
    assert (len(preview["rows"]), preview["is_whole"]) == (20, False)
    tested = (await ada.post(f"{path}/test")).json()
    assert (tested["rows"], tested["columns"]) == ([], ["label", "amount"])
    assert code(await ada.get(f"{path}/value")) == "CONNECTOR_NOT_REFRESHED"
    assert [each["cause"] for each in await selections(ada, path)] == ["preview", "test"]
    # Rows of somebody's database are kept for no retry: of a refresh it is which selection it was.
    headers = ada.headers() | {"Idempotency-Key": "key-1"}
    for act in ("preview", "test", "refresh", "refresh"):
        answer = await service.client.post(f"{path}/{act}", headers=headers)
        assert answer.status_code == 200, answer.text
    assert answer.headers["idempotency-replayed"] == "true"
    kept, causes = service.rows("SELECT body FROM IdempotencyRecord"), await selections(ada, path)
    assert [each["cause"] for each in causes] == ["preview", "test", "preview", "test", "refresh"]
    assert kept == [(json.dumps(causes[-1]["id"]),)]
    assert answer.json()["selection"] == causes[-1]
    assert answer.json()["value"]["selection_id"] == causes[-1]["id"]


async def test_a_secret_goes_in_and_goes_nowhere_else(
    ada: Person, service: Service, place: str, figures: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    path = await make(ada, place, figures)
    await refresh(ada, path)
    shown = (await ada.get(path)).json()
    assert shown["has_secret"] is True
    stored = json.dumps(
        [service.rows(f"SELECT * FROM {table}") for table in ("ConnectorBinding", "AuditLog", "Event")],
        default=str,
    )
    assert PASSWORD not in json.dumps(shown) + stored + caplog.text
    for member, value in {"host": "127.0.0.2", "port": 5433, "user": "other", "database": "x"}.items():
        moved = await ada.patch(path, {"config": config(figures, **{member: value})})
        assert (moved.status_code, code(moved)) == (400, "SECRET_NEEDED"), member
    assert (await ada.patch(path, {"config": config(figures, query="SELECT 2 AS n")})).status_code == 200
    assert (await refresh(ada, path))["value"]["rows"] == [[2]]
    # A row that somebody put elsewhere by hand opens nothing.
    elsewhere = json.dumps(config(figures, host="127.0.0.2"))
    service.tamper(f"UPDATE ConnectorBinding SET config = '{elsewhere}'")
    assert (await refresh(ada, path))["selection"]["error"] == "SECRET_UNREADABLE"
    assert (await ada.delete(path)).status_code == 204
    assert service.rows("SELECT secret, key_id FROM ConnectorBinding") == [(None, None)]
    assert service.rows("SELECT COUNT(*) FROM ConnectorValue") == [(0,)]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ("ALTER TABLE figures RENAME COLUMN amount TO total", "QUERY_FAILED"),
        (
            "ALTER TABLE figures RENAME TO slow; CREATE VIEW figures AS"
            " SELECT s.* FROM slow AS s, (SELECT pg_sleep(60)::text) AS z; GRANT SELECT ON figures TO reader",
            "SOURCE_SLOW",
        ),
        ("INSERT INTO figures SELECT 'x', n FROM generate_series(1, 100000) AS n", "TOO_LARGE"),
        (f"REVOKE ALL ON figures FROM {READER}", "SOURCE_REFUSED"),
    ],
)
async def test_whatever_a_source_does_ends_as_the_fallback_says(
    ada: Person, service: Service, place: str, figures: PostgresServer, change: str, error: str
) -> None:
    static = {"columns": ["label", "amount"], "rows": [["plan", 1.5]]}
    fallbacks: dict[str, dict[str, Any]] = {
        "FAIL": {},
        "LAST_GOOD": {"max_age_seconds": 3600},
        "STATIC": {"static_value": static},
    }
    paths = {
        name: await make(ada, place, figures, name=name, fallback=name, **values)
        for name, values in fallbacks.items()
    }
    for path in paths.values():
        assert (await refresh(ada, path))["selection"]["outcome"] == "OK"
    figures.owner(*change.split("; "))
    service.edge.parts.connectors.caps = Caps(100, 10_000, 0.3 if error == "SOURCE_SLOW" else 10)
    await later(ada, minutes=5)
    ended = {name: await refresh(ada, path) for name, path in paths.items()}
    assert {each["selection"]["error"] for each in ended.values()} == {error}
    assert ended["FAIL"]["value"] is None
    failed = await ada.get(f"{paths['FAIL']}/value")
    assert (failed.status_code, code(failed)) == (409, "CONNECTOR_FAILED")
    assert failed.json()["details"] == {"fault": error}
    last = (await ada.get(f"{paths['LAST_GOOD']}/value")).json()
    assert (last["rows"], last["fallback"], last["is_stale"]) == (
        [["revenue", "1234.50"]],
        "LAST_GOOD",
        True,
    )
    assert (last["age_seconds"], last["last_error"]) == (300, error)
    fixed = (await ada.get(f"{paths['STATIC']}/value")).json()
    assert (fixed["rows"], fixed["fallback"], fixed["fetched_at"]) == ([["plan", "1.5"]], "STATIC", None)
    assert (last["name"], fixed["name"]) == ("LAST_GOOD", "STATIC")
    # Members see which there are, and nothing of what they ask whom.
    known = (await ada.get(f"{place.removesuffix('/connectors')}/connector-values")).json()["items"]
    assert [(each["name"], each["status"], each["last_error"]) for each in known] == [
        (name, "FAILED", error) for name in sorted(fallbacks)
    ]
    assert known[0].keys() == {"connector_id", "name", "status", "last_error", "last_refreshed_at"}
    assert known[0]["last_refreshed_at"] is not None
    await later(ada, hours=1)
    assert code(await ada.get(f"{paths['LAST_GOOD']}/value")) == "CONNECTOR_FAILED"
    for name, path in paths.items():
        journal = await selections(ada, path)
        used = None if name == "FAIL" else name
        assert [(each["outcome"], each["error"], each["fallback"]) for each in journal] == [
            ("OK", None, None),
            ("FAILED", error, used),
        ]


async def test_other_columns_are_an_error_until_somebody_says_that_they_are_right(
    ada: Person, place: str, figures: PostgresServer
) -> None:
    path = await make(ada, place, figures, config=config(figures, query="SELECT * FROM figures"))
    await refresh(ada, path)
    figures.owner("ALTER TABLE figures ADD note text")
    assert (await refresh(ada, path))["selection"]["error"] == "COLUMNS_CHANGED"
    named = await ada.patch(path, {"columns": ["note", "amount", "label"]})
    assert named.status_code == 200
    assert (await refresh(ada, path))["value"]["columns"] == ["label", "amount", "note"]
    figures.owner("ALTER TABLE figures DROP note")
    assert (await refresh(ada, path))["selection"]["error"] == "COLUMNS_CHANGED"


async def test_a_server_that_is_away_comes_back(ada: Person, place: str, figures: PostgresServer) -> None:
    path = await make(ada, place, figures, fallback="LAST_GOOD", max_age_seconds=60)
    await refresh(ada, path)
    figures.stop()
    away = await refresh(ada, path)
    assert (away["selection"]["error"], away["value"]["fallback"]) == ("SOURCE_AWAY", "LAST_GOOD")
    figures.start()
    back = await refresh(ada, path)
    assert (back["selection"]["outcome"], back["value"]["is_stale"]) == ("OK", False)


async def test_what_was_fetched_for_another_question_is_no_value(
    ada: Person, service: Service, place: str, figures: PostgresServer
) -> None:
    path = await make(
        ada,
        place,
        figures,
        config=config(figures, query="SELECT count(*) AS n FROM figures, generate_series(1, 300000)"),
    )
    asked = asyncio.ensure_future(ada.post(f"{path}/refresh"))
    while not figures.owner(f"SELECT 1 FROM pg_stat_activity WHERE usename = '{READER}'"):  # noqa: ASYNC110
        await asyncio.sleep(0)
    changed = await ada.patch(path, {"config": config(figures, query="SELECT 7 AS n")})
    assert changed.status_code == 200
    done = (await asked).json()
    assert (done["selection"]["error"], done["value"]) == ("OUTDATED", None)
    assert (await ada.get(path)).json()["status"] == "NEW"
    assert (await refresh(ada, path))["value"]["rows"] == [[7]]


async def test_what_was_asked_later_counts_whichever_is_written_first(
    ada: Person, service: Service, place: str, figures: PostgresServer
) -> None:
    path = await make(ada, place, figures)
    await refresh(ada, path)
    newer = await refresh(ada, path)
    parts, (workspace_id, connector_id) = service.edge.parts, path.split("/")[2::2]
    async with parts.database.read() as tx:
        row = await find_connector(tx, workspace_id, connector_id)
    asked = Asked(workspace_id, connector_id, row.kind, config_of(row), None, row.source_version, row.set_by)
    table = Table(("label", "amount"), (("older", 1),), 13)
    for fault in (None, Fault.SOURCE_AWAY):
        late = Attempt(service.clock() - timedelta(seconds=5), 9000, "x", None if fault else table, fault)
        settled = partial(_settle_due, tools=parts.tools, feeds=(), asked=asked, attempt=late)
        assert not await parts.database.transact(settled)
    value = (await ada.get(f"{path}/value")).json()
    assert (value["rows"], value["status"]) == (newer["value"]["rows"], "OK")
    assert len(await selections(ada, path)) == 4


async def test_a_schedule_refreshes_and_tells_only_what_is_new(
    ada: Person, service: Service, place: str, figures: PostgresServer
) -> None:
    path = await make(ada, place, figures, schedule={"every_minutes": 15})
    parts = service.edge.parts

    async def pass_by(minutes: int) -> None:
        await later(ada, minutes=minutes)
        await make_jobs(parts.database, parts.tools)
        await make_outbox(service.edge).run_due()

    await pass_by(0)
    await pass_by(16)
    figures.owner("UPDATE figures SET amount = 2")
    await pass_by(16)
    figures.stop()
    await pass_by(16)
    await pass_by(16)
    figures.start()
    journal = await selections(ada, path)
    assert [(each["cause"], each["outcome"]) for each in journal] == [("schedule", "OK")] * 3 + [
        ("schedule", "FAILED")
    ] * 2
    assert {each["actor_id"] for each in journal} == {"service:connectors"}
    told = service.rows("SELECT type FROM Event WHERE object_type = 'connector' ORDER BY seq")
    assert [row[0] for row in told] == [
        "connector.created",
        "connector.refreshed",
        "connector.refreshed",
        "connector.failed",
    ]
    assert (await ada.patch(path, {"schedule": None})).status_code == 200
    await pass_by(60)
    assert len(await selections(ada, path)) == 5


async def test_a_schedule_is_one_that_can_be_kept(ada: Person, place: str, postgres: PostgresServer) -> None:
    schedules: list[tuple[dict[str, Any], int]] = [
        ({"every_minutes": 4}, 422),
        ({"cron": "*/15 * * * *"}, 201),
        ({"cron": "0 6 * * 1-5", "time_zone": "Europe/Berlin"}, 201),
        ({"cron": "0,1 6 * * *"}, 400),
        ({"cron": "* * * * *"}, 400),
        ({"cron": "no cron"}, 400),
        ({}, 422),
        ({"every_minutes": 5, "cron": "0 6 * * *"}, 422),
    ]
    for number, (schedule, status) in enumerate(schedules):
        sent = {"name": f"{number}", "kind": "postgres_ro", "config": config(postgres), "secret": "x"}
        made = await ada.post(place, {**sent, "schedule": schedule})
        assert made.status_code == status, (schedule, made.text)
        assert status != 400 or code(made) == "SCHEDULE_REFUSED"


async def test_what_does_not_go_together_is_refused(
    ada: Person, place: str, postgres: PostgresServer
) -> None:
    good = {"name": "A", "kind": "postgres_ro", "config": config(postgres), "secret": "x"}
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"fallback": "LAST_GOOD"}, "CONNECTOR_CONFIG_REFUSED"),
        ({"fallback": "STATIC"}, "CONNECTOR_CONFIG_REFUSED"),
        ({"static_value": {"columns": ["a"], "rows": [[1, 2]]}}, "CONNECTOR_CONFIG_REFUSED"),
        ({"static_value": {"columns": ["a", "a"], "rows": []}}, "CONNECTOR_CONFIG_REFUSED"),
        ({"config": config(postgres, host="10.0.0.1")}, "CONNECTOR_CONFIG_REFUSED"),
        ({"config": config(postgres, password="x")}, "CONNECTOR_CONFIG_REFUSED"),
        ({"config": config(postgres, query="SELECT pg_sleep(1)")}, "QUERY_REFUSED"),
        ({"secret": None}, "SECRET_NEEDED"),
        ({"kind": "mysql"}, "VALIDATION_FAILED"),
    ]
    for values, error in wrong:
        assert code(await ada.post(place, {**good, **values})) == error, values
    assert (await ada.post(place, good)).status_code == 201
    assert code(await ada.post(place, {**good, "name": " a "})) == "CONNECTOR_EXISTS"


async def test_one_who_is_slow_holds_up_nobody_else(
    ada: Person, service: Service, place: str, figures: PostgresServer
) -> None:
    endless = config(figures, query="SELECT count(*) AS n FROM generate_series(1, 1000000000)")
    slow = await make(ada, place, figures, config=endless)
    other = f"/workspaces/{(await ada.create_workspace())['id']}/connectors"
    quick = await make(ada, other, figures)
    waiting = [asyncio.ensure_future(ada.post(f"{slow}/refresh")) for _ in range(12)]
    while not figures.owner(f"SELECT 1 FROM pg_stat_activity WHERE usename = '{READER}'"):  # noqa: ASYNC110
        await asyncio.sleep(0)
    assert (await refresh(ada, quick))["selection"]["outcome"] == "OK"
    while sum(each.done() for each in waiting) < 2:  # noqa: ASYNC110
        await asyncio.sleep(0)
    figures.stop()
    try:
        errors = [(await each).json()["selection"]["error"] for each in waiting]
    finally:
        figures.start()
    assert sorted(errors) == ["BUSY"] * 2 + ["SOURCE_AWAY"] * 10


class Fed:
    """Remembers what it was told, and may refuse it."""

    def __init__(self) -> None:
        self.told: list[Refreshed] = []

    async def refreshed(self, tx: WriteTransaction, tools: Tools, refreshed: Refreshed) -> None:
        self.told.append(refreshed)


async def test_who_is_fed_is_told_in_the_transaction(
    ada: Person, service: Service, place: str, figures: PostgresServer
) -> None:
    fed = Fed()
    service.edge.parts.connector_feeds = (fed,)
    path = await make(ada, place, figures, fallback="LAST_GOOD", max_age_seconds=60)
    first = await refresh(ada, path)
    figures.owner("DROP TABLE figures")
    await refresh(ada, path)
    await later(ada, minutes=2)
    await refresh(ada, path)
    assert [(each.outcome, each.error, each.fallback) for each in fed.told] == [
        ("OK", None, None),
        ("FAILED", "QUERY_FAILED", "LAST_GOOD"),
        ("FAILED", "QUERY_FAILED", None),
    ]
    tables = [each.table for each in fed.told]
    assert tables[0] is not None and tables[0] == tables[1] and tables[2] is None
    assert tables[0].checksum() == first["selection"]["checksum"]


async def test_secrets_are_sealed_anew_with_the_newest_key(
    ada: Person, service: Service, place: str, figures: PostgresServer
) -> None:
    path = await make(ada, place, figures)
    parts = service.edge.parts
    newer = SecretBox(
        KeyRing.parse("n1:" + "q7Jx0mWcN5cVf3bqYV1o2tH8dRk4sLzUeGpXaB6yMiA" + "," + SECRET_KEY),
        parts.tools.random_bytes,
    )
    assert await rotate_keys(parts.database, newer, parts.connectors.sources) == (1, [])
    assert await rotate_keys(parts.database, newer, parts.connectors.sources) == (0, [])
    assert service.rows("SELECT key_id FROM ConnectorBinding") == [("n1",)]
    parts.connectors.box = newer
    assert (await refresh(ada, path))["selection"]["outcome"] == "OK"
