"""Watches the write transactions of an application take their locks in the one order.

SQLite has one writer, so two transactions that would wait for each other on SQL Server pass there unseen. What
can be seen on either is the order in which each takes what the others want: accounts (of several, that of the
lower id first), throttles of sign-in (likewise), organisation, connection of its directory, workspace, project, columns of boards (likewise),
tasks, workflow instances, requests for approval, the organisation's counts, then the heads of the logs. Of several tasks any order is taken
for right: whoever takes some of one project holds that, or is run again where it is a deadlock's victim.

Whoever refers to an account takes its row for a moment too: on SQL Server a foreign key is checked against the
account's row itself (PK_UserAccount is its clustered index), and waits for who holds it. So a transaction that
writes such a reference has that account's guard row before any other.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

from app.db.connection import Database, WriteTransaction
from app.db.statements import QueryRegistry, RawRow, Statement

MIGRATIONS = Path(__file__).resolve().parents[1] / "sql/migrations/mssql"
RANKS = (
    "UserAccount",
    "SignInThrottle",
    "Organization",
    "ScimConnection",
    "Workspace",
    "Project",
    "BoardColumn",
    "Task",
    "WorkflowInstance",
    "ConnectorBinding",
    "OkrCycle",
    "Objective",
    "KeyResult",
    "ApprovalRequest",
    "OrganizationUsage",
    "PlatformHead",
    "WorkspaceHead",
)
KEYS = ("id", "org_id", "workspace_id", "throttle_key", "scope_id")
BY_ID = (
    "Project",
    "BoardColumn",
    "WorkflowInstance",
    "ConnectorBinding",
    "OkrCycle",
    "Objective",
    "KeyResult",
    "ApprovalRequest",
)
"""Whose guard rows are named by id alone; what is said of all columns of a board is said of rows that are held."""
CHAINS = ("user", "org", "platform")
ACCOUNTS = RANKS.index("UserAccount")
Lock = tuple[int, int, str]
"""The rank of the table, that of the chain, and which row."""


@cache
def references() -> frozenset[tuple[str, str]]:
    """Tables and columns that refer to an account."""
    found = set()
    for path in sorted(MIGRATIONS.glob("*.sql")):
        for table, body in re.findall(r"CREATE TABLE dbo\.(\w+) \((.*?)^\);", path.read_text(), re.S | re.M):
            for column in re.findall(r"FOREIGN KEY \((\w+)\) REFERENCES dbo\.UserAccount", body):
                found.add((table, column))
    return frozenset(found)


@cache
def _assignments(sql: str) -> tuple[str, str, dict[str, str], dict[str, str]]:
    """Verb, table, parameters by the column they are written to, and by the one they are compared with."""
    text = re.sub(r"--[^\n]*", "", sql).strip()
    if made := re.match(r"INSERT INTO (\w+) \((.*?)\)\s*(?:VALUES \((.*)\)|SELECT ([^,]*))", text, re.S):
        columns = [name.strip() for name in made[2].split(",")]
        # Of a SELECT the first column, which is the id where rows have one.
        values = [value.strip() for value in (made[3] or made[4]).split(",")]
        return "INSERT", made[1], dict(zip(columns, values, strict=False)), {}
    if changed := re.match(r"UPDATE (\w+)\b.*?\bSET (.*?)\bWHERE (.*)", text, re.S):
        written = dict(re.findall(r"(\w+) = ([@:]\w+)", changed[2]))
        return "UPDATE", changed[1], written, dict(re.findall(r"(\w+) = ([@:]\w+)", changed[3]))
    if gone := re.match(r"DELETE FROM (\w+) WHERE (.*)", text, re.S):
        return "DELETE", gone[1], {}, dict(re.findall(r"(\w+) = ([@:]\w+)", gone[2]))
    return "", "", {}, {}


class Watched(WriteTransaction):
    """A transaction, and what it has taken so far."""

    def __init__(self, inner: WriteTransaction) -> None:
        self._inner = inner
        self._held: dict[Lock, str] = {}
        self._made: set[str] = set()
        self._has_moved_row = False

    @property
    def registry(self) -> QueryRegistry:
        return self._inner.registry

    async def rows(self, statement: Statement, values: Mapping[str, Any]) -> Sequence[RawRow]:
        self._see(statement, values)
        return await self._inner.rows(statement, values)

    async def execute(self, statement: Statement, values: Mapping[str, Any]) -> int:
        self._see(statement, values)
        return await self._inner.execute(statement, values)

    def queue(self, statement: Statement, values: Mapping[str, Any]) -> None:
        self._see(statement, values)
        self._inner.queue(statement, values)

    def savepoint(self) -> AbstractAsyncContextManager[None]:
        return self._inner.savepoint()

    def _see(self, statement: Statement, values: Mapping[str, Any]) -> None:
        verb, table, written, compared = _assignments(statement.sql)

        def given(text: str | None) -> str:
            return str(values.get(text[1:], "")) if text else ""

        if verb == "INSERT" and table in RANKS[: RANKS.index("PlatformHead")]:
            # Nobody else can want it before this commits.
            self._made.add(given(next((written[key] for key in KEYS if key in written), None)))
        for column, text in written.items():
            account = given(text)
            if (table, column) in references() and values.get(text[1:]) is not None:
                self._require_account(account, f"{statement.name} refers to an account by {column}")
        if verb == "UPDATE" and table == "Workspace" and "list_key" in written:
            # The key of the clustered index: the row moves, and entries of the log refer to it.
            self._has_moved_row = True
        if verb in ("UPDATE", "DELETE") and table in RANKS:
            keys = ("id",) if table in BY_ID else KEYS
            by = next((compared[key] for key in keys if key in compared), None)
            chain = CHAINS.index(given(compared["scope_type"])) if table == "PlatformHead" else 0
            is_late = table == "WorkspaceHead" and self._has_moved_row and not self._has(table)
            assert not is_late, f"{statement.name} comes after the row has moved that an entry refers to"
            if by is not None:
                is_other_task = table == "Task" and given(by) not in self._made
                row = "any" if is_other_task else given(by)
                self._take((RANKS.index(table), chain, row), statement.name)

    def _has(self, table: str) -> bool:
        return any(rank == RANKS.index(table) for rank, *_ in self._held)

    def _require_account(self, account: str, what: str) -> None:
        if (ACCOUNTS, 0, account) in self._held or account in self._made:
            return
        others = [name for (rank, *_), name in self._held.items() if rank != ACCOUNTS]
        assert not others, f"{what}, whose guard row comes before {others}"

    def _take(self, lock: Lock, name: str) -> None:
        if lock in self._held or (lock[2] in self._made and lock[0] < RANKS.index("PlatformHead")):
            return
        later = [each for held, each in self._held.items() if held > lock]
        assert not later, f"{name} comes after {later}, which the order of locks has later"
        self._held[lock] = name


def watch(database: Database) -> None:
    """From now on a write transaction that takes a lock out of order ends with an AssertionError."""
    write = database.driver.write

    @asynccontextmanager
    async def watched() -> AsyncIterator[WriteTransaction]:
        async with write() as tx:
            yield Watched(tx)

    database.driver.write = watched  # type: ignore[method-assign]
