"""Two rules beside the scope: views of access are asked about the caller, and a row is touched as they grant.

``@user_id`` is the caller in every query. A view that answers what a person may (it has a ``user_id``) is
bound to it; and every Task and every Project that a query reads or changes says, of its own row, that the
caller may. What does otherwise says so in its contract, with the reason:

    -- rule: none, <reason>                   no row of the query says the rule
    -- rule: none for x, <reason>             the row that is called x does not
    -- rule: also deleted, <reason>           whether a row is deleted does not matter
    -- rule: also @assignee_id, <reason>      a view of access is asked about somebody else, too
    -- rule: also w.user_id, <reason>

An exception that nothing needs is refused. A Project is granted, too, if it is that of a granted Task.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp

from app.db.query_files import Exemption, Problem, QueryText
from app.db.statements import Dialect
from scripts.query_schema import USER, Table, View
from scripts.query_scope import Block, Reference, ScopeProof, column_of, conjuncts

CALLER = "@user_id"


@dataclass(frozen=True)
class _Rule:
    """What is said of a row: EXISTS over the view, with the view's columns equal to the row's own."""

    view: str
    columns: Mapping[str, str]
    """Of the view, and what each is of the row."""
    has_permission: bool
    says_deleted: bool
    """The view knows nothing of the row but its columns: the query says whether it is about deleted ones."""


_CLASS = {"project_id": "project_id", "task_type_id": "task_type_id", "state": "state"}
_RULES = {
    "Task": _Rule("TaskGrant", _CLASS, has_permission=True, says_deleted=True),
    "Project": _Rule("VisibleProject", {"project_id": "id"}, has_permission=False, says_deleted=False),
}


def access_problems(query: QueryText, proofs: Mapping[Dialect, ScopeProof]) -> Iterator[Problem]:
    """What each body breaks of the two rules, and the exceptions that no body needs."""
    used: set[Exemption] = set()
    for dialect, proof in proofs.items():
        for message in dict.fromkeys(_Access(query, proof.blocks, used).messages()):
            text = f"{query.name} ({dialect}): {message}"
            yield Problem(query.file.name, query.body_lines[dialect], text)
    for each in query.exemptions:
        if each not in used:
            yield Problem(
                query.file.name, query.line, f"{query.name}: nothing needs '-- rule: {each.subject}'"
            )


def of_the_caller(block: Block | None) -> set[tuple[str, str]]:
    """The columns, by alias, that are the caller's id in every row of a block; those around it too."""
    if block is None:
        return set()
    known = of_the_caller(block.around)
    while True:
        found = {
            (reference.alias, column)
            for reference in block.references
            for column, other in _equals(reference, block)
            if reference.table.keys.get(column) == USER
            and (_said(other) == CALLER or column_of(other, block.visible) in known)
        }
        if found <= known:
            return known
        known |= found


class _Access:
    def __init__(self, query: QueryText, blocks: list[Block], used: set[Exemption]) -> None:
        self._exemptions = {each.subject: each for each in query.exemptions}
        self._blocks = blocks
        self._used = used
        self._granted: dict[int, set[str]] = {}

    def messages(self) -> Iterator[str]:
        for block in self._blocks:
            yield from self._strangers(block)
            yield from _loose(block)
            yield from self._rows(block)

    def _is_exempt(self, *subjects: str) -> bool:
        for subject in subjects:
            if each := self._exemptions.get(subject):
                self._used.add(each)
                return True
        return False

    def _strangers(self, block: Block) -> Iterator[str]:
        """The views of access that are asked about somebody else, or about everybody."""
        known = of_the_caller(block)
        for each in block.references:
            if not _is_access(each.table) or (each.alias, "user_id") in known:
                continue
            others = [_said(other) for column, other in _equals(each, block) if column == "user_id"]
            if not self._is_exempt(*(f"also {other}" for other in others)):
                yield (
                    f"{each.table.name} AS {each.alias} answers what somebody may, and is not asked about the"
                    f" caller: say {each.alias}.user_id = {CALLER}, or '-- rule: also <whom>, <reason>'"
                )

    def _rows(self, block: Block) -> Iterator[str]:
        """The rows that do not say that the caller may."""
        granted = self._granted[id(block)] = set(self._granted.get(id(block.around), ()))
        # Tasks first: a project may follow from one.
        for each in sorted(block.references, key=lambda each: each.table.name != "Task"):
            rule = _RULES.get(each.table.name)
            if rule is None:
                continue
            lacking = [*self._lacking(each, rule, block)]
            if not lacking:
                granted.add(each.alias)
            elif not self._is_exempt(f"none for {each.alias}", "none"):
                yield (
                    f"{each.table.name} AS {each.alias} is shown or changed without the rule of eligibility:"
                    f" it lacks {', and '.join(lacking)}; or say '-- rule: none for {each.alias}, <reason>'"
                )

    def _lacking(self, row: Reference, rule: _Rule, block: Block) -> Iterator[str]:
        if row.table.name == "Project" and self._is_of_granted(row, block):
            return
        is_said = any(_says_deleted(each, row, block) for each in row.conditions)
        if rule.says_deleted and not is_said and not self._is_exempt("also deleted"):
            yield f"{row.alias}.deleted_at IS NULL"
        grants = [grant for each in row.conditions if (grant := _grant(each, rule, row.alias))]
        if not any(grant.user == CALLER for grant in grants):
            yield _whole(rule, row.alias)
        for grant in grants:
            if lacks := grant.lacks:
                yield f"{' AND '.join(lacks)} in its EXISTS over {rule.view} AS {grant.alias}"

    def _is_of_granted(self, project: Reference, block: Block) -> bool:
        """Whether it is the project of a granted task, or one that a view of access names to the caller."""
        known, tables = of_the_caller(block), _tables_around(block)
        for column, other in _equals(project, block):
            alias, name = column_of(other, block.visible) or ("", "")
            if (column, name) != ("id", "project_id") or alias not in tables:
                continue
            is_task = tables[alias].name == "Task" and alias in self._granted[id(block)]
            if is_task or (_is_access(tables[alias]) and (alias, "user_id") in known):
                return True
        return False


