"""Proves every query: contract, tenant scope, columns, plan. python scripts/check_queries.py"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sqlglot import exp

from app.db.binding import ROOT as QUERIES
from app.db.binding import QueryContractError, load_queries
from app.db.migrations import ROOT as MIGRATIONS
from app.db.query_files import Problem, QueryText, read_query_files
from app.db.sql_text import tokens
from app.db.statements import DIALECTS, Dialect
from app.kernel.start_up import explained
from scripts.query_plans import migrated_and_filled, plan_problems
from scripts.query_scope import Schema, ScopeProof, read_schema


def check_text(
    query: QueryText, fields: tuple[str, ...] | None, schemas: Mapping[Dialect, Schema]
) -> Iterator[Problem]:
    """What can be proven of one query from its text: scope and output columns in each dialect, and that both
    dialects speak of the same tables and parameters."""
    seen = {}
    for dialect in DIALECTS:
        if dialect not in query.bodies:
            continue
        proof = ScopeProof(query, dialect, query.bodies[dialect], schemas[dialect])
        yield from proof.problems
        if proof.tree is None:
            return
        names = output_names(proof.tree)
        if fields is not None and names != fields:
            yield Problem(
                query.file.name,
                query.body_lines[dialect],
                f"{query.name} ({dialect}): answers {', '.join(names) or 'nothing'}; "
                f"{query.returns} has {', '.join(fields)}",
            )
        seen[dialect] = (
            {table.name for table in proof.tree.find_all(exp.Table)},
            {text for kind, text, _ in tokens(query.bodies[dialect]) if kind == "param"},
        )
    if len({(frozenset(tables), frozenset(params)) for tables, params in seen.values()}) > 1:
        yield Problem(
            query.file.name, query.line, f"{query.name}: the dialects differ in tables or parameters"
        )


def output_names(tree: exp.Expr) -> tuple[str, ...]:
    """The names of the columns a statement answers, of SELECT, RETURNING or OUTPUT."""
    if isinstance(tree, exp.SetOperation):
        return output_names(tree.left)
    returning = tree.args.get("returning")
    columns = returning.expressions if returning else tree.expressions if isinstance(tree, exp.Select) else []
    return tuple(column.alias_or_name for column in columns)


def check(queries: Path = QUERIES, migrations: Path = MIGRATIONS) -> tuple[list[Problem], int]:
    """All findings, and how many queries there are."""
    try:
        registries = {dialect: load_queries(dialect, queries) for dialect in DIALECTS}
    except QueryContractError as error:
        return list(error.problems), 0
    schemas = {dialect: read_schema(migrations / dialect) for dialect in DIALECTS}
    texts, problems = read_query_files(queries)
    for name, text in texts.items():
        statement = registries["sqlite"][name]
        fields = tuple(column.name for column in statement.columns) if statement.row else None
        problems += check_text(text, fields, schemas)
    with tempfile.TemporaryDirectory() as directory:
        database = Path(directory) / "filled.db"
        migrated_and_filled(database)
        problems += plan_problems(registries["sqlite"], database)
    return problems, len(texts)


def main() -> int:
    problems, count = check()
    for problem in problems:
        print(problem)
    if not problems:
        print(f"{count} queries: scope, columns and plans proven in {len(DIALECTS)} dialects")
    return bool(problems)


if __name__ == "__main__":
    with explained():
        sys.exit(main())
