"""The wire of /workspaces/{workspace_id}/files."""

from datetime import datetime

from pydantic import BaseModel, Field

from app.schemas.common import Page


class File(BaseModel):
    id: str
    workspace_id: str
    name: str
    content_type: str = Field(description="As claimed at the upload, or by the name. Not proven.")
    size: int = Field(description="In bytes.")
    sha256: str = Field(description="Of the content, in hexadecimal; its ETag too.")
    uploaded_by: str
    uploaded_at: datetime


class FilePage(Page[File]): ...


class FileLink(BaseModel):
    url: str = Field(description="Whoever has it may download the file, without signing in.")
    expires_at: datetime
