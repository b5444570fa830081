"""Reads PostgreSQL for connectors, and does nothing else there.

What is asked is one SELECT that ``sql_guard`` has judged, and it is sent inside another one, where the
server's own parser takes nothing that writes. It runs in a READ ONLY transaction of a role that may do no
more than read: one that is a superuser, or may become a role that reads files or runs programs, is refused
each time, because such a role does so in a READ ONLY transaction too.

Each time is a connection of its own, to an address that ``OutboundRules`` lets pass, with TLS for the name
that was given (libpq: ``host`` beside ``hostaddr``). psycopg is loaded by the first one:
https://www.postgresql.org/docs/current/libpq-connect.html
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import os
import re
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated, Any, Literal

import certifi
import msgspec

from app.core.blocking import Blocking, Busy, Overdue
from app.core.connector_errors import ConnectorConfigRefused, QueryRefused
from app.core.outbound import address_in
from app.integrations.connector import Fault, Gathering, Question, SourceError, Table, read_config
from app.integrations.guarded_client import AddressRefused, GuardedClient, NoAnswer
from app.integrations.sql_guard import MOST_CHARACTERS, judge

if TYPE_CHECKING:
    from psycopg import AsyncConnection

_CONNECT_SECONDS = 5.0
_LOCK_SECONDS = 2.0
_GRACE_SECONDS = 1.0
"""For telling the server that nobody waits any more, after which the connection is closed as it is."""
_TURN_SECONDS = 10.0
_LOOK_SECONDS = 0.01
_BYTES_SENT_FOR_ONE, _BYTES_BESIDE = 8, 1_000_000
"""What a server may send for each byte that is taken, and beside: text is escaped, and has names."""
_BYTES_RECEIVED = slice(128, 136)
"""Where ``tcpi_bytes_received`` is in ``struct tcp_info`` (linux/tcp.h)."""
_LOWEST_PORT = 1024
_MOST_OF_CA = 50_000
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=63, pattern=r"^[^\x00-\x1f]+$")]


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``ca``: PEM of the authorities that the server's certificate is of, where they are not public ones.
    ``schema``: where tables are looked for that are named without one."""

    host: Annotated[str, msgspec.Meta(max_length=253)]
    database: Name
    user: Name
    query: Annotated[str, msgspec.Meta(min_length=1, max_length=MOST_CHARACTERS)]
    port: Annotated[int, msgspec.Meta(ge=_LOWEST_PORT, le=65535)] = 5432
    schema: Name = "public"
    tls: Literal["verify-full", "disable"] = "verify-full"
    ca: Annotated[str, msgspec.Meta(max_length=_MOST_OF_CA)] | None = None


_SETTINGS = {
    "statement_timeout": "",
    "lock_timeout": str(int(_LOCK_SECONDS * 1000)),
    "idle_in_transaction_session_timeout": "10000",
    "standard_conforming_strings": "on",
    "row_security": "on",
    "datestyle": "ISO",
    "intervalstyle": "iso_8601",
    "timezone": "UTC",
    "bytea_output": "hex",
    "extra_float_digits": "3",
}
_POWERS = (
    "pg_read_server_files",
    "pg_write_server_files",
    "pg_execute_server_program",
    "pg_signal_backend",
    "pg_write_all_data",
    "pg_maintain",
    "pg_checkpoint",
    "pg_create_subscription",
)
"""Roles of the server's own that do more than read:
https://www.postgresql.org/docs/current/predefined-roles.html"""
_MAY_DO = """
SELECT CASE WHEN r.rolsuper THEN 'superuser'
            WHEN r.rolbypassrls THEN 'bypassrls'
            WHEN r.rolcreaterole THEN 'createrole'
            WHEN r.rolcreatedb THEN 'createdb'
            WHEN r.rolreplication THEN 'replication'
            ELSE r.rolname::text END
FROM pg_catalog.pg_roles AS r
WHERE (r.rolsuper OR r.rolbypassrls OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication
       OR r.rolname = ANY (%s))
  AND (pg_catalog.pg_has_role(session_user, r.oid, 'MEMBER')
       OR pg_catalog.pg_has_role(current_user, r.oid, 'MEMBER'))
ORDER BY NOT r.rolsuper, 1
LIMIT 1
"""
_INTEGERS, _NUMBERS = frozenset((20, 21, 23, 26)), frozenset((700, 701, 1700))
_BOOL, _DATE, _TIMES = 16, 1082, frozenset((1114, 1184))
"""OIDs of types, which are the same everywhere (pg_type.dat)."""
_SLOW, _REFUSED = frozenset(("57014", "55P03", "25P03")), frozenset(("42501",))
_READ_ONLY = "25006"
_AWAY_CLASSES, _REFUSED_CLASSES = frozenset(("08", "53", "58")), frozenset(("28",))


