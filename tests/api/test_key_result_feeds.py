"""Key results that nobody checks in: fed by connectors and by tasks, marked where there is nothing to take."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.core.cells import CellError
from app.db.connection import WriteTransaction
from app.integrations.connector import Caps, Gathering, Table
from app.kernel.connector_feeds import Refreshed
from app.services.key_result_feeding import KeyResultFeeds
from tests.databases import execute
from tests.harness import Service, code, make_outbox
from tests.work import MOMENT, Place, make_place

CAPS = Caps(rows=1_000, bytes=100_000, seconds=1.0)


def table(*rows: tuple[Any, ...], columns: tuple[str, ...] = ("month", "revenue")) -> Table:
    made = Gathering(columns, CAPS)
    for row in rows:
        made.add(row)
    return made.table()


@dataclass
class Okr:
    """A METRIC from 0 to 100 of an objective at work."""

    place: Place
    cycle_id: str
    objective_id: str
    key_result_id: str

    @property
    def path(self) -> str:
        return f"{self.place.path}/okr/key-results/{self.key_result_id}"

    @property
    def service(self) -> Service:
        return self.place.service

    async def shown(self) -> dict[str, Any]:
        response = await self.place.owner.get(self.path)
        assert response.status_code == 200, response.text
        found: dict[str, Any] = response.json()
        return found

    async def feed(self) -> dict[str, Any]:
        response = await self.place.owner.get(f"{self.path}/feed")
        assert response.status_code == 200, response.text
        found: dict[str, Any] = response.json()
        return found

    async def set(self, **source: Any) -> dict[str, Any]:
        response = await self.place.owner.request("PUT", f"{self.path}/feed", json=source)
        assert response.status_code == 200, response.text
        found: dict[str, Any] = response.json()
        return found

    async def check_ins(self) -> list[dict[str, Any]]:
        response = await self.place.owner.get(f"{self.path}/check-ins")
        assert response.status_code == 200, response.text
        items: list[dict[str, Any]] = response.json()["items"]
        return items

    async def later(self, minutes: int) -> None:
        """Time passes, and the owner signs in anew."""
        self.service.clock.advance(minutes=minutes)
        owner = self.place.owner
        owner.access_token = self.service.access_token(owner.user_id, owner.name)
        assert (await owner.validate()).status_code == 200

    async def refreshed(self, binding_id: str, *tables: Table | None, **more: Any) -> list[str]:
        """As the connector's refresh tells it, in its transaction."""
        parts = self.service.edge.parts
        ids = list[str]()
        for each in tables:
            selection_id = str(uuid.uuid4())
            ids.append(selection_id)
            told = Refreshed(
                workspace_id=self.place.workspace_id,
                binding_id=binding_id,
                selection_id=selection_id,
                at=self.service.clock(),
                **{
                    "outcome": "OK",
                    "error": None,
                    "fallback": None,
                    "table": each,
                    "fetched_at": self.service.clock(),
                    **more,
                },
            )

            async def tell(tx: WriteTransaction, told: Refreshed = told) -> None:
                await KeyResultFeeds().refreshed(tx, parts.tools, told)

            await parts.database.transact(tell)
        return ids


async def make_okr(service: Service, *, stale_after: int | None = None) -> Okr:
    place = await make_place(service)
    owner, path = place.owner, f"{place.path}/okr"
    days = {"starts_on": "2026-01-01", "ends_on": "2030-12-31"}
    cycle = (await owner.post(f"{path}/cycles", {"name": "Q1", **days})).json()
    body = {"cycle_id": cycle["id"], "title": "Grow", "level": "COMPANY"}
    response = await owner.post(f"{path}/objectives", body)
    assert response.status_code == 201, response.text
    objective_id = response.json()["id"]
    metric = {
        "direction": "INCREASE",
        "baseline": "0",
        "target": "100",
        "unit": None,
        "commit": None,
        "stretch": None,
    }
    body = {"title": "Revenue", "metric": metric, "stale_after": stale_after}
    response = await owner.post(f"{path}/objectives/{objective_id}/key-results", body)
    assert response.status_code == 201, response.text
    execute(
        service.settings,
        f"UPDATE Objective SET state = 'ACTIVE', activated_at = '{MOMENT}' WHERE id = '{objective_id}'",
    )
    return Okr(place, cycle["id"], objective_id, response.json()["id"])


