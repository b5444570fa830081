"""The wire of /workspaces/{workspace_id}/boards."""

from datetime import datetime

from app.schemas.columns import Column
from app.schemas.common import DisplayName, Page, View, Wire


class BoardAdd(Wire):
    name: DisplayName


class BoardPatch(Wire):
    """What is left out stays."""

    name: DisplayName = ""


class ListedBoard(View):
    id: str
    project_id: str
    name: str
    created_by: str
    created_at: datetime
    updated_at: datetime
    version: int


class Board(ListedBoard):
    columns: list[Column]


class BoardPage(Page[ListedBoard]): ...
