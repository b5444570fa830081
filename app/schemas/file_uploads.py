"""The wire of /workspaces/{workspace_id}/files/uploads."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from app.schemas.common import View, Wire


class UploadBegin(Wire):
    """The file that is to come, exactly."""

    name: Annotated[str, Field(max_length=1000, examples=["plan.pdf"])]
    content_type: Annotated[str, Field(max_length=255)] | None = Field(
        None, examples=["application/pdf"], description="Without it: the one that the name stands for."
    )
    size: Annotated[int, Field(ge=0, le=2**53 - 1, description="In bytes.", examples=[52831])]
    sha256: Annotated[
        str,
        Field(
            pattern=r"^[0-9a-f]{64}$",
            description="Of the content, in hexadecimal.",
            examples=["e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
        ),
    ]


class UploadBegun(View):
    upload_id: str = Field(description="The file's id, once it is there.")
    url: str = Field(description="Whoever has it may send the bytes there, by PUT, without signing in.")
    headers: dict[str, str] = Field(description="To be sent with them.")
    expires_at: datetime


class Upload(View):
    upload_id: str
    workspace_id: str
    state: Literal["OPEN", "VERIFYING", "DONE", "FAILED", "CANCELLED"] = Field(
        description="DONE: it is a file, of the same id."
    )
    reason: Literal["MISSING", "SIZE", "SHA256", "TYPE", "EXPIRED"] | None = Field(
        description="Why it FAILED: nothing had come, other bytes than announced, of a type that is not "
        "taken, or nobody completed it in time."
    )
    begun_by: str
    begun_at: datetime
    expires_at: datetime
