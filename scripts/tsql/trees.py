"""Reading ScriptDom's trees: walking, text, names and types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from scripts.tsql.frontend import Runtime
from scripts.tsql.schema import Column, Table, data_type

Path = tuple[tuple[Any, str], ...]
"""From the root: each ancestor, and the property of it that the way goes through."""

_SCOPES = ("QuerySpecification", "UpdateSpecification", "DeleteSpecification", "InsertSpecification")


def kind(node: Any) -> str:
    return type(node).__name__


def last_name(column: Any) -> str:
    """The column's own name of a reference, in lower case."""
    identifiers = [*column.MultiPartIdentifier.Identifiers] if column.MultiPartIdentifier is not None else []
    return identifiers[-1].Value.lower() if identifiers else "*"


def qualifier(column: Any) -> str | None:
    identifiers = [*column.MultiPartIdentifier.Identifiers] if column.MultiPartIdentifier is not None else []
    return identifiers[-2].Value.lower() if len(identifiers) > 1 else None


def text(node: Any) -> str:
    """The source of a node, in upper case and without white space."""
    stream = node.ScriptTokenStream
    parts = (stream[index].Text for index in range(node.FirstTokenIndex, node.LastTokenIndex + 1))
    return "".join(part.upper() for part in parts if part and not part.isspace())


def token_before(node: Any) -> str:
    """The kind of the token before a node, comments and white space left out; empty at the beginning."""
    stream = node.ScriptTokenStream
    for index in range(node.FirstTokenIndex - 1, -1, -1):
        found = str(stream[index].TokenType)
        if found not in ("WhiteSpace", "SingleLineComment", "MultilineComment"):
            return found
    return ""


class Trees:
    """Walks trees by the properties that their classes have."""

    def __init__(self, runtime: Runtime) -> None:
        self._fragment = runtime.clr.GetClrType(runtime.dom.TSqlFragment)
        self._properties: dict[str, list[tuple[Any, bool]]] = {}

    def children(self, node: Any) -> Iterator[tuple[str, Any]]:
        """(property, child); a list's members one by one."""
        name = kind(node)
        if name not in self._properties:
            self._properties[name] = [*self._fragment_properties(node)]
        for each, is_list in self._properties[name]:
            value = each.GetValue(node)
            if value is None:
                continue
            if is_list:
                for member in value:
                    yield each.Name, member
            else:
                yield each.Name, value

    def _fragment_properties(self, node: Any) -> Iterator[tuple[Any, bool]]:
        for each in node.GetType().GetProperties():
            if each.GetIndexParameters().Length:
                continue
            if self._fragment.IsAssignableFrom(each.PropertyType):
                yield each, False
            elif each.PropertyType.IsGenericType and self._fragment.IsAssignableFrom(
                each.PropertyType.GetGenericArguments()[0]
            ):
                yield each, True

    def walk(self, node: Any, path: Path = ()) -> Iterator[tuple[Any, Path]]:
        yield node, path
        for name, child in self.children(node):
            yield from self.walk(child, (*path, (node, name)))

    def walk_block(self, node: Any) -> Iterator[Any]:
        """A node and what is below it, without the queries inside it."""
        yield node
        for _, child in self.children(node):
            if kind(child) not in ("ScalarSubquery", "QueryDerivedTable", "QuerySpecification"):
                yield from self.walk_block(child)


class Names:
    """Which table a name means, and which type an expression has, where that can be told."""

    def __init__(
        self, trees: Trees, tables: Mapping[str, Table], params: Mapping[str, str], root: Any
    ) -> None:
        self._trees = trees
        self._tables = tables
        self._params = {name.lower(): declared.partition("(")[0] for name, declared in params.items()}
        self._ctes = {
            each.ExpressionName.Value.lower()
            for each, _ in trees.walk(root)
            if kind(each) == "CommonTableExpression"
        }

    def table(self, reference: Any) -> Table | None:
        """The table of a NamedTableReference; None for whatever else."""
        if kind(reference) != "NamedTableReference":
            return None
        name = reference.SchemaObject.BaseIdentifier.Value.lower()
        return None if name in self._ctes else self._tables.get(name)

    def target(self, specification: Any) -> Table | None:
        """The table that an INSERT, UPDATE or DELETE changes, also by its alias."""
        direct = self.table(specification.Target)
        if direct is not None or kind(specification.Target) != "NamedTableReference":
            return direct
        alias = specification.Target.SchemaObject.BaseIdentifier.Value.lower()
        return self.sources(specification).get(alias)

    def sources(self, scope: Any) -> dict[str, Table | None]:
        """The tables of a query block by alias; None where it is a query or a function."""
        found: dict[str, Table | None] = {}
        clause = getattr(scope, "FromClause", None)
        references = [*clause.TableReferences] if clause is not None else []
        if kind(scope) != "QuerySpecification" and not references:
            references = [scope.Target]
        for reference in references:
            for each in self._flat(reference):
                alias = getattr(each, "Alias", None)
                name = alias.Value if alias is not None else None
                if name is None and kind(each) == "NamedTableReference":
                    name = each.SchemaObject.BaseIdentifier.Value
                found[(name or "").lower()] = self.table(each)
        if kind(scope) != "QuerySpecification":
            found["inserted"] = found["deleted"] = self.table(scope.Target)
        return found

    def _flat(self, reference: Any) -> Iterator[Any]:
        if kind(reference) in ("QualifiedJoin", "UnqualifiedJoin"):
            yield from self._flat(reference.FirstTableReference)
            yield from self._flat(reference.SecondTableReference)
        elif kind(reference) == "JoinParenthesisTableReference":
            yield from self._flat(reference.Join)
        else:
            yield reference

    def column(self, reference: Any, path: Path) -> Column | None:
        """The column that a reference means, looking outward from where it stands."""
        name, owner = last_name(reference), qualifier(reference)
        for scope, _ in reversed(path):
            if kind(scope) not in _SCOPES:
                continue
            sources = self.sources(scope)
            if owner is not None:
                if owner in sources:
                    table = sources[owner]
                    return table.column(name) if table else None
                continue
            found = [table.column(name) for table in {id(t): t for t in sources.values() if t}.values()]
            known = [each for each in found if each is not None]
            if known:
                return known[0] if len(known) == 1 else None
            if None in sources.values():
                return None
        return None

    def type(self, node: Any, path: Path) -> str | None:
        """The SQL type of an expression in lower case, without its length; None where that is not plain."""
        name = kind(node)
        if name == "ColumnReferenceExpression":
            column = self.column(node, path)
            return column.type if column else None
        if name == "VariableReference":
            return self._params.get(node.Name[1:].lower())
        if name == "IntegerLiteral":
            return "int"
        if name == "StringLiteral":
            return "nvarchar" if node.IsNational else "varchar"
        if name == "ParenthesisExpression":
            return self.type(node.Expression, path)
        if name in ("CastCall", "ConvertCall", "TryCastCall", "TryConvertCall"):
            return data_type(node.DataType)[0]
        return None
