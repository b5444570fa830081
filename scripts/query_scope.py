"""Proves tenant scope: every table of a tenant that a query touches is constrained to the bound workspace.

Development and CI only; it parses the SQL with sqlglot. What it proves is the row-level security of both
backends, so it is narrow on purpose: a constraint counts when it is an equality that every row must meet
(a conjunct of WHERE, or of the ON of the join it stands at), on the right column of the right table, with
the bound parameter or with a column that is itself constrained. Whatever it cannot follow, it refuses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError

from app.db.query_files import Problem, QueryText

PARSERS = {"sqlite": "sqlite", "mssql": "tsql"}
WORKSPACE, ORGANIZATION, USER = "workspace", "organization", "user"
_PARAM = {"workspace_id": WORKSPACE, "org_id": ORGANIZATION, "user_id": USER}
_GRANTED = {"workspace": (WORKSPACE, USER), "organization": (ORGANIZATION, USER), "caller": (USER,)}


@dataclass(frozen=True)
class Table:
    """Which column of a table holds the workspace, which the organisation, and which the user."""

    name: str
    columns: tuple[str, ...]

    @property
    def keys(self) -> dict[str, str]:
        keys = {}
        if self.name == "Workspace":
            keys["id"] = WORKSPACE
        elif "workspace_id" in self.columns:
            keys["workspace_id"] = WORKSPACE
        if self.name == "Organization":
            keys["id"] = ORGANIZATION
        elif self.name == "Workspace" or "org_id" in self.columns:
            keys["org_id"] = ORGANIZATION
        if self.name == "UserAccount":
            keys["id"] = USER
        elif "user_id" in self.columns:
            keys["user_id"] = USER
        return keys

    @property
    def is_tenant(self) -> bool:
        return WORKSPACE in self.keys.values()

    def needed(self, scope: str) -> str | None:
        """What must be constrained. A membership belongs to its user as much as to its workspace or
        organisation; a workspace belongs to its organisation too."""
        kinds = set(self.keys.values())
        if scope == "caller" and self.name in ("WorkspaceMember", "OrganizationMember"):
            return USER
        order = (WORKSPACE, ORGANIZATION, USER)
        if scope == "organization":
            order = (ORGANIZATION, WORKSPACE, USER)
        return next((kind for kind in order if kind in kinds), None)


Schema = Mapping[str, Table]


def read_schema(directory: Path) -> Schema:
    """The tables that a dialect's migrations create, from the files alone."""
    # The runner makes this one itself, before the first file.
    tables = {"SchemaMigration": Table("SchemaMigration", ("version", "name", "checksum", "applied_at"))}
    for path in sorted(directory.glob("*.sql")):
        text = "\n".join(
            line for line in path.read_text(encoding="utf-8").splitlines() if line.strip() != "GO"
        )
        for chunk in text.split("CREATE TABLE ")[1:]:
            statement = sqlglot.parse_one(_one_table(f"CREATE TABLE {chunk}"), read="tsql")
            schema = statement.this
            columns = tuple(each.name for each in schema.expressions if isinstance(each, exp.ColumnDef))
            tables[schema.this.name] = Table(schema.this.name, columns)
    return tables


def read_views(directory: Path) -> Schema:
    """The views that a dialect's migrations create, as tables of the columns that they answer with."""
    views = {}
    for path in sorted(directory.glob("*.sql")):
        for chunk in path.read_text(encoding="utf-8").replace("dbo.", "").split("CREATE VIEW ")[1:]:
            name, _, body = chunk.partition(" AS\n")
            select = sqlglot.parse_one(body.partition(";")[0], read="tsql")
            views[name] = Table(name, tuple(each.alias_or_name for each in select.expressions))
    return views


def _one_table(text: str) -> str:
    """Up to the closing parenthesis of the column list."""
    depth = 0
    for offset, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if character == ")" and depth == 0:
            return text[: offset + 1]
    raise ValueError(f"not a whole CREATE TABLE: {text[:40]}")


@dataclass
class _Reference:
    """A table in a query block: its alias, and the conditions that hold for each of its rows."""

    alias: str
    table: Table
    conditions: list[exp.Expr] = field(default_factory=list)


