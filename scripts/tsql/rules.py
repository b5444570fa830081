"""What SQL Server refuses, or does wrong, and its parser, binder and compiler let pass.

Each rule is named after the error that the server would give at run time, or stands for a rule of this
service, and points to the page that says so. ``RULES`` lists them; the corpus breaks each at least once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from scripts.tsql.frontend import Message, Runtime
from scripts.tsql.schema import Column, Table
from scripts.tsql.trees import Names, Path, Trees, kind, last_name, text, token_before

_ERRORS = "relational-databases/errors-events/database-engine-events-and-errors"
_AGGREGATES = {"count", "count_big", "sum", "min", "max", "avg", "string_agg", "stdev", "var"}
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_NUMBER = re.compile(r"\s*[+-]?\d+(\.\d+)?\s*")
_FAMILIES = {
    **dict.fromkeys(("nvarchar", "varchar", "nchar", "char", "sysname"), "text"),
    **dict.fromkeys(("int", "bigint", "smallint", "tinyint", "bit", "decimal", "numeric"), "number"),
    **dict.fromkeys(("datetime2", "date", "datetimeoffset"), "time"),
    "uniqueidentifier": "uuid",
}
# Their arguments are words of the language, not text.
_TAKES_WORDS = {"hashbytes", "json_value", "json_query", "json_modify", "isjson", "openjson"}
_NOT_A_STATEMENT_BEFORE = {"", "Semicolon", "Begin", "Else", "As", "Go"}
_SETS_FOR_INDEXES = {
    "QuotedIdentifier", "AnsiNulls", "AnsiPadding", "AnsiWarnings", "ArithAbort", "ConcatNullYieldsNull",
}  # fmt: skip


@dataclass(frozen=True)
class Rule:
    """``number``: the error that the server gives, None for a rule of this service's own."""

    number: int | None
    page: str

    @property
    def source(self) -> str:
        return f"error {self.number}" if self.number else "rule"


RULES: Mapping[str, Rule] = {
    "variable": Rule(137, f"{_ERRORS}-0-to-999"),
    "insert arity": Rule(109, f"{_ERRORS}-0-to-999"),
    "duplicate column": Rule(264, f"{_ERRORS}-0-to-999"),
    "missing column": Rule(515, f"{_ERRORS}-0-to-999"),
    "insert columns": Rule(213, f"{_ERRORS}-0-to-999"),
    "identity": Rule(544, f"{_ERRORS}-0-to-999"),
    "computed": Rule(271, f"{_ERRORS}-0-to-999"),
    "rowversion": Rule(272, f"{_ERRORS}-0-to-999"),
    "set arity": Rule(205, f"{_ERRORS}-0-to-999"),
    "subquery arity": Rule(116, f"{_ERRORS}-0-to-999"),
    "aggregate in where": Rule(147, f"{_ERRORS}-0-to-999"),
    "distinct order": Rule(145, f"{_ERRORS}-0-to-999"),
    "type clash": Rule(206, f"{_ERRORS}-0-to-999"),
    "conversion": Rule(245, f"{_ERRORS}-0-to-999"),
    "output on triggers": Rule(334, "t-sql/queries/output-clause-transact-sql"),
    "with needs semicolon": Rule(319, "t-sql/queries/with-common-table-expression-transact-sql"),
    "throw needs semicolon": Rule(102, "t-sql/language-elements/throw-transact-sql"),
    "hint conflict": Rule(1047, "t-sql/queries/hints-transact-sql-table"),
    "readpast": Rule(650, "t-sql/queries/hints-transact-sql-table"),
    "dirty read": Rule(601, "t-sql/queries/hints-transact-sql-table"),
    "key size": Rule(1946, "sql-server/maximum-capacity-specifications-for-sql-server"),
    "key of max": Rule(1919, "t-sql/statements/create-index-transact-sql"),
    "clustered twice": Rule(1902, "t-sql/statements/create-index-transact-sql"),
    "reference type": Rule(1778, "relational-databases/tables/create-foreign-key-relationships"),
    "cascade": Rule(1785, "relational-databases/errors-events/mssqlserver-1785-database-engine-error"),
    "set option": Rule(1934, "t-sql/statements/create-index-transact-sql"),
    "window in where": Rule(4108, "t-sql/queries/select-over-clause-transact-sql"),
    "group by": Rule(8120, "t-sql/queries/select-group-by-transact-sql"),
    "top with offset": Rule(10741, "t-sql/queries/select-order-by-clause-transact-sql"),
    "for update": Rule(1003, "t-sql/language-elements/declare-cursor-transact-sql"),
    "merge": Rule(None, "t-sql/statements/merge-transact-sql"),
    "unicode literal": Rule(None, "t-sql/data-types/nchar-and-nvarchar-transact-sql"),
    "column path": Rule(None, "t-sql/functions/openjson-transact-sql"),
    "column conversion": Rule(None, "t-sql/data-types/data-type-precedence-transact-sql"),
    "update lock alone": Rule(None, "t-sql/queries/hints-transact-sql-table"),
    "guard row": Rule(None, "relational-databases/sql-server-transaction-locking-and-row-versioning-guide"),
}