_TIED = {
    "VisibleProject": ("project_id",),
    "TaskRight": ("permission", "task_type_id", "state"),
    "TaskGrant": ("permission", "project_id", "task_type_id", "state"),
}
"""What an EXISTS over a view of access asks about: without one of them, it asks whether there is any."""


def _loose(block: Block) -> Iterator[str]:
    """The views of access that an EXISTS asks about anything at all, whatever the row it stands by."""
    if block.around is None or not isinstance(block.node, exp.Select) or not _is_plain(block.node):
        return
    for each in block.references:
        if _is_access(each.table):
            tied = {column for column, _ in _equals(each, block)}
            tied |= {
                place[1]
                for condition in each.conditions
                if isinstance(condition, exp.In)
                and (place := column_of(condition.this, block.visible))
                and place[0] == each.alias
            }
            if lacks := [name for name in _TIED[each.table.name] if name not in tied]:
                yield f"{each.table.name} AS {each.alias} is not asked about one {', one '.join(lacks)}"


@dataclass(frozen=True)
class _Grant:
    """An EXISTS over a view of access that speaks of one row."""

    alias: str
    user: str
    """About whom it asks."""
    lacks: tuple[str, ...]


def _grant(exists: exp.Expr, rule: _Rule, row: str) -> _Grant | None:
    """What an EXISTS says of a row, if it is over the rule's view and speaks of the row."""
    select = exists.this if isinstance(exists, exp.Exists) else None
    if not isinstance(select, exp.Select) or not _is_plain(select):
        return None
    source = select.args["from_"].this
    if not isinstance(source, exp.Table) or source.name != rule.view:
        return None
    alias, user, missing = source.alias_or_name, "", dict(rule.columns)
    has_permission = not rule.has_permission
    for column, other in _equalities(conjuncts(select.args.get("where"))):
        if column.table not in ("", alias):
            continue
        if column.name == "user_id":
            user = _said(other)
        elif column.name == "permission":
            has_permission |= isinstance(other, exp.Literal | exp.National)
        elif column.name in missing and _said(other) == f"{row}.{missing[column.name]}":
            del missing[column.name]
    if len(missing) == len(rule.columns):
        return None
    lacks = [f"{alias}.{name} = {row}.{own}" for name, own in missing.items()]
    return _Grant(alias, user, tuple(lacks if has_permission else [f"{alias}.permission = '…'", *lacks]))


def _is_plain(select: exp.Select) -> bool:
    """SELECT 1 FROM … WHERE …; an aggregate, for one, answers a row whatever the condition is."""
    parts = {key for key, value in select.args.items() if value}
    return parts == {"expressions", "from_", "where"} and [each.sql() for each in select.expressions] == ["1"]


def _whole(rule: _Rule, row: str) -> str:
    parts = ["g.workspace_id = @workspace_id", f"g.user_id = {CALLER}"]
    parts += ["g.permission = '…'"] if rule.has_permission else []
    parts += [f"g.{name} = {row}.{own}" for name, own in rule.columns.items()]
    return f"EXISTS (SELECT 1 FROM {rule.view} AS g WHERE {' AND '.join(parts)})"  # noqa: S608 - a message


def _says_deleted(condition: exp.Expr, row: Reference, block: Block) -> bool:
    """deleted_at IS NULL; or IS NOT NULL, for a query about what is deleted."""
    test = condition.this if isinstance(condition, exp.Not) else condition
    return (
        isinstance(test, exp.Is)
        and isinstance(test.expression, exp.Null)
        and column_of(test.this, block.visible) == (row.alias, "deleted_at")
    )


def _is_access(table: Table) -> bool:
    return isinstance(table, View) and table.is_access


def _tables_around(block: Block | None) -> dict[str, Table]:
    return {**_tables_around(block.around), **block.visible} if block else {}


def _equals(reference: Reference, block: Block) -> Iterator[tuple[str, exp.Expr]]:
    """A column of the reference, and what it is equal to in each of its rows."""
    for column, other in _equalities(reference.conditions):
        place = column_of(column, block.visible)
        if place and place[0] == reference.alias:
            yield place[1], other


def _equalities(conditions: list[exp.Expr]) -> Iterator[tuple[exp.Column, exp.Expr]]:
    for each in conditions:
        if isinstance(each, exp.EQ):
            for mine, other in ((each.left, each.right), (each.right, each.left)):
                if isinstance(mine, exp.Column):
                    yield mine, other


def _said(node: exp.Expr) -> str:
    """``@name``, or ``alias.column``."""
    if isinstance(node, exp.Parameter):
        return f"@{node.name}"
    return f"{node.table}.{node.name}" if isinstance(node, exp.Column) else ""
