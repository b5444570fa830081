"""Proves the T-SQL without a SQL Server: python scripts/check_tsql.py

Microsoft's own parser, binder and schema compiler read sql/migrations/mssql, every query body and every admin
script, with the rules of scripts/tsql/rules.py besides. In the same run a corpus of broken T-SQL must be
refused and one of valid T-SQL accepted. What this cannot prove is in the README.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from app.db.binding import ROOT as QUERIES
from app.db.drivers.mssql_scripts import HISTORY, numbered_batches
from app.db.drivers.mssql_types import TYPES
from app.db.migrations import ROOT as MIGRATIONS
from app.db.query_files import Problem, QueryText, read_query_files
from scripts.tsql import corpus, kit
from scripts.tsql.frontend import Binder, Compiler, Message, Runtime
from scripts.tsql.rules import RULES, StatementRules, message
from scripts.tsql.schema import Schema
from scripts.tsql.schema_rules import check_schema

ADMIN = MIGRATIONS.parent / "admin" / "mssql"
_SYSTEM_OBJECTS = Path(__file__).parent / "tsql" / "system_objects.sql"
_INSIDE = "PMA_TSQL_KIT"
_CREATES = re.compile(r"sp_executesql\s+N'(\s*CREATE (?:SCHEMA|FUNCTION|SECURITY POLICY) (?:[^']|'')*)'")


class Proof:
    """All that is known about one schema, to check statements against."""

    def __init__(self, runtime: Runtime, schema: Schema, system_objects: str) -> None:
        script = schema.script + system_objects
        self._runtime = runtime
        self._binder = Binder(runtime, script)
        self._compiler = Compiler(runtime, script)
        self._rules = StatementRules(runtime, schema.tables)
        self.messages = [*self._binder.messages, *self._compiler.messages, *check_schema(schema.tables)]

    def check(self, sql: str, params: Mapping[str, str], *, is_guard: bool = False) -> list[Message]:
        tree, found = self._runtime.parse(sql)
        found += self._binder.check(sql, params)
        if not found:
            found += self._compiler.check(sql, params)
        return found + self._rules.check(tree, params, is_guard=is_guard)

    def check_dynamic(self, sql: str) -> list[Message]:
        """What is in literals because it must be a batch of its own: the objects that a script creates."""
        found = _CREATES.findall(sql)
        return self._compiler.check_objects([each.replace("''", "'") for each in found]) if found else []


def check_migrations(runtime: Runtime, directory: Path, system_objects: str) -> tuple[Proof, list[Problem]]:
    """The folded schema's proof, and what is wrong with the files."""
    schema, problems = Schema(runtime), []
    schema.fold(HISTORY)
    data: list[tuple[Path, int, str]] = []
    for path in sorted(directory.glob("*.sql")):
        script = path.read_text(encoding="utf-8")
        messages, statements = schema.fold(script)
        problems += [Problem(path.name, each.line, str(each)) for each in messages]
        data += [(path, each.StartLine, _source(script, each)) for each in statements]
    proof = Proof(runtime, schema, system_objects)
    problems += [Problem("migrations/mssql", each.line, str(each)) for each in proof.messages]
    for path, line, text in data:
        problems += [Problem(path.name, line + each.line, str(each)) for each in proof.check(text, {})]
    return proof, problems


def _source(script: str, statement: object) -> str:
    start, length = statement.StartOffset, statement.FragmentLength  # type: ignore[attr-defined]
    return script[start : start + length]


def check_query(proof: Proof, query: QueryText) -> Iterator[Problem]:
    params = {param.name: TYPES[param.type] for param in query.params}
    is_guard = query.name.startswith(("lock_", "take_"))
    for each in proof.check(query.bodies["mssql"], params, is_guard=is_guard):
        line = query.body_lines["mssql"] + max(each.line - 1, 0)
        yield Problem(query.file.name, line, f"{query.name}: {each}")


