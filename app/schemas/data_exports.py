"""The wire of /users/{user_id}/data-exports."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from app.schemas.common import Page, View


class DataExport(View):
    id: str
    state: Literal["PENDING", "READY"] = Field(description="PENDING while it is being made.")
    size: int | None = Field(description="Bytes.")
    sha256: str | None
    created_at: datetime
    expires_at: datetime | None = Field(description="Until when it can be downloaded.")


class DataExportPage(Page[DataExport]): ...
