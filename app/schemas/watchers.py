"""The wire of a task's watchers."""

from datetime import datetime

from app.schemas.common import Page, View


class Watcher(View):
    user_id: str
    display_name: str | None
    added_at: datetime


class WatcherPage(Page[Watcher]): ...
