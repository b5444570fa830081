"""What connectors ask a PostgreSQL, on a real one: what is refused, what is read, and what a source may do to
us."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import struct
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from ipaddress import ip_network
from typing import Any

import psycopg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.core.connector_errors import ConnectorConfigRefused, QueryRefused
from app.core.outbound import OutboundRules
from app.integrations import postgres_source
from app.integrations.connector import Caps, Fault, Question, SourceError, Table, read_table
from app.integrations.guarded_client import GuardedClient
from app.integrations.postgres_source import PostgresSource
from app.integrations.sql_guard import MOST_CHARACTERS, judge
from tests.postgres_server import PASSWORD, READER, PostgresServer

HERE = OutboundRules((ip_network("127.0.0.0/8"),), http=True)
CAPS = Caps(rows=1000, bytes=1_000_000, seconds=10.0)

HOSTILE = {
    # Several statements, and what hides one.
    "SELECT 1; SELECT 2": "statements",
    "SELECT 1; DROP TABLE t": "statements",
    "SELECT 1;\n-- quiet\nDELETE FROM t": "statements",
    "SELECT 1; /* ; */ COMMIT; DELETE FROM t": "statements",
    "": "statements",
    ";": "statements",
    "-- nothing": "statements",
    "SELECT 1) AS q; DELETE FROM t; --": "syntax",
    "SELECT 1) AS q LIMIT 0; COMMIT; DELETE FROM t; SELECT * FROM (SELECT 1": "syntax",
    "SELECT 1 /* /* */ ; DELETE FROM t": "syntax",
    "SELECT '\\'; DELETE FROM t; --'": "statements",
    "SELECT e'\\'; DELETE FROM t; --'": "part",
    "SELECT $a$ $b$ $a$; DELETE FROM t; -- $a$": "statements",
    "SELECT 1\0; DELETE FROM t": "syntax",
    # What writes.
    "INSERT INTO t VALUES (9)": "writes",
    "INSERT INTO t SELECT * FROM t RETURNING n": "writes",
    "UPDATE t SET n = 9": "writes",
    "DELETE FROM t": "writes",
    "MERGE INTO t USING (SELECT 1 AS n) s ON t.n = s.n WHEN MATCHED THEN DELETE": "writes",
    "TRUNCATE t": "writes",
    "WITH d AS (DELETE FROM t RETURNING *) SELECT * FROM d": "writes",
    "WITH d AS (INSERT INTO t VALUES (9) RETURNING *) SELECT * FROM d": "writes",
    "WITH d AS (UPDATE t SET n = 9 RETURNING *) SELECT * FROM d": "writes",
    "WITH a AS (SELECT 1), d AS MATERIALIZED (DELETE FROM t RETURNING n) SELECT * FROM a": "writes",
    "SELECT * FROM (WITH d AS (DELETE FROM t RETURNING *) SELECT * FROM d) q": "writes",
    "WITH s AS (SELECT 1) INSERT INTO t SELECT * FROM s": "writes",
    "SELECT * INTO taken FROM t": "into",
    "SELECT 1 AS n INTO TEMP taken": "into",
    "CREATE TABLE taken AS SELECT * FROM t": "writes",
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'": "writes",
    "DROP TABLE t": "writes",
    "ALTER TABLE t ADD x int": "writes",
    "ALTER ROLE reader SUPERUSER": "statement",
    # What is no query.
    "COPY t TO PROGRAM 'touch /tmp/pma-was-here'": "writes",
    "COPY t FROM '/etc/passwd'": "writes",
    "COPY (SELECT 1) TO STDOUT": "writes",
    "DO $$ BEGIN DELETE FROM t; END $$": "statement",
    "CALL p()": "statement",
    "EXPLAIN ANALYZE DELETE FROM t": "statement",
    "EXECUTE x": "statement",
    "PREPARE x AS DELETE FROM t": "statement",
    "SET ROLE postgres": "statement",
    "SET transaction_read_only = off": "statement",
    "RESET ALL": "statement",
    "BEGIN": "statement",
    "COMMIT": "statement",
    "LISTEN x": "statement",
    "NOTIFY x, 'y'": "syntax",
    "LOCK TABLE t": "statement",
    "VACUUM t": "statement",
    "ANALYZE t": "statement",
    "GRANT ALL ON t TO reader": "statement",
    "LOAD 'x'": "statement",
    "DISCARD ALL": "statement",
    "REFRESH MATERIALIZED VIEW m": "statement",
    "SECURITY LABEL ON TABLE t IS 'x'": "syntax",
    "IMPORT FOREIGN SCHEMA x FROM SERVER y INTO z": "syntax",
    "SHOW ALL": "statement",
    # Locks.
    "SELECT * FROM t FOR UPDATE": "lock",
    "SELECT * FROM t FOR SHARE NOWAIT": "lock",
    "SELECT * FROM (SELECT * FROM t FOR NO KEY UPDATE SKIP LOCKED) q": "lock",
    # Functions with effects, or that tell of the machine.
    "SELECT pg_sleep(60)": "function",
    "SELECT pg_catalog.pg_sleep(60)": "function",
    'SELECT "pg_sleep"(60)': "function",
    "SELECT PG_SLEEP(60) FROM generate_series(1, 1000)": "function",
    "SELECT set_config('transaction_read_only', 'off', false)": "function",
    "SELECT current_setting('data_directory')": "function",
    "SELECT nextval('s')": "function",
    "SELECT setval('s', 99)": "function",
    "SELECT pg_advisory_lock(1)": "function",
    "SELECT pg_try_advisory_xact_lock(1)": "function",
    "SELECT pg_notify('x', 'y')": "function",
    "SELECT pg_terminate_backend(1)": "function",
    "SELECT pg_cancel_backend(pid) FROM t": "function",
    "SELECT pg_read_file('/etc/passwd')": "function",
    "SELECT * FROM pg_read_binary_file('/etc/passwd')": "function",
    "SELECT * FROM pg_ls_dir('/')": "function",
    "SELECT * FROM LATERAL pg_stat_file('/etc') x": "function",
    "SELECT * FROM ROWS FROM (pg_ls_logdir()) x": "function",
    "SELECT lo_import('/etc/passwd')": "function",
    "SELECT lo_export(1, '/tmp/x')": "function",
    "SELECT dblink('host=127.0.0.1', 'DELETE FROM t')": "function",
    "SELECT * FROM dblink_exec('x', 'DELETE FROM t')": "function",
    "SELECT query_to_xml('DELETE FROM t', true, true, '')": "function",
    "SELECT database_to_xml(true, true, '')": "function",
    "SELECT * FROM ts_stat('SELECT 1')": "function",
    "SELECT pg_reload_conf()": "function",
    "SELECT txid_current()": "function",
    "SELECT inet_server_addr()": "function",
    "SELECT version()": "function",
    "SELECT current_user": "function",
    "SELECT public.taker()": "function",
    "SELECT taker()": "function",
    "SELECT n FROM t WHERE n = (SELECT count(*) FROM t HAVING taker() > 0)": "function",
    "SELECT n FROM t ORDER BY taker()": "function",
    "SELECT sum(taker()) OVER () FROM t": "function",
    "SELECT count(*) FILTER (WHERE taker() > 0) FROM t": "function",
    "SELECT n FROM t LIMIT taker()": "function",
    "VALUES (taker())": "function",
    "SELECT repeat('x', 1000000000)": "function",
    "SELECT (t).taker FROM t": "function",
    "SELECT 1 OPERATOR(public.+) 2": "part",
    # Catalogues, by whatever name.
    "SELECT * FROM pg_shadow": "system",
    "SELECT * FROM pg_catalog.pg_authid": "system",
    'SELECT * FROM "pg_catalog"."pg_roles"': "system",
    "SELECT * FROM PG_STAT_ACTIVITY": "system",
    "SELECT * FROM information_schema.tables": "system",
    "SELECT * FROM pg_temp.t": "system",
    "SELECT * FROM pg_toast.pg_toast_1": "system",
    "SELECT * FROM postgres.public.t": "system",
    "SELECT n FROM t WHERE EXISTS (SELECT 1 FROM pg_user)": "system",
    "TABLE pg_authid": "system",
    "SELECT 'pg_authid'::regclass": "type",
    "SELECT 1::regproc": "type",
    "SELECT '<x/>'::xml": "type",
    "SELECT 't'::public.taken": "type",
    # What stands for something else.
    "SELECT $1": "parameter",
    "SELECT :n": "parameter",
    "SELECT * FROM t WHERE n = ?": "parameter",
    # Too much to look at.
    "SELECT " + "(" * 5000 + "1" + ")" * 5000: "length",
    "SELECT " + "(" * 3000 + "1" + ")" * 3000: "depth",
    "SELECT " + "ARRAY[" * 60 + "1" + "]" * 60: "depth",
    "SELECT a" + "[1]" * 2000: "depth",
    "SELECT " + "NOT " * 1500 + "true": "depth",
    "SELECT " + "- " * 2000 + "1": "depth",
    "SELECT " + "+".join("1" * 4000): "depth",
    "SELECT '" + "x" * MOST_CHARACTERS + "'": "length",
    # No SQL.
    "SELECT FROM WHERE": "syntax",
    "SELECT (": "syntax",
    "select 'open": "syntax",
    "{{ 7 * 7 }}": "statement",
}


@pytest.mark.parametrize("query", HOSTILE, ids=lambda query: query[:40])
def test_what_may_have_an_effect_is_refused_and_the_answer_says_why(query: str) -> None:
    with pytest.raises(QueryRefused) as refused:
        judge(query)
    details = refused.value.details or {}
    assert details["reason"] == HOSTILE[query]


HONEST = (
    "SELECT n, name, price FROM sales.orders ORDER BY n",
    "select * from orders o where o.price > 10.50 and name ilike 'B%' order by 1 desc limit 2;",
    "SELECT count(*) AS all_of_them, count(*) FILTER (WHERE paid) AS paid, sum(price)::numeric(12, 2) FROM orders",
    "SELECT date_trunc('month', at) AS month, avg(price) FROM orders GROUP BY 1 HAVING count(*) > 0 ORDER BY month",
    "WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT sum(n) FROM r",
    "VALUES (1, 'one'), (2, 'it''s two')",
    "SELECT n FROM orders WHERE paid UNION SELECT 99 EXCEPT SELECT 1 ORDER BY n",
    "SELECT o.n, c.name FROM orders o LEFT JOIN customers c ON c.id = o.customer_id ORDER BY o.n, c.name NULLS LAST",
    "SELECT n, row_number() OVER (PARTITION BY paid ORDER BY price DESC ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)"
    " FROM orders ORDER BY n",
    "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY price) FROM orders",
    "SELECT facts->>'size' AS size, (facts->'tags'->>0) AS tag FROM orders WHERE facts @> '{\"size\": \"L\"}' ORDER BY 1",
    "SELECT extract(year FROM at) AS year, to_char(at, 'YYYY-MM') AS month FROM orders GROUP BY 1, 2 ORDER BY 2",
    "SELECT CASE WHEN paid THEN 'yes' ELSE 'no' END AS paid, string_agg(name, ', ' ORDER BY name) FROM orders GROUP BY 1"
    " ORDER BY 1",
    "SELECT coalesce(nullif(name, ''), '-') || '!' AS name, upper(left(name, 2)), length(name) FROM orders ORDER BY 1",
    "SELECT n FROM orders WHERE at >= timestamp '2026-01-01' AND at < date '2026-01-01' + interval '1 year' ORDER BY n",
    "SELECT DISTINCT ON (paid) paid, n FROM orders ORDER BY paid, n",
    "SELECT day::date, coalesce(sum(o.price), 0) FROM generate_series(date '2026-01-01', '2026-01-03', '1 day') AS day"
    " LEFT JOIN orders o ON o.at::date = day::date GROUP BY 1 ORDER BY 1",
    "SELECT n /* a comment */ FROM orders -- another\n WHERE n IN (SELECT n FROM orders WHERE NOT paid) ORDER BY n",
    "SELECT x.n, x.tag FROM (SELECT n, jsonb_array_elements_text(facts->'tags') AS tag FROM orders) x ORDER BY 1, 2",
    "SELECT 'a \\ b; DROP TABLE t' AS text, round(10 / 4.0, 2) AS q, 7 % 4 AS r, -3 AS m, 2 ^ 10 AS p",
    "SELECT grouping(paid) AS g, paid, sum(n) FROM orders GROUP BY ROLLUP (paid) ORDER BY 1, 2",
    "SELECT o.n, l.name FROM orders o CROSS JOIN LATERAL (SELECT c.name FROM customers c WHERE c.id = o.customer_id) l"
    " ORDER BY o.n",
)


@pytest.fixture(scope="session")
def shop(postgres: PostgresServer) -> PostgresServer:
    postgres.owner(
        "CREATE TABLE public.t (n int)",
        "INSERT INTO t VALUES (1), (2)",
        "CREATE SEQUENCE s",
        "CREATE TABLE customers (id int, name text)",
        "INSERT INTO customers VALUES (1, 'Ada'), (2, 'Bob')",
        "CREATE TABLE sales.orders (n int, name text, price numeric(10, 2), paid bool, at timestamptz, customer_id int,"
        " facts jsonb)",
        "INSERT INTO sales.orders VALUES"
        ' (1, \'Book\', 12.50, true, \'2026-01-01 10:00+00\', 1, \'{"size": "L", "tags": ["a", "b"]}\'),'
        " (2, 'Bag', 30.00, false, '2026-01-02 23:30-05', 2, '{\"size\": \"S\", \"tags\": []}'),"
        ' (3, \'\', 0.10, true, \'2026-02-03 00:00+00\', 3, \'{"size": "L", "tags": ["c"]}\')',
        "CREATE VIEW public.orders AS SELECT * FROM sales.orders",
        "CREATE TABLE hidden (n int)",
        "CREATE FUNCTION taker() RETURNS int LANGUAGE sql AS 'INSERT INTO public.t VALUES (9) RETURNING n'",
        f"GRANT SELECT ON t, customers, orders, sales.orders TO {READER}; REVOKE ALL ON hidden FROM {READER}",
        f"GRANT INSERT, UPDATE, DELETE ON t, customers TO {READER}; GRANT ALL ON SEQUENCE s TO {READER}",
    )
    return postgres


class Names:
    """Looks names up as a test says, and remembers that it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.addresses = ["127.0.0.1"]

    def __call__(self, host: str) -> list[str]:
        self.asked.append(host)
        return self.addresses


