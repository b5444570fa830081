"""The wire of labels."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field

from app.core.text import clean_line
from app.schemas.common import Page, View, Wire

LabelName = Annotated[
    str, Field(max_length=50, examples=["urgent"]), AfterValidator(lambda text: clean_line(text, limit=50))
]
Color = Annotated[
    str,
    Field(pattern=r"^#[0-9A-Fa-f]{6}$", examples=["#1F6FEB"]),
    AfterValidator(lambda text: text.upper()),
]


class LabelAdd(Wire):
    name: LabelName
    color: Color | None = None


class LabelPatch(Wire):
    """What is left out stays; null removes a colour."""

    name: LabelName = ""
    color: Color | None = None


class Label(View):
    id: str
    name: str
    color: str | None
    created_by: str
    created_at: datetime
    updated_at: datetime
    version: int


class LabelPage(Page[Label]): ...
