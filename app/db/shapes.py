"""What a handle answers, as its return annotation says."""

from __future__ import annotations

import types
import typing
from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache
from typing import Any

from app.db.paging import Page
from app.db.statements import Kind, Row


class Shape(StrEnum):
    ROW = "row"
    OPTIONAL_ROW = "optional row"
    ROWS = "rows"
    PAGE = "page"
    SCALAR = "scalar"
    NOTHING = "nothing"


SHAPES = {
    Kind.ONE: Shape.ROW,
    Kind.OPTIONAL: Shape.OPTIONAL_ROW,
    Kind.MANY: Shape.ROWS,
    Kind.PAGE: Shape.PAGE,
    Kind.VALUE: Shape.SCALAR,
    Kind.EXEC: Shape.SCALAR,
    Kind.QUEUED: Shape.NOTHING,
}


@lru_cache(maxsize=8)
def hints_of(function: Callable[..., Any]) -> dict[str, Any]:
    """Its annotations, resolved, the marks of ``Annotated`` included."""
    return typing.get_type_hints(function, include_extras=True)


def split_optional(hint: Any) -> tuple[Any, bool]:
    """What a hint says without its ``| None``, and whether it had one."""
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        rest = [part for part in typing.get_args(hint) if part is not type(None)]
        if len(rest) == 1:
            return rest[0], True
    return hint, False


def row_class(hint: Any) -> type[Row] | None:
    return hint if isinstance(hint, type) and issubclass(hint, Row) else None


def shape_of(handle: Callable[..., Any]) -> Shape:
    hint, optional = split_optional(hints_of(handle).get("return"))
    if typing.get_origin(hint) in (list, Page):
        return Shape.ROWS if typing.get_origin(hint) is list else Shape.PAGE
    if row_class(hint):
        return Shape.OPTIONAL_ROW if optional else Shape.ROW
    return Shape.NOTHING if hint is type(None) else Shape.SCALAR
