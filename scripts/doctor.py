"""Says what is wrong with this installation, or about to be: python scripts/doctor.py

Settings, driver, connection, server, database, schema, clock, store of files, virus scanner, signing keys.
Every line is ok, a warning, or a failure with what to do; the exit code is 1 when anything failed. It changes
nothing.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import cast

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from app.core.caller import Tools
from app.core.clock import new_uuid7, system_clock
from app.core.config import SettingFault, Settings
from app.core.errors import BlobStoreUnavailable, IdentityProviderUnavailable
from app.core.issuers import LocalIssuer, TrustedIssuers
from app.core.jwks import JwksCache
from app.core.oauth_settings import redirect_uri
from app.core.private_files import lax_paths
from app.core.rsa_key import load_or_create_key, load_public_key
from app.core.tenants import gaps
from app.core.trusted_issuers import trusted_issuers
from app.db.backends import make_database, make_migration_target
from app.db.connection import Database
from app.db.errors import DatabaseError
from app.db.handles.accounts import find_account
from app.db.migrations import load_migrations, require_current
from app.http.server import require_free
from app.integrations.blob_store import BlobNotFound
from app.integrations.blob_stores import make_blob_store
from app.integrations.clamd import ScannerUnavailable, make_scanner
from app.integrations.jwks_http import HttpJwksSource
from app.kernel.start_up import explain, unknown_names
from app.parts import load_secrets, make_oidc_providers
from scripts._findings import Finding, Outcome, failed, ok, warning
from scripts._mssql_checks import check_mssql

_REDIS_SECONDS = 2.0
_NEEDED = {"ODBC driver", "connection", "database"}


def check_settings(settings: Settings) -> Iterator[Finding]:
    if not settings.is_production:
        yield warning(
            "settings", "ENVIRONMENT is development: weak keys, http and the local issuer are let in"
        )
    else:
        yield ok("settings", "production")
        if settings.public_url is None:
            yield failed("PUBLIC_URL", "is not set: clients are told http://HOST:PORT")
        if settings.are_docs_enabled:
            yield warning("DOCS_ENABLED", "the documentation pages are open to everybody")
        if settings.is_local_issuer_enabled:
            yield warning("LOCAL_ISSUER_ENABLED", "accounts of this service's own can sign in")
        if settings.enable_registration:
            yield warning("ENABLE_REGISTRATION", "anybody can make an account")
        if settings.db_type == "sqlite":
            yield warning("DB_TYPE", "sqlite: one machine, and its disk is the backup")
    yield from _problem_of_host(settings)
    yield from (warning(".env", sentence) for sentence in unknown_names())
    yield from (warning("rights", f"{path} can be read by others") for path in lax_paths(settings))
    yield from (warning("tenants", gap) for gap in gaps(settings))
    if len(settings.key_ring.keys) == 1:
        yield ok("PMA_SIGNING_KEYS", "one key")
    else:
        yield ok("PMA_SIGNING_KEYS", f"{len(settings.key_ring.keys)} keys; the first one signs")


def _problem_of_host(settings: Settings) -> Iterator[Finding]:
    """Whether the service could listen there. At which port is not asked: it may be running."""
    try:
        require_free(settings.model_copy(update={"port": 0}))
    except SettingFault as fault:
        yield failed("HOST", str(fault).removeprefix("HOST: "))


async def check_secrets(settings: Settings) -> AsyncIterator[Finding]:
    """The keys for secrets at rest, wherever they are."""
    if await load_secrets(settings, Tools(system_clock, new_uuid7, os.urandom)) is not None:
        yield ok("SECRET_KEYS", "can be had")


def check_keys(settings: Settings) -> Iterator[Finding]:
    """The files of this service's own keys: each can be read, or made."""
    files = [("AUDIT_KEY_FILE", settings.audit_key_file)]
    if settings.is_local_issuer_enabled:
        files.append(("LOCAL_ISSUER_KEY_FILE", settings.local_issuer_key_file))
    for name, path in files:
        if not path.exists():
            yield _can_be_made(name, path)
            continue
        try:
            load_or_create_key(path)
            yield ok(name, str(path))
        except ValueError as error:
            yield failed(name, str(error))
    for path in settings.audit_earlier_key_files:
        try:
            load_public_key(path)
            yield ok("AUDIT_EARLIER_KEY_FILES", str(path))
        except (OSError, ValueError) as error:
            yield failed("AUDIT_EARLIER_KEY_FILES", "; ".join(explain(error) or [str(error)]))


def _can_be_made(name: str, path: Path) -> Finding:
    directory = next(each for each in path.absolute().parents if each.exists())
    if directory.is_dir() and os.access(directory, os.W_OK):
        return ok(name, f"{path} is made on first use")
    return failed(name, f"{path} is not there, and {directory} takes no files")


