"""The wire of /integrations."""

from typing import Annotated

from pydantic import Field

from app.schemas.common import Id, Page, Text, View, Wire


class ListQuery(Wire):
    """What may be asked of a list."""

    search: Annotated[
        Text | None, Field(min_length=1, max_length=100, description="The name or key contains this.")
    ] = None
    cursor: Annotated[str | None, Field(max_length=4096, description="`next_cursor` of the page before.")] = (
        None
    )
    limit: Annotated[int, Field(ge=1, le=100)] = 50
    workspace_id: Annotated[
        Id | None, Field(description="Ask with this workspace's credential; its ADMINs may.")
    ] = None


class ExternalItem(View):
    """A project, space or site of another system."""

    provider: str = Field(examples=["jira"])
    id: str = Field(examples=["10042"])
    key: str | None = Field(examples=["ROAD"])
    name: str = Field(examples=["Roadmap"])
    description: str | None
    url: str | None = Field(examples=["https://example.atlassian.net/browse/ROAD"])


class ExternalItemPage(Page[ExternalItem]): ...