def binding(okr: Okr, name: str = "Sales") -> str:
    """A connector as it is kept."""
    binding_id, owner = str(uuid.uuid4()), okr.place.owner.user_id
    execute(
        okr.service.settings,
        "INSERT INTO ConnectorBinding (id, workspace_id, name, name_key, list_key, kind, config, fallback,"
        " static_value, expected_columns, schedule, set_by, created_by, created_at, updated_at)"
        f" VALUES ('{binding_id}', '{okr.place.workspace_id}', '{name}', '{name}', '{name}', 'graph_excel', '{{}}', 'FAIL',"
        f" NULL, NULL, NULL, '{owner}', '{owner}', '{MOMENT}', '{MOMENT}')",
    )
    return binding_id


async def work(service: Service) -> None:
    """The consumers read what happened, and the jobs that follow are done."""
    await service.edge.parts.consumers().run_due()
    service.clock.advance(seconds=6)
    await make_outbox(service.edge).run_due()


async def test_a_refresh_checks_in_by_nobody_s_hand(service: Service) -> None:
    okr = await make_okr(service, stale_after=3600)
    sales = binding(okr)
    set_ = await okr.set(connector={"binding_id": sales, "column": "revenue", "pick": "sum"})
    assert (set_["status"], set_["connector"]["pick"], set_["tasks"]) == ("WAITING", "sum", None)
    assert (await okr.shown())["source"] == "connector"
    rows = (("Jan", Decimal("10.25")), ("Feb", None), ("Mar", 15))
    (selection_id,) = await okr.refreshed(sales, table(*rows))
    shown = await okr.shown()
    assert (shown["value"], shown["score"], shown["is_stale"]) == ("25.25", "0.2525", False)
    (check_in,) = await okr.check_ins()
    assert check_in["source"] == "connector" and check_in["selection_id"] == selection_id
    assert (check_in["created_by"], check_in["confidence"]) == ("service:key-results", None)
    feed = await okr.feed()
    assert (feed["status"], feed["selection_id"], feed["age_seconds"]) == ("OK", selection_id, 0)
    # The same figure says nothing new, and is as good as new.
    await okr.later(59)
    (again,) = await okr.refreshed(sales, table(("Jan", Decimal("25.250"))))
    assert len(await okr.check_ins()) == 1
    assert (await okr.feed())["selection_id"] == again
    await okr.later(59)
    assert not (await okr.shown())["is_stale"]
    await okr.later(2)
    assert (await okr.shown())["is_stale"]


@pytest.mark.parametrize(
    ("found", "error"),
    [
        (None, "SOURCE_AWAY"),
        (table(("Jan", "ten")), "NOT_A_NUMBER"),
        (table(("Jan", CellError("#DIV/0!"))), "CELL_ERROR"),
        (table(("Jan", None)), "NO_VALUE"),
        (table(("Jan", 1), columns=("month", "turnover")), "COLUMN_MISSING"),
        (table(("Jan", Decimal("1E+30"))), "OUT_OF_RANGE"),
    ],
)
async def test_what_comes_to_no_figure_marks_and_never_zeroes(
    service: Service, found: Table | None, error: str
) -> None:
    okr = await make_okr(service)
    sales = binding(okr)
    await okr.set(connector={"binding_id": sales, "column": "revenue", "pick": "last"})
    await okr.refreshed(sales, table(("Jan", 40)))
    failed = {"outcome": "FAILED", "error": "SOURCE_AWAY", "fetched_at": None} if found is None else {}
    await okr.refreshed(sales, found, found, **failed)
    feed, shown = await okr.feed(), await okr.shown()
    assert (feed["status"], feed["error"]) == ("FAILED", error)
    assert (shown["value"], shown["score"]) == ("40", "0.4")
    assert len(await okr.check_ins()) == 1
    # The objective says so too, and from what.
    progress = await okr.place.owner.get(f"{okr.place.path}/okr/objectives/{okr.objective_id}/progress")
    (part,) = progress.json()["parts"]
    assert (part["score"], part["is_stale"], part["source"], part["feed_status"]) == (
        "0.4",
        True,
        "connector",
        "FAILED",
    )
    assert (progress.json()["score"], progress.json()["is_stale"], shown["is_stale"]) == ("0.4", True, True)
    entries = service.rows("SELECT actor_id FROM AuditLog WHERE action = 'key_result.feed_failed'")
    assert [actor for (actor,) in entries] == ["service:key-results"]
    await okr.refreshed(sales, table(("Jan", 41)))
    assert ((await okr.feed())["status"], (await okr.feed())["error"]) == ("OK", None)


