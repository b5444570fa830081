"""Templates of workflows as something that is approved: where a workspace has defined stages for them, a
draft is published by the last approval, and not otherwise."""

from __future__ import annotations

from app.core.approvals import State
from app.core.caller import Caller, Tools
from app.core.work_errors import NoWorkflowDraft, WorkflowVersionNotFound
from app.db.connection import ReadTransaction, WriteTransaction
from app.kernel.access import Access, enter, enter_to_change
from app.kernel.approval_authors import authors_of
from app.kernel.approvals import Subject
from app.kernel.template_access import find_template, find_version, newest_version
from app.services.workflow_versions import publish_draft, publishable_draft


class TemplateApproval:
    """Its guard is the workspace's row. What is approved is the draft; its authors are all who have saved it
    since what is published, and it is named after the last of them."""

    object_type = "workflow_template"

    async def find(self, tx: ReadTransaction, caller: Caller, access: Access, object_id: str) -> Subject:
        """The draft, or else the newest version. Raises ``WorkflowTemplateNotFound``, and
        ``WorkflowVersionNotFound`` where there is nothing yet."""
        row = await find_template(tx, access.workspace_id, object_id)
        number = row.draft_version or await newest_version(tx, row.workspace_id, row.id)
        if number is None:
            raise WorkflowVersionNotFound
        version = await find_version(tx, row.workspace_id, row.id, number)
        return Subject(
            workspace_id=row.workspace_id,
            object_type=self.object_type,
            object_id=row.id,
            author_id=version.created_by,
            version=version.template_version,
            content_hash=version.graph_hash,
            title=row.name,
            authors=await authors_of(
                tx,
                version.created_by,
                workspace_id=row.workspace_id,
                object_type=self.object_type,
                object_id=row.id,
            ),
        )

    async def hold(self, tx: WriteTransaction, caller: Caller, access: Access, object_id: str) -> Subject:
        await enter_to_change(tx, caller, workspace_id=access.workspace_id, operation=access.operation)
        return await self.find(tx, caller, access, object_id)

    async def submitted(self, tx: WriteTransaction, caller: Caller, tools: Tools, subject: Subject) -> None:
        """By who might publish it. Raises ``AccessDenied``, ``NoWorkflowDraft``, ``WorkflowInvalid``."""
        place = subject.workspace_id
        await enter(tx, caller, workspace_id=place, operation="workflow_template.publish")
        await publishable_draft(tx, await find_template(tx, place, subject.object_id))

    async def decided(
        self, tx: WriteTransaction, caller: Caller, tools: Tools, subject: Subject, outcome: State
    ) -> None:
        """What was not approved stays a draft. Raises ``WorkflowInvalid`` where the workspace has changed so
        that it can no longer be published."""
        if outcome is State.APPROVED:
            row = await find_template(tx, subject.workspace_id, subject.object_id)
            if row.draft_version != subject.version:
                raise NoWorkflowDraft
            await publish_draft(tx, caller, tools, row)
