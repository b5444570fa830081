"""Which engine: the one place that turns ``DB_TYPE`` into a driver and a migration target."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from app.core.config import Settings
from app.db.connection import Database, Dialect, Driver
from app.db.migrations import Migration, MigrationTarget
from app.db.queries import Observer, QueryRegistry, load_queries


def make_database(settings: Settings, observe: Observer | None = None) -> Database:
    """Loads and checks all queries, and makes the driver; nothing is connected yet. Raises
    ``QueryContractError``."""
    registry = _queries(settings.db_type).observed_by(observe)
    return Database(_make_driver(settings, registry), registry)


def make_migration_target(settings: Settings) -> MigrationTarget:
    if settings.db_type == "mssql":
        from app.db.drivers.mssql_migrations import MssqlMigrationTarget
        from app.db.drivers.mssql_options import mssql_options

        return MssqlMigrationTarget(mssql_options(settings))
    from app.db.drivers.sqlite_migrations import SqliteMigrationTarget

    return SqliteMigrationTarget(Path(settings.db_name))


def migration_script(dialect: Dialect, migrations: Sequence[Migration]) -> str:
    """Migrations as one script for a DBA to run; nothing is connected."""
    if dialect == "mssql":
        from app.db.drivers import mssql_migrations

        return mssql_migrations.as_script(migrations)
    from app.db.drivers import sqlite_migrations

    return sqlite_migrations.as_script(migrations)


@cache
def _queries(dialect: Dialect) -> QueryRegistry:
    """Read and checked once a process, however many applications it makes."""
    return load_queries(dialect)


def _make_driver(settings: Settings, registry: QueryRegistry) -> Driver:
    # Imported when chosen: an installation on SQLite needs no ODBC driver manager.
    if settings.db_type == "mssql":
        from app.db.drivers.mssql import MssqlDriver
        from app.db.drivers.mssql_options import mssql_options

        return MssqlDriver(mssql_options(settings), registry)
    from app.db.drivers.sqlite import SqliteDriver
    from app.db.drivers.sqlite_connection import SqliteOptions

    options = SqliteOptions(
        path=Path(settings.db_name),
        readers=settings.sqlite_readers,
        busy_timeout=settings.sqlite_busy_timeout_seconds,
        acquire_timeout=settings.db_acquire_timeout_seconds,
    )
    return SqliteDriver(options, registry)
