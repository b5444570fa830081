"""Migrations: each once, in order, whole or not at all; and the same schema in both dialects."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from app.db.backends import migration_script
from app.db.drivers.mssql_scripts import batches
from app.db.drivers.sqlite_migrations import SqliteMigrationTarget, statements
from app.db.errors import SchemaMismatch
from app.db.migrations import ROOT, Applied, load_migrations, pending, require_current, upgrade
from app.main import create_app
from tests.databases import TestDatabase
from tests.harness import make_settings, running

PROJECT = Path(__file__).resolve().parents[2]


def write(root: Path, **files: str) -> Path:
    directory = root / "migrations" / "sqlite"
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (directory / f"{name.removeprefix('m')}.sql").write_text(text)
    return root / "migrations"


def names(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [
            row[0]
            for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1")
        ]


ONE = "CREATE TABLE A (x INTEGER);\nINSERT INTO A VALUES (1);\n"
TWO = "CREATE TABLE B (x INTEGER);\n"


def test_the_database_is_made_and_each_file_applied_once(tmp_path: Path) -> None:
    root = write(tmp_path, m0001_one=ONE)
    target = SqliteMigrationTarget(tmp_path / "deep" / "down" / "new.db")
    assert target.applied() == ()
    assert [each.name for each in upgrade(target, load_migrations("sqlite", root))] == ["0001_one"]
    assert upgrade(target, load_migrations("sqlite", root)) == []
    write(tmp_path, m0002_two=TWO)
    with pytest.raises(SchemaMismatch, match=r"scripts/migrate.py up"):
        require_current(target, load_migrations("sqlite", root))
    assert [each.name for each in upgrade(target, load_migrations("sqlite", root))] == ["0002_two"]
    require_current(target, load_migrations("sqlite", root))
    assert names(tmp_path / "deep" / "down" / "new.db") == ["A", "B", "SchemaMigration"]


def test_a_migration_that_fails_leaves_nothing_and_can_be_mended(tmp_path: Path) -> None:
    root = write(tmp_path, m0001_one=ONE, m0002_two=TWO + "INSERT INTO Nowhere VALUES (1);")
    target = SqliteMigrationTarget(tmp_path / "new.db")
    with pytest.raises(sqlite3.OperationalError):
        upgrade(target, load_migrations("sqlite", root))
    assert names(tmp_path / "new.db") == ["A", "SchemaMigration"]
    write(tmp_path, m0002_two=TWO)
    upgrade(target, load_migrations("sqlite", root))
    assert names(tmp_path / "new.db") == ["A", "B", "SchemaMigration"]


def test_an_edited_file_is_refused_and_line_ends_do_not_count(tmp_path: Path) -> None:
    root = write(tmp_path, m0001_one=ONE)
    target = SqliteMigrationTarget(tmp_path / "new.db")
    upgrade(target, load_migrations("sqlite", root))
    (root / "sqlite" / "0001_one.sql").write_bytes(ONE.replace("\n", "\r\n").encode())
    require_current(target, load_migrations("sqlite", root))
    write(tmp_path, m0001_one=ONE + "-- a thought\n")
    for act in (upgrade, require_current):
        with pytest.raises(SchemaMismatch, match=r"0001_one\.sql was changed after it was applied"):
            act(target, load_migrations("sqlite", root))


def test_histories_that_do_not_fit(tmp_path: Path) -> None:
    root = write(tmp_path, m0001_one=ONE)
    files = load_migrations("sqlite", root)
    known = Applied(1, "0001_one", files[0].checksum, "t")
    with pytest.raises(SchemaMismatch, match="0001_other where the files have 0001_one"):
        pending(files, [Applied(1, "0001_other", "x", "t")])
    with pytest.raises(SchemaMismatch, match="newer than this code"):
        pending(files, [known, Applied(2, "0002_future", "x", "t")])
    write(tmp_path, m0003_gap=TWO)
    with pytest.raises(SchemaMismatch, match="not numbered"):
        load_migrations("sqlite", root)
    write(tmp_path, mbad_name=TWO)
    with pytest.raises(SchemaMismatch, match="NNNN_lower_case"):
        load_migrations("sqlite", root)


def test_triggers_are_kept_whole() -> None:
    script = "CREATE TABLE A (x);\n-- c\nCREATE TRIGGER t AFTER INSERT ON A\nBEGIN\n  SELECT 1;\n  SELECT 2;\nEND;\n"
    found = list(statements(script))
    assert len(found) == 2
    assert found[1].rstrip().endswith("END;")


@pytest.mark.slow
def test_eight_processes_at_once_apply_each_once(tmp_path: Path) -> None:
    database = tmp_path / "race.db"
    code = (
        "import sys; from pathlib import Path; sys.path.insert(0, sys.argv[1]);"
        "from app.db.drivers.sqlite_migrations import SqliteMigrationTarget;"
        "from app.db.migrations import load_migrations, upgrade;"
        "print(len(upgrade(SqliteMigrationTarget(Path(sys.argv[2])), load_migrations('sqlite'))))"
    )
    runners = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(PROJECT), str(database)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(8)
    ]
    outcomes = [runner.communicate(timeout=60) for runner in runners]
    assert [error for _, error in outcomes] == [""] * 8
    assert sum(int(out) for out, _ in outcomes) == len(load_migrations("sqlite"))


def test_the_commands(tmp_path: Path) -> None:
    def run(*arguments: str) -> tuple[int, str]:
        environment = {
            "DB_NAME": str(tmp_path / "cli.db"),
            "PMA_SIGNING_KEYS": "k:" + "q7Jx0mWcN5cVf3bqYV1o2tH8dRk4sLzUeGpXaB6yMiA",
            "PATH": "/usr/bin:/bin",
        }
        done = subprocess.run(
            [sys.executable, str(PROJECT / "scripts" / "migrate.py"), *arguments],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    assert run()[0] == 2
    code, text = run("check")
    assert (code, "scripts/migrate.py up" in text) == (1, True)
    assert "pending  0001_core" in run("status")[1]
    names = [each.name for each in load_migrations("sqlite")]
    assert run("up") == (0, "".join(f"applied {name}\n" for name in names))
    assert run("up") == (0, "nothing to apply\n")
    assert run("check")[0] == 0
    assert "applied  0001_core" in run("status")[1]


def test_the_printed_script_is_what_up_does(tmp_path: Path) -> None:
    printed = subprocess.run(
        [sys.executable, str(PROJECT / "scripts" / "migrate.py"), "script", "--dialect", "sqlite"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    by_hand, by_runner = tmp_path / "hand.db", tmp_path / "runner.db"
    upgrade(SqliteMigrationTarget(by_runner), load_migrations("sqlite"))
    script = printed.replace(".bail on\n", "")
    with closing(sqlite3.connect(by_hand)) as connection:
        connection.executescript(script)
    require_current(SqliteMigrationTarget(by_hand), load_migrations("sqlite"))
    schemas = []
    for path in (by_hand, by_runner):
        with closing(sqlite3.connect(path)) as connection:
            schemas.append(connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall())
    assert [name for name, _ in schemas[0]] == [name for name, _ in schemas[1]]
    # A second time it refuses, and nothing is changed.
    with (
        closing(sqlite3.connect(by_hand)) as connection,
        pytest.raises(sqlite3.IntegrityError, match="after migration 0"),
    ):
        connection.executescript(script)


def test_the_printed_t_sql_is_guarded_batch_by_batch() -> None:
    migrations = load_migrations("mssql")
    script = migration_script("mssql", migrations)
    parts = [*batches(script)]
    for migration in migrations:
        for batch in batches(migration.sql):
            assert parts[parts.index(batch) - 1] == "IF @@TRANCOUNT = 0 SET NOEXEC ON;"
        assert f"'{migration.checksum}'" in script
    assert parts.index("BEGIN TRANSACTION;") < parts.index("IF @@TRANCOUNT > 0 COMMIT;")


@pytest.mark.parametrize(
    "arguments", [["script", "2", "1"], ["script", "0"], ["script", "99"], ["script", "1", "99"]]
)
def test_a_range_that_is_none(arguments: list[str], tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(PROJECT / "scripts" / "migrate.py"), *arguments, "--dialect", "mssql"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "there are migrations 1 to" in done.stderr


async def test_start_up_refuses_a_database_without_the_schema(tmp_path: Path, key_file: Path) -> None:
    with pytest.raises(SchemaMismatch, match=r"python scripts/migrate.py up"):
        async with running(
            make_settings(TestDatabase(tmp_path, {"db_name": str(tmp_path / "test.db")}), key_file)
        ):
            raise AssertionError


async def test_start_up_refuses_a_schema_that_lost_a_column(directory: Path, key_file: Path) -> None:
    """Also where the process has proven the queries against another schema before."""
    async with running(
        make_settings(TestDatabase(directory, {"db_name": str(directory / "test.db")}), key_file)
    ):
        pass
    with closing(sqlite3.connect(directory / "test.db")) as connection:
        connection.execute("ALTER TABLE Workspace RENAME COLUMN description TO about")
        connection.commit()
    with pytest.raises(SchemaMismatch, match=r"workspaces\.sql:\d+: query \w+ does not fit the schema"):
        async with running(
            make_settings(TestDatabase(directory, {"db_name": str(directory / "test.db")}), key_file)
        ):
            raise AssertionError


def test_making_the_application_opens_nothing(tmp_path: Path, key_file: Path) -> None:
    create_app(make_settings(TestDatabase(tmp_path, {"db_name": str(tmp_path / "test.db")}), key_file))
    assert list(tmp_path.iterdir()) == []


# --- the same schema in both dialects ---------------------------------------------------

_TYPES = {
    "UUID": "TEXT", "NVARCHAR": "TEXT", "VARCHAR": "TEXT", "CHAR": "TEXT", "TEXT": "TEXT", "DATETIME2": "TEXT",
    "TIMESTAMP": "TEXT", "INT": "INTEGER", "INTEGER": "INTEGER", "BIGINT": "INTEGER", "BIT": "INTEGER", "BOOLEAN": "INTEGER",
    "TIMESTAMPNTZ": "TEXT", "DATETIME": "TEXT", "UNIQUEIDENTIFIER": "TEXT",
}  # fmt: skip


def script(dialect: str) -> str:
    text = "\n".join(path.read_text() for path in sorted((ROOT / dialect).glob("*.sql")))
    return re.sub(r"--[^\n]*", "", text).replace("dbo.", "").replace(" STRICT", "")


def tables(dialect: str) -> Iterator[tuple[str, exp.Schema]]:
    for text in re.findall(r"CREATE TABLE .*?\n\)", script(dialect), re.DOTALL):
        schema = sqlglot.parse_one(text, read="tsql" if dialect == "mssql" else "sqlite").this
        yield schema.this.name, schema


def columns(dialect: str) -> dict[tuple[str, str], tuple[str, bool]]:
    found = {}
    for table, schema in tables(dialect):
        for column in schema.find_all(exp.ColumnDef):
            kind = _TYPES[column.args["kind"].this.name]
            is_null = any(
                isinstance(each.kind, exp.NotNullColumnConstraint) and each.kind.args.get("allow_null")
                for each in column.constraints
            )
            found[table, column.name] = (kind, is_null)
    added = r"ALTER TABLE (\w+) (?:ADD (?:COLUMN )?|ALTER COLUMN )(?!CONSTRAINT)(\w+) (\w+)([^;]*);"
    for table, name, kind, rest in re.findall(added, script(dialect)):
        found[table, name] = (_TYPES[kind], " NOT NULL" not in rest)
    return found


def constraints(dialect: str) -> set[str]:
    """Names with their columns; text, because a CHECK reads alike in both but for N and ISJSON."""
    found = set()
    for name, rest in re.findall(r"CONSTRAINT ((?:PK|FK|CK)_\w+) ([^\n]*)", script(dialect)):
        text = rest.replace("NONCLUSTERED ", "").replace("N'", "'").rstrip(",;").strip()
        text = re.sub(r"ISJSON\((\w+)\) = 1", r"json_valid(\1)", text)
        found.add(f"{name} {text}")
    return found


def indexes(dialect: str) -> set[str]:
    text = script(dialect).replace("CLUSTERED ", "").replace("NON", "").replace("N'", "'")
    return {" ".join(found.split()) for found in re.findall(r"CREATE (?:UNIQUE )?INDEX [^;]*", text)}


def triggers(dialect: str) -> set[str]:
    return set(re.findall(r"CREATE TRIGGER (\w+)", script(dialect)))


def views(dialect: str) -> set[str]:
    text = script(dialect).replace("N'", "'")
    return {" ".join(found.split()) for found in re.findall(r"CREATE VIEW [^;]*", text)}


def test_ids_that_are_text_compare_alike_on_sql_server() -> None:
    """Columns of two collations are not compared there at all (error 468)."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "mssql").glob("*.sql")))
    ids = re.findall(
        r"^(?:ALTER TABLE \S+ ADD)?\s*(\w+_(?:id|by|for|user)\s+NVARCHAR\(200\).*)$", text, re.MULTILINE
    )
    assert len(ids) > 50
    assert [line for line in ids if "COLLATE Latin1_General_100_BIN2" not in line] == []


