"""Models that several routes share: errors, text, lists."""

from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    GetPydanticSchema,
    SecretStr,
)
from pydantic_core import core_schema

from app.core.text import clean_line, clean_text, plain
from app.core.time_zones import clean_zone

Id = Annotated[
    str,
    GetPydanticSchema(
        lambda _source, _handler: core_schema.no_info_after_validator_function(
            str, core_schema.uuid_schema(), serialization=core_schema.simple_ser_schema("str")
        )
    ),
]
"""A UUID, as the lower-case text that identifiers are in Python and in the database."""


class Wire(BaseModel):
    """What clients send. A member this service does not know is a mistake worth hearing of."""

    model_config = ConfigDict(extra="forbid")


class View(BaseModel):
    """What is answered, as the OpenAPI document tells it. Answers are not made of it, so what pydantic needs
    for that is made when the document is."""

    model_config = ConfigDict(defer_build=True)


T = TypeVar("T")


class Page(View, Generic[T]):
    """A page of a list; ``next_cursor`` is null on the last."""

    items: list[T]
    next_cursor: str | None


class Error(View):
    """Every error of this service, whatever its status."""

    error_code: str = Field(examples=["WORKSPACE_NOT_FOUND"], description="Stable; for programs.")
    message: str = Field(examples=["There is no such workspace."], description="For people.")
    details: dict[str, Any] | None = Field(description="More about this case, where there is more.")
    request_id: str = Field(description="Names this request in the service's log.")


def _utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("must lie in the years 1 to 9999 of UTC") from None


def _plain_secret(secret: SecretStr) -> SecretStr:
    plain(secret.get_secret_value())
    return secret


Moment = Annotated[AwareDatetime, AfterValidator(_utc)]
"""A time with its zone, as UTC. DATETIME2 holds the years 1 to 9999, and so does Python."""
Text = Annotated[str, AfterValidator(plain)]
SecretText = Annotated[SecretStr, AfterValidator(_plain_secret)]
"""Text of any kind, and such as is never shown: what has no type of its own is at least this."""
Name = Annotated[
    str,
    Field(max_length=255, examples=["Roadmap 2027"]),
    AfterValidator(lambda text: clean_line(text, limit=255)),
]
DisplayName = Annotated[
    str,
    Field(max_length=200, examples=["Ada Lovelace"]),
    AfterValidator(lambda text: clean_line(text, limit=200)),
]
Description = Annotated[
    str, Field(max_length=10_000), AfterValidator(lambda text: clean_text(text, limit=10_000))
]
_GUID = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
UserId = Annotated[
    str,
    Field(
        max_length=200,
        pattern=rf"^({_GUID}|[a-z0-9][a-z0-9-]{{0,39}}:[!-~]+)$",
        description="The Entra object id (`oid`), or `<issuer name>:<subject>` for other issuers. "
        "In a path its slashes are `%2F`.",
        examples=["0f8fad5b-d9cb-469f-a165-70867728950e"],
    ),
    AfterValidator(lambda text: text if ":" in text else text.lower()),
]
TimeZone = Annotated[
    str,
    Field(max_length=64, examples=["Europe/Berlin"], description="Of the IANA database, or `UTC`."),
    AfterValidator(clean_zone),
]
ExternalId = Annotated[
    str,
    Field(
        min_length=1,
        max_length=255,
        description="The id, key or name of the project, space or site in the other system.",
        examples=["10042"],
    ),
    AfterValidator(lambda text: clean_line(text, limit=255)),
]
Reason = Annotated[
    str,
    Field(max_length=500, examples=["Contract ended"]),
    AfterValidator(lambda text: clean_line(text, limit=500)),
]


class StatusChange(Wire):
    reason: Reason | None = Field(None, description="For the history; whoever is in it may read it.")
