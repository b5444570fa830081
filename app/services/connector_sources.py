"""The sources that connectors of this installation may ask."""

from __future__ import annotations

from app.core.caller import Tools
from app.core.config import Settings
from app.core.secret_box import SecretBox
from app.db.connection import Database
from app.integrations import sharepoint
from app.integrations.connector import Caps
from app.integrations.graph_excel import GraphExcel
from app.integrations.graph_workbooks import Workbooks
from app.integrations.guarded_client import GuardedClient
from app.integrations.postgres_source import PostgresSource
from app.integrations.provider import Credential
from app.integrations.registry import Providers
from app.integrations.upstream import UpstreamClients
from app.integrations.workbook_reader import WorkbookReader
from app.services.connections import find_credential
from app.services.connector_asking import Asker


def make_asker(
    settings: Settings,
    database: Database,
    tools: Tools,
    *,
    clients: UpstreamClients,
    providers: Providers,
    outbound: GuardedClient,
    box: SecretBox | None,
) -> Asker:
    reader = WorkbookReader()

    def workbooks(base_url: str | None) -> Workbooks:
        return Workbooks(
            clients,
            outbound,
            reader,
            base_url or settings.sharepoint_base_url,
            most_bytes=settings.graph_excel_max_bytes,
        )

    async def of_workspace(workspace_id: str) -> Credential | None:
        async with database.read() as tx:
            return await find_credential(tx, box, workspace_id=workspace_id, provider=sharepoint.NAME)

    sources = (
        GraphExcel(workbooks, providers, of_workspace, settings.graph_excel_sites),
        PostgresSource(outbound),
    )
    caps = Caps(settings.connector_max_rows, settings.connector_max_bytes, settings.connector_seconds)
    return Asker(sources, caps, box, tools)
