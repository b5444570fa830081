"""Reads ``sql/queries/*.sql``: each query is a written contract followed by its body, in T-SQL.

    -- name: list_workspaces :many
    -- What it answers, in words.
    -- param: user_id text
    -- param: after_name text?
    -- returns: WorkspaceRow
    -- scope: caller
    SELECT …

SQLite's form is made from it (``app.db.sqlite_form``). Where the two must differ by more, the body is written
twice, under ``-- dialect: mssql`` and ``-- dialect: sqlite``. Everything that is wrong is reported, each with
file and line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from app.db.sql_text import same_code, tokens, words
from app.db.sqlite_form import sqlite_form
from app.db.statements import DIALECTS, Dialect, Kind, Param, SqlType

_DIRECTIVE = re.compile(r"--\s*(name|param|returns|scope|rule|dialect|plan):\s*(.*?)\s*$")
_NAME = re.compile(r"([a-z][a-z0-9_]*)\s+:(\w+)")
_PARAM = re.compile(r"([a-z][a-z0-9_]*)\s+([a-z]+)(\?)?")
_RULE = re.compile(r"(none|none for \w+|also deleted|also @\w+|also \w+\.\w+), *(\S.*)")
_WRITING = {"INSERT", "UPDATE", "DELETE"}
_ANSWERING = {"OUTPUT", "RETURNING"}
_LOCKING = {"UPDLOCK", "XLOCK", "TABLOCKX"}


_WITHOUT_ROWS = (Kind.EXEC, Kind.QUEUED)


@dataclass(frozen=True, slots=True)
class Problem:
    """One refusal, with the place it is about."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


@dataclass(frozen=True, slots=True)
class Exemption:
    """One way in which a query departs from the rules of access (``scripts/query_access.py``), and why."""

    subject: str
    reason: str


@dataclass(slots=True)
class QueryText:
    """One query as its file has it."""

    name: str
    kind: Kind | None
    file: Path
    line: int
    description: list[str] = field(default_factory=list)
    params: list[Param] = field(default_factory=list)
    returns: str | None = None
    scope: str = ""
    exemptions: list[Exemption] = field(default_factory=list)
    plan: str | None = None
    bodies: dict[Dialect, str] = field(default_factory=dict)
    body_lines: dict[Dialect, int] = field(default_factory=dict)
    words: dict[Dialect, frozenset[str]] = field(default_factory=dict)
    """What stands in each body as it was written."""
    is_single: bool = False
    """Written once: the body for SQLite is made from it."""

    @property
    def writes(self) -> bool:
        return any(_WRITING & words for words in self.words.values())

    @property
    def locks(self) -> bool:
        return any(_LOCKING & words for words in self.words.values())


