"""What objectives add to: no cycle, not by two at once either; and what is worked out from it."""

from __future__ import annotations

import re

import pytest

from tests.harness import Service, code
from tests.okrs import DAYS, Okrs


@pytest.fixture
async def okrs(service: Service) -> Okrs:
    return await Okrs.begin(service)


def statements(service: Service) -> int:
    """So far."""
    text = service.edge.parts.metrics.text().decode()
    counts = re.findall(r"pma_db_query_duration_seconds_count\{[^}]*\} ([\d.]+)", text)
    return sum(int(float(each)) for each in counts)


async def test_nothing_adds_to_itself(okrs: Okrs) -> None:
    one, two, three = [await okrs.objective(title) for title in "ABC"]
    assert (await okrs.align(two, one)).status_code == 200
    assert (await okrs.align(three, two)).json()["parents"][0]["title"] == "B"
    refused = await okrs.align(one, three)
    assert code(refused) == (400, "ALIGNMENT_CYCLE")
    assert refused.json()["details"]["path"] == [one["id"], three["id"], two["id"], one["id"]]
    itself = await okrs.align(one, one)
    assert itself.json()["details"]["path"] == [one["id"], one["id"]]
    # What was deleted can be restored, so it counts.
    assert (await okrs.ada.delete(f"{okrs.path}/objectives/{two['id']}")).status_code == 204
    assert code(await okrs.align(one, three)) == (400, "ALIGNMENT_CYCLE")
    assert code(await okrs.align(one, two)) == (404, "OBJECTIVE_NOT_FOUND")
    assert (await okrs.get(f"objectives/{three['id']}/parents"))["parents"] == []


async def test_not_too_many_follow_each_other(okrs: Okrs) -> None:
    row = [await okrs.objective(str(number)) for number in range(11)]
    for child, parent in zip(row[1:5], row, strict=False):
        assert (await okrs.align(child, parent)).status_code == 200
    for child, parent in zip(row[6:], row[5:], strict=False):
        assert (await okrs.align(child, parent)).status_code == 200
    # Five above, six below.
    assert code(await okrs.align(row[5], row[4])) == (400, "ALIGNMENT_TOO_DEEP")
    assert (await okrs.align(row[5], row[3])).status_code == 200


async def test_an_alignment_is_changed_as_its_objective_is(okrs: Okrs) -> None:
    one, two = await okrs.objective("A"), await okrs.objective("B")
    changed = await okrs.align(two, one, weight=7, If_Match='"1"')
    assert (changed.json()["version"], changed.json()["parents"][0]["weight"]) == (2, 7)
    assert code(await okrs.align(two, one, weight=8, If_Match='"1"')) == (412, "VERSION_MISMATCH")
    assert (await okrs.align(two, one, weight=7)).json()["version"] == 2
    assert code(await okrs.align(two, one, one)) == (422, "VALIDATION_FAILED")
    await okrs.put_in_force(two["id"])
    assert code(await okrs.align(two)) == (409, "OBJECTIVE_STATE")
    assert [each["id"] for each in (await okrs.get("objectives", parent_id=one["id"]))["items"]] == [
        two["id"]
    ]


async def test_what_is_added_to_is_of_a_cycle_that_is_not_closed(okrs: Okrs) -> None:
    later = (await okrs.cycle("Q2"))["id"]
    above, other = await okrs.objective("A"), await okrs.objective("B")
    below = await okrs.objective("C", cycle_id=later)
    assert (await okrs.align(below, above)).status_code == 200
    await okrs.ada.post(f"{okrs.path}/cycles/{okrs.cycle_id}/close")
    assert code(await okrs.align(below, above, other)) == (409, "OKR_CYCLE_CLOSED")
    # What there was may stay.
    assert (await okrs.align(below, above, weight=2)).status_code == 200
    assert code(await okrs.align(above)) == (409, "OKR_CYCLE_CLOSED")


