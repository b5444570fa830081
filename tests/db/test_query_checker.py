"""The tenant-scope proof against queries that try to get around it, and its controls."""

from __future__ import annotations

import dataclasses
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeAlias

import pytest

from app.db.migrations import ROOT as MIGRATIONS
from app.db.query_files import QueryFile
from app.db.statements import DIALECTS, QueryRegistry
from scripts.check_queries import check, check_text, main, show
from scripts.query_plans import migrated_and_filled, plan_problems
from scripts.query_schema import read_schema
from tests.databases import queries

Prove: TypeAlias = Callable[..., list[str]]

SCHEMAS = {dialect: read_schema(MIGRATIONS / dialect) for dialect in DIALECTS}

M = "SELECT m.id FROM WorkspaceMember AS m"
HELD = "m.workspace_id = @workspace_id"

EVASIONS: dict[str, str] = {
    "nothing": M,
    "only another column": f"{M} WHERE m.id = @id",
    "or": f"{M} WHERE {HELD} OR m.id = @id",
    "or behind a parenthesis": f"{M} WHERE m.id = @id AND ({HELD} OR 1 = 1)",
    "not": f"{M} WHERE NOT ({HELD})",
    "not equal": f"{M} WHERE m.workspace_id <> @workspace_id",
    "greater": f"{M} WHERE m.workspace_id >= @workspace_id",
    "like": f"{M} WHERE m.workspace_id LIKE @workspace_id",
    "is null or": f"{M} WHERE (@workspace_id IS NULL OR {HELD})",
    "case": f"{M} WHERE CASE WHEN {HELD} THEN 1 ELSE 1 END = 1",
    "in a comment": f"{M} WHERE m.id = @id -- {HELD}",
    "in a block comment": f"{M} /* WHERE {HELD} */ WHERE m.id = @id",
    "in a string": f"{M} WHERE m.id = '{HELD}'",
    "the parameter with itself": f"{M} WHERE @workspace_id = @workspace_id",
    "the column with itself": f"{M} WHERE m.workspace_id = m.workspace_id",
    "another parameter": f"{M} WHERE m.workspace_id = @id",
    "the user as workspace": f"{M} WHERE m.workspace_id = @user_id",
    "another table's alias": (
        "SELECT m.id FROM WorkspaceMember AS m JOIN AuditLog AS a ON a.actor_id = m.user_id"
        " WHERE a.workspace_id = @workspace_id"
    ),
    "a bare name that two tables have": (
        "SELECT m.id FROM WorkspaceMember AS m JOIN AuditLog AS a ON a.actor_id = m.user_id"
        " WHERE workspace_id = @workspace_id"
    ),
    "second table free": (
        f"SELECT m.id FROM WorkspaceMember AS m JOIN AuditLog AS a ON a.actor_id = m.user_id WHERE {HELD}"
    ),
    "cross join": f"SELECT m.id FROM WorkspaceMember AS m CROSS JOIN AuditLog AS a WHERE {HELD}",
    "join in parentheses": f"SELECT m.id FROM (WorkspaceMember AS m JOIN AuditLog AS a ON a.actor_id = m.user_id) WHERE {HELD}",
    "cross apply": f"SELECT m.id FROM WorkspaceMember AS m CROSS APPLY AuditLog AS a WHERE {HELD}",
    "in a table": f"{M} WHERE {HELD} AND m.user_id IN AuditLog",
    "comma join": f"SELECT m.id FROM WorkspaceMember AS m, AuditLog AS a WHERE {HELD}",
    "left join that constrains the left": (
        "SELECT m.id FROM WorkspaceMember AS m LEFT JOIN WorkspaceHead AS h"
        f" ON h.workspace_id = @workspace_id AND {HELD}"
    ),
    "right join": (
        f"SELECT h.audit_seq FROM WorkspaceMember AS m RIGHT JOIN WorkspaceHead AS h"
        f" ON h.workspace_id = m.workspace_id WHERE {HELD} AND h.workspace_id = @workspace_id"
    ),
    "another schema's table": f"SELECT m.id FROM archive.WorkspaceMember AS m WHERE {HELD}",
    "an alias that hides the one outside": (
        f"{M} WHERE {HELD} AND EXISTS (SELECT 1 FROM AuditLog AS m WHERE m.workspace_id = m.workspace_id)"
    ),
    "on conflict": (
        "INSERT INTO WorkspaceMember (id, workspace_id) VALUES (@id, @workspace_id)"
        " ON CONFLICT (id) DO UPDATE SET role = 'OWNER'"
    ),
    "assignment to the parameter": f"SELECT @workspace_id = m.id FROM WorkspaceMember AS m WHERE {HELD}",
    "subquery free": f"{M} WHERE {HELD} AND m.user_id IN (SELECT a.actor_id FROM AuditLog AS a)",
    "exists free": f"{M} WHERE {HELD} AND EXISTS (SELECT 1 FROM AuditLog AS a WHERE a.actor_id = m.user_id)",
    "subquery in the list": f"SELECT (SELECT MAX(a.seq) FROM AuditLog AS a) AS seq FROM WorkspaceMember AS m WHERE {HELD}",
    "derived table": "SELECT d.id FROM (SELECT m.id, m.workspace_id FROM WorkspaceMember AS m) AS d",
    "cte": f"WITH everyone AS ({M}) SELECT e.id FROM everyone AS e",
    "cte that hides a table": (
        "WITH WorkspaceMember AS (SELECT a.id, a.workspace_id FROM AuditLog AS a WHERE a.workspace_id = @workspace_id)"
        " SELECT m.id FROM WorkspaceMember AS m"
    ),
    "union, second arm": f"{M} WHERE {HELD} UNION ALL {M}",
    "held outside, free inside": (
        f"SELECT m.id FROM WorkspaceMember AS m WHERE {HELD}"
        " AND m.id IN (SELECT x.id FROM WorkspaceMember AS x WHERE x.user_id = m.user_id)"
    ),
    "update free": "UPDATE WorkspaceMember SET role = @id",
    "update by id": "UPDATE WorkspaceMember SET role = @id WHERE id = @id",
    "update or": "UPDATE WorkspaceMember SET role = @id WHERE workspace_id = @workspace_id OR id = @id",
    "update that moves a row": (
        "UPDATE WorkspaceMember SET workspace_id = @id WHERE workspace_id = @workspace_id"
    ),
    "delete free": "DELETE FROM AuditLog",
    "delete by id": "DELETE FROM WorkspaceMember WHERE id = @id",
    "insert elsewhere": "INSERT INTO WorkspaceHead (workspace_id, audit_seq, audit_hash) VALUES (@id, 0, 'x')",
    "insert without the column": "INSERT INTO WorkspaceHead (audit_seq, audit_hash) VALUES (0, @id)",
    "insert without columns": "INSERT INTO WorkspaceHead VALUES (@workspace_id, 0, 'x')",
    "insert, second row": (
        "INSERT INTO WorkspaceHead (workspace_id, audit_seq, audit_hash)"
        " VALUES (@workspace_id, 0, 'x'), (@id, 0, 'x')"
    ),
    "insert select elsewhere": (
        "INSERT INTO WorkspaceHead (workspace_id, audit_seq, audit_hash)"
        " SELECT w.id, 0, 'x' FROM Workspace AS w WHERE w.id = @workspace_id AND w.name = @id"
    ),
    "insert select free": (
        "INSERT INTO WorkspaceHead (workspace_id, audit_seq, audit_hash)"
        " SELECT @workspace_id, a.seq, a.entry_hash FROM AuditLog AS a"
    ),
    "insert a workspace of another id": (
        "INSERT INTO Workspace (id, name, created_by, created_at, updated_at, list_key)"
        " VALUES (@id, 'n', 'u', 't', 't', 'k')"
    ),
    "accounts of everybody": "SELECT u.id FROM UserAccount AS u",
    "accounts of everybody beside": (
        f"SELECT u.id FROM UserAccount AS u CROSS JOIN WorkspaceMember AS m WHERE {HELD}"
    ),
    "a table that belongs to nobody": "SELECT t.failures FROM SignInThrottle AS t",
    "a table that does not exist": "SELECT x.id FROM Nothing AS x",
    "not SQL": "SELEC id FRM Workspace",
}  # fmt: skip