class ScopeProof:
    """Checks one body. ``problems`` holds what is not proven; empty means proven."""

    def __init__(self, query: QueryText, dialect: str, sql: str, schema: Schema) -> None:
        self._query = query
        self._schema = schema
        self._scope, _, self._reason = query.scope.partition(" ")
        self._line = query.body_lines[dialect]  # type: ignore[index]
        self._dialect = dialect
        self.problems: list[Problem] = []
        try:
            parsed = sqlglot.parse_one(sql, read=PARSERS[dialect])
        except ParseError as error:
            self.tree: exp.Expr | None = None
            self._refuse(f"cannot be parsed: {str(error).splitlines()[0]}")
            return
        self.tree = parsed
        self._ctes = {cte.alias for cte in parsed.find_all(exp.CTE)}
        for name in self._ctes & schema.keys():
            self._refuse(f"a common table expression must not hide the table {name}")
        self._block(parsed, {})

    def _refuse(self, message: str) -> None:
        text = f"{self._query.name} ({self._dialect}): {message}"
        self.problems.append(Problem(self._query.file.name, self._line, text))

    def _block(self, node: exp.Expr, outer: Mapping[tuple[str, str], bool]) -> None:
        """A query block and, with what it has proven, the blocks inside it."""
        trusted: dict[tuple[str, str], bool] = dict(outer)
        if isinstance(node, exp.Select | exp.Update | exp.Delete):
            trusted |= self._prove(node, outer)
        if isinstance(node, exp.Insert):
            self._insert(node)
            if node.args.get("conflict"):
                self._refuse("ON CONFLICT may change a row of another workspace")
        if isinstance(node, exp.Select) and any(map(_assigns, node.expressions)):
            self._refuse("a SELECT that assigns to a parameter")
        for child in _inner_blocks(node):
            self._block(child, trusted)

    # --- SELECT, UPDATE, DELETE ---------------------------------------------------------

    def _prove(self, node: exp.Expr, outer: Mapping[tuple[str, str], bool]) -> dict[tuple[str, str], bool]:
        references = list(self._references(node))
        for alias in {each.alias for each in references} & {alias for alias, _ in outer}:
            self._refuse(f"the alias {alias} hides the same alias of the query around it")
        trusted: dict[tuple[str, str], bool] = {}
        visible = {reference.alias: reference.table for reference in references}
        pending = list(references)
        while pending:
            proven = [each for each in pending if self._is_bound(each, visible, {**outer, **trusted})]
            if not proven:
                break
            for reference in proven:
                pending.remove(reference)
                for column in reference.table.keys:
                    trusted[reference.alias, column] = True
        for reference in pending:
            self._report(reference)
        if isinstance(node, exp.Update):
            self._no_key_is_set(node, visible)
        return trusted

    def _report(self, reference: _Reference) -> None:
        table = reference.table
        if self._scope == "global":
            if table.is_tenant and not self._reason.startswith("tenant:"):
                self._refuse(f"global, but touches {table.name}, a tenant's table")
        elif table.needed(self._scope) is None:
            self._refuse(f"{table.name} belongs to no workspace and no user; a query of it is global")
        else:
            self._refuse(f"{table.name} is not constrained to the bound {table.needed(self._scope)}")

    def _is_bound(
        self, reference: _Reference, visible: Mapping[str, Table], trusted: Mapping[tuple[str, str], bool]
    ) -> bool:
        needed = reference.table.needed(self._scope)
        columns = [name for name, kind in reference.table.keys.items() if kind == needed]
        return self._scope in _GRANTED and any(
            self._binds(condition, reference, column, visible, trusted)
            for condition in reference.conditions
            for column in columns
        )

    def _binds(
        self,
        condition: exp.Expr,
        reference: _Reference,
        column: str,
        visible: Mapping[str, Table],
        trusted: Mapping[tuple[str, str], bool],
    ) -> bool:
        if not isinstance(condition, exp.EQ):
            return False
        for mine, other in ((condition.left, condition.right), (condition.right, condition.left)):
            if _column(mine, visible) != (reference.alias, column):
                continue
            kind = reference.table.keys[column]
            if isinstance(other, exp.Parameter):
                return _PARAM.get(other.name) == kind and kind in _GRANTED[self._scope]
            source = _column(other, visible)
            if source and trusted.get(source) and self._kind(source, visible) in (kind, None):
                return True
        return False

    @staticmethod
    def _kind(source: tuple[str, str], visible: Mapping[str, Table]) -> str | None:
        table = visible.get(source[0])
        return table.keys.get(source[1]) if table else None

    def _references(self, node: exp.Expr) -> Iterator[_Reference]:
        where = _conjuncts(node.args.get("where"))
        source = node.args.get("from_") or node.args.get("from")
        joins = node.args.get("joins") or []
        first = [node.this] if isinstance(node, exp.Update | exp.Delete) else []
        plain = [*first, *([source.this] if source else [])]
        everywhere = list(where)
        for join in joins:
            if join.side in ("RIGHT", "FULL"):
                self._refuse(f"a {join.side} JOIN keeps rows that nothing constrains")
            if join.side != "LEFT":
                everywhere += _conjuncts(join.args.get("on"))
        for table in plain:
            yield from self._reference(table, everywhere)
        for join in joins:
            own = _conjuncts(join.args.get("on")) if join.side == "LEFT" else []
            yield from self._reference(join.this, everywhere + own)

    def _reference(self, node: exp.Expr, conditions: list[exp.Expr]) -> Iterator[_Reference]:
        if not isinstance(node, exp.Table):
            return  # a derived table is a block of its own
        if node.name in self._ctes:
            return
        if node.name not in self._schema or node.db not in ("", "dbo") or node.catalog:
            self._refuse(f"no migration makes a table {node.sql()}")
            return
        yield _Reference(node.alias or node.name, self._schema[node.name], conditions)

    def _no_key_is_set(self, node: exp.Update, visible: Mapping[str, Table]) -> None:
        target = self._schema.get(node.this.name)
        for assignment in node.expressions:
            # UserAccount.default_org_id and the like are no keys; a workspace may change its organisation.
            if self._reason.startswith("tenant: moves"):
                continue
            if target and isinstance(assignment, exp.EQ) and assignment.left.name in target.keys:
                self._refuse(f"sets {target.name}.{assignment.left.name}: a row does not change its owner")

    # --- INSERT -------------------------------------------------------------------------

    def _insert(self, node: exp.Insert) -> None:
        target = node.this
        name = target.this.name if isinstance(target, exp.Schema) else target.name
        table = self._schema.get(name)
        if table is None:
            self._refuse(f"no migration makes a table {name}")
            return
        if self._scope == "global":
            self._report(_Reference(name, table))
            return
        needed = table.needed(self._scope)
        columns = [each.name for each in target.expressions] if isinstance(target, exp.Schema) else []
        keys = [column for column, kind in table.keys.items() if kind == needed]
        if needed is None or not columns or not set(keys) <= set(columns):
            self._report(_Reference(name, table))
            return
        source = node.expression
        rows = (
            [row.expressions for row in source.expressions]
            if isinstance(source, exp.Values)
            else [arm.expressions for arm in _arms(source)]
        )
        for row in rows:
            for key in keys:
                value = row[columns.index(key)] if len(row) == len(columns) else None
                if not (isinstance(value, exp.Parameter) and _PARAM.get(value.name) == needed):
                    self._refuse(f"puts something else than the bound {needed} into {name}.{key}")


