"""Which engine: the one place that turns ``DB_TYPE`` into a driver and a migration target."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from app.core.config import Settings
from app.db.binding import load_queries
from app.db.connection import Database, Driver
from app.db.errors import DatabaseUnavailable
from app.db.migrations import Migration, MigrationTarget
from app.db.statements import Dialect, Observer, QueryRegistry

NO_ODBC = (
    "SQL Server is reached through unixODBC (libodbc.so.2), which is not installed here. "
    "On Debian and Ubuntu: apt install unixodbc; README, 'SQL Server', has the others."
)


def make_database(settings: Settings, observe: Observer | None = None) -> Database:
    """Loads and checks all queries, and makes the driver; nothing is connected yet. Raises
    ``QueryContractError``, and ``DatabaseUnavailable`` where there is no ODBC for SQL Server."""
    registry = _queries(settings.db_type).observed_by(observe)
    return Database(_make_driver(settings, registry), registry)


def make_migration_target(settings: Settings) -> MigrationTarget:
    """Raises ``DatabaseUnavailable`` where there is no ODBC for SQL Server."""
    if settings.db_type == "mssql":
        with _odbc():
            from app.db.drivers.mssql_migrations import MssqlMigrationTarget
        from app.db.drivers.mssql_options import mssql_options

        return MssqlMigrationTarget(mssql_options(settings))
    from app.db.drivers.sqlite_migrations import SqliteMigrationTarget

    return SqliteMigrationTarget(Path(settings.db_name))


def migration_script(dialect: Dialect, migrations: Sequence[Migration]) -> str:
    """Migrations as one script for a DBA to run; nothing is connected."""
    if dialect == "mssql":
        from app.db.drivers import mssql_scripts

        return mssql_scripts.as_script(migrations)
    from app.db.drivers import sqlite_migrations

    return sqlite_migrations.as_script(migrations)


@cache
def _queries(dialect: Dialect) -> QueryRegistry:
    """Read and checked once a process, however many applications it makes."""
    return load_queries(dialect)


def _make_driver(settings: Settings, registry: QueryRegistry) -> Driver:
    # Imported when chosen: an installation on SQLite needs no ODBC driver manager.
    if settings.db_type == "mssql":
        with _odbc():
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


@contextmanager
def _odbc() -> Iterator[None]:
    """pyodbc's own error names a file that nobody has heard of."""
    try:
        yield
    except ImportError:
        raise DatabaseUnavailable(NO_ODBC) from None