@pytest.fixture
def prove(tmp_path: Path) -> Prove:
    def run(sql: str, scope: str = "workspace", fields: tuple[str, ...] | None = None) -> list[str]:
        names = [name for name in ("workspace_id", "user_id", "id") if f"@{name}" in sql]
        params = "".join(f"-- param: {name} text\n" for name in names)
        path = tmp_path / "evil.sql"
        path.write_text(f"-- name: evil :many\n-- Evil.\n{params}-- returns: X\n-- scope: {scope}\n{sql}\n")
        (query,) = QueryFile(path).queries
        return [str(problem) for problem in check_text(query, fields, SCHEMAS)]

    return run


@pytest.mark.parametrize("name", EVASIONS)
def test_an_evasion_is_refused_in_both_dialects_with_its_place(prove: Prove, name: str) -> None:
    problems = prove(EVASIONS[name])
    line = 5 + sum(f"@{each}" in EVASIONS[name] for each in ("workspace_id", "user_id", "id"))
    for dialect in DIALECTS:
        if name == "not SQL" and dialect == "mssql":
            continue  # one parse error is enough
        assert any(problem.startswith(f"evil.sql:{line}: evil ({dialect})") for problem in problems), problems


CONTROLS: dict[str, tuple[str, str]] = {
    "held": ("workspace", f"{M} WHERE {HELD}"),
    "held the other way round": ("workspace", f"{M} WHERE @workspace_id = m.workspace_id"),
    "held in parentheses": ("workspace", f"{M} WHERE (({HELD}) AND (m.id = @id OR m.role = @id))"),
    "held by a bare name": ("workspace", "SELECT id FROM WorkspaceMember WHERE workspace_id = @workspace_id"),
    "held through a join": (
        "workspace",
        "SELECT m.id FROM Workspace AS w JOIN WorkspaceMember AS m ON m.workspace_id = w.id WHERE w.id = @workspace_id",
    ),
    "left join held by its own condition": (
        "workspace",
        "SELECT w.id FROM Workspace AS w LEFT JOIN WorkspaceMember AS m ON m.workspace_id = w.id WHERE w.id = @workspace_id",
    ),
    "correlated": (
        "workspace",
        f"{M} WHERE {HELD} AND EXISTS (SELECT 1 FROM AuditLog AS a WHERE a.workspace_id = m.workspace_id)",
    ),
    "accounts of the members": (
        "workspace",
        f"SELECT u.id FROM WorkspaceMember AS m JOIN UserAccount AS u ON u.id = m.user_id WHERE {HELD}",
    ),
    "union of held arms": ("workspace", f"{M} WHERE {HELD} UNION ALL {M} WHERE {HELD} AND m.role = @id"),
    "update": ("workspace", "UPDATE WorkspaceMember SET role = @id WHERE workspace_id = @workspace_id"),
    "insert": (
        "workspace",
        "INSERT INTO WorkspaceHead (workspace_id, audit_seq, audit_hash) VALUES (@workspace_id, 0, @id)",
    ),
    "the caller's memberships": ("caller", f"{M} WHERE m.user_id = @user_id"),
    "the caller's workspaces": (
        "caller",
        "SELECT w.id FROM WorkspaceMember AS m JOIN Workspace AS w ON w.id = m.workspace_id WHERE m.user_id = @user_id",
    ),
    "the caller's account": ("caller", "SELECT u.id FROM UserAccount AS u WHERE u.id = @user_id"),
    "global with a reason": ("global the sign-in", "SELECT u.id FROM UserAccount AS u WHERE u.id = @id"),
    "global over tenants, said so": ("global tenant: a nightly job", f"{M} WHERE m.id = @id"),
}