async def test_a_fallback_is_told_with_its_age_and_makes_nothing_fresh(service: Service) -> None:
    okr = await make_okr(service, stale_after=3600)
    sales = binding(okr)
    await okr.set(connector={"binding_id": sales, "column": "revenue", "row": 1})
    await okr.refreshed(sales, table(("Jan", 40)))
    good = service.clock()
    await okr.later(61)
    failed = {"outcome": "FAILED", "error": "SOURCE_SLOW"}
    await okr.refreshed(sales, table(("Jan", 40)), fallback="LAST_GOOD", fetched_at=good, **failed)
    feed = await okr.feed()
    assert (feed["status"], feed["error"], feed["fallback"]) == ("FALLBACK", "SOURCE_SLOW", "LAST_GOOD")
    assert feed["age_seconds"] == 61 * 60
    assert (await okr.shown())["is_stale"] and len(await okr.check_ins()) == 1
    # Also where the key result only hears of it now.
    await okr.refreshed(sales, table(("Jan", 41)), fallback="LAST_GOOD", fetched_at=good, **failed)
    stale_at = datetime.fromisoformat((await okr.shown())["stale_at"])
    assert stale_at == good + timedelta(seconds=3600) and len(await okr.check_ins()) == 2
    await okr.refreshed(sales, table(("-", 12)), fallback="STATIC", fetched_at=None, **failed)
    feed = await okr.feed()
    assert (feed["fallback"], feed["age_seconds"]) == ("STATIC", None)
    assert (await okr.shown())["value"] == "12"


async def test_nobody_checks_in_what_is_fed_before_it_is_taken_back(service: Service) -> None:
    okr = await make_okr(service)
    sales = binding(okr)
    await okr.set(connector={"binding_id": sales, "column": "revenue", "pick": "sum"})
    owner, by_hand = okr.place.owner, {"value": "5", "confidence": 7}
    refused = await owner.post(f"{okr.path}/check-ins", by_hand)
    assert (refused.status_code, refused.json()["error_code"]) == (409, "KEY_RESULT_FED")
    assert (await owner.delete(f"{okr.path}/feed")).status_code == 204
    assert (await owner.delete(f"{okr.path}/feed")).json()["error_code"] == "KEY_RESULT_NOT_FED"
    assert (await owner.get(f"{okr.path}/feed")).status_code == 404
    assert (await owner.post(f"{okr.path}/check-ins", by_hand)).status_code == 201
    await okr.refreshed(sales, table(("Jan", 40)))
    assert (await okr.shown())["value"] == "5"


@pytest.mark.parametrize("ended", ["closed", "draft", "deleted"])
async def test_what_is_not_at_work_is_not_fed(service: Service, ended: str) -> None:
    okr = await make_okr(service)
    sales = binding(okr)
    await okr.set(connector={"binding_id": sales, "column": "revenue", "pick": "sum"})
    await okr.refreshed(sales, table(("Jan", 40)))
    change = {"closed": "is_frozen = 1", "draft": "state = 'DRAFT'", "deleted": f"deleted_at = '{MOMENT}'"}[
        ended
    ]
    execute(service.settings, f"UPDATE Objective SET {change} WHERE id = '{okr.objective_id}'")
    await okr.refreshed(sales, table(("Jan", 50)), None)
    row = service.rows("SELECT current_value FROM KeyResult")
    assert row == [(40_000_000,)]
    assert service.rows("SELECT status FROM KeyResultFeed") == [("OK",)]


