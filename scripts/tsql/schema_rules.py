"""What a schema must keep to that its compiler does not ask for: key sizes, references, cascades."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from scripts.tsql.frontend import Message
from scripts.tsql.rules import message
from scripts.tsql.schema import ForeignKey, Key, Table

CLUSTERED_KEY_BYTES, KEY_BYTES = 900, 1700
_UNBOUNDED = 2**31


def check_schema(tables: Mapping[str, Table]) -> list[Message]:
    found = [each for table in tables.values() for each in _keys(table)]
    for table in tables.values():
        for reference in table.foreign_keys:
            found += _reference(table, reference, tables)
    return [*found, *_cascades(tables)]


def _keys(table: Table) -> Iterator[Message]:
    clustered = [key for key in table.keys if key.is_clustered]
    for key in clustered[1:]:
        yield message(
            "clustered twice", key.line, f"{table.name} is clustered by {clustered[0].name} and {key.name}"
        )
    for key in table.keys:
        yield from _size(table, key)


def _size(table: Table, key: Key) -> Iterator[Message]:
    columns = [column for name in key.columns if (column := table.column(name))]
    total = sum(column.bytes for column in columns)
    limit = CLUSTERED_KEY_BYTES if key.is_clustered else KEY_BYTES
    if total >= _UNBOUNDED:
        yield message("key of max", key.line, f"{key.name} has a column without a length")
    elif total > limit:
        yield message("key size", key.line, f"{key.name} may take {total} bytes of {limit}")


def _reference(table: Table, reference: ForeignKey, tables: Mapping[str, Table]) -> Iterator[Message]:
    parent = tables.get(reference.table.lower())
    if parent is None:
        return  # the compiler says so
    for name, other in zip(reference.columns, reference.referenced, strict=False):
        mine, theirs = table.column(name), parent.column(other)
        if mine and theirs and mine.shape != theirs.shape:
            what = (
                f"{reference.name}: {table.name}.{name} is {mine.shape}, {parent.name}.{other} {theirs.shape}"
            )
            yield message("reference type", reference.line, what)


def _cascades(tables: Mapping[str, Table]) -> Iterator[Message]:
    """A table may appear once only among all that a delete or update reaches."""
    ways = {
        name: [(key.table.lower(), key) for key in table.foreign_keys if key.cascades]
        for name, table in tables.items()
    }
    children: dict[str, list[tuple[str, ForeignKey]]] = {}
    for child, parents in ways.items():
        for parent, key in parents:
            children.setdefault(parent, []).append((child, key))
    for start in tables:
        reached: set[str] = {start}
        waiting = [start]
        while waiting:
            for child, key in children.get(waiting.pop(), []):
                if child in reached:
                    ends = f"from {tables[start].name} to {tables[child].name}"
                    what = f"{key.name}: a second way of cascades {ends}"
                    yield message("cascade", key.line, what)
                else:
                    reached.add(child)
                    waiting.append(child)
