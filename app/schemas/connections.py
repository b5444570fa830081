"""The wire of /workspaces/{workspace_id}/integration-connections."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, Secret

from app.schemas.common import View, Wire


class ConnectionSet(Wire):
    base_url: Annotated[
        str,
        Field(
            pattern=r"^https?://[!-~]+$",
            max_length=500,
            description="On a host that `INTEGRATION_ALLOWED_HOSTS` names.",
            examples=["https://example.atlassian.net"],
        ),
    ]
    account: Annotated[
        str | None,
        Field(
            pattern=r"^[!-~]{1,320}$", description="Jira Cloud: the e-mail address of the token's account."
        ),
    ] = None
    secret: Annotated[
        Secret[Annotated[str, Field(pattern=r"^[!-~]{1,4096}$")]],
        Field(
            description="The token. It is never answered.",
            json_schema_extra={"format": "password", "writeOnly": True},
        ),
    ]


class Connection(View):
    provider: str
    base_url: str
    account: str | None
    updated_at: datetime
    updated_by: str
    version: int


class Connections(View):
    items: list[Connection] = Field(description="One of each provider at most.")