async def test_what_feeds_is_one_s_own_to_choose(service: Service) -> None:
    okr = await make_okr(service)
    owner = okr.place.owner
    other = await make_place(service, "bob", key="OTH")
    theirs = await other.task()
    sales = {"binding_id": binding(okr), "column": "revenue"}
    nothing = str(uuid.uuid4())
    for body, status, wrong in (
        ({"connector": {**sales, "pick": "sum", "binding_id": nothing}}, 404, "CONNECTOR_NOT_FOUND"),
        ({"tasks": {"project_id": other.project_id, "measure": "count"}}, 404, "PROJECT_NOT_FOUND"),
        (
            {"tasks": {"project_id": okr.place.project_id, "measure": "count", "task_type_id": nothing}},
            404,
            "TASK_TYPE_NOT_FOUND",
        ),
        ({}, 422, "VALIDATION_FAILED"),
        ({"connector": sales}, 422, "VALIDATION_FAILED"),
        ({"connector": {**sales, "pick": "sum", "row": 1}}, 422, "VALIDATION_FAILED"),
        ({"connector": {**sales, "row": 0}}, 422, "VALIDATION_FAILED"),
        ({"connector": {**sales, "pick": "median"}}, 422, "VALIDATION_FAILED"),
    ):
        response = await owner.request("PUT", f"{okr.path}/feed", json=body)
        assert (response.status_code, response.json()["error_code"]) == (status, wrong), body
    assert theirs and (await okr.shown())["source"] == "manual"
    zones = {"title": "Mood", "zones": {"target": "good"}}
    execute(service.settings, "UPDATE Objective SET state = 'DRAFT'")
    made = await owner.post(f"{okr.place.path}/okr/objectives/{okr.objective_id}/key-results", zones)
    path = f"{okr.place.path}/okr/key-results/{made.json()['id']}/feed"
    refused = await owner.request("PUT", path, json={"connector": {**sales, "pick": "sum"}})
    assert refused.json()["error_code"] == "KEY_RESULT_UNMEASURABLE"


async def test_tasks_feed_by_how_many_are_done(service: Service) -> None:
    okr = await make_okr(service)
    tasks = [await okr.place.task() for _ in range(4)]
    await work(service)
    await okr.set(tasks={"project_id": okr.place.project_id, "measure": "percent"})
    await work(service)
    assert ((await okr.shown())["value"], (await okr.feed())["status"]) == ("0", "OK")
    for task in tasks[:3]:
        okr.place.put(task["id"], "DONE")
    await okr.place.owner.patch(f"{okr.place.tasks}/{tasks[3]['id']}", {"title": "Later"})
    await work(service)
    (newest, _) = await okr.check_ins()
    assert (newest["value"], newest["source"], newest["selection_id"]) == ("75", "tasks", None)
    await okr.set(tasks={"project_id": okr.place.project_id, "measure": "count"})
    await work(service)
    assert (await okr.shown())["value"] == "3"


async def test_many_events_are_counted_once(service: Service) -> None:
    okr = await make_okr(service)
    await okr.set(tasks={"project_id": okr.place.project_id, "measure": "count"})
    await asyncio.gather(*(okr.place.task() for _ in range(10)))
    await service.edge.parts.consumers().run_due()
    jobs = service.rows("SELECT target_id FROM Job WHERE kind = 'key_result'")
    assert jobs == [(okr.key_result_id,)]


