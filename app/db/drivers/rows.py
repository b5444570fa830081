"""Turns an engine's values into the types that a statement's columns declare."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.db.statements import Column, ColumnType, RawRow


class RowConverter:
    """Made once a statement. Where no column needs converting, rows pass as they are."""

    def __init__(
        self, columns: Sequence[Column], conversions: Mapping[ColumnType, Callable[[Any], Any]]
    ) -> None:
        self._columns = [
            (index, conversions[column.type])
            for index, column in enumerate(columns)
            if column.type in conversions
        ]

    def __call__(self, rows: Sequence[RawRow]) -> Sequence[RawRow]:
        if not self._columns:
            return rows
        converted = []
        for row in rows:
            values = list(row)
            for index, convert in self._columns:
                if values[index] is not None:
                    values[index] = convert(values[index])
            converted.append(tuple(values))
        return converted