@pytest.mark.parametrize("name", CONTROLS)
def test_an_honest_query_is_proven(prove: Prove, name: str) -> None:
    scope, sql = CONTROLS[name]
    assert prove(sql, scope) == []


@pytest.mark.parametrize(
    ("scope", "sql"),
    [
        ("caller", f"{M} WHERE {HELD}"),
        ("caller", "SELECT w.id FROM Workspace AS w WHERE w.created_by = @user_id"),
        ("caller", "SELECT w.id FROM Workspace AS w JOIN WorkspaceMember AS m ON m.user_id = @user_id"),
        ("caller", "SELECT u.id FROM UserAccount AS u WHERE u.email = @user_id"),
        ("caller", "DELETE FROM RefreshToken WHERE family_id = @id"),
        ("caller", "SELECT a.id FROM AuditLog AS a WHERE a.actor_id = @user_id"),
        ("global a reason", f"{M} WHERE {HELD}"),
    ],
)
def test_other_scopes_are_held_to_their_own_rule(prove: Prove, scope: str, sql: str) -> None:
    assert prove(sql, scope)


@pytest.mark.parametrize("fields", [("id", "name"), ("user_id",), ("role", "id"), ()])
def test_columns_must_be_the_rows_fields_in_order(prove: Prove, fields: tuple[str, ...]) -> None:
    sql = f"SELECT m.id, m.role FROM WorkspaceMember AS m WHERE {HELD}"
    assert prove(sql, "workspace", ("id", "role")) == []
    assert len(prove(sql, "workspace", fields)) == 2