class QueryFile:
    """Parses one file; ``problems`` holds what it refused."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problems: list[Problem] = []
        self.queries: list[QueryText] = []
        self._lines: list[tuple[int, str]] = []
        self._dialect: Dialect | None = None
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
            self._read(number, line)
        self._end_body()
        for query in self.queries:
            self._check(query)

    def refuse(self, line: int, message: str) -> None:
        self.problems.append(Problem(self.path.name, line, message))

    def _read(self, number: int, line: str) -> None:
        if match := _DIRECTIVE.match(line):
            self._directive(number, match[1], match[2])
        elif not self.queries:
            if line.strip() and not line.startswith("--"):
                self.refuse(number, "text before the first '-- name:'")
        elif line.startswith("--") and not self._lines and self._dialect is None:
            self.queries[-1].description.append(line.removeprefix("--").strip())
        elif line.strip() or self._lines:
            self._lines.append((number, line))

    def _directive(self, number: int, word: str, text: str) -> None:
        if word == "name":
            self._end_body()
            self._begin(number, text)
            return
        if not self.queries:
            self.refuse(number, f"'-- {word}:' before the first '-- name:'")
            return
        if word == "dialect":
            self._end_body()
            self._begin_dialect(number, text)
            return
        query = self.queries[-1]
        if self._lines or query.bodies:
            self.refuse(number, f"'-- {word}:' stands in the body of {query.name}; the contract comes first")
        elif word == "param":
            self._param(number, query, text)
        elif word == "returns":
            query.returns = text
        elif word == "scope":
            query.scope = text
        elif word == "rule":
            self._rule(number, query, text)
        else:
            query.plan = text

    def _begin(self, number: int, text: str) -> None:
        match = _NAME.fullmatch(text)
        if match is None:
            self.refuse(number, "a query is named '-- name: lower_case :kind'")
        kind = None
        if match and match[2] in set(Kind):
            kind = Kind(match[2])
        elif match:
            self.refuse(number, f"unknown kind :{match[2]}; it is one of {', '.join(f':{k}' for k in Kind)}")
        self.queries.append(QueryText(match[1] if match else text, kind, self.path, number))
        self._dialect = None

    def _begin_dialect(self, number: int, text: str) -> None:
        query = self.queries[-1]
        known = {str(dialect): dialect for dialect in DIALECTS}
        if text not in known:
            self.refuse(number, f"unknown dialect '{text}'")
        elif known[text] in query.bodies or query.is_single:
            self.refuse(number, f"{query.name} has a second body for {text}")
        self._dialect = known.get(text)

    def _param(self, number: int, query: QueryText, text: str) -> None:
        match = _PARAM.fullmatch(text)
        if match is None or match[2] not in set(SqlType):
            self.refuse(
                number,
                f"a parameter is '-- param: name type', with '?' if nullable; types: {', '.join(SqlType)}",
            )
            return
        if any(param.name == match[1] for param in query.params):
            self.refuse(number, f"parameter {match[1]} is declared twice")
        query.params.append(Param(match[1], SqlType(match[2]), match[3] is not None))

    def _rule(self, number: int, query: QueryText, text: str) -> None:
        match = _RULE.fullmatch(text)
        if match is None:
            ways = "none, none for <alias>, also deleted, also @<param>, also <alias>.<column>"
            self.refuse(number, f"'-- rule:' is one of {ways}, then a comma and the reason")
        elif any(each.subject == match[1] for each in query.exemptions):
            self.refuse(number, f"'-- rule: {match[1]}' is said twice")
        else:
            query.exemptions.append(Exemption(match[1], match[2]))

    def _end_body(self) -> None:
        if not self._lines or not self.queries:
            self._lines = []
            return
        query = self.queries[-1]
        first = self._lines[0][0]
        body = "\n".join(line for _, line in self._lines).strip()
        self._lines = []
        query.is_single = self._dialect is None
        query.bodies[self._dialect or "mssql"] = body
        query.words[self._dialect or "mssql"] = words(body)
        query.body_lines[self._dialect or "mssql"] = first

    def _check(self, query: QueryText) -> None:
        if not query.description:
            self.refuse(query.line, f"{query.name} lacks a description")
        if query.kind in _WITHOUT_ROWS and query.returns is not None:
            self.refuse(query.line, f"{query.name} is :{query.kind} and returns nothing")
        if query.kind is Kind.QUEUED and any(_ANSWERING & words for words in query.words.values()):
            self.refuse(query.line, f"{query.name} is :queued and nobody hears what it answers")
        if query.kind is Kind.QUEUED and not all(_WRITING & words for words in query.words.values()):
            self.refuse(query.line, f"{query.name} is :queued and changes nothing")
        if query.kind not in (None, *_WITHOUT_ROWS) and not query.returns:
            self.refuse(query.line, f"{query.name} lacks '-- returns:'")
        if query.kind is Kind.VALUE and query.returns and query.returns.rstrip("?") not in set(SqlType):
            self.refuse(query.line, f"{query.name} is :value and returns one of {', '.join(SqlType)}")
        self._check_scope(query)
        for dialect, body in query.bodies.items():
            self._refuse_in(query, dialect, body_problems(body, query.params))
        if query.is_single:
            query.bodies["sqlite"], found = sqlite_form(query.bodies["mssql"])
            query.body_lines["sqlite"] = query.body_lines["mssql"]
            self._refuse_in(query, "mssql", found)
        else:
            self._check_doubled(query)

    def _refuse_in(self, query: QueryText, dialect: Dialect, found: Iterable[tuple[int, str]]) -> None:
        for offset, message in found:
            line = query.body_lines[dialect] + query.bodies[dialect].count("\n", 0, offset)
            self.refuse(line, f"{query.name} ({dialect}): {message}")

    def _check_doubled(self, query: QueryText) -> None:
        missing = [dialect for dialect in DIALECTS if dialect not in query.bodies]
        for dialect in missing:
            self.refuse(query.line, f"{query.name} has no body for {dialect}")
        if missing:
            return
        form, found = sqlite_form(query.bodies["mssql"])
        if not found and same_code(form, query.bodies["sqlite"]):
            self.refuse(
                query.body_lines["sqlite"],
                f"{query.name}: follows from the body for mssql; write that alone, without '-- dialect:'",
            )

    def _check_scope(self, query: QueryText) -> None:
        kind, _, reason = query.scope.partition(" ")
        if kind not in ("workspace", "caller", "organization", "global"):
            self.refuse(
                query.line, f"{query.name} lacks a scope: workspace, caller, organization, global <reason>"
            )
        elif kind == "global" and not reason.strip():
            self.refuse(query.line, f"{query.name} is global without a reason")
        elif kind != "global" and reason:
            self.refuse(query.line, f"{query.name}: scope {kind} takes no reason")


def body_problems(sql: str, params: list[Param]) -> Iterator[tuple[int, str]]:
    """What no body may hold, with its offset."""
    used: set[str] = set()
    declared = {param.name for param in params}
    code = [(kind, text.upper(), offset) for kind, text, offset in tokens(sql) if kind != "comment"]
    for kind, text, offset in tokens(sql):
        if kind == "comment" and text.startswith("/*"):
            yield offset, "comments begin with --: /* */ nests in one dialect and not in the other"
        elif kind == "other" and text in "{}#`":
            yield offset, f"no {text}"
    for index, (kind, text, offset) in enumerate(code):
        before = code[index - 1][1] if index else ""
        if kind == "param":
            name = sql[offset + 1 : offset + len(text)]
            used.add(name)
            if name not in declared:
                yield offset, f"parameter @{name} is not declared"
        elif text == "*" and before in ("SELECT", ".", ",", "DISTINCT", "RETURNING"):
            yield offset, "no SELECT *: name the columns"
        elif kind == "word" and text == "MERGE":
            yield offset, "no MERGE: it races; UPDATE, then INSERT and catch the unique violation"
        elif kind == "word" and text == "OFFSET" and (index + 1 == len(code) or code[index + 1][1] != "0"):
            yield offset, "no OFFSET paging: page by key"
        elif kind == "other" and text == ";" and index + 1 < len(code):
            yield offset, "one statement a query"
        elif kind == "other" and text == "?":
            yield offset, "parameters are named: @name"
    for name in sorted(declared - used):
        yield 0, f"parameter {name} is declared and never used"


def read_query_files(directory: Path) -> tuple[Mapping[str, QueryText], list[Problem]]:
    """All queries by name, and everything that is wrong with the files."""
    queries: dict[str, QueryText] = {}
    problems: list[Problem] = []
    for path in sorted(directory.glob("*.sql")):
        file = QueryFile(path)
        problems += file.problems
        for query in file.queries:
            if query.name in queries:
                first = queries[query.name]
                problems.append(
                    Problem(
                        path.name, query.line,
                        f"{query.name} is a duplicate of {first.file.name}:{first.line}",
                    )
                )  # fmt: skip
            else:
                queries[query.name] = query
    return queries, problems
