"""OKRs: who may do what to whom, in which state, and what a closed cycle keeps."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness import Service, code
from tests.okrs import DAYS, METRIC, Okrs


@pytest.fixture
async def okrs(service: Service) -> Okrs:
    return await Okrs.begin(service)


async def test_a_cycle_goes_one_way(okrs: Okrs) -> None:
    path = f"{okrs.path}/cycles/{okrs.cycle_id}"
    backwards = {"name": "Backwards", "starts_on": "2027-02-01", "ends_on": "2027-01-31"}
    assert code(await okrs.ada.post(f"{okrs.path}/cycles", backwards)) == (400, "RULE_VIOLATED")
    same = await okrs.ada.post(f"{okrs.path}/cycles", {"name": " q1", **DAYS})
    assert code(same) == (409, "OKR_CYCLE_EXISTS")
    assert (await okrs.ada.post(f"{path}/activate")).json()["state"] == "ACTIVE"
    assert code(await okrs.ada.post(f"{path}/activate")) == (409, "OKR_CYCLE_STATE")
    closed = (await okrs.ada.post(f"{path}/close")).json()
    assert (closed["state"], closed["closed_at"]) == ("CLOSED", closed["updated_at"])
    for answer in (
        await okrs.ada.post(f"{path}/close"),
        await okrs.ada.post(f"{path}/activate"),
        await okrs.ada.patch(path, {"name": "Other"}),
        await okrs.ada.delete(path),
    ):
        assert code(answer) == (409, "OKR_CYCLE_CLOSED")
    assert (await okrs.get(f"cycles/{okrs.cycle_id}")) == closed
    assert [each["name"] for each in (await okrs.get("cycles", state="CLOSED"))["items"]] == ["Q1"]


async def test_a_cycle_in_which_something_is_stays(okrs: Okrs) -> None:
    made = await okrs.objective()
    await okrs.ada.delete(f"{okrs.path}/objectives/{made['id']}")
    assert code(await okrs.ada.delete(f"{okrs.path}/cycles/{okrs.cycle_id}")) == (409, "OKR_CYCLE_IN_USE")


async def test_an_objective_is_changed_by_its_owner_a_manager_and_an_admin(okrs: Okrs) -> None:
    bob, eve, ann = await okrs.member("bob"), await okrs.member("eve"), await okrs.member("ann", "ADMIN")
    viewer = await okrs.member("vic", "VIEWER")
    made = await okrs.objective(by=bob)
    assert (made["owner_id"], made["created_by"], made["state"]) == (bob.user_id, bob.user_id, "DRAFT")
    path = f"{okrs.path}/objectives/{made['id']}"
    for person, expected in ((bob, 200), (ann, 200), (eve, 403), (viewer, 403)):
        assert (await person.patch(path, {"title": f"By {person.user_id}"})).status_code == expected
    given = {"object_type": "objective", "object_id": made["id"], "user_id": eve.user_id, "role": "MANAGER"}
    assert (await okrs.ada.post(f"/workspaces/{okrs.workspace_id}/object-roles", given)).status_code == 201
    assert (await eve.patch(path, {"level": "COMPANY"})).status_code == 200
    # Whose it is counts, not who made it.
    assert (await bob.patch(path, {"owner_id": viewer.user_id})).status_code == 200
    assert (await bob.patch(path, {"title": "Mine"})).status_code == 403
    log = okrs.service.rows(
        "SELECT details FROM AuditLog WHERE action = 'objective.updated' AND details LIKE '%allowed_by%'"
    )
    assert [row[0] for row in log] == ['{"changed":["level"],"allowed_by":"object_manager"}']
    checked = {"operation": "objective.update", "object_type": "objective", "object_id": made["id"]}
    asked = await eve.post(f"/workspaces/{okrs.workspace_id}/access/check", checked)
    assert (asked.json()["is_allowed"], asked.json()["rule"]) == (True, "object_manager")


async def test_people_who_look_on_write_nothing(okrs: Okrs) -> None:
    bob = await okrs.member("bob")
    made = await okrs.objective(owner_id=bob.user_id)
    types = f"/workspaces/{okrs.workspace_id}/user-types"
    looking = {"name": "Board", "access_level": "regular", "permissions": ["view"], "read_only": True}
    type_id = (await okrs.ada.post(types, looking)).json()["id"]
    members = (await okrs.ada.get(f"/workspaces/{okrs.workspace_id}/members")).json()["items"]
    member_id = next(each["id"] for each in members if each["user_id"] == bob.user_id)
    typed = f"/workspaces/{okrs.workspace_id}/members/{member_id}"
    assert (await okrs.ada.patch(typed, {"user_type_id": type_id})).status_code == 200
    path = f"{okrs.path}/objectives/{made['id']}"
    body = {"cycle_id": okrs.cycle_id, "title": "Mine"}
    assert code(await bob.post(f"{okrs.path}/objectives", body)) == (403, "USER_NOT_AUTHORIZED")
    assert code(await bob.patch(path, {"title": "Mine"})) == (403, "USER_NOT_AUTHORIZED")
    assert (await bob.get(path)).status_code == 200


async def test_an_owner_is_of_the_workspace_and_no_guest(okrs: Okrs) -> None:
    stranger = await okrs.service.person("stranger")
    guest = await okrs.member("guest", is_guest=True)
    for person in (stranger, guest):
        body = {"cycle_id": okrs.cycle_id, "title": "A", "owner_id": person.user_id}
        assert code(await okrs.ada.post(f"{okrs.path}/objectives", body)) == (404, "MEMBER_NOT_FOUND")


async def test_lists_show_what_is_asked_for(okrs: Okrs) -> None:
    bob, other = await okrs.member("bob"), await okrs.cycle("Q2")
    await okrs.objective("A", level="COMPANY")
    await okrs.objective("B", by=bob)
    await okrs.objective("C", cycle_id=other["id"])
    gone = await okrs.objective("D")
    await okrs.ada.delete(f"{okrs.path}/objectives/{gone['id']}")
    asked: list[tuple[dict[str, Any], str]] = [
        ({}, "ABC"),
        ({"cycle_id": okrs.cycle_id}, "AB"),
        ({"cycle_id": okrs.cycle_id, "owner_id": bob.user_id}, "B"),
        ({"owner_id": okrs.ada.user_id}, "AC"),
        ({"owner_id": okrs.ada.user_id, "level": "COMPANY"}, "A"),
        ({"level": "COMPANY", "state": "DRAFT"}, "A"),
        ({"state": "ACTIVE"}, ""),
        ({"deleted": True}, "D"),
    ]
    for params, expected in asked:
        items = (await okrs.get("objectives", **params))["items"]
        assert "".join(each["title"] for each in items) == expected, params
    assert (await bob.get(f"{okrs.path}/objectives", deleted=True)).status_code == 403
    restored = await okrs.ada.post(f"{okrs.path}/objectives/{gone['id']}/restore")
    assert restored.json()["title"] == "D"
    assert (await okrs.get(f"objectives/{gone['id']}"))["version"] == 3


async def test_a_key_result_is_measured_by_exact_figures(okrs: Okrs) -> None:
    objective = await okrs.objective()
    tiny = {"direction": "DECREASE", "unit": "%", "baseline": "0.3", "target": "0.1"}
    made = await okrs.key_result(objective["id"], metric=tiny)
    assert made["metric"] == {**tiny, "commit": None, "stretch": None}
    assert (made["kind"], made["value"], made["score"], made["zone"]) == ("METRIC", None, None, None)
    early = await okrs.ada.post(
        f"{okrs.path}/key-results/{made['id']}/check-ins", {"value": "0.2", "confidence": 5}
    )
    assert code(early) == (409, "OBJECTIVE_STATE")
    await okrs.put_in_force(objective["id"])
    said = await okrs.check_in(made["id"], "0.200000", note="Half", confidence=9)
    assert (said["value"], said["score"], said["zone"], said["source"]) == ("0.2", "0.5", "FAIL", "manual")
    await okrs.check_in(made["id"], "-7")
    now = await okrs.get(f"key-results/{made['id']}")
    assert (now["value"], now["score"], now["zone"], now["confidence"]) == ("-7", "1", "TARGET", 5)
    history = (await okrs.get(f"key-results/{made['id']}/check-ins"))["items"]
    assert [each["value"] for each in history] == ["-7", "0.2"]
    assert history[1] == said


async def test_an_ordinal_is_checked_in_by_its_zone(okrs: Okrs) -> None:
    objective = await okrs.objective()
    ordinal = await okrs.key_result(objective["id"], zones={"target": "It is live", "fail": "It is not"})
    metric = await okrs.key_result(objective["id"])
    await okrs.put_in_force(objective["id"])
    for made, body in ((ordinal, {"value": "1"}), (metric, {"zone": "TARGET"})):
        answer = await okrs.ada.post(
            f"{okrs.path}/key-results/{made['id']}/check-ins", {**body, "confidence": 5}
        )
        assert code(answer) == (400, "CHECK_IN_UNFIT")
    path = f"key-results/{ordinal['id']}"
    said = await okrs.post(f"{path}/check-ins", {"zone": "COMMIT", "confidence": 3})
    assert (said["zone"], said["score"], said["value"]) == ("COMMIT", "0.5", None)
    assert (await okrs.get(path))["zone"] == "COMMIT"


@pytest.mark.parametrize(
    "sent",
    [
        {"metric": {**METRIC, "target": "0"}},
        {"metric": {**METRIC, "commit": "101"}},
        {"metric": {**METRIC, "direction": "DECREASE"}},
    ],
)
async def test_what_cannot_be_measured_is_refused(okrs: Okrs, sent: dict[str, object]) -> None:
    objective = await okrs.objective()
    path = f"{okrs.path}/objectives/{objective['id']}/key-results"
    answer = await okrs.ada.post(path, {"title": "A", **sent})
    assert code(answer) == (400, "KEY_RESULT_UNMEASURABLE")
    made = await okrs.key_result(objective["id"])
    changed = await okrs.ada.patch(f"{okrs.path}/key-results/{made['id']}", sent)
    assert code(changed) == (400, "KEY_RESULT_UNMEASURABLE")
    other = await okrs.ada.patch(f"{okrs.path}/key-results/{made['id']}", {"zones": {"target": "B"}})
    assert code(other) == (400, "KEY_RESULT_UNMEASURABLE")


HOSTILE = [
    {"title": "A"},
    {"title": "A", "metric": METRIC, "zones": {"target": "B"}},
    {"title": "A", "metric": {**METRIC, "target": 100}},
    {"title": "A", "metric": {**METRIC, "target": "1e2"}},
    {"title": "A", "metric": {**METRIC, "target": "1000000000000.1"}},
    {"title": "A", "metric": {**METRIC, "target": "0.0000001"}},
    {"title": "A", "metric": {**METRIC, "target": "\u0661"}},
    {"title": "A", "metric": METRIC, "weight": 0},
    {"title": "A", "metric": METRIC, "stale_after": 1},
    {"title": "A\u0000", "metric": METRIC},
]


@pytest.mark.parametrize("body", HOSTILE, ids=str)
async def test_what_is_no_key_result_is_refused(okrs: Okrs, body: dict[str, object]) -> None:
    objective = await okrs.objective()
    answer = await okrs.ada.post(f"{okrs.path}/objectives/{objective['id']}/key-results", body)
    assert code(answer) == (422, "VALIDATION_FAILED")


async def test_what_was_approved_is_reopened_before_it_is_changed(okrs: Okrs) -> None:
    objective = await okrs.objective()
    measure = await okrs.key_result(objective["id"])
    await okrs.put_in_force(objective["id"])
    await okrs.check_in(measure["id"], "50")
    path = f"{okrs.path}/objectives/{objective['id']}"
    one = f"{okrs.path}/key-results/{measure['id']}"
    for answer in (
        await okrs.ada.patch(path, {"title": "Other"}),
        await okrs.ada.post(f"{path}/key-results", {"title": "A", "metric": METRIC}),
        await okrs.ada.patch(one, {"metric": {**METRIC, "target": "110"}}),
        await okrs.ada.delete(one),
    ):
        assert code(answer) == (409, "OBJECTIVE_STATE")
        assert answer.json()["details"] == {"state": "ACTIVE", "allowed": ["DRAFT", "IN_APPROVAL"]}
    # When it is stale is no part of what was approved.
    assert (await okrs.ada.patch(one, {"stale_after": 86_400})).json()["stale_at"] is not None
    assert (await okrs.ada.post(f"{path}/reopen")).json()["state"] == "DRAFT"
    easier = await okrs.ada.patch(one, {"metric": {**METRIC, "target": "60", "stretch": None}})
    # What was measured counts by the new figures; what was said then stays.
    assert (easier.json()["value"], easier.json()["score"]) == ("50", "0.833333")
    assert (easier.json()["stale_at"], easier.json()["zone"]) == (None, "COMMIT")
    said = (await okrs.get(f"key-results/{measure['id']}/check-ins"))["items"]
    assert [each["score"] for each in said] == ["0.5"]


async def test_an_active_objective_ends_once(okrs: Okrs) -> None:
    objective = await okrs.objective()
    measure = await okrs.key_result(objective["id"], stale_after=86_400)
    path = f"{okrs.path}/objectives/{objective['id']}"
    assert code(await okrs.ada.post(f"{path}/finish", {"outcome": "CANCELLED"})) == (409, "OBJECTIVE_STATE")
    await okrs.put_in_force(objective["id"])
    assert (await okrs.get(f"key-results/{measure['id']}"))["stale_at"] is not None
    ended = (await okrs.ada.post(f"{path}/finish", {"outcome": "SUCCESSFUL"})).json()
    assert (ended["state"], ended["ended_at"]) == ("SUCCESSFUL", ended["updated_at"])
    assert code(await okrs.ada.post(f"{path}/finish", {"outcome": "CANCELLED"})) == (409, "OBJECTIVE_STATE")
    late = await okrs.ada.post(
        f"{okrs.path}/key-results/{measure['id']}/check-ins", {"value": "1", "confidence": 5}
    )
    assert code(late) == (409, "OBJECTIVE_STATE")
    assert (await okrs.get(f"key-results/{measure['id']}"))["stale_at"] is None


async def test_a_closed_cycle_stays_as_it_is(okrs: Okrs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.kernel.batches.BATCH", 1)
    objective, gone = await okrs.objective(), await okrs.objective("Gone")
    measure = await okrs.key_result(objective["id"], stale_after=86_400)
    await okrs.key_result(objective["id"], "Other", stale_after=86_400)
    await okrs.put_in_force(objective["id"])
    await okrs.ada.delete(f"{okrs.path}/objectives/{gone['id']}")
    assert (await okrs.ada.post(f"{okrs.path}/cycles/{okrs.cycle_id}/close")).status_code == 200
    assert okrs.service.rows("SELECT COUNT(*) FROM Objective WHERE is_frozen = 0") == [(0,)]
    assert okrs.service.rows("SELECT COUNT(*) FROM KeyResult WHERE remind_at IS NOT NULL") == [(0,)]
    path, one = f"{okrs.path}/objectives/{objective['id']}", f"{okrs.path}/key-results/{measure['id']}"
    before = okrs.service.rows("SELECT * FROM Objective"), okrs.service.rows("SELECT * FROM KeyResult")
    for answer in (
        await okrs.ada.post(f"{okrs.path}/objectives", {"cycle_id": okrs.cycle_id, "title": "Late"}),
        await okrs.ada.patch(path, {"title": "Late"}),
        await okrs.ada.delete(path),
        await okrs.ada.post(f"{path}/finish", {"outcome": "SUCCESSFUL"}),
        await okrs.ada.post(f"{path}/reopen"),
        await okrs.ada.post(f"{path}/key-results", {"title": "A", "metric": METRIC}),
        await okrs.ada.post(f"{okrs.path}/objectives/{gone['id']}/restore"),
        await okrs.ada.patch(one, {"stale_after": 86_400}),
        await okrs.ada.delete(one),
        await okrs.ada.post(f"{one}/check-ins", {"value": "1", "confidence": 5}),
    ):
        assert code(answer) == (409, "OKR_CYCLE_CLOSED"), answer.request.url
    assert before == (
        okrs.service.rows("SELECT * FROM Objective"),
        okrs.service.rows("SELECT * FROM KeyResult"),
    )


async def test_a_clone_begins_anew(okrs: Okrs) -> None:
    bob = await okrs.member("bob")
    objective = await okrs.objective("Grow", description="Why", level="COMPANY", by=bob)
    measure = await okrs.key_result(objective["id"], weight=3, stale_after=86_400)
    gone = await okrs.objective("Gone")
    dropped = await okrs.key_result(objective["id"], "Dropped")
    assert (await okrs.ada.delete(f"{okrs.path}/key-results/{dropped['id']}")).status_code == 204
    await okrs.put_in_force(objective["id"])
    await okrs.check_in(measure["id"], "50")
    await okrs.ada.delete(f"{okrs.path}/objectives/{gone['id']}")
    await okrs.ada.post(f"{okrs.path}/cycles/{okrs.cycle_id}/close")
    members = (await okrs.ada.get(f"/workspaces/{okrs.workspace_id}/members")).json()["items"]
    bobs = next(each["id"] for each in members if each["user_id"] == bob.user_id)
    await okrs.ada.delete(f"/workspaces/{okrs.workspace_id}/members/{bobs}")
    copy = await okrs.post(f"cycles/{okrs.cycle_id}/clone", {"name": "Q2", **DAYS})
    assert copy["state"] == "PREPARATION"
    (made,) = (await okrs.get("objectives", cycle_id=copy["id"]))["items"]
    # Whose owner has left is whose who copies.
    assert (made["title"], made["state"], made["owner_id"]) == ("Grow", "DRAFT", okrs.ada.user_id)
    assert (await okrs.get(f"objectives/{made['id']}"))["description"] == "Why"
    (again,) = (await okrs.get(f"objectives/{made['id']}/key-results"))["items"]
    assert again["metric"] == measure["metric"]
    assert (again["weight"], again["stale_after"]) == (3, 86_400)
    assert [again[name] for name in ("value", "zone", "score", "confidence", "measured_at")] == [None] * 5
    assert (await okrs.get(f"key-results/{again['id']}/check-ins"))["items"] == []
    assert (await okrs.ada.patch(f"{okrs.path}/objectives/{made['id']}", {"title": "B"})).status_code == 200
