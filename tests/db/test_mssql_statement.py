"""What is sent to SQL Server, and what its errors become. Texts only: no server is asked."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from tests import odbc

if not odbc.IS_HERE:
    pytest.skip(odbc.WHY, allow_module_level=True)

import pyodbc

from app.core.config import Settings
from app.db import errors
from app.db.drivers.mssql_errors import is_connection_doubtful, translate, unreachable
from app.db.drivers.mssql_options import MssqlOptions, mssql_options
from app.db.drivers.mssql_scripts import batches
from app.db.drivers.mssql_statements import Prepared, chunks, preamble, request
from app.db.migrations import load_migrations
from tests.databases import queries
from tests.harness import SIGNING_KEY

REGISTRY = queries("mssql")


def everything(name: str) -> dict[str, Any]:
    """A value for each of a query's parameters."""
    return {param.name: "x" for param in REGISTRY[name].params}


def test_parameters_are_named_and_typed_by_the_contract() -> None:
    ids = {"workspace_id": "w", "member_id": "m"}
    sent = request([], (Prepared(REGISTRY["delete_member"]), ids), 30)
    assert sent.sql == (
        "SET NOCOUNT OFF; SET XACT_ABORT ON; SET LOCK_TIMEOUT 30000; "
        "EXEC sys.sp_executesql "
        "N'DELETE FROM WorkspaceMember WHERE workspace_id = @workspace_id AND id = @member_id', "
        "N'@workspace_id uniqueidentifier, @member_id uniqueidentifier', "
        "@workspace_id = ?, @member_id = ?"
    )
    assert sent.values == ["w", "m"]


def test_what_is_queued_goes_in_the_same_request() -> None:
    lock = Prepared(REGISTRY["lock_workspace"]), {"workspace_id": "w"}
    key = Prepared(REGISTRY["update_list_keys"]), {"workspace_id": "w", "list_key": "k"}
    last = Prepared(REGISTRY["delete_member"]), {"workspace_id": "w", "member_id": "m"}
    sent = request([lock, key], last, 30)
    assert sent.sql == (
        f"{preamble(30)}SET NOCOUNT ON; {lock[0].call(lock[1])}; {key[0].call(key[1])}; SET NOCOUNT OFF; "
        f"{last[0].call(last[1])}"
    )
    assert sorted(sent.values) == ["k", "m", "w", "w", "w"]
    assert len(sent.values) == len(sent.sizes) == sent.sql.count("?")
    assert (
        request([key], None, 30).sql
        == f"{preamble(30)}SET NOCOUNT ON; {key[0].call(key[1])}; SET NOCOUNT OFF;"
    )


def test_a_request_has_room_for_its_parameters() -> None:
    one = Prepared(REGISTRY["update_list_keys"]), {"workspace_id": "w", "list_key": "k"}
    assert [len(chunk) for chunk in chunks([one] * 1201)] == [500, 500, 201]
    assert list(chunks([])) == [[]]


def test_a_parameter_used_twice_is_sent_once_and_quotes_are_doubled() -> None:
    prepared = Prepared(REGISTRY["insert_account"])
    call = prepared.call(everything("insert_account"))
    assert call.count("?") == 5
    assert call.count("@now") == 5
    assert len(prepared.sizes) == 5
    assert "m.role = N''OWNER''" in Prepared(REGISTRY["has_another_owner"]).call(
        everything("has_another_owner")
    )


def test_a_null_stands_in_the_text_and_is_not_bound() -> None:
    prepared = Prepared(REGISTRY["insert_account"], with_context=True)
    given = everything("insert_account") | {"email": None, "display_name": None}
    sent = request([], (prepared, given), 30)
    assert "@email = NULL" in sent.sql
    assert "@display_name = NULL" in sent.sql
    assert None not in sent.values
    assert len(sent.values) == len(sent.sizes) == sent.sql.count("?") == 3


def test_a_statement_without_parameters_has_none() -> None:
    statement = REGISTRY["read_schema_version"]
    sent = request([], (Prepared(statement), {}), 0.25)
    assert sent.sql == preamble(0.25) + f"EXEC sys.sp_executesql N'{statement.sql}'"
    assert "LOCK_TIMEOUT 250;" in sent.sql