def test_both_dialects_have_the_same_schema() -> None:
    assert columns("sqlite") == columns("mssql")
    assert len(columns("sqlite")) > 80
    for part in (constraints, indexes, triggers, views):
        assert part("sqlite") == part("mssql")
        assert part("sqlite")


def test_links_that_were_there_are_asked_about_as_whoever_made_them(tmp_path: Path) -> None:
    path, every = tmp_path / "old.db", load_migrations("sqlite")
    (here,) = [number for number, each in enumerate(every) if each.name.endswith("_linked_as")]
    target = SqliteMigrationTarget(path)
    upgrade(target, every[:here])
    now = "2026-01-01T00:00:00.000000"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "INSERT INTO UserAccount (id, tid, created_at, updated_at) VALUES ('ada', 'tenant', ?, ?)",
            (now, now),
        )
        connection.execute(
            "INSERT INTO Workspace (id, name, created_by, created_at, updated_at, list_key)"
            " VALUES ('w', 'W', 'ada', ?, ?, 'w')",
            (now, now),
        )
        for by in ("ada", "nobody"):
            connection.execute(
                "INSERT INTO WorkspaceExternalLink (id, workspace_id, provider, external_id, linked_at, linked_by,"
                " updated_at, list_key, check_after) VALUES (?, 'w', 'jira', ?, ?, ?, ?, ?, ?)",
                (by, by, now, by, now, by, now),
            )
    upgrade(target, every)
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute(
            "SELECT id, linked_tid, linked_as_guest, linked_role FROM WorkspaceExternalLink ORDER BY id"
        ).fetchall()
    assert found == [("ada", "tenant", 0, "ADMIN"), ("nobody", None, 0, "ADMIN")]


def test_an_erasure_that_is_under_way_goes_on_by_the_addresses_that_it_knew(tmp_path: Path) -> None:
    path, every = tmp_path / "old.db", load_migrations("sqlite")
    (here,) = [number for number, each in enumerate(every) if each.name.endswith("_proven_addresses")]
    target = SqliteMigrationTarget(path)
    upgrade(target, every[:here])
    now = "2026-01-01T00:00:00.000000"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "INSERT INTO UserAccount (id, tid, created_at, updated_at) VALUES ('ada', 'tenant', ?, ?)",
            (now, now),
        )
        for number, traces in enumerate((None, '["ada@example.org","Ada \\"L\\""]', '["Ada"]')):
            connection.execute(
                "INSERT INTO AccountClosing (id, user_id, step, place, traces, created_at)"
                " VALUES (?, 'ada', 'x', '', ?, ?)",
                (str(number), traces, now),
            )
    upgrade(target, every[: here + 1])
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute("SELECT addresses FROM AccountClosing ORDER BY id").fetchall()
    assert found == [(None,), ('["ada@example.org"]',), ("[]",)]