def test_the_real_queries_are_proven() -> None:
    problems, count = check()
    assert problems == []
    assert count > 40


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("plans") / "filled.db"
    migrated_and_filled(path)
    return path


def test_a_plan_without_its_index_is_found(filled: Path, tmp_path: Path) -> None:
    path = tmp_path / "filled.db"
    shutil.copy(filled, path)
    registry = queries("sqlite")
    assert list(plan_problems(registry, path)) == []
    connection = sqlite3.connect(path)
    for index in ("IX_WorkspaceMember_list", "UQ_AuditLog_seq", "UQ_RefreshToken_hash"):
        connection.execute(f"DROP INDEX {index}")
    connection.commit()
    connection.close()
    found = " ".join(str(problem) for problem in plan_problems(registry, path))
    for name in ("list_workspaces", "list_audit", "find_refresh_token"):
        assert name in found


@pytest.mark.parametrize(
    ("name", "good", "bad", "expected"),
    [
        ("delete_expired_refresh_tokens", "ORDER BY t.expires_at", "ORDER BY t.issued_at",
         "sorts instead of following an index (USE TEMP B-TREE FOR ORDER BY), without statistics and with statistics"),
        ("expire_invitations", "+state", "state",
         "reads all rows of Invitation in a state (SEARCH Invitation USING INDEX IX_Invitation_expiry (state=?)), without statistics"),
        ("redact_by_actor", "seq IN (\n    SELECT a.seq", "id IN (\n    SELECT a.id",
         "reads all rows of AuditLog of a workspace (SEARCH AuditLog USING INDEX IX_AuditLog_timestamp (workspace_id=?)),"
         " without statistics and with statistics"),
    ],
)  # fmt: skip
def test_a_plan_that_reads_too_much_is_found_with_statistics_or_without(
    filled: Path, name: str, good: str, bad: str, expected: str
) -> None:
    statement = queries("sqlite")[name]
    assert good in statement.positional_sql
    worse = dataclasses.replace(statement, positional_sql=statement.positional_sql.replace(good, bad))
    (problem,) = plan_problems(QueryRegistry("sqlite", {name: worse}), filled)
    assert str(problem).endswith(f"{name}: {expected}")
    with closing(sqlite3.connect(filled)) as connection:
        assert connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat1'").fetchall() == []


