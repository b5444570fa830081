"""Objectives as something that is approved: a draft is ACTIVE by the last approval, and not otherwise."""

from __future__ import annotations

from app.core.approvals import State
from app.core.caller import Caller, Tools
from app.core.okrs import Content, ObjectiveState, content_hash
from app.core.text import moment_key
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles.key_results import KeyResultRow, list_key_results
from app.db.handles.objective_alignment import list_alignment
from app.db.handles.objectives import ObjectiveRow, set_objective_state
from app.kernel.access import Access, enter
from app.kernel.approval_authors import authors_of
from app.kernel.approvals import Subject
from app.kernel.okr_access import (
    find_objective,
    hold_objective,
    put_in_force,
    record_objective,
    require_changer,
    require_state,
)
from app.services.key_results import MOST_KEY_RESULTS, definition


class ObjectiveApproval:
    """Its guard is its row. Its author is whose it is: nobody approves of what they themselves are to
    reach; nor of what they have made, or written, in another's name, since it was approved last."""

    object_type = "objective"

    async def find(self, tx: ReadTransaction, caller: Caller, access: Access, object_id: str) -> Subject:
        """Raises ``ObjectiveNotFound``."""
        row = await find_objective(tx, access.workspace_id, object_id)
        return await self._subject(tx, access.workspace_id, row)

    async def hold(self, tx: WriteTransaction, caller: Caller, access: Access, object_id: str) -> Subject:
        """Raises ``ObjectiveNotFound``, and ``OkrCycleClosed``: what is frozen is not decided about."""
        row = await hold_objective(tx, access.workspace_id, object_id)
        return await self._subject(tx, access.workspace_id, row)

    async def submitted(self, tx: WriteTransaction, caller: Caller, tools: Tools, subject: Subject) -> None:
        """A draft, by who may change it. Raises ``AccessDenied``, ``ObjectiveInState``."""
        place = subject.workspace_id
        access = await enter(tx, caller, workspace_id=place, operation="objective.submit")
        row = await hold_objective(tx, place, subject.object_id)
        await require_changer(tx, caller, tools, access, row)
        require_state(row, [ObjectiveState.DRAFT])
        self._move(tx, tools, subject, ObjectiveState.IN_APPROVAL)
        await record_objective(tx, caller, tools, place, "objective.submitted", row.id)

    async def decided(
        self, tx: WriteTransaction, caller: Caller, tools: Tools, subject: Subject, outcome: State
    ) -> None:
        """What was not approved is a draft again."""
        place = subject.workspace_id
        if outcome is State.APPROVED:
            row = await hold_objective(tx, place, subject.object_id)
            await put_in_force(tx, tools, place, row)
            await record_objective(tx, caller, tools, place, "objective.activated", subject.object_id)
            return
        self._move(tx, tools, subject, ObjectiveState.DRAFT)
        details = {"outcome": outcome}
        await record_objective(tx, caller, tools, place, "objective.returned", subject.object_id, details)

    def _move(self, tx: WriteTransaction, tools: Tools, subject: Subject, state: ObjectiveState) -> None:
        set_objective_state(
            tx,
            workspace_id=subject.workspace_id,
            objective_id=subject.object_id,
            state=state,
            activated_at=None,
            ended_at=None,
            now=tools.clock(),
        )

    async def _subject(self, tx: ReadTransaction, workspace_id: str, row: ObjectiveRow) -> Subject:
        place = {"workspace_id": workspace_id, "objective_id": row.id}
        parents = await list_alignment(tx, even_deleted=True, **place)
        content = Content(
            title=row.title,
            description=row.description,
            level=row.level,
            owner_id=row.owner_id,
            parents=sorted((each.objective_id, each.weight) for each in parents),
            key_results=[definition(each) for each in await _key_results(tx, workspace_id, row.id)],
        )
        return Subject(
            workspace_id=workspace_id,
            object_type=self.object_type,
            object_id=row.id,
            author_id=row.owner_id,
            version=row.version,
            content_hash=content_hash(content),
            title=row.title,
            authors=await authors_of(
                tx,
                row.owner_id,
                workspace_id=workspace_id,
                object_type=self.object_type,
                object_id=row.id,
            ),
        )


async def _key_results(tx: ReadTransaction, workspace_id: str, objective_id: str) -> list[KeyResultRow]:
    """All of them, a page at a time, as their texts are long."""
    rows: list[KeyResultRow] = []
    while True:
        after = moment_key(rows[-1].created_at, rows[-1].id) if rows else ""
        page = await list_key_results(
            tx,
            workspace_id=workspace_id,
            objective_id=objective_id,
            after_key=after,
            page_size=MOST_KEY_RESULTS,
        )
        rows += page
        if not page.is_cut:
            return rows
