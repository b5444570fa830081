"""The wire of /workspaces/{workspace_id}/projects and of …/events."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from app.core.text import clean_line
from app.core.work import ProjectKind, Visibility
from app.schemas.common import Description, Page, View, Wire

_KEY = r"[A-Za-z][A-Za-z0-9]{1,9}"
_UUID = r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
ProjectKey = Annotated[
    str,
    Field(
        pattern=f"^{_KEY}$",
        description="Tasks are named by it. No other project of the workspace has or had it; "
        "lower case is taken as upper case.",
        examples=["ROAD"],
    ),
    AfterValidator(str.upper),
]
ProjectRef = Annotated[
    str,
    Field(
        pattern=f"^({_UUID}|{_KEY})$",
        max_length=36,
        description="The id, or a key that it has or had.",
    ),
    AfterValidator(lambda text: text.lower() if "-" in text else text.upper()),
]
ProjectName = Annotated[
    str,
    Field(max_length=200, examples=["Roadmap 2027"]),
    AfterValidator(lambda text: clean_line(text, limit=200)),
]


class EventCreate(Wire):
    key: ProjectKey
    name: ProjectName
    description: Description | None = None
    visibility: Visibility = Field(
        Visibility.WORKSPACE,
        description="`workspace`: seen by whoever is in the workspace and no guest. `members`: by its "
        "members and by ADMINs; whoever makes it is its first member.",
    )


class ProjectCreate(EventCreate):
    kind: ProjectKind = ProjectKind.PROJECT


class ProjectPatch(Wire):
    """What is left out stays; a description of null is cleared."""

    key: ProjectKey | None = None
    name: ProjectName | None = None
    description: Description | None = None
    visibility: Visibility | None = None

    @model_validator(mode="after")
    def _has_a_change(self) -> "ProjectPatch":
        if not self.model_fields_set:
            raise ValueError("send at least one of key, name, description, visibility")
        for name in ("key", "name", "visibility"):
            if name in self.model_fields_set and getattr(self, name) is None:
                raise ValueError(f"{name} cannot be null")
        return self


class Project(View):
    id: str
    workspace_id: str
    kind: Literal["project", "event"]
    key: str
    name: str
    description: str | None
    visibility: Literal["workspace", "members"]
    status: Literal["ACTIVE", "ARCHIVED"]
    created_by: str
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
    version: int


class ProjectPage(Page[Project]): ...
