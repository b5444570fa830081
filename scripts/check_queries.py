"""Proves every query: contract, tenant scope, access, columns, plan. Or prints one as each engine runs it.

python scripts/check_queries.py
python scripts/check_queries.py --show list_members
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sqlglot import exp

from app.db.binding import ROOT as QUERIES
from app.db.binding import QueryContractError, load_queries
from app.db.drivers.mssql_types import TYPES
from app.db.migrations import ROOT as MIGRATIONS
from app.db.query_files import Problem, QueryText, read_query_files
from app.db.sql_text import tokens
from app.db.statements import DIALECTS, Dialect
from app.kernel.start_up import explained
from scripts.query_access import access_problems
from scripts.query_plans import migrated_and_filled, plan_problems
from scripts.query_schema import Schema, read_schema
from scripts.query_scope import ScopeProof
from scripts.query_views import view_problems


def check_text(
    query: QueryText, fields: tuple[str, ...] | None, schemas: Mapping[Dialect, Schema]
) -> Iterator[Problem]:
    """What can be proven of one query from its text: scope, access and output columns in each dialect, and
    that both dialects speak of the same tables and parameters."""
    seen, proofs = {}, {}
    for dialect in DIALECTS:
        if dialect not in query.bodies:
            continue
        proof = ScopeProof(query, dialect, query.bodies[dialect], schemas[dialect])
        yield from proof.problems
        if proof.tree is None:
            return
        proofs[dialect] = proof
        names = output_names(proof.tree)
        if fields is not None and names != fields:
            yield Problem(
                query.file.name,
                query.body_lines[dialect],
                f"{query.name} ({dialect}): answers {', '.join(names) or 'nothing'}; "
                f"{query.returns} has {', '.join(fields)}",
            )
        seen[dialect] = (
            schemas[dialect].keys() & {table.name for table in proof.tree.find_all(exp.Table)},
            {text for kind, text, _ in tokens(query.bodies[dialect]) if kind == "param"},
        )
    yield from access_problems(query, proofs)
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
    for dialect, schema in schemas.items():
        problems += view_problems(dialect, schema)
    for name, text in texts.items():
        statement = registries["sqlite"][name]
        fields = tuple(column.name for column in statement.columns) if statement.row else None
        problems += check_text(text, fields, schemas)
    with tempfile.TemporaryDirectory() as directory:
        database = Path(directory) / "filled.db"
        migrated_and_filled(database)
        problems += plan_problems(registries["sqlite"], database)
    return problems, len(texts)


def shown(query: QueryText) -> Iterator[str]:
    """The contract, and the body of each dialect; T-SQL with the types that its parameters are sent with."""
    yield f"-- {query.name} :{query.kind or '?'} ({query.file.name}:{query.line})"
    yield from (f"-- {line}" for line in query.description)
    for word, text in (("returns", query.returns), ("scope", query.scope), ("plan", query.plan)):
        if text:
            yield f"-- {word}: {text}"
    yield from (f"-- rule: {each.subject}, {each.reason}" for each in query.exemptions)
    if body := query.bodies.get("mssql"):
        yield f"\n-- SQL Server, from line {query.body_lines['mssql']}"
        if query.params:
            yield f"DECLARE {', '.join(f'@{each.name} {TYPES[each.type]}' for each in query.params)};"
        yield body
    if body := query.bodies.get("sqlite"):
        made = ", made from the one for SQL Server" if query.is_single else ""
        yield f"\n-- SQLite, from line {query.body_lines['sqlite']}{made}"
        yield body


def show(name: str, queries: Path = QUERIES) -> int:
    texts, problems = read_query_files(queries)
    if name not in texts:
        near = get_close_matches(name, texts)
        told = f"did you mean {' or '.join(near)}?" if near else f"there are {len(texts)} in {queries}"
        print(f"no query is named {name}: {told}", file=sys.stderr)
        return 2
    query = texts[name]
    print(*shown(query), sep="\n")
    own = [each for each in problems if each.file == query.file.name]
    print(*own, sep="\n", end="\n" if own else "", file=sys.stderr)
    return bool(own)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Proves every query, or prints one.")
    parser.add_argument(
        "--show", metavar="NAME", help="print this query's contract and what each engine runs"
    )
    given = parser.parse_args(arguments)
    if given.show is not None:
        return show(given.show)
    problems, count = check()
    for problem in problems:
        print(problem)
    if not problems:
        print(f"{count} queries: scope, access, columns and plans proven in {len(DIALECTS)} dialects")
    return bool(problems)


if __name__ == "__main__":
    with explained():
        sys.exit(main())
