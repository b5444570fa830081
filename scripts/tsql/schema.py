"""What the migrations of SQL Server amount to: CREATE and ALTER statements folded into one schema.

The binder and the compiler take CREATE statements only and pass over ALTER in silence, so the folding is
done here, on the parser's trees. A statement that it cannot follow is a finding: nothing is proven about a
schema that was only partly read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from scripts.tsql.frontend import Message, Runtime

_TYPE_BYTES = {
    "bigint": 8, "int": 4, "smallint": 2, "tinyint": 1, "bit": 1, "uniqueidentifier": 16, "date": 3,
    "datetime": 8, "datetime2": 8, "datetimeoffset": 10, "time": 5, "float": 8, "real": 4, "money": 8,
    "decimal": 17, "numeric": 17, "rowversion": 8, "timestamp": 8, "sysname": 256, "sql_variant": 8016,
}  # fmt: skip
_MAX = 2**31
_DATA = {
    "InsertStatement", "UpdateStatement", "DeleteStatement", "SelectStatement", "IfStatement",
    "DeclareVariableStatement", "BeginEndBlockStatement", "WhileStatement", "PredicateSetStatement",
    "SetVariableStatement", "PrintStatement", "ThrowStatement",
}  # fmt: skip


@dataclass(frozen=True)
class Column:
    name: str
    type: str
    bytes: int
    """The most a value takes."""
    is_nullable: bool
    has_default: bool = False
    is_identity: bool = False
    is_computed: bool = False
    collation: str | None = None

    @property
    def shape(self) -> tuple[str, int, str | None]:
        """What a foreign key and what it refers to have in common."""
        return self.type, self.bytes, self.collation

    @property
    def is_rowversion(self) -> bool:
        return self.type in ("rowversion", "timestamp")


@dataclass(frozen=True)
class Key:
    """A primary key, unique constraint or index."""

    name: str
    columns: tuple[str, ...]
    is_clustered: bool
    is_filtered: bool = False
    line: int = 0


@dataclass(frozen=True)
class ForeignKey:
    name: str
    columns: tuple[str, ...]
    table: str
    referenced: tuple[str, ...]
    cascades: bool
    line: int = 0


@dataclass
class Table:
    name: str
    columns: dict[str, Column] = field(default_factory=dict)
    keys: list[Key] = field(default_factory=list)
    foreign_keys: list[ForeignKey] = field(default_factory=list)
    has_triggers: bool = False

    def column(self, name: str) -> Column | None:
        return self.columns.get(name.lower())


class Schema:
    """Fold scripts in, in order; then ``tables`` and ``script``."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._generator = runtime.dom.Sql150ScriptGenerator()
        self._trees: dict[str, Any] = {}
        self._objects: dict[str, tuple[str, Any]] = {}

    def fold(self, script: str) -> tuple[list[Message], list[Any]]:
        """Findings, and the statements that move data, which are to be checked as queries."""
        tree, messages = self._runtime.parse(script)
        data = []
        if not messages:
            for batch in tree.Batches:
                for statement in batch.Statements:
                    kind = type(statement).__name__
                    if kind in _DATA:
                        data.append(statement)
                    elif not self._take(kind, statement):
                        text = f"the proof cannot follow {kind}; teach scripts/tsql/schema.py"
                        messages.append(Message(statement.StartLine, "schema", text))
        return messages, data

    def _take(self, kind: str, statement: Any) -> bool:
        if kind == "CreateTableStatement":
            self._trees[_name(statement.SchemaObjectName)] = statement
        elif kind == "CreateIndexStatement":
            table = _name(statement.OnName)
            self._objects[f"{table}.{statement.Name.Value}".lower()] = (table, statement)
        elif kind in ("CreateTriggerStatement", "CreateOrAlterTriggerStatement"):
            self._objects[_name(statement.Name).lower()] = (_name(statement.TriggerObject.Name), statement)
        elif kind in ("CreateViewStatement", "CreateProcedureStatement", "CreateFunctionStatement"):
            name = getattr(statement, "SchemaObjectName", None) or getattr(statement, "Name", None)
            name = name or statement.ProcedureReference.Name
            self._objects[_name(name).lower()] = ("", statement)
        elif kind == "CreateSchemaStatement":
            self._objects[f"schema {statement.Name.Value}".lower()] = ("", statement)
        elif kind.startswith("AlterTable"):
            return self._alter(kind, statement)
        elif kind.startswith("Drop"):
            return self._drop(kind, statement)
        else:
            return False
        return True

    def _alter(self, kind: str, statement: Any) -> bool:
        tree = self._trees.get(_name(statement.SchemaObjectName))
        if tree is None:
            return False
        columns = tree.Definition.ColumnDefinitions
        if kind == "AlterTableAddTableElementStatement":
            for column in statement.Definition.ColumnDefinitions:
                columns.Add(column)
            for constraint in statement.Definition.TableConstraints:
                tree.Definition.TableConstraints.Add(constraint)
        elif kind == "AlterTableAlterColumnStatement":
            for column in columns:
                if column.ColumnIdentifier.Value.lower() == statement.ColumnIdentifier.Value.lower():
                    self._retype(column, statement)
        elif kind == "AlterTableDropTableElementStatement":
            for element in statement.AlterTableDropTableElements:
                self._remove(tree, element.Name.Value.lower())
        else:
            return kind in (
                "AlterTableConstraintModificationStatement",
                "AlterTableTriggerModificationStatement",
            )
        return True

    def _retype(self, column: Any, statement: Any) -> None:
        column.DataType, column.Collation = statement.DataType, statement.Collation
        for each in [*column.Constraints]:
            if type(each).__name__ == "NullableConstraintDefinition":
                column.Constraints.Remove(each)
        nullable = self._runtime.dom.NullableConstraintDefinition()
        nullable.Nullable = str(statement.AlterTableAlterColumnOption) != "NotNull"
        column.Constraints.Add(nullable)

    @staticmethod
    def _remove(tree: Any, name: str) -> None:
        for column in [*tree.Definition.ColumnDefinitions]:
            default = column.DefaultConstraint
            if column.ColumnIdentifier.Value.lower() == name:
                tree.Definition.ColumnDefinitions.Remove(column)
            elif default is not None and _identifier(default.ConstraintIdentifier).lower() == name:
                column.DefaultConstraint = None
        for constraint in [*tree.Definition.TableConstraints]:
            if _identifier(constraint.ConstraintIdentifier).lower() == name:
                tree.Definition.TableConstraints.Remove(constraint)

    def _drop(self, kind: str, statement: Any) -> bool:
        if kind == "DropTableStatement":
            for each in statement.Objects:
                table = _name(each)
                self._trees.pop(table, None)
                self._objects = {key: item for key, item in self._objects.items() if item[0] != table}
        elif kind == "DropIndexStatement":
            for clause in statement.DropIndexClauses:
                self._objects.pop(f"{_name(clause.Object)}.{clause.Index.Value}".lower(), None)
        elif kind in (
            "DropTriggerStatement",
            "DropViewStatement",
            "DropProcedureStatement",
            "DropFunctionStatement",
        ):
            for each in statement.Objects:
                self._objects.pop(_name(each).lower(), None)
        else:
            return False
        return True

    @property
    def script(self) -> str:
        """The folded schema, a batch a statement."""
        trees = [*self._trees.values(), *(tree for _, tree in self._objects.values())]
        return "".join(f"{self._text(tree)}\nGO\n" for tree in trees)

    def _text(self, tree: Any) -> str:
        generated = self._generator.GenerateScript(tree)
        return str(generated[-1] if isinstance(generated, tuple) else generated)

    @property
    def tables(self) -> dict[str, Table]:
        """By lower-case name, without the schema dbo."""
        found = {name.lower(): _table(name, tree) for name, tree in self._trees.items()}
        for owner, tree in self._objects.values():
            table = found.get(owner.lower())
            if table is None:
                continue
            if type(tree).__name__ == "CreateIndexStatement":
                columns = _columns(tree.Columns)
                clustered, filtered = tree.Clustered is True, tree.FilterPredicate is not None
                table.keys.append(Key(tree.Name.Value, columns, clustered, filtered, tree.StartLine))
            else:
                table.has_triggers = True
        return found


