"""sql/admin: each script by its name, as scripts/admin.py runs it, on every lane there is."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from app.http.edge import Edge
from app.integrations.blob_store import BlobNotFound
from scripts import admin
from scripts.query_schema import Schema, View, read_schema
from tests import odbc
from tests.databases import MSSQL_DSN, TestDatabase, execute, rows
from tests.harness import SIGNING_KEY, Person, Service, make_outbox
from tests.recount import require_true_counts

ROOT = Path(__file__).resolve().parents[2]
ONLY_SQL_SERVER = {"grant_service_login", "enable_read_committed_snapshot", "security_policy"}
HASHES = pytest.mark.needs_sql_server("HASHBYTES as hexadecimal of UTF-8, CRYPT_GEN_RANDOM")


def test_both_dialects_have_the_same_scripts_with_the_same_head() -> None:
    mssql, sqlite = admin.load("mssql"), admin.load("sqlite")
    assert mssql.keys() - sqlite.keys() == ONLY_SQL_SERVER
    assert sqlite.keys() <= mssql.keys()
    for name, script in sqlite.items():
        assert script.params == mssql[name].params, name
        assert script.purpose == mssql[name].purpose
    for script in [*mssql.values(), *sqlite.values()]:
        lines = script.text.splitlines()
        assert lines[0] == f"-- {script.path.stem}"
        assert [line[:9] for line in lines[1:4]] == ["-- What: ", "-- Who:  ", "-- Undo: "]
        assert script.text.count("-- param:") == len(script.params), "a parameter out of form"


def test_every_parameter_is_declared_once_with_its_default() -> None:
    for script in admin.load("mssql").values():
        declared = dict(re.findall(r"^DECLARE @(\w+) [^=\n]*= ([^;\n]*);", script.text, re.MULTILINE))
        for param in script.params:
            assert declared[param.name] == (param.default or "NULL"), f"{script.path.name}: {param.name}"
        text, given = admin.bind_declarations(script.text, {param.name: "x" for param in script.params})
        assert given == ["x"] * len(script.params)
        assert text.count("?;") >= len(script.params)


def test_the_service_is_granted_every_table_and_may_not_rewrite_the_log() -> None:
    text = admin.load("mssql")["grant_service_login"].text
    grants = re.findall(r"^GRANT ([A-Z, ]+) ON dbo\.(\w+) TO", text, re.MULTILINE)
    by_table = {table: rights for rights, table in grants}
    schema = read_schema(ROOT / "sql/migrations/mssql")
    views = {name for name, each in schema.items() if isinstance(each, View)}
    assert by_table.keys() == schema.keys() and len(views) >= 3
    assert all(by_table[view] == "SELECT" for view in views)
    kept = {"AuditLog", "PlatformAuditLog", "TaskTransition", "CheckIn", "ConnectorSelection"}
    kept |= {"SchemaMigration", "ApprovalFlow", "ApprovalDecision"}
    kept |= {"WorkflowNode", "WorkflowEdge", "TaskState", "TaskPermission", "RolePermission"} | views
    assert {table for table, rights in by_table.items() if "DELETE" not in rights} == kept


def tables_of_tenants(schema: Schema) -> set[str]:
    return {name for name, each in schema.items() if each.is_tenant and not isinstance(each, View)}


def test_the_policy_stands_on_every_table_of_a_workspace() -> None:
    text = admin.load("mssql")["security_policy"].text
    tenants = tables_of_tenants(read_schema(ROOT / "sql/migrations/mssql"))
    for verb in ("FILTER", "BLOCK"):
        assert set(re.findall(rf"ADD {verb} PREDICATE pma\.visible\(\w+\) ON dbo\.(\w+)", text)) == tenants


@pytest.mark.parametrize(
    ("dialect", "deletion"),
    [
        ("mssql", r"^ *DELETE (?:TOP \(@batch\) )?\w+ FROM dbo\.(\w+) AS"),
        ("sqlite", r"^DELETE FROM (\w+) WHERE (?:workspace_)?id IN"),
    ],
    ids=("mssql", "sqlite"),
)
def test_a_purge_takes_the_rows_of_every_table_of_a_workspace(dialect: str, deletion: str) -> None:
    text = admin.load(dialect)["purge_deleted_workspaces"].text
    schema = read_schema(ROOT / "sql/migrations" / dialect)
    tenants = tables_of_tenants(schema)
    assert set(re.findall(deletion, text, re.MULTILINE)) == tenants | {"Workspace"}


@pytest.mark.parametrize("dialect", ["mssql", "sqlite"])
@pytest.mark.parametrize("name", ["grant_owner", "restore_workspace"])
def test_an_event_of_a_script_marks_its_workspace_for_who_reads_events(dialect: str, name: str) -> None:
    text = admin.load(dialect)[name].text
    numbered = re.findall(r"event_seq = event_seq \+ 1,?\s+(has_news = 1)?", text)
    assert numbered == ["has_news = 1"]


@pytest.fixture
async def ada(service: Service) -> Person:
    return await service.person("ada")


def run(service: Service, name: str, **values: Any) -> list[admin.ResultSet]:
    settings = service.settings
    return admin.run(settings, admin.load(settings.db_type)[name], values)


async def deleted(ada: Person, name: str = "Gone") -> str:
    workspace = await ada.create_workspace(name)
    assert (await ada.delete(f"/workspaces/{workspace['id']}")).status_code == 204
    return str(workspace["id"])


async def test_deleted_workspaces_are_listed(service: Service, ada: Person) -> None:
    gone = await deleted(ada)
    await ada.create_workspace("Stays")
    (found,) = run(service, "list_deleted_workspaces")
    assert [str(row[0]).lower() for row in found.rows] == [gone]
    assert found.rows[0][found.columns.index("members")] == 1
    assert run(service, "list_deleted_workspaces", older_than_days=3)[0].rows == []


async def test_invitations_are_listed_with_what_their_giver_may_give_now(
    service: Service, ada: Person
) -> None:
    bob = await service.person("bob")
    workspace = (await ada.create_workspace("Roadmap"))["id"]
    org = (await ada.post("/organizations", {"name": "Engines"})).json()["id"]
    member = (await ada.add(workspace, bob, "ADMIN"))["id"]
    paths = {"workspace": f"/workspaces/{workspace}", "organization": f"/organizations/{org}"}
    for path in paths.values():
        for name in ("cat", "dan"):
            body = {"email": f"{name}@example.com", "role": "MEMBER"}
            by = bob if path == paths["workspace"] else ada
            assert (await by.post(f"{path}/invitations", body)).status_code == 201
    await ada.delete(f"{paths['workspace']}/members/{member}")
    columns = ("kind", "place", "email", "state", "invited_by", "inviter_role")

    def listed(**values: Any) -> list[tuple[Any, ...]]:
        (found,) = run(service, "list_invitations", **values)
        assert "token_hash" not in found.columns
        places = [found.columns.index(column) for column in columns]
        return [tuple(row[place] for place in places) for row in found.rows]

    assert listed(state="PENDING") == [
        ("organization", "Engines", "cat@example.com", "PENDING", ada.user_id, "OWNER"),
        ("organization", "Engines", "dan@example.com", "PENDING", ada.user_id, "OWNER"),
        ("workspace", "Roadmap", "cat@example.com", "PENDING", bob.user_id, None),
        ("workspace", "Roadmap", "dan@example.com", "PENDING", bob.user_id, None),
    ]
    assert len(listed(email_key="cat@example.com")) == 2
    assert len(listed(place_id=org)) == 2
    assert len(listed(place_id=org, email_key="cat@example.com")) == 1
    execute(service.settings, "UPDATE Invitation SET expires_at = '2020-01-01T00:00:00.000000'")
    assert listed(state="PENDING") == []
    assert len(listed(state="EXPIRED")) == len(listed()) == 4


@HASHES
async def test_a_restored_workspace_says_who_and_why(service: Service, ada: Person) -> None:
    gone = await deleted(ada)
    reason = 'asked by "Ada" \\ ticket 4/2 äöü'
    (found,) = run(service, "restore_workspace", workspace_id=gone, admin="dba/Grace", reason=reason)
    assert [str(row[0]).lower() for row in found.rows] == [gone]
    assert (await ada.get(f"/workspaces/{gone}")).status_code == 200
    assert (await ada.get(f"/workspaces/{gone}/audit/verify")).json()["valid"] is True
    newest = (await ada.get(f"/workspaces/{gone}/audit")).json()["items"][0]
    assert (newest["action"], newest["actor_id"], newest["auth_method"]) == (
        "workspace.restored", "dba/Grace", "break-glass",
    )  # fmt: skip
    assert newest["details"] == {"reason": reason}
    await ada.patch(f"/workspaces/{gone}", {"name": "Back"})
    assert (await ada.get(f"/workspaces/{gone}/audit/verify")).json()["valid"] is True
    with pytest.raises(Exception, match="no deleted workspace"):
        run(service, "restore_workspace", workspace_id=gone, admin="x", reason="y")


@HASHES
@pytest.mark.parametrize("was_member", [False, True])
async def test_break_glass_makes_an_owner_and_says_so(
    service: Service, ada: Person, was_member: bool
) -> None:
    bob = await service.person("bob")
    workspace = await ada.create_workspace()
    path = f"/workspaces/{workspace['id']}"
    if was_member:
        await ada.add(workspace["id"], bob, "VIEWER")
    values = {
        "workspace_id": workspace["id"],
        "user_id": bob.user_id,
        "admin": "grace",
        "reason": "owner left",
    }
    run(service, "grant_owner", **values)
    assert (await bob.get(path)).json()["role"] == "OWNER"
    assert (await bob.get(f"{path}/audit/verify")).json()["valid"] is True
    newest = (await bob.get(f"{path}/audit")).json()["items"][0]
    assert newest["action"] == ("member.role_changed" if was_member else "member.added")
    assert newest["details"] == {"user_id": bob.user_id, "role": "OWNER", "reason": "owner left"}
    members = {item["user_id"]: item["id"] for item in (await bob.get(f"{path}/members")).json()["items"]}
    assert newest["target_id"] == members[bob.user_id]
    assert [item["id"] for item in (await bob.get("/workspaces")).json()["items"]] == [workspace["id"]]


@HASHES
async def test_what_a_script_brings_back_or_adds_counts_in_its_organisation(
    service: Service, ada: Person
) -> None:
    bob, cat = await service.person("bob"), await service.person("cat")
    org = (await ada.post("/organizations", {"name": "Engines"})).json()["id"]
    gone, stays = [
        (await ada.post(f"/organizations/{org}/workspaces", {"name": name})).json()["id"]
        for name in ("Gone", "Stays")
    ]
    await ada.add(gone, bob, "VIEWER")
    await ada.request("POST", f"/workspaces/{gone}/files", files={"file": ("a.txt", b"1234", "text/plain")})
    assert (await ada.delete(f"/workspaces/{gone}")).status_code == 204
    who = {"admin": "grace", "reason": "asked for"}
    # While it is deleted, whoever is in it takes no seat.
    run(service, "grant_owner", workspace_id=gone, user_id=cat.user_id, **who)
    require_true_counts(service.settings)
    run(service, "restore_workspace", workspace_id=gone, **who)
    require_true_counts(service.settings)
    for _ in range(2):
        run(service, "grant_owner", workspace_id=stays, user_id=cat.user_id, **who)
        require_true_counts(service.settings)
    counts = (await ada.get(f"/organizations/{org}/usage")).json()
    assert [counts[key]["used"] for key in ("seats", "workspaces", "file_bytes")] == [3, 2, 4]
    for path in (f"/workspaces/{gone}", f"/workspaces/{stays}"):
        assert (await ada.delete(path)).status_code == 204


async def test_break_glass_refuses_whom_it_does_not_know(service: Service, ada: Person) -> None:
    workspace = await ada.create_workspace()
    before = rows(service.settings, "SELECT COUNT(*) FROM AuditLog")
    for values in (
        {"workspace_id": workspace["id"], "user_id": "nobody"},
        {"workspace_id": str(uuid4()), "user_id": ada.user_id},
    ):
        with pytest.raises(Exception, match="there is no"):
            run(service, "grant_owner", admin="grace", reason="r", **values)
    assert rows(service.settings, "SELECT COUNT(*) FROM AuditLog") == before


def schema_of(service: Service) -> list[Any]:
    if service.settings.db_type == "sqlite":
        return rows(service.settings, "SELECT type, name, sql FROM sqlite_master ORDER BY type, name")
    return rows(service.settings, "SELECT name, is_disabled FROM sys.triggers ORDER BY name")


async def test_a_purge_counts_first_and_then_takes_what_is_old(service: Service, ada: Person) -> None:
    gone = await deleted(ada)
    recent = await deleted(ada, "Recent")
    stays = (await ada.create_workspace("Stays"))["id"]
    old = "2020-01-01T00:00:00.000000"
    execute(service.settings, f"UPDATE Workspace SET deleted_at = '{old}' WHERE id = '{gone}'")
    before = schema_of(service)
    (counted,) = run(service, "purge_deleted_workspaces")
    assert [int(value) for value in counted.rows[0]] == [1, 1, 2, 1]
    assert len(rows(service.settings, "SELECT id FROM Workspace")) == 3
    run(service, "purge_deleted_workspaces", dry_run=False, batch=1)
    assert {row[0] for row in rows(service.settings, "SELECT id FROM Workspace")} == {recent, stays}
    for table in ("WorkspaceMember", "WorkspaceHead", "AuditLog"):
        assert gone not in {row[0] for row in rows(service.settings, f"SELECT workspace_id FROM {table}")}
    assert schema_of(service) == before
    with pytest.raises(Exception, match="append-only"):
        execute(service.settings, "DELETE FROM AuditLog")
    assert (await ada.get(f"/workspaces/{stays}/audit/verify")).json()["valid"] is True


async def test_a_purge_goes_by_the_time_that_the_service_believes(service: Service, ada: Person) -> None:
    """This server's clock may stand in another year."""
    gone = await deleted(ada)
    execute(service.settings, f"UPDATE Workspace SET deleted_at = '2020-01-01T00:00:00' WHERE id = '{gone}'")
    moment = "'2020-02-01T00:00:00.000000'"
    execute(service.settings, f"INSERT INTO Housekeeping VALUES (1, {moment}, {moment})")
    run(service, "purge_deleted_workspaces", dry_run=False)
    assert len(rows(service.settings, "SELECT id FROM Workspace")) == 1
    execute(service.settings, "UPDATE Housekeeping SET believed_at = '2020-06-01T00:00:00.000000'")
    run(service, "purge_deleted_workspaces", dry_run=False)
    assert rows(service.settings, "SELECT id FROM Workspace") == []


