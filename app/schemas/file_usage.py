"""The wire of what a workspace has in files and may have."""

from pydantic import Field

from app.schemas.common import View, Wire
from app.schemas.usage import Measure, Most


class FileLimitsSet(Wire):
    """What is left out, or null, has no limit. Nothing that is there is taken away."""

    files: Most | None = None
    file_bytes: Most | None = None


class FileLimits(View):
    files: int | None
    file_bytes: int | None


class FileUsage(View):
    files: Measure = Field(description="Without the deleted ones; with uploads that have begun.")
    file_bytes: Measure
    own: FileLimits = Field(description="As the workspace's OWNERs say. The lower limit holds.")
    granted: FileLimits = Field(description="As its organisation or the platform says.")
    version: int
