"""The wire of check-ins."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from app.core.okr_scores import Zone
from app.core.okrs import Source
from app.core.text import clean_text
from app.schemas.common import Page, View, Wire
from app.schemas.key_results import Figure

Note = Annotated[
    str,
    Field(max_length=5_000, examples=["Two customers are left."]),
    AfterValidator(lambda text: clean_text(text, limit=5_000)),
]


class CheckInAdd(Wire):
    """`value` for a METRIC, `zone` for an ORDINAL."""

    value: Figure | None = None
    zone: Zone | None = None
    confidence: int = Field(
        ge=1, le=10, examples=[7], description="How sure you are that the target is reached."
    )
    note: Note | None = None

    @model_validator(mode="after")
    def _says_one(self) -> "CheckInAdd":
        if (self.value is None) == (self.zone is None):
            raise ValueError("one of value and zone says how far it is")
        return self


class CheckIn(View):
    id: str
    key_result_id: str
    value: str | None
    zone: Zone
    score: str = Field(examples=["0.75"], description="By what was to be reached then.")
    confidence: int | None = Field(description="Null where no person said it.")
    note: str | None
    source: Source
    selection_id: str | None = Field(description="What was read of another system for it.")
    created_by: str
    created_at: datetime


class CheckInPage(Page[CheckIn]): ...