@HASHES
async def test_the_chain_is_verified_without_the_service(service: Service, ada: Person) -> None:
    workspace = await ada.create_workspace('Ünïcödé / \\ "quoted"')
    for name in ("A", "B", "C"):
        await ada.patch(f"/workspaces/{workspace['id']}", {"name": name})
    await ada.create_workspace("Another")
    assert run(service, "verify_audit_chain")[0].rows == []
    service.tamper("UPDATE AuditLog SET actor_id = 'mallory' WHERE seq = 2")
    (found,) = run(service, "verify_audit_chain", workspace_id=workspace["id"])
    assert [(row[1], row[3]) for row in found.rows] == [(2, "its contents do not match its hash")]
    service.tamper("DELETE FROM AuditLog WHERE seq = 3")
    (found,) = run(service, "verify_audit_chain")
    assert [(row[1], row[3]) for row in found.rows] == [
        (2, "its contents do not match its hash"), (4, "entries are missing before it"),
    ]  # fmt: skip


@HASHES
async def test_the_chains_outside_workspaces_are_verified_too(service: Service, ada: Person) -> None:
    org_id = (await ada.post("/organizations", {"name": 'Ünïcödé / \\ "quoted"'})).json()["id"]
    for step in ("suspend", "activate"):
        assert (await ada.post(f"/organizations/{org_id}/{step}", {})).status_code == 200
    run(service, "suspend_user", user_id=ada.user_id, admin="dba", reason="T-1")
    scopes = {row[0] for row in rows(service.settings, "SELECT scope_type FROM PlatformHead")}
    assert scopes == {"user", "org", "platform"}
    assert run(service, "verify_audit_chain")[0].rows == []
    service.tamper(
        "UPDATE PlatformAuditLog SET actor_id = 'mallory' WHERE scope_type = 'org' AND seq = 2",
        "DELETE FROM PlatformAuditLog WHERE scope_type = 'platform'",
    )
    (found,) = run(service, "verify_audit_chain")
    assert [(str(row[0]), row[1], row[3]) for row in found.rows] == [
        (f"org:{org_id}", 2, "its contents do not match its hash"),
        ("platform:platform", 1, "the head does not match the last entry"),
    ]
    made = await (await service.person("bob")).create_workspace()
    assert run(service, "verify_audit_chain", workspace_id=made["id"])[0].rows == []


