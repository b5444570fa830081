"""What the migrations of a dialect make: tables and views, each with its columns."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import sqlglot
from sqlglot import exp

PARSERS = {"sqlite": "sqlite", "mssql": "tsql"}
WORKSPACE, ORGANIZATION, USER = "workspace", "organization", "user"
REFERENCE_TABLES = frozenset({"TaskState", "TaskPermission", "RolePermission"})
"""The same rows for everybody, written by migrations alone: whoever reads them learns of no tenant."""

_STATEMENT = re.compile(
    r"^(?:CREATE TABLE (?:dbo\.)?(?P<table>\w+)"
    r"|ALTER TABLE (?:dbo\.)?(?P<altered>\w+) ADD (?:COLUMN )?(?!CONSTRAINT\b)(?P<column>\w+)"
    r"|CREATE VIEW (?:dbo\.)?(?P<view>\w+) AS\b"
    r"|DROP (?:TABLE|VIEW) (?:IF EXISTS )?(?:dbo\.)?(?P<dropped>\w+))",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Table:
    """Which column of a table holds the workspace, which the organisation, and which the user."""

    name: str
    columns: tuple[str, ...]

    @property
    def keys(self) -> dict[str, str]:
        keys = {}
        if self.name == "Workspace":
            keys["id"] = WORKSPACE
        elif "workspace_id" in self.columns:
            keys["workspace_id"] = WORKSPACE
        if self.name == "Organization":
            keys["id"] = ORGANIZATION
        elif self.name == "Workspace" or "org_id" in self.columns:
            keys["org_id"] = ORGANIZATION
        if self.name == "UserAccount":
            keys["id"] = USER
        elif "user_id" in self.columns:
            keys["user_id"] = USER
        return keys

    @property
    def is_tenant(self) -> bool:
        return WORKSPACE in self.keys.values()

    def needed(self, scope: str) -> str | None:
        """What must be constrained. A membership belongs to its user as much as to its workspace or
        organisation; a workspace belongs to its organisation too."""
        kinds = set(self.keys.values())
        if scope == "caller" and self.name in ("WorkspaceMember", "OrganizationMember"):
            return USER
        order = (WORKSPACE, ORGANIZATION, USER)
        if scope == "organization":
            order = (ORGANIZATION, WORKSPACE, USER)
        return next((kind for kind in order if kind in kinds), None)


@dataclass(frozen=True)
class View(Table):
    """Counts as a table with the columns that it answers, once it is proven (``scripts.query_views``)."""

    sql: str
    file: Path
    line: int

    @property
    def is_access(self) -> bool:
        """It answers what a person may: rows of another person are somebody else's rights."""
        return USER in self.keys.values()


Schema = Mapping[str, Table]


def read_schema(directory: Path) -> Schema:
    """Tables and views of a dialect as all its migrations leave them, from the files alone."""
    # The runner makes this one itself, before the first file.
    found: dict[str, Table] = {
        "SchemaMigration": Table("SchemaMigration", ("version", "name", "checksum", "applied_at"))
    }
    for path in sorted(directory.glob("*.sql")):
        text = path.read_text(encoding="utf-8")
        for match in _STATEMENT.finditer(text):
            if name := match["table"]:
                found[name] = Table(name, _columns(text[match.start() :]))
            elif name := match["altered"]:
                if name in found:
                    found[name] = Table(name, (*found[name].columns, match["column"]))
            elif name := match["view"]:
                line = text.count("\n", 0, match.start()) + 1
                sql = text[match.end() :].partition(";")[0].strip()
                found[name] = View(name, _answered(sql, directory.name), sql, path, line)
            else:
                found.pop(match["dropped"], None)
    return found


def views(schema: Schema) -> list[View]:
    return [each for each in schema.values() if isinstance(each, View)]


def _columns(text: str) -> tuple[str, ...]:
    lines = "\n".join(line for line in _one_table(text).splitlines() if line.strip() != "GO")
    definition = sqlglot.parse_one(lines, read="tsql").this
    return tuple(each.name for each in definition.expressions if isinstance(each, exp.ColumnDef))


def _one_table(text: str) -> str:
    """Up to the closing parenthesis of the column list."""
    depth = 0
    for offset, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if character == ")" and depth == 0:
            return text[: offset + 1]
    raise ValueError(f"not a whole CREATE TABLE: {text[:40]}")


def _answered(sql: str, dialect: str) -> tuple[str, ...]:
    tree = sqlglot.parse_one(sql, read=PARSERS[dialect])
    return tuple(tree.named_selects) if isinstance(tree, exp.Query) else ()
