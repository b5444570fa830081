"""Microsoft's T-SQL front end in this process: ScriptDom (parser), SqlParser (binder), DacFx (compiler).

Each knows what the others do not: the parser the grammar, the binder functions, types and their arity, the
compiler the objects of a whole schema. The process must have been started with ``kit.environment``.
What they cannot know is in ``scripts.tsql.rules``. All three speak SQL Server 2019 (version 150).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from app.db.drivers.mssql_scripts import numbered_batches

_DAC_PLACE = re.compile(r"(?:Error validating element \[dbo\]\.\[q_\]: )?(?:SqlProcedure: \[dbo\]\.\[q_\] )?")


@dataclass(frozen=True, order=True)
class Message:
    """What one of the three, or a rule, says against a script; line 1 is the script's first."""

    line: int
    source: str
    text: str

    def __str__(self) -> str:
        return f"{self.source}: {self.text}"


class Runtime:
    """The loaded assemblies. One a process: .NET is loaded once."""

    def __init__(self, kit: Path) -> None:
        from clr_loader import get_coreclr
        from pythonnet import set_runtime

        set_runtime(get_coreclr(runtime_config=str(kit / "runtime.json"), dotnet_root=str(kit / "dotnet")))
        import clr

        sys.path.insert(0, str(kit / "assemblies"))
        for name in (
            "TransactSql.ScriptDom",
            "Dac",
            "Dac.Extensions",
            "SqlParser",
            "Management.SmoMetadataProvider",
        ):
            clr.AddReference(str(kit / "assemblies" / f"Microsoft.SqlServer.{name}.dll"))
        from Microsoft.SqlServer.Dac import Model
        from Microsoft.SqlServer.Management.SqlParser import (
            Binder,
            Common,
            Metadata,
            MetadataProvider,
            Parser,
        )
        from Microsoft.SqlServer.TransactSql import ScriptDom
        from System.Collections.Generic import List
        from System.IO import StringReader
        from System.Reflection import Assembly, BindingFlags

        self.model, self.dom, self.clr = Model, ScriptDom, clr
        self.binder, self.common, self.metadata = Binder, Common, Metadata
        self.provider, self.parser, self.list = MetadataProvider, Parser, List
        self._reader = StringReader
        smo = Assembly.LoadFrom(
            str(kit / "assemblies" / "Microsoft.SqlServer.Management.SmoMetadataProvider.dll")
        )
        flags = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic

        def instance(name: str) -> Any:
            kind = smo.GetType(f"Microsoft.SqlServer.Management.SmoMetadataProvider.{name}")
            return kind.GetProperty("Instance", flags).GetValue(None)

        self.lookups = {
            "BuiltInFunction": instance("SmoBuiltInFunctionLookup"),
            "Collation": instance("SmoCollationLookup"),
            "SystemDataType": instance("SmoSystemDataTypeLookup"),
        }

    def parse(self, sql: str) -> tuple[Any, list[Message]]:
        """ScriptDom's tree and its syntax errors."""
        tree, errors = self.dom.TSql150Parser(True).Parse(self._reader(sql), None)
        return tree, [Message(each.Line, f"syntax {each.Number}", each.Message) for each in errors]


