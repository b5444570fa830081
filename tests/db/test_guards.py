"""What a change demands of its row: who comes too late, or with what they saw before, changes nothing.

Services look before they change, and mostly hold a lock. These conditions are what counts where they do not:
between two transactions, two processes, or a worker whose lease has run out. Each change is tried on a row in
every state, with all the others beside it; it does what it should, and to that row alone.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from app.db.connection import WriteTransaction
from app.db.handles import connections, file_usage, files, folders, jobs, links, members, workspaces
from app.db.handles import housekeeping as keeping
from tests.guards import Change, Made, changed_by, do, number, run
from tests.harness import Service


@pytest.fixture
async def places(service: Service) -> tuple[str, str]:
    """Two workspaces of one owner."""
    ada = await service.person("ada")
    here, there = [(await ada.create_workspace(name))["id"] for name in ("Here", "There")]
    return here, there


async def make_files(service: Service, workspace_id: str) -> Made:
    now = service.clock()
    made: Made = {}
    for digit, state in enumerate(("coming", "there", "given up", "deleted")):
        place = {"workspace_id": workspace_id, "file_id": number(digit)}
        made[state] = place
        more = {
            "name": state,
            "list_key": state,
            "content_type": "text/plain",
            "size": 1,
            "uploaded_by": "ada",
        }
        await run(service, do(files.insert_file, now=now, **place, **more))
    for state in ("there", "deleted"):
        await run(service, do(files.finish_file, sha256="x", scan_status="SKIPPED", now=now, **made[state]))
    await run(
        service,
        do(files.mark_file_deleted, now=now, **made["deleted"]),
        do(files.abandon_file, now=now, **made["given up"]),
    )
    return made


async def count(service: Service, workspace_id: str) -> None:
    """What the changes of these tests leave uncounted."""
    ((number_of, size),) = service.rows("SELECT COUNT(*), SUM(size) FROM WorkspaceFile WHERE is_counted = 1")
    if number_of:
        place = {"workspace_id": workspace_id, "files": number_of, "file_bytes": size}
        await run(service, do(file_usage.insert_file_usage, **place))


FILES: list[tuple[Any, set[str], dict[str, Any]]] = [
    (files.finish_file, {"coming"}, {"sha256": "y", "scan_status": "CLEAN", "now": ...}),
    (files.mark_file_deleted, {"there"}, {"now": ...}),
    (files.abandon_file, {"coming"}, {"now": ...}),
    (files.delete_file_row, {"given up", "deleted"}, {}),
]


@pytest.mark.parametrize(
    ("change", "states", "values"), FILES, ids=lambda each: getattr(each, "__name__", "")
)
async def test_a_file(
    service: Service, places: tuple[str, str], change: Any, states: set[str], values: dict[str, Any]
) -> None:
    made = await make_files(service, places[0])
    later = service.clock() + timedelta(minutes=1)
    values = {name: later if value is ... else value for name, value in values.items()}
    for state, place in made.items():
        elsewhere = place | {"workspace_id": places[1]}
        assert await changed_by(service, "WorkspaceFile", do(change, **elsewhere, **values)) == set()
        expected = {place["file_id"]} if state in states else set()
        assert await changed_by(service, "WorkspaceFile", do(change, **place, **values)) == expected, state
    await count(service, places[0])


async def test_only_a_file_that_is_there_is_seen(service: Service, places: tuple[str, str]) -> None:
    made = await make_files(service, places[0])
    async with service.edge.parts.database.read() as tx:
        seen = {state for state, place in made.items() if await files.get_file(tx, **place)}
        listed = await files.list_files(tx, workspace_id=places[0], after_key="", page_size=10)
    assert seen == {"there"}
    assert [row.name for row in listed] == ["there"]
    await count(service, places[0])


async def make_links(service: Service, workspace_id: str, of: int) -> Made:
    now = service.clock()
    made: Made = {}
    for digit, state in enumerate(("due", "deleted")):
        made[state] = {"workspace_id": workspace_id, "link_id": number(digit, of)}
        values: dict[str, Any] = dict.fromkeys(("display_name", "config", "external_url", "ok_at"))
        values |= dict.fromkeys(("linked_by", "linked_tid", "external_id", "list_key"), state)
        values |= {"provider": "jira", "linked_as_guest": False, "linked_role": "OWNER", "status": "OK"}
        await run(service, do(links.insert_link, now=now, **made[state], **values))
    await run(service, do(links.delete_link, now=now, **made["deleted"]))
    return made


LINKS: list[tuple[Any, dict[str, Any]]] = [
    (links.update_link, {"display_name": "New", "config": None, "list_key": "new", "now": ...}),
    (links.delete_link, {"now": ...}),
    (links.take_due_link, {"now": ..., "check_after": ...}),
    (
        links.set_link_health,
        {"status": "BROKEN", "checks": 9, "failures": 9, "reason": "x", "ok_at": None, "now": ...},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("change", "values"), LINKS, ids=lambda each: getattr(each, "__name__", ""))
async def test_a_link(service: Service, places: tuple[str, str], change: Any, values: dict[str, Any]) -> None:
    made = await make_links(service, places[0], 1)
    await make_links(service, places[1], 2)
    later = service.clock() + timedelta(minutes=1)
    values = {name: later if value is ... else value for name, value in values.items()}
    for place, expected in (
        (made["due"] | {"workspace_id": places[1]}, set()),
        (made["deleted"], set()),
        (made["due"], {made["due"]["link_id"]}),
    ):
        found = await changed_by(service, "WorkspaceExternalLink", do(change, **place, **values))
        assert found == expected, place


async def test_a_link_that_is_due_is_taken_up_once(service: Service, places: tuple[str, str]) -> None:
    due = (await make_links(service, places[0], 1))["due"]
    now = service.clock()
    async with service.edge.parts.database.write() as tx:
        (claimed,) = await links.claim_due_links(tx, now=now, page_size=10)
        assert claimed.link_id == due["link_id"]
        later = now + timedelta(hours=1)
        taken = [await links.take_due_link(tx, now=now, check_after=later, **due) for _ in range(2)]
        assert taken == [1, 0]
        assert await links.claim_due_links(tx, now=now, page_size=10) == []


async def test_a_link_that_was_deleted_takes_no_other_s_turn(
    service: Service, places: tuple[str, str]
) -> None:
    made = await make_links(service, places[0], 1)
    now = service.clock()
    far = now + timedelta(days=1)
    for days, state in ((2, "deleted"), (3, "due")):
        at = f"check_after = '{(now + timedelta(days=days)):%Y-%m-%d}T00:00:00.000000Z'"
        service.tamper(f"UPDATE WorkspaceExternalLink SET {at} WHERE id = '{made[state]['link_id']}'")
    hasten = do(links.hasten_links, now=now, latest=far, page_size=1)
    assert await changed_by(service, "WorkspaceExternalLink", hasten) == {made["due"]["link_id"]}
    assert await changed_by(service, "WorkspaceExternalLink", hasten) == set()


async def test_a_link_s_history_is_cut_and_no_other_s(service: Service, places: tuple[str, str]) -> None:
    now = service.clock()
    made = await make_links(service, places[0], 1)
    for place in made.values():
        for seq in (1, 2, 3):
            check = do(links.insert_link_check, seq=seq, status="OK", reason=None, now=now, **place)
            await run(service, check)
    async with service.edge.parts.database.read() as tx:
        listed = await links.list_link_checks(tx, before_seq=4, page_size=9, **made["due"])
        assert [row.seq for row in listed] == [3, 2, 1]
    cut = do(links.delete_old_link_checks, last_seq=2, **made["due"])
    mine = {(made["due"]["link_id"], seq) for seq in (1, 2)}
    assert await changed_by(service, "LinkCheck", cut, "link_id, seq") == mine


async def test_only_a_link_that_is_there_is_seen(service: Service, places: tuple[str, str]) -> None:
    made = await make_links(service, places[0], 1)
    async with service.edge.parts.database.read() as tx:
        for state, place in made.items():
            for read in (links.get_link, links.read_link_health):
                assert (await read(tx, **place) is not None) is (state == "due"), read.__name__
        listed = await links.list_links(tx, workspace_id=places[0], provider=None, after_key="", page_size=9)
    assert [row.external_id for row in listed] == ["due"]


async def test_a_job_is_taken_up_once_and_settled_by_who_has_it(
    service: Service, places: tuple[str, str]
) -> None:
    now = service.clock()
    mine, other = [{"workspace_id": place, "job_id": number(n)} for n, place in enumerate(places)]
    service.tamper("DELETE FROM Job")
    for at in (mine, other):
        values = {"kind": "file", "queue": "default", "target_id": number(7), "run_at": now, "now": now}
        await run(service, do(jobs.insert_job, **at, **values))

    async def effect(change: Change) -> set[Any]:
        return await changed_by(service, "Job", change)

    held = {"holder_id": number(9), "now": now}
    taken = do(jobs.take_jobs, ids=json.dumps([mine["job_id"]]), **held)
    assert await effect(taken) == {mine["job_id"]}
    async with service.edge.parts.database.write() as tx:
        due = await jobs.claim_due_jobs(tx, queue="default", busy="[]", now=now, page_size=9)
        assert [row.id for row in due] == [other["job_id"]]
    assert await effect(do(jobs.let_go_jobs, not_tried=0, **held)) == {mine["job_id"]}
    assert await effect(taken) == {mine["job_id"]}
    # Whoever had it first is still at it, or withdraws it: it is another's by now.
    elsewhere = mine | {"workspace_id": places[1]}
    postponed = {"attempts": 1, "run_at": now, "last_error": "x"}
    for late in (0, 1, 2):  # not yet taken, taken, let go
        assert await effect(do(jobs.finish_job, fence=late, **mine)) == set()
        assert await effect(do(jobs.postpone_job, fence=late, **mine, **postponed)) == set()
        assert await effect(do(jobs.bury_job, fence=late, last_error="x", now=now, **mine)) == set()
        assert await effect(do(jobs.let_go_job, job_id=mine["job_id"], fence=late, now=now)) == set()
    assert await effect(do(jobs.finish_job, fence=3, **elsewhere)) == set()
    assert await effect(do(jobs.postpone_job, fence=3, **elsewhere, **postponed)) == set()
    assert await effect(do(jobs.bury_job, fence=3, last_error="x", now=now, **elsewhere)) == set()
    assert await effect(do(jobs.rerun_job, fence=3, **mine)) == set()  # nobody has asked for it
    assert await effect(do(jobs.postpone_job, fence=3, **mine, **postponed)) == {mine["job_id"]}
    assert await effect(do(jobs.finish_job, fence=3, **mine)) == {mine["job_id"]}


async def test_the_oldest_jobs_come_first_and_the_backlog_is_what_is_due(
    service: Service, places: tuple[str, str]
) -> None:
    now = service.clock()
    service.tamper("DELETE FROM Job")
    for digit, minutes in enumerate((-1, -3, -2, 5)):
        at = {"workspace_id": places[0], "job_id": number(digit), "target_id": number(digit)}
        run_at = now + timedelta(minutes=minutes)
        await run(
            service,
            do(jobs.insert_job, kind="file", queue="default", run_at=run_at, now=now, **at),
        )
    async with service.edge.parts.database.write() as tx:
        due = await jobs.claim_due_jobs(tx, queue="default", busy="[]", now=now, page_size=2)
        backlog = await jobs.read_backlog(tx, now=now)
    assert [row.id for row in due] == [number(1), number(2)]
    assert [(row.queue, row.waiting, row.oldest) for row in backlog] == [
        ("default", 3, now - timedelta(minutes=3))
    ]


async def test_a_connection(service: Service, places: tuple[str, str]) -> None:
    now = service.clock()
    values = {"base_url": "u", "account": None, "secret": "s", "key_id": "k", "updated_by": "ada", "now": now}
    for place in places:
        for provider in ("jira", "snow"):
            at = {"workspace_id": place, "provider": provider}
            await run(service, do(connections.insert_connection, **at, **values))
    at = {"workspace_id": places[0], "provider": "jira"}

    async def effect(change: Change) -> set[Any]:
        return await changed_by(service, "IntegrationConnection", change, "workspace_id, provider")

    mine = {(places[0], "jira")}
    changed = values | {"base_url": "v"}
    resealed = {"secret": "t", "key_id": "l"}
    assert await effect(do(connections.update_connection, **at, **changed)) == mine
    for version, expected in ((1, set()), (3, set()), (2, mine)):
        assert (
            await effect(do(connections.reseal_connection, version=version, **at, **resealed)) == expected
        ), version
    async with service.edge.parts.database.read() as tx:
        for key_id, expected in (
            ("k", mine),
            ("l", {(place, p) for place in places for p in ("jira", "snow")} - mine),
        ):
            rows = await connections.list_connections_under_other_keys(tx, key_id=key_id, page_size=10)
            assert {(row.workspace_id, row.provider) for row in rows} == expected
    assert await effect(do(connections.delete_connection, **at)) == mine


async def test_a_workspace_is_changed_while_it_is_there(service: Service, places: tuple[str, str]) -> None:
    here, now = places[0], service.clock() + timedelta(minutes=1)

    async def effect(change: Change) -> set[Any]:
        return await changed_by(service, "Workspace", change)

    def update(tx: WriteTransaction) -> None:
        workspaces.update_workspace(tx, workspace_id=here, name="N", description=None, list_key="n", now=now)

    assert await effect(do(workspaces.restore_workspace, workspace_id=here, now=now)) == set()
    assert await effect(update) == {here}
    assert await effect(do(workspaces.delete_workspace, workspace_id=here, now=now)) == {here}
    assert await effect(update) == set()
    assert await effect(do(workspaces.delete_workspace, workspace_id=here, now=now)) == set()
    ready = {"workspace_id": here, "blob_path": "p"}
    stale = (None, now + timedelta(seconds=1))
    for deleted_at in stale:
        assert await run(service, do(folders.set_folder_ready, deleted_at=deleted_at, **ready)) == [0]
    assert await run(service, do(folders.set_folder_ready, deleted_at=now, **ready)) == [1]
    assert await effect(do(workspaces.restore_workspace, workspace_id=here, now=now)) == {here}
    assert await run(service, do(folders.set_folder_ready, deleted_at=now, **ready)) == [0]
    assert await run(service, do(folders.set_folder_ready, deleted_at=None, **ready)) == [1]


async def test_a_role_is_of_a_workspace_that_is_there(service: Service, places: tuple[str, str]) -> None:
    ada, bob = await service.person("ada"), await service.person("bob")
    member = await ada.add(places[0], bob, "ADMIN")
    now = service.clock()

    async def reaches(user_id: str) -> list[bool]:
        async with service.edge.parts.database.read() as tx:
            ranks = (10, 20, 30, 40)
            return [await members.has_role_anywhere(tx, user_id=user_id, minimum_rank=rank) for rank in ranks]

    assert await reaches(ada.user_id) == [True] * 4
    assert await reaches(bob.user_id) == [True, True, True, False]
    at = {"workspace_id": places[0], "member_id": member["id"]}
    change = do(members.update_member, role="VIEWER", is_guest=False, now=now, **at)
    assert await changed_by(service, "WorkspaceMember", change) == {member["id"]}
    assert service.rows("SELECT version FROM WorkspaceMember WHERE id = ?", member["id"]) == [(2,)]
    assert await reaches(bob.user_id) == [True, False, False, False]
    await run(service, do(workspaces.delete_workspace, workspace_id=places[0], now=now))
    assert await reaches(bob.user_id) == [False] * 4


async def test_of_two_who_move_the_believed_time_one_does(service: Service) -> None:
    now = service.clock()
    later = now + timedelta(hours=1)
    await run(service, do(keeping.insert_housekeeping, now=now))

    def move(tx: WriteTransaction) -> Any:
        return keeping.advance_housekeeping(tx, believed_at=later, ran_at=now, now=later)

    assert await run(service, move, move) == [1, 0]
