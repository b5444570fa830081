"""The wire of /workspaces/{workspace_id}/search."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from app.core.search_words import MOST_WORDS, wanted
from app.core.text import plain
from app.schemas.common import Page, View
from app.schemas.tasks import State

Kind = Literal["task", "comment", "project"]


def _has_words(text: str) -> str:
    wanted(plain(text))
    return text


Query = Annotated[
    str,
    Field(
        min_length=1,
        max_length=200,
        examples=["venue confirm"],
        description=f"Up to {MOST_WORDS} words, all of which are to stand there; the last may be the "
        "beginning of one. The key of a task is a word, too.",
    ),
    AfterValidator(_has_words),
]


class Hit(View):
    """``key``, ``title`` and ``state`` of a comment are its task's; of a project, its key and name."""

    kind: Kind
    id: str
    project_id: str
    task_id: str | None
    key: str = Field(examples=["ABC-123"])
    title: str
    state: State | None
    excerpt: str | None = Field(description="Of a comment: some of it, around the first word.")
    at: datetime = Field(description="When it last changed; of a comment, when it was written.")


class HitPage(Page[Hit]): ...
