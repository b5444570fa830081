"""The wire of /workspaces/{workspace_id}/files."""

from datetime import datetime

from pydantic import Field

from app.core.files import ScanStatus
from app.schemas.common import Page, View


class File(View):
    id: str
    workspace_id: str
    name: str
    content_type: str = Field(description="As claimed at the upload, or by the name. Not proven.")
    size: int = Field(description="In bytes.")
    sha256: str = Field(description="Of the content, in hexadecimal; its ETag too.")
    uploaded_by: str
    uploaded_at: datetime
    scan_status: ScanStatus = Field(
        description="What the virus scanner found. SKIPPED: it was not asked, or the file is larger than it "
        "looks at. ERROR: it could not be asked to the end; it is tried again for some hours."
    )
    scanned_at: datetime | None
    threat: str | None = Field(description="What the virus scanner calls what it found.")


class FilePage(Page[File]): ...


class FileLink(View):
    url: str = Field(description="Whoever has it may download the file, without signing in.")
    expires_at: datetime