@pytest.mark.parametrize(
    ("plan", "sql", "expected"),
    [
        ("sorts one page", "SELECT t.id FROM Task AS t ORDER BY t.title", ["scans Task (SCAN t"]),
        ("sorts one page", "SELECT t.id FROM Task AS t WHERE t.workspace_id = 'w1' ORDER BY t.title",
         ["reads all rows of Task of a workspace"]),
        ("sorts one page", "SELECT b.id FROM Board AS b WHERE b.workspace_id = 'w1' ORDER BY b.name", []),
        ("sorts one page", "SELECT b.id FROM Board AS b WHERE b.id = 'x'", ["nothing needs '-- plan: sorts one page'"]),
        ("run by hand", "SELECT b.id FROM Board AS b WHERE b.id = 'x'", ["nothing needs '-- plan: run by hand'"]),
        (None, "SELECT j.value FROM json_each('[1]') AS j", []),
        ("run by hand", "SELECT t.id FROM Task AS t ORDER BY t.title", []),
        (None, "WITH few AS MATERIALIZED (SELECT b.id FROM Board AS b WHERE b.id = 'x') SELECT f.id FROM few AS f", []),
        (None, "SELECT f.id FROM (SELECT b.id FROM Board AS b WHERE b.id = 'x' LIMIT 5) AS f", []),
        (None, "SELECT s.state FROM TaskState AS s", []),
        (None, "SELECT g.state FROM TaskGrant AS g", ["scans"]),
    ],
)  # fmt: skip
def test_what_a_query_may_do_with_its_reason_and_without(
    filled: Path, plan: str | None, sql: str, expected: list[str]
) -> None:
    statement = queries("sqlite")["list_workspaces"]
    tried = dataclasses.replace(statement, plan=plan, sql=sql, positional_sql=sql, order=(), params=())
    found = [str(each) for each in plan_problems(QueryRegistry("sqlite", {"tried": tried}), filled)]
    assert len(found) >= len(expected) and bool(found) is bool(expected)
    assert all(any(part in each for each in found) for part in expected), found
    assert not any("sorts instead" in each for each in found)


def test_a_query_is_shown_as_each_engine_runs_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--show", "claim_due_jobs"]) == 0
    contract, tsql, sqlite = capsys.readouterr().out.split("\n\n")
    assert contract.startswith("-- claim_due_jobs :many (jobs.sql:")
    assert "stays locked for take_jobs" in contract and "-- returns: DueJobRow" in contract
    assert tsql.startswith("-- SQL Server, from line ")
    assert "@now datetime2(6), @page_size bigint;\nSELECT j.id" in tsql
    assert "WITH (UPDLOCK, READPAST" in tsql and "FETCH NEXT @page_size ROWS ONLY" in tsql
    assert sqlite.startswith("-- SQLite, from line ") and "made from the one for SQL Server" in sqlite
    assert "FROM Job AS j\nLEFT JOIN" in sqlite and sqlite.endswith("LIMIT @page_size\n")


def test_an_unknown_query_is_told_with_the_names_near_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--show", "claim_due_job"]) == 2
    out, error = capsys.readouterr()
    assert out == "" and error.startswith("no query is named claim_due_job: did you mean claim_due_jobs")
    assert main(["--show", "!"]) == 2
    assert "no query is named !: there are " in capsys.readouterr().err


def test_a_query_that_is_refused_is_shown_with_the_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "broken.sql").write_text(
        "-- name: broken :many\n-- Broken.\n-- returns: X\n-- scope: global x\n"
        "SELECT t.id\nFROM WorkspaceMember AS t WITH (\n  SIDEWAYS\n)\nWHERE t.role = N'OWNER' LIMIT 1\n"
    )
    assert show("broken", tmp_path) == 1
    out, error = capsys.readouterr()
    assert "WITH (\n  SIDEWAYS\n)\nWHERE t.role = 'OWNER' LIMIT 1" in out
    assert [line.split(" (mssql): ")[0] for line in error.splitlines()] == [
        "broken.sql:6: broken", "broken.sql:9: broken"
    ]  # fmt: skip