def test_the_session_context_says_what_the_contract_says() -> None:
    bound = Prepared(REGISTRY["update_member"], with_context=True)
    assert (
        "N'pma_scope', N'workspace'; EXEC sys.sp_set_session_context N'pma_workspace', ?; EXEC"
        in bound.call(everything("update_member"))
    )
    values = {
        "workspace_id": "w",
        "member_id": "m",
        "role": "ADMIN",
        "is_guest": False,
        "now": datetime(2026, 1, 1, tzinfo=UTC),
    }
    assert bound.values(values)[:2] == ["w", "w"]
    assert len(bound.sizes) == len(bound.values(values)) == bound.call(values).count("?")
    free = Prepared(REGISTRY["list_workspaces"], with_context=True)
    assert (
        "N'pma_scope', N'caller'; EXEC sys.sp_set_session_context N'pma_workspace', NULL; EXEC"
        in free.call(everything("list_workspaces"))
    )


def test_every_statement_can_be_prepared() -> None:
    for statement in REGISTRY:
        prepared = Prepared(statement)
        if statement.params:
            assert prepared.call(everything(statement.name)).rpartition("', @")[2].count("?") == len(
                statement.params
            )


def test_values_and_rows_cross_the_border_in_the_right_types() -> None:
    prepared = Prepared(REGISTRY["read_access"])
    id_ = "3F2504E0-4F89-11D3-9A0C-0305E82C3301"
    naive = datetime(2026, 1, 2, 3, 4, 5, 678901)  # noqa: DTZ001 - what pyodbc answers
    row = (
        "ACTIVE",
        1,
        0,
        id_,
        "n",
        None,
        "u",
        naive,
        naive,
        id_,
        "ACTIVE",
        None,
        None,
        60,
        None,
        "READY",
        True,
        None,
        1,
        1,
        id_,
        "OWNER",
        False,
    )
    (converted,) = prepared.rows([row])
    assert converted[2:4] == (False, id_.lower())
    assert converted[7] == datetime(2026, 1, 2, 3, 4, 5, 678901, UTC)
    assert converted[9:14] == (id_.lower(), "ACTIVE", None, None, 60)
    assert converted[16:18] == (True, None)
    local = datetime(2026, 1, 2, 4, tzinfo=timezone(timedelta(hours=1)))
    insert = Prepared(REGISTRY["insert_throttle"])
    assert insert.values({"throttle_key": "k", "expires_at": local})[1] == "2026-01-02T03:00:00.000000"


MS = "[Microsoft][ODBC Driver 18 for SQL Server][SQL Server]"
ERRORS = [
    (
        "23000",
        f"[23000] {MS}Violation of PRIMARY KEY constraint 'PK_UserAccount'. Cannot insert duplicate key in object "
        "'dbo.UserAccount'. The duplicate key value is (ada). (2627) (SQLExecDirectW); [23000] "
        f"{MS}The statement has been terminated. (3621)",
        errors.UniqueViolation,
        "PK_UserAccount",
    ),
    (
        "23000",
        f"[23000] {MS}Cannot insert duplicate key row in object 'dbo.WorkspaceMember' with unique index "
        "'UQ_WorkspaceMember_user'. The duplicate key value is (x (1205) (SQLExecDirectW)). (2601) (SQLExecDirectW)",
        errors.UniqueViolation,
        "UQ_WorkspaceMember_user",
    ),
    (
        "23000",
        f"[23000] {MS}The INSERT statement conflicted with the FOREIGN KEY constraint \"FK_A\". The conflict occurred "
        "in database \"d\", table \"dbo.B\", column 'id'. (547) (SQLExecDirectW)",
        errors.ForeignKeyViolation,
        "FK_A",
    ),
    (
        "23000",
        f"[23000] {MS}The DELETE statement conflicted with the REFERENCE constraint \"FK_A\". The conflict occurred "
        "in database \"d\", table \"dbo.B\", column 'id'. (547) (SQLExecDirectW)",
        errors.ForeignKeyViolation,
        "FK_A",
    ),
    (
        "23000",
        f"[23000] {MS}The UPDATE statement conflicted with the CHECK constraint \"CK_A\". (547) (SQLExecDirectW)",
        errors.CheckViolation,
        "CK_A",
    ),
    (
        "23000",
        f"[23000] {MS}Cannot insert the value NULL into column 'name', table 'd.dbo.T'; column does not allow "
        "nulls. INSERT fails. (515) (SQLExecDirectW)",
        errors.NotNullViolation,
        None,
    ),
    ("22001", f"[22001] {MS}String or binary data would be truncated. (2628) (SQLExecDirectW)", errors.ValueTooLong, None),
    ("40001", f"[40001] {MS}Transaction was deadlocked … (1205) (SQLExecDirectW)", errors.Deadlock, None),
    ("42000", f"[42000] {MS}Lock request time out period exceeded. (1222) (SQLExecDirectW)", errors.StatementTimeout, None),
    ("HYT00", "[HYT00] [Microsoft][ODBC Driver 18 for SQL Server]Query timeout expired (0) (SQLExecDirectW)", errors.StatementTimeout, None),
    ("08S01", "[08S01] [Microsoft][ODBC Driver 18 for SQL Server]Communication link failure (0) (SQLExecDirectW)", errors.DatabaseUnavailable, None),
    ("28000", f"[28000] {MS}Login failed for user 'sa'. (18456) (SQLDriverConnect)", errors.DatabaseUnavailable, None),
    ("42000", f"[42000] {MS}append-only: AuditLog (50001) (SQLExecDirectW)", errors.AppendOnlyViolation, None),
    ("42S02", f"[42S02] {MS}Invalid object name 'x'. (208) (SQLExecDirectW)", errors.DatabaseError, None),
]  # fmt: skip