@pytest.fixture
def names() -> Names:
    return Names()


@pytest.fixture
async def source(names: Names) -> AsyncIterator[PostgresSource]:
    client = GuardedClient(HERE, look_up=names)
    source = PostgresSource(client)
    yield source
    await source.aclose()
    await client.aclose()


def config(server: PostgresServer, query: str, **values: Any) -> dict[str, Any]:
    place = {"host": "db.example.com", "port": server.port, "database": "postgres", "user": READER}
    return {**place, "tls": "disable", "query": query, **values}


def question(config: dict[str, Any], secret: str = PASSWORD, caps: Caps = CAPS, **values: Any) -> Question:
    return Question("w1", config, secret, caps, **values)


async def ask(source: PostgresSource, server: PostgresServer, query: str, **values: Any) -> Table:
    return await source.fetch(question(config(server, query), **values))


async def fault(source: PostgresSource, asked: Question) -> tuple[Fault, str | None]:
    with pytest.raises(SourceError) as failed:
        await source.fetch(asked)
    return failed.value.fault, failed.value.detail


def traces(server: PostgresServer) -> list[Any]:
    """All that a statement of the table above would have changed."""
    counts = "SELECT (SELECT count(*) FROM pg_class), (SELECT count(*) FROM pg_proc), (SELECT count(*) FROM pg_roles)"
    return [
        *server.owner("TABLE t"),
        *server.owner("SELECT last_value, is_called FROM s"),
        *server.owner(counts),
        *server.owner(f"SELECT rolsuper FROM pg_roles WHERE rolname = '{READER}'"),
        *server.owner("SELECT count(*) FROM pg_largeobject_metadata"),
        *server.owner(
            "SELECT count(*) FROM pg_stat_file('/tmp/pma-was-here', true) AS f WHERE f.size IS NOT NULL"
        ),
    ]


