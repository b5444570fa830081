"""How to reach a SQL Server, and the ODBC connection string that says so."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from app.core.config import Settings
from app.core.entra_tokens import EntraToken, EntraTokenUnavailable
from app.db.drivers import odbc_string
from app.db.drivers.mssql_entra import access_token_attribute, entra_token
from app.db.errors import DatabaseUnavailable

if TYPE_CHECKING:
    import pyodbc

_PORT = 1433
_DIAL_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class MssqlOptions:
    """Times are seconds. ``raw_connection_string``, where given, wins over all that it could say; it says
    nothing of the database.

    Who connects: ``entra_token`` where there is one, else ``user``, else the process's account (Kerberos).
    """

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
    entra_token: EntraToken | None = field(default=None, repr=False)
    session_context: bool = False
    pool_min: int = 1
    pool_max: int = 10
    acquire_timeout: float = 10.0
    login_timeout: float = 10.0
    statement_timeout: float = 30.0
    drain_timeout: float = 10.0
    pool_max_age: float = 1800.0

    def connect(self) -> Mapping[str, Any]:
        """The arguments of ``pyodbc.connect`` for a new connection. Blocks where a token is to be fetched.
        Raises ``DatabaseUnavailable`` when there is none to be had."""
        arguments: dict[str, Any] = {
            "dsn": self.connection_string(),
            "timeout": max(1, round(self.login_timeout)),
        }
        if self.entra_token is not None:
            try:
                arguments["attrs_before"] = access_token_attribute(self.entra_token())
            except EntraTokenUnavailable as error:
                raise DatabaseUnavailable(f"no Entra ID token: {error}") from None
        return arguments

    def reach(self) -> Mapping[str, Any]:
        """As ``connect``, once somebody listens at the server's port. Blocks for that too."""
        self._dial()
        return self.connect()

    def open(self) -> closing[pyodbc.Connection]:
        """A connection of a script's own, one commit a statement. Raises ``pyodbc.Error`` and
        ``DatabaseUnavailable``."""
        import pyodbc

        arguments = dict(self.reach())
        return closing(pyodbc.connect(arguments.pop("dsn"), autocommit=True, **arguments))

    def connection_string(self) -> str:
        """Keywords of Microsoft's driver, values escaped.

        https://learn.microsoft.com/sql/connect/odbc/dsn-connection-string-attribute
        """
        if self.raw_connection_string is not None:
            rest = f"{self.raw_connection_string};" if self.raw_connection_string else ""
            return f"{rest}DATABASE={odbc_string.braced(self.database)}"
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
        if self.entra_token is not None:
            pass  # with a token, the driver refuses a user, a password and Trusted_Connection
        elif self.user is not None:
            values |= {"UID": self.user, "PWD": self.password or ""}
        else:
            values["Trusted_Connection"] = "yes"
        return ";".join(f"{name}={odbc_string.braced(value)}" for name, value in values.items())

    def _dial(self) -> None:
        """Makes sure that somebody listens: the driver tries a refused port again and again until its login
        time-out is over, and then says no more than that. Raises ``DatabaseUnavailable``, in words."""
        place = self._address()
        if place is None:
            return
        host, port = place
        try:
            socket.create_connection(place, timeout=min(_DIAL_SECONDS, self.login_timeout)).close()
        except socket.gaierror:
            raise DatabaseUnavailable(f"there is no host {host}: see DB_SERVER") from None
        except ConnectionRefusedError:
            reason = "does the server run, is its TCP on, is the port right (DB_SERVER, DB_PORT)?"
            raise DatabaseUnavailable(f"nobody listens at {host}, port {port}: {reason}") from None
        except OSError as error:
            reason = f"{error.strerror or 'no answer'}; is a firewall in the way?"
            raise DatabaseUnavailable(f"{host}, port {port} is not to be reached: {reason}") from None

    def _address(self) -> tuple[str, int] | None:
        """Where the server listens; None where only the driver can tell (a data source, a named instance, a
        pipe), or where another address will do as well (a mirror, a listener in several subnets)."""
        server, port, spread = self.server, self.port, self.multi_subnet_failover
        if self.raw_connection_string is not None:
            said = list(odbc_string.pairs(self.raw_connection_string))
            server = next((each.value for each in said if each.is_named("server", "address", "addr")), "")
            port = None
            spread = any(
                each.is_named("failover_partner")
                or (each.is_named("multisubnetfailover") and each.value.lower() == "yes")
                for each in said
            )
        host, _, written = server.removeprefix("tcp:").partition(",")
        if spread or not host or any(mark in host for mark in "\\/()") or host.startswith(("np:", "lpc:")):
            return None
        number = str(port or written.strip() or _PORT)
        return (host.strip().strip("[]"), int(number)) if number.isdecimal() else None

    def on(self, database: str) -> MssqlOptions:
        """The same server, another database."""
        return replace(self, database=database)


def mssql_options(settings: Settings) -> MssqlOptions:
    raw, password = settings.db_connection_string, settings.db_password
    rest, database = _without_database(raw.get_secret_value()) if raw else (None, None)
    return MssqlOptions(
        server=settings.db_server,
        database=database or settings.db_name,
        port=settings.db_port,
        user=settings.db_user,
        password=password.get_secret_value() if password else None,
        driver=settings.db_driver,
        encrypt=settings.db_encrypt,
        trust_server_certificate=settings.db_trust_server_certificate,
        multi_subnet_failover=settings.db_multi_subnet_failover,
        raw_connection_string=rest,
        pool_min=settings.db_pool_min,
        pool_max=settings.db_pool_max,
        acquire_timeout=settings.db_acquire_timeout_seconds,
        login_timeout=settings.db_login_timeout_seconds,
        statement_timeout=settings.db_statement_timeout_seconds,
        drain_timeout=settings.db_drain_timeout_seconds,
        pool_max_age=settings.db_pool_max_age_seconds,
        entra_token=entra_token(settings),
        session_context=settings.db_session_context,
    )


def _without_database(connection_string: str) -> tuple[str, str | None]:
    """The string without its DATABASE, and that; of several, the first counts."""
    said = list(odbc_string.pairs(connection_string))
    rest = ";".join(each.text for each in said if not each.is_named("database"))
    return rest, next((each.value for each in said if each.is_named("database")), None)