async def test_a_clone_adds_to_what_was_copied_or_to_the_same(okrs: Okrs) -> None:
    other = (await okrs.cycle("Years"))["id"]
    year = await okrs.objective("Year", cycle_id=other)
    above, below = await okrs.objective("A"), await okrs.objective("B")
    await okrs.align(above, year)
    await okrs.align(below, above, weight=3)
    copy = await okrs.post(f"cycles/{okrs.cycle_id}/clone", {"name": "Q2", **DAYS})
    copies = {
        each["title"]: each["id"] for each in (await okrs.get("objectives", cycle_id=copy["id"]))["items"]
    }
    for child, parent, weight in (("A", year["id"], 1), ("B", copies["A"], 3)):
        (found,) = (await okrs.get(f"objectives/{copies[child]}/parents"))["parents"]
        assert (found["objective_id"], found["weight"]) == (parent, weight)


async def test_a_score_says_from_what_it_was_worked_out(okrs: Okrs) -> None:
    above, below, draft = [await okrs.objective(title) for title in ("Above", "Below", "Draft")]
    own = await okrs.key_result(above["id"], "Own", weight=3)
    theirs = await okrs.key_result(below["id"], "Theirs", stale_after=86_400)
    await okrs.key_result(below["id"], "Never measured")
    await okrs.key_result(draft["id"])
    for child in (below, draft):
        await okrs.align(child, above)
    await okrs.put_in_force(above["id"], below["id"])
    await okrs.check_in(own["id"], "50")
    await okrs.check_in(theirs["id"], "100")
    found = await okrs.get(f"objectives/{above['id']}/progress")
    assert (found["score"], found["is_stale"], found["measured_at"]) == ("0.5", False, None)
    told = [
        {name: part[name] for name in ("kind", "title", "weight", "score", "is_stale")}
        for part in found["parts"]
    ]
    assert told == [
        {"kind": "key_result", "title": "Own", "weight": 3, "score": "0.5", "is_stale": False},
        {"kind": "objective", "title": "Below", "weight": 1, "score": "0.5", "is_stale": False},
    ]
    assert [part["score"] for part in (await okrs.get(f"objectives/{below['id']}/progress"))["parts"]] == [
        "1",
        "0",
    ]
    await okrs.later(days=2)
    late = await okrs.get(f"objectives/{above['id']}/progress")
    assert (late["is_stale"], [part["is_stale"] for part in late["parts"]]) == (True, [False, True])
    cycle = await okrs.get(f"cycles/{okrs.cycle_id}/progress")
    assert (cycle["score"], cycle["objectives"]) == ("0.5", 3)
    assert [part["title"] for part in cycle["parts"]] == ["Above"]
    assert {state: count for state, count in cycle["states"].items() if count} == {"ACTIVE": 2, "DRAFT": 1}


async def test_nothing_to_measure_is_no_score(okrs: Okrs) -> None:
    empty = await okrs.objective()
    found = await okrs.get(f"objectives/{empty['id']}/progress")
    assert (found["score"], found["parts"], found["is_stale"]) == (None, [], False)
    assert (await okrs.get(f"cycles/{okrs.cycle_id}/progress"))["score"] is None


async def test_a_roll_up_takes_as_many_statements_as_there_are_levels(okrs: Okrs) -> None:
    """Not as there are objectives."""

    async def taken() -> int:
        before = statements(okrs.service)
        await okrs.get(f"objectives/{top['id']}/progress")
        return statements(okrs.service) - before

    top = await okrs.objective("Top")
    middle = await okrs.objective("Middle")
    await okrs.align(middle, top)
    await okrs.put_in_force(middle["id"])
    few = await taken()
    for number in range(6):
        each = await okrs.objective(str(number))
        await okrs.key_result(each["id"])
        await okrs.align(each, top)
        await okrs.put_in_force(each["id"])
    assert await taken() == few