@pytest.mark.skipif(MSSQL_DSN is None, reason="TEST_MSSQL_DSN is not set")
async def test_the_text_that_is_hashed_is_the_service_s_on_any_server(service: Service, ada: Person) -> None:
    """What comes before HASHBYTES needs nothing special: its digests, taken here, are those in the log. ASCII,
    because Babelfish's STRING_ESCAPE escapes the bytes of everything else."""
    if service.settings.db_type != "mssql":
        pytest.skip("this is about T-SQL")
    workspace = await ada.create_workspace('plain / \\ "quoted"')
    await ada.patch(f"/workspaces/{workspace['id']}", {"description": 'a/b\\c "d"\n\te'})
    script = admin.load("mssql")["verify_audit_chain"].text
    entries = script[script.index("WITH entries AS (") : script.index("), hashed AS (")]
    sql = f"DECLARE @workspace_id UNIQUEIDENTIFIER = NULL; {entries}) SELECT e.entry_text, e.entry_hash, e.details_text, e.details_hash FROM entries AS e"
    found = rows(service.settings, sql)
    assert len(found) > 2
    for entry_text, entry_hash, details_text, details_hash in found:
        assert hashlib.sha256(entry_text.encode()).hexdigest() == entry_hash, entry_text
        assert hashlib.sha256(details_text.encode()).hexdigest() == details_hash, details_text


