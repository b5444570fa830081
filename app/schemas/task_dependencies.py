"""The wire of /workspaces/{workspace_id}/tasks/{task_id}/dependencies."""

from pydantic import Field

from app.schemas.common import Id, Wire


class DependencyAdd(Wire):
    parent_id: Id = Field(description="The task to wait for, of the same project.")