class PostgresSource:
    """``client`` looks names up and judges addresses, by the rules of all that users have called."""

    kind = "postgres_ro"
    needs_secret = True

    def __init__(self, client: GuardedClient) -> None:
        self._client = client
        self._work = Blocking("connector-queries", workers=1, waiting=50, deadline=_TURN_SECONDS)

    async def aclose(self) -> None:
        await self._work.aclose()

    def check(self, config: Mapping[str, Any]) -> dict[str, Any]:
        known = read_config(Config, config)
        address = address_in(known.host)
        if address is None and not _HOST.fullmatch(known.host):
            raise ConnectorConfigRefused(details={"member": "host"})
        if address is not None and not self._client.rules.may_reach(address):
            raise ConnectorConfigRefused(details={"member": "host", "reason": "address"})
        if known.tls == "disable" and not self._client.rules.http:
            raise ConnectorConfigRefused(details={"member": "tls"})
        if known.ca is not None and not _are_certificates(known.ca):
            raise ConnectorConfigRefused(details={"member": "ca"})
        judge(known.query)
        return msgspec.to_builtins(known)  # type: ignore[no-any-return]

    def target(self, config: Mapping[str, Any]) -> str:
        known = read_config(Config, config)
        ca = hashlib.sha256((known.ca or "").encode()).hexdigest()
        parts = (known.host.lower(), str(known.port), known.database, known.user, known.tls, ca)
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()

    def asked(self, config: Mapping[str, Any]) -> str:
        return f"sha256:{hashlib.sha256(read_config(Config, config).query.encode()).hexdigest()}"

    async def fetch(self, question: Question) -> Table:
        seconds = question.caps.seconds
        try:
            # The second one where the server does not even take a cancellation.
            async with asyncio.timeout(seconds + _GRACE_SECONDS), asyncio.timeout(seconds):
                return await self._fetch(question, time.monotonic() + seconds)
        except (Busy, Overdue):
            raise SourceError(Fault.BUSY) from None
        except TimeoutError:
            raise SourceError(Fault.SOURCE_SLOW) from None

    async def _fetch(self, question: Question, until: float) -> Table:
        try:
            config = read_config(Config, question.config)
            sql = await self._work.run(_loaded_and_judged, config.query)
        except QueryRefused as refused:
            raise SourceError(Fault.QUERY_REFUSED, (refused.details or {}).get("reason")) from None
        except ConnectorConfigRefused:
            raise SourceError(Fault.QUERY_REFUSED, "config") from None
        addresses = await self._addresses(config.host, question.workspace_id)
        import psycopg

        async with self._connected(config, question.secret or "", addresses) as connection:
            most = question.caps.bytes * _BYTES_SENT_FOR_ONE + _BYTES_BESIDE
            async with _cut_off(connection, most) as is_cut_off:
                try:
                    return await _read(connection, config, question, sql, until)
                except psycopg.Error as error:
                    raise SourceError(Fault.TOO_LARGE, "bytes") if is_cut_off() else _said(error) from None

    async def _addresses(self, host: str, whose: str) -> Sequence[str]:
        try:
            return await self._client.addresses(host, whose=whose)
        except AddressRefused:
            raise SourceError(Fault.ADDRESS_NOT_ALLOWED) from None
        except NoAnswer as error:
            raise SourceError(Fault.BUSY if error.reason == "busy" else Fault.SOURCE_AWAY, "name") from None

    @asynccontextmanager
    async def _connected(
        self, config: Config, password: str, addresses: Sequence[str]
    ) -> AsyncIterator[AsyncConnection]:
        import psycopg

        with _authorities(config) as root:
            try:
                async with asyncio.timeout(_CONNECT_SECONDS * len(addresses)):
                    connection = await psycopg.AsyncConnection.connect(
                        host=",".join([config.host] * len(addresses)),
                        hostaddr=",".join(addresses),
                        port=str(config.port),
                        dbname=config.database,
                        user=config.user,
                        password=password,
                        connect_timeout=int(_CONNECT_SECONDS),
                        application_name="pm-assist",
                        client_encoding="UTF8",
                        sslmode=config.tls,
                        sslrootcert=root,
                        # Nothing of this machine's is shown to a server that somebody else chose, and nobody
                        # gets the password as it is who has not proved who they are.
                        sslcertmode="disable",
                        gssencmode="disable",
                        require_auth="scram-sha-256,md5" if config.tls == "disable" else "!gss,!sspi",
                        # Of the environment and of files libpq takes what is not given.
                        options=" ",
                        passfile="/dev/null",
                        target_session_attrs="any",
                        autocommit=True,
                    )
            except TimeoutError:
                raise SourceError(Fault.SOURCE_AWAY, "connect") from None
            except psycopg.Error as error:
                raise _not_connected(error) from None
        try:
            yield connection
        finally:
            await connection.close()


@asynccontextmanager
async def _cut_off(connection: AsyncConnection, most: int) -> AsyncIterator[Callable[[], bool]]:
    """libpq keeps what a message announces, up to a gigabyte, before anybody can look at it: who sends more
    than ``most`` bytes is heard no further. Answers whether that was so. Linux tells how many came."""
    if sys.platform != "linux":
        yield lambda: False
        return
    # A descriptor of its own: what is shut down stays open for who reads it.
    line = socket.socket(fileno=os.dup(connection.fileno()))
    came = 0

    async def watch() -> None:
        nonlocal came
        while came <= most:
            await asyncio.sleep(_LOOK_SECONDS)
            told = line.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _BYTES_RECEIVED.stop)
            came = int.from_bytes(told[_BYTES_RECEIVED], sys.byteorder)
        with contextlib.suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)

    watching = asyncio.create_task(watch())
    try:
        yield lambda: came > most
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        line.close()