def _arms(node: exp.Expr | None) -> list[exp.Select]:
    if isinstance(node, exp.Select):
        return [node]
    if isinstance(node, exp.SetOperation):
        return [*_arms(node.left), *_arms(node.right)]
    return []


def _assigns(node: exp.Expr) -> bool:
    """T-SQL's ``SELECT @name = …``, which reads as a comparison elsewhere."""
    return isinstance(node, exp.EQ) and isinstance(node.left, exp.Parameter)


def _inner_blocks(node: exp.Expr) -> Iterator[exp.Expr]:
    """The nearest query blocks below a node."""
    for child in node.iter_expressions():
        if isinstance(child, exp.Select | exp.Update | exp.Delete | exp.Insert):
            yield child
        else:
            yield from _inner_blocks(child)


def _conjuncts(node: exp.Expr | None) -> list[exp.Expr]:
    """What must hold whatever else does: the operands of the top-level ANDs, parentheses removed."""
    if node is None:
        return []
    if isinstance(node, exp.Where | exp.Paren):
        return _conjuncts(node.this)
    if isinstance(node, exp.And):
        return [*_conjuncts(node.left), *_conjuncts(node.right)]
    return [node]


def _column(node: exp.Expr, visible: Mapping[str, Table]) -> tuple[str, str] | None:
    """(alias, column); a bare name counts where one table only can be meant."""
    if not isinstance(node, exp.Column):
        return None
    if node.table:
        return node.table, node.name
    owners = [alias for alias, table in visible.items() if node.name in table.columns]
    return (owners[0], node.name) if len(owners) == 1 and len(visible) == 1 else None