async def test_no_hostile_statement_reaches_a_server(
    source: PostgresSource, shop: PostgresServer, names: Names
) -> None:
    for query, reason in HOSTILE.items():
        is_query = query and len(query) <= MOST_CHARACTERS
        assert await fault(source, question(config(shop, query))) == (
            Fault.QUERY_REFUSED,
            reason if is_query else "config",
        )
    assert names.asked == []


async def test_what_would_get_past_the_guard_has_no_effect_either(
    source: PostgresSource, shop: PostgresServer
) -> None:
    before = traces(shop)
    caps = replace_caps(seconds=0.15)
    known = postgres_source.Config(
        host="x", database="postgres", user=READER, query="x", port=shop.port, tls="disable"
    )
    # What no driver sends, and what has nothing in it but its size, aside.
    queries = [query for query in HOSTILE if "\0" not in query and len(query) <= 1000]
    ran = 0
    while queries:
        async with source._connected(known, PASSWORD, ["127.0.0.1"]) as connection:
            while queries and not connection.closed:
                try:
                    query, until = queries.pop(), time.monotonic() + caps.seconds
                    await postgres_source._read(connection, known, question({}, caps=caps), query, until)
                    ran += 1
                except (psycopg.Error, SourceError):
                    pass
                with suppress(psycopg.Error):
                    await connection.execute("COMMIT")
    assert traces(shop) == before
    assert ran > 0


