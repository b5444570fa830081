"""The wire of /workspaces/{workspace_id}/eligibility-mappings."""

from datetime import datetime

from pydantic import BaseModel

from app.schemas.common import Page


class EligibilityMapping(BaseModel):
    user_type_id: str
    task_type_id: str
    created_at: datetime
    created_by: str


class EligibilityMappingPage(Page[EligibilityMapping]): ...
