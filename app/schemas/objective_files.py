"""The wire of files that are attached to objectives."""

from datetime import datetime

from pydantic import Field

from app.schemas.common import Page, View


class ObjectiveFile(View):
    id: str = Field(description="Of the file, as in `GET …/files/{file_id}`.")
    name: str
    content_type: str
    size: int
    sha256: str | None
    scan_status: str = Field(examples=["CLEAN"])
    added_by: str
    added_at: datetime


class ObjectiveFilePage(Page[ObjectiveFile]): ...