def message(name: str, line: int, what: str) -> Message:
    rule = RULES[name]
    return Message(line, rule.source, f"{what} ({name}: https://learn.microsoft.com/sql/{rule.page})")


class StatementRules:
    """Checks parsed statements against a schema. ``params`` are those the statement is bound to."""

    def __init__(self, runtime: Runtime, tables: Mapping[str, Table]) -> None:
        self._trees = Trees(runtime)
        self._tables = tables

    def check(self, tree: Any, params: Mapping[str, str], *, is_guard: bool = False) -> list[Message]:
        self._names = Names(self._trees, self._tables, params, tree)
        self._declared = {name.lower() for name in params} | self._declarations(tree)
        self._is_guard = is_guard
        found = []
        for node, path in self._trees.walk(tree):
            for name, what in self._about(node, path):
                found.append(message(name, node.StartLine, what))
        return found

    def _about(self, node: Any, path: Path) -> Iterator[tuple[str, str]]:
        rule = _ON.get(kind(node))
        if rule is not None:
            yield from rule(self, node, path)
        if getattr(node, "WithCtesAndXmlNamespaces", None) is not None and _follows_a_statement(node):
            yield "with needs semicolon", "the statement before WITH ends without ';'"

    def _declarations(self, tree: Any) -> set[str]:
        found = set()
        for node, _ in self._trees.walk(tree):
            if kind(node) in ("DeclareVariableElement", "ProcedureParameter") or (
                kind(node) == "DeclareTableVariableBody" and node.VariableName is not None
            ):
                found.add(node.VariableName.Value[1:].lower())
        return found

    # --- statements ---------------------------------------------------------------------

    def _insert(self, node: Any, path: Path) -> Iterator[tuple[str, str]]:
        names = [last_name(each) for each in node.Columns]
        if not names:
            yield "insert columns", "INSERT names its columns"
        yield from _duplicates(names)
        source = node.InsertSource
        if names and kind(source) == "ValuesInsertSource":
            for row in source.RowValues:
                if row.ColumnValues.Count != len(names):
                    yield "insert arity", f"{len(names)} columns, {row.ColumnValues.Count} values"
        elif names and kind(source) == "SelectInsertSource":
            count = _arity(source.Select)
            if count is not None and count != len(names):
                yield "insert arity", f"{len(names)} columns, the SELECT has {count}"
        table = self._names.target(node)
        if table is not None and names:
            yield from self._written(table, names, "insert")
            for column in table.columns.values():
                if _is_required(column) and column.name.lower() not in names:
                    yield "missing column", f"{table.name}.{column.name} has no value and no default"
        yield from self._output(node, table)

    def _guard(self, node: Any, path: Path) -> Iterator[tuple[str, str]]:
        """Microsoft promises an exclusive lock to the end of the transaction for what is modified; of a hint
        only SQL Server itself could show that it holds."""
        if self._is_guard and kind(node) != "UpdateStatement":
            yield "guard row", "a guard row is taken by an UPDATE in a statement of its own"
        if self._is_guard and kind(node) == "UpdateStatement" and node.UpdateSpecification.OutputClause:
            yield "guard row", "what was taken is read by the next statement, not by OUTPUT"

    def _update(self, node: Any, path: Path) -> Iterator[tuple[str, str]]:
        clauses = [each for each in node.SetClauses if kind(each) == "AssignmentSetClause"]
        names = [last_name(each.Column) for each in clauses if each.Column is not None]
        yield from _duplicates(names)
        table = self._names.target(node)
        if table is not None:
            yield from self._written(table, names, "update")
        yield from self._output(node, table)

    def _delete(self, node: Any, path: Path) -> Iterator[tuple[str, str]]:
        yield from self._output(node, self._names.target(node))

    @staticmethod
    def _written(table: Table, names: list[str], verb: str) -> Iterator[tuple[str, str]]:
        for name in names:
            column = table.column(name)
            if column is None:
                continue  # the binder says so
            if column.is_identity:
                yield "identity", f"{verb} of the identity column {table.name}.{column.name}"
            elif column.is_computed:
                yield "computed", f"{verb} of the computed column {table.name}.{column.name}"
            elif column.is_rowversion:
                yield "rowversion", f"{verb} of the rowversion column {table.name}.{column.name}"

    @staticmethod
    def _output(node: Any, table: Table | None) -> Iterator[tuple[str, str]]:
        if node.OutputClause is not None and table is not None and table.has_triggers:
            yield "output on triggers", f"OUTPUT without INTO, and {table.name} has triggers"

    def _merge(self, node: Any, path: Path) -> Iterator[tuple[str, str]]:
        yield "merge", "no MERGE: it races; UPDATE, then INSERT and catch the unique violation"

    def _for_update(self, node: Any, path: Path) -> Iterator[tuple[str, str]]:
        yield "for update", "FOR UPDATE is for cursors"

    def _throw(self, node: Any, path: Path) -> Iterator[tuple[str, str]]:
        if kind(path[-1][0]) != "IfStatement" and _follows_a_statement(node):
            yield "throw needs semicolon", "the statement before THROW ends without ';'"

    def _set(self, node: Any, path: Path) -> Iterator[tuple[str, str]]:
        options = {each.strip() for each in str(node.Options).split(",")}
        if not node.IsOn and options & _SETS_FOR_INDEXES:
            yield "set option", "filtered indexes cannot be written with this option off"
        if node.IsOn and "NumericRoundAbort" in options:
            yield "set option", "filtered indexes cannot be written with NUMERIC_ROUNDABORT on"

    # --- queries ------------------------------------------------------------------------

    def _query(self, node: Any, path: Path) -> Iterator[tuple[str, str]]:
        if node.TopRowFilter is not None and node.OffsetClause is not None:
            yield "top with offset", "TOP and OFFSET in one query"
        yield from self._grouping(node)
        if str(node.UniqueRowFilter) == "Distinct" and node.OrderByClause is not None:
            listed = {text(each.Expression) for each in node.SelectElements if hasattr(each, "Expression")}
            listed |= {text(e.ColumnName) for e in node.SelectElements if getattr(e, "ColumnName", None)}
            for element in node.OrderByClause.OrderByElements:
                if text(element.Expression) not in listed and kind(element.Expression) != "IntegerLiteral":
                    yield "distinct order", "SELECT DISTINCT is ordered by what it does not answer"

    def _grouping(self, node: Any) -> Iterator[tuple[str, str]]:
        group = node.GroupByClause
        keys = set()
        if group is not None:
            keys = {
                text(each.Expression) for each in group.GroupingSpecifications if hasattr(each, "Expression")
            }
        elif not any(
            self._is_aggregate(part) for each in node.SelectElements for part in self._trees.walk_block(each)
        ):
            return
        for element in node.SelectElements:
            yield from self._ungrouped(element, keys)

    def _ungrouped(self, node: Any, keys: set[str]) -> Iterator[tuple[str, str]]:
        if text(node) in keys or self._is_aggregate(node) or kind(node) in ("ScalarSubquery", "Identifier"):
            return
        if kind(node) == "ColumnReferenceExpression":
            bare = text(node).rpartition(".")[2]
            if bare not in {key.rpartition(".")[2] for key in keys}:
                yield "group by", f"{text(node).lower()} is neither grouped nor aggregated"
            return
        for _, child in self._trees.children(node):
            yield from self._ungrouped(child, keys)

    @staticmethod
    def _is_aggregate(node: Any) -> bool:
        return (
            kind(node) == "FunctionCall"
            and node.OverClause is None
            and node.FunctionName.Value.lower() in _AGGREGATES
        )

    def _union(self, node: Any, path: Path) -> Iterator[tuple[str, str]]:
        first, second = _arity(node.FirstQueryExpression), _arity(node.SecondQueryExpression)
        if first is not None and second is not None and first != second:
            yield "set arity", f"{first} columns above, {second} below"

    def _subquery(self, node: Any, path: Path) -> Iterator[tuple[str, str]]:
        count = _arity(node.QueryExpression)
        if count is not None and count > 1 and kind(path[-1][0]) != "ExistsPredicate":
            yield "subquery arity", f"a subquery in an expression answers {count} columns"

    def _call(self, node: Any, path: Path) -> Iterator[tuple[str, str]]:
        for ancestor, _ in reversed(path):
            if kind(ancestor) in ("ScalarSubquery", "QueryDerivedTable", "QuerySpecification"):
                return
            if kind(ancestor) == "WhereClause":
                if node.OverClause is not None:
                    yield "window in where", "a window function in WHERE"
                elif self._is_aggregate(node):
                    yield "aggregate in where", "an aggregate in WHERE"
                return

    def _variable(self, node: Any, path: Path) -> Iterator[tuple[str, str]]:
        parent, way = path[-1]
        if kind(parent) == "ExecuteParameter" and way == "Variable":
            return
        if node.Name[1:].lower() not in self._declared:
            yield "variable", f"{node.Name} is not declared"

    def _table(self, node: Any, path: Path) -> Iterator[tuple[str, str]]:
        hints = {str(each.HintKind) for each in node.TableHints}
        holds = hints & {"HoldLock", "Serializable"}
        if hints & {"NoLock", "ReadUncommitted"}:
            yield "dirty read", "NOLOCK reads what may never have been"
            if len(hints) > 1:
                yield "hint conflict", "hints that exclude each other"
        if "ReadPast" in hints and "ReadCommittedLock" not in hints:
            yield "readpast", "READPAST goes with READCOMMITTEDLOCK under READ_COMMITTED_SNAPSHOT"
        if "UpdLock" in hints and not holds and "ReadPast" not in hints:
            yield "update lock alone", "UPDLOCK goes with HOLDLOCK, or nothing keeps a missing row missing"

    # --- types --------------------------------------------------------------------------

    def _literal(self, node: Any, path: Path) -> Iterator[tuple[str, str]]:
        if node.IsNational and kind(path[-1][0]) == "SchemaDeclarationItemOpenjson":
            yield "column path", f"the path N'{node.Value}' is written without its N, as the page does"
        if node.IsNational or _is_word(path):
            return
        column = next((each for each in self._compared(path) if each in ("char", "varchar")), None)
        if column is None:
            yield "unicode literal", f"the literal '{node.Value}' lacks its N"

    def _compared(self, path: Path) -> Iterator[str | None]:
        """The types of what a literal is compared with, or converted to."""
        parent, _ = path[-1]
        if kind(parent) == "BooleanComparisonExpression":
            for side in (parent.FirstExpression, parent.SecondExpression):
                if kind(side) != "StringLiteral":
                    yield self._names.type(side, path)
        elif kind(parent) == "InPredicate":
            yield self._names.type(parent.Expression, path)
        elif kind(parent) in ("CastCall", "ConvertCall"):
            yield self._names.type(parent, path)

    def _comparison(self, node: Any, path: Path) -> Iterator[tuple[str, str]]:
        here = (*path, (node, ""))
        yield from self._pair(node.FirstExpression, node.SecondExpression, here)

    def _membership(self, node: Any, path: Path) -> Iterator[tuple[str, str]]:
        for value in node.Values:
            yield from self._pair(node.Expression, value, (*path, (node, "")))

    def _pair(self, first: Any, second: Any, path: Path) -> Iterator[tuple[str, str]]:
        types = self._names.type(first, path), self._names.type(second, path)
        families = [_FAMILIES.get(each or "") for each in types]
        if None in families:
            return
        if "text" not in families and families[0] != families[1]:
            yield "type clash", f"{types[0]} is compared with {types[1]}"
        for mine, other, side in ((0, 1, second), (1, 0, first)):
            if kind(side) == "StringLiteral":
                wanted = {"uuid": _UUID, "number": _NUMBER}.get(families[mine] or "")
                if wanted and not wanted.fullmatch(side.Value):
                    yield "conversion", f"'{side.Value}' is no {types[mine]}"
            column = (first, second)[mine]
            if (
                kind(column) == "ColumnReferenceExpression"
                and types[mine] in ("char", "varchar")
                and types[other] in ("nchar", "nvarchar")
            ):
                yield "column conversion", f"{text(column).lower()} is converted row by row: no index is used"


