"""How objects of a type are approved in a workspace: versions of stages, which never change."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec

from app.core.approval_errors import InvalidFlow
from app.core.approvals import Deciders, Stage, Stages, encoded
from app.core.caller import Caller, Tools
from app.core.json_text import as_json
from app.core.policies import OBJECT_ROLES
from app.core.preconditions import Expected, require_version
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import approval_flows as db
from app.db.handles.approvals import list_people
from app.kernel import audit
from app.kernel.access import enter, enter_to_change
from app.kernel.approvals import Flow, flow_in_force


class Problem(msgspec.Struct, frozen=True):
    """``stage``: its key; ``problem``: what is wrong with it."""

    stage: str
    problem: str


async def get_flow(tx: ReadTransaction, caller: Caller, *, workspace_id: str, object_type: str) -> Flow:
    """The one in force."""
    await enter(tx, caller, workspace_id=workspace_id, operation="approval_flow.read")
    return await flow_in_force(tx, workspace_id, object_type)


async def set_flow(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    workspace_id: str,
    object_type: str,
    stages: Stages,
    expected: Expected = None,
) -> Flow:
    """From now on; what was submitted before is decided by the version that it was submitted under. Without
    stages, what the service comes with is in force again. Raises ``InvalidFlow`` with all that is wrong."""
    await enter_to_change(tx, caller, workspace_id=workspace_id, operation="approval_flow.set")
    before = await flow_in_force(tx, workspace_id, object_type)
    require_version(before.version, expected)
    if stages == (() if before.is_default else before.stages):
        return before
    found = [*_of_itself(object_type, stages), *await _of_people(tx, workspace_id, stages)]
    if found:
        raise InvalidFlow(details={"problems": msgspec.to_builtins(found)})
    now: datetime = tools.clock()
    db.insert_flow(
        tx,
        workspace_id=workspace_id,
        object_type=object_type,
        flow_version=before.version + 1,
        stages=encoded(stages),
        created_by=caller.user_id,
        now=now,
    )
    await audit.record(
        tx,
        caller,
        tools,
        workspace_id=workspace_id,
        action="approval_flow.set",
        target_type="approval_flow",
        target_id=object_type,
        details={"flow_version": before.version + 1, "stages": [each.key for each in stages]},
        data={"flow_version": before.version + 1},
    )
    return await flow_in_force(tx, workspace_id, object_type)


def _of_itself(object_type: str, stages: Stages) -> Iterator[Problem]:
    keys = [each.key for each in stages]
    for each in stages:
        if keys.count(each.key) > 1:
            yield Problem(each.key, "key_repeated")
        if (each.deadline_hours is None) != (each.escalate_to is None):
            yield Problem(each.key, "deadline_without_escalation")
        for deciders in each.asks(is_escalated=True):
            if not any(msgspec.structs.astuple(deciders)):
                yield Problem(each.key, "nobody_asked")
            if not set(deciders.object_roles) <= set(OBJECT_ROLES[object_type]):
                yield Problem(each.key, "no_such_object_role")
        if _names_too_few(each):
            yield Problem(each.key, "more_required_than_named")


def _names_too_few(stage: Stage) -> bool:
    """Where people are named and nobody else is asked."""
    asked = stage.asks(is_escalated=True)
    named = {user_id for each in asked for user_id in each.user_ids}
    others = any((*each.roles, *each.user_type_ids, *each.object_roles) for each in asked)
    return not others and len(named) < stage.required


async def _of_people(tx: ReadTransaction, workspace_id: str, stages: Stages) -> list[Problem]:
    """Two statements, whatever the number of stages."""
    asked: list[tuple[str, Deciders]] = [
        (each.key, deciders) for each in stages for deciders in each.asks(is_escalated=True)
    ]
    users = sorted({user_id for _, each in asked for user_id in each.user_ids})
    types = sorted({type_id for _, each in asked for type_id in each.user_type_ids})
    people = {row.user_id for row in await list_people(tx, workspace_id=workspace_id, people=as_json(users))}
    known = {
        row.id
        for row in await db.list_known_user_types(tx, workspace_id=workspace_id, user_types=as_json(types))
    }
    problems = [Problem(key, "no_decider") for key, each in asked if not people.issuperset(each.user_ids)]
    return problems + [
        Problem(key, "no_such_user_type") for key, each in asked if not known.issuperset(each.user_type_ids)
    ]