def replace_caps(**values: Any) -> Caps:
    return Caps(**{"rows": CAPS.rows, "bytes": CAPS.bytes, "seconds": CAPS.seconds, **values})


async def test_honest_queries_answer_what_they_answer_a_person(
    source: PostgresSource, shop: PostgresServer
) -> None:
    place = f"host=127.0.0.1 port={shop.port} user={READER} dbname=postgres options='-c timezone=UTC'"
    with psycopg.connect(place, password=PASSWORD, autocommit=True) as person:
        for query in HONEST:
            done = person.execute(query)
            columns = [column.name for column in done.description or ()]
            if len(set(columns)) < len(columns) or "?column?" in columns:
                raise AssertionError(columns)
            found = await source.fetch(question(config(shop, query)))
            assert list(found.columns) == columns, query
            assert [list(row) for row in found.rows] == [
                [told(cell) for cell in row] for row in done.fetchall()
            ], query


def told(cell: Any) -> Any:
    if isinstance(cell, float):
        return Decimal(repr(cell)) if cell != int(cell) else Decimal(int(cell))
    if isinstance(cell, dict):
        return json.dumps(cell)
    return cell.astimezone(UTC) if isinstance(cell, datetime) and cell.tzinfo else cell


async def test_values_come_exactly_as_they_are(source: PostgresSource, shop: PostgresServer) -> None:
    cells = {
        "7::int": 7,
        "9007199254740993::bigint": Decimal(9007199254740993),
        "0.10::numeric": Decimal("0.10"),
        "1e100::numeric": Decimal("1" + "0" * 100),
        "'NaN'::numeric": "NaN",
        "0.1::double precision": Decimal("0.1"),
        "'-Infinity'::real": "-Infinity",
        "true": True,
        "NULL::text": None,
        "''": "",
        "'ä \u2028 \"x\" \\ \t'": 'ä \u2028 "x" \\ \t',
        "date '2026-11-26'": date(2026, 11, 26),
        "date '0044-03-15 BC'": "0044-03-15 BC",
        "timestamp '2026-11-26 01:02:03.000004'": datetime.fromisoformat("2026-11-26T01:02:03.000004"),
        "timestamptz '2026-11-26 01:02:03+02'": datetime(2026, 11, 25, 23, 2, 3, tzinfo=UTC),
        "'infinity'::timestamptz": "infinity",
        "interval '1 day 2 hours'": "P1DT2H",
        "ARRAY[1, 2]": "{1,2}",
        "'{\"a\": 1}'::jsonb": '{"a": 1}',
        "'01234567-89ab-cdef-0123-456789abcdef'::uuid": "01234567-89ab-cdef-0123-456789abcdef",
    }
    query = "SELECT " + ", ".join(f"{text} AS c{number}" for number, text in enumerate(cells))
    found = await ask(source, shop, query)
    assert dict(zip(cells, found.rows[0], strict=True)) == cells
    assert [type(cell) for cell in found.rows[0]] == [type(cell) for cell in cells.values()]
    again = read_table(found.canonical())
    assert again == found and again.checksum() == found.checksum()


