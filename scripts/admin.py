"""Runs an admin script of sql/admin by its name: python scripts/admin.py NAME --parameter value …

Without a name it lists them. The same files can be run by a DBA with sqlcmd, SSMS or the sqlite3 shell.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sqlite3
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from app.core.config import Settings
from app.core.issuers import GUID
from app.db.drivers.sqlite_migrations import statements
from app.db.errors import DatabaseError
from app.kernel.start_up import explained

ADMIN = Path(__file__).resolve().parents[1] / "sql" / "admin"
_PARAM = re.compile(r"-- param: (\w+) (uuid|text|int|bool)(\?)?(?: = (\S+))?  (.+)")


def _uuid(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no UUID") from None


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number") from None


def _bool(text: str) -> bool:
    if text not in ("0", "1"):
        raise argparse.ArgumentTypeError(f"{text!r} is neither 0 nor 1")
    return text == "1"


def _told(value: Any) -> Any:
    """Ids in lower case, as everywhere, whoever wrote them; anything else as it is."""
    return value.lower() if isinstance(value, str) and GUID.fullmatch(value.lower()) else value


_TYPES: Mapping[str, Callable[[str], Any]] = {
    "uuid": _uuid,
    "text": _told,
    "int": _number,
    "bool": _bool,
}


@dataclass(frozen=True)
class Param:
    name: str
    type: str
    is_nullable: bool
    default: str | None
    meaning: str

    @property
    def is_required(self) -> bool:
        return self.default is None


@dataclass(frozen=True)
class ResultSet:
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


@dataclass(frozen=True)
class Script:
    """A script with what its head says: its purpose, and its parameters in order."""

    path: Path
    text: str
    head: str
    params: tuple[Param, ...]

    @property
    def purpose(self) -> str:
        found = re.search(r"^-- What: (.+)$", self.head, re.MULTILINE)
        return found[1] if found else ""


def load(dialect: str) -> dict[str, Script]:
    """The scripts of a dialect by name."""
    return {path.stem: _read(path) for path in sorted((ADMIN / dialect).glob("*.sql"))}


def _read(path: Path) -> Script:
    text = path.read_text(encoding="utf-8")
    head = "\n".join(re.findall(r"^--.*$", text, re.MULTILINE))
    params = tuple(
        Param(name, kind, bool(nullable), default or None, meaning)
        for name, kind, nullable, default, meaning in _PARAM.findall(head)
    )
    return Script(path, text, head, params)


def run(settings: Settings, script: Script, values: Mapping[str, Any]) -> list[ResultSet]:
    """Runs it with the values given, the others at their defaults, and answers every result set. Raises
    ``DatabaseError``, ``sqlite3.Error`` or ``pyodbc.Error``; nothing is left half done then."""
    if settings.db_type == "mssql":
        return list(_run_mssql(settings, script, values))
    return list(_run_sqlite(settings, script, values))


def _run_sqlite(settings: Settings, script: Script, values: Mapping[str, Any]) -> Iterator[ResultSet]:
    path = Path(settings.db_name)
    if not path.exists():
        raise DatabaseError(f"there is no database {path}")
    given = {param.name: _default(param) for param in script.params} | dict(values)
    with closing(
        sqlite3.connect(path, isolation_level=None, timeout=settings.sqlite_busy_timeout_seconds)
    ) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.create_function("sha256", 1, _sha256, deterministic=True)
        connection.create_function("uuid", 0, lambda: str(uuid.uuid4()))
        for statement in statements(script.text):
            cursor = connection.execute(statement, given)
            if cursor.description:
                yield ResultSet(tuple(column[0] for column in cursor.description), cursor.fetchall())


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _default(param: Param) -> Any:
    if param.default is None or param.default == "NULL":
        return None
    return _TYPES[param.type](param.default)


def _run_mssql(settings: Settings, script: Script, values: Mapping[str, Any]) -> Iterator[ResultSet]:
    from app.db.drivers.mssql_options import mssql_options

    text, given = bind_declarations(script.text, values)
    with mssql_options(settings).open() as connection:
        cursor = connection.execute(text, *given)
        while True:
            if cursor.description:
                columns = tuple(column[0] for column in cursor.description)
                yield ResultSet(columns, [tuple(map(_told, row)) for row in cursor.fetchall()])
            if not cursor.nextset():
                return


def bind_declarations(text: str, values: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """The script with ``DECLARE @name TYPE = default`` bound to the values given, and these in order."""
    given: list[Any] = []

    def bind(match: re.Match[str]) -> str:
        if match[2] not in values:
            return match[0]
        given.append(values[match[2]])
        return f"{match[1]}= ?;"

    return re.sub(r"^(DECLARE @(\w+) [^=\n]*)=[^;\n]*;", bind, text, flags=re.MULTILINE), given


def main(arguments: Sequence[str]) -> int:
    settings = Settings()
    scripts = load(settings.db_type)
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="answer JSON, a list of rows a result set")
    commands = parser.add_subparsers(dest="name", metavar="NAME")
    for name, script in scripts.items():
        command = commands.add_parser(name, help=script.purpose, description=script.head.replace("-- ", ""),
                                      formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
        for param in script.params:
            command.add_argument(
                f"--{param.name.replace('_', '-')}",
                dest=param.name,
                type=_TYPES[param.type],
                required=param.is_required,
                default=argparse.SUPPRESS,
                help=f"{param.meaning}{f' Default: {param.default}.' if param.default else ''}",
            )
    given = vars(parser.parse_args(arguments))
    name, as_json = given.pop("name"), given.pop("json")
    if name is None:
        parser.print_help()
        return 2
    try:
        results = run(settings, scripts[name], given)
    except Exception as error:
        if not isinstance(error, DatabaseError | sqlite3.Error) and type(error).__module__ != "pyodbc":
            raise
        print(f"{name}: {error}", file=sys.stderr)
        return 1
    _print(results, as_json=as_json)
    return 0


def _print(results: list[ResultSet], *, as_json: bool) -> None:
    if as_json:
        sets = [[dict(zip(each.columns, row, strict=True)) for row in each.rows] for each in results]
        print(json.dumps(sets, default=str, indent=1))
        return
    for each in results:
        lines = [
            each.columns,
            *([("" if value is None else str(value)) for value in row] for row in each.rows),
        ]
        widths = [max(len(line[index]) for line in lines) for index in range(len(each.columns))]
        for number, line in enumerate(lines):
            print("  ".join(value.ljust(width) for value, width in zip(line, widths, strict=True)).rstrip())
            if number == 0:
                print("  ".join("-" * width for width in widths))
        print(f"({len(each.rows)} rows)\n")


if __name__ == "__main__":
    with explained():
        sys.exit(main(sys.argv[1:]))