_ON: Mapping[str, Callable[[StatementRules, Any, Path], Iterator[tuple[str, str]]]] = {
    "InsertSpecification": StatementRules._insert,
    "UpdateSpecification": StatementRules._update,
    "UpdateStatement": StatementRules._guard,
    "SelectStatement": StatementRules._guard,
    "DeleteSpecification": StatementRules._delete,
    "MergeStatement": StatementRules._merge,
    "UpdateForClause": StatementRules._for_update,
    "ThrowStatement": StatementRules._throw,
    "PredicateSetStatement": StatementRules._set,
    "QuerySpecification": StatementRules._query,
    "BinaryQueryExpression": StatementRules._union,
    "ScalarSubquery": StatementRules._subquery,
    "FunctionCall": StatementRules._call,
    "VariableReference": StatementRules._variable,
    "NamedTableReference": StatementRules._table,
    "StringLiteral": StatementRules._literal,
    "BooleanComparisonExpression": StatementRules._comparison,
    "InPredicate": StatementRules._membership,
}


def _follows_a_statement(node: Any) -> bool:
    return token_before(node) not in _NOT_A_STATEMENT_BEFORE


def _is_word(path: Path) -> bool:
    """Whether a literal is a word of the language: an algorithm, a JSON path, a column alias, a time."""
    parent, way = path[-1]
    if kind(parent) == "FunctionCall":
        return parent.FunctionName.Value.lower() in _TAKES_WORDS
    is_word = kind(parent) in ("WaitForStatement", "SchemaDeclarationItemOpenjson")
    return is_word or way in ("ColumnName", "RowPattern", "Mapping")


def _duplicates(names: list[str]) -> Iterator[tuple[str, str]]:
    for name in sorted({each for each in names if names.count(each) > 1}):
        yield "duplicate column", f"{name} stands twice"


def _is_required(column: Column) -> bool:
    gets_a_value = column.has_default or column.is_identity or column.is_computed or column.is_rowversion
    return not column.is_nullable and not gets_a_value


def _arity(query: Any) -> int | None:
    if kind(query) == "QuerySpecification":
        elements = [*query.SelectElements]
        return None if any(kind(each) == "SelectStarExpression" for each in elements) else len(elements)
    if kind(query) == "BinaryQueryExpression":
        return _arity(query.FirstQueryExpression)
    if kind(query) == "QueryParenthesisExpression":
        return _arity(query.QueryExpression)
    return None
