"""Proves the views: whoever binds a view's workspace_id (its user_id) has bound every table in it.

Then a view counts as a table with those columns. The proof is that of the queries: the condition is put to
the source of the output column, and every table inside must follow from it.
"""

from __future__ import annotations

from collections.abc import Iterator

import sqlglot
from sqlglot import exp

from app.db.query_files import Problem, QueryText
from app.db.statements import Dialect
from scripts.query_access import of_the_caller
from scripts.query_schema import ORGANIZATION, PARSERS, USER, Schema, View, views
from scripts.query_scope import ScopeProof, arms

_PARAMETER = {"workspace_id": "@workspace_id", "user_id": "@user_id"}
_TOO_LATE = ("group", "having", "limit", "offset", "distinct", "with_")


def view_problems(dialect: Dialect, schema: Schema) -> Iterator[Problem]:
    for view in views(schema):
        for message in _messages(view, dialect, schema):
            yield Problem(view.file.name, view.line, f"{view.name} ({dialect}): {message}")


def _messages(view: View, dialect: Dialect, schema: Schema) -> Iterator[str]:
    if "workspace_id" not in view.columns:
        yield "answers no workspace_id, by which a query could bind it"
    if ORGANIZATION in view.keys.values():
        yield "answers an org_id, which this proof does not follow"
    tree = sqlglot.parse_one(view.sql, read=PARSERS[dialect])
    for arm in arms(tree) or [exp.Select()]:
        if any(arm.args.get(part) for part in _TOO_LATE) or any(arm.find_all(exp.Window, exp.AggFunc)):
            yield "counts, groups or cuts rows before a query can bind it"
        answers = dict(zip(view.columns, arm.expressions, strict=False))
        for column in view.keys.keys() & _PARAMETER.keys():
            yield from _follow(view, dialect, schema, arm, column, answers.get(column))


def _follow(
    view: View, dialect: Dialect, schema: Schema, arm: exp.Select, column: str, answer: exp.Expr | None
) -> Iterator[str]:
    source = answer.unalias() if answer is not None else None
    if not isinstance(source, exp.Column) or source.name != column or not source.table:
        yield f"{column} is not the {column} of one of its tables, by alias"
        return
    bound = arm.where(f"{source.sql()} = {_PARAMETER[column]}", dialect=PARSERS[dialect])
    query = QueryText(
        view.name, None, view.file, view.line, scope="workspace", body_lines={dialect: view.line}
    )
    proof = ScopeProof(query, dialect, bound, schema)
    if column == "workspace_id":
        prefix = f"{view.name} ({dialect}): "
        yield from (each.message.removeprefix(prefix) for each in proof.problems)
        return
    for block in proof.blocks:
        known = of_the_caller(block)
        for reference in block.references:
            for key, kind in reference.table.keys.items():
                if kind == USER and (reference.alias, key) not in known:
                    yield f"{reference.table.name} AS {reference.alias} is not bound by the view's user_id"