async def test_what_is_too_much_is_refused_and_never_held(
    source: PostgresSource, shop: PostgresServer
) -> None:
    small = replace_caps(rows=10, bytes=2000)
    rows = "SELECT g.n FROM generate_series(1, %s) AS g(n)"
    assert len((await ask(source, shop, rows % 10, caps=small)).rows) == 10
    for much in ("11", "10000"):
        assert await fault(source, question(config(shop, rows % much), caps=small)) == (
            Fault.TOO_LARGE,
            "rows",
        )
    wide = "SELECT string_agg(md5(g.n::text), '') AS x FROM generate_series(1, {}) AS g(n)"
    assert (await ask(source, shop, wide.format(60), caps=small)).bytes == 60 * 32 + 4
    for many in (100, 20_000):
        assert await fault(source, question(config(shop, wide.format(many)), caps=small)) == (
            Fault.TOO_LARGE,
            "bytes",
        )
    some = await ask(source, shop, rows % 10_000, caps=small, first=3)
    assert [list(row) for row in some.rows] == [[1], [2], [3]] and not some.is_whole


async def test_columns_have_names_of_their_own(source: PostgresSource, shop: PostgresServer) -> None:
    for query in ("SELECT n, n FROM t", "SELECT"):
        found, _ = await fault(source, question(config(shop, query)))
        assert found in (Fault.COLUMNS_INVALID, Fault.QUERY_REFUSED)