async def test_orphans_are_found(service: Service, ada: Person) -> None:
    workspace = await ada.create_workspace()
    assert run(service, "find_orphans")[0].rows == []
    service.tamper("UPDATE WorkspaceMember SET role = 'VIEWER'", "DELETE FROM WorkspaceHead")
    (found,) = run(service, "find_orphans")
    assert {(row[0], str(row[1]).lower(), row[2]) for row in found.rows} == {
        ("Workspace", workspace["id"], "has no OWNER who has signed in"),
        ("Workspace", workspace["id"], "has no head for its audit chain"),
    }


@pytest.mark.needs_sql_server("sys.dm_db_partition_stats")
async def test_sizes_are_reported(service: Service, ada: Person) -> None:
    await ada.create_workspace()
    (found,) = run(service, "report_sizes")
    assert {"Workspace", "AuditLog"} <= {row[0] for row in found.rows}


def test_the_command(database: TestDatabase) -> None:
    def call(*arguments: str) -> tuple[int, str]:
        environment = {name.upper(): str(value) for name, value in database.settings.items()}
        done = subprocess.run(
            [sys.executable, str(ROOT / "scripts" / "admin.py"), *arguments],
            env={"PATH": "/usr/bin:/bin", "PMA_SIGNING_KEYS": SIGNING_KEY} | odbc.environment() | environment,
            cwd=database.directory,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    code, text = call()
    assert code == 2
    assert "find_orphans" in text
    code, text = call("find_orphans")
    assert (code, "(0 rows)" in text) == (0, True)
    assert call("--json", "find_orphans") == (0, "[\n []\n]\n")
    code, text = call("grant_owner", "--workspace-id", "nonsense")
    assert (code, "'nonsense' is no UUID" in text) == (2, True)
    values = ("--workspace-id", str(uuid4()), "--user-id", "u", "--admin", "a", "--reason", "r")
    code, text = call("grant_owner", *values)
    assert code == 1
    assert "there is no workspace of this id" in text


async def test_the_files_of_a_purged_workspace_go_and_no_others(service: Service, ada: Person) -> None:
    edge: Edge = service.app.state.edge
    worker = make_outbox(edge)

    async def holds(path: str) -> bool:
        try:
            await edge.parts.blobs.get(path[1:])
        except BlobNotFound:
            return False
        return True

    paths = {}
    for name in ("Gone", "Stays"):
        path = f"/workspaces/{(await ada.create_workspace(name))['id']}"
        file = await ada.request("POST", f"{path}/files", files={"file": ("a.txt", b"x", "text/plain")})
        paths[name] = f"{path}/{file.json()['id']}"
        workspace = path.rpartition("/")[2]
        if name == "Gone":
            await ada.delete(path)
            old = "2020-01-01T00:00:00.000000"
            execute(service.settings, f"UPDATE Workspace SET deleted_at = '{old}' WHERE id = '{workspace}'")
            gone = workspace
    await worker.run_due()
    assert await holds(paths["Gone"])
    run(service, "purge_deleted_workspaces", dry_run=False)
    jobs = rows(service.settings, "SELECT kind, target_id FROM Job WHERE attempts = 0 AND kind = 'folder'")
    assert [(kind, str(target).lower()) for kind, target in jobs] == [("folder", gone)]
    assert [row[1] for row in run(service, "list_jobs")[0].rows].count("folder") == 1
    assert run(service, "find_orphans")[0].rows == []
    service.clock.now = datetime.now(UTC) + timedelta(seconds=5)
    await worker.run_due()
    assert not await holds(paths["Gone"])
    assert await holds(paths["Stays"])
    assert rows(service.settings, "SELECT id FROM Job WHERE kind = 'folder'") == []
