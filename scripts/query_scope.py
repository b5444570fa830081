"""Proves tenant scope: every table of a tenant that a query touches is constrained to the bound workspace.

Development and CI only; it parses the SQL with sqlglot. What it proves is the row-level security of both
backends, so it is narrow on purpose: a constraint counts when it is an equality that every row must meet
(a conjunct of WHERE, or of the ON of the join it stands at), on the right column of the right table, with
the bound parameter or with a column that is itself constrained. Whatever it cannot follow, it refuses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError

from app.db.query_files import Problem, QueryText
from scripts.query_schema import (
    ORGANIZATION,
    PARSERS,
    REFERENCE_TABLES,
    USER,
    WORKSPACE,
    Schema,
    Table,
    View,
)

_PARAM = {"workspace_id": WORKSPACE, "org_id": ORGANIZATION, "user_id": USER}
_GRANTED = {"workspace": (WORKSPACE, USER), "organization": (ORGANIZATION, USER), "caller": (USER,)}
_ROWS_OF_JSON = ("JSON_EACH", "OPENJSON")


@dataclass
class Reference:
    """A table in a query block: its alias, and the conditions that hold for each of its rows."""

    alias: str
    table: Table
    conditions: list[exp.Expr] = field(default_factory=list)


@dataclass
class Block:
    """A SELECT, UPDATE or DELETE, with the tables that its rows are made of."""

    references: list[Reference]
    around: Block | None
    """The block that this one stands in."""
    node: exp.Expr

    @property
    def visible(self) -> dict[str, Table]:
        return {each.alias: each.table for each in self.references}


class ScopeProof:
    """Checks one body. ``problems`` holds what is not proven; empty means proven. ``blocks`` are its query
    blocks, outer ones first."""

    def __init__(self, query: QueryText, dialect: str, sql: str | exp.Expr, schema: Schema) -> None:
        self._query = query
        self._schema = schema
        self._scope, _, self._reason = query.scope.partition(" ")
        self._line = query.body_lines[dialect]  # type: ignore[index]
        self._dialect = dialect
        self.problems: list[Problem] = []
        try:
            parsed = sql if isinstance(sql, exp.Expr) else sqlglot.parse_one(sql, read=PARSERS[dialect])
        except ParseError as error:
            self.tree: exp.Expr | None = None
            self._refuse(f"cannot be parsed: {str(error).splitlines()[0]}")
            return
        self.tree = parsed
        self.blocks: list[Block] = []
        self._followed: set[int] = set()
        self._ctes = {cte.alias: cte.this for cte in parsed.find_all(exp.CTE)}
        for name in self._ctes.keys() & schema.keys():
            self._refuse(f"a common table expression must not hide the table {name}")
        self._block(parsed, {}, None)
        self._nothing_is_passed_over(parsed)

    def _refuse(self, message: str) -> None:
        text = f"{self._query.name} ({self._dialect}): {message}"
        self.problems.append(Problem(self._query.file.name, self._line, text))

    def _block(self, node: exp.Expr, outer: Mapping[tuple[str, str], bool], around: Block | None) -> None:
        """A query block and, with what it has proven, the blocks inside it."""
        trusted: dict[tuple[str, str], bool] = dict(outer)
        if isinstance(node, exp.Select | exp.Update | exp.Delete):
            block = Block(list(self._references(node)), around, node)
            self.blocks.append(block)
            trusted |= self._prove(block, outer)
            around = block
        if isinstance(node, exp.Update | exp.Delete):
            self._target(node)
        if isinstance(node, exp.Insert):
            self._insert(node)
            if node.args.get("conflict"):
                self._refuse("ON CONFLICT may change a row of another workspace")
        if isinstance(node, exp.Select) and any(map(_assigns, node.expressions)):
            self._refuse("a SELECT that assigns to a parameter")
        for child in _inner_blocks(node):
            self._block(child, trusted, around)

    def _nothing_is_passed_over(self, tree: exp.Expr) -> None:
        """A table that no block has looked at stands where this proof does not look: refused."""
        for table in tree.find_all(exp.Table):
            if id(table) not in self._followed and table.arg_key != "indexed":
                self._refuse(f"{table.sql()} stands where its rows cannot be followed")
        for lateral in tree.find_all(exp.Lateral):
            if not isinstance(lateral.this, exp.Subquery | exp.OpenJSON):
                self._refuse(f"{lateral.sql()} stands where its rows cannot be followed")
        for each in tree.find_all(exp.In):
            if each.args.get("field"):
                self._refuse(f"{each.sql()}: IN takes values or a SELECT")

    # --- SELECT, UPDATE, DELETE ---------------------------------------------------------

    def _prove(self, block: Block, outer: Mapping[tuple[str, str], bool]) -> dict[tuple[str, str], bool]:
        for alias in block.visible.keys() & {alias for alias, _ in outer}:
            self._refuse(f"the alias {alias} hides the same alias of the query around it")
        trusted: dict[tuple[str, str], bool] = {}
        visible = block.visible
        pending = list(block.references)
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
        return trusted

    def _report(self, reference: Reference) -> None:
        table = reference.table
        if self._scope == "global":
            if table.is_tenant and not self._reason.startswith("tenant:"):
                self._refuse(f"global, but touches {table.name}, a tenant's table")
        elif table.needed(self._scope) is None:
            self._refuse(f"{table.name} belongs to no workspace and no user; a query of it is global")
        else:
            self._refuse(f"{table.name} is not constrained to the bound {table.needed(self._scope)}")

    def _is_bound(
        self, reference: Reference, visible: Mapping[str, Table], trusted: Mapping[tuple[str, str], bool]
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
        reference: Reference,
        column: str,
        visible: Mapping[str, Table],
        trusted: Mapping[tuple[str, str], bool],
    ) -> bool:
        if not isinstance(condition, exp.EQ):
            return False
        for mine, other in ((condition.left, condition.right), (condition.right, condition.left)):
            if column_of(mine, visible) != (reference.alias, column):
                continue
            kind = reference.table.keys[column]
            if isinstance(other, exp.Parameter):
                return _PARAM.get(other.name) == kind and kind in _GRANTED[self._scope]
            source = column_of(other, visible)
            if source and trusted.get(source) and self._kind(source, visible) in (kind, None):
                return True
        return False

    @staticmethod
    def _kind(source: tuple[str, str], visible: Mapping[str, Table]) -> str | None:
        table = visible.get(source[0])
        return table.keys.get(source[1]) if table else None

    def _references(self, node: exp.Expr) -> Iterator[Reference]:
        where = conjuncts(node.args.get("where"))
        source = node.args.get("from_") or node.args.get("from")
        joins = node.args.get("joins") or []
        first = [node.this] if isinstance(node, exp.Update | exp.Delete) else []
        plain = [*first, *([source.this] if source else [])]
        everywhere = list(where)
        for join in joins:
            if join.side in ("RIGHT", "FULL"):
                self._refuse(f"a {join.side} JOIN keeps rows that nothing constrains")
            if join.side != "LEFT":
                everywhere += conjuncts(join.args.get("on"))
        for table in plain:
            yield from self._reference(table, everywhere)
        for join in joins:
            own = conjuncts(join.args.get("on")) if join.side == "LEFT" else []
            yield from self._reference(join.this, everywhere + own)

    def _reference(self, node: exp.Expr, conditions: list[exp.Expr]) -> Iterator[Reference]:
        if not isinstance(node, exp.Table):
            return  # a derived table is a block of its own
        self._followed.add(id(node))
        if node.name in self._ctes or _is_rows_of_json(node):
            return
        if node.name not in self._schema or node.db not in ("", "dbo") or node.catalog:
            self._refuse(f"no migration makes a table {node.sql()}")
            return
        is_target = node.arg_key == "this" and isinstance(node.parent, exp.Update | exp.Delete)
        if is_target and isinstance(self._schema[node.name], View):
            self._refuse(f"{node.name} is a view: change its tables")
        if is_target or node.name not in REFERENCE_TABLES:
            yield Reference(node.alias or node.name, self._schema[node.name], conditions)

    def _target(self, node: exp.Update | exp.Delete) -> None:
        """No row changes its owner, under no name that a common table expression gives to a column."""
        if self._reason.startswith("tenant: moves"):
            return  # a workspace may change its organisation
        for assignment in node.expressions if isinstance(node, exp.Update) else ():
            if not isinstance(assignment, exp.EQ):
                continue
            table, column = self._origin(node.this.name, assignment.left.name)
            # UserAccount.default_org_id and the like are no keys.
            if table is None:
                self._refuse(f"sets {column} of {node.this.name}, which comes of no one table")
            elif column in table.keys:
                self._refuse(f"sets {table.name}.{column}: a row does not change its owner")

    def _origin(self, name: str, column: str) -> tuple[Table | None, str]:
        """The table that a name stands for, and what it calls the column."""
        if name not in self._ctes:
            return self._schema.get(name, Table(name, ())), column
        select = self._ctes[name]
        source = select.args.get("from_") if isinstance(select, exp.Select) else None
        if source is None or select.args.get("joins") or not isinstance(source.this, exp.Table):
            return None, column
        answers = [each for each in select.expressions if each.alias_or_name == column]
        inner = answers[0].unalias() if len(answers) == 1 else None
        if not isinstance(inner, exp.Column):
            return None, column
        return self._origin(source.this.name, inner.name)

    # --- INSERT -------------------------------------------------------------------------

    def _insert(self, node: exp.Insert) -> None:
        target = node.this
        name = target.this.name if isinstance(target, exp.Schema) else target.name
        self._followed.add(id(target.this if isinstance(target, exp.Schema) else target))
        table = self._schema.get(name)
        if table is None:
            self._refuse(f"no migration makes a table {name}")
            return
        if self._scope == "global":
            self._report(Reference(name, table))
            return
        needed = table.needed(self._scope)
        columns = [each.name for each in target.expressions] if isinstance(target, exp.Schema) else []
        keys = [column for column, kind in table.keys.items() if kind == needed]
        if needed is None or not columns or not set(keys) <= set(columns):
            self._report(Reference(name, table))
            return
        source = node.expression
        rows = (
            [row.expressions for row in source.expressions]
            if isinstance(source, exp.Values)
            else [arm.expressions for arm in arms(source)]
        )
        for row in rows:
            for key in keys:
                value = row[columns.index(key)] if len(row) == len(columns) else None
                if not (isinstance(value, exp.Parameter) and _PARAM.get(value.name) == needed):
                    self._refuse(f"puts something else than the bound {needed} into {name}.{key}")


def arms(node: exp.Expr | None) -> list[exp.Select]:
    if isinstance(node, exp.Select):
        return [node]
    if isinstance(node, exp.SetOperation):
        return [*arms(node.left), *arms(node.right)]
    return []


def _is_rows_of_json(node: exp.Table) -> bool:
    """Rows made of a value: no table's, and the value is of the query."""
    function = node.this
    name = function.name if isinstance(function, exp.Anonymous) else type(function).__name__
    return isinstance(function, exp.Func) and name.upper() in _ROWS_OF_JSON


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


def conjuncts(node: exp.Expr | None) -> list[exp.Expr]:
    """What must hold whatever else does: the operands of the top-level ANDs, parentheses removed."""
    if node is None:
        return []
    if isinstance(node, exp.Where | exp.Paren):
        return conjuncts(node.this)
    if isinstance(node, exp.And):
        return [*conjuncts(node.left), *conjuncts(node.right)]
    return [node]


def column_of(node: exp.Expr, visible: Mapping[str, Table]) -> tuple[str, str] | None:
    """(alias, column); a bare name counts where one table only can be meant."""
    if not isinstance(node, exp.Column):
        return None
    if node.table:
        return node.table, node.name
    owners = [alias for alias, table in visible.items() if node.name in table.columns]
    return (owners[0], node.name) if len(owners) == 1 and len(visible) == 1 else None