@pytest.mark.parametrize(("state", "message", "kind", "constraint"), ERRORS)
def test_errors(state: str, message: str, kind: type[errors.DatabaseError], constraint: str | None) -> None:
    translated = translate(pyodbc.Error(state, message), "some_query")
    assert type(translated) is kind
    assert translated.constraint == constraint
    for value in ("ada", "'sa'", "(x "):
        assert value not in str(translated)


AWAY = (
    4060, 911, 921, 926, 976, 615, 3906, 4221, 6005, 10053, 10054, 10060, 40143, 40197, 40540, 40613,
)  # fmt: skip
OVERLOADED = (
    701, 1105, 1204, 8645, 9002, 10928, 10929, 10936, 40501, 40544, 40549, 40550, 40551, 40552, 40553, 49918, 49919, 49920,
)  # fmt: skip


@pytest.mark.parametrize("number", AWAY + OVERLOADED)
def test_a_server_that_fails_over_or_has_too_much_is_away_for_a_while(number: int) -> None:
    error = pyodbc.Error("42000", f"[42000] {MS}Database 'x' … ({number}) (SQLExecDirectW)")
    translated = translate(error, "some_query")
    assert isinstance(translated, errors.DatabaseUnavailable)
    assert translated.retry_after == (10 if number in OVERLOADED else 1)
    assert is_connection_doubtful(error)


UNREACHABLE = [
    ("01000", "[01000] [unixODBC][Driver Manager]Can't open lib '/x/libmsodbcsql.so' : file not found (0) (SQLDriverConnect)", "DB_DRIVER"),
    ("IM002", "[IM002] [unixODBC][Driver Manager]Data source name not found and no default driver specified (0) (SQLDriverConnect)", "DB_DRIVER"),
    ("08001", "[08001] [Microsoft][ODBC Driver 18 for SQL Server]SSL Provider: [error:0A000086:SSL routines::certificate verify failed:self-signed certificate] (-1) (SQLDriverConnect)", "DB_TRUST_SERVER_CERTIFICATE"),
    ("28000", f"[28000] {MS}Login failed for user 'sa'. (18456) (SQLDriverConnect)", "DB_PASSWORD"),
    ("42000", f"[42000] {MS}Cannot open database \"pma\" requested by the login. (4060) (SQLDriverConnect)", "migrate.py up"),
]  # fmt: skip


@pytest.mark.parametrize(("state", "message", "what_to_do"), UNREACHABLE)
def test_a_connection_that_cannot_be_made_says_what_to_do(state: str, message: str, what_to_do: str) -> None:
    told = str(unreachable(pyodbc.Error(state, message)))
    assert what_to_do in told
    for value in ("'sa'", "/x/", '"pma"'):
        assert value not in told


def test_nobody_who_listens_is_told_at_once_and_in_words() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        for options in (
            MssqlOptions(server="127.0.0.1", port=port, database="d", user="u", password="p"),
            raw(f"DRIVER=x;PWD={{p;SERVER=y}};Server=tcp:127.0.0.1,{port}"),
        ):
            with pytest.raises(errors.DatabaseUnavailable, match=f"nobody listens at 127.0.0.1, port {port}"):
                options.reach()
        with pytest.raises(errors.DatabaseUnavailable, match=r"no host nowhere\.invalid"):
            MssqlOptions(server="nowhere.invalid", database="d").reach()
        unused.listen()
        assert raw(f"DRIVER=x;SERVER=127.0.0.1,{port}").reach()["dsn"].endswith("DATABASE={pma}")


