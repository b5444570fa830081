"""How to reach a SQL Server, and the ODBC connection string that says so."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from app.core.config import Settings


@dataclass(frozen=True, slots=True)
class MssqlOptions:
    """Time-outs are seconds. ``connection_string``, where given, wins over all that it could say."""

    server: str
    database: str
    port: int | None = None
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    driver: str = "ODBC Driver 18 for SQL Server"
    encrypt: str = "yes"
    trust_server_certificate: bool = False
    multi_subnet_failover: bool = False
    raw_connection_string: str | None = field(default=None, repr=False)
    pool_min: int = 1
    pool_max: int = 10
    acquire_timeout: float = 10.0
    login_timeout: float = 10.0
    statement_timeout: float = 30.0
    drain_timeout: float = 10.0

    def connection_string(self) -> str:
        """Keywords of Microsoft's driver, values escaped.

        https://learn.microsoft.com/sql/connect/odbc/dsn-connection-string-attribute
        """
        if self.raw_connection_string is not None:
            return self.raw_connection_string
        server = self.server if self.port is None else f"{self.server},{self.port}"
        values = {
            "DRIVER": self.driver,
            "SERVER": server,
            "DATABASE": self.database,
            "Encrypt": self.encrypt,
            "TrustServerCertificate": "yes" if self.trust_server_certificate else "no",
            "MultiSubnetFailover": "Yes" if self.multi_subnet_failover else "No",
            "APP": "pm-assist",
        }
        if self.user is not None:
            values |= {"UID": self.user, "PWD": self.password or ""}
        else:
            values["Trusted_Connection"] = "yes"
        return ";".join(f"{name}={_braced(value)}" for name, value in values.items())

    def on(self, database: str) -> MssqlOptions:
        """The same server, another database."""
        if self.raw_connection_string is None:
            return replace(self, database=database)
        # ODBC takes the first of a keyword that stands twice.
        return replace(
            self, raw_connection_string=f"DATABASE={_braced(database)};{self.raw_connection_string}"
        )


def mssql_options(settings: Settings) -> MssqlOptions:
    raw, password = settings.db_connection_string, settings.db_password
    return MssqlOptions(
        server=settings.db_server,
        database=settings.db_name,
        port=settings.db_port,
        user=settings.db_user,
        password=password.get_secret_value() if password else None,
        driver=settings.db_driver,
        encrypt=settings.db_encrypt,
        trust_server_certificate=settings.db_trust_server_certificate,
        multi_subnet_failover=settings.db_multi_subnet_failover,
        raw_connection_string=raw.get_secret_value() if raw else None,
        pool_min=settings.db_pool_min,
        pool_max=settings.db_pool_max,
        acquire_timeout=settings.db_acquire_timeout_seconds,
        login_timeout=settings.db_login_timeout_seconds,
        statement_timeout=settings.db_statement_timeout_seconds,
        drain_timeout=settings.db_drain_timeout_seconds,
    )


def _braced(value: str) -> str:
    """A value in braces may hold anything; a closing brace is doubled.

    https://learn.microsoft.com/openspecs/sql_server_protocols/ms-odbcstr
    """
    return "{" + value.replace("}", "}}") + "}"
