"""The wire of /workspaces/{workspace_id}/eligibility-mappings."""

from datetime import datetime

from app.schemas.common import Page, View


class EligibilityMapping(View):
    user_type_id: str
    task_type_id: str
    created_at: datetime
    created_by: str


class EligibilityMappingPage(Page[EligibilityMapping]): ...