@pytest.mark.parametrize(
    "text",
    [
        "DSN=production",
        r"SERVER=127.0.0.1\instance",
        r"SERVER=np:\\127.0.0.1\pipe",
        "SERVER=127.0.0.1,1;MultiSubnetFailover=Yes",
        "SERVER=127.0.0.1,1;Failover_Partner=b",
    ],
)
def test_where_only_the_driver_knows_the_way_it_is_left_to_it(text: str) -> None:
    assert raw(text).reach()["dsn"].startswith(text)


def test_which_errors_end_a_connection() -> None:
    assert is_connection_doubtful(pyodbc.OperationalError("IMC06", "broken and recovery is not possible"))
    assert is_connection_doubtful(pyodbc.Error("HY000", "whatever"))
    assert not is_connection_doubtful(
        pyodbc.Error("42000", f"{MS}Lock request time out … (1222) (SQLExecDirectW)")
    )
    assert not is_connection_doubtful(
        pyodbc.Error("22001", f"{MS}would be truncated (2628) (SQLExecDirectW)")
    )
    assert is_connection_doubtful(pyodbc.OperationalError("08S01", "gone"))
    assert is_connection_doubtful(pyodbc.OperationalError("HYT00", "Query timeout expired"))
    assert is_connection_doubtful(pyodbc.ProgrammingError("Attempt to use a closed connection."))
    assert not is_connection_doubtful(pyodbc.IntegrityError("23000", "duplicate"))


def test_connection_strings_are_escaped() -> None:
    options = MssqlOptions(server="db.example.com", port=1433, database="a}b;c", user="u", password="p;}{=")
    text = options.connection_string()
    assert "SERVER={db.example.com,1433}" in text
    assert "DATABASE={a}}b;c}" in text
    assert "PWD={p;}}{=}" in text
    assert "Encrypt={yes};TrustServerCertificate={no}" in text
    assert "p;}" not in repr(options)
    assert "DATABASE={master}" in options.on("master").connection_string()


def raw(text: str, name: str = "pma") -> MssqlOptions:
    settings = Settings(
        _env_file=None,
        pma_signing_keys=SIGNING_KEY,
        db_type="mssql",
        db_name=name,
        db_connection_string=text,
    )
    return mssql_options(settings)


def test_a_raw_connection_string_wins_and_the_database_is_its_own() -> None:
    assert raw("DSN=production;Failover_Partner=b").connection_string() == (
        "DSN=production;Failover_Partner=b;DATABASE={pma}"
    )
    for text in (
        "DSN=p;Database={a;}}b};MultiSubnetFailover=Yes",
        "database={a;}}b};DSN=p;MultiSubnetFailover=Yes;",
        "DSN=p;MultiSubnetFailover=Yes;DATABASE = {a;}}b}",
    ):
        assert raw(text).database == "a;}b"
        assert raw(text).on("master").connection_string() == "DSN=p;MultiSubnetFailover=Yes;DATABASE={master}"
    for text in ("DSN=p;PWD={p;x}", "PWD={p;DATABASE=x}};y};DSN=p", "DSN=p;PWD={}}}"):
        assert raw(text).connection_string() == f"{text};DATABASE={{pma}}"
        assert raw(f"{text};DATABASE=b;").on("c").connection_string() == f"{text};DATABASE={{c}}"
    assert raw("DSN=p;DATABASE=plain;X=1").database == "plain"
    assert raw("DSN=p;XDATABASE=no").database == "pma"


def test_who_connects() -> None:
    named = MssqlOptions(server=r"db\instance", database="d").connection_string()
    assert r"SERVER={db\instance};" in named
    assert "Trusted_Connection={yes}" in named
    token = MssqlOptions(server="s", database="d", entra_token=lambda: "a.b.c")
    assert "Trusted_Connection" not in token.connection_string()
    assert "a.b.c" not in repr(token)
    arguments = token.connect()
    # ACCESSTOKEN of msodbcsql.h: a length of four bytes, then the token in UTF-16.
    assert arguments["attrs_before"] == {1256: b"\x0a\x00\x00\x00a\x00.\x00b\x00.\x00c\x00"}
    assert "attrs_before" not in MssqlOptions(server="s", database="d").connect()


def test_batches_end_at_go() -> None:
    assert list(batches("SELECT 1\nGO\nSELECT 'GO'\n go \n\nGO\nSELECT 3\n")) == [
        "SELECT 1",
        "SELECT 'GO'",
        "SELECT 3",
    ]
    for migration in load_migrations("mssql"):
        for batch in batches(migration.sql):
            if "CREATE TRIGGER" in batch:
                statements = [line for line in batch.splitlines() if line and not line.startswith("--")]
                assert statements[0].startswith("CREATE TRIGGER")
