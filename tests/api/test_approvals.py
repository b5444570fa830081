"""Approvals: who may decide about what, and what comes of it. Tried on templates of workflows."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from app.services.approval_deadlines import escalate_overdue
from tests.api.test_notifications import told as news
from tests.approvals import TEMPLATES, Office, make_office, stage
from tests.databases import execute
from tests.harness import Service, code

WHY = "Not like this."
NOBODY = "00000000-0000-4000-8000-000000000001"


@pytest.fixture
async def office(service: Service) -> Office:
    return await make_office(service)


async def test_stages_are_passed_one_after_the_other_and_the_last_publishes(office: Office) -> None:
    request = await office.submitted()
    template_id = request["object_id"]
    assert (request["state"], request["stage"], request["stage_number"], request["stages"]) == (
        "PENDING", "team", 1, 2,
    )  # fmt: skip
    direct = await office["ada"].post(f"{office.place.path}/workflow-templates/{template_id}/publish")
    assert code(direct) == (409, "APPROVAL_REQUIRED")
    assert await office.listed("bob") == await office.listed("cat") == [request["id"]]
    assert await office.listed("ada") == await office.listed("eve") == await office.listed("vic") == []
    assert await office.listed("eve", "submitted") == await office.listed("dan", "all") == [request["id"]]

    first = await office.approve(request, "bob")
    assert (first["stage"], first["state"], first["version"]) == ("team", "PENDING", 2)
    assert code(await office.act("bob", "approve", request)) == (409, "ALREADY_DECIDED")
    assert await office.listed("bob") == []
    second = await office.approve(request, "cat")
    assert (second["stage"], second["state"], second["version"]) == ("board", "PENDING", 3)
    assert await office.listed("dan") == [] and await office.listed("ada") == [request["id"]]
    assert code(await office.act("dan", "approve", request)) == (403, "USER_NOT_AUTHORIZED")
    assert await office.status(template_id) == (None, 1)
    last = await office.approve(request, "abe")
    assert (last["state"], last["stage"]) == ("APPROVED", "board")
    assert await office.status(template_id) == (1, None)
    ended = await office.act("ada", "approve", request)
    assert (code(ended), ended.json()["details"]) == ((409, "APPROVAL_ENDED"), {"state": "APPROVED"})

    read = await office.read("dan", request)
    assert [(each["stage"], each["actor_id"], each["decision"]) for each in read["decisions"]] == [
        ("team", office.id_of("bob"), "APPROVE"),
        ("team", office.id_of("cat"), "APPROVE"),
        ("board", office.id_of("abe"), "APPROVE"),
    ]
    assert (read["open_stage"], read["you"], read["is_current"]) == (None, None, True)
    assert office.actions() == [
        "approval.submitted", "approval.endorsed", "approval.advanced", "approval.approved",
    ]  # fmt: skip
    assert office.service.rows("SELECT COUNT(*) FROM ApprovalDecider") == [(0,)]


async def test_neither_who_made_it_nor_who_submitted_it_decides(office: Office) -> None:
    everybody = stage("all", roles=["OWNER", "ADMIN", "MEMBER"])
    await office.change_flow(everybody)
    request = await office.submitted("eve", by="abe")
    for who, reason in (("eve", "author"), ("abe", "submitter"), ("vic", "no_member")):
        for act in ("approve", "reject", "request-changes"):
            assert code(await office.act(who, act, request, WHY)) == (403, "USER_NOT_AUTHORIZED"), (who, act)
        assert (await office.read(who, request))["you"]["refusal"] == reason
    assert await office.listed("eve") == await office.listed("abe") == []
    assert (await office.approve(request, "bob"))["state"] == "APPROVED"


async def test_nobody_decides_by_the_authors_delegation_however_long_its_chain_is(office: Office) -> None:
    await office.change_flow(stage("board", user_ids=[office.id_of(who) for who in ("eve", "abe", "ada")]))
    request = await office.submitted("eve")
    for who, to in (("eve", "bob"), ("bob", "cat"), ("abe", "eve")):
        answer = await office.delegate(who, to)
        assert answer.status_code == 201, answer.text
    for who in ("bob", "cat"):
        assert code(await office.act(who, "approve", request)) == (403, "USER_NOT_AUTHORIZED"), who
        assert (await office.read(who, request))["you"]["refusal"] == "authors_delegate", who
        assert await office.listed(who) == []
    # By another's, through others, they may.
    assert (await office.delegate("ada", "dan")).status_code == 201
    assert (await office.delegate("dan", "cat")).status_code == 201
    assert await office.listed("cat") == [request["id"]]
    you = (await office.read("cat", request))["you"]
    assert (you["may_decide"], you["on_behalf_of"], you["grounds"]) == (True, office.id_of("ada"), ["user"])
    assert (await office.approve(request, "cat"))["state"] == "APPROVED"
    decision = (await office.read("ada", request))["decisions"][0]
    assert (decision["actor_id"], decision["on_behalf_of"]) == (office.id_of("cat"), office.id_of("ada"))


async def test_many_delegations_of_single_requests_keep_no_standing_one_out(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in ("app.kernel.approval_cases", "app.services.approvals"):
        monkeypatch.setattr(f"{place}.MOST_DELEGATIONS", 1)
    await office.change_flow(stage("board", user_ids=[office.id_of(who) for who in ("abe", "ada")]))
    request = await office.submitted("eve")
    assert (await office.delegate("abe", "bob", request)).status_code == 201
    assert (await office.delegate("ada", "cat")).status_code == 201
    assert await office.listed("cat") == [request["id"]]
    assert (await office.read("cat", request))["you"]["on_behalf_of"] == office.id_of("ada")


async def test_nobody_decides_as_one_of_the_authors_group(office: Office) -> None:
    group = office.place.user_type(1, office["bob"], office["cat"])
    other = office.place.user_type(2, office["dan"])
    await office.change_flow(stage("peers", user_type_ids=[group, other]))
    request = await office.submitted("eve")
    execute(
        office.service.settings,
        f"UPDATE WorkspaceMember SET user_type_id = '{group}' WHERE user_id = '{office.id_of('eve')}'",
    )
    assert code(await office.act("bob", "approve", request)) == (403, "USER_NOT_AUTHORIZED")
    assert (await office.read("bob", request))["you"]["refusal"] == "authors_group"
    assert await office.listed("bob") == []
    shown = (await office.read("ada", request))["open_stage"]
    assert [each["user_id"] for each in shown["deciders"]] == [office.id_of("dan")]
    await office.change_flow(stage("peers", user_type_ids=[group], user_ids=[office.id_of("cat")]))
    second = await office.submitted("eve")
    assert (await office.approve(second, "cat"))["state"] == "APPROVED"


async def test_everybody_who_wrote_it_is_its_author_until_it_is_approved(office: Office) -> None:
    await office.change_flow(stage("board", roles=["OWNER", "ADMIN"]))
    template_id = await office.template("abe")
    assert (await office.edit(template_id, "eve")).status_code == 200
    request = (await office.submit(template_id, "eve")).json()
    assert (await office.read("abe", request))["you"]["refusal"] == "author"
    assert code(await office.act("abe", "approve", request)) == (403, "USER_NOT_AUTHORIZED")
    assert await office.listed("abe") == []
    assert (await office.approve(request, "ada"))["state"] == "APPROVED"
    # What is approved is nobody's draft any more.
    for who in ("eve", "ada"):
        assert (await office.edit(template_id, who)).status_code == 200
    second = (await office.submit(template_id, "ada")).json()
    assert (await office.read("eve", second))["you"]["refusal"] == "author"
    assert (await office.approve(second, "abe"))["state"] == "APPROVED"


async def test_a_copy_has_its_originals_authors_and_not_who_copied_it(office: Office) -> None:
    await office.change_flow(stage("board", roles=["OWNER", "ADMIN"]))
    template_id = await office.template("eve")

    async def request(version: int | None = None) -> dict[str, Any]:
        """About a copy that abe makes, by ada."""
        copy_id = await office.duplicated(template_id, version, "abe")
        found: dict[str, Any] = (await office.submit(copy_id, "ada")).json()
        return found

    async def refusals(of: dict[str, Any]) -> list[Any]:
        return [(await office.read(who, of))["you"]["refusal"] for who in ("eve", "abe")]

    first = await request()
    assert (await refusals(first), first["author_id"]) == (["author", None], office.id_of("eve"))
    assert (await office.approve(first, "abe"))["state"] == "APPROVED"
    assert (await office.approve((await office.submit(template_id)).json(), "ada"))["state"] == "APPROVED"
    # Version 1 is eve's, whatever abe drafts after it; and what he drafts says what she wrote too.
    assert (await office.edit(template_id, "abe")).status_code == 200
    assert await refusals(await request(1)) == ["author", None]
    assert await refusals(await request()) == ["author", "author"]
    # Both wrote version 2, and are its authors when nobody drafts any more; version 1 is eve's still.
    assert (await office.edit(template_id, "eve")).status_code == 200
    assert (await office.approve((await office.submit(template_id)).json(), "ada"))["state"] == "APPROVED"
    assert await refusals(await request()) == ["author", "author"]
    assert await refusals(await request(1)) == ["author", None]


async def test_a_draft_that_is_discarded_has_no_authors(office: Office) -> None:
    await office.change_flow(stage("board", roles=["OWNER", "ADMIN"]))
    template_id = await office.template("eve")
    draft = f"{office.place.path}/workflow-templates/{template_id}/draft"
    assert (await office.approve((await office.submit(template_id)).json(), "ada"))["state"] == "APPROVED"
    assert code(await office["eve"].delete(draft)) == (404, "WORKFLOW_VERSION_NOT_FOUND")
    for who in ("eve", "abe", "ada"):
        assert (await office.edit(template_id, who)).status_code == 200
    request = (await office.submit(template_id)).json()
    assert (await office.read("eve", request))["open_stage"]["can_pass"] is False
    before = (await office["ada"].get(draft.removesuffix("/draft"))).json()["version"]
    assert (await office["abe"].delete(draft)).status_code == 204
    assert (await office.read("eve", request))["state"] == "VOIDED"
    assert await office.status(template_id) == (1, None)
    assert (await office["ada"].get(draft.removesuffix("/draft"))).json()["version"] == before + 1
    told = "SELECT action, details FROM AuditLog WHERE action = 'workflow_template.draft_discarded'"
    assert office.service.rows(told) == [("workflow_template.draft_discarded", '{"template_version":2}')]
    # The next has its number, and whoever writes it as its author.
    assert (await office.edit(template_id, "abe")).status_code == 200
    request = (await office.submit(template_id, "abe")).json()
    assert (await office.approve(request, "eve"))["state"] == "APPROVED"
    assert await office.status(template_id) == (2, None)


async def test_an_authors_group_is_theirs_after_they_have_left_it(office: Office) -> None:
    group = office.place.user_type(1, office["eve"], office["bob"])
    await office.change_flow(stage("peers", user_type_ids=[group]))
    request = await office.submitted("eve")
    execute(office.service.settings, "UPDATE WorkspaceMember SET user_type_id = NULL WHERE role = 'ADMIN'")
    assert (await office.read("bob", request))["you"]["refusal"] == "authors_group"
    assert code(await office.act("bob", "approve", request)) == (403, "USER_NOT_AUTHORIZED")


async def test_who_has_a_right_by_the_author_does_not_use_it_for_them(office: Office) -> None:
    """Nor by whoever submitted it: two ADMINs let each other decide about nothing of theirs."""
    await office.change_flow(stage("chosen", object_roles=["APPROVER"]))
    request = await office.submitted("eve", by="abe")
    template_id = request["object_id"]
    await office.grant("bob", "APPROVER", template_id, giver="eve")
    await office.grant("bob", "OVERRIDE", template_id, giver="abe")
    you = (await office.read("bob", request))["you"]
    assert (you["refusal"], you["may_override"]) == ("authors_grant", False)
    assert await office.listed("bob") == []
    for act in ("approve", "override"):
        assert code(await office.act("bob", act, request, WHY)) == (403, "USER_NOT_AUTHORIZED"), act
    for role in ("APPROVER", "OVERRIDE"):
        await office.grant("cat", role, template_id, giver="ada")
    assert (await office.read("cat", request))["you"]["may_override"] is True
    assert (await office.approve(request, "cat"))["state"] == "APPROVED"


async def test_whoever_acts_for_another_counts_once_and_neither_twice(office: Office) -> None:
    await office.change_flow(stage("team", 3, roles=["MEMBER"]))
    request = await office.submitted()
    assert (await office.delegate("bob", "abe", request)).status_code == 201
    assert (await office.delegate("bob", "ada", request)).status_code == 201
    assert await office.listed("abe") == [request["id"]]
    await office.approve(request, "abe")
    assert (await office.read("ada", request))["you"]["refusal"] == "decided"
    assert (await office.delegate("cat", "bob", request)).status_code == 201
    # bob has decided by abe: neither he nor another for him, nor he for cat.
    for who in ("abe", "bob"):
        assert code(await office.act(who, "approve", request)) == (409, "ALREADY_DECIDED"), who
    shown = (await office.read("ada", request))["open_stage"]
    assert (shown["approvals"], shown["can_pass"]) == (1, True)
    assert (await office.approve(request, "cat", "dan"))["state"] == "APPROVED"


async def test_what_is_changed_after_submission_is_void(office: Office) -> None:
    request = await office.submitted()
    template_id = request["object_id"]
    await office.approve(request, "bob")
    assert code(await office.submit(template_id)) == (409, "APPROVAL_PENDING")
    assert (await office.edit(template_id)).status_code == 200
    assert (await office.read("bob", request))["state"] == "VOIDED"
    assert code(await office.act("cat", "approve", request)) == (409, "APPROVAL_ENDED")
    again = (await office.submit(template_id)).json()
    # Past the service that would have said so.
    execute(
        office.service.settings,
        f"UPDATE WorkflowTemplateVersion SET graph_hash = '{'0' * 64}' WHERE template_id = '{template_id}'",
    )
    assert (await office.read("bob", again))["is_current"] is False
    for _ in range(2):
        tried = await office.act("bob", "approve", again)
    assert code(tried) == (409, "APPROVAL_ENDED")
    assert office.actions()[-3:] == ["approval.voided", "approval.submitted", "approval.voided"]
    assert office.service.rows("SELECT COUNT(*) FROM ApprovalDecision") == [(1,)]
    assert await office.status(template_id) == (None, 1)


async def test_a_void_request_is_told_as_such_to_whoever_decides(office: Office) -> None:
    request = await office.submitted()
    execute(office.service.settings, f"UPDATE WorkflowTemplateVersion SET graph_hash = '{'0' * 64}'")
    path = f"{office.place.path}/approvals/{request['id']}/approve"
    headers = office["bob"].headers() | {"Idempotency-Key": "k1"}
    for _ in range(2):
        answer = await office.service.client.post(path, headers=headers)
        assert code(answer) == (409, "APPROVAL_VOIDED")
    assert (await office.read("bob", request))["state"] == "VOIDED"


async def test_one_refusal_ends_it_with_a_reason(office: Office) -> None:
    for act, state in (("reject", "REJECTED"), ("request-changes", "CHANGES_REQUESTED")):
        request = await office.submitted()
        await office.approve(request, "bob")
        assert code(await office.act("cat", act, request)) == (422, "VALIDATION_FAILED")
        ended = await office.act("cat", act, request, WHY)
        assert (ended.status_code, ended.json()["state"]) == (200, state)
        assert (await office.read("eve", request))["decisions"][-1]["reason"] == WHY
        assert await office.status(request["object_id"]) == (None, 1)
        assert (await office.submit(request["object_id"])).status_code == 201


async def test_who_submitted_or_made_it_takes_it_back(office: Office) -> None:
    request = await office.submitted("eve", by="abe")
    assert code(await office.act("ada", "withdraw", request)) == (403, "USER_NOT_AUTHORIZED")
    assert (await office.read("ada", request))["you"]["may_withdraw"] is False
    assert (await office.act("eve", "withdraw", request, WHY)).json()["state"] == "WITHDRAWN"
    again = (await office.submit(request["object_id"], "abe")).json()
    assert (await office.act("abe", "withdraw", again)).json()["state"] == "WITHDRAWN"


async def test_override_is_an_object_role_with_a_reason_that_is_kept(office: Office) -> None:
    request = await office.submitted("eve", by="abe")
    template_id = request["object_id"]
    assert code(await office.act("ada", "override", request, WHY)) == (403, "USER_NOT_AUTHORIZED")
    for who in ("eve", "abe", "dan"):
        await office.grant(who, "OVERRIDE", template_id)
    for who in ("eve", "abe"):
        assert code(await office.act(who, "override", request, WHY)) == (403, "USER_NOT_AUTHORIZED"), who
    assert code(await office.act("dan", "override", request)) == (400, "RULE_VIOLATED")
    assert (await office.read("dan", request))["you"]["may_override"] is True
    await office.approve(request, "bob")
    passed = await office.act("dan", "override", request, "Bob – and me.")
    assert (passed.status_code, passed.json()["stage"]) == (200, "board")
    assert (await office.act("dan", "override", request, WHY)).json()["state"] == "APPROVED"
    assert await office.status(template_id) == (1, None)
    rows = office.service.rows(
        "SELECT actor_id, details FROM AuditLog WHERE action = 'approval.overridden' ORDER BY seq"
    )
    assert [row[0] for row in rows] == [office.id_of("dan")] * 2
    assert "Bob – and me." in rows[0][1] and '"override_role":"OVERRIDE"' in rows[0][1].replace(" ", "")
    decisions = (await office.read("ada", request))["decisions"]
    assert [(each["decision"], each["override_role"]) for each in decisions] == [
        ("APPROVE", None), ("OVERRIDE", "OVERRIDE"), ("OVERRIDE", "OVERRIDE"),
    ]  # fmt: skip
    types = office.service.rows("SELECT type FROM Event WHERE object_type = 'approval' ORDER BY seq")
    assert [row[0] for row in types][-2:] == ["approval.overridden", "approval.approved"]


async def test_nobody_gives_themselves_the_right_to_decide(office: Office) -> None:
    request = await office.submitted("eve")
    for role in ("APPROVER", "OVERRIDE"):
        grant = {
            "object_type": "workflow_template",
            "object_id": request["object_id"],
            "user_id": office.id_of("abe"),
            "role": role,
        }
        path = f"{office.place.path}/object-roles"
        assert code(await office["abe"].post(path, grant)) == (400, "RULE_VIOLATED"), role
        assert (await office["ada"].post(path, grant)).status_code == 201, role


async def test_an_object_role_that_has_ended_is_none(office: Office) -> None:
    request = await office.submitted()
    soon = office.service.clock() + timedelta(seconds=60)
    for who, role in (("dan", "OVERRIDE"), ("cat", "APPROVER")):
        await office.grant(who, role, request["object_id"], expires_at=soon.isoformat())
    office.service.clock.advance(seconds=60)
    assert code(await office.act("dan", "override", request, WHY)) == (403, "USER_NOT_AUTHORIZED")
    await office.approve(request, "bob", "dan")
    assert await office.listed("cat") == []
    assert code(await office.act("cat", "approve", request)) == (403, "USER_NOT_AUTHORIZED")
    await office.grant("bob", "APPROVER", request["object_id"])
    assert (await office.approve(request, "bob"))["state"] == "APPROVED"


async def test_who_is_no_member_any_more_decides_nothing_and_nobody_for_them(office: Office) -> None:
    await office.change_flow(stage("team", roles=["MEMBER"]))
    request = await office.submitted()
    await office.delegate("bob", "ada")
    assert await office.listed("ada") == [request["id"]]
    members = (await office["ada"].get(f"{office.place.path}/members")).json()["items"]
    bob = next(each["id"] for each in members if each["user_id"] == office.id_of("bob"))
    assert (await office["ada"].delete(f"{office.place.path}/members/{bob}")).status_code == 204
    assert await office.listed("ada") == []
    assert code(await office.act("ada", "approve", request)) == (403, "USER_NOT_AUTHORIZED")
    assert code(await office.act("bob", "approve", request)) == (403, "USER_NOT_AUTHORIZED")


async def test_a_stage_says_who_may_decide_and_whether_it_can_be_passed(office: Office) -> None:
    await office.change_flow(
        stage(
            "named", 2, user_ids=[office.id_of("eve"), office.id_of("bob"), office.id_of("cat")],
            deadline_hours=1, escalate_to={"roles": ["OWNER"]},
        )
    )  # fmt: skip
    request = await office.submitted()
    shown = (await office.read("bob", request))["open_stage"]
    assert [each["user_id"] for each in shown["deciders"]] == [office.id_of("bob"), office.id_of("cat")]
    assert (shown["required"], shown["approvals"], shown["can_pass"], shown["has_more"]) == (
        2,
        0,
        True,
        False,
    )
    execute(
        office.service.settings,
        f"UPDATE WorkspaceMember SET is_guest = 1 WHERE user_id = '{office.id_of('cat')}'",
    )
    shown = (await office.read("bob", request))["open_stage"]
    assert (len(shown["deciders"]), shown["can_pass"]) == (1, False)

    parts = office.service.edge.parts

    async def run() -> int:
        return await escalate_overdue(parts.database, parts.tools)

    assert await run() == 0
    office.service.clock.advance(hours=1)
    assert await run() == 1 and await run() == 0
    for person in office.people.values():
        await person.validate()
    read = await office.read("ada", request)
    assert read["escalated_at"] is not None and read["due_at"] == read["escalated_at"]
    assert (read["open_stage"]["can_pass"], read["you"]["grounds"]) == (True, ["role"])
    assert office.actions()[-1] == "approval.escalated"
    assert await office.listed("ada") == [request["id"]]
    await office.approve(request, "bob")
    assert (await office.approve(request, "ada"))["state"] == "APPROVED"


async def test_two_who_approve_at_once_count_as_two(office: Office) -> None:
    request = await office.submitted()
    answers = await asyncio.gather(*(office.act(who, "approve", request) for who in ("bob", "cat", "dan")))
    codes = sorted(answer.status_code for answer in answers)
    assert codes == [200, 200, 403]
    assert (await office.read("ada", request))["stage"] == "board"
    assert office.service.rows("SELECT COUNT(*) FROM ApprovalDecision") == [(2,)]


async def test_a_flow_is_data_and_its_versions_stay(office: Office) -> None:
    path = f"{office.place.path}/approval-flows/{TEMPLATES}"
    request = await office.submitted()
    found = await office["vic"].get(path)
    assert (found.json()["version"], found.json()["is_default"]) == (1, False)
    assert code(await office.set_flow(stage("x", roles=["OWNER"]), who="bob")) == (403, "USER_NOT_AUTHORIZED")
    late = await office.set_flow(stage("x", roles=["OWNER"]), **{"If-Match": '"7"'})
    assert code(late) == (412, "VERSION_MISMATCH")
    changed = await office.set_flow(stage("x", roles=["OWNER"]), **{"If-Match": found.headers["etag"]})
    assert changed.json()["version"] == 2
    assert (await office.set_flow(stage("x", roles=["OWNER"]))).json() == changed.json()
    # What was submitted before goes on by what it was submitted under.
    assert (await office.approve(request, "bob", "cat"))["stage"] == "board"
    for statement in ("UPDATE ApprovalFlow SET stages = '[]'", "DELETE FROM ApprovalFlow"):
        with pytest.raises(Exception, match="append-only"):
            execute(office.service.settings, statement)
    for statement in ("UPDATE ApprovalDecision SET reason = 'x'", "DELETE FROM ApprovalDecision"):
        with pytest.raises(Exception, match="append-only"):
            execute(office.service.settings, statement)
    none = await office.set_flow()
    assert (none.json()["version"], none.json()["stages"], none.json()["is_default"]) == (3, [], True)
    template_id = await office.template()
    assert code(await office.submit(template_id)) == (409, "NOTHING_TO_APPROVE")
    published = await office["eve"].post(f"{office.place.path}/workflow-templates/{template_id}/publish")
    assert published.status_code == 200


WRONG: tuple[tuple[dict[str, Any], str], ...] = (
    (stage("a"), "nobody_asked"),
    (stage("a", 2, user_ids=[NOBODY]), "more_required_than_named"),
    (stage("a", user_ids=[NOBODY]), "no_decider"),
    (stage("a", user_type_ids=[NOBODY]), "no_such_user_type"),
    (stage("a", roles=["OWNER"], deadline_hours=1), "deadline_without_escalation"),
    (stage("a", roles=["OWNER"], escalate_to={"roles": ["ADMIN"]}), "deadline_without_escalation"),
    (stage("b", roles=["OWNER"]), "key_repeated"),
)


async def test_a_flow_by_which_nothing_can_be_approved_is_refused(office: Office) -> None:
    for wrong, problem in WRONG:
        answer = await office.set_flow(stage("b", roles=["OWNER"]), wrong)
        assert code(answer) == (400, "APPROVAL_FLOW_INVALID")
        assert problem in {each["problem"] for each in answer.json()["details"]["problems"]}


async def test_delegations_are_seen_and_taken_back_by_either(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"{office.place.path}/approval-delegations"
    monkeypatch.setattr("app.services.approval_delegations.MOST_STANDING", 1)
    made = (await office.delegate("bob", "cat")).json()
    full = await office.delegate("dan", "cat")
    assert (*code(full), full.json()["details"]) == (409, "TOO_MANY_DELEGATIONS", {"max": 1})
    assert [each["id"] for each in (await office["bob"].get(path)).json()["items"]] == [made["id"]]
    to_me = (await office["cat"].get(path, direction="to_me")).json()["items"]
    assert [each["id"] for each in to_me] == [made["id"]]
    assert (await office["dan"].get(path)).json()["items"] == []
    assert code(await office["dan"].delete(f"{path}/{made['id']}")) == (404, "DELEGATION_NOT_FOUND")
    assert (await office["cat"].delete(f"{path}/{made['id']}")).status_code == 204
    assert code(await office["bob"].delete(f"{path}/{made['id']}")) == (404, "DELEGATION_NOT_FOUND")
    now = office.service.clock()
    for body in (
        {"user_id": office.id_of("bob"), "ends_at": now.replace(year=now.year + 1).isoformat()},
        {"user_id": office.id_of("vic"), "ends_at": now.replace(year=now.year + 1).isoformat()},
        {"user_id": office.id_of("cat"), "ends_at": now.isoformat()},
        {"user_id": office.id_of("cat"), "ends_at": now.replace(year=now.year + 3).isoformat()},
    ):
        assert code(await office["bob"].post(path, body)) == (400, "RULE_VIOLATED"), body
    request = await office.submitted()
    assert code(await office.delegate("bob", "eve", request)) == (400, "RULE_VIOLATED")
    assert code(await office.delegate("ada", "bob", request)) == (403, "USER_NOT_AUTHORIZED")


async def test_who_is_asked_is_told_and_who_made_it_when_it_is_decided(office: Office) -> None:
    await office.change_flow(
        stage("team", user_ids=[office.id_of("bob"), office.id_of("eve")]),
        stage("board", roles=["OWNER"], deadline_hours=1, escalate_to={"user_ids": [office.id_of("dan")]}),
    )
    assert (await office.delegate("bob", "cat")).status_code == 201

    async def heard(who: str) -> list[tuple[str, str]]:
        told = [each for each in await news(office[who]) if each[1].startswith("approval.")]
        return [(reason, type_.removeprefix("approval.")) for reason, type_ in told]

    request = await office.submitted("eve", by="abe")
    asked = [("to_decide", "submitted")]
    assert [await heard(who) for who in ("bob", "cat", "eve", "abe", "ada", "dan")] == [
        asked, asked, [], [], [], [],
    ]  # fmt: skip
    await office.approve(request, "bob")
    assert await heard("ada") == [("to_decide", "advanced")] and await heard("cat") == asked
    office.service.clock.advance(hours=1)
    parts = office.service.edge.parts
    assert await escalate_overdue(parts.database, parts.tools) == 1
    for person in office.people.values():
        await person.validate()
    late = ("to_decide", "escalated")
    assert (await heard("dan"), await heard("ada")) == ([late], [("to_decide", "advanced"), late])
    assert (await office.delegate("dan", "vic", request)).status_code == 400
    assert (await office.delegate("dan", "bob", request)).status_code == 201
    assert await heard("bob") == [*asked, ("to_decide", "delegated")]
    await office.act("bob", "reject", request, WHY)
    assert [await heard(who) for who in ("eve", "abe")] == [[("decided", "rejected")]] * 2
