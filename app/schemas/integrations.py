"""The wire of /integrations."""

from pydantic import BaseModel, Field


class ExternalItem(BaseModel):
    """A project, space or site of another system."""

    provider: str = Field(examples=["jira"])
    id: str = Field(examples=["10042"])
    key: str | None = Field(examples=["ROAD"])
    name: str = Field(examples=["Roadmap"])
    description: str | None
    url: str | None = Field(examples=["https://example.atlassian.net/browse/ROAD"])


class ExternalItemPage(BaseModel):
    items: list[ExternalItem]
    next_cursor: str | None
