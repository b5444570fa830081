"""The wire of comments on objectives."""

from datetime import datetime

from pydantic import Field

from app.schemas.comments import Body
from app.schemas.common import Page, View, Wire


class ObjectiveCommentAdd(Wire):
    body: Body


class ObjectiveCommentPatch(Wire):
    """What is left out stays."""

    body: Body = ""


class ObjectiveComment(View):
    id: str
    objective_id: str
    body: str
    created_by: str
    created_at: datetime
    edited_at: datetime | None = Field(description="When its author last wrote another text.")
    version: int


class ObjectiveCommentPage(Page[ObjectiveComment]): ...
