"""Models that several routes share: errors, text, lists."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.core.text import clean_line, clean_text


class Wire(BaseModel):
    """What clients send. A member this service does not know is a mistake worth hearing of."""

    model_config = ConfigDict(extra="forbid")


class Error(BaseModel):
    """Every error of this service, whatever its status."""

    error_code: str = Field(examples=["WORKSPACE_NOT_FOUND"], description="Stable; for programs.")
    message: str = Field(examples=["There is no such workspace."], description="For people.")
    details: dict[str, Any] | None = Field(description="More about this case, where there is more.")
    request_id: str = Field(description="Names this request in the service's log.")


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
UserId = Annotated[
    str,
    Field(
        pattern=r"^[!-~]{1,200}$",
        description="The Entra object id (`oid`), or `<issuer name>:<subject>` for other issuers.",
        examples=["0f8fad5b-d9cb-469f-a165-70867728950e"],
    ),
    AfterValidator(lambda text: text if ":" in text else text.lower()),
]