async def test_who_is_slow_is_not_waited_for_and_does_not_go_on(
    source: PostgresSource, shop: PostgresServer
) -> None:
    endless = "SELECT count(*) FROM generate_series(1, 1000000000) AS g(n)"
    brief = replace_caps(seconds=0.3)
    assert (await fault(source, question(config(shop, endless), caps=brief)))[0] == Fault.SOURCE_SLOW
    with psycopg.connect(host="127.0.0.1", port=shop.port, user="postgres", dbname="postgres") as owner:
        owner.execute("LOCK TABLE t")
        waits = question(config(shop, "SELECT n FROM t"), caps=brief)
        assert (await fault(source, waits))[0] == Fault.SOURCE_SLOW
        owner.rollback()
    for _ in range(100):
        if not shop.owner(f"SELECT 1 FROM pg_stat_activity WHERE usename = '{READER}'"):
            break
        await asyncio.sleep(0.02)
    else:
        raise AssertionError("somebody still works for nobody")
    assert len((await ask(source, shop, "SELECT n FROM t")).rows) == 2


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of somebody who takes a connection and says nothing."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield server.getsockname()[1]


async def test_who_is_away_says_nothing_or_breaks_off(
    source: PostgresSource, shop: PostgresServer, silent: int
) -> None:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        away = config(shop, "SELECT 1 AS n", port=free.getsockname()[1])
        assert (await fault(source, question(away)))[0] == Fault.SOURCE_AWAY
    mute = question(config(shop, "SELECT 1 AS n", port=silent), caps=replace_caps(seconds=0.2))
    assert (await fault(source, mute))[0] == Fault.SOURCE_SLOW
    slow = asyncio.ensure_future(
        fault(source, question(config(shop, "SELECT count(*) FROM generate_series(1, 1000000000)")))
    )
    for _ in range(200):
        if shop.owner(f"SELECT 1 FROM pg_stat_activity WHERE usename = '{READER}' AND state = 'active'"):
            break
        await asyncio.sleep(0.01)
    shop.owner(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{READER}'")
    assert (await slow)[0] == Fault.SOURCE_AWAY
    shop.stop()
    assert (await fault(source, question(config(shop, "SELECT n FROM t"))))[0] == Fault.SOURCE_AWAY
    # Not in a thread: it would end with that.
    shop.start()
    assert len((await ask(source, shop, "SELECT n FROM t")).rows) == 2


async def test_a_server_that_never_ends_a_message_is_cut_off(
    source: PostgresSource, shop: PostgresServer
) -> None:
    sent = 0

    async def lie(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Takes any password, and answers the first statement with a row of a gigabyte."""
        nonlocal sent
        with suppress(OSError, asyncio.IncompleteReadError):
            await reader.readexactly(int.from_bytes(await reader.readexactly(4)) - 4)
            writer.write(b"R" + struct.pack("!ii", 12, 5) + b"salt")
            await reader.read(1000)
            writer.write(b"R" + struct.pack("!ii", 8, 0) + b"Z" + struct.pack("!i", 5) + b"I")
            await reader.read(1000)
            writer.write(b"D" + struct.pack("!ih", 1_000_000_000, 1))
            while sent < 900_000_000:
                writer.write(bytes(65536))
                sent += 65536
                await writer.drain()
        writer.close()

    async with await asyncio.start_server(lie, "127.0.0.1", 0) as server:
        asked = config(shop, "SELECT 1 AS n", port=server.sockets[0].getsockname()[1])
        small = replace_caps(bytes=10_000)
        assert await fault(source, question(asked, caps=small)) == (Fault.TOO_LARGE, "bytes")
    assert 1_000_000 < sent < 100_000_000


async def test_what_it_does_not_let_be_read_is_told_by_a_code(
    source: PostgresSource, shop: PostgresServer
) -> None:
    refused = {
        Fault.SOURCE_REFUSED: (
            question(config(shop, "SELECT n FROM hidden")),
            question(config(shop, "SELECT n FROM t"), secret="another"),
            question(config(shop, "SELECT n FROM t", database="none")),
            question(config(shop, "SELECT n FROM t", user="none")),
        ),
        Fault.QUERY_FAILED: (
            question(config(shop, "SELECT n FROM none")),
            question(config(shop, "SELECT none FROM t")),
            question(config(shop, "SELECT 1 / (n - n) AS x FROM t")),
            question(config(shop, "SELECT n FROM orders", schema="none")),
        ),
    }
    for expected, questions in refused.items():
        for asked in questions:
            assert (await fault(source, asked))[0] == expected, asked.config
    assert len((await source.fetch(question(config(shop, "SELECT n FROM orders", schema="sales")))).rows) == 3


POWERFUL = {
    "superuser": "ALTER ROLE {role} SUPERUSER",
    "bypassrls": "ALTER ROLE {role} BYPASSRLS",
    "createrole": "ALTER ROLE {role} CREATEROLE",
    "createdb": "ALTER ROLE {role} CREATEDB",
    "replication": "ALTER ROLE {role} REPLICATION",
    "pg_read_server_files": "GRANT pg_read_server_files TO {role}",
    "pg_execute_server_program": "CREATE ROLE {role}_between; GRANT pg_execute_server_program TO {role}_between;"
    " GRANT {role}_between TO {role} WITH INHERIT FALSE",
    "pg_write_all_data": "GRANT pg_write_all_data TO {role} WITH INHERIT FALSE",
}


async def test_roles_that_may_do_more_than_read_are_refused_each_time(
    source: PostgresSource, shop: PostgresServer
) -> None:
    for power, given in POWERFUL.items():
        role = f"has_{power}"
        shop.owner(f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'")
        asked = question(config(shop, "SELECT 1 AS n", user=role))
        assert len((await source.fetch(asked)).rows) == 1
        shop.owner(*given.format(role=role).split(";"))
        assert await fault(source, asked) == (Fault.ROLE_TOO_POWERFUL, power)
    shop.owner(f"CREATE ROLE looks_small LOGIN PASSWORD '{PASSWORD}'", "GRANT postgres TO looks_small")
    shop.owner("ALTER ROLE looks_small SET role = 'postgres'")
    small = question(config(shop, "SELECT 1 AS n", user="looks_small"))
    assert await fault(source, small) == (Fault.ROLE_TOO_POWERFUL, "superuser")


async def test_an_address_is_judged_each_time_and_kept(
    source: PostgresSource, shop: PostgresServer, names: Names
) -> None:
    for addresses in (["10.0.0.1"], ["127.0.0.1", "169.254.169.254"], ["::1"], ["168.63.129.16"]):
        names.addresses = addresses
        assert await fault(source, question(config(shop, "SELECT 1 AS n"))) == (
            Fault.ADDRESS_NOT_ALLOWED,
            None,
        )
    assert names.asked == ["db.example.com"] * 4
    names.addresses = []
    assert (await fault(source, question(config(shop, "SELECT 1 AS n"))))[0] == Fault.SOURCE_AWAY
    # The first one does not answer, and the second does.
    names.addresses = ["127.0.0.2", "127.0.0.1"]
    assert len((await ask(source, shop, "SELECT 1 AS n")).rows) == 1


async def test_a_config_is_checked_before_it_is_kept(source: PostgresSource, shop: PostgresServer) -> None:
    kept = source.check(config(shop, "SELECT 1 AS n"))
    assert kept["schema"] == "public" and kept["ca"] is None
    wrong: dict[str, dict[str, Any]] = {
        "host": {"host": "10.0.0.1"},
        "port": {"port": 22},
        "database": {"database": ""},
        "user": {"user": "x" * 64},
        "tls": {"tls": "require"},
        "ca": {"ca": "no certificate"},
        "query": {"query": ""},
        "passfile": {"passfile": "/etc/passwd"},
    }
    for member, values in wrong.items():
        with pytest.raises(ConnectorConfigRefused) as refused:
            source.check({**config(shop, "SELECT 1 AS n"), **values})
        assert (refused.value.details or {})["member"] == member
    for host in ("/var/run", "a,b", "a b", "host=x", "@x", "127.1 options=x", "-a", "a\nb", ""):
        with pytest.raises(ConnectorConfigRefused):
            source.check({**config(shop, "SELECT 1 AS n"), "host": host})
    with pytest.raises(QueryRefused):
        source.check(config(shop, "DELETE FROM t"))
    client = GuardedClient(replace(HERE, http=False))
    strict = PostgresSource(client)
    with pytest.raises(ConnectorConfigRefused):
        strict.check(config(shop, "SELECT 1 AS n"))
    strict.check(config(shop, "SELECT 1 AS n", tls="verify-full"))
    await strict.aclose()
    await client.aclose()


async def test_a_server_proves_that_it_is_who_was_to_be_asked(
    source: PostgresSource, shop: PostgresServer, names: Names
) -> None:
    ours, other = authority("ours"), authority("other")
    pem = [each[0].public_bytes(serialization.Encoding.PEM).decode() for each in (ours, other)]
    async with behind_tls(shop, *certificate(ours, "db.example.com")) as port:
        safe = config(shop, "SELECT n FROM t", tls="verify-full", port=port)
        assert len((await source.fetch(question({**safe, "ca": pem[0]}))).rows) == 2
        wrongs: list[dict[str, Any]] = [{}, {"ca": pem[1]}, {"ca": pem[0], "host": "other.example.com"}]
        for wrong in (*wrongs, {"ca": pem[0], "port": shop.port}):
            assert await fault(source, question({**safe, **wrong})) == (Fault.CERTIFICATE_REFUSED, None), (
                wrong
            )
    assert (source.check({**safe, "ca": pem[0] + pem[1]}))["ca"] == pem[0] + pem[1]


@asynccontextmanager
async def behind_tls(shop: PostgresServer, certificate: bytes, key: bytes) -> AsyncIterator[int]:
    """The wheel's PostgreSQL has no TLS: this takes it off before it (PostgreSQL's protocol, "SSL Session
    Encryption"). Answers its port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile() as file:
        file.write(certificate + key)
        file.flush()
        context.load_cert_chain(file.name)

    async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            while content := await reader.read(65536):
                writer.write(content)
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            assert await reader.readexactly(8) == struct.pack("!ii", 8, 80877103)
            writer.write(b"S")
            await writer.start_tls(context)
            inner = await asyncio.open_connection("127.0.0.1", shop.port)
            await asyncio.gather(pipe(reader, inner[1]), pipe(inner[0], writer))
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


Authority = tuple[x509.Certificate, ec.EllipticCurvePrivateKey]


def authority(name: str) -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    return signed(name, key, name, key, is_authority=True), key


def certificate(issuer: Authority, host: str) -> tuple[bytes, bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    made = signed(
        host, key, issuer[0].subject.rfc4514_string().removeprefix("CN="), issuer[1], is_authority=False
    )
    plain = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return made.public_bytes(serialization.Encoding.PEM), key.private_bytes(
        serialization.Encoding.PEM, *plain
    )


def signed(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: str,
    by: ec.EllipticCurvePrivateKey,
    *,
    is_authority: bool,
) -> x509.Certificate:
    def called(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(called(name))
        .issuer_name(called(issuer))
        .public_key(key.public_key())
    )
    made = made.serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
    made = made.not_valid_after(now + timedelta(days=1))
    made = made.add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    return made.sign(by, hashes.SHA256())


def test_a_secret_is_for_one_target(shop: PostgresServer) -> None:
    source = PostgresSource(GuardedClient(HERE))
    first = config(shop, "SELECT 1 AS n")
    assert source.target(first) == source.target({**first, "query": "SELECT 2 AS n", "schema": "x"})
    others = {
        "host": "other.example.com",
        "port": 5433,
        "database": "x",
        "user": "x",
        "tls": "verify-full",
        "ca": "x",
    }
    targets = {source.target({**first, name: value}) for name, value in others.items()} | {
        source.target(first)
    }
    assert len(targets) == len(others) + 1
