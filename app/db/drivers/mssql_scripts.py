"""T-SQL scripts as text: their batches, and migrations as one script for a DBA. Nothing here connects, so
nothing needs ODBC."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from app.db.migrations import Migration

_SEPARATOR = re.compile(r"^[ \t]*GO[ \t]*$", re.MULTILINE | re.IGNORECASE)
HISTORY = """
CREATE TABLE dbo.SchemaMigration (
    version    INT           NOT NULL,
    name       NVARCHAR(200) NOT NULL,
    checksum   CHAR(64)      NOT NULL,
    applied_at DATETIME2(6)  NOT NULL,
    CONSTRAINT PK_SchemaMigration PRIMARY KEY (version)
)
"""


def numbered_batches(script: str) -> Iterator[tuple[int, str]]:
    """What lies between lines that say GO, which is sqlcmd's word and not T-SQL's, each with the number of
    lines before it."""
    start = 0
    for end, following in [*((m.start(), m.end()) for m in _SEPARATOR.finditer(script)), (len(script), 0)]:
        text = script[start:end]
        if text.strip():
            yield script.count("\n", 0, start), text
        start = following


def batches(script: str) -> Iterator[str]:
    """As ``numbered_batches``, the texts alone."""
    return (text.strip() for _, text in numbered_batches(script))


def as_script(migrations: Sequence[Migration]) -> str:
    """What a DBA runs with sqlcmd or SSMS instead of ``migrate.py up``: the same batches, all or nothing.

    An error rolls everything back (XACT_ABORT), and NOEXEC keeps the batches after it from running outside
    the transaction. https://learn.microsoft.com/sql/t-sql/statements/set-noexec-transact-sql
    """
    before = migrations[0].version - 1
    parts = [
        "-- Run with: sqlcmd -b -d <database> -i <this file>    or in SSMS, in the database.\n"
        "SET QUOTED_IDENTIFIER ON; SET ANSI_NULLS ON; SET XACT_ABORT ON; SET NOCOUNT ON;",
        f"IF OBJECT_ID(N'dbo.SchemaMigration', N'U') IS NULL EXEC sys.sp_executesql N'{HISTORY}';",
        f"IF (SELECT COALESCE(MAX(version), 0) FROM dbo.SchemaMigration) <> {before}\n"  # noqa: S608 - a number
        f"BEGIN\n    RAISERROR(N'this script begins after migration {before}', 16, 1);\n"
        "    SET NOEXEC ON;\nEND;",
        "BEGIN TRANSACTION;",
    ]
    for migration in migrations:
        parts += [f"IF @@TRANCOUNT = 0 SET NOEXEC ON;\nGO\n{batch}" for batch in batches(migration.sql)]
        parts.append(
            "IF @@TRANCOUNT = 0 SET NOEXEC ON;\nGO\n"
            "INSERT INTO dbo.SchemaMigration (version, name, checksum, applied_at)\n"
            f"VALUES ({migration.version}, N'{migration.name}', '{migration.checksum}', SYSUTCDATETIME());"
        )
    parts.append("IF @@TRANCOUNT > 0 COMMIT;")
    parts.append(
        "SET NOEXEC OFF;\nSELECT version, name, applied_at FROM dbo.SchemaMigration ORDER BY version;"
    )
    return "\nGO\n".join(parts) + "\nGO\n"
