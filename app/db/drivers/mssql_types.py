"""The types of the queries' contracts, in T-SQL."""

from collections.abc import Mapping

from app.db.statements import SqlType

TYPES: Mapping[SqlType, str] = {
    SqlType.TEXT: "nvarchar(4000)",
    SqlType.LONGTEXT: "nvarchar(max)",
    SqlType.ASCII: "varchar(8000)",
    SqlType.UUID: "uniqueidentifier",
    SqlType.INT: "bigint",
    SqlType.BOOL: "bit",
    SqlType.TIME: "datetime2(6)",
}
