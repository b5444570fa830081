"""What whoever makes something that is approved works with (``app.services.approvals`` does the rest).

Locks: the object's row before ApprovalRequest's, which is the guard of all that is decided about a
submission. Whatever changes what an object says holds the object's row and calls ``void_pending``; beside
that, each decision compares hashes under both locks, so nothing is approved that is not what was submitted.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any, Protocol

import msgspec

from app.core import approvals as rules
from app.core.approval_errors import ApprovalRequired
from app.core.approvals import Stages, State
from app.core.caller import Caller, Tools
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.errors import UnexpectedResult
from app.db.handles import approvals as db
from app.db.handles.approval_delegations import delete_delegations_of_request
from app.db.handles.approval_flows import read_flow, read_newest_flow
from app.db.handles.approvals import RequestRow
from app.kernel import audit
from app.kernel.access import Access

record = partial(audit.record, target_type="approval")


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be decided about, as it is now. ``content_hash``: SHA-256, in hexadecimal, of all that is
    approved of: what is not in it may be changed without a new approval. ``author_id`` is whom it is named
    after; ``authors`` are all whose own it is, who approve of none of it."""

    workspace_id: str
    object_type: str
    object_id: str
    author_id: str
    version: int
    content_hash: str
    title: str
    authors: frozenset[str]


class Approvable(Protocol):
    """One for each type of object, in ``Parts.approvables``. Every member who is no guest may see that there
    is such a request; what may be seen of the object, ``find`` says."""

    object_type: str

    async def find(self, tx: ReadTransaction, caller: Caller, access: Access, object_id: str) -> Subject:
        """Raises the object's own NotFound where the caller may not see it."""
        ...

    async def hold(self, tx: WriteTransaction, caller: Caller, access: Access, object_id: str) -> Subject:
        """As ``find``, after its row was locked, which it is to the commit."""
        ...

    async def submitted(self, tx: WriteTransaction, caller: Caller, tools: Tools, subject: Subject) -> None:
        """It waits for approval now. Raises where the caller may not submit it, or it cannot be."""
        ...

    async def decided(
        self, tx: WriteTransaction, caller: Caller, tools: Tools, subject: Subject, outcome: State
    ) -> None:
        """It was decided about, or will not be; ``outcome`` is no PENDING. The object is held. It asks for
        no role: whose decision it was is judged already."""
        ...


Approvables = Mapping[str, Approvable]


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    """``version`` 0 is what the service comes with. No stages: nothing is approved."""

    object_type: str
    version: int
    is_default: bool
    stages: Stages
    created_by: str | None = None
    created_at: datetime | None = None


async def flow_in_force(tx: ReadTransaction, workspace_id: str, object_type: str) -> Flow:
    """By which objects of a type are submitted now."""
    row = await read_newest_flow(tx, workspace_id=workspace_id, object_type=object_type)
    own = rules.decoded(row.stages) if row is not None else ()
    return Flow(
        object_type=object_type,
        version=row.flow_version if row is not None else 0,
        is_default=not own,
        stages=own or rules.DEFAULT_FLOWS[object_type],
        created_by=row.created_by if row is not None else None,
        created_at=row.created_at if row is not None else None,
    )


async def stages_of(tx: ReadTransaction, request: RequestRow) -> Stages:
    """By which a request is decided: those that it was submitted under."""
    if request.flow_version == 0:
        return rules.DEFAULT_FLOWS[request.object_type]
    row = await read_flow(
        tx,
        workspace_id=request.workspace_id,
        object_type=request.object_type,
        flow_version=request.flow_version,
    )
    if row is None:
        raise UnexpectedResult("a request's flow is not there", query="read_flow")
    return rules.decoded(row.stages)


async def require_no_approval(tx: ReadTransaction, workspace_id: str, object_type: str) -> None:
    """For what may be put in force at once where nobody has to approve. Raises ``ApprovalRequired``."""
    if (await flow_in_force(tx, workspace_id, object_type)).stages:
        raise ApprovalRequired


async def void_pending(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    object_type: str,
    object_id: str,
) -> None:
    """What an object's own service calls, holding the object's row, whenever its content changes or it goes:
    what waits to be decided about is void. It takes the head of the log, so it is called when all else is
    locked."""
    place = {"workspace_id": workspace_id, "object_type": object_type, "object_id": object_id}
    seen = await db.find_pending(tx, **place)
    if seen is None:
        return
    # A request about an object ends under the object's row, which is held: this one is still pending.
    db.lock_request(tx, workspace_id=workspace_id, request_id=seen.id)
    await end_request(tx, tools, seen, State.VOIDED)
    await record(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action="approval.voided",
        target_id=seen.id,
        details=facts(seen),
        data=told(seen),
    )


async def end_request(tx: WriteTransaction, tools: Tools, request: RequestRow, state: State) -> RequestRow:
    """Nobody is asked about it any more."""
    place, now = {"workspace_id": request.workspace_id, "request_id": request.id}, tools.clock()
    if not await db.end_request(tx, state=state, now=now, **place):
        raise UnexpectedResult("a request that is held has ended", query="end_request")
    db.delete_deciders(tx, **place)
    delete_delegations_of_request(tx, **place)
    return msgspec.structs.replace(request, state=state, ended_at=now, version=request.version + 1)


def facts(request: RequestRow) -> dict[str, Any]:
    """What the audit log says of every act about a request."""
    return {
        "object_type": request.object_type,
        "object_id": request.object_id,
        "object_version": request.object_version,
        "content_hash": request.content_hash,
        "stage": request.stage,
    }


def told(request: RequestRow) -> dict[str, Any]:
    """What the event of every act about a request carries."""
    return {"object_type": request.object_type, "object_id": request.object_id}
