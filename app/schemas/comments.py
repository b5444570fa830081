"""The wire of comments on tasks."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field

from app.core.text import clean_text
from app.schemas.common import Page, UserId, View, Wire


def _said(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be blank")
    return clean_text(text, limit=10_000)


Body = Annotated[str, Field(max_length=10_000, examples=["The venue has confirmed."]), AfterValidator(_said)]
Mentions = Annotated[
    list[UserId],
    Field(
        max_length=50,
        description="Whom it speaks to. Those who may not see the task are left out: the answer says who is.",
    ),
]


class CommentAdd(Wire):
    body: Body
    mentions: Mentions = Field(default_factory=list)


class CommentPatch(Wire):
    """What is left out stays."""

    body: Body = ""
    mentions: Mentions = Field(default_factory=list)


class Comment(View):
    id: str
    task_id: str
    body: str
    mentions: list[str]
    created_by: str
    created_at: datetime
    edited_at: datetime | None = Field(description="When its author last wrote another text.")
    version: int


class CommentPage(Page[Comment]): ...


class TaskViewer(View):
    user_id: str
    display_name: str | None


class TaskViewerPage(Page[TaskViewer]): ...