async def check_broker(settings: Settings) -> AsyncIterator[Finding]:
    if settings.jobs_engine == "inline":
        return
    if find_spec("celery") is None:
        yield failed("JOBS_ENGINE", 'celery is not installed: pip install "celery~=5.7.0"')
        return
    from kombu.connection import Connection

    url = settings.jobs_broker_url.get_secret_value() if settings.jobs_broker_url else ""
    options = {"socket_timeout": _REDIS_SECONDS, "socket_connect_timeout": _REDIS_SECONDS}
    options = options if url.startswith("redis") else {}

    def connect() -> None:
        with Connection(url, connect_timeout=_REDIS_SECONDS, transport_options=options) as connection:  # type: ignore[no-untyped-call]
            connection.ensure_connection(max_retries=1, interval_start=0, timeout=_REDIS_SECONDS)
            connection.default_channel.close()

    try:
        await asyncio.wait_for(asyncio.to_thread(connect), 4 * _REDIS_SECONDS)
        yield ok("JOBS_BROKER_URL", "answers")
    except Exception as error:  # each transport has errors of its own
        yield failed("JOBS_BROKER_URL", f"does not answer: {type(error).__name__}")


async def check_redis(settings: Settings) -> AsyncIterator[Finding]:
    if settings.rate_limit_redis_url is None:
        return
    from redis.asyncio import Redis
    from redis.exceptions import RedisError

    redis = Redis.from_url(
        settings.rate_limit_redis_url.get_secret_value(),
        socket_timeout=_REDIS_SECONDS,
        socket_connect_timeout=_REDIS_SECONDS,
    )
    try:
        await cast(Awaitable[bool], redis.ping())
        yield ok("RATE_LIMIT_REDIS_URL", "answers")
    except (RedisError, OSError) as error:
        yield failed("RATE_LIMIT_REDIS_URL", f"does not answer: {type(error).__name__}")
    finally:
        await redis.aclose()


async def check_blobs(settings: Settings) -> AsyncIterator[Finding]:
    """Asks the store for a blob that is not there: whoever is told so is connected and let in. A directory is
    to be one that takes files."""
    if settings.blob_store == "local":
        writable = _can_be_made("files", settings.blob_local_root / "blob")
        is_failed = writable.outcome is Outcome.FAILED
        yield writable if is_failed else ok("files", f"local: {settings.blob_local_root}")
        return
    store = make_blob_store(settings, system_clock)
    try:
        await store.get("doctor/probe")
    except BlobNotFound:
        pass
    except BlobStoreUnavailable as error:
        reason = (error.details or {}).get("reason", "")
        yield failed("files", f"the store is away or refuses ({settings.blob_store}: {reason})")
        return
    finally:
        await store.aclose()
    yield ok("files", f"{settings.blob_store}: {settings.blob_container}")


async def check_scanner(settings: Settings) -> AsyncIterator[Finding]:
    scanner = make_scanner(settings)
    if scanner is None:
        if settings.file_scan_policy != "off":
            yield warning("FILE_SCAN_POLICY", "nothing is scanned without CLAMD_HOST or CLAMD_SOCKET")
        return
    if settings.file_scan_policy == "off":
        yield warning("FILE_SCAN_POLICY", "is off: clamd is not asked")
    try:
        await scanner.ping()
        yield ok("clamd", "answers")
    except ScannerUnavailable as error:
        yield failed("clamd", f"does not answer: {(error.details or {}).get('reason', '')}")


def check_sqlite(settings: Settings) -> Iterator[Finding]:
    path = Path(settings.db_name)
    if not path.exists():
        yield failed("database", f"{path} is not there. Run: python scripts/migrate.py up")
        return
    try:
        yield from _ask_sqlite(path)
    except sqlite3.Error as error:
        yield failed("database", f"{path}: {error}")