async def test_tasks_count_as_far_as_whoever_asked_for_it_sees_them(service: Service) -> None:
    okr = await make_okr(service)
    bob = await okr.place.member("bob")
    execute(service.settings, f"UPDATE Objective SET owner_id = '{bob.user_id}'")
    restricted = okr.place.task_type(1)
    for _ in range(2):
        okr.place.put((await okr.place.task())["id"], "DONE")
    await okr.place.task(task_type_id=restricted)
    body = {"tasks": {"project_id": okr.place.project_id, "measure": "percent"}}
    assert (await bob.request("PUT", f"{okr.path}/feed", json=body)).status_code == 200
    await work(service)
    assert (await okr.shown())["value"] == "100"
    owner, place = okr.place.owner, okr.place
    type_path = f"{place.path}/task-types/{restricted}"
    assert (await owner.patch(type_path, {"is_restricted": False})).status_code == 200
    await work(service)
    assert (await okr.shown())["value"] != "100", "who sees more is counted anew, without a change of a task"
    assert (await owner.patch(type_path, {"is_restricted": True})).status_code == 200
    await work(service)
    assert (await okr.shown())["value"] == "100"
    hidden = await owner.patch(f"{place.path}/projects/{place.project_id}", {"visibility": "members"})
    assert hidden.status_code == 200
    members = f"{place.path}/projects/{place.project_id}/members/{bob.user_id}"
    added = await owner.post(f"{place.path}/projects/{place.project_id}/members", {"user_id": bob.user_id})
    assert added.status_code == 201
    await work(service)
    assert (await okr.feed())["status"] == "OK"
    assert (await owner.delete(members)).status_code == 204
    await work(service)
    feed = await okr.feed()
    assert (feed["status"], feed["error"]) == ("FAILED", "NOT_VISIBLE")
    assert (await okr.shown())["value"] == "100"


async def test_a_project_without_tasks_is_no_part_of_anything(service: Service) -> None:
    okr = await make_okr(service)
    await okr.set(tasks={"project_id": okr.place.project_id, "measure": "percent"})
    await work(service)
    feed = await okr.feed()
    assert (feed["status"], feed["error"]) == ("FAILED", "NO_TASKS")
    assert (await okr.shown())["value"] is None


async def test_a_connector_feeds_no_more_copies_than_it_may(service: Service) -> None:
    okr = await make_okr(service)
    sales = binding(okr)
    await okr.set(connector={"binding_id": sales, "column": "revenue", "pick": "sum"})
    more = " UNION ALL ".join(f"SELECT '{uuid.uuid4()}' AS id" for _ in range(50))
    same = "objective_id, kind, title, weight, direction, baseline_value, target_value, source, source_ref, binding_id"
    columns = f"workspace_id, {same}, created_by, created_at, updated_at"
    execute(
        service.settings,
        f"INSERT INTO KeyResult (id, list_key, {columns}) SELECT n.id, n.id, {columns} FROM KeyResult CROSS JOIN ({more}) AS n",
    )
    body = {"name": "Q2", "starts_on": "2026-04-01", "ends_on": "2026-06-30"}
    clone = f"{okr.place.path}/okr/cycles/{okr.cycle_id}/clone"
    refused = await okr.place.owner.post(clone, body)
    assert code(refused) == (409, "TOO_MANY_FED")
    assert refused.json()["details"] == {"max": 100, "binding_ids": [sales]}
    # A cycle that is closed is fed no more, and makes room.
    execute(service.settings, "UPDATE Objective SET is_frozen = 1")
    assert (await okr.place.owner.post(clone, body)).status_code == 201


async def test_the_copy_of_a_cycle_is_fed_by_the_same(service: Service) -> None:
    okr = await make_okr(service)
    await okr.place.task()
    await okr.set(tasks={"project_id": okr.place.project_id, "measure": "count"})
    body = {"name": "Q2", "starts_on": "2026-04-01", "ends_on": "2026-06-30"}
    cloned = await okr.place.owner.post(f"{okr.place.path}/okr/cycles/{okr.cycle_id}/clone", body)
    assert cloned.status_code == 201, cloned.text
    ((copy_id, objective_id),) = service.rows(
        f"SELECT id, objective_id FROM KeyResult WHERE id <> '{okr.key_result_id}'"
    )
    copy = Okr(okr.place, cloned.json()["id"], objective_id, copy_id)
    assert ((await copy.feed())["status"], (await copy.shown())["source"]) == ("WAITING", "tasks")
    execute(service.settings, f"UPDATE Objective SET state = 'ACTIVE' WHERE id = '{objective_id}'")
    await okr.place.task()
    await work(service)
    assert (await copy.shown())["value"] == "0"
