"""The wire of a workspace's jobs."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from app.schemas.common import Page, View

JobState = Literal["READY", "RUNNING", "DEAD"]


class Job(View):
    id: str
    kind: str
    queue: str
    state: JobState = Field(description="`DEAD`: it is not tried again by itself.")
    target_id: str = Field(description="What it is about: a file, a delivery, the workspace.")
    attempts: int = Field(description="Since it last succeeded, or was retried.")
    max_attempts: int | None = Field(description="null: it is tried until it succeeds.")
    last_error: str | None = Field(description="The class of what stopped the last attempt.")
    created_at: datetime
    run_at: datetime = Field(description="Not before then is it tried, where it is `READY`.")
    state_at: datetime | None = Field(description="Since when it is `RUNNING` or `DEAD`, or at a broker.")


class JobPage(Page[Job]): ...