def _ask_sqlite(path: Path) -> Iterator[Finding]:
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True, timeout=5)) as connection:
        (answer,) = connection.execute("PRAGMA quick_check").fetchone()
        (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
        # Takes the lock that every change takes, and changes nothing.
        connection.execute("BEGIN IMMEDIATE")
        connection.rollback()
        yield ok("database", str(path)) if answer == "ok" else failed("database", f"{path}: {answer}")
        right = mode == "wal"
        yield (ok if right else failed)(
            "journal mode", mode if right else f"{mode}: readers wait for the writer"
        )


async def check_schema(settings: Settings) -> AsyncIterator[Finding]:
    migrations = load_migrations(settings.db_type)
    try:
        require_current(make_migration_target(settings), migrations)
        yield ok("schema", migrations[-1].name)
        database = make_database(settings)
        await database.open()
        try:
            async for finding in _check_admins(settings, database):
                yield finding
        finally:
            await database.close()
        count = len(database.registry)
        if database.proven == count:
            yield ok("queries", f"{count} compile against the schema")
        else:
            yield warning("queries", f"{database.proven} of {count} proven: this server cannot describe them")
    except (DatabaseError, sqlite3.Error) as error:
        yield failed("schema", str(error))


async def _check_admins(settings: Settings, database: Database) -> AsyncIterator[Finding]:
    """Whether each of ``PLATFORM_ADMINS`` is somebody who signs in here: a typing error is none."""
    for user_id in sorted(settings.appointed_admins):
        async with database.read() as tx:
            account = await find_account(tx, account_id=user_id)
        if account is None or account.verified_at is None:
            yield warning("PLATFORM_ADMINS", f"{user_id}: nobody has signed in with this id")
        elif account.status != "ACTIVE":
            yield warning("PLATFORM_ADMINS", f"{user_id}: this account is {account.status}")
        else:
            yield ok("PLATFORM_ADMINS", user_id)


async def check_issuers(settings: Settings) -> AsyncIterator[Finding]:
    source = HttpJwksSource()
    jwks = JwksCache(source, time.monotonic)
    try:
        matches = [*TrustedIssuers(trusted_issuers(settings, None))]
        for match in matches:
            if isinstance(match.issuer, LocalIssuer):
                continue
            try:
                await jwks.key(match, "doctor")
                yield ok("signing keys", match.iss)
            except IdentityProviderUnavailable:
                yield failed("signing keys", f"{match.iss}: cannot be fetched from here")
        if settings.is_local_issuer_enabled:
            yield ok("signing keys", "of the local issuer")
        elif not matches:
            yield failed("signing keys", "no issuer is trusted: nobody can sign in")
    finally:
        await jwks.aclose()
        await source.aclose()


async def check_browsers(settings: Settings) -> AsyncIterator[Finding]:
    """Whether each provider can be asked to sign somebody in, and what it is to be told."""
    source = HttpJwksSource()
    providers = make_oidc_providers(settings, source, Tools(system_clock, new_uuid7, os.urandom))
    names = [each.name for each in providers]
    try:
        for provider in providers:
            try:
                metadata = await provider.metadata()
            except IdentityProviderUnavailable:
                yield failed(
                    "OAUTH_PROVIDERS", f"{provider.name}: its discovery document cannot be used or had"
                )
                continue
            place = redirect_uri(settings.base_url, provider.name, names)
            yield ok("OAUTH_PROVIDERS", f"{provider.name}: the redirect URI to register there is {place}")
            if "end_session_endpoint" not in metadata:
                yield warning(
                    "OAUTH_PROVIDERS", f"{provider.name}: people stay signed in there at a sign-out"
                )
    finally:
        for provider in providers:
            await provider.aclose()
        await source.aclose()


async def _each(
    subject: str, check: Callable[[Settings], Iterator[Finding] | AsyncIterator[Finding]], settings: Settings
) -> AsyncIterator[Finding]:
    """What a check finds. One that cannot be made is a finding too, and keeps no other from being made."""
    try:
        found = check(settings)
        if isinstance(found, Iterator):
            for finding in found:
                yield finding
        else:
            async for finding in found:
                yield finding
    except Exception as error:
        sentences = explain(error)
        if sentences is None:
            raise
        yield failed(subject, "; ".join(sentences))


async def examine(settings: Settings) -> AsyncIterator[Finding]:
    """Every finding, in order."""
    is_there = True
    for subject, check in (
        ("settings", check_settings),
        ("database", check_mssql if settings.db_type == "mssql" else check_sqlite),
        ("schema", check_schema),
        ("files", check_blobs),
        ("clamd", check_scanner),
        ("keys", check_keys),
        ("SECRET_KEYS", check_secrets),
        ("RATE_LIMIT_REDIS_URL", check_redis),
        ("JOBS_BROKER_URL", check_broker),
        ("signing keys", check_issuers),
        ("OAUTH_PROVIDERS", check_browsers),
    ):
        if subject == "schema" and not is_there:
            continue
        async for finding in _each(subject, check, settings):
            is_there = is_there and not (finding.outcome is Outcome.FAILED and finding.subject in _NEEDED)
            yield finding


async def run() -> int:
    try:
        settings = Settings()
    except (OSError, ValueError) as error:
        for sentence in explain(error) or ():
            print(failed("settings", sentence))
        return 1
    outcomes = set()
    async for finding in examine(settings):
        print(finding, flush=True)
        outcomes.add(finding.outcome)
    return int(Outcome.FAILED in outcomes)


if __name__ == "__main__":
    sys.exit(asyncio.run(run()))