def _table(name: str, tree: Any) -> Table:
    table = Table(name)
    for column in tree.Definition.ColumnDefinitions:
        table.columns[column.ColumnIdentifier.Value.lower()] = _column(column)
        for constraint in column.Constraints:
            _constraint(table, constraint, (column.ColumnIdentifier.Value,))
    for constraint in tree.Definition.TableConstraints:
        _constraint(table, constraint, ())
    return table


def _constraint(table: Table, tree: Any, own: tuple[str, ...]) -> None:
    kind, name = type(tree).__name__, _identifier(tree.ConstraintIdentifier)
    if kind == "UniqueConstraintDefinition":
        clustered = tree.Clustered if tree.Clustered is not None else bool(tree.IsPrimaryKey)
        table.keys.append(Key(name, _columns(tree.Columns) or own, clustered, line=tree.StartLine))
    elif kind == "ForeignKeyConstraintDefinition":
        columns = tuple(each.Value for each in tree.Columns) or own
        referenced = tuple(each.Value for each in tree.ReferencedTableColumns)
        actions = {str(tree.DeleteAction), str(tree.UpdateAction)}
        cascades = bool(actions & {"Cascade", "SetNull", "SetDefault"})
        target = _name(tree.ReferenceTableName)
        table.foreign_keys.append(ForeignKey(name, columns, target, referenced, cascades, tree.StartLine))


def _column(tree: Any) -> Column:
    name = tree.ColumnIdentifier.Value
    default = tree.DefaultConstraint is not None
    if tree.ComputedColumnExpression is not None:
        return Column(name, "", 0, True, is_computed=True)
    kind, size = data_type(tree.DataType)
    null = [
        each.Nullable for each in tree.Constraints if type(each).__name__ == "NullableConstraintDefinition"
    ]
    primary = any(getattr(each, "IsPrimaryKey", False) for each in tree.Constraints)
    collation = tree.Collation.Value if tree.Collation is not None else None
    nullable = null[0] if null else not primary
    identity = tree.IdentityOptions is not None
    return Column(name, kind, size, nullable, default, identity, collation=collation)


def data_type(tree: Any) -> tuple[str, int]:
    """(name in lower case, the most bytes a value takes)."""
    kind = tree.Name.BaseIdentifier.Value.lower()
    if kind not in ("nvarchar", "varchar", "nchar", "char", "varbinary", "binary"):
        return kind, _TYPE_BYTES.get(kind, _MAX)
    lengths = [each.Value for each in tree.Parameters]
    if lengths and lengths[0].lower() == "max":
        return kind, _MAX
    length = int(lengths[0]) if lengths else 1
    return kind, length * (2 if kind.startswith("n") else 1)


def _columns(trees: Any) -> tuple[str, ...]:
    return tuple([*each.Column.MultiPartIdentifier.Identifiers][-1].Value for each in trees)


def _identifier(tree: Any) -> str:
    return tree.Value if tree is not None else ""


def _name(tree: Any) -> str:
    schema = _identifier(tree.SchemaIdentifier)
    return tree.BaseIdentifier.Value if schema in ("", "dbo") else f"{schema}.{tree.BaseIdentifier.Value}"