def check_script(proof: Proof, path: Path) -> Iterator[Problem]:
    """An admin script: batches that a DBA runs with sqlcmd, which begins with QUOTED_IDENTIFIER off."""
    text = path.read_text(encoding="utf-8")
    if "SET QUOTED_IDENTIFIER ON" not in text.upper():
        yield Problem(path.name, 1, str(message("set option", 1, "sqlcmd begins with QUOTED_IDENTIFIER off")))
    for line, batch in numbered_batches(text):
        for each in [*proof.check(batch, {}), *proof.check_dynamic(batch)]:
            yield Problem(path.name, line + max(each.line, 1), str(each))


def check_corpus(runtime: Runtime, system_objects: str) -> Iterator[str]:
    """What of the corpus was judged wrongly."""
    schema = Schema(runtime)
    messages, _ = schema.fold(corpus.SCHEMA)
    proof = Proof(runtime, schema, system_objects)
    yield from (f"the corpus's schema is refused: {each}" for each in [*messages, *proof.messages])
    for sql in corpus.VALID:
        yield from (f"valid, but refused: {sql}\n    {each}" for each in proof.check(sql, corpus.PARAMS))
    broken: set[str] = set()
    for entry, is_guard in [
        *((each, False) for each in corpus.BROKEN),
        *((each, True) for each in corpus.BROKEN_GUARDS),
    ]:
        name, sql = _named(entry)
        broken.add(name)
        yield from _judge(name, sql, proof.check(sql, corpus.PARAMS, is_guard=is_guard))
    for sql in corpus.BROKEN_LITERALS:
        yield from _judge("", sql, proof.check_dynamic(sql))
    for entry in corpus.BROKEN_SCHEMAS:
        name, sql = _named(entry)
        broken.add(name)
        schema = Schema(runtime)
        found, _ = schema.fold(sql)
        yield from _judge(name, sql, found or Proof(runtime, schema, "").messages)
    yield from (f"no broken statement for the rule '{name}'" for name in RULES.keys() - broken)


def _named(entry: str) -> tuple[str, str]:
    name, separator, sql = entry.partition(": ")
    return (name, sql) if separator and name in RULES else ("", entry)


def _judge(name: str, sql: str, found: list[Message]) -> Iterator[str]:
    by_rule = [each for each in found if f"({name}: " in each.text]
    if not (by_rule if name else found):
        told = "; ".join(map(str, found)) or "nothing was said"
        yield f"broken, but accepted{f' by the rule {name!r}' if name else ''}: {sql}\n    {told}"


def run() -> int:
    runtime = Runtime(Path(os.environ[_INSIDE]))
    system_objects = _SYSTEM_OBJECTS.read_text(encoding="utf-8")
    wrong = [*check_corpus(runtime, system_objects)]
    proof, problems = check_migrations(runtime, MIGRATIONS / "mssql", system_objects)
    queries, _ = read_query_files(QUERIES)
    for query in queries.values():
        problems += check_query(proof, query)
    scripts = sorted(ADMIN.glob("*.sql"))
    for path in scripts:
        problems += check_script(proof, path)
    for each in [*wrong, *problems]:
        print(each)
    broken = (corpus.BROKEN, corpus.BROKEN_GUARDS, corpus.BROKEN_LITERALS, corpus.BROKEN_SCHEMAS)
    count = sum(map(len, broken))
    if not wrong and not problems:
        print(
            f"T-SQL: {len(queries)} queries, {len(scripts)} admin scripts and the migrations without a "
            f"message; {count} broken statements refused, {len(corpus.VALID)} valid ones accepted"
        )
    return bool(wrong or problems)


def main() -> int:
    if _INSIDE in os.environ:
        return run()
    if not kit.is_supported():
        print("T-SQL: NOT CHECKED. Microsoft's front end runs on Linux, x86-64, glibc only.")
        return 0
    try:
        place = kit.ensure()
    except kit.KitError as error:
        print(f"T-SQL: {error}", file=sys.stderr)
        return 1
    # The runtime reads its environment when the process begins.
    environment = {**kit.environment(place), _INSIDE: str(place)}
    return subprocess.run([sys.executable, __file__], env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