async def _read(
    connection: AsyncConnection, config: Config, question: Question, sql: str, until: float
) -> Table:
    async with connection.cursor() as cursor:
        await cursor.execute("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        left = str(max(1, int((until - time.monotonic()) * 1000)))
        settings = {**_SETTINGS, "statement_timeout": left}
        each = ", ".join(["pg_catalog.set_config(%s, %s, true)"] * len(settings))
        await cursor.execute(f"SELECT {each}", [part for pair in settings.items() for part in pair])
        await cursor.execute(
            "SELECT pg_catalog.set_config('search_path', 'pg_catalog, ' || pg_catalog.quote_ident(%s), true)",
            (config.schema,),
        )
        await cursor.execute(_MAY_DO, (list(_POWERS),))
        if (power := await cursor.fetchone()) is not None:
            raise SourceError(Fault.ROLE_TOO_POWERFUL, str(power[0])[:63])
        # Prepared: the server takes one statement then, whatever a text says.
        await cursor.execute(f"SELECT * FROM (\n{sql}\n) AS q LIMIT 0", prepare=True)  # noqa: S608
        described = cursor.description or ()
        gathering = Gathering((column.name for column in described), question.caps, question.first)
        async for (text,) in cursor.stream(_whole_rows(sql, len(described), question)):
            if not gathering.add(_cells(text, [column.type_code for column in described], question)):
                break
    return gathering.table()


def _whole_rows(sql: str, width: int, question: Question) -> str:
    """Each row as one text that is cut where it is too much anyway, and no more of them than are looked
    at."""
    names = [f"c{number}" for number in range(width)]
    most = (question.caps.rows if question.first is None else question.first) + 1
    row = ", ".join(f"q.{name}::text" for name in names)
    return (
        f'SELECT pg_catalog."left"(pg_catalog.to_json(ARRAY[{row}])::text, {question.caps.bytes + 1})'  # noqa: S608
        f" FROM (\n{sql}\n) AS q ({', '.join(names)}) LIMIT {most}"
    )


def _cells(text: str, types: Sequence[int], question: Question) -> Iterator[object]:
    if len(text) > question.caps.bytes:
        raise SourceError(Fault.TOO_LARGE, "bytes")
    written: list[str | None] = msgspec.json.decode(text, type=list[str | None])
    return (None if cell is None else _cell(cell, oid) for cell, oid in zip(written, types, strict=True))


def _cell(text: str, oid: int) -> object:
    """What Python has no value for, such as a date before the year 1, stays text."""
    with contextlib.suppress(ValueError, InvalidOperation):
        if oid in _INTEGERS:
            return int(text)
        if oid in _NUMBERS:
            return Decimal(text)
        if oid == _BOOL:
            return text == "true"
        if oid == _DATE:
            return date.fromisoformat(text)
        if oid in _TIMES:
            return datetime.fromisoformat(text)
    return text


def _loaded_and_judged(query: str) -> str:
    """For a thread: loading takes a while too."""
    import psycopg  # noqa: F401

    # What they say of a source's texts and addresses is for no log.
    for name in ("psycopg", "sqlglot"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return judge(query).sql


@contextmanager
def _authorities(config: Config) -> Iterator[str]:
    """The file that libpq reads them from."""
    if config.ca is None:
        yield certifi.where()
        return
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
        file.write(config.ca)
        file.flush()
        yield file.name


def _are_certificates(text: str) -> bool:
    from cryptography import x509

    try:
        return bool(x509.load_pem_x509_certificates(text.encode()))
    except ValueError:
        return False


def _said(error: Any) -> SourceError:
    """What the server says by an SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html"""
    state = error.sqlstate
    if state is None or state[:2] in _AWAY_CLASSES or state[:4] == "57P0":
        return SourceError(Fault.SOURCE_AWAY, state)
    if state in _SLOW:
        return SourceError(Fault.SOURCE_SLOW, state)
    if state in _REFUSED or state[:2] in _REFUSED_CLASSES:
        return SourceError(Fault.SOURCE_REFUSED, state)
    return SourceError(Fault.QUERY_REFUSED if state == _READ_ONLY else Fault.QUERY_FAILED, state)


def _not_connected(error: Any) -> SourceError:
    """libpq has no code for this, only words, which are in English where they are its own."""
    text = str(error)
    if "certificate" in text or "SSL" in text:
        return SourceError(Fault.CERTIFICATE_REFUSED)
    if re.search("authenticat|pg_hba|does not exist|not permitted|permission", text):
        return SourceError(Fault.SOURCE_REFUSED)
    return SourceError(Fault.SOURCE_AWAY, "connect")