class Binder:
    """SqlParser's binder over a schema that it has bound itself."""

    def __init__(self, runtime: Runtime, schema: str) -> None:
        self._runtime = runtime
        factory = runtime.provider.MetadataFactory()
        collation = runtime.metadata.CollationInfo.Default
        server = factory.Server.Create("server", collation)
        for name in ("master", "d"):
            database = factory.Database.Create(server, name, collation)
            database.CompatibilityLevel = runtime.common.DatabaseCompatibilityLevel.Version150
            database.DefaultSchemaName = "dbo"
            for each in ("dbo", "sys", "INFORMATION_SCHEMA"):
                database.Schemas.Add(factory.Schema.Create(database, each))
            server.Databases.Add(database)
        self._provider = _provider_class(runtime)(server, factory)
        messages, bound = self._bind(schema, runtime.binder.BindMode.Build)
        self._provider.server = bound
        # It takes no unique index as a foreign key's target; the compiler does, and refuses what is none.
        passed_over = ("data-tier application", "no primary or candidate keys")
        self.messages = [each for each in messages if not any(part in each.text for part in passed_over)]

    def check(self, sql: str, params: Mapping[str, str]) -> list[Message]:
        head = "".join(f"DECLARE @{name} {kind};" for name, kind in params.items()) + "\n"
        found, _ = self._bind(head + sql, self._runtime.binder.BindMode.Batch)
        return [Message(each.line - 1, each.source, each.text) for each in found]

    def _bind(self, sql: str, mode: Any) -> tuple[list[Message], Any]:
        runtime = self._runtime
        parsed = runtime.parser.Parser.Parse(sql, runtime.parser.ParseOptions("GO", True))
        results = runtime.list[runtime.parser.ParseResult]()
        results.Add(parsed)
        provider = runtime.provider.IMetadataProvider(self._provider)
        server = runtime.binder.BinderProvider.CreateBinder(provider).Bind(results, "d", mode)
        return [
            Message(error.Start.LineNumber, "binder", error.Message.strip()) for error in parsed.Errors
        ], server


@cache
def _provider_class(runtime: Runtime) -> Any:
    """A .NET class in Python; .NET takes one definition a name."""

    class Provider(runtime.provider.IMetadataProvider):  # type: ignore[name-defined, misc]
        __namespace__ = "PmAssist"

        def __init__(self, server: Any, factory: Any) -> None:
            super().__init__()
            self.server, self.factory = server, factory

        def get_Server(self) -> Any:  # noqa: N802 - the interface's name
            return self.server

        def get_BuiltInFunctionLookup(self) -> Any:  # noqa: N802
            return runtime.lookups["BuiltInFunction"]

        def get_CollationLookup(self) -> Any:  # noqa: N802
            return runtime.lookups["Collation"]

        def get_SystemDataTypeLookup(self) -> Any:  # noqa: N802
            return runtime.lookups["SystemDataType"]

        def get_MetadataFactory(self) -> Any:  # noqa: N802
            return self.factory

        def get_BeforeBindHandler(self) -> None:  # noqa: N802
            return None

        def get_AfterBindHandler(self) -> None:  # noqa: N802
            return None

    return Provider


class Compiler:
    """DacFx's model of a schema; a query is compiled as a procedure in it."""

    def __init__(self, runtime: Runtime, schema: str) -> None:
        self._runtime = runtime
        self._schema = schema
        self._model: Any = None
        self.messages = self._open()

    def _open(self) -> list[Message]:
        model = self._runtime.model
        self._model = model.TSqlModel(model.SqlServerVersion.Sql150, model.TSqlModelOptions())
        found = []
        for line, batch in numbered_batches(self._schema):
            try:
                self._model.AddObjects(batch)
            except model.DacModelException as error:
                found.append(Message(line + 1, "compiler", str(error).splitlines()[0]))
        return found + [Message(0, "compiler", each.ToString()) for each in self._model.Validate()]

    def check_objects(self, scripts: Sequence[str]) -> list[Message]:
        """What the model says of new objects, together; it is as before afterwards."""
        try:
            for each in scripts:
                self._model.AddObjects(each)
            return [Message(0, "compiler", each.ToString()) for each in self._model.Validate()]
        except self._runtime.model.DacModelException as error:
            return [Message(0, "compiler", line) for line in str(error).splitlines() if line.strip()]
        finally:
            self._open()

    def check(self, sql: str, params: Mapping[str, str]) -> list[Message]:
        declared = ", ".join(f"@{name} {kind}" for name, kind in params.items())
        try:
            self._model.AddOrUpdateObjects(
                f"CREATE PROCEDURE dbo.[q_] {declared} AS BEGIN {sql}\nEND", "query.sql", None
            )
            found = [each.ToString() for each in self._model.Validate()]
            self._model.AddOrUpdateObjects("CREATE PROCEDURE dbo.[q_] AS RETURN 0", "query.sql", None)
        except self._runtime.model.DacModelException as error:
            found = [line for line in str(error).splitlines() if line.startswith("Error")]
            self._open()  # a model that refused something is of no more use
        return [Message(0, "compiler", _DAC_PLACE.sub("", each)) for each in found]
