"""The views of access, who they are asked about, and that every task and project is touched as they grant."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from app.db.binding import ROOT as QUERIES
from app.db.migrations import ROOT as MIGRATIONS
from app.db.query_files import QueryText, read_query_files
from app.db.statements import DIALECTS, Dialect
from scripts.check_queries import check_text
from scripts.query_access import access_problems
from scripts.query_schema import PARSERS, Schema, View, read_schema, views
from scripts.query_scope import ScopeProof
from scripts.query_views import view_problems

SCHEMAS = {dialect: read_schema(MIGRATIONS / dialect) for dialect in DIALECTS}

HELD = "t.workspace_id = @workspace_id"
GRANT = (
    "SELECT 1 FROM TaskGrant AS g WHERE g.workspace_id = @workspace_id AND g.user_id = @user_id"
    " AND g.permission = N'view'"
    " AND g.project_id = t.project_id AND g.task_type_id = t.task_type_id AND g.state = t.state"
)
RULE = f"t.deleted_at IS NULL AND EXISTS ({GRANT})"
PLAIN = RULE.replace("N'", "'")
TASK = f"SELECT t.id FROM Task AS t WHERE {HELD}"
VISIBLE = (
    "EXISTS (SELECT 1 FROM VisibleProject AS v WHERE v.workspace_id = @workspace_id"
    " AND v.user_id = @user_id AND v.project_id = p.id)"
)
PROJECT = "SELECT p.id FROM Project AS p WHERE p.workspace_id = @workspace_id"
CHANGE = "UPDATE Task SET priority = 1 WHERE workspace_id = @workspace_id"
OWN = RULE.replace("t.", "Task.")

Prove = Callable[..., list[str]]


@pytest.fixture
def prove(tmp_path: Path) -> Prove:
    def run(sql: str, *rules: str) -> list[str]:
        sql = "\n".join(line.strip() for line in sql.splitlines())
        names = [name for name in ("workspace_id", "user_id", "assignee_id", "ids") if f"@{name}" in sql]
        lines = [
            "-- name: tried :many", "-- Tried.", *(f"-- param: {name} text" for name in names),
            "-- returns: X", "-- scope: workspace", *(f"-- rule: {rule}" for rule in rules), sql,
        ]  # fmt: skip
        (tmp_path / "tried.sql").write_text("\n".join(lines) + "\n")
        texts, _ = read_query_files(tmp_path)
        return [str(problem) for problem in check_text(texts["tried"], None, SCHEMAS)]

    return run


HONEST: dict[str, tuple[str, ...]] = {
    "a task": (f"{TASK} AND {RULE}",),
    "a task that is changed": (f"{CHANGE} AND {OWN}",),
    "bare names": (f"{CHANGE} AND {OWN.replace('Task.deleted_at', 'deleted_at')}",),
    "a deleted task": (f"{TASK} AND {RULE.replace('IS NULL', 'IS NOT NULL')}",),
    "deleted or not": (f"{TASK} AND EXISTS ({GRANT})", "also deleted, what is deleted can be brought back"),
    "a task that may be there": (
        f"SELECT m.id FROM WorkspaceMember AS m LEFT JOIN Task AS t ON {HELD} AND t.assignee_id = m.user_id AND {RULE}"
        " WHERE m.workspace_id = @workspace_id",
    ),
    "both arms": (f"{TASK} AND {RULE} UNION ALL {TASK} AND {RULE}",),
    "a project": (f"{PROJECT} AND {VISIBLE}",),
    "the project of a granted task": (
        "SELECT p.project_key FROM Task AS t JOIN Project AS p ON p.workspace_id = @workspace_id"
        f" AND p.id = t.project_id WHERE {HELD} AND {RULE}",
    ),
    "the project of a granted task, inside": (
        "SELECT (SELECT p.project_key FROM Project AS p WHERE p.workspace_id = @workspace_id AND p.id = t.project_id)"
        f" AS project_key FROM Task AS t WHERE {HELD} AND {RULE}",
    ),
    "the projects of the caller": (
        "SELECT p.id FROM VisibleProject AS v JOIN Project AS p ON p.workspace_id = v.workspace_id"
        " AND p.id = v.project_id WHERE v.workspace_id = @workspace_id AND v.user_id = @user_id",
    ),
    "a view bound through a member who is the caller": (
        "SELECT r.state FROM WorkspaceMember AS m JOIN TaskRight AS r ON r.workspace_id = m.workspace_id"
        " AND r.user_id = m.user_id WHERE m.workspace_id = @workspace_id AND m.user_id = @user_id",
    ),
    "a list that is nobody's": (
        "SELECT d.child_id FROM TaskDependency AS d WHERE d.workspace_id = @workspace_id"
        " AND EXISTS (SELECT 1 FROM TaskState AS s WHERE s.state = d.source)",
    ),
    "rows of an array, keys only": (
        f"""-- dialect: mssql
        SELECT t.id FROM OPENJSON(@ids) AS j CROSS JOIN Task AS t WHERE {HELD} AND t.id = j.value AND {RULE}
        -- dialect: sqlite
        SELECT t.id FROM json_each(@ids) AS j CROSS JOIN Task AS t WHERE {HELD} AND t.id = j.value AND {PLAIN}""",
    ),
    "a merge of the caller's classes": (
        f"""-- dialect: mssql
        WITH candidate AS (
            SELECT TOP (5) n.doc_no FROM TaskRight AS r
            CROSS APPLY (SELECT TOP (5) x.doc_no FROM Task AS x
                         WHERE x.workspace_id = @workspace_id AND x.state = r.state ORDER BY x.doc_no) AS n
            WHERE r.workspace_id = @workspace_id AND r.user_id = @user_id
        )
        SELECT t.id FROM candidate AS c CROSS JOIN Task AS t WHERE {HELD} AND t.doc_no = c.doc_no AND {RULE}
        -- dialect: sqlite
        WITH rights AS MATERIALIZED (
            SELECT r.state FROM TaskRight AS r WHERE r.workspace_id = @workspace_id AND r.user_id = @user_id
        ), candidate AS (
            SELECT x.doc_no FROM rights AS r CROSS JOIN Task AS x INDEXED BY IX_Task_updated
            WHERE x.workspace_id = @workspace_id AND x.state = r.state ORDER BY x.doc_no LIMIT 5
        )
        SELECT t.id FROM candidate AS c CROSS JOIN Task AS t WHERE {HELD} AND t.doc_no = c.doc_no AND {PLAIN}""",
        "none for x, numbers alone: the task is read again under the rule",
    ),
    "exempt": (TASK, "none, keys only"),
    "one of two exempt": (
        f"{TASK} AND {RULE} AND NOT EXISTS (SELECT 1 FROM Task AS x WHERE x.workspace_id = @workspace_id)",
        "none for x, nothing of it is shown",
    ),
    "somebody else, too": (
        f"{CHANGE} AND {OWN} AND EXISTS ("
        f"{GRANT.replace('t.', 'Task.').replace('g.', 'h.').replace('AS g', 'AS h').replace('@user_id', '@assignee_id')})",
        "also @assignee_id, who is assigned must be able to take it",
    ),
    "each watcher, as they may": (
        "SELECT w.user_id FROM TaskWatcher AS w WHERE w.workspace_id = @workspace_id AND EXISTS ("
        "SELECT 1 FROM VisibleProject AS v WHERE v.workspace_id = @workspace_id AND v.user_id = w.user_id"
        " AND v.project_id = @project_id)",
        "also w.user_id, every watcher hears of what they may see",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HONEST)
def test_what_keeps_the_rules_is_proven(prove: Prove, name: str) -> None:
    sql, *rules = HONEST[name]
    assert prove(sql, *rules) == []


WHOLE = (
    "lacks EXISTS (SELECT 1 FROM TaskGrant AS g WHERE g.workspace_id = @workspace_id AND g.user_id = @user_id"
)
STRANGER = "is not asked about the caller: say g.user_id = @user_id"

REFUSED: dict[str, tuple[str, ...]] = {
    "nothing said": ("lacks t.deleted_at IS NULL, and EXISTS (SELECT 1 FROM TaskGrant", TASK),
    "not whether it is deleted": ("it lacks t.deleted_at IS NULL; or say", f"{TASK} AND EXISTS ({GRANT})"),
    "deleted, or else": (
        "lacks t.deleted_at IS NULL", f"{TASK} AND EXISTS ({GRANT}) AND (t.deleted_at IS NULL OR t.priority = 1)"
    ),
    "another row's deletion": (
        "lacks t.deleted_at IS NULL",
        "SELECT t.id FROM Task AS t JOIN Board AS b ON b.workspace_id = t.workspace_id AND b.deleted_at IS NULL"
        f" WHERE {HELD} AND EXISTS ({GRANT})",
    ),
    "the rule in an OR": (WHOLE, f"{TASK} AND t.deleted_at IS NULL AND (t.priority = 1 OR EXISTS ({GRANT}))"),
    "the rule denied": (WHOLE, f"{TASK} AND t.deleted_at IS NULL AND NOT EXISTS ({GRANT})"),
    "the rule in the list": (
        WHOLE, f"SELECT CASE WHEN EXISTS ({GRANT}) THEN 1 ELSE 0 END AS a FROM Task AS t WHERE {HELD} AND t.deleted_at IS NULL"
    ),
    "the rule of another row": (
        WHOLE,
        f"{TASK} AND {RULE.replace('t.project_id', 'x.project_id').replace('t.task_type_id', 'x.task_type_id').replace('t.state', 'x.state')}",
    ),
    "half of it another row's": (
        "it lacks g.state = t.state in its EXISTS over TaskGrant AS g",
        f"SELECT t.id FROM Task AS t JOIN Task AS x ON x.workspace_id = t.workspace_id AND x.id = t.id"
        f" WHERE {HELD} AND {RULE.replace('t.state', 'x.state')} AND x.deleted_at IS NULL",
        "none for x, tried",
    ),
    "an aggregate, which always answers": (WHOLE, f"{TASK} AND {RULE.replace('SELECT 1', 'SELECT COUNT(*)')}"),
    "a join inside": (
        WHOLE, f"{TASK} AND {RULE.replace('AS g WHERE', 'AS g JOIN TaskState AS s ON 1 = 1 WHERE')}"
    ),
    "permission by a parameter": ("lacks g.permission = '…'", f"{TASK} AND " + RULE.replace("N'view'", "@ids")),
    "no state": ("lacks g.state = t.state", f"{TASK} AND {RULE.replace('g.state = t.state', '1 = 1')}"),
    "no type": ("lacks g.task_type_id", f"{TASK} AND {RULE.replace('g.task_type_id = t.task_type_id', '1 = 1')}"),
    "no project": ("lacks g.project_id", f"{TASK} AND {RULE.replace('g.project_id = t.project_id', '1 = 1')}"),
    "nobody asked about": (STRANGER, f"{TASK} AND {RULE.replace('g.user_id = @user_id', '1 = 1')}"),
    "somebody else asked about": (STRANGER, f"{TASK} AND {RULE.replace('@user_id', '@assignee_id')}"),
    "somebody else alone, with leave": (
        WHOLE, f"{TASK} AND {RULE.replace('@user_id', '@assignee_id')}", "also @assignee_id, tried"
    ),
    "any member asked about": (
        "VisibleProject AS v answers what somebody may",
        "SELECT v.project_id FROM WorkspaceMember AS m JOIN VisibleProject AS v ON v.workspace_id = m.workspace_id"
        " AND v.user_id = m.user_id WHERE m.workspace_id = @workspace_id",
    ),
    "the view of a workspace elsewhere": (
        "TaskGrant is not constrained to the bound workspace", f"{TASK} AND {RULE.replace('g.workspace_id = @workspace_id', '1 = 1')}"
    ),
    "a count beside it": (
        "Task AS x is shown or changed", f"SELECT (SELECT COUNT(*) FROM Task AS x WHERE x.workspace_id = @workspace_id) AS n"
        f" FROM Task AS t WHERE {HELD} AND {RULE}",
    ),
    "second arm": (WHOLE, f"{TASK} AND {RULE} UNION ALL {TASK} AND t.deleted_at IS NULL"),
    "a change": ("Task AS Task is shown or changed", CHANGE),
    "a deletion": ("Task AS Task is shown or changed", "DELETE FROM Task WHERE workspace_id = @workspace_id"),
    "a project": ("lacks EXISTS (SELECT 1 FROM VisibleProject AS g WHERE g.workspace_id", PROJECT),
    "the project of a task without the rule": (
        "Project AS p is shown",
        "SELECT p.project_key FROM Task AS t JOIN Project AS p ON p.workspace_id = @workspace_id"
        f" AND p.id = t.project_id WHERE {HELD}",
        "none for t, tried",
    ),
    "the project beside a granted task": (
        "Project AS p is shown",
        "SELECT p.project_key FROM Task AS t JOIN Project AS p ON p.workspace_id = @workspace_id"
        f" WHERE {HELD} AND {RULE}",
    ),
    "an exception that nothing needs": ("nothing needs '-- rule: none'", f"{TASK} AND {RULE}", "none, tried"),
    "leave for the deleted, where nothing is granted": (WHOLE, TASK, "also deleted, tried"),
    "leave for the deleted that nothing needs": (
        "nothing needs '-- rule: also deleted'", f"{TASK} AND {RULE}", "also deleted, tried"
    ),
    "an exception for nobody": ("nothing needs '-- rule: none for x'", TASK, "none for t, tried", "none for x, tried"),
    "leave to ask that nobody takes": (
        "nothing needs '-- rule: also @assignee_id'", f"{TASK} AND {RULE}", "also @assignee_id, tried"
    ),
    "a view that is changed": ("TaskGrant is a view", "DELETE FROM TaskGrant WHERE workspace_id = @workspace_id AND user_id = @user_id"),
    "a list that is nobody's, changed": ("TaskState belongs to no workspace", "DELETE FROM TaskState WHERE state = @ids"),
    "a key set through a common table expression": (
        "sets WorkspaceMember.workspace_id: a row does not change its owner",
        "WITH w AS (SELECT m.workspace_id AS place FROM WorkspaceMember AS m WHERE m.workspace_id = @workspace_id)"
        " UPDATE w SET place = @ids",
    ),
    "what a common table expression works out, set": (
        "sets role of w, which comes of no one table",
        "WITH w AS (SELECT m.role FROM WorkspaceMember AS m JOIN AuditLog AS a ON a.workspace_id = m.workspace_id"
        " WHERE m.workspace_id = @workspace_id) UPDATE w SET role = @ids",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_breaks_them_is_refused_in_both_dialects_with_what_lacks(prove: Prove, name: str) -> None:
    message, sql, *rules = REFUSED[name]
    problems = prove(sql, *rules)
    found = [problem for problem in problems if message in problem]
    assert len(found) == (1 if message.startswith("nothing needs") else 2), problems


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (
            "none",
            "'-- rule:' is one of none, none for <alias>, also deleted, also @<param>, also <alias>.<column>",
        ),
        ("none,", "'-- rule:' is one of"),
        ("some, because", "'-- rule:' is one of"),
        ("also assignee_id, because", "'-- rule:' is one of"),
    ],
)
def test_an_exception_has_a_form_and_a_reason(tmp_path: Path, rule: str, message: str) -> None:
    text = f"-- name: tried :exec\n-- Tried.\n-- scope: workspace\n-- rule: {rule}\nSELECT 1 AS one\n"
    (tmp_path / "tried.sql").write_text(text)
    _, (problem,) = read_query_files(tmp_path)
    assert str(problem).startswith(f"tried.sql:4: {message}")


def test_an_exception_is_said_once(tmp_path: Path) -> None:
    text = "-- name: tried :exec\n-- Tried.\n-- scope: workspace\n-- rule: none, a\n-- rule: none, b\nSELECT 1 AS one\n"
    (tmp_path / "tried.sql").write_text(text)
    _, (problem,) = read_query_files(tmp_path)
    assert str(problem) == "tried.sql:5: '-- rule: none' is said twice"


# --- the views themselves ------------------------------------------------------------------


def test_the_views_are_proven() -> None:
    for dialect in DIALECTS:
        assert list(view_problems(dialect, SCHEMAS[dialect])) == []
        assert {view.name for view in views(SCHEMAS[dialect])} >= {"VisibleProject", "TaskRight", "TaskGrant"}


def with_view(schema: Schema, view: View, sql: str) -> Schema:
    return {**schema, view.name: dataclasses.replace(view, sql=sql)}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_each_condition_of_tenant_and_person_removed_from_a_view_is_noticed(dialect: Dialect) -> None:
    schema, count = SCHEMAS[dialect], 0
    for view in views(schema):
        tree = sqlglot.parse_one(view.sql, read=PARSERS[dialect])
        for _ in removals(tree, is_of_an_owner):
            count += 1
            changed = with_view(schema, view, tree.sql(dialect=PARSERS[dialect]))
            assert list(view_problems(dialect, changed)), f"{view.name}: {tree.sql()}"
    assert count >= 12


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT m.id, m.user_id FROM WorkspaceMember AS m", "answers no workspace_id"),
        ("SELECT w.id AS workspace_id FROM Workspace AS w", "workspace_id is not the workspace_id of one of its tables"),
        ("SELECT workspace_id FROM Task", "workspace_id is not the workspace_id"),
        ("SELECT m.workspace_id, p.created_by AS user_id FROM WorkspaceMember AS m JOIN Project AS p ON p.workspace_id = m.workspace_id",
         "user_id is not the user_id of one of its tables"),
        ("SELECT t.workspace_id, COUNT(*) AS n FROM Task AS t GROUP BY t.workspace_id", "counts, groups or cuts rows"),
        ("SELECT t.workspace_id, ROW_NUMBER() OVER (ORDER BY t.id) AS n FROM Task AS t", "counts, groups or cuts rows"),
        ("SELECT t.workspace_id FROM Task AS t UNION ALL SELECT t.workspace_id FROM Task AS t CROSS JOIN Board AS b",
         "Board is not constrained to the bound workspace"),
        ("SELECT m.workspace_id, m.user_id FROM WorkspaceMember AS m JOIN ProjectMember AS p ON p.workspace_id = m.workspace_id",
         "ProjectMember AS p is not bound by the view's user_id"),
        ("SELECT t.workspace_id FROM Task AS t WHERE EXISTS (SELECT 1 FROM Nothing AS n)", "no migration makes a table Nothing"),
    ],
)  # fmt: skip
def test_a_view_that_reaches_further_than_its_columns_is_refused(
    tmp_path: Path, sql: str, message: str
) -> None:
    for dialect in DIALECTS:
        (tmp_path / dialect).mkdir()
        for path in (MIGRATIONS / dialect).glob("*.sql"):
            (tmp_path / dialect / path.name).write_text(path.read_text())
        (tmp_path / dialect / "9999_tried.sql").write_text(f"-- Tried.\nCREATE VIEW Tried AS\n{sql};\n")
        problems = [str(each) for each in view_problems(dialect, read_schema(tmp_path / dialect))]
        assert any(each.startswith(f"9999_tried.sql:2: Tried ({dialect}): {message}") for each in problems), (
            problems
        )


def test_a_view_that_is_made_anew_is_the_one_that_counts(tmp_path: Path) -> None:
    directory = tmp_path / "mssql"
    directory.mkdir()
    (directory / "0001.sql").write_text(
        "CREATE TABLE A (\n    workspace_id INT NOT NULL\n);\nGO\nCREATE VIEW dbo.V AS\nSELECT a.workspace_id FROM A AS a;\nGO\n"
        "CREATE VIEW dbo.Gone AS\nSELECT 1 AS one;\n"
    )
    (directory / "0002.sql").write_text(
        "ALTER TABLE A ADD user_id INT NULL;\nDROP VIEW dbo.Gone;\nDROP VIEW dbo.V;\nGO\n"
        "CREATE VIEW dbo.V AS\nSELECT a.workspace_id, a.user_id FROM A AS a;\n"
    )
    schema = read_schema(directory)
    assert schema.keys() == {"SchemaMigration", "A", "V"}
    assert schema["A"].columns == schema["V"].columns == ("workspace_id", "user_id")
    assert isinstance(schema["V"], View) and schema["V"].line == 5


# --- the real queries ----------------------------------------------------------------------


def removals(tree: exp.Expr, *are_wanted: Callable[[exp.Expr], bool]) -> Iterator[exp.Expr]:
    """The tree with one condition after the other replaced by 1 = 1."""
    found = [
        each for each in tree.find_all(exp.EQ, exp.Is) if any(is_wanted(each) for is_wanted in are_wanted)
    ]
    for node in found:
        true = exp.EQ(this=exp.Literal.number(1), expression=exp.Literal.number(1))
        node.replace(true)
        yield node
        true.replace(node)


def is_of_an_owner(node: exp.Expr) -> bool:
    return any(
        isinstance(side, exp.Column) and side.name in ("workspace_id", "user_id")
        for side in (node.args["this"], node.args["expression"])
    )


def is_of_the_workspace(node: exp.Expr) -> bool:
    """A condition on a workspace, and not the assignment of one."""
    sides = (node.args["this"], node.args["expression"])
    is_set = isinstance(node.parent, exp.Update) and node.arg_key == "expressions"
    return not is_set and any(
        isinstance(side, exp.Column | exp.Parameter) and side.name == "workspace_id" for side in sides
    )


def is_of_the_rule(node: exp.Expr) -> bool:
    """What an EXISTS over a view of access says, or whether a task is deleted."""
    select = node.find_ancestor(exp.Select, exp.Update, exp.Delete)
    column = node.this
    if select is None or not isinstance(column, exp.Column):
        return False
    first = select.args.get("from_") or select
    tables = [first.this, *(join.this for join in select.args.get("joins") or ())]
    if isinstance(node, exp.Is):
        tasks = {"", *(table.alias_or_name for table in tables if table.name == "Task")}
        return len(tasks) > 1 and column.name == "deleted_at" and column.table in tasks
    return (
        tables[0].name in ("TaskGrant", "VisibleProject")
        and is_always_asked(select.parent)
        and column.name in ("user_id", "permission", "project_id", "task_type_id", "state")
    )


def is_always_asked(node: exp.Expr | None) -> bool:
    """An EXISTS that every row must meet, and not the arm of an OR or the value of a column."""
    parent = node.parent if isinstance(node, exp.Exists) else None
    while isinstance(parent, exp.And | exp.Paren):
        parent = parent.parent
    return isinstance(parent, exp.Where | exp.Join)


def bodies() -> Iterator[tuple[QueryText, Dialect]]:
    """The body of each query, and the second one where it is written twice."""
    texts, _ = read_query_files(QUERIES)
    for query in texts.values():
        for dialect in DIALECTS:
            if dialect == "mssql" or not query.is_single:
                yield query, dialect


def noticed(query: QueryText, dialect: Dialect, tree: exp.Expr) -> bool:
    proof = ScopeProof(query, dialect, tree, SCHEMAS[dialect])
    return bool(proof.problems or [*access_problems(query, {dialect: proof})])


def is_exempt(query: QueryText, removed: exp.Expr) -> bool:
    """What a row that need not say the rule says of its deletion."""
    subjects = {each.subject for each in query.exemptions}
    return isinstance(removed, exp.Is) and bool(
        subjects & {"none", "also deleted", f"none for {removed.this.table}"}
    )


def test_each_condition_of_tenant_and_access_removed_from_a_real_query_is_noticed() -> None:
    count, passed = 0, []
    for query, dialect in bodies():
        if query.scope != "workspace":
            continue
        tree = sqlglot.parse_one(query.bodies[dialect], read=PARSERS[dialect])
        for removed in removals(tree, is_of_the_workspace, is_of_the_rule):
            count += 1
            if not noticed(query, dialect, tree) and not is_exempt(query, removed):
                passed.append(f"{query.name} ({dialect}): {removed.sql()}")
    assert passed == [], "\n".join(passed)
    assert count > 80
