"""The wire of a task's watchers."""

from datetime import datetime

from pydantic import BaseModel

from app.schemas.common import Page


class Watcher(BaseModel):
    user_id: str
    display_name: str | None
    added_at: datetime


class WatcherPage(Page[Watcher]): ...
